//! Ground truth of the samples of a recording: labels, tags, signals and texts, in the classes of a model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::name::Name;
use crate::base::time::Time;
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind, Sample as Said};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::geometry::solid::Solid;
use crate::data::labels::label::{Label, Value};
use crate::data::prediction::{Prediction, Task};
use crate::data::time::signals::Series;
use crate::evaluation::samples::{Fact, Sample};
use crate::evaluation::terms::{CLASS, Terms};
use crate::metrics::detection_errors::Object;
use crate::predictions::recorded::vehicle_in;
use crate::predictions::source::Source;
use crate::project::Project;

/// Ground truth of a recording on the channels that fit a model.
pub struct Facts<'a> {
    project: &'a Project,
    clip: &'a dyn Clip,
    name: &'a str,
    terms: &'a Terms,
    known: BTreeSet<&'a str>,
    /// Classes in the order in which a recorded signal counts them.
    order: &'a [String],
    task: Task,
}

impl<'a> Facts<'a> {
    /// Ground truth of one recording, in the classes of a model.
    pub fn new(
        project: &'a Project,
        name: &'a str,
        clip: &'a dyn Clip,
        source: &'a Source,
        terms: &'a Terms,
        order: &'a [String],
    ) -> Self {
        let known = source.labels().iter().map(String::as_str).collect();
        Self { project, clip, name, terms, known, order, task: source.task() }
    }

    /// The model's class for a label class, if any: the mapped one, the same, or the same in other case.
    pub(super) fn word(&self, class: &str) -> Option<String> {
        let agreed =
            self.terms.classes.iter().find(|(_, labeled)| *labeled == class).map(|(word, _)| word.clone());
        agreed
            .or_else(|| self.known.contains(class).then(|| class.to_owned()))
            .or_else(|| {
                self.known.iter().find(|word| word.eq_ignore_ascii_case(class)).map(|word| (*word).to_owned())
            })
            .or_else(|| {
                // Predictions that name classes by their index.
                let at = self.order.iter().position(|known| known == class)?.to_string();
                self.known.contains(at.as_str()).then_some(at)
            })
    }

    /// Ground truth of each sample of a channel, and the number of labels without a class of the model.
    pub fn of(&self, id: ChannelId, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        match self.task {
            Task::Objects => self.objects(channel),
            Task::Classes => (self.classes(id, channel), BTreeMap::new()),
            Task::Values => (self.values(id), BTreeMap::new()),
            Task::Segments => self.areas(channel),
            // Nobody can say what a vector has to be.
            Task::Vector => Default::default(),
        }
    }

    fn objects(&self, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        let mut strange = BTreeMap::new();
        let mut facts = BTreeMap::new();
        let info = self.clip.info();
        let id = info.channel_named(channel);
        let space = id.and_then(|id| info.channel(id)).is_some_and(|c| c.kind == ChannelKind::Points);
        for (frame, shown) in self.project.labels.samples(self.name, channel) {
            let mut objects = Vec::new();
            let mut any = false;
            for one in shown {
                let Some(place) = place_of(&one.shape, space) else { continue };
                any = true;
                match self.word(&one.label.class) {
                    Some(class) => objects.push(Object {
                        place: Detection { class: class.clone(), id: one.label.object.to_string(), ..place },
                        class,
                        ignored: ignored(one.label),
                        attributes: one.label.attributes.clone(),
                        area: one
                            .label
                            .source
                            .as_ref()
                            .and_then(|source| source.area)
                            .filter(|_| one.keyframe),
                    }),
                    None => *strange.entry(one.label.class.to_string()).or_default() += 1,
                }
            }
            if any {
                facts.insert(frame, Fact::Objects(objects));
            }
        }
        (facts, strange)
    }

    /// Polygons and masks, and boxes where there is nothing finer.
    fn areas(&self, channel: &str) -> (BTreeMap<usize, Fact>, BTreeMap<String, usize>) {
        let (mut facts, mut strange) = (BTreeMap::new(), BTreeMap::new());
        for (frame, shown) in self.project.labels.samples(self.name, channel) {
            let mut areas = Vec::new();
            for one in shown.iter().filter(|one| {
                one.shape.shapes().any(|shape| !shape.outline().is_empty() || shape.kind() == ShapeKind::Mask)
            }) {
                match self.word(&one.label.class) {
                    Some(class) => areas.push((class, one.shape.clone().into_owned())),
                    None => *strange.entry(one.label.class.to_string()).or_default() += 1,
                }
            }
            if !areas.is_empty() {
                facts.insert(frame, Fact::Areas(areas));
            }
        }
        (facts, strange)
    }

    fn classes(&self, id: ChannelId, channel: &str) -> BTreeMap<usize, Fact> {
        let times = self.clip.times(id);
        let recorded = self.terms.signals.get(CLASS).and_then(|signal| self.series(signal));
        let words = self.words_about(id);
        let position = |value: f64| (value >= 0.0 && value.fract() == 0.0).then_some(value as usize);
        let mut facts = BTreeMap::new();
        for (frame, time) in times.iter().enumerate() {
            let drawn = self.project.labels.drawn_on(self.name, channel, frame);
            let whole =
                drawn.filter(|label| label.shape == Shape::Whole).find_map(|label| self.word(&label.class));
            let tagged = || {
                let own = self.project.tags.iter().filter(|tag| tag.clip == self.name);
                // A moment is about its own frame alone.
                own.filter(|tag| tag.covers(*time, 0)).find_map(|tag| self.word(&tag.kind))
            };
            let logged = || {
                let value = recorded.as_ref().and_then(|series| series.at(*time));
                self.word(self.order.get(value.and_then(position)?)?)
            };
            let written = || {
                let (about, times) = words.as_ref()?;
                let at = times.partition_point(|other| other <= time).checked_sub(1)?;
                let Ok(Said::Log(line)) = self.clip.read(*about, at) else { return None };
                self.word(line.text.trim())
            };
            if let Some(class) = whole.or_else(tagged).or_else(logged).or_else(written) {
                facts.insert(frame, Fact::Class(class));
            }
        }
        facts
    }

