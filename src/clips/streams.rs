//! Common index of message recordings: topics become channels, messages become samples.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::text::agreeing;
use crate::base::time::{Span, Time, TimeRange};
use crate::clips::messages::{Decoder, MessageError, numbers};
use crate::clips::topic::{Place, Topic, tell_apart};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind, Sample};
use crate::data::geometry::frames::{FrameTransform, FrameTree};
use crate::data::input::Medium;
use crate::data::time::log::LogEntry;

/// One channel: the messages of a topic, or one number inside of them.
#[derive(Clone)]
struct Stream {
    /// Path of the number inside of the message.
    path: String,
    kind: ChannelKind,
    topic: u32,
    /// The values of a number.
    values: Option<Arc<Vec<f64>>>,
}

/// Places of a topic's messages, and the decoder that stays alive while they are read.
pub(super) type Messages = (Arc<Vec<Place>>, Arc<Decoder>);

/// Index of a recording's messages.
#[derive(Clone, Default)]
pub(super) struct Streams {
    channels: Vec<Stream>,
    topics: BTreeMap<u32, Topic>,
    /// Number of the topic of every publisher.
    publishers: BTreeMap<u32, u32>,
    frames: Arc<FrameTree>,
    logs: Arc<Vec<LogEntry>>,
}

/// Messages from before 1990 in a recording of this century come from an unset clock.
const CLOCK_UNSET: Time = Time(631_152_000_000_000_000);
const CENTURY: Time = Time(946_684_800_000_000_000);

impl Streams {
    /// Adds a publisher of a topic; `encoding` is that of its messages. Those of one name and one type are one topic.
    pub(super) fn add_topic(
        &mut self,
        id: u32,
        name: &str,
        (schema, encoding): (&str, &str),
        decoder: Decoder,
    ) {
        if self.publishers.contains_key(&id) {
            return;
        }
        let of_name = |topic: &Topic| topic.name == name;
        let same = |topic: &Topic| of_name(topic) && topic.schema == schema && *topic.decoder == decoder;
        if let Some((known, _)) = self.topics.iter().find(|(_, topic)| same(topic)) {
            self.publishers.insert(id, *known);
            return;
        }
        self.publishers.insert(id, id);
        // Numbers get their streams on first sight, since their names are unknown before.
        let kind = decoder.kind();
        if kind != ChannelKind::Other || !decoder.carries_numbers() {
            self.channels.push(Stream { path: String::new(), kind, topic: id, values: None });
        }
        let shown = if schema.is_empty() { encoding.to_owned() } else { format!("{schema} ({encoding})") };
        self.topics.insert(
            id,
            Topic {
                name: name.to_owned(),
                schema: schema.to_owned(),
                encoding: shown,
                twin: String::new(),
                decoder: Arc::new(decoder),
                broken: 0,
                problem: None,
                overfull: false,
                times: Arc::default(),
                places: Arc::default(),
                number_times: Arc::default(),
                numbers: BTreeMap::new(),
            },
        );
        tell_apart(&mut self.topics, name);
    }

    /// The topic of a publisher.
    fn topic(&self, publisher: u32) -> Option<&Topic> {
        self.topics.get(self.publishers.get(&publisher)?)
    }

    /// True if the messages of a topic must be decoded, for numbers or transforms.
    pub(super) fn wants_contents(&self, topic: u32) -> bool {
        self.topic(topic).is_some_and(Topic::wants_contents)
    }

    /// True if there is a topic with this number.
    pub(super) fn knows(&self, topic: u32) -> bool {
        self.publishers.contains_key(&topic)
    }

    /// True if the messages of a publisher are what is looked at first: images, or points where there is no camera.
    pub(super) fn is_seen(&self, publisher: u32) -> bool {
        let kind = |topic: &Topic| topic.decoder.kind();
        let camera = self.topics.values().any(|topic| kind(topic) == ChannelKind::Camera);
        let seen = if camera { ChannelKind::Camera } else { ChannelKind::Points };
        self.topic(publisher).is_some_and(|topic| kind(topic) == seen)
    }

