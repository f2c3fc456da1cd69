//! Label Studio's JSON: tasks with results in percent of the image.

use std::path::Path;

use serde_json::{Value as Json, json};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind, TurnedBox};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, has_extension, head, json_of, malformed, write_json,
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
            && head.contains("\"data\"")
    },
    read,
    write,
};

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let tasks: Vec<Json> = json_of(path)?;
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    for (frame, task) in tasks.iter().enumerate() {
        let data = task["data"]
            .as_object()
            .ok_or_else(|| malformed(path, format!("task {frame} has no \"data\"")))?;
        let place = ["image", "img", "picture"]
            .iter()
            .find_map(|key| data.get(*key))
            .or_else(|| data.values().next());
        let file = place.and_then(Json::as_str).unwrap_or_default();
        // Uploads begin with eight random letters.
        let file = file.rsplit_once("?d=").map_or(file, |(_, file)| file);
        let mut file = file
            .split_once("/upload/")
            .and_then(|(_, rest)| rest.split_once('/'))
            .map_or(file, |(_, name)| name);
        if let Some((chance, name)) = file.split_once('-')
            && chance.len() == 8
            && chance.bytes().all(|byte| byte.is_ascii_hexdigit())
        {
            file = name;
        }
        let done = task["annotations"].as_array().filter(|list| !list.is_empty());
        let results = done.or_else(|| task["predictions"].as_array()).and_then(|list| list.first());
        let results = results.and_then(|first| first["result"].as_array()).cloned().unwrap_or_default();
        let mut size = hints.size;
        let mut items: Vec<Item> = Vec::new();
        let mut points: Vec<(String, Keypoint)> = Vec::new();
        for result in &results {
            let stated = result["original_width"].as_u64().zip(result["original_height"].as_u64());
            size = stated.map(|(width, height)| (width as u32, height as u32)).or(size);
            let Some((width, height)) = size else {
                return Err(malformed(path, format!("task {frame} has no size of {file:?}")));
            };
            let value = &result["value"];
            let percent =
                |key: &str, side: u32| value[key].as_f64().map(|n| (n * f64::from(side) / 100.0) as f32);
            let kind = result["type"].as_str().unwrap_or_default();
            let class = value[kind]
                .as_array()
                .and_then(|list| list.first())
                .and_then(Json::as_str)
                .unwrap_or("object");
            let shape = match kind {
                "rectanglelabels" | "rectangle" => (|| {
                    let (x, y) = (percent("x", width)?, percent("y", height)?);
                    let (w, h) = (percent("width", width)?, percent("height", height)?);
                    let angle = value["rotation"].as_f64().unwrap_or(0.0).to_radians() as f32;
                    if angle.abs() < 1e-6 {
                        return Some(Shape::Box(Box2 { x0: x, y0: y, x1: x + w, y1: y + h }));
                    }
                    // Rotated about its upper left corner.
                    let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
                    let center = [x + w / 2.0 * cos - h / 2.0 * sin, y + w / 2.0 * sin + h / 2.0 * cos];
                    Some(Shape::TurnedBox(TurnedBox { center, size: [w, h], angle }))
                })(),
                "polygonlabels" | "polygon" => {
                    let pair = |p: &Json| {
                        let side = |i: usize, side: u32| {
                            Some((p.get(i)?.as_f64()? * f64::from(side) / 100.0) as f32)
                        };
                        Some([side(0, width)?, side(1, height)?])
                    };
                    value["points"]
                        .as_array()
                        .and_then(|list| list.iter().map(pair).collect::<Option<_>>())
                        .map(Shape::Polygon)
                }
                "choices" => Some(Shape::Whole),
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
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut tasks = Vec::new();
    for (number, picture) in bundle.pictures().into_iter().enumerate() {
        let Some((width, height)) = picture.sample.size else {
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
