//! Labels between a project and a file: the common form of all formats.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::escape::csv::{self, Formulas};
use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::geometry::shape::Shape;
use crate::data::labels::index::Labels;
use crate::data::labels::label::{Attributes, Label, Source, State};
use crate::data::labels::ontology::{Ontology, Word};
use crate::data::labels::tag::Tag;

/// Labels with the samples they are about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// The ontology, in an order that formats with class numbers preserve.
    pub ontology: Ontology,
    /// The channels. For writing: every sample of each; after reading: those that the file names.
    pub streams: Vec<Stream>,
    /// Labels of objects.
    pub labels: Vec<Label>,
    /// Tags; times count from the beginning of the clip.
    pub tags: Vec<Tag>,
    /// Sensor motions, where known: an index without labels.
    pub motions: Labels,
    /// True if the streams list the images of a file, so that those without labels are written again.
    pub every_sample: bool,
    /// Numbers of the images in their file by sample, for formats that refer to images by number.
    pub numbers: BTreeMap<usize, i64>,
}

/// A channel and its samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// Name of the clip; "" if the file has none.
    pub clip: Name,
    /// Name of the channel; "" if the file has none.
    pub channel: Name,
    /// Its samples, by number.
    pub samples: Vec<SampleRef>,
}

/// A sample of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleRef {
    /// Index of the sample; after reading by file names only, the position in the file until it is matched with a recording.
    pub frame: usize,
    /// Time from the beginning of the clip.
    pub time: Option<Time>,
    /// Name of its image file, with folders, unique; "" if the file has numbers only.
    pub file: String,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
}

/// One sample with everything visible on it.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The sample.
    pub sample: SampleRef,
    /// Its objects.
    pub items: Vec<Item>,
}

/// One object on one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Id of the object.
    pub object: u64,
    /// Its class.
    pub class: Name,
    /// Shape of the object.
    pub shape: Shape,
    /// Visibility.
    pub state: State,
    /// True if it was drawn on this very sample.
    pub keyframe: bool,
    /// Further attributes.
    pub attributes: Attributes,
    /// The file it came from, if it was drawn on this very sample.
    pub source: Option<Box<Source>>,
}

impl Bundle {
    /// An empty bundle.
    pub fn empty() -> Self {
        Self { ontology: Ontology::EMPTY, streams: Vec::new(), ..Self::default() }
    }

    /// The same with names and notes that a spreadsheet does not take for formulas.
    #[must_use]
    pub fn guarded(&self) -> Self {
        let plain = |text: &str| csv::text(text, Formulas::Guarded).into_owned();
        let name = |name: &Name| Name::from(plain(name));
        let mut bundle = self.clone();
        for stream in &mut bundle.streams {
            (stream.clip, stream.channel) = (name(&stream.clip), name(&stream.channel));
        }
        for label in &mut bundle.labels {
            label.clip = name(&label.clip);
            (label.channel, label.class) = (name(&label.channel), name(&label.class));
        }
        for tag in &mut bundle.tags {
            (tag.clip, tag.kind, tag.note) = (plain(&tag.clip), plain(&tag.kind), plain(&tag.note));
        }
        bundle
    }

    /// The labels as an index.
    pub fn index(&self) -> Labels {
        self.labels.iter().cloned().collect::<Labels>().with_motions_of(&self.motions)
    }

    /// Every sample with labels, stream by stream, objects between keyframes included.
    pub fn pictures(&self) -> Vec<Picture> {
        self.pictures_if(false)
    }

    /// The same, with keyframes at which an object is not visible, for formats that store those.
    pub(super) fn pictures_with_gaps(&self) -> Vec<Picture> {
        self.pictures_if(true)
    }

    fn pictures_if(&self, gaps: bool) -> Vec<Picture> {
        let labels = self.index();
        let mut pictures = Vec::new();
        for stream in &self.streams {
            let from = pictures.len();
            let samples = labels.samples(&stream.clip, &stream.channel);
            for (frame, shown) in samples {
                let at = stream.samples.binary_search_by_key(&frame, |sample| sample.frame);
                let sample = at.ok().and_then(|at| stream.samples.get(at)).cloned();
                let sample = sample.unwrap_or_else(|| SampleRef { frame, ..SampleRef::default() });
                let items = shown.into_iter().map(|shown| Item {
                    object: shown.label.object,
                    class: shown.label.class.clone(),
                    shape: shown.shape.into_owned(),
                    state: shown.label.state,
                    keyframe: shown.keyframe,
                    attributes: shown.label.attributes.clone(),
                    source: shown.label.source.clone().filter(|_| shown.keyframe),
                });
                pictures.push(Picture { sample, items: items.collect() });
            }
            if self.every_sample {
                add_empty(stream, from, &mut pictures);
            }
            if gaps {
                self.add_gaps(stream, &mut pictures);
            }
        }
        pictures
    }

