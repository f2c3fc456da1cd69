//! Label Studio's JSON: tasks with results in percent of the image.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::base::text::counted;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind, TurnedBox};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::files::is_image;
use crate::exchange::losses::Holds;
use crate::exchange::round;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, has_extension, head, json_with, malformed, write_json,
};

/// A list of tasks.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "label_studio",
    title: "Label Studio",
    holds: Holds {
        shapes: &[ShapeKind::Box, ShapeKind::TurnedBox, ShapeKind::Polygon, ShapeKind::Whole],
        several: Several::Joined,
        ..Holds::NOTHING
    },
    one_file: Some("tasks.json"),
    pictures: Some("images"),
    accepts: |path| {
        let head = head(path);
        has_extension(path, "json")
            && head.trim_start().starts_with('[')
            && (head.contains("\"annotations\"") || head.contains("\"predictions\""))
            && (head.contains("\"data\"") || (head.contains("\"result\"") && head.contains("\"from_name\"")))
    },
    read,
    write,
};

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let mut warnings = Vec::new();
    let tasks: Vec<Json> = json_with(path, &mut warnings)?;
    let mut pictures = Vec::new();
    let (mut cancelled, mut several, mut many, mut ellipses) = (0, 0, 0, 0);
    for (frame, task) in tasks.iter().enumerate() {
        let place = image_of(task).ok_or_else(|| malformed(path, format!("task {frame} has no \"data\"")))?;
        let file = name_of(place);
        let file = file.as_str();
        let results = match results_of(task) {
            Results::One(results) => results,
            Results::Of(count, results) => {
                several += usize::from(count > 1);
                results
            }
            Results::Cancelled => {
                cancelled += 1;
                Vec::new()
            }
        };
        let labels = labels_by_region(&results);
        let mut size = hints.size;
        let mut items: Vec<Item> = Vec::new();
        let mut points: Vec<(String, Keypoint)> = Vec::new();
        for result in &results {
            let stated = result["original_width"].as_u64().zip(result["original_height"].as_u64());
            size = stated.map(|(width, height)| (width as u32, height as u32)).or(size);
            let value = &result["value"];
            if result["type"] == "choices" {
                let names = value["choices"].as_array().into_iter().flatten().filter_map(Json::as_str);
                items.extend(names.map(|name| Item::new(name, Shape::Whole)));
                continue;
            }
            let Some((width, height)) = size.filter(|(width, height)| *width > 0 && *height > 0) else {
                warnings
                    .push(format!("a result of task {frame} was skipped, the size of {file:?} is unknown"));
                continue;
            };
            let percent = |key: &str, side: u32| pixels(value, key, side);
            let kind = result["type"].as_str().unwrap_or_default();
            let region = result["id"].as_str().unwrap_or_default();
            let names: Vec<&str> =
                value[kind].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            many += usize::from(names.len() > 1);
            let class = names.first().copied().or_else(|| labels.get(region).copied()).unwrap_or("object");
            let shape = match kind {
                // The class of a region that stands in another result.
                "labels"
                    if results
                        .iter()
                        .any(|other| other["id"] == result["id"] && other["type"] != "labels") =>
                {
                    continue;
                }
                "ellipselabels" | "ellipse" => (|| {
                    let radii = [percent("radiusX", width)?, percent("radiusY", height)?];
                    let angle = value["rotation"].as_f64().unwrap_or(0.0).to_radians() as f32;
                    ellipses += 1;
                    Some(round::ellipse([percent("x", width)?, percent("y", height)?], radii, angle))
                })(),
                "rectanglelabels" | "rectangle" => rectangle(value, (width, height)),
                "polygonlabels" | "polygon" => polygon(value, (width, height)),
                "keypointlabels" => {
                    if let (Some(x), Some(y)) = (percent("x", width), percent("y", height)) {
                        points.push((class.to_owned(), Keypoint { x, y, seen: 2 }));
                        continue;
                    }
                    None
                }
                _ => None,
            };
            match shape.filter(Shape::valid) {
                Some(shape) => items.push(Item::new(class, shape)),
                None => warnings.push(format!("a result of type {kind:?} of task {frame} is not supported")),
            }
        }
        items.extend(
            points.into_iter().map(|(class, point)| Item::new(&class, Shape::Keypoints(vec![point]))),
        );
        let sample = SampleRef { frame, time: None, file: file.to_owned(), size };
        pictures.push(Picture { sample, items });
    }
    let mut note = |count: usize, what: &str| {
        if count > 0 {
            warnings.push(format!("{} {what}", counted(count, "task")));
        }
    };
    note(cancelled, "whose annotations were all cancelled, read without labels");
    note(several, "with several annotations, of which one each was read: the ground truth, else the latest");
    if many > 0 {
        warnings.push(format!("{} with several classes, the first was read", counted(many, "region")));
    }
    warnings.extend(round::said(ellipses));
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

