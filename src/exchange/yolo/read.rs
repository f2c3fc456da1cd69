//! Reads a data set, file by file: what is wrong with one costs that one.

use std::path::Path;

use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::data::geometry::shape::ShapeKind;
use crate::data::image::Image;
use crate::exchange::border::{Fate, at_border};
use crate::exchange::bundle::{Bundle, Picture, SampleRef};
use crate::exchange::files::{TextError, doubt, text_in};
use crate::exchange::yolo::layout::{Layout, found};
use crate::exchange::yolo::line::{is_dota, is_header, item_of};
use crate::exchange::{ExchangeError, Hints, Read, malformed};

/// Label files that are looked at to see what their lines are.
const LOOKED_AT: usize = 200;

/// Skipped lines that are named one by one.
const NAMED: usize = 20;

/// The shapes of a data set. A box among polygons is a box; four corners are a rotated box if there is nothing else.
pub(super) fn shapes_of(layout: &Layout) -> Option<ShapeKind> {
    if layout.settings.keypoints.is_some() {
        return Some(ShapeKind::Keypoints);
    }
    let (mut boxes, mut corners, mut outlines, mut others) = (0, 0, 0, 0);
    for file in layout.files.iter().take(LOOKED_AT) {
        let Some(text) =
            inputs::read(&file.path, InputKind::Labels).ok().and_then(|bytes| text_in(&bytes).ok())
        else {
            continue;
        };
        for line in text.text.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_whitespace().count() {
                _ if is_dota(line) => corners += 1,
                5 | 6 => boxes += 1,
                9 | 10 => corners += 1,
                count if count >= 7 => outlines += 1,
                _ => others += 1,
            }
        }
    }
    match (boxes, corners, outlines) {
        (_, 0, 0) if boxes > 0 || others == 0 => Some(ShapeKind::Box),
        (0, _, 0) if corners > 0 => Some(ShapeKind::TurnedBox),
        (_, 0, 0) => None,
        _ => Some(ShapeKind::Polygon),
    }
}

pub(super) fn read(path: &Path, hints: &Hints, shape: ShapeKind) -> Result<Read, ExchangeError> {
    let Some(layout) = found(path) else {
        return Err(malformed(
            path,
            "no label file found, expected data.yaml with labels/**/*.txt or */labels/*.txt, or *.txt beside images",
        ));
    };
    let settings = &layout.settings;
    let mut warnings = settings.warnings.clone();
    if settings.names.is_empty() {
        warnings.push("no class names found, using \"class 0\", \"class 1\" and so on".to_owned());
    }
    let mut pictures = Vec::new();
    let (mut unknown, mut skipped, mut quads, mut beyond) = (Vec::new(), 0, 0, 0);
    for file in &layout.files {
        let text = inputs::read(&file.path, InputKind::Labels)
            .map_err(TextError::from)
            .and_then(|bytes| text_in(&bytes));
        let text = match text {
            Ok(text) => text,
            Err(err) => {
                warnings.push(format!("{err}, its labels were skipped: {}", file.path.display()));
                continue;
            }
        };
        warnings.extend(doubt(&text, &file.path));
        let size = file.image.as_deref().and_then(Image::size_of_file).or(hints.size);
        let pixels = text.text.lines().filter(|line| !line.trim().is_empty()).all(is_dota);
        let Some(size) = size.or_else(|| pixels.then_some((0, 0))) else {
            unknown.push(&file.path);
            continue;
        };
        let mut items = Vec::new();
        for (number, line) in
            text.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !is_header(line))
        {
            match item_of(line, shape, settings, size) {
                Ok(item) => {
                    beyond += usize::from(size != (0, 0) && at_border(&item.shape, size) != Fate::Within);
                    quads +=
                        usize::from(shape != ShapeKind::TurnedBox && line.split_whitespace().count() == 9);
                    items.push(item);
                }
                Err(why) => {
                    skipped += 1;
                    if skipped <= NAMED {
                        warnings.push(format!(
                            "line {} was skipped, {why}: {}",
                            number + 1,
                            file.path.display()
                        ));
                    }
                }
            }
        }
        let size = Some(size).filter(|size| *size != (0, 0));
        let sample = SampleRef { frame: pictures.len(), time: None, file: file.name.clone(), size };
        pictures.push(Picture { sample, items });
    }
    if skipped > NAMED {
        warnings.push(format!("{} more lines were skipped", skipped - NAMED));
    }
    if let Some(first) = unknown.first() {
        if pictures.is_empty() {
            return Err(malformed(
                first,
                "the size of its image is unknown, put the images into images/ beside labels/",
            ));
        }
        warnings.push(format!(
            "{} label files have no image whose size is known and were skipped, such as {}",
            unknown.len(),
            first.display()
        ));
    }
    if quads > 0 && shape != ShapeKind::Keypoints {
        warnings.push(format!(
            "{} beside the others; format yolo_obb reads rotated boxes",
            agreeing(
                quads,
                "line of four corners was read as a polygon",
                "lines of four corners were read as polygons"
            )
        ));
    }
    if beyond > 0 {
        warnings.push(format!(
            "{} beyond the image and kept, Ultralytics cuts boxes at its edge and leaves out images with numbers beyond 0 to 1",
            agreeing(beyond, "label reaches", "labels reach")
        ));
    }
    let classes = settings.classes();
    let bundle = Bundle::from_pictures(&classes, pictures);
    let unnamed =
        bundle.labels.iter().filter(|label| !classes.iter().any(|name| label.class == *name)).count();
    if unnamed > 0 && !classes.is_empty() {
        warnings.push(agreeing(
            unnamed,
            "label has a class number for which there is no name",
            "labels have class numbers for which there is no name",
        ));
    }
    Ok(Read { bundle, warnings })
}
