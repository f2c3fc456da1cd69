//! Index of all labels of a project by sample and by object.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::base::name::Name;
use crate::data::geometry::motion::Motion;
use crate::data::geometry::shape::Shape;
use crate::data::labels::label::Label;

/// Labels by id, with an index by sample.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    all: BTreeMap<u64, Label>,
    clips: BTreeMap<Name, BTreeMap<Name, Channel>>,
    /// Sensor motions by clip and channel, where known.
    motions: BTreeMap<(Name, Name), Motion>,
}

/// Equality ignores sensor motions.
impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all && self.clips == other.clips
    }
}

/// The labels of one channel.
#[derive(Clone, Debug, Default, PartialEq)]
struct Channel {
    /// Label ids by sample, each list sorted.
    frames: BTreeMap<usize, Vec<u64>>,
    /// Objects with keyframes beyond the label they are named after: sample and label id of each, sorted.
    tracks: BTreeMap<u64, Vec<(usize, u64)>>,
}

/// A label on one sample: drawn there, or interpolated between two keyframes.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<'a> {
    /// The keyframe on this sample, or the one before it.
    pub label: &'a Label,
    /// Shape on this sample.
    pub shape: Cow<'a, Shape>,
    /// True if it was drawn on this very sample.
    pub keyframe: bool,
}

impl Labels {
    /// Number of labels; interpolated ones are not counted.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The label with this id.
    pub fn get(&self, id: u64) -> Option<&Label> {
        self.all.get(&id)
    }

    /// Sets the motion of a channel's sensor: from then on cuboids are interpolated in the world,
    /// not in the coordinates of the sensor.
    pub fn set_motion(&mut self, clip: &str, channel: &str, motion: Option<Motion>) {
        let key = (Name::from(clip), Name::from(channel));
        match motion {
            Some(motion) => self.motions.insert(key, motion),
            None => self.motions.remove(&key),
        };
    }

    /// The motion of a channel's sensor, if known.
    pub fn motion(&self, clip: &str, channel: &str) -> Option<&Motion> {
        self.motions.get(&(Name::from(clip), Name::from(channel)))
    }

    /// These labels with the sensor motions of `other`.
    #[must_use]
    pub fn with_motions_of(mut self, other: &Self) -> Self {
        self.motions.clone_from(&other.motions);
        self
    }