    /// The publishers of a channel of whole messages.
    pub(super) fn publishers(&self, channel: ChannelId) -> Vec<u32> {
        let stream = self.channels.get(channel.0).filter(|stream| stream.values.is_none());
        let of = |stream: &Stream| {
            let own = self.publishers.iter().filter(|(_, topic)| **topic == stream.topic);
            own.map(|(publisher, _)| *publisher).collect()
        };
        stream.map(of).unwrap_or_default()
    }

    /// First times of the blocks that hold what models run on; `None` if all of it lies in one block or none.
    pub(super) fn seams(&self) -> Option<Vec<Time>> {
        let mut first: BTreeMap<u64, Time> = BTreeMap::new();
        for topic in self.topics.values() {
            if !matches!(topic.decoder.kind().medium(), Some(Medium::Image | Medium::Points | Medium::Text)) {
                continue;
            }
            for (time, place) in topic.times.iter().zip(topic.places.iter()) {
                let known = first.entry(place.block).or_insert(*time);
                *known = (*known).min(*time);
            }
        }
        let mut seams: Vec<Time> = first.into_values().collect();
        seams.sort_unstable();
        seams.dedup();
        (seams.len() > 1).then_some(seams)
    }

    /// Adds a message to the index.
    pub(super) fn add_message(&mut self, topic: u32, time: Time, place: Place) {
        let Some(topic) = self.publishers.get(&topic).and_then(|id| self.topics.get_mut(id)) else { return };
        Arc::make_mut(&mut topic.times).push(time);
        Arc::make_mut(&mut topic.places).push(place);
    }

    /// Decodes a message for numbers, transforms and lines of text. One that cannot be decoded gives none and is counted.
    pub(super) fn read_contents(&mut self, publisher: u32, time: Time, data: &[u8]) {
        let Some(id) = self.publishers.get(&publisher).copied() else { return };
        let Some(topic) = self.topics.get_mut(&id) else { return };
        let decoder = Arc::clone(&topic.decoder);
        let mut broken = |err: MessageError| {
            topic.broken += 1;
            topic.problem.get_or_insert_with(|| err.to_string());
        };
        let data = match decoder.plain(data) {
            Ok(data) => data,
            Err(problem) => return broken(problem),
        };
        if decoder.kind() == ChannelKind::Transforms {
            match decoder.sample(&data) {
                Ok(Sample::Transforms(transforms)) => {
                    let frames = Arc::make_mut(&mut self.frames);
                    // Odometry does not contradict the tree.
                    let told = |t: &FrameTransform| {
                        !decoder.carries_numbers()
                            || frames.parent(&t.child).is_none_or(|parent| parent == t.parent)
                    };
                    let transforms: Vec<FrameTransform> = transforms.into_iter().filter(told).collect();
                    for transform in transforms {
                        frames.add(transform, time);
                    }
                }
                Err(problem) if !decoder.carries_numbers() => broken(problem),
                Ok(_) | Err(_) => {}
            }
            if !decoder.carries_numbers() {
                return;
            }
        }
        if decoder.kind() == ChannelKind::Log {
            match decoder.sample(&data) {
                Ok(Sample::Log(line)) => {
                    let channel = topic.label().into();
                    Arc::make_mut(&mut self.logs).push(LogEntry { time, channel, line });
                }
                Ok(_) => {}
                Err(problem) => broken(problem),
            }
            return;
        }
        let message = match decoder.value(&data) {
            Ok(message) => message,
            Err(problem) => return broken(problem),
        };
        let count = topic.number_times.len();
        Arc::make_mut(&mut topic.number_times).push(time);
        let channels = &mut self.channels;
        topic.overfull |= numbers::each(&message, |path, value| {
            let at = if let Some(at) = topic.numbers.get(path) {
                *at
            } else {
                channels.push(Stream {
                    path: path.to_owned(),
                    kind: ChannelKind::Signal,
                    topic: id,
                    values: Some(Arc::new(Vec::new())),
                });
                topic.numbers.insert(path.to_owned(), channels.len() - 1);
                channels.len() - 1
            };
            let Some(values) = channels.get_mut(at).and_then(|stream| stream.values.as_mut()) else { return };
            let values = Arc::make_mut(values);
            // Messages without the number leave a gap.
            values.resize(count, f64::NAN);
            values.push(value);
        });
    }

