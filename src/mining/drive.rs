//! A recording as finders see it: tracks, signals by their role, plans, stamps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::progress::{Cancelled, Progress};
use crate::base::time::{Time, TimeRange};
use crate::clips::Clip;
use crate::clips::derived::{ENCODING, Scene, scene_of, tracks_of};
use crate::data::clip::{ChannelId, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::path::PlannedPath;
use crate::data::geometry::place::Place;
use crate::mining::odometry::{turns, way};
use crate::tracks::assemble::Assembled;
use crate::tracks::ego::EgoShape;
use crate::tracks::scene::SceneTerms;

/// Tracks in the image of a camera.
#[derive(Debug)]
pub struct ImageTracks {
    /// Name of the channel of boxes.
    pub channel: String,
    /// Its tracks.
    pub tracks: Assembled,
}

/// Plans of a channel with their times.
#[derive(Debug)]
pub struct Plans {
    /// Name of the channel.
    pub channel: String,
    /// The plans in the order of time.
    pub plans: Vec<(Time, PlannedPath)>,
}

/// A signal with its name.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Name of the channel.
    pub name: String,
    /// Times of the samples.
    pub times: Arc<Vec<Time>>,
    /// The values.
    pub values: Arc<Vec<f64>>,
}

/// Meaning of a signal for finders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Speed of the vehicle in m/s.
    Speed,
    /// Acceleration along in m/s², of the vehicle or as demanded.
    Acceleration,
    /// Steering angle at the wheel or curvature.
    Steering,
    /// Brake, pedal or demand.
    Brake,
    /// Throttle, pedal or demand.
    Throttle,
}

/// Words in the names of signals by role; the first that a name contains decides.
const WORDS: &[(Role, &[&str])] = &[
    (Role::Steering, &["steer", "curvature"]),
    (Role::Brake, &["brake", "braking"]),
    (Role::Throttle, &["throttle", "gas", "accelerator"]),
    (Role::Acceleration, &["accel"]),
    (Role::Speed, &["speed", "velocity"]),
];

/// Header stamps in the order of receipt, where the messages of a channel have some.
type Stamps = Option<Arc<Vec<Time>>>;

/// A recording to mine.
pub struct Drive<'a> {
    /// The recording.
    pub clip: &'a dyn Clip,
    /// Its channels.
    pub info: Arc<ClipInfo>,
    /// Tracks in space, with criticality, by channel.
    pub scenes: Vec<Scene>,
    /// Tracks in images, by channel.
    pub images: Vec<ImageTracks>,
    /// Planned paths, by channel.
    pub plans: Vec<Plans>,
    /// Extent of the vehicle.
    pub shape: EgoShape,
    /// Header stamps by channel, read on first use; `None` where they are not to be read.
    stamps: Option<Mutex<BTreeMap<ChannelId, Stamps>>>,
}

impl<'a> Drive<'a> {
    /// Reads tracks and plans of a recording. Blocks.
    pub fn read(clip: &'a dyn Clip, terms: &SceneTerms, progress: &Progress) -> Result<Self, Cancelled> {
        let info = clip.info();
        let (mut scenes, mut images, mut plans) = (Vec::new(), Vec::new(), Vec::new());
        for (id, channel) in info.of_kind(ChannelKind::Cuboids) {
            log::debug!("reading tracks of {}", channel.name);
            scenes.push(scene_of(clip, id, terms, progress)?);
        }
        for (id, channel) in info.of_kind(ChannelKind::Boxes) {
            let tracks = tracks_of(clip, id, progress)?;
            images.push(ImageTracks { channel: channel.name.clone(), tracks });
        }
        for (id, channel) in info.of_kind(ChannelKind::Path) {
            plans.push(Plans { channel: channel.name.clone(), plans: paths(clip, id, progress)? });
        }
        let (shape, stamps) = (terms.shape, Some(Mutex::default()));
        Ok(Self { clip, info, scenes, images, plans, shape, stamps })
    }

    /// A recording whose tracks and plans are left out and whose messages are not opened for their stamps, for finders that need
    /// neither and are in a hurry.
    pub fn glance(clip: &'a dyn Clip) -> Self {
        let (scenes, images, plans) = (Vec::new(), Vec::new(), Vec::new());
        let shape = EgoShape::default();
        Self { clip, info: clip.info(), scenes, images, plans, shape, stamps: None }
    }

