//! Fault injection into a recorded drive: a camera that freezes, a lidar without a sector, a GPS that jumps.
//!
//! The recording stays as it is; reads through [`Faulty`] contain the fault.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::progress::Progress;
use crate::base::time::{Span, Time, index_at};
use crate::clips::{Clip, ClipError};
use crate::data::cases::stack::Stack;
use crate::data::clip::{ChannelId, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::input::Medium;
use crate::data::time::log::LogEntry;
use crate::data::time::signals::{Series, Signals};
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::entry::StackError;
use crate::transforms::{TransformKind, stack};

/// A fault of one channel, with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Name of the channel.
    pub channel: String,
    /// Kind of fault.
    pub what: What,
    /// First and last moment in seconds after the beginning of the recording; all of it if absent.
    pub during: Option<[f64; 2]>,
}

/// Kind of fault.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Every sample repeats the last one before the fault.
    Freeze,
    /// Every sample is an older one, by this delay.
    Late(Span),
    /// Images are black, scans are empty.
    Black,
    /// Positions are shifted by this many meters to the east and to the north.
    Jump([f64; 2]),
    /// Images, scans or values are transformed.
    Change(Stack),
}

/// A fault that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FromStr for Fault {
    type Err = FaultError;

    /// `/front/image=freeze@10..12`, `/lidar=lost_sector:60`, `/gps=jump:30,-10@5..8`, `speed=stuck_value:3@20`.
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let bad = |why: String| FaultError(format!("{why}, expected a form like /camera=freeze@10..12"));
        let (channel, rest) = text.split_once('=').ok_or_else(|| bad(format!("{text:?} has no channel")))?;
        let (what, when) = rest.rsplit_once('@').map_or((rest, None), |(what, when)| (what, Some(when)));
        let number = |text: &str| {
            text.trim()
                .parse::<f64>()
                .ok()
                .filter(|number| number.is_finite())
                .ok_or_else(|| bad(format!("{text:?} is not a number")))
        };
        let during = match when.map(|when| when.split_once("..")) {
            None => None,
            Some(Some((from, until))) => Some([number(from)?, number(until)?]),
            Some(None) => Some([number(when.unwrap_or_default())?, f64::INFINITY]),
        };
        let (name, value) = what.split_once(':').unwrap_or((what, ""));
        let what = match name {
            "freeze" => What::Freeze,
            "black" => What::Black,
            "late" => What::Late(Span::from_secs(number(value)?)),
            "jump" => {
                let (east, north) = value.split_once(',').unwrap_or((value, "0"));
                What::Jump([number(east)?, number(north)?])
            }
            _ => What::Change(stack::parse(&BUILT_IN, what, 1).map_err(|err| {
                FaultError(format!(
                    "{err}; faults of whole sensors are freeze, black, late:SECONDS and jump:EAST,NORTH"
                ))
            })?),
        };
        Ok(Self { channel: channel.to_owned(), what, during })
    }
}

/// Number of recorded samples, and the times and values with the faults.
type Known = (usize, Arc<Vec<Time>>, Arc<Vec<f64>>);

/// A recording with faults.
pub struct Faulty {
    inner: Arc<dyn Clip>,
    faults: BTreeMap<ChannelId, Vec<Fault>>,
    /// Signals with their faults, computed on first use; dropped when more of the recording is indexed.
    signals: Mutex<BTreeMap<ChannelId, Known>>,
    /// Description with faults, and the description of the recording it was made from.
    info: Mutex<Option<(Arc<ClipInfo>, Arc<ClipInfo>)>>,
}

impl Faulty {
    /// Injects faults into a recording; each must fit its channel.
    pub fn new(inner: Arc<dyn Clip>, faults: &[Fault]) -> Result<Self, FaultError> {
        let info = inner.info();
        let mut by_channel: BTreeMap<ChannelId, Vec<Fault>> = BTreeMap::new();
        for fault in faults {
            let id = info.channel_named(&fault.channel).ok_or_else(|| {
                let known = info.channels.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
                FaultError(format!("the recording has no channel {:?}, it has {known}", fault.channel))
            })?;
            let kind = info.channels[id.0].kind;
            check(fault, kind)?;
            by_channel.entry(id).or_default().push(fault.clone());
        }
        Ok(Self { inner, faults: by_channel, signals: Mutex::default(), info: Mutex::default() })
    }

    fn of(&self, channel: ChannelId) -> &[Fault] {
        self.faults.get(&channel).map_or(&[], Vec::as_slice)
    }