    /// Every label by id.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Label> + Clone {
        self.all.values()
    }

    /// The highest id of a label or an object, zero if there are none.
    pub fn last_id(&self) -> u64 {
        let tracks = self.clips.values().flat_map(BTreeMap::values);
        let object = tracks.filter_map(|channel| channel.tracks.last_key_value()).map(|(id, _)| *id).max();
        self.all.last_key_value().map_or(0, |(id, _)| *id).max(object.unwrap_or(0))
    }

    /// Adds a label, or returns its id as an error if that is taken.
    pub fn insert(&mut self, label: Label) -> Result<(), u64> {
        if self.all.contains_key(&label.id) {
            return Err(label.id);
        }
        self.note(&label);
        self.all.insert(label.id, label);
        Ok(())
    }

    /// Removes a label.
    pub fn remove(&mut self, id: u64) -> Option<Label> {
        let label = self.all.remove(&id)?;
        let channels = self.clips.get_mut(&label.clip)?;
        let channel = channels.get_mut(&label.channel)?;
        if let Some(ids) = channel.frames.get_mut(&label.frame) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                channel.frames.remove(&label.frame);
            }
        }
        if let Some(keys) = channel.tracks.get_mut(&label.object) {
            keys.retain(|(_, other)| *other != id);
            // A single remaining label is the one the object is named after: an object on one sample.
            if keys.is_empty() || matches!(keys.as_slice(), [(_, only)] if *only == label.object) {
                channel.tracks.remove(&label.object);
            }
        }
        if channel.frames.is_empty() {
            channels.remove(&label.channel);
        }
        if channels.is_empty() {
            self.clips.remove(&label.clip);
        }
        Some(label)
    }

    /// Index of many labels with rising ids, as they come out of a database.
    pub fn from_sorted(labels: Vec<Label>) -> Self {
        let mut new = Self::default();
        for label in &labels {
            new.note(label);
        }
        // The object's first label may have come after its keyframes.
        new.all = labels.into_iter().map(|label| (label.id, label)).collect();
        for channels in new.clips.values_mut() {
            for channel in channels.values_mut() {
                for (object, keys) in &mut channel.tracks {
                    if let Some(first) = new.all.get(object).filter(|first| first.object == *object)
                        && let Err(at) = keys.binary_search(&(first.frame, first.id))
                        && channel.frames.get(&first.frame).is_some_and(|ids| ids.contains(&first.id))
                    {
                        keys.insert(at, (first.frame, first.id));
                    }
                }
            }
        }
        new
    }

    fn note(&mut self, label: &Label) {
        if !self.clips.contains_key(&label.clip) {
            self.clips.insert(label.clip.clone(), BTreeMap::new());
        }
        // Inserted if it was not there yet.
        let Some(channels) = self.clips.get_mut(&label.clip) else { return };
        if !channels.contains_key(&label.channel) {
            channels.insert(label.channel.clone(), Channel::default());
        }
        let Some(channel) = channels.get_mut(&label.channel) else { return };
        let ids = channel.frames.entry(label.frame).or_default();
        let at = ids.partition_point(|id| *id < label.id);
        ids.insert(at, label.id);
        if label.object == label.id && !channel.tracks.contains_key(&label.object) {
            return;
        }
        let keys = channel.tracks.entry(label.object).or_default();
        let at = keys.partition_point(|key| *key < (label.frame, label.id));
        keys.insert(at, (label.frame, label.id));
        if label.object != label.id
            && let Some(first) = self.all.get(&label.object)
            && first.object == label.object
            && first.clip == label.clip
            && first.channel == label.channel
            && let Err(at) = keys.binary_search(&(first.frame, first.id))
        {
            keys.insert(at, (first.frame, first.id));
        }
    }

    fn channel(&self, clip: &str, channel: &str) -> Option<&Channel> {
        self.clips.get(clip)?.get(channel)
    }

    /// The clips with labels, and the channels of each.
    pub fn channels(&self) -> impl Iterator<Item = (&Name, &Name)> {
        self.clips.iter().flat_map(|(clip, channels)| channels.keys().map(move |channel| (clip, channel)))
    }

    /// The labels that were drawn on one sample, by id.
    pub fn drawn_on(&self, clip: &str, channel: &str, frame: usize) -> impl Iterator<Item = &Label> {
        let ids = self.channel(clip, channel).and_then(|known| known.frames.get(&frame));
        ids.into_iter().flatten().filter_map(|id| self.all.get(id))
    }

    /// All labels on one sample: drawn there, or interpolated between two keyframes. Keyframes of objects that are not
    /// present (outside, lost) are among them.
    pub fn on<'a>(&'a self, clip: &str, channel: &str, frame: usize) -> Vec<Shown<'a>> {
        let Some(known) = self.channel(clip, channel) else { return Vec::new() };
        let drawn = known.frames.get(&frame).into_iter().flatten().filter_map(|id| self.all.get(id));
        let mut shown: Vec<Shown<'a>> =
            drawn.map(|label| Shown { label, shape: Cow::Borrowed(&label.shape), keyframe: true }).collect();
        let motion = self.motion(clip, channel);
        for keys in known.tracks.values() {
            if let Some(between) = self.between(keys, motion, frame) {
                shown.push(between);
            }
        }
        shown
    }

    /// An object interpolated on a sample.
    fn between<'a>(
        &'a self,
        keys: &[(usize, u64)],
        motion: Option<&Motion>,
        frame: usize,
    ) -> Option<Shown<'a>> {
        let at = keys.partition_point(|(key, _)| *key <= frame);
        let (before, after) = (keys.get(at.checked_sub(1)?)?, keys.get(at)?);
        if before.0 == frame {
            return None;
        }
        let (label, next) = (self.all.get(&before.1)?, self.all.get(&after.1)?);
        if !label.state.present() {
            return None;
        }
        let shape = on_the_way(motion, (before.0, &label.shape), (after.0, &next.shape), frame);
        Some(Shown { label, shape: Cow::Owned(shape), keyframe: false })
    }

    /// An object on one sample of one channel, drawn there or interpolated.
    pub fn object_on<'a>(
        &'a self,
        clip: &str,
        channel: &str,
        object: u64,
        frame: usize,
    ) -> Option<Shown<'a>> {
        let known = self.channel(clip, channel)?;
        let drawn = |id: &u64| {
            self.all.get(id).filter(|label| label.object == object).map(|label| Shown {
                label,
                shape: Cow::Borrowed(&label.shape),
                keyframe: true,
            })
        };
        let drawn = known.frames.get(&frame).and_then(|ids| ids.iter().find_map(drawn));
        drawn.or_else(|| self.between(known.tracks.get(&object)?, self.motion(clip, channel), frame))
    }

    /// The keyframes of an object on one channel, in the order of samples.
    pub fn keyframes<'a>(&'a self, clip: &str, channel: &str, object: u64) -> Vec<&'a Label> {
        let known = self.channel(clip, channel);
        if let Some(keys) = known.and_then(|known| known.tracks.get(&object)) {
            keys.iter().filter_map(|(_, id)| self.all.get(id)).collect()
        } else {
            let only = self.all.get(&object).filter(|l| l.clip == *clip && l.channel == *channel);
            only.filter(|label| label.object == object).into_iter().collect()
        }
    }

    /// The tracks of a channel: objects on more than one sample, with their keyframes.
    pub fn tracks(&self, clip: &str, channel: &str) -> impl Iterator<Item = (u64, Vec<&Label>)> {
        self.channel(clip, channel)
            .into_iter()
            .flat_map(|known| &known.tracks)
            .map(|(object, keys)| (*object, keys.iter().filter_map(|(_, id)| self.all.get(id)).collect()))
    }

    /// Every label of an object, on all channels.
    pub fn of_object(&self, object: u64) -> Vec<&Label> {
        let mut ids: Vec<u64> =
            self.all.get(&object).filter(|l| l.object == object).map(|l| l.id).into_iter().collect();
        for known in self.clips.values().flat_map(BTreeMap::values) {
            ids.extend(known.tracks.get(&object).into_iter().flatten().map(|(_, id)| *id));
        }
        ids.sort_unstable();
        ids.dedup();
        ids.iter().filter_map(|id| self.all.get(id)).collect()
    }

    /// The samples of a channel with visible labels, in order.
    pub fn samples(&self, clip: &str, channel: &str) -> BTreeMap<usize, Vec<Shown<'_>>> {
        let mut samples: BTreeMap<usize, Vec<Shown<'_>>> = BTreeMap::new();
        let Some(known) = self.channel(clip, channel) else { return samples };
        for (frame, ids) in &known.frames {
            let drawn = ids.iter().filter_map(|id| self.all.get(id)).filter(|label| label.state.present());
            let mut drawn = drawn
                .map(|label| Shown { label, shape: Cow::Borrowed(&label.shape), keyframe: true })
                .peekable();
            if drawn.peek().is_some() {
                samples.entry(*frame).or_default().extend(drawn);
            }
        }
        let motion = self.motion(clip, channel);
        for keys in known.tracks.values() {
            for pair in keys.windows(2) {
                for frame in pair[0].0 + 1..pair[1].0 {
                    if let Some(between) = self.between(pair, motion, frame) {
                        samples.entry(frame).or_default().push(between);
                    }
                }
            }
        }
        for shown in samples.values_mut() {
            shown.sort_by_key(|shown| (shown.label.object, shown.label.id));
        }
        samples
    }
}

