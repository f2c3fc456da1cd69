//! Reader of `OpenLABEL`, lenient.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::geometry::shape::Shape;
use crate::data::labels::label::{Attributes, Label, Value};
use crate::data::labels::odd;
use crate::data::labels::tag::Tag;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::openlabel::shapes::{Found, Strange, objects_in};
use crate::exchange::openlabel::{attributes_of, still};
use crate::exchange::{ExchangeError, Hints, Read, json_of, malformed};

pub(super) fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let whole: Json = json_of(path)?;
    let root = whole["openlabel"]
        .as_object()
        .ok_or_else(|| malformed(path, "the member \"openlabel\" is missing"))?;
    let root = Json::Object(root.clone());
    let (mut bundle, mut warnings) = (Bundle::empty(), Vec::new());
    for class in root["metadata"]["classes"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        bundle.know_class(class);
    }
    let clip = Name::from(root["metadata"]["tagged_file"].as_str().unwrap_or_default());
    let only = root["streams"].as_object().filter(|streams| streams.len() == 1);
    let only = only.and_then(|streams| streams.keys().next()).map_or_else(Name::default, Name::from);
    let mut found: Vec<(String, Found)> = Vec::new();
    let mut frames: Vec<(usize, &Json)> = root["frames"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(frame, value)| Some((frame.parse().ok()?, value)))
        .collect();
    frames.sort_by_key(|(frame, _)| *frame);
    let (mut strange, mut shapes, mut shapeless) = (Strange::new(), 0, Vec::new());
    for (frame, value) in &frames {
        for (uid, object) in value["objects"].as_object().into_iter().flatten() {
            let (entries, count) = objects_in(&object["object_data"], &only, &mut strange);
            shapes += count;
            if entries.is_empty() {
                shapeless.push(format!("object {uid} on frame {frame}"));
            }
            found.extend(entries.into_iter().map(|entry| (uid.clone(), Found { frame: *frame, ..entry })));
        }
    }
    let listed: Vec<usize> = frames.iter().map(|(frame, _)| *frame).collect();
    let still = still::found(&root, &listed, &only, &mut strange);
    shapes += still.shapes;
    warnings.extend(still.told());
    found.extend(still.found);
    warnings.extend(told(&shapeless, strange, shapes));
    let mut found = once_a_frame(found);
    still::say(&still.said, &mut found, &mut warnings);
    // If any are marked as keyframes, the others follow from them.
    let flagged = found.iter().any(|(_, entry)| entry.keyframe.is_some());
    let mut numbers: BTreeMap<String, u64> = BTreeMap::new();
    for (uid, entry) in found {
        if flagged && entry.keyframe == Some(false) {
            continue;
        }
        let id = bundle.labels.len() as u64 + 1;
        let object = *numbers.entry(uid.clone()).or_insert(id);
        let class = entry
            .class
            .unwrap_or_else(|| Name::from(root["objects"][&uid]["type"].as_str().unwrap_or("object")));
        bundle.know_class(&class);
        let label = Label::new(id, clip.clone(), entry.channel, entry.frame, class, entry.shape);
        if !label.shape.valid() {
            warnings.push(format!("object {uid} on frame {} has an invalid shape", entry.frame));
            continue;
        }
        let stream = stream_of(&mut bundle, &clip, &label.channel);
        if let Err(at) = stream.samples.binary_search_by_key(&label.frame, |sample| sample.frame) {
            stream.samples.insert(at, SampleRef { frame: label.frame, ..SampleRef::default() });
        }
        bundle.labels.push(Label { object, state: entry.state, attributes: entry.attributes, ..label });
    }
    for (frame, value) in &frames {
        for (channel, sync) in value["frame_properties"]["streams"].as_object().into_iter().flatten() {
            let sync = &sync["stream_properties"];
            let stream = stream_of(&mut bundle, &clip, channel);
            if let Ok(at) = stream.samples.binary_search_by_key(frame, |sample| sample.frame) {
                let sample = &mut stream.samples[at];
                sync["uri"].as_str().unwrap_or_default().clone_into(&mut sample.file);
                sample.time = sync["timestamp"].as_str().and_then(seconds);
                let size = sync["width"].as_u64().zip(sync["height"].as_u64());
                sample.size = size.map(|(width, height)| (width as u32, height as u32));
            }
        }
    }
    if !flagged {
        // Every frame of the file is a sample on which an object is or is not.
        for stream in &mut bundle.streams {
            let mut samples = std::mem::take(&mut stream.samples);
            for frame in listed.iter().chain(&still.left) {
                if let Err(at) = samples.binary_search_by_key(frame, |sample| sample.frame) {
                    samples.insert(at, SampleRef { frame: *frame, ..SampleRef::default() });
                }
            }
            stream.samples = samples;
        }
        bundle.end_at_gaps();
    }
    read_tags(&root, &clip, &mut bundle, &mut warnings);
    Ok(Read { bundle, warnings })
}