    /// Frames between the first and the last label of each object, of all objects together.
    pub fn shown_frames(&self) -> u64 {
        let mut ends = BTreeMap::<(&str, &str, u64), (usize, usize)>::new();
        for label in &self.labels {
            let (first, last) = ends
                .entry((label.clip.as_str(), label.channel.as_str(), label.object))
                .or_insert((label.frame, label.frame));
            (*first, *last) = ((*first).min(label.frame), (*last).max(label.frame));
        }
        ends.values().fold(0, |sum, (first, last)| sum.saturating_add((last - first) as u64 + 1))
    }

    fn add_gaps(&self, stream: &Stream, pictures: &mut Vec<Picture>) {
        let own = |label: &&Label| label.clip == stream.clip && label.channel == stream.channel;
        for label in self.labels.iter().filter(own).filter(|label| !label.state.present()) {
            let item = Item {
                object: label.object,
                class: label.class.clone(),
                shape: label.shape.clone(),
                state: label.state,
                keyframe: true,
                attributes: label.attributes.clone(),
                source: label.source.clone(),
            };
            if let Some(picture) = pictures.iter_mut().find(|picture| picture.sample.frame == label.frame) {
                picture.items.push(item);
            } else {
                let at = stream.samples.binary_search_by_key(&label.frame, |sample| sample.frame);
                let sample = at.ok().and_then(|at| stream.samples.get(at)).cloned();
                let sample =
                    sample.unwrap_or_else(|| SampleRef { frame: label.frame, ..SampleRef::default() });
                pictures.push(Picture { sample, items: vec![item] });
            }
        }
        pictures.sort_by_key(|picture| picture.sample.frame);
    }

    /// The objects of a channel, by id.
    pub(super) fn objects_on(&self, stream: &Stream) -> BTreeSet<u64> {
        let own = |label: &&Label| label.clip == stream.clip && label.channel == stream.channel;
        self.labels.iter().filter(own).map(|label| label.object).collect()
    }

    /// Names of the classes in order, those that the ontology lacks after the others.
    pub fn classes(&self) -> Vec<String> {
        let mut names: Vec<String> = self.ontology.classes.iter().map(|word| word.name.clone()).collect();
        let mut known: BTreeSet<String> = names.iter().cloned().collect();
        for label in &self.labels {
            if known.insert(label.class.to_string()) {
                names.push(label.class.to_string());
            }
        }
        names
    }

    /// Adds images from formats without tracks: each item is an object of its own, unless its id is not
    /// zero; items of one id are one object.
    pub fn from_pictures(classes: &[String], pictures: Vec<Picture>) -> Self {
        let mut bundle = Self { every_sample: true, ..Self::empty() };
        bundle.ontology.classes = classes.iter().map(|name| Word::from(name.as_str())).collect();
        let mut stream = Stream::default();
        let mut objects: BTreeMap<u64, u64> = BTreeMap::new();
        let mut id = 0;
        for picture in pictures {
            let frame = picture.sample.frame;
            let mut here = BTreeSet::new();
            for item in picture.items {
                id += 1;
                // A track is once on a sample: what has its number a second time is an object of its own.
                let first = item.object != 0 && here.insert(item.object);
                let object = if first { *objects.entry(item.object).or_insert(id) } else { id };
                bundle.know_class(&item.class);
                let (clip, channel) = (stream.clip.clone(), stream.channel.clone());
                let (class, shape, state, attributes) = (item.class, item.shape, item.state, item.attributes);
                let source = item.source;
                bundle.labels.push(Label {
                    id,
                    object,
                    clip,
                    channel,
                    frame,
                    class,
                    shape,
                    state,
                    attributes,
                    source,
                });
            }
            stream.samples.push(picture.sample);
        }
        stream.samples.sort_by_key(|sample| sample.frame);
        bundle.streams.push(stream);
        bundle
    }

