//! A channel of a recording as predictions or ground truth: what the stack in the vehicle said, or another sensor.

use std::collections::{BTreeMap, BTreeSet};

use glam::DVec3;

use crate::base::nearest::hint;
use crate::base::time::{Span, Time};
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelKind, ClipInfo, Sample};
use crate::data::geometry::frames::{Cuboid, FrameTree};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{ClassScore, NamedValue, Prediction, Task};
use crate::tracks::assemble::placed;

/// Largest difference of two stamps that count as the same moment.
pub const TOLERANCE: Span = Span(50_000_000);

/// A channel that is compared with something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Name of the channel.
    pub channel: String,
    /// Task of its samples as predictions.
    pub task: Task,
    /// Its classes, or the name of its value.
    pub labels: Vec<String>,
    /// Largest difference of two stamps that count as the same moment.
    pub tolerance: Span,
}

/// Problem of a channel that should be compared.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// There is no such channel.
    #[error("the recording has no channel {name:?}{hint}; it has {known}")]
    NoChannel {
        /// Requested name.
        name: String,
        /// The most similar name, as the end of a sentence.
        hint: String,
        /// Channels that can be compared.
        known: String,
    },
    /// The samples of the channel are nothing to compare.
    #[error("the channel {name:?} holds {kind}, expected 2D boxes, 3D boxes, a signal or texts with a class")]
    NotComparable {
        /// Name of the channel.
        name: String,
        /// Kind of its samples.
        kind: &'static str,
    },
    /// A sample cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
}

/// Samples of a recorded channel on the samples of another one.
#[derive(Clone, Debug, Default)]
pub struct Aligned {
    /// Predictions by sample of the other channel.
    pub answers: BTreeMap<usize, Prediction>,
    /// Samples of the other channel without one at their time.
    pub unmatched: usize,
    /// Largest difference of stamps that was accepted.
    pub largest: Span,
    /// Boxes in coordinate frames that are not connected with that of the other channel.
    pub lost: usize,
}

fn task_of(kind: ChannelKind) -> Option<Task> {
    match kind {
        ChannelKind::Boxes | ChannelKind::Cuboids => Some(Task::Objects),
        ChannelKind::Signal => Some(Task::Values),
        ChannelKind::Log => Some(Task::Classes),
        ChannelKind::Camera
        | ChannelKind::Points
        | ChannelKind::Path
        | ChannelKind::Places
        | ChannelKind::Transforms
        | ChannelKind::Calibration
        | ChannelKind::Other => None,
    }
}

/// The channels of a recording that can be compared.
pub fn comparable(info: &ClipInfo) -> Vec<String> {
    let named = info.channels.iter().filter(|channel| task_of(channel.kind).is_some());
    named.map(|channel| channel.name.clone()).collect()
}

impl Recorded {
    /// The channel of this name; reads it once for its classes.
    pub fn of(clip: &dyn Clip, name: &str, tolerance: Span) -> Result<Self, RecordedError> {
        let info = clip.info();
        let found = info.channel_named(name).and_then(|id| Some((id, info.channel(id)?)));
        let Some((id, channel)) = found else {
            let known = comparable(&info);
            return Err(RecordedError::NoChannel {
                name: name.to_owned(),
                hint: hint(name, known.iter().map(String::as_str)),
                known: if known.is_empty() {
                    "none that can be compared".to_owned()
                } else {
                    known.join(", ")
                },
            });
        };
        let task = task_of(channel.kind).ok_or_else(|| RecordedError::NotComparable {
            name: name.to_owned(),
            kind: channel.kind.title(),
        })?;
        let mut labels = BTreeSet::new();
        if task == Task::Values {
            labels.insert(name.to_owned());
        } else {
            for index in 0..clip.times(id).len() {
                match clip.read(id, index)? {
                    Sample::Boxes(boxes) => labels.extend(boxes.into_iter().map(|one| one.class)),
                    Sample::Cuboids(boxes) => labels.extend(boxes.into_iter().map(|one| one.class)),
                    Sample::Log(line) => {
                        labels.insert(line.text.trim().to_owned());
                    }
                    Sample::Image(_)
                    | Sample::Scalar(_)
                    | Sample::Points(_)
                    | Sample::Path(_)
                    | Sample::Place(_)
                    | Sample::Transforms(_)
                    | Sample::Calibration(_) => {}
                }
            }
        }
        Ok(Self { channel: name.to_owned(), task, labels: labels.into_iter().collect(), tolerance })
    }

    /// The channels on whose samples its own are evaluated: the camera of 2D boxes, the points of cuboids, else itself.
    pub fn anchors(&self, clip: &dyn Clip) -> Vec<(ChannelId, String)> {
        let info = clip.info();
        let Some(own) = info.channel_named(&self.channel) else { return Vec::new() };
        let kind = info.channel(own).map(|channel| channel.kind);
        let anchors: Vec<ChannelId> = match kind {
            Some(ChannelKind::Boxes) => info.camera_of(&self.channel).into_iter().collect(),
            Some(ChannelKind::Cuboids) => info.of_kind(ChannelKind::Points).map(|(id, _)| id).collect(),
            _ => vec![own],
        };
        let anchors = if anchors.is_empty() { vec![own] } else { anchors };
        let named = anchors.into_iter().filter_map(|id| Some((id, info.channel(id)?.name.clone())));
        named.collect()
    }

