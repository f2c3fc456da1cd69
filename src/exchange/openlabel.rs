//! ASAM `OpenLABEL` 1.0: objects by frame, tags as actions and events, the operational design domain with its boundary.
//!
//! What stands on a frame is written on that frame, so that every reader sees it; a flag says what somebody drew. Where an
//! object cannot be seen nothing is written but a text, so that no reader shows a box that is not there. Reading is
//! lenient: numbers may be texts, as in the examples of the standard.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::label::{Attributes, Label, State, Value};
use crate::data::labels::Labels;
use crate::data::objects::Box2;
use crate::data::odd;
use crate::data::shape::{Block, Keypoint, Mask, Shape, ShapeKind, TurnedBox};
use crate::data::tag::Tag;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, has_extension, head, json_of, malformed, write_json,
};

/// One JSON file.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "openlabel",
    title: "ASAM OpenLABEL 1.0",
    holds: Holds {
        shapes: &ShapeKind::ALL,
        tracks: true,
        keyframes: true,
        occluded: true,
        gaps: true,
        lost: true,
        attributes: true,
        sensors: true,
        spaces: true,
        tags: Tags::Whole,
    },
    one_file: Some("openlabel.json"),
    pictures: None,
    accepts: |path| has_extension(path, "json") && head(path).contains("\"openlabel\""),
    read,
    write,
};

const SHAPE: &str = "shape";
const SCENARIO_TAGS: &str =
    "https://openlabel.asam.net/V1-0-0/ontologies/openlabel_ontology_scenario_tags.ttl";

/// Attributes as lists by type.
fn attributes_json(attributes: &Attributes) -> Map<String, Json> {
    let mut lists: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for (name, value) in attributes {
        let (list, value) = match value {
            Value::Flag(flag) => ("boolean", json!(flag)),
            Value::Number(number) => ("num", json!(number)),
            Value::Text(text) => ("text", json!(text)),
            Value::Many(many) => ("vec", json!(many)),
        };
        lists.entry(list).or_default().push(json!({ "name": name, "val": value }));
    }
    lists.into_iter().map(|(name, list)| (name.to_owned(), Json::Array(list))).collect()
}

fn attributes_of(lists: &Json) -> Attributes {
    let mut attributes = Attributes::new();
    for (list, kind) in [("boolean", 0), ("num", 1), ("text", 2), ("vec", 3)] {
        for entry in lists[list].as_array().into_iter().flatten() {
            let value = &entry["val"];
            let value = match kind {
                0 => value.as_bool().map(Value::Flag),
                // The examples of the standard write numbers as texts.
                1 => value.as_f64().or_else(|| value.as_str()?.parse().ok()).map(Value::Number),
                2 => value.as_str().map(|text| Value::Text(text.to_owned())),
                _ => value.as_array().map(|many| {
                    Value::Many(
                        many.iter()
                            .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
                            .collect(),
                    )
                }),
            };
            attributes.extend(value.map(|value| (entry["name"].as_str().unwrap_or(list).to_owned(), value)));
        }
    }
    attributes
}

/// The shape of a label as object data; `said` is what else is said there.
fn shape_json(shape: &Shape, frame: &str, points: &[String], said: Map<String, Json>) -> Json {
    let flat = |points: &[[f32; 2]]| points.iter().flatten().copied().collect::<Vec<_>>();
    let place = |value: Json, said: Map<String, Json>| json!({ "name": SHAPE, "val": value, "coordinate_system": frame, "attributes": said });
    match shape {
        Shape::Box(b) => {
            let (x, y) = (
                f64::midpoint(f64::from(b.x0), f64::from(b.x1)),
                f64::midpoint(f64::from(b.y0), f64::from(b.y1)),
            );
            let (w, h) = (f64::from(b.x1) - f64::from(b.x0), f64::from(b.y1) - f64::from(b.y0));
            json!({ "bbox": [place(json!([x, y, w, h]), said)] })
        }
        Shape::TurnedBox(b) => {
            json!({ "rbbox": [place(json!([b.center[0], b.center[1], b.size[0], b.size[1], b.angle]), said)] })
        }
        Shape::Polygon(points) | Shape::Polyline(points) => {
            let mut poly = place(json!(flat(points)), said);
            poly["mode"] = json!("MODE_POLY2D_ABSOLUTE");
            poly["closed"] = json!(matches!(shape, Shape::Polygon(_)));
            json!({ "poly2d": [poly] })
        }
        Shape::Keypoints(places) => {
            let points = places.iter().enumerate().map(|(i, point)| {
                let name = points.get(i).cloned().unwrap_or_else(|| (i + 1).to_string());
                let mut own = if i == 0 { said.clone() } else { Map::new() };
                let seen = json!({ "name": "seen", "val": point.seen });
                match own.get_mut("num").and_then(Json::as_array_mut) {
                    Some(list) => list.push(seen),
                    None => drop(own.insert("num".to_owned(), json!([seen]))),
                }
                json!({ "name": name, "id": i, "val": [point.x, point.y], "coordinate_system": frame, "attributes": own })
            });
            json!({ "point2d": points.collect::<Vec<_>>() })
        }
        Shape::Mask(mask) => {
            let mut binary = place(json!(serde_json::to_string(mask).unwrap_or_default()), said);
            binary["encoding"] = json!("json");
            binary["data_type"] = json!("runs down the columns");
            json!({ "binary": [binary] })
        }
        Shape::Cuboid(block) => {
            let numbers: Vec<f64> =
                block.center.iter().chain(&block.rotation).chain(&block.size).copied().collect();
            json!({ "cuboid": [place(json!(numbers), said)] })
        }
        Shape::Whole => Json::Object(said),
    }
}

