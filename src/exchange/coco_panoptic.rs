//! COCO panoptic: a PNG for each image whose colors are the numbers of its segments, and a JSON file that names them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::data::geometry::shape::{Mask, Shape};
use crate::data::image::Image;
use crate::data::labels::label::Value;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::{ExchangeError, Read, json_with, malformed};

/// True for a file of segments.
pub(super) fn is_panoptic(path: &Path) -> bool {
    const MARK: &[u8] = b"\"segments_info\"";
    inputs::read(path, InputKind::Labels)
        .is_ok_and(|bytes| bytes.windows(MARK.len()).any(|part| part == MARK))
}

pub(super) fn read(path: &Path) -> Result<Read, ExchangeError> {
    let mut warnings = Vec::new();
    let whole: Json = json_with(path, &mut warnings)?;
    let list = |key: &str| whole[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let classes: BTreeMap<String, String> = list("categories")
        .iter()
        .filter_map(|category| Some((category["id"].to_string(), category["name"].as_str()?.to_owned())))
        .collect();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut pictures: Vec<Picture> = Vec::new();
    for image in list("images") {
        at.insert(image["id"].to_string(), pictures.len());
        let size =
            image["width"].as_u64().zip(image["height"].as_u64()).filter(|size| size.0 > 0 && size.1 > 0);
        let sample = SampleRef {
            frame: pictures.len(),
            time: None,
            file: image["file_name"].as_str().unwrap_or_default().to_owned(),
            size: size.map(|(width, height)| (width as u32, height as u32)),
        };
        pictures.push(Picture { sample, items: Vec::new() });
    }
    let (mut gone, mut strange, mut empty) = (Vec::new(), 0, 0);
    for annotation in list("annotations") {
        let picture = at.get(&annotation["image_id"].to_string()).and_then(|at| pictures.get_mut(*at));
        let Some(picture) = picture else {
            strange += 1;
            continue;
        };
        let name = annotation["file_name"].as_str().unwrap_or_default();
        let image = places(path, name).into_iter().find(|file| file.is_file());
        let image = image
            .and_then(|file| inputs::read(file, InputKind::Labels).ok())
            .and_then(|bytes| Image::decode(&bytes).ok());
        let Some(image) = image else {
            gone.push(name.to_owned());
            continue;
        };
        let mut masks = masks_of(&image);
        for segment in annotation["segments_info"].as_array().into_iter().flatten() {
            let Some(runs) = segment["id"].as_u64().and_then(|id| masks.remove(&id)) else {
                empty += 1;
                continue;
            };
            let number = segment["category_id"].to_string();
            let class = classes.get(&number).cloned().unwrap_or_else(|| format!("class {number}"));
            let size = [image.width(), image.height()];
            let mut item = Item::new(&class, Shape::Mask(Box::new(Mask { size, runs })));
            if segment["iscrowd"].as_u64() == Some(1) {
                item.attributes.insert("crowd".to_owned(), Value::Flag(true));
            }
            picture.items.push(item);
        }
        if picture.sample.size.is_none() {
            picture.sample.size = Some(image.size());
        }
    }
    if let Some(first) = gone.first() {
        if gone.len() == list("annotations").len() {
            let problem = format!(
                "the images of the segments are missing, such as {first:?}, expected them in a folder called like this file"
            );
            return Err(malformed(path, problem));
        }
        warnings.push(format!(
            "{} missing or damaged, such as {first:?}",
            agreeing(gone.len(), "image of segments is", "images of segments are")
        ));
    }
    if strange > 0 {
        warnings.push(format!(
            "{strange} annotations refer to images that the file does not list and were skipped"
        ));
    }
    if empty > 0 {
        warnings.push(format!("{empty} segments have no pixels in their image and were skipped"));
    }
    let mut names: Vec<String> = Vec::new();
    for name in list("categories").iter().filter_map(|category| category["name"].as_str()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Ok(Read { bundle: Bundle::from_pictures(&names, pictures), warnings })
}

/// Places of an image of segments: the folder called like the JSON file, or its own.
fn places(path: &Path, name: &str) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let own = path.with_extension("");
    let stem = own.file_name().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    vec![
        own.join(name),
        folder.join(name),
        folder.join("panoptic_masks").join(name),
        folder.join("..").join(stem).join(name),
    ]
}

/// The run lengths of each segment by its number: red, and 256 times green, and 65,536 times blue.
fn masks_of(image: &Image) -> BTreeMap<u64, Vec<u32>> {
    let (width, height) = image.size();
    let number = |x: u32, y: u32| {
        let [r, g, b] = image.pixel(x, y).unwrap_or_default().map(u64::from);
        r + 256 * g + 65_536 * b
    };
    let mut masks: BTreeMap<u64, (Vec<u32>, u32)> = BTreeMap::new();
    let mut put = |number: u64, from: u32, to: u32| {
        let (runs, end) = masks.entry(number).or_default();
        runs.extend([from - *end, to - from]);
        *end = to;
    };
    let (mut at, mut from, mut now) = (0, 0, None);
    for x in 0..width {
        for y in 0..height {
            let own = number(x, y);
            match now {
                Some(before) if before != own => {
                    put(before, from, at);
                    (from, now) = (at, Some(own));
                }
                Some(_) => {}
                None => now = Some(own),
            }
            at += 1;
        }
    }
    if let Some(last) = now {
        put(last, from, at);
    }
    let whole = masks.into_iter().map(|(number, (mut runs, end))| {
        if end < at {
            runs.push(at - end);
        }
        (number, runs)
    });
    whole.collect()
}