    /// Its samples on those of another channel, each at the nearest stamp within the tolerance. Cuboids are moved to the frame
    /// of the other channel at its time, so that the motion of the vehicle between both stamps is undone.
    pub fn on(&self, clip: &dyn Clip, anchor: ChannelId) -> Result<Aligned, ClipError> {
        let info = clip.info();
        let Some(own) = info.channel_named(&self.channel) else { return Ok(Aligned::default()) };
        let (times, wanted) = (clip.times(own), clip.times(anchor));
        let frames = clip.frames();
        let mut target: Option<String> = None;
        let mut aligned = Aligned::default();
        for (index, time) in wanted.iter().enumerate() {
            let Some(at) = nearest(&times, *time).filter(|at| apart(times[*at], *time) <= self.tolerance)
            else {
                aligned.unmatched += 1;
                continue;
            };
            aligned.largest = aligned.largest.max(apart(times[at], *time));
            let answer = match clip.read(own, at)? {
                Sample::Boxes(objects) => Prediction::Objects { objects },
                Sample::Cuboids(cuboids) => {
                    if target.is_none() {
                        target = frame_of(clip, anchor, index)?;
                    }
                    let to = target.as_deref().or_else(|| Some(cuboids.first()?.frame.as_str()));
                    let (objects, lost) = moved(&cuboids, times[at], to.unwrap_or_default(), *time, &frames);
                    aligned.lost += lost;
                    Prediction::Objects { objects }
                }
                Sample::Scalar(value) if value.is_finite() => Prediction::Values {
                    values: vec![NamedValue {
                        name: self.channel.clone(),
                        value: value as f32,
                        unit: String::new(),
                        lateral: false,
                    }],
                },
                Sample::Log(line) => Prediction::Classes {
                    top: vec![ClassScore { class: line.text.trim().to_owned(), score: 1.0 }],
                },
                Sample::Image(_)
                | Sample::Scalar(_)
                | Sample::Points(_)
                | Sample::Path(_)
                | Sample::Place(_)
                | Sample::Transforms(_)
                | Sample::Calibration(_) => {
                    aligned.unmatched += 1;
                    continue;
                }
            };
            aligned.answers.insert(index, answer);
        }
        Ok(aligned)
    }
}

fn apart(a: Time, b: Time) -> Span {
    Span((a.0.saturating_sub(b.0)).saturating_abs())
}

/// Index of the time that is nearest; the earlier of two.
fn nearest(times: &[Time], time: Time) -> Option<usize> {
    let after = times.partition_point(|other| *other < time);
    let candidates = [after.checked_sub(1), (after < times.len()).then_some(after)];
    candidates.into_iter().flatten().min_by_key(|at| apart(times[*at], time))
}

/// The coordinate frame of a sample of points or cuboids.
fn frame_of(clip: &dyn Clip, channel: ChannelId, index: usize) -> Result<Option<String>, ClipError> {
    let kind = clip.info().channel(channel).map(|channel| channel.kind);
    if !matches!(kind, Some(ChannelKind::Points | ChannelKind::Cuboids)) {
        return Ok(None);
    }
    Ok(clip.read(channel, index)?.coordinate_frame().map(str::to_owned))
}

/// Cuboids seen at `seen` as upright boxes in the frame `to` at `time`, and the number of those that cannot be brought there.
/// The topmost frame is taken as the one that stands.
fn moved(
    cuboids: &[Cuboid],
    seen: Time,
    to: &str,
    time: Time,
    frames: &FrameTree,
) -> (Vec<Detection>, usize) {
    let mut lost = 0;
    let mut objects = Vec::with_capacity(cuboids.len());
    for cuboid in cuboids {
        let root = frames.root(&cuboid.frame);
        let up = frames.pose(&cuboid.frame, root, seen);
        let down = frames.pose(root, to, time);
        let Some(pose) = up.zip(down).map(|(up, down)| down.after(&up)) else {
            lost += 1;
            continue;
        };
        let placed = placed(cuboid, &pose);
        let solid = Solid {
            center: placed.center.to_array().map(|v| v as f32),
            size: cuboid.size.to_array().map(|v| v as f32),
            yaw: placed.heading as f32,
        };
        if solid.problem().is_some() {
            lost += 1;
            continue;
        }
        let score = cuboid.score.unwrap_or(1.0) as f32;
        let found = Detection::upright(cuboid.class.clone(), score, solid);
        objects.push(Detection { id: cuboid.id.clone(), ..found });
    }
    (objects, lost)
}

/// The origin of the vehicle in the frame of a channel at a time, in meters: the point that distances are measured from.
pub fn vehicle_in(clip: &dyn Clip, channel: ChannelId, time: Time) -> Option<DVec3> {
    let frames = clip.frames();
    let own = frame_of(clip, channel, 0).ok().flatten()?;
    let vehicle = crate::tracks::ego::vehicle_frame(&frames, &own);
    // Without a frame that moves, the sensor is where distances begin.
    vehicle.map_or(Some(DVec3::ZERO), |vehicle| Some(frames.pose(vehicle, &own, time)?.translation))
}
