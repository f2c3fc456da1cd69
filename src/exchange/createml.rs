//! Apple's Create ML: a JSON list of images with boxes by their centers, in pixels.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::image::Image;
use crate::data::labels::label::Value;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::files::{Images, below, stem_of};
use crate::exchange::losses::Holds;
use crate::exchange::merged::merged;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, json_with, malformed, write_json,
};

/// `_annotations.createml.json` beside its images, or a folder of such folders.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "createml",
    title: "Create ML",
    holds: Holds { shapes: &[ShapeKind::Box], ..Holds::NOTHING },
    one_file: Some("_annotations.createml.json"),
    pictures: Some(""),
    accepts: |path| !files(path).is_empty(),
    read,
    write,
};

/// More JSON files than there are splits.
const MANY: usize = 200;

fn files(path: &Path) -> Vec<PathBuf> {
    let mut files =
        if path.is_dir() { files_in(path, "json").unwrap_or_default() } else { vec![path.to_owned()] };
    if files.len() > MANY {
        return Vec::new();
    }
    files.retain(|file| {
        let head = head(file);
        has_extension(file, "json")
            && head.trim_start().starts_with('[')
            && head.contains("\"coordinates\"")
            && head.contains("\"annotation")
    });
    files
}

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let files = files(path);
    let mut parts = Vec::new();
    for file in &files {
        let folder = file.parent().map(|folder| below(path, folder)).unwrap_or_default();
        let read = read_one(file, hints)?;
        parts.push((folder, read));
    }
    match parts.len() {
        0 => Err(malformed(path, "no list of images with \"annotations\" and \"coordinates\" found")),
        1 => Ok(parts.swap_remove(0).1),
        _ => Ok(merged(parts)),
    }
}

fn read_one(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let mut warnings = Vec::new();
    let whole: Vec<Json> = json_with(path, &mut warnings)?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let (mut pictures, mut images) = (Vec::new(), Images::default());
    for (frame, entry) in whole.iter().enumerate() {
        let file = ["image", "imagefilename", "filename"].iter().find_map(|key| entry[*key].as_str());
        let Some(file) = file else {
            warnings.push(format!("entry {} names no image and was skipped: {}", frame + 1, path.display()));
            continue;
        };
        let image = images.find(folder, stem_of(file.rsplit(['/', '\\']).next().unwrap_or(file)));
        let size = image.as_deref().and_then(Image::size_of_file).or(hints.size);
        let mut items = Vec::new();
        let boxes = ["annotations", "annotation"].iter().find_map(|key| entry[*key].as_array());
        for annotation in boxes.into_iter().flatten() {
            let class = annotation["label"].as_str().unwrap_or("object");
            let number = |key: &str| annotation["coordinates"][key].as_f64().map(|number| number as f32);
            let bounds = number("x").zip(number("y")).zip(number("width").zip(number("height")));
            let bounds = bounds.map(|((x, y), (w, h))| Box2 {
                x0: x - w / 2.0,
                y0: y - h / 2.0,
                x1: x + w / 2.0,
                y1: y + h / 2.0,
            });
            let Some(bounds) = bounds.filter(Box2::valid) else {
                warnings.push(format!("an object of class {class:?} on {file} has no box and was skipped"));
                continue;
            };
            let mut item = Item::new(class, Shape::Box(bounds));
            if let Some(score) = annotation["confidence"].as_f64() {
                item.attributes.insert("score".to_owned(), Value::Number(score));
            }
            items.push(item);
        }
        let sample = SampleRef { frame, time: None, file: file.to_owned(), size };
        pictures.push(Picture { sample, items });
    }
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let mut entries = Vec::new();
    for picture in bundle.pictures() {
        let boxes = picture.items.iter().filter_map(|item| {
            let Shape::Box(b) = &item.shape else { return None };
            let (x, y) = b.center();
            Some(json!({
                "label": &*item.class,
                "coordinates": { "x": x, "y": y, "width": b.width(), "height": b.height() },
            }))
        });
        let boxes: Vec<Json> = boxes.collect();
        entries.push(json!({ "image": picture.sample.file, "annotations": boxes }));
    }
    write_json(path, &Json::Array(entries))
}