/// Address or path of the image of a task, "" if it has none; `None` without data.
fn image_of(task: &Json) -> Option<&str> {
    let data = task["data"].as_object()?;
    let texts = || data.values().filter_map(Json::as_str);
    let named = ["image", "img", "picture"].iter().find_map(|key| data.get(*key)?.as_str());
    let image = named.or_else(|| texts().find(|text| is_image(Path::new(&name_of(text)))));
    Some(image.or_else(|| texts().next()).unwrap_or_default())
}

/// A number of a result in pixels; it is stored as a part of the side of the image, in percent.
fn pixels(value: &Json, key: &str, side: u32) -> Option<f32> {
    value[key].as_f64().map(|n| (n * f64::from(side) / 100.0) as f32)
}

/// A box, which may be turned about its upper left corner.
fn rectangle(value: &Json, (width, height): (u32, u32)) -> Option<Shape> {
    let (x, y) = (pixels(value, "x", width)?, pixels(value, "y", height)?);
    let (w, h) = (pixels(value, "width", width)?, pixels(value, "height", height)?);
    let angle = value["rotation"].as_f64().unwrap_or(0.0).to_radians() as f32;
    if angle.abs() < 1e-6 {
        return Some(Shape::Box(Box2 { x0: x, y0: y, x1: x + w, y1: y + h }));
    }
    let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
    let center = [x + w / 2.0 * cos - h / 2.0 * sin, y + w / 2.0 * sin + h / 2.0 * cos];
    Some(Shape::TurnedBox(TurnedBox { center, size: [w, h], angle }))
}

fn polygon(value: &Json, (width, height): (u32, u32)) -> Option<Shape> {
    let pair = |p: &Json| {
        let side = |i: usize, side: u32| Some((p.get(i)?.as_f64()? * f64::from(side) / 100.0) as f32);
        Some([side(0, width)?, side(1, height)?])
    };
    value["points"].as_array()?.iter().map(pair).collect::<Option<_>>().map(Shape::Polygon)
}

/// The results of a task that are read.
enum Results {
    /// Those of a prediction.
    One(Vec<Json>),
    /// Those of one of several annotations.
    Of(usize, Vec<Json>),
    /// Whoever looked at it gave it up.
    Cancelled,
}

fn results_of(task: &Json) -> Results {
    let list = |key: &str| task[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let all = if list("annotations").is_empty() { list("completions") } else { list("annotations") };
    let results = |annotation: &Json| annotation["result"].as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        return Results::One(list("predictions").first().map(results).unwrap_or_default());
    }
    let on = |annotation: &Json, key: &str| annotation[key].as_bool() == Some(true);
    let done: Vec<&Json> = all
        .iter()
        .filter(|annotation| !on(annotation, "was_cancelled") && !on(annotation, "skipped"))
        .collect();
    let time = |annotation: &Json| {
        let key = ["updated_at", "created_at"].iter().find_map(|key| annotation[*key].as_str());
        key.unwrap_or_default().to_owned()
    };
    // Of those without a time, or of the same, the first.
    let best = done.iter().rev().max_by_key(|annotation| (on(annotation, "ground_truth"), time(annotation)));
    best.map_or(Results::Cancelled, |best| Results::Of(done.len(), results(best)))
}