#[expect(clippy::too_many_lines, reason = "one part of the file after the other")]
fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let labels: Labels = bundle.labels.iter().cloned().collect();
    let (mut frames, mut objects) = (BTreeMap::<usize, Json>::new(), BTreeMap::<String, Json>::new());
    let (mut streams, mut systems) = (Map::new(), Map::new());
    let mut intervals: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
    for stream in &bundle.streams {
        let on_stream = bundle.labels.iter().filter(|l| l.clip == stream.clip && l.channel == stream.channel);
        let own: Vec<&Label> = on_stream.collect();
        let space = own.iter().any(|label| label.shape.kind() == ShapeKind::Cuboid);
        let kind = if space { "lidar" } else { "camera" };
        streams.insert(stream.channel.to_string(), json!({ "type": kind, "description": &*stream.clip }));
        systems
            .insert(stream.channel.to_string(), json!({ "type": "sensor_cs", "parent": "", "children": [] }));
        let mut numbers: Vec<u64> = own.iter().map(|label| label.object).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for object in numbers {
            let keys = labels.keyframes(&stream.clip, &stream.channel, object);
            let (Some(first), Some(last)) = (keys.first(), keys.last()) else { continue };
            let points =
                bundle.ontology.class(&first.class).map(|word| word.points.clone()).unwrap_or_default();
            let entry = objects.entry(object.to_string()).or_insert_with(
                || json!({ "name": format!("{} {object}", first.class), "type": &*first.class }),
            );
            entry["type"] = json!(&*first.class);
            for frame in first.frame..=last.frame {
                let Some(shown) = labels.object_on(&stream.clip, &stream.channel, object, frame) else {
                    continue;
                };
                intervals.entry(object).or_default().insert(frame);
                let mut said = shown.label.attributes.clone();
                said.insert("keyframe".to_owned(), Value::Flag(shown.keyframe));
                if shown.label.state != State::Visible {
                    said.insert("state".to_owned(), Value::Text(shown.label.state.title().to_owned()));
                }
                if shown.label.class != first.class {
                    said.insert("class".to_owned(), Value::Text(shown.label.class.to_string()));
                }
                let data = if shown.label.state.present() {
                    let mut data = shape_json(&shown.shape, &stream.channel, &points, attributes_json(&said));
                    if *shown.shape == Shape::Whole {
                        said.insert("stream".to_owned(), Value::Text(stream.channel.to_string()));
                        data = Json::Object(attributes_json(&said));
                    }
                    data
                } else {
                    said.insert("stream".to_owned(), Value::Text(stream.channel.to_string()));
                    said.insert(
                        SHAPE.to_owned(),
                        Value::Text(serde_json::to_string(&*shown.shape).unwrap_or_default()),
                    );
                    Json::Object(attributes_json(&said))
                };
                let slot = &mut frames.entry(frame).or_insert_with(|| json!({}))["objects"]
                    [object.to_string()]["object_data"];
                // The same object on another sensor stands in the same place.
                match (slot.as_object_mut(), data) {
                    (Some(known), Json::Object(data)) => {
                        for (list, entries) in data {
                            match (known.get_mut(&list).and_then(Json::as_array_mut), entries) {
                                (Some(known), Json::Array(entries)) => known.extend(entries),
                                (_, entries) => drop(known.insert(list, entries)),
                            }
                        }
                    }
                    (_, data) => *slot = data,
                }
            }
        }
        for sample in &stream.samples {
            if let (Some(frame), Some(time)) = (frames.get_mut(&sample.frame), sample.time) {
                let mut sync = json!({ "timestamp": crate::exchange::audacity::seconds(time) });
                if !sample.file.is_empty() {
                    sync["uri"] = json!(sample.file);
                }
                if let Some((width, height)) = sample.size {
                    sync["width"] = json!(width);
                    sync["height"] = json!(height);
                }
                let properties = &mut frame["frame_properties"];
                properties["streams"][&*stream.channel] = json!({ "stream_properties": sync });
                if properties["timestamp"].is_null() {
                    properties["timestamp"] = json!(crate::exchange::audacity::seconds(time));
                }
            }
        }
    }
    for (object, frames) in intervals {
        if let Some(entry) = objects.get_mut(&object.to_string()) {
            entry["frame_intervals"] = intervals_json(&frames);
        }
    }
    let mut openlabel = Map::new();
    let name = bundle.streams.first().map(|stream| stream.clip.to_string());
    let name = name.or_else(|| bundle.tags.first().map(|tag| tag.clip.clone())).unwrap_or_default();
    let words: Vec<String> = bundle.classes();
    openlabel.insert(
        "metadata".to_owned(),
        json!({ "schema_version": "1.0.0", "tagged_file": name, "classes": words }),
    );
    if !systems.is_empty() {
        openlabel.insert("coordinate_systems".to_owned(), Json::Object(systems));
        openlabel.insert("streams".to_owned(), Json::Object(streams));
    }
    if let (Some((first, _)), Some((last, _))) = (frames.first_key_value(), frames.last_key_value()) {
        openlabel.insert("frame_intervals".to_owned(), json!([{ "frame_start": first, "frame_end": last }]));
        let frames: Map<String, Json> =
            frames.into_iter().map(|(frame, value)| (frame.to_string(), value)).collect();
        openlabel.insert("frames".to_owned(), Json::Object(frames));
    }
    if !objects.is_empty() {
        openlabel.insert("objects".to_owned(), Json::Object(objects.into_iter().collect()));
    }
    add_tags(bundle, &mut openlabel);
    write_json(path, &json!({ "openlabel": openlabel }))
}