    /// Ends each track before the samples that are listed without it, for files that name an object on every sample it is on:
    /// nothing is interpolated over them.
    pub(super) fn end_at_gaps(&mut self) {
        let mut tracks: BTreeMap<(u64, Name, Name), Vec<usize>> = BTreeMap::new();
        for (at, label) in self.labels.iter().enumerate() {
            let key = (label.object, label.clip.clone(), label.channel.clone());
            tracks.entry(key).or_default().push(at);
        }
        let mut id = self.labels.iter().map(|label| label.id).max().unwrap_or(0);
        let mut ends = Vec::new();
        for ((_, clip, channel), mut keys) in tracks {
            let Some(stream) = self.streams.iter().find(|s| s.clip == clip && s.channel == channel) else {
                continue;
            };
            keys.sort_by_key(|at| self.labels[*at].frame);
            for pair in keys.windows(2) {
                let (last, next) = (&self.labels[pair[0]], &self.labels[pair[1]]);
                let after = stream.samples.partition_point(|sample| sample.frame <= last.frame);
                let gap = stream.samples.get(after).filter(|sample| sample.frame < next.frame);
                if let Some(gap) = gap.filter(|_| last.state.present()) {
                    id += 1;
                    let label = Label { id, frame: gap.frame, state: State::Outside, ..last.clone() };
                    ends.push(Label { attributes: Attributes::new(), source: None, ..label });
                }
            }
        }
        self.labels.extend(ends);
    }

    /// Adds a class unless it is known.
    pub fn know_class(&mut self, name: &str) {
        if self.ontology.class(name).is_none() {
            self.ontology.classes.push(Word::from(name));
        }
    }

    /// Adds a tag type unless it is known.
    pub fn know_tag(&mut self, name: &str) {
        if self.ontology.tag(name).is_none() {
            self.ontology.tags.push(Word::from(name));
        }
    }
}

impl Item {
    /// A visible object.
    pub fn new(class: &str, shape: Shape) -> Self {
        Self {
            object: 0,
            class: Name::from(class),
            shape,
            state: State::Visible,
            keyframe: true,
            attributes: Attributes::new(),
            source: None,
        }
    }
}

/// Adds the samples of a stream without labels to its pictures, which begin at `from`.
fn add_empty(stream: &Stream, from: usize, pictures: &mut Vec<Picture>) {
    let labeled: BTreeSet<usize> = pictures.iter().skip(from).map(|picture| picture.sample.frame).collect();
    let empty = stream.samples.iter().filter(|sample| !labeled.contains(&sample.frame));
    pictures.extend(empty.map(|sample| Picture { sample: sample.clone(), items: Vec::new() }));
    if let Some(own) = pictures.get_mut(from..) {
        own.sort_by_key(|picture| picture.sample.frame);
    }
}

/// Joins items that are the shapes of one object, in the order of the first of each: those of one group number and one
/// class. Items without a number stay as they are.
pub(super) fn joined(items: Vec<(Option<i64>, Item)>) -> Vec<Item> {
    let mut joined: Vec<Item> = Vec::with_capacity(items.len());
    let mut groups: BTreeMap<(i64, Name), usize> = BTreeMap::new();
    for (group, item) in items {
        let single = !matches!(item.shape, Shape::Whole | Shape::Parts(_));
        let Some(key) = group.filter(|_| single).map(|group| (group, item.class.clone())) else {
            joined.push(item);
            continue;
        };
        let Some(first) = groups.get(&key).and_then(|at| joined.get_mut(*at)) else {
            groups.insert(key, joined.len());
            joined.push(item);
            continue;
        };
        let mut parts = std::mem::replace(&mut first.shape, Shape::Whole).into_parts();
        parts.extend(item.shape.into_parts());
        first.shape = Shape::Parts(parts);
        if item.state == State::Occluded {
            first.state = State::Occluded;
        }
        for (name, value) in item.attributes {
            first.attributes.entry(name).or_insert(value);
        }
    }
    joined
}

/// Tracks: objects with more than one label.
pub(super) fn followed(bundle: &Bundle) -> BTreeSet<u64> {
    let mut seen = BTreeSet::new();
    bundle.labels.iter().filter(|label| !seen.insert(label.object)).map(|label| label.object).collect()
}
