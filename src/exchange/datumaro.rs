//! Datumaro's JSON: images and scans with annotations of every kind.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Block, Keypoint, Mask, Shape, ShapeKind};
use crate::data::labels::label::{Attributes, State, Value};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef, joined};
use crate::exchange::files::stem_of;
use crate::exchange::losses::Holds;
use crate::exchange::merged::merged;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, json_with, malformed, rle,
    round, write_json_below,
};

/// A folder with `annotations/*.json`, or one such file.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "datumaro",
    title: "Datumaro",
    holds: Holds {
        shapes: &[
            ShapeKind::Box,
            ShapeKind::Polygon,
            ShapeKind::Polyline,
            ShapeKind::Keypoints,
            ShapeKind::Mask,
            ShapeKind::Cuboid,
            ShapeKind::Whole,
        ],
        several: Several::Linked,
        tracks: true,
        keyframes: true,
        occluded: true,
        gaps: true,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: None,
    pictures: Some("images/default"),
    accepts,
    read,
    write,
};

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    files_in(&path.join("annotations"), "json").unwrap_or_default()
}

fn accepts(path: &Path) -> bool {
    files(path).first().is_some_and(|file| {
        let head = head(file);
        has_extension(file, "json")
            && (head.contains("\"dm_format_version\"")
                || (head.contains("\"label_groups\"") && head.contains("\"categories\"")))
    })
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let mut parts = Vec::new();
    for file in files(path) {
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        parts.push((name, read_one(&file)?));
    }
    match parts.len() {
        0 => Err(malformed(path, "no annotation file found, expected a folder with annotations/*.json")),
        1 => Ok(parts.swap_remove(0).1),
        _ => Ok(merged(parts)),
    }
}

/// One subset. Numbers of its classes and tracks are its own.
fn read_one(file: &Path) -> Result<Read, ExchangeError> {
    let (mut pictures, mut warnings, mut round) = (Vec::new(), Vec::new(), 0);
    let whole: Json = json_with(file, &mut warnings)?;
    let labels = whole["categories"]["label"]["labels"].as_array().cloned().unwrap_or_default();
    let names: Vec<String> =
        labels.iter().map(|label| label["name"].as_str().unwrap_or_default().to_owned()).collect();
    let items = whole["items"].as_array().ok_or_else(|| malformed(file, "the list \"items\" is missing"))?;
    for item in items {
        let id = item["id"].as_str().unwrap_or_default();
        let media = ["image", "point_cloud", "media"].iter().find_map(|key| item[*key]["path"].as_str());
        let name = media.filter(|name| !name.is_empty()).unwrap_or(id).to_owned();
        let size = item["image"]["size"]
            .as_array()
            .and_then(|s| Some((s.get(1)?.as_u64()? as u32, s.first()?.as_u64()? as u32)));
        let frame = item["attr"]["frame"].as_u64().map_or(pictures.len(), |frame| frame as usize);
        let mut found = Vec::new();
        for annotation in item["annotations"].as_array().into_iter().flatten() {
            let class = annotation["label_id"].as_u64().and_then(|at| names.get(at as usize));
            let class = class.map_or("object", String::as_str);
            match shape_of(annotation).filter(Shape::valid) {
                Some(shape) => {
                    round += usize::from(annotation["type"] == "ellipse");
                    let group = annotation["group"].as_i64().filter(|group| *group != 0);
                    found.push((group, item_of(annotation, class, shape)));
                }
                None => warnings.push(format!(
                    "{}: a {} is not supported",
                    id,
                    annotation["type"].as_str().unwrap_or("thing")
                )),
            }
        }
        pictures.push(Picture {
            sample: SampleRef { frame, time: None, file: name, size },
            items: joined(found),
        });
    }
    // Frames of several videos in one subset have the same numbers.
    let distinct: BTreeSet<usize> = pictures.iter().map(|picture| picture.sample.frame).collect();
    if distinct.len() < pictures.len() {
        for (frame, picture) in pictures.iter_mut().enumerate() {
            picture.sample.frame = frame;
        }
    }
    // Frames written between keyframes follow from them.
    let any_key = pictures.iter().flat_map(|p| &p.items).any(|item| item.object != 0 && item.keyframe);
    for picture in &mut pictures {
        picture.items.retain(|item| item.keyframe || item.object == 0 || !any_key);
    }
    warnings.extend(round::said(round));
    Ok(Read { bundle: Bundle::from_pictures(&names, pictures), warnings })
}

fn item_of(annotation: &Json, class: &str, shape: Shape) -> Item {
    let mut item = Item::new(class, shape);
    let mut attributes: Attributes = annotation["attributes"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), serde_json::from_value(value.clone()).ok()?)))
        .collect();
    let mut flag = |name: &str| attributes.remove(name).map(|value| matches!(value, Value::Flag(true)));
    if flag("occluded") == Some(true) {
        item.state = State::Occluded;
    }
    if flag("outside") == Some(true) {
        item.state = State::Outside;
    }
    item.keyframe = flag("keyframe").unwrap_or(true);
    item.object = match attributes.remove("track_id") {
        Some(Value::Number(number)) => number as u64 + 1,
        _ => 0,
    };
    item.attributes = attributes;
    item
}