    /// Gives every topic that shows nothing a channel that says so; to be called once all messages are read.
    pub(super) fn close(&mut self) {
        let shown: BTreeSet<u32> = self.channels.iter().map(|stream| stream.topic).collect();
        let silent = self.topics.keys().filter(|id| !shown.contains(id));
        let channel =
            |id: &u32| Stream { path: String::new(), kind: ChannelKind::Other, topic: *id, values: None };
        let silent: Vec<Stream> = silent.map(channel).collect();
        self.channels.extend(silent);
    }

    /// Topic, time and offset of every message that must be decoded, in the order of time.
    pub(super) fn unread(&self) -> Vec<(u32, Time, u64)> {
        let mut found: Vec<(u32, Time, u64)> = Vec::new();
        for (id, topic) in self.topics.iter().filter(|(_, topic)| topic.wants_contents()) {
            found.extend(
                topic.times.iter().zip(topic.places.iter()).map(|(time, place)| (*id, *time, place.offset)),
            );
        }
        found.sort_by_key(|(_, time, offset)| (*time, *offset));
        found
    }

    /// Sorts everything by time, and fills numbers up to one length.
    pub(super) fn sort(&mut self) {
        if !self.logs.is_sorted_by_key(|entry| entry.time) {
            Arc::make_mut(&mut self.logs).sort_by_key(|entry| entry.time);
        }
        for (id, topic) in &mut self.topics {
            if !topic.times.is_sorted() {
                let mut order: Vec<usize> = (0..topic.times.len()).collect();
                order.sort_by_key(|i| (topic.times[*i], topic.places[*i]));
                topic.places = Arc::new(order.iter().map(|i| topic.places[*i]).collect());
                topic.times = Arc::new(order.iter().map(|i| topic.times[*i]).collect());
            }
            let count = topic.number_times.len();
            let order = (!topic.number_times.is_sorted()).then(|| {
                let mut order: Vec<usize> = (0..count).collect();
                order.sort_by_key(|i| topic.number_times[*i]);
                order
            });
            if let Some(order) = &order {
                topic.number_times = Arc::new(order.iter().map(|i| topic.number_times[*i]).collect());
            }
            for stream in self.channels.iter_mut().filter(|stream| stream.topic == *id) {
                let Some(values) = &mut stream.values else { continue };
                if values.len() < count {
                    Arc::make_mut(values).resize(count, f64::NAN);
                }
                if let Some(order) = &order {
                    *values = Arc::new(order.iter().map(|i| values[*i]).collect());
                }
            }
        }
    }

    /// True if there is an image to show, or a point cloud if there is no camera.
    pub(super) fn has_something_to_see(&self) -> bool {
        let has_messages =
            |stream: &&Stream| self.topics.get(&stream.topic).is_some_and(|topic| !topic.times.is_empty());
        let of = |kind: ChannelKind| self.channels.iter().filter(move |stream| stream.kind == kind);
        let cameras = of(ChannelKind::Camera);
        cameras.clone().any(|stream| has_messages(&stream))
            || (cameras.count() == 0 && of(ChannelKind::Points).any(|stream| has_messages(&stream)))
    }

    /// True if nothing is indexed.
    pub(super) fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// The channels, for display.
    pub(super) fn channels(&self) -> Vec<ChannelInfo> {
        self.channels
            .iter()
            .enumerate()
            .map(|(i, stream)| ChannelInfo {
                name: self.name(stream),
                kind: stream.kind,
                encoding: self.topics.get(&stream.topic).map(|t| t.encoding.clone()).unwrap_or_default(),
                samples: self.times(ChannelId(i)).len(),
                problem: self
                    .topics
                    .get(&stream.topic)
                    .filter(|_| stream.kind == ChannelKind::Other)
                    .map(Topic::why),
            })
            .collect()
    }