    fn start(&self) -> Time {
        self.inner.info().range.start
    }

    fn active(&self, fault: &Fault, time: Time) -> bool {
        let at = (time - self.start()).secs();
        fault.during.is_none_or(|[from, until]| (from..=until).contains(&at))
    }

    /// The signal with its faults.
    fn signal(&self, channel: ChannelId) -> (Arc<Vec<Time>>, Arc<Vec<f64>>) {
        let (times, values) = (self.inner.times(channel), self.inner.values(channel));
        let mut known = self.signals.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((count, times, values)) = known.get(&channel)
            && *count == self.inner.times(channel).len()
        {
            return (Arc::clone(times), Arc::clone(values));
        }
        let series = Series { name: String::new(), times: times.to_vec(), values: values.to_vec() };
        let mut signals = Signals { series: vec![series] };
        for fault in self.of(channel) {
            let change = match &fault.what {
                What::Change(change) => timed(change, fault.during),
                What::Freeze => {
                    let lasting = fault.during.map_or(600.0, |[a, b]| (b - a).clamp(0.0, 600.0));
                    let text = format!("stuck_value:{lasting}");
                    stack::parse(&BUILT_IN, &text, 1)
                        .map(|change| timed(&change, fault.during))
                        .unwrap_or_default()
                }
                What::Late(by) => {
                    for time in signals.series.iter_mut().flat_map(|series| &mut series.times) {
                        *time = *time + (*by).max(Span(0));
                    }
                    continue;
                }
                What::Black | What::Jump(_) => continue,
            };
            match stack::apply(&BUILT_IN, &change, &signals) {
                Ok(changed) => signals = changed,
                // Checked when the fault was added.
                Err(err) => log::error!("a fault was skipped: {err}"),
            }
        }
        let changed = signals.series.pop().unwrap_or_default();
        let made = (times.len(), Arc::new(changed.times), Arc::new(changed.values));
        known.insert(channel, made.clone());
        (made.1, made.2)
    }

    fn is_faulty_signal(&self, channel: ChannelId) -> bool {
        !self.of(channel).is_empty()
            && self.inner.info().channel(channel).is_some_and(|c| c.kind == ChannelKind::Signal)
    }

    /// Index of the recorded sample that replaces this one.
    fn seen(&self, channel: ChannelId, index: usize, times: &[Time]) -> usize {
        let mut index = index;
        for fault in self.of(channel) {
            let Some(time) = times.get(index).copied() else { return index };
            if !self.active(fault, time) {
                continue;
            }
            match &fault.what {
                What::Freeze => {
                    let from = fault
                        .during
                        .map_or_else(|| self.start(), |[from, _]| self.start() + Span::from_secs(from));
                    // The last one before; without one, the first of the fault.
                    index = times.partition_point(|t| *t < from).saturating_sub(1);
                }
                What::Late(by) => index = index_at(times, time - *by),
                What::Black | What::Jump(_) | What::Change(_) => {}
            }
        }
        index
    }
}

/// True if a channel of this kind supports the fault.
fn check(fault: &Fault, kind: ChannelKind) -> Result<(), FaultError> {
    let medium = match kind {
        ChannelKind::Camera => Some(Medium::Image),
        ChannelKind::Points => Some(Medium::Points),
        ChannelKind::Signal => Some(Medium::Signals),
        ChannelKind::Cuboids
        | ChannelKind::Boxes
        | ChannelKind::Path
        | ChannelKind::Places
        | ChannelKind::Log
        | ChannelKind::Transforms
        | ChannelKind::Calibration
        | ChannelKind::Other => None,
    };
    let name = &fault.channel;
    let can = match &fault.what {
        What::Freeze | What::Late(_) => true,
        What::Black => matches!(medium, Some(Medium::Image | Medium::Points)),
        What::Jump(_) => kind == ChannelKind::Places,
        What::Change(change) => {
            for (_, spec) in change.active() {
                let known = BUILT_IN.kind(&spec.transform).map(TransformKind::medium);
                if known != medium {
                    let of = known.map_or("nothing", Medium::title);
                    return Err(FaultError(format!(
                        "transform {:?} needs {of}, the channel {name:?} carries {}",
                        spec.transform,
                        kind.title()
                    )));
                }
            }
            true
        }
    };
    if can {
        Ok(())
    } else {
        Err(FaultError(format!("{name:?} carries {}, which does not support this fault", kind.title())))
    }
}