/// A shape on a sample, interpolated between two others.
///
/// The interpolation is linear in the world if the motion of the sensor is known.
pub fn on_the_way(motion: Option<&Motion>, from: (usize, &Shape), to: (usize, &Shape), on: usize) -> Shape {
    match motion {
        Some(motion) if matches!(from.1, Shape::Cuboid(_)) => motion.between(from, to, on),
        _ => from.1.between(to.1, (on - from.0) as f32 / (to.0 - from.0) as f32),
    }
}

impl FromIterator<Label> for Labels {
    fn from_iter<I: IntoIterator<Item = Label>>(labels: I) -> Self {
        let mut all: Vec<Label> = labels.into_iter().collect();
        all.sort_by_key(|label| label.id);
        all.dedup_by_key(|label| label.id);
        Self::from_sorted(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::box2::Box2;
    use crate::data::labels::label::State;

    fn key(id: u64, object: u64, frame: usize, x: f32, state: State) -> Label {
        let shape = Shape::Box(Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 10.0 });
        Label { object, state, ..Label::new(id, "drive", "camera", frame, "car", shape) }
    }

    #[test]
    fn an_object_is_on_the_line_between_its_keyframes_and_nowhere_beyond() {
        let keys = [
            key(1, 1, 10, 0.0, State::Visible),
            key(2, 1, 20, 100.0, State::Outside),
            key(3, 1, 30, 50.0, State::Occluded),
            key(4, 1, 32, 60.0, State::Visible),
            key(5, 5, 15, 7.0, State::Visible),
        ];
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]] {
            let mut labels = Labels::default();
            for i in order {
                labels.insert(keys[i].clone()).unwrap();
            }
            assert_eq!(labels, keys.iter().cloned().collect(), "the order of insertion leaves no trace");
            let x = |frame| {
                let shown = labels.object_on("drive", "camera", 1, frame)?;
                shown.shape.bounds().filter(|_| shown.label.state.present()).map(|b| b.x0)
            };
            assert_eq!(
                [9, 10, 15, 20, 25, 30, 31, 33].map(x),
                [None, Some(0.0), Some(50.0), None, None, Some(50.0), Some(55.0), None]
            );
            assert_eq!(labels.on("drive", "camera", 15).len(), 2);
            assert_eq!(labels.samples("drive", "camera").len(), 10 + 3);
            for id in [2, 3, 4, 1, 5] {
                labels.remove(id).unwrap();
            }
            assert_eq!(labels, Labels::default(), "nothing stays behind");
        }
    }
}
