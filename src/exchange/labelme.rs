//! `LabelMe`'s JSON beside each image (Wada).

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind};
use crate::data::labels::label::Value;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef, joined};
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, json_of, malformed, write_json,
};

/// A JSON file for each image.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "labelme",
    title: "LabelMe",
    holds: Holds {
        shapes: &[ShapeKind::Box, ShapeKind::Polygon, ShapeKind::Polyline],
        several: Several::Linked,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: None,
    pictures: Some(""),
    accepts: |path| {
        let first = if path.is_dir() {
            files_in(path, "json").ok().and_then(|files| files.into_iter().next())
        } else {
            Some(path.to_owned())
        };
        first.is_some_and(|file| {
            let head = head(&file);
            has_extension(&file, "json")
                && head.contains("\"shapes\"")
                && (head.contains("\"imagePath\"") || head.contains("\"shape_type\""))
        })
    },
    read,
    write,
};

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let files = if path.is_file() { vec![path.to_owned()] } else { files_in(path, "json")? };
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    for (frame, file) in files.iter().enumerate() {
        let whole: Json = json_of(file)?;
        let shapes =
            whole["shapes"].as_array().ok_or_else(|| malformed(file, "the list \"shapes\" is missing"))?;
        let size = whole["imageWidth"].as_u64().zip(whole["imageHeight"].as_u64());
        let size = size.map(|(width, height)| (width as u32, height as u32)).or(hints.size);
        let mut items = Vec::new();
        for shape in shapes {
            let class = shape["label"].as_str().unwrap_or("object");
            let points: Vec<[f32; 2]> = shape["points"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|p| Some([p.get(0)?.as_f64()? as f32, p.get(1)?.as_f64()? as f32]))
                .collect();
            let found = match (shape["shape_type"].as_str().unwrap_or("polygon"), points.as_slice()) {
                ("rectangle", [a, b, ..]) => Some(Shape::Box(Box2::between((a[0], a[1]), (b[0], b[1])))),
                ("polygon", _) => Some(Shape::Polygon(points.clone())),
                ("linestrip" | "line", _) => Some(Shape::Polyline(points.clone())),
                ("point" | "points", _) => Some(Shape::Keypoints(
                    points.iter().map(|[x, y]| Keypoint { x: *x, y: *y, seen: 2 }).collect(),
                )),
                // The center and a point of the rim.
                ("circle", [c, r]) => {
                    let radius = libm::hypotf(r[0] - c[0], r[1] - c[1]);
                    let rim = (0..32).map(|i| {
                        let angle = i as f32 * std::f32::consts::TAU / 32.0;
                        [c[0] + radius * libm::cosf(angle), c[1] + radius * libm::sinf(angle)]
                    });
                    Some(Shape::Polygon(rim.collect()))
                }
                _ => None,
            };
            let Some(found) = found.filter(Shape::valid) else {
                warnings.push(format!(
                    "a {} of class {class:?} is not supported: {}",
                    shape["shape_type"],
                    file.display()
                ));
                continue;
            };
            let mut item = Item::new(class, found);
            for (name, on) in shape["flags"].as_object().into_iter().flatten() {
                item.attributes.extend(on.as_bool().map(|on| (name.clone(), Value::Flag(on))));
            }
            // Newer versions have groups and descriptions for the rest.
            for (name, value) in shape["attributes"].as_object().into_iter().flatten() {
                item.attributes
                    .extend(serde_json::from_value(value.clone()).ok().map(|value| (name.clone(), value)));
            }
            items.push((shape["group_id"].as_i64(), item));
        }
        let mut items = joined(items);
        for (name, on) in whole["flags"].as_object().into_iter().flatten() {
            if on.as_bool() == Some(true) {
                items.push(Item::new(name, Shape::Whole));
            }
        }
        let name = whole["imagePath"].as_str().unwrap_or_default().replace('\\', "/");
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if name.is_empty() { stem } else { name };
        pictures.push(Picture { sample: SampleRef { frame, time: None, file: name, size }, items });
    }
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    for picture in bundle.pictures() {
        let mut shapes = Vec::new();
        let single = |(at, item): (usize, &'_ Item)| {
            let group = matches!(item.shape, Shape::Parts(_)).then_some(at + 1);
            item.shape.shapes().map(move |shape| (group, shape.clone())).collect::<Vec<_>>()
        };
        let all = picture.items.iter().enumerate();
        for (item, (group, shape)) in
            all.flat_map(|(at, item)| single((at, item)).into_iter().map(move |one| (item, one)))
        {
            let (kind, points) = match &shape {
                Shape::Box(b) => ("rectangle", vec![[b.x0, b.y0], [b.x1, b.y1]]),
                Shape::Polygon(points) => ("polygon", points.clone()),
                Shape::Polyline(points) => ("linestrip", points.clone()),
                Shape::TurnedBox(_)
                | Shape::Keypoints(_)
                | Shape::Mask(_)
                | Shape::Cuboid(_)
                | Shape::Whole
                | Shape::Parts(_) => continue,
            };
            let (on, rest): (Map<String, Json>, Map<String, Json>) = item
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .partition(|(_, value)| value.is_boolean());
            let mut shape = json!({ "label": &*item.class, "points": points, "group_id": group, "shape_type": kind, "flags": on });
            if !rest.is_empty() {
                shape["attributes"] = Json::Object(rest);
            }
            shapes.push(shape);
        }
        let file = Path::new(&picture.sample.file);
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let size = picture.sample.size;
        let whole = json!({
            "version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": null,
            "imageHeight": size.map(|(_, height)| height), "imageWidth": size.map(|(width, _)| width),
        });
        write_json(&path.join(file.with_extension("json")), &whole)?;
    }
    Ok(())
}