fn shape_of(annotation: &Json) -> Option<Shape> {
    let numbers = |key: &str| -> Vec<f64> {
        annotation[key].as_array().into_iter().flatten().filter_map(Json::as_f64).collect()
    };
    let pairs = || numbers("points").chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]).collect::<Vec<_>>();
    Some(match annotation["type"].as_str()? {
        "bbox" => {
            let [x, y, w, h] = *numbers("bbox").as_slice() else { return None };
            Shape::Box(Box2 { x0: x as f32, y0: y as f32, x1: (x + w) as f32, y1: (y + h) as f32 })
        }
        "polygon" => Shape::Polygon(pairs()),
        "polyline" => Shape::Polyline(pairs()),
        "ellipse" => {
            let [x0, y0, x1, y1] = *numbers("points").as_slice() else { return None };
            let center = [f64::midpoint(x0, x1), f64::midpoint(y0, y1)].map(|n| n as f32);
            round::ellipse(center, [(x1 - x0) / 2.0, (y1 - y0) / 2.0].map(|n| n as f32), 0.0)
        }
        "points" => {
            let seen = numbers("visibility");
            let point = |(i, [x, y]): (usize, [f32; 2])| Keypoint {
                x,
                y,
                seen: seen.get(i).map_or(2, |seen| *seen as u8),
            };
            Shape::Keypoints(pairs().into_iter().enumerate().map(point).collect())
        }
        "label" => Shape::Whole,
        "mask" => {
            let rle = &annotation["rle"];
            let size = rle["size"].as_array()?;
            let size = [size.get(1)?.as_u64()? as u32, size.first()?.as_u64()? as u32];
            Shape::Mask(Box::new(Mask { size, runs: rle::decoded(rle["counts"].as_str()?)? }))
        }
        "cuboid_3d" => {
            let three = |key: &str| <[f64; 3]>::try_from(numbers(key)).ok();
            let rotation = Block::turned(three("rotation")?);
            Shape::Cuboid(Box::new(Block { center: three("position")?, size: three("scale")?, rotation }))
        }
        _ => return None,
    })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let labels: Vec<Json> =
        classes.iter().map(|name| json!({ "name": name, "parent": "", "attributes": [] })).collect();
    let points: Vec<Json> = classes
        .iter()
        .enumerate()
        .filter_map(|(i, name)| Some((i, bundle.ontology.class(name).filter(|word| !word.points.is_empty())?)))
        .map(|(i, word)| json!({ "label_id": i, "labels": word.points, "joints": word.lines.iter().map(|[a, b]| [a + 1, b + 1]).collect::<Vec<_>>() }))
        .collect();
    let mut items = Vec::new();
    let followed = super::bundle::followed(bundle);
    for picture in bundle.pictures_with_gaps() {
        let mut annotations = Vec::new();
        let shapes = picture.items.iter().enumerate();
        for (at, item, shape) in
            shapes.flat_map(|(at, item)| item.shape.shapes().map(move |shape| (at, item, shape)))
        {
            // Annotations of one group are one object.
            let group = if matches!(item.shape, Shape::Parts(_)) { at + 1 } else { 0 };
            let class = classes.iter().position(|name| item.class == *name).unwrap_or(0);
            let mut attributes: Map<String, Json> =
                item.attributes.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            if item.state == State::Occluded {
                attributes.insert("occluded".to_owned(), json!(true));
            }
            if followed.contains(&item.object) {
                attributes.insert("track_id".to_owned(), json!(item.object - 1));
                attributes.insert("keyframe".to_owned(), json!(item.keyframe));
                attributes.insert("outside".to_owned(), json!(!item.state.present()));
            }
            let whole = *shape == Shape::Whole;
            let (kind, shape) = shape_json(shape);
            let mut annotation = json!({
                "id": annotations.len() + 1, "type": kind, "attributes": attributes, "group": group, "label_id": class,
            });
            if let (Some(annotation), Json::Object(shape)) = (annotation.as_object_mut(), shape) {
                annotation.extend(shape);
                if !whole {
                    annotation.insert("z_order".to_owned(), json!(0));
                }
            }
            annotations.push(annotation);
        }
        let file = &picture.sample.file;
        let stem = stem_of(file);
        let mut item =
            json!({ "id": stem, "annotations": annotations, "attr": { "frame": picture.sample.frame } });
        item["image"] = json!({ "path": file });
        if let Some((width, height)) = picture.sample.size {
            item["image"]["size"] = json!([height, width]);
        }
        items.push(item);
    }
    let mut categories = json!({ "label": { "labels": labels, "label_groups": [], "attributes": [] } });
    if !points.is_empty() {
        categories["points"] = json!({ "items": points });
    }
    let whole = json!({ "dm_format_version": "1.0", "media_type": 2, "infos": {}, "categories": categories, "items": items });
    write_json_below(path, Path::new("annotations/default.json"), &whole)
}

fn shape_json(shape: &Shape) -> (&'static str, Json) {
    let flat = |points: &[[f32; 2]]| json!({ "points": points.iter().flatten().collect::<Vec<_>>() });
    match shape {
        Shape::Box(b) => ("bbox", json!({ "bbox": [b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0] })),
        Shape::Polygon(points) => ("polygon", flat(points)),
        Shape::Polyline(points) => ("polyline", flat(points)),
        Shape::Keypoints(points) => (
            "points",
            json!({
                "points": points.iter().flat_map(|p| [p.x, p.y]).collect::<Vec<_>>(),
                "visibility": points.iter().map(|p| p.seen).collect::<Vec<_>>(),
            }),
        ),
        Shape::Mask(mask) => (
            "mask",
            json!({ "rle": { "counts": rle::encoded(&mask.runs), "size": [mask.size[1], mask.size[0]] } }),
        ),
        Shape::Cuboid(block) => (
            "cuboid_3d",
            json!({ "position": block.center, "rotation": block.angles(), "scale": block.size }),
        ),
        Shape::TurnedBox(_) | Shape::Whole | Shape::Parts(_) => ("label", json!({})),
    }
}