fn intervals_json(frames: &BTreeSet<usize>) -> Json {
    let mut intervals: Vec<(usize, usize)> = Vec::new();
    for frame in frames {
        match intervals.last_mut() {
            Some((_, end)) if *end + 1 == *frame => *end = *frame,
            _ => intervals.push((*frame, *frame)),
        }
    }
    // Closed: both ends belong to it.
    intervals.iter().map(|(from, to)| json!({ "frame_start": from, "frame_end": to })).collect()
}

/// Tags with an extent are actions, moments are events; those of the operational design domain are tags of the file.
fn add_tags(bundle: &Bundle, openlabel: &mut Map<String, Json>) {
    let (mut actions, mut events, mut tags) = (Map::new(), Map::new(), Map::new());
    let mut considered: Vec<&str> = Vec::new();
    for tag in &bundle.tags {
        if let Some(name) = odd::name_of(&tag.kind) {
            if !considered.contains(&name) {
                considered.push(name);
            }
            // Absent is said by being inside the boundary and not among the tags.
            if odd::is_present(tag) {
                let mut data = tag.attributes.clone();
                data.remove(odd::PRESENT);
                if let Some(value) = data.remove(odd::VALUE) {
                    data.insert(odd::value_name(name), value);
                }
                let mut entry = json!({ "type": name, "ontology_uid": "0" });
                if !data.is_empty() {
                    entry["tag_data"] = Json::Object(attributes_json(&data));
                }
                tags.insert(tag.id.to_string(), entry);
            }
            continue;
        }
        let mut said = tag.attributes.clone();
        said.insert("start_s".to_owned(), Value::Text(crate::exchange::audacity::seconds(tag.start)));
        if let Some(end) = tag.end {
            said.insert("end_s".to_owned(), Value::Text(crate::exchange::audacity::seconds(end)));
        }
        if !tag.note.is_empty() {
            said.insert("note".to_owned(), Value::Text(tag.note.clone()));
        }
        let data = Json::Object(attributes_json(&said));
        let mut element = json!({ "name": format!("{} {}", tag.kind, tag.id), "type": tag.kind });
        if let Some(frames) = frames_of(bundle, tag) {
            element["frame_intervals"] = json!([{ "frame_start": frames.0, "frame_end": frames.1 }]);
        }
        if tag.end.is_some() {
            element["action_data"] = data;
            actions.insert(tag.id.to_string(), element);
        } else {
            element["event_data"] = data;
            events.insert(tag.id.to_string(), element);
        }
    }
    if !considered.is_empty() {
        let boundary =
            json!({ "uri": SCENARIO_TAGS, "boundary_list": considered, "boundary_mode": "include" });
        openlabel.insert("ontologies".to_owned(), json!({ "0": boundary }));
    }
    for (name, map) in [("actions", actions), ("events", events), ("tags", tags)] {
        if !map.is_empty() {
            openlabel.insert(name.to_owned(), Json::Object(map));
        }
    }
}

