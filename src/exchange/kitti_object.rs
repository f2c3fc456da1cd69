//! KITTI's object labels: a text file for each image, fifteen columns (Geiger et al., CVPR 2012).
#![expect(clippy::format_push_string, reason = "lines of a file are put together one after the other")]

use std::path::Path;

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{State, Value};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::losses::Holds;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, files_in, malformed, text_of, write_file};

/// A folder with `label_2`.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "kitti",
    title: "KITTI objects",
    holds: Holds { shapes: &[ShapeKind::Box], occluded: true, spaces: false, ..Holds::NOTHING },
    one_file: None,
    pictures: Some("image_2"),
    accepts: |path| path.join("label_2").is_dir(),
    read,
    write,
};

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let folder =
        Some(path.join("label_2")).filter(|folder| folder.is_dir()).unwrap_or_else(|| path.to_owned());
    let files = files_in(&folder, "txt")?;
    if files.is_empty() {
        return Err(malformed(path, "no label file found, expected a folder with label_2/*.txt"));
    }
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    for (frame, file) in files.iter().enumerate() {
        let mut items = Vec::new();
        for (number, line) in text_of(file)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // A class may be two words, unlike DontCare.
            let words: Vec<&str> = line.split_whitespace().collect();
            let numbers: Vec<f32> = words.iter().skip(1).filter_map(|word| word.parse().ok()).collect();
            let bounds = numbers.get(3..7).map(|n| Box2 { x0: n[0], y0: n[1], x1: n[2], y1: n[3] });
            let Some(bounds) = bounds.filter(|b| b.valid() && words.len() >= 8) else {
                warnings.push(format!("line {} has no box and was skipped: {}", number + 1, file.display()));
                continue;
            };
            let mut item = Item::new(words[0], Shape::Box(bounds));
            if numbers.get(1).is_some_and(|occluded| *occluded >= 1.0) {
                item.state = State::Occluded;
            }
            if let Some(truncated) = numbers.first().filter(|truncated| **truncated > 0.0) {
                item.attributes.insert("truncated".to_owned(), Value::Number(f64::from(*truncated)));
            }
            if let Some(score) = numbers.get(14) {
                item.attributes.insert("score".to_owned(), Value::Number(f64::from(*score)));
            }
            items.push(item);
        }
        let inside = file.strip_prefix(&folder).unwrap_or(file).with_extension("");
        let sample = SampleRef { frame, file: inside.to_string_lossy().into_owned(), ..SampleRef::default() };
        pictures.push(Picture { sample, items });
    }
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    for picture in bundle.pictures() {
        let mut text = String::new();
        for item in &picture.items {
            let Shape::Box(b) = &item.shape else { continue };
            let occluded = u8::from(item.state == State::Occluded);
            // Unknown 3D values are written like in the benchmark.
            text += &format!(
                "{} 0 {occluded} -10 {} {} {} {} -1 -1 -1 -1000 -1000 -1000 -10\n",
                item.class.replace(' ', "_"),
                b.x0,
                b.y0,
                b.x1,
                b.y1
            );
        }
        let file = Path::new(&picture.sample.file).with_extension("txt");
        write_file(&path.join("label_2").join(file), text.as_bytes())?;
    }
    Ok(())
}