    /// Header stamps of a channel in the order of receipt, where its messages have some. Blocks.
    pub fn stamps(&self, channel: ChannelId) -> Option<Arc<Vec<Time>>> {
        let mut known = self.stamps.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || self.clip.stamps(channel, &Progress::default()).ok().flatten().map(Arc::new);
        known.entry(channel).or_insert_with(read).clone()
    }

    /// Positions of a GPS with their times; those without a fix are left out.
    pub fn places(&self, channel: ChannelId) -> Vec<(Time, Place)> {
        let times = self.clip.times(channel);
        let place = |(index, time): (usize, &Time)| match self.clip.read(channel, index) {
            Ok(Sample::Place(place)) if place.is_known() => Some((*time, place)),
            Ok(_) | Err(_) => None,
        };
        times.iter().enumerate().filter_map(place).collect()
    }

    /// From the first to the last moment.
    pub fn range(&self) -> TimeRange {
        self.info.range
    }

    /// A signal by its exact name.
    pub fn signal(&self, name: &str) -> Option<Signal> {
        let id = self.info.channel_named(name)?;
        let signal = self.info.channel(id)?.kind == ChannelKind::Signal;
        signal.then(|| self.signal_of(id, name))
    }

    /// All signals of a role, by the words in their names.
    pub fn signals(&self, role: Role) -> Vec<Signal> {
        let of = |name: &str| {
            let lower = name.to_lowercase();
            let found = WORDS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)));
            found.map(|(role, _)| *role)
        };
        let named =
            self.info.of_kind(ChannelKind::Signal).filter(|(_, channel)| of(&channel.name) == Some(role));
        named.map(|(id, channel)| self.signal_of(id, &channel.name)).collect()
    }

    /// Every recorded signal; derived ones only repeat what the boxes say.
    pub fn recorded_signals(&self) -> Vec<Signal> {
        let all = self.info.of_kind(ChannelKind::Signal);
        all.filter(|(_, channel)| channel.encoding != ENCODING)
            .map(|(id, channel)| self.signal_of(id, &channel.name))
            .collect()
    }

    fn signal_of(&self, id: ChannelId, name: &str) -> Signal {
        Signal { name: name.to_owned(), times: self.clip.times(id), values: self.clip.values(id) }
    }

    /// Yaw rate of the vehicle in rad/s: from its coordinate frames, else a recorded signal.
    pub fn yaw_rate(&self) -> Option<Signal> {
        let way = way(&self.clip.frames());
        if way.len() > 1 {
            let name = "ego/yaw_rate".to_owned();
            let times = way.iter().map(|point| point.time).collect();
            return Some(Signal { name, times: Arc::new(times), values: Arc::new(turns(&way)) });
        }
        let named = |name: &str| YAW_RATES.iter().any(|word| name.to_lowercase().contains(word));
        let mut signals = self.info.of_kind(ChannelKind::Signal);
        let (id, channel) = signals.find(|(_, channel)| named(&channel.name))?;
        Some(self.signal_of(id, &channel.name))
    }

    /// Focal length of a camera as a part of the width of its images, from its first calibration.
    pub fn focal(&self, camera: ChannelId) -> Option<f64> {
        let calibration = self.info.calibration_of(camera)?;
        let Ok(Sample::Calibration(known)) = self.clip.read(calibration, 0) else { return None };
        let focal = known.pinhole[0] / f64::from(known.size.0.max(1));
        (focal.is_finite() && focal > 0.05).then_some(focal)
    }
}

/// Parts of the names of signals that are yaw rates.
pub const YAW_RATES: [&str; 9] = [
    "yaw_rate",
    "yawrate",
    "yaw.rate",
    "gyro.z",
    "gyro_z",
    "angular_velocity.z",
    "angular_velocity_z",
    "turn_rate",
    "oxts.wu",
];

fn paths(clip: &dyn Clip, id: ChannelId, progress: &Progress) -> Result<Vec<(Time, PlannedPath)>, Cancelled> {
    let times = clip.times(id);
    let mut found = Vec::with_capacity(times.len());
    for (index, time) in times.iter().enumerate() {
        if let Ok(Sample::Path(path)) = clip.read(id, index) {
            found.push((*time, path));
        }
        progress.check()?;
    }
    Ok(found)
}

impl Signal {
    /// The value that holds at a time.
    pub fn at(&self, time: Time) -> Option<f64> {
        let at = self.times.partition_point(|other| *other <= time).checked_sub(1)?;
        self.values.get(at).copied()
    }
}