/// The samples of the first channel that a tag covers.
fn frames_of(bundle: &Bundle, tag: &Tag) -> Option<(usize, usize)> {
    let samples = &bundle.streams.first()?.samples;
    let at = |time: Time| {
        samples.partition_point(|sample| sample.time.is_some_and(|t| t <= time)).saturating_sub(1)
    };
    let (from, to) =
        (samples.get(at(tag.start))?.frame, samples.get(at(tag.end.unwrap_or(tag.start)))?.frame);
    Some((from, to.max(from)))
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let whole: Json = json_of(path)?;
    let root = whole["openlabel"]
        .as_object()
        .ok_or_else(|| malformed(path, "there is no \"openlabel\" in the file"))?;
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
    for (frame, value) in &frames {
        for (uid, object) in value["objects"].as_object().into_iter().flatten() {
            let entries = shapes_in(&object["object_data"], &only);
            if entries.is_empty() {
                warnings.push(format!("object {uid} on frame {frame} has no shape that can be kept"));
            }
            found.extend(entries.into_iter().map(|entry| (uid.clone(), Found { frame: *frame, ..entry })));
        }
    }
    // What does not move may stand at the object itself.
    for (uid, object) in root["objects"].as_object().into_iter().flatten() {
        let first = object["frame_intervals"].as_array().and_then(|list| list.first());
        let frame = first.and_then(|interval| interval["frame_start"].as_u64()).unwrap_or(0) as usize;
        let still =
            shapes_in(&object["object_data"], &only).into_iter().filter(|entry| entry.shape != Shape::Whole);
        found.extend(still.map(|entry| (uid.clone(), Found { frame, ..entry })));
    }
    // If anything says which were drawn, the others follow from them.
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
            warnings.push(format!("object {uid} on frame {} has a shape that makes no sense", entry.frame));
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
    read_tags(&root, &clip, &mut bundle, &mut warnings);
    Ok(Read { bundle, warnings })
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

/// A shape with what is said of it.
struct Found {
    frame: usize,
    channel: Name,
    shape: Shape,
    keyframe: Option<bool>,
    state: State,
    class: Option<Name>,
    attributes: Attributes,
}

fn found(shape: Shape, channel: Name, mut attributes: Attributes) -> Found {
    let keyframe = match attributes.remove("keyframe") {
        Some(Value::Flag(flag)) => Some(flag),
        _ => None,
    };
    let state = attributes.remove("state").map(|value| value.text());
    let state =
        State::ALL.into_iter().find(|known| state.as_deref() == Some(known.title())).unwrap_or_default();
    let class = attributes.remove("class").map(|value| Name::from(value.text()));
    Found { frame: 0, channel, shape, keyframe, state, class, attributes }
}

fn shapes_in(data: &Json, only: &Name) -> Vec<Found> {
    let mut shapes = Vec::new();
    let list = |name: &str| data[name].as_array().cloned().unwrap_or_default();
    let numbers = |entry: &Json| -> Vec<f64> {
        let number = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
        entry["val"].as_array().into_iter().flatten().filter_map(number).collect()
    };
    let channel = |entry: &Json| entry["coordinate_system"].as_str().map_or_else(|| only.clone(), Name::from);
    let mut add = |entry: &Json, shape: Option<Shape>| {
        shapes.extend(shape.map(|shape| found(shape, channel(entry), attributes_of(&entry["attributes"]))));
    };
    let pairs = |n: &[f64]| n.chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]).collect::<Vec<_>>();
    for entry in list("bbox") {
        let n = numbers(&entry);
        let shape = <[f64; 4]>::try_from(n).ok().map(|[x, y, w, h]| {
            Shape::Box(Box2 {
                x0: (x - w / 2.0) as f32,
                y0: (y - h / 2.0) as f32,
                x1: (x + w / 2.0) as f32,
                y1: (y + h / 2.0) as f32,
            })
        });
        add(&entry, shape);
    }
    for entry in list("rbbox") {
        let shape = <[f64; 5]>::try_from(numbers(&entry)).ok().map(|n| {
            let [x, y, w, h, angle] = n.map(|number| number as f32);
            Shape::TurnedBox(TurnedBox { center: [x, y], size: [w, h], angle })
        });
        add(&entry, shape);
    }
    for entry in list("poly2d") {
        let points = pairs(&numbers(&entry));
        let points = if entry["mode"] == json!("MODE_POLY2D_RELATIVE") { summed(points) } else { points };
        let closed = entry["closed"].as_bool().unwrap_or(true);
        add(&entry, Some(if closed { Shape::Polygon(points) } else { Shape::Polyline(points) }));
    }
    for entry in list("cuboid") {
        let n = numbers(&entry);
        let block = match n.len() {
            10 => Some(Block {
                center: [n[0], n[1], n[2]],
                rotation: [n[3], n[4], n[5], n[6]],
                size: [n[7], n[8], n[9]],
            }),
            9 => Some(Block {
                center: [n[0], n[1], n[2]],
                rotation: Block::turned([n[3], n[4], n[5]]),
                size: [n[6], n[7], n[8]],
            }),
            _ => None,
        };
        add(&entry, block.map(|block| Shape::Cuboid(Box::new(block))));
    }
    for entry in list("binary").iter().filter(|entry| entry["encoding"] == json!("json")) {
        let mask = entry["val"].as_str().and_then(|text| serde_json::from_str::<Mask>(text).ok());
        add(entry, mask.map(|mask| Shape::Mask(Box::new(mask))));
    }
    let mut points: Vec<(Json, Keypoint)> = list("point2d")
        .into_iter()
        .filter_map(|entry| {
            let [x, y] = numbers(&entry).try_into().ok()?;
            let seen = attributes_of(&entry["attributes"]).get("seen").cloned();
            let seen = match seen {
                Some(Value::Number(seen)) => seen.clamp(0.0, 2.0) as u8,
                _ => 2,
            };
            Some((entry, Keypoint { x: x as f32, y: y as f32, seen }))
        })
        .collect();
    points.sort_by_key(|(entry, _)| (channel(entry), entry["id"].as_i64().unwrap_or(0)));
    while let Some((first, _)) = points.first().cloned() {
        let (own, others): (Vec<_>, Vec<_>) =
            points.into_iter().partition(|(entry, _)| channel(entry) == channel(&first));
        points = others;
        let mut said = attributes_of(&first["attributes"]);
        said.remove("seen");
        let shape = Shape::Keypoints(own.into_iter().map(|(_, point)| point).collect());
        shapes.push(found(shape, channel(&first), said));
    }
    // What cannot be seen, and classes of whole pictures, have no shape of their own.
    if shapes.is_empty() && data.is_object() {
        let mut said = attributes_of(data);
        let channel = said.remove("stream").map_or_else(|| only.clone(), |value| Name::from(value.text()));
        let shape = said.remove(SHAPE).and_then(|value| serde_json::from_str::<Shape>(&value.text()).ok());
        if !said.is_empty() || shape.is_some() {
            shapes.push(found(shape.unwrap_or(Shape::Whole), channel, said));
        }
    }
    shapes
}

/// Points of which each is seen from the one before.
fn summed(points: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let mut at = [0.0, 0.0];
    points
        .into_iter()
        .map(|[x, y]| {
            at = [at[0] + x, at[1] + y];
            at
        })
        .collect()
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
                warnings.push(format!("{list} {uid} does not say when it is"));
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
        // Inside the boundary and not among the tags: somebody looked, and it is not there.
        for name in ontology["boundary_list"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !present.contains(name) {
                let said = [(odd::PRESENT.to_owned(), Value::Flag(false))].into();
                add(odd::kind_of(name), Time(0), None, String::new(), said);
            }
        }
    }
}
