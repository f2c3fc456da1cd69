//! Signals that follow from what was recorded: criticality of the boxes with ids, and the motion of the vehicle.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::progress::{Cancelled, Progress};
use crate::base::time::Time;
use crate::clips::raw::RawMessages;
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::image::Image;
use crate::data::time::log::LogEntry;
use crate::tracks::assemble::{Assembled, Assembler};
use crate::tracks::kinematics::Motion;
use crate::tracks::scene::{EgoMotion, Readings, SceneTerms, ego_motion, readings};

/// Encoding of derived channels, as it is shown.
pub const ENCODING: &str = "derived";
/// Prefix of the signals of the vehicle.
pub const EGO: &str = "ego";

/// A recording with derived signals behind its own channels.
pub struct Derived {
    inner: Arc<dyn Clip>,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// The description with the derived channels, once there are any.
    info: Option<Arc<ClipInfo>>,
    /// Position of the first derived channel.
    first: usize,
    series: Vec<Series>,
    scenes: Vec<Arc<Scene>>,
    notes: Vec<String>,
}

struct Series {
    times: Arc<Vec<Time>>,
    values: Arc<Vec<f64>>,
}

/// The tracks of one channel of boxes in space, with what follows from them.
#[derive(Debug)]
pub struct Scene {
    /// Name of the channel.
    pub channel: String,
    /// Its tracks.
    pub tracks: Assembled,
    /// The motion of the vehicle among them.
    pub ego: EgoMotion,
    /// The criticality at every moment.
    pub readings: Readings,
}

/// The tracks of a channel of boxes. Decodes all of its samples.
pub fn tracks_of(clip: &dyn Clip, channel: ChannelId, progress: &Progress) -> Result<Assembled, Cancelled> {
    let (frames, times) = (clip.frames(), clip.times(channel));
    let mut assembler = Assembler::default();
    for (index, time) in times.iter().enumerate() {
        match clip.read(channel, index) {
            Ok(Sample::Cuboids(cuboids)) => assembler.cuboids(index, *time, &cuboids, &frames),
            Ok(Sample::Boxes(boxes)) => assembler.boxes(index, *time, &boxes),
            // A sample that cannot be read is a gap.
            Ok(_) | Err(_) => {}
        }
        progress.check()?;
    }
    Ok(assembler.finish())
}

/// The tracks of a channel in space, and the criticality of every moment.
pub fn scene_of(
    clip: &dyn Clip,
    channel: ChannelId,
    terms: &SceneTerms,
    progress: &Progress,
) -> Result<Scene, Cancelled> {
    let name = clip.info().channel(channel).map(|channel| channel.name.clone()).unwrap_or_default();
    let tracks = tracks_of(clip, channel, progress)?;
    let ego = ego_motion(&tracks, &clip.frames(), terms.shape);
    let readings = readings(&tracks, &ego, terms);
    Ok(Scene { channel: name, tracks, ego, readings })
}

impl Derived {
    /// The recording, without derived signals yet.
    pub fn new(inner: Arc<dyn Clip>) -> Self {
        Self { inner, state: RwLock::default() }
    }

    /// Computes the signals. Blocks; decodes all boxes in space.
    pub fn derive(&self, terms: &SceneTerms, progress: &Progress) -> Result<(), Cancelled> {
        let info = self.inner.info();
        let mut derived = State { first: info.channels.len(), ..State::default() };
        let mut whole = ClipInfo::clone(&info);
        for (id, channel) in info.of_kind(ChannelKind::Cuboids) {
            let scene = scene_of(&*self.inner, id, terms, progress)?;
            derived.notes.extend(scene.tracks.notes.iter().map(|note| format!("{}: {note}", channel.name)));
            if let EgoMotion::Unknown(why) = &scene.ego {
                derived.notes.push(format!("{}: criticality is not known, {why}", channel.name));
            }
            derived.add(&mut whole, &scene);
            derived.scenes.push(Arc::new(scene));
        }
        if !derived.series.is_empty() {
            derived.info = Some(Arc::new(whole));
        }
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = derived;
        Ok(())
    }

    /// Tracks and criticality by channel, as far as they were computed.
    pub fn scenes(&self) -> Vec<Arc<Scene>> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).scenes.clone()
    }

    /// Remarks on boxes that were left out and on what could not be computed, one sentence each.
    pub fn notes(&self) -> Vec<String> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).notes.clone()
    }

    /// A derived series; none for the recording's own channels.
    fn of<T>(&self, channel: ChannelId, read: impl FnOnce(&Series) -> T) -> Option<T> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let at = channel.0.checked_sub(state.first).filter(|_| state.info.is_some())?;
        state.series.get(at).map(read)
    }
}

impl State {
    /// Adds the signals of a scene; those of the vehicle once.
    fn add(&mut self, whole: &mut ClipInfo, scene: &Scene) {
        let moments = Arc::new(scene.readings.times.clone());
        let ego_times = Arc::new(scene.readings.ego_times.clone());
        let mut add = |name: String, times: &Arc<Vec<Time>>, values: Vec<f64>| {
            if whole.channel_named(&name).is_some() {
                return;
            }
            let encoding = ENCODING.to_owned();
            let samples = values.len();
            whole.channels.push(ChannelInfo {
                name,
                kind: ChannelKind::Signal,
                encoding,
                samples,
                problem: None,
            });
            self.series.push(Series { times: Arc::clone(times), values: Arc::new(values) });
        };
        for reading in &scene.readings.series {
            add(format!("{}/{}", scene.channel, reading.metric.spec().id), &moments, reading.values.clone());
        }
        let ego = &scene.readings.ego;
        if !ego.is_empty() {
            let series =
                |of: fn(&Motion) -> f64| -> Vec<f64> { ego.iter().map(|(_, motion)| of(motion)).collect() };
            add(format!("{EGO}/speed"), &ego_times, series(Motion::speed));
            add(format!("{EGO}/acceleration"), &ego_times, series(|motion| motion.acceleration));
            add(format!("{EGO}/yaw_rate"), &ego_times, series(|motion| motion.yaw_rate));
        }
    }
}

impl Clip for Derived {
    fn info(&self) -> Arc<ClipInfo> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state.info.clone().unwrap_or_else(|| self.inner.info())
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.of(channel, |series| Arc::clone(&series.times)).unwrap_or_else(|| self.inner.times(channel))
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.of(channel, |series| Arc::clone(&series.values)).unwrap_or_else(|| self.inner.values(channel))
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        match self.of(channel, |series| series.values.get(index).copied()) {
            Some(Some(value)) => Ok(Sample::Scalar(value)),
            Some(None) => Err(ClipError::Missing { channel: channel.0, index, path: PathBuf::new() }),
            None => self.inner.read(channel, index),
        }
    }

    fn preview(&self, channel: ChannelId, index: usize) -> Result<Image, ClipError> {
        self.inner.preview(channel, index)
    }

    fn file(&self, channel: ChannelId, index: usize) -> Option<PathBuf> {
        self.inner.file(channel, index)
    }

    fn frames(&self) -> Arc<FrameTree> {
        self.inner.frames()
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        self.inner.logs()
    }

    fn stamps(&self, channel: ChannelId, progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        match self.of(channel, |_| ()) {
            Some(()) => Ok(None),
            None => self.inner.stamps(channel, progress),
        }
    }

    fn raw(&self) -> Option<&dyn RawMessages> {
        self.inner.raw()
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        self.inner.index(progress)
    }
}