    /// The channel of texts that hold the class of another channel's samples, and its times.
    fn words_about(&self, id: ChannelId) -> Option<(ChannelId, Arc<Vec<Time>>)> {
        let info = self.clip.info();
        let named = self.terms.signals.get(CLASS).and_then(|name| info.channel_named(name));
        let texts = info.channel(id)?.kind == ChannelKind::Log;
        let about = named.or_else(|| info.classes_of_texts().filter(|_| texts))?;
        let words = info.channel(about)?.kind == ChannelKind::Log && about != id;
        words.then(|| (about, self.clip.times(about)))
    }

    /// The model's name for a recorded value: the mapped one, the only one, or the same.
    pub(super) fn value_name(&self, signal: &str) -> String {
        let agreed =
            self.terms.signals.iter().find(|(_, recorded)| *recorded == signal).map(|(name, _)| name);
        match (agreed, self.known.len()) {
            (Some(name), _) => name.clone(),
            (None, 1) => self.known.first().map_or(signal, |only| only).to_owned(),
            (None, _) => signal.to_owned(),
        }
    }

    fn series(&self, signal: &str) -> Option<Series> {
        let channel = self.clip.info().channel_named(signal)?;
        let (times, values) = (self.clip.times(channel).to_vec(), self.clip.values(channel).to_vec());
        Some(Series { name: signal.to_owned(), times, values })
    }

    fn values(&self, id: ChannelId) -> BTreeMap<usize, Fact> {
        let series: Vec<(String, Series)> = self
            .known
            .iter()
            .filter_map(|name| {
                let signal = self.terms.signals.get(*name).map_or(*name, String::as_str);
                Some(((*name).to_owned(), self.series(signal)?))
            })
            .collect();
        let at = |time: Time| -> Vec<(String, f64)> {
            let value = |(name, series): &(String, Series)| Some((name.clone(), series.at(time)?));
            series.iter().filter_map(value).filter(|(_, value)| value.is_finite()).collect()
        };
        let times = self.clip.times(id);
        let facts = times.iter().enumerate().map(|(frame, time)| (frame, at(*time)));
        facts.filter(|(_, values)| !values.is_empty()).map(|(frame, v)| (frame, Fact::Values(v))).collect()
    }

    /// Put ground truth and predictions of a channel together.
    pub fn joined(
        &self,
        (id, channel): (ChannelId, &str),
        facts: BTreeMap<usize, Fact>,
        answers: &mut BTreeMap<usize, Prediction>,
    ) -> Vec<Sample> {
        let times = self.clip.times(id);
        let (clip, channel) = (Name::from(self.name), Name::from(channel));
        // Recorded boxes may be in a frame that does not move with the vehicle, what a sensor sees is in that of the sensor.
        let kind = self.clip.info().channel(id).map(|channel| channel.kind);
        let boxes = kind == Some(ChannelKind::Cuboids);
        let sample = |(frame, fact): (usize, Fact)| {
            let (time, answer) = (*times.get(frame)?, answers.remove(&frame)?);
            let tags = self.project.tags_at(self.name, time);
            let vehicle = if boxes { self.vehicle(id, time) } else { [0.0; 2] };
            let (clip, channel) = (clip.clone(), channel.clone());
            Some(Sample { clip, channel, frame, time, tags, vehicle, fact, answer })
        };
        facts.into_iter().filter_map(sample).collect()
    }
}

impl Facts<'_> {
    /// Position of the vehicle on the ground in the coordinates of a channel.
    fn vehicle(&self, id: ChannelId, time: Time) -> [f32; 2] {
        let place = vehicle_in(self.clip, id, time).unwrap_or_default();
        [place.x as f32, place.y as f32]
    }
}

fn ignored(label: &Label) -> bool {
    ["crowd", "iscrowd", "ignore"].iter().any(|name| match label.attributes.get(*name) {
        Some(Value::Flag(flag)) => *flag,
        Some(Value::Number(number)) => *number > 0.0,
        Some(Value::Text(_) | Value::Many(_)) | None => false,
    })
}

/// The object as a detection; of several shapes the cuboid counts in points, and in an image what lies there.
fn place_of(shape: &Shape, space: bool) -> Option<Detection> {
    let cuboid = |shape: &&Shape| shape.kind() == ShapeKind::Cuboid;
    let only = shape.shapes().all(|shape| cuboid(&shape));
    let cuboid = shape.shapes().find(cuboid).filter(|_| space || only);
    if let Some(Shape::Cuboid(block)) = cuboid {
        let solid = Solid {
            center: block.center.map(|v| v as f32),
            size: block.size.map(|v| v as f32),
            yaw: block.yaw() as f32,
        };
        return Some(Detection::upright(String::new(), 1.0, solid));
    }
    Some(Detection::flat(String::new(), 1.0, shape.bounds()?))
}