/// Classes of regions whose shape has none itself.
fn labels_by_region(results: &[Json]) -> BTreeMap<&str, &str> {
    let labels = results.iter().filter(|result| result["type"] == "labels");
    labels
        .filter_map(|result| Some((result["id"].as_str()?, result["value"]["labels"].get(0)?.as_str()?)))
        .collect()
}

/// The name of an image behind its address: without host and query, and without the letters before an upload.
fn name_of(address: &str) -> String {
    if let Some((_, file)) = address.split_once("?d=") {
        return unescaped(file.split('&').next().unwrap_or(file));
    }
    if let Some((scheme, rest)) = address.split_once("://") {
        let path = rest.split_once('/').map_or(rest, |(_, path)| path);
        // Keys of a bucket are written as they are, addresses are not.
        return match scheme {
            "http" | "https" | "file" => {
                unescaped(path.split(['?', '#']).next().unwrap_or(path).trim_start_matches('/'))
            }
            _ => path.to_owned(),
        };
    }
    if let Some((_, rest)) = address.split_once("/upload/") {
        let name = rest.split_once('/').map_or(rest, |(_, name)| name);
        let own = name
            .split_once('-')
            .filter(|(random, _)| random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit()));
        return unescaped(own.map_or(name, |(_, own)| own));
    }
    unescaped(address)
}

/// A text whose bytes were written as `%20`; as it is where that is not so.
fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut tasks = Vec::new();
    for (number, picture) in bundle.pictures().into_iter().enumerate() {
        let size = picture.sample.size.filter(|(width, height)| *width > 0 && *height > 0);
        let Some((width, height)) = size else {
            return Err(malformed(path, format!("the size of image {:?} is unknown", picture.sample.file)));
        };
        let percent = |value: f32, side: u32| f64::from(value) * 100.0 / f64::from(side);
        let results: Vec<Json> = picture
            .items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| {
                let class = &*item.class;
                let (kind, mut value, name, to) = match &item.shape {
                    Shape::Box(b) => (
                        "rectanglelabels",
                        json!({ "x": percent(b.x0, width), "y": percent(b.y0, height), "width": percent(b.width(), width), "height": percent(b.height(), height), "rotation": 0 }),
                        "box",
                        "image",
                    ),
                    Shape::TurnedBox(b) => {
                        let [x, y] = b.corners()[0];
                        let degrees = f64::from(b.angle).to_degrees().rem_euclid(360.0);
                        (
                            "rectanglelabels",
                            json!({ "x": percent(x, width), "y": percent(y, height), "width": percent(b.size[0], width), "height": percent(b.size[1], height), "rotation": degrees }),
                            "box",
                            "image",
                        )
                    }
                    Shape::Polygon(points) => {
                        let points: Vec<[f64; 2]> = points.iter().map(|[x, y]| [percent(*x, width), percent(*y, height)]).collect();
                        ("polygonlabels", json!({ "points": points, "closed": true }), "polygon", "image")
                    }
                    Shape::Whole => ("choices", json!({}), "choice", "image"),
                    Shape::Polyline(_) | Shape::Keypoints(_) | Shape::Mask(_) | Shape::Cuboid(_) | Shape::Parts(_) => return None,
                };
                value[kind] = json!([class]);
                Some(json!({
                    "id": format!("{number}-{i}"), "type": kind, "from_name": name, "to_name": to, "value": value,
                    "original_width": width, "original_height": height, "image_rotation": 0,
                }))
            })
            .collect();
        tasks.push(json!({ "id": number + 1, "data": { "image": picture.sample.file }, "annotations": [{ "result": results }] }));
    }
    write_json(path, &Json::Array(tasks))
}