    /// From the first message that can be shown to just after the last; and a warning about outliers.
    pub(super) fn range(&self) -> (TimeRange, Option<String>) {
        let shown = |stream: &&Stream| {
            !matches!(stream.kind, ChannelKind::Other | ChannelKind::Transforms | ChannelKind::Calibration)
        };
        let is_filled = |times: &Arc<Vec<Time>>| !times.is_empty();
        let mut all: Vec<Arc<Vec<Time>>> = self
            .channels
            .iter()
            .filter(shown)
            .map(|stream| self.times_of(stream))
            .filter(is_filled)
            .collect();
        if all.is_empty() {
            all = self.topics.values().map(|topic| Arc::clone(&topic.times)).collect();
        }
        let every = || all.iter();
        let last = every().filter_map(|times| times.last().copied()).max();
        let Some(last) = last else { return (TimeRange::default(), None) };
        let limit = if last >= CENTURY { CLOCK_UNSET } else { Time(i64::MIN) };
        let (mut first, mut outside) = (last, 0);
        for times in every() {
            let skipped = times.partition_point(|time| *time < limit);
            outside += skipped;
            first = times.get(skipped).copied().unwrap_or(first).min(first);
        }
        let warning = (outside > 0).then(|| {
            let told = agreeing(outside, "message is", "messages are");
            format!("{told} stamped before 1990, when the clock was not set; the timeline leaves them out")
        });
        (TimeRange { start: first, end: last + Span(1) }, warning)
    }

    fn name(&self, stream: &Stream) -> String {
        let topic = self.topics.get(&stream.topic).map(Topic::label).unwrap_or_default();
        if stream.path.is_empty() { topic } else { format!("{topic}.{}", stream.path) }
    }

    /// Messages that could not be decoded, and numbers that are not plotted, one sentence for each topic.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        self.topics.values().flat_map(|topic| {
            let broken = topic.problem.as_ref().map(|problem| {
                let (name, broken, all) = (topic.label(), topic.broken, topic.times.len());
                format!(
                    "topic {name}: {broken} of {all} messages cannot be decoded and are left out: {problem}"
                )
            });
            let overfull = (topic.overfull && topic.numbers.len() >= numbers::MOST).then(|| {
                format!("topic {}: only {} numbers of a message are plotted", topic.label(), numbers::MOST)
            });
            broken.into_iter().chain(overfull)
        })
    }

    /// The times of a channel.
    pub(super) fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
        self.channels.get(channel.0).map(|stream| self.times_of(stream)).unwrap_or_default()
    }

    fn times_of(&self, stream: &Stream) -> Arc<Vec<Time>> {
        let Some(topic) = self.topics.get(&stream.topic) else { return Arc::default() };
        Arc::clone(if stream.values.is_some() { &topic.number_times } else { &topic.times })
    }

    /// The values of a signal.
    pub(super) fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
        self.channels.get(channel.0).and_then(|stream| stream.values.clone()).unwrap_or_default()
    }

    /// Coordinate frames.
    pub(super) fn frames(&self) -> Arc<FrameTree> {
        Arc::clone(&self.frames)
    }

    /// Every line of text, in the order of time.
    pub(super) fn logs(&self) -> Arc<Vec<LogEntry>> {
        Arc::clone(&self.logs)
    }

    /// The channel of this name.
    pub(super) fn channel_of(&self, name: &str) -> Option<ChannelId> {
        self.channels.iter().position(|stream| self.name(stream) == name).map(ChannelId)
    }

    /// Locations and decoder of all messages of a channel.
    pub(super) fn messages(&self, channel: ChannelId) -> Option<Messages> {
        let topic = self.topics.get(&self.channels.get(channel.0)?.topic)?;
        Some((Arc::clone(&topic.places), Arc::clone(&topic.decoder)))
    }

    /// Every topic with messages: its name, its decoder, and times and places of its messages.
    pub(super) fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.values().filter(|topic| !topic.times.is_empty())
    }

    /// Location and decoder of a sample.
    pub(super) fn sample(&self, channel: ChannelId, index: usize) -> Option<SampleAt> {
        let stream = self.channels.get(channel.0)?;
        if let Some(values) = &stream.values {
            return values.get(index).map(|value| SampleAt::Number(*value));
        }
        let topic = self.topics.get(&stream.topic)?;
        Some(SampleAt::Message {
            place: *topic.places.get(index)?,
            decoder: Arc::clone(&topic.decoder),
            channel: self.name(stream),
        })
    }
}

/// A sample before it is read.
pub(super) enum SampleAt {
    /// A number, in memory.
    Number(f64),
    /// A message to decode.
    Message { place: Place, decoder: Arc<Decoder>, channel: String },
}
