//! Writer of `OpenLABEL`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::base::time::Time;
use crate::data::geometry::shape::{Part, Shape, ShapeKind};
use crate::data::labels::label::{Label, State, Value};
use crate::data::labels::odd;
use crate::data::labels::tag::Tag;
use crate::exchange::audacity::seconds;
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::openlabel::{HOLE, SCENARIO_TAGS, SHAPE, attributes_json};
use crate::exchange::{ExchangeError, write_json};

/// The shape of a label as object data; `said` holds its attributes.
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
        Shape::Parts(parts) => {
            let mut data = Json::Null;
            for (i, part) in parts.iter().enumerate() {
                // The attributes of the object stand at its first shape.
                let mut own = if i == 0 { said.clone() } else { Map::new() };
                if part.hole {
                    let flags = own.entry("boolean").or_insert_with(|| json!([]));
                    if let Some(flags) = flags.as_array_mut() {
                        flags.push(json!({ "name": HOLE, "val": true }));
                    }
                }
                let mut one = shape_json(&part.shape, frame, points, own);
                if !part.name.is_empty() {
                    for entry in one.as_object_mut().into_iter().flat_map(|lists| lists.values_mut()) {
                        if let Some(entry) = entry.get_mut(0) {
                            entry["name"] = json!(part.name);
                        }
                    }
                }
                join_data(&mut data, one);
            }
            add_hierarchy(&mut data, parts);
            data
        }
    }
}

/// Adds the hierarchy of contours (next, previous, child, parent) to polygons that are cut out of the first.
fn add_hierarchy(data: &mut Json, parts: &[Part]) {
    let flat = |part: &&Part| matches!(part.shape, Shape::Polygon(_) | Shape::Polyline(_));
    let flat: Vec<&Part> = parts.iter().filter(flat).collect();
    let Some(outer) = flat.iter().position(|part| !part.hole) else { return };
    let entries = data["poly2d"].as_array_mut().into_iter().flatten();
    for (entry, _) in entries.zip(flat).filter(|(_, part)| part.hole) {
        entry["hierarchy"] = json!([-1, -1, -1, outer]);
    }
}

pub(super) fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let labels = bundle.index();
    let (mut frames, mut objects) = (BTreeMap::<usize, Json>::new(), BTreeMap::<String, Json>::new());
    let (mut streams, mut systems) = (Map::new(), Map::new());
    let mut intervals: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
    for stream in &bundle.streams {
        let on_stream = bundle.labels.iter().filter(|l| l.clip == stream.clip && l.channel == stream.channel);
        let own: Vec<&Label> = on_stream.collect();
        let cuboid = |shape: &Shape| shape.kind() == ShapeKind::Cuboid;
        let space = own.iter().any(|label| label.shape.shapes().all(cuboid));
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
                join_data(slot, data);
            }
        }
        for sample in &stream.samples {
            if let Some(frame) = frames.get_mut(&sample.frame) {
                add_sync(frame, stream, sample);
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

/// Adds what is said about an object; the same object on another sensor stands in the same place.
fn join_data(slot: &mut Json, data: Json) {
    match (slot.as_object_mut(), data) {
        (Some(known), Json::Object(data)) => {
            for (list, entries) in data {
                match (known.get_mut(&list).and_then(Json::as_array_mut), entries) {
                    (Some(known), Json::Array(mut entries)) => {
                        // Contours are counted from the beginning of the list.
                        let before = known.len();
                        let hierarchies = entries.iter_mut().filter_map(|entry| entry.get_mut("hierarchy"));
                        for place in hierarchies.filter_map(Json::as_array_mut).flatten() {
                            if let Some(at) = place.as_u64() {
                                *place = json!(at + before as u64);
                            }
                        }
                        known.extend(entries);
                    }
                    (_, entries) => drop(known.insert(list, entries)),
                }
            }
        }
        (_, data) => *slot = data,
    }
}

/// Adds when a sample of a stream was taken, its file and its size.
fn add_sync(frame: &mut Json, stream: &Stream, sample: &SampleRef) {
    let Some(time) = sample.time else { return };
    let mut sync = json!({ "timestamp": seconds(time) });
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
        properties["timestamp"] = json!(seconds(time));
    }
}

fn intervals_json(frames: &BTreeSet<usize>) -> Json {
    let mut intervals: Vec<(usize, usize)> = Vec::new();
    for frame in frames {
        match intervals.last_mut() {
            Some((_, end)) if *end + 1 == *frame => *end = *frame,
            _ => intervals.push((*frame, *frame)),
        }
    }
    // Closed intervals: both ends are included.
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
            // Absence is expressed by being inside the boundary and not among the tags.
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
        said.insert("start_s".to_owned(), Value::Text(seconds(tag.start)));
        if let Some(end) = tag.end {
            said.insert("end_s".to_owned(), Value::Text(seconds(end)));
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