/// Sentences about objects and shapes that could not be read; `shapes` is the number of those that could.
fn told(shapeless: &[String], strange: Strange, shapes: usize) -> Vec<String> {
    let mut told = Vec::new();
    match shapeless {
        [] => {}
        [only] => told.push(format!("{only} has no supported shape")),
        [first, ..] => {
            told.push(format!("{} objects have no supported shape, the first is {first}", shapeless.len()));
        }
    }
    let lost: usize = strange.values().sum();
    for ((kind, why), count) in strange {
        let (noun, verb) = if count == 1 { ("shape", "is") } else { ("shapes", "are") };
        let left = if count == 1 { "was" } else { "were" };
        told.push(format!("{count} {noun} of type {kind} {verb} {why} and {left} left out"));
    }
    if lost > 0 {
        told.push(format!("{shapes} of {} shapes were read", shapes + lost));
    }
    told
}

/// Makes one of the entries of an object on a frame of a channel: some data may stand at the frame, and some at the object.
fn once_a_frame(found: Vec<(String, Found)>) -> Vec<(String, Found)> {
    let mut all: Vec<(String, Found)> = Vec::with_capacity(found.len());
    let mut known: BTreeMap<(String, usize, Name), usize> = BTreeMap::new();
    for (uid, entry) in found {
        let key = (uid.clone(), entry.frame, entry.channel.clone());
        let Some((_, first)) = known.get(&key).and_then(|at| all.get_mut(*at)) else {
            known.insert(key, all.len());
            all.push((uid, entry));
            continue;
        };
        for (name, value) in entry.attributes {
            first.attributes.entry(name).or_insert(value);
        }
        if first.shape == Shape::Whole {
            first.shape = entry.shape;
        } else if entry.shape != Shape::Whole {
            let mut parts = std::mem::replace(&mut first.shape, Shape::Whole).into_parts();
            parts.extend(entry.shape.into_parts());
            first.shape = Shape::Parts(parts);
        }
    }
    all
}

fn stream_of<'a>(bundle: &'a mut Bundle, clip: &Name, channel: &str) -> &'a mut Stream {
    let at = bundle.streams.iter().position(|stream| stream.channel == *channel).unwrap_or_else(|| {
        bundle.streams.push(Stream { clip: clip.clone(), channel: Name::from(channel), samples: Vec::new() });
        bundle.streams.len() - 1
    });
    &mut bundle.streams[at]
}

/// Seconds with nine digits, exactly.
fn seconds(text: &str) -> Option<Time> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain(std::iter::repeat('0')).take(9).collect();
    let nanos: i64 = digits.parse().ok()?;
    let secs: i64 = whole.parse().ok()?;
    Some(Time(if whole.starts_with('-') {
        secs * 1_000_000_000 - nanos
    } else {
        secs * 1_000_000_000 + nanos
    }))
}

fn read_tags(root: &Json, clip: &Name, bundle: &mut Bundle, warnings: &mut Vec<String>) {
    let samples = bundle.streams.first().map(|stream| stream.samples.clone()).unwrap_or_default();
    let mut add = |kind: String, start: Time, end: Option<Time>, note: String, attributes: Attributes| {
        bundle.know_tag(&kind);
        let id = bundle.tags.len() as u64 + 1;
        bundle.tags.push(Tag { id, clip: clip.to_string(), kind, start, end, note, attributes });
    };
    for (list, data) in [("actions", "action_data"), ("events", "event_data")] {
        for (uid, element) in root[list].as_object().into_iter().flatten() {
            let mut said = attributes_of(&element[data]);
            let mut time = |name: &str| said.remove(name).and_then(|value| seconds(&value.text()));
            let (start, end) = (time("start_s"), time("end_s"));
            let frames = element["frame_intervals"].as_array().and_then(|list| list.first());
            let by_frame = |key: &str| {
                let frame = frames?[key].as_u64()? as usize;
                samples.iter().find(|sample| sample.frame == frame)?.time
            };
            let Some(start) = start.or_else(|| by_frame("frame_start")) else {
                warnings.push(format!("{list} {uid} has no time"));
                continue;
            };
            let end = end.or_else(|| if list == "actions" { by_frame("frame_end") } else { None });
            let note = said.remove("note").map(|value| value.text()).unwrap_or_default();
            add(element["type"].as_str().unwrap_or("event").to_owned(), start, end, note, said);
        }
    }
    let mut present: BTreeSet<String> = BTreeSet::new();
    for tag in root["tags"].as_object().into_iter().flatten().map(|(_, tag)| tag) {
        let name = tag["type"].as_str().unwrap_or_default();
        present.insert(name.to_owned());
        let mut said = attributes_of(&tag["tag_data"]);
        said.insert(odd::PRESENT.to_owned(), Value::Flag(true));
        if let Some(value) = said.remove(&odd::value_name(name)) {
            said.insert(odd::VALUE.to_owned(), value);
        }
        add(odd::kind_of(name), Time(0), None, String::new(), said);
    }
    for ontology in root["ontologies"].as_object().into_iter().flatten().map(|(_, ontology)| ontology) {
        if ontology["boundary_mode"] != json!("include") {
            continue;
        }
        // Inside the boundary and not among the tags: known to be absent.
        for name in ontology["boundary_list"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !present.contains(name) {
                let said = [(odd::PRESENT.to_owned(), Value::Flag(false))].into();
                add(odd::kind_of(name), Time(0), None, String::new(), said);
            }
        }
    }
}