/// A stack of signal transforms during an interval. A transform that has a duration of its own keeps it.
fn timed(change: &Stack, during: Option<[f64; 2]>) -> Stack {
    let mut change = change.clone();
    let Some([from, until]) = during else { return change };
    for spec in &mut change.transforms {
        let params = BUILT_IN.kind(&spec.transform).map_or(&[][..], |kind| kind.params);
        let has = |id: &str| params.iter().any(|param| param.id == id);
        if has("from") {
            spec.params.insert("from", from);
        }
        if has("lasting") && until.is_finite() {
            spec.params.insert("lasting", until - from);
        }
    }
    change
}

impl Clip for Faulty {
    fn info(&self) -> Arc<ClipInfo> {
        let info = self.inner.info();
        if self.faults.keys().all(|id| !self.is_faulty_signal(*id)) {
            return info;
        }
        let mut known = self.info.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((inner, mine)) = &*known
            && Arc::ptr_eq(inner, &info)
        {
            return Arc::clone(mine);
        }
        let mut mine = (*info).clone();
        for id in self.faults.keys().filter(|id| self.is_faulty_signal(**id)) {
            mine.channels[id.0].samples = self.signal(*id).0.len();
        }
        let mine = Arc::new(mine);
        *known = Some((info, Arc::clone(&mine)));
        mine
    }

    fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        if self.is_faulty_signal(channel) { self.signal(channel).0 } else { self.inner.times(channel) }
    }

    fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        if self.is_faulty_signal(channel) { self.signal(channel).1 } else { self.inner.values(channel) }
    }

    fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
        if self.of(channel).is_empty() {
            return self.inner.read(channel, index);
        }
        if self.is_faulty_signal(channel) {
            let value = self.signal(channel).1.get(index).copied();
            return value.map_or_else(|| self.inner.read(channel, index), |value| Ok(Sample::Scalar(value)));
        }
        let times = self.inner.times(channel);
        let Some(time) = times.get(index).copied() else { return self.inner.read(channel, index) };
        let mut sample = self.inner.read(channel, self.seen(channel, index, &times))?;
        for fault in self.of(channel).iter().filter(|fault| self.active(fault, time)) {
            sample = changed(sample, &fault.what, index).map_err(|err| ClipError::Sample {
                channel: fault.channel.clone(),
                index,
                problem: err.to_string(),
                path: std::path::PathBuf::new(),
            })?;
        }
        Ok(sample)
    }

    fn frames(&self) -> Arc<FrameTree> {
        self.inner.frames()
    }

    fn file(&self, channel: ChannelId, index: usize) -> Option<std::path::PathBuf> {
        self.inner.file(channel, index)
    }

    fn logs(&self) -> Arc<Vec<LogEntry>> {
        self.inner.logs()
    }

    fn stamps(&self, channel: ChannelId, progress: &Progress) -> Result<Option<Vec<Time>>, ClipError> {
        self.inner.stamps(channel, progress)
    }

    fn seams(&self) -> Option<Vec<Time>> {
        self.inner.seams()
    }

    fn index_samples(&self, progress: &Progress) -> Result<(), ClipError> {
        self.inner.index_samples(progress)
    }

    fn index(&self, progress: &Progress) -> Result<(), ClipError> {
        self.inner.index(progress)
    }
}

/// One sample with one fault; random numbers differ from sample to sample.
fn changed(sample: Sample, what: &What, index: usize) -> Result<Sample, StackError> {
    let seeded = |change: &Stack| Stack { seed: change.seed.wrapping_add(index as u64), ..change.clone() };
    Ok(match (sample, what) {
        (Sample::Image(image), What::Black) => {
            let (width, height) = image.size();
            Sample::Image(crate::data::image::Image::filled(width, height, [0; 3]))
        }
        (Sample::Points(cloud), What::Black) => Sample::Points(Arc::new(cloud.picked(|_| false))),
        (Sample::Place(place), What::Jump([east, north])) => Sample::Place(place.moved(*east, *north)),
        (Sample::Image(image), What::Change(change)) => {
            Sample::Image(stack::apply(&BUILT_IN, &seeded(change), &image)?)
        }
        (Sample::Points(cloud), What::Change(change)) => {
            Sample::Points(Arc::new(stack::apply(&BUILT_IN, &seeded(change), &*cloud)?))
        }
        (sample, _) => sample,
    })
}
