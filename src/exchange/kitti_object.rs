//! KITTI's object labels: a text file for each image, fifteen columns (Geiger et al., CVPR 2012).
#![expect(clippy::format_push_string, reason = "lines of a file are put together one after the other")]

use std::path::{Path, PathBuf};

use crate::base::text::agreeing;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::image::Image;
use crate::data::labels::label::{State, Value};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::files::{Images, below, label_file};
use crate::exchange::losses::Holds;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, malformed, text_with, write_below,
};

/// A folder with `label_2`.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "kitti",
    title: "KITTI objects",
    holds: Holds { shapes: &[ShapeKind::Box], occluded: true, spaces: false, ..Holds::NOTHING },
    one_file: None,
    pictures: Some("image_2"),
    accepts: |path| root_of(path).join("label_2").is_dir(),
    read,
    write,
};

/// The folder that holds `label_2`: the given one, that inside of the whole benchmark, or the one around `label_2`.
fn root_of(path: &Path) -> PathBuf {
    let inside = path.join("training");
    if inside.join("label_2").is_dir() {
        return inside;
    }
    let around = path.parent().filter(|_| path.file_name().is_some_and(|name| name == "label_2"));
    around.unwrap_or(path).to_owned()
}

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let path = &root_of(path);
    let folder =
        Some(path.join("label_2")).filter(|folder| folder.is_dir()).unwrap_or_else(|| path.to_owned());
    let files = files_in(&folder, "txt")?;
    if files.is_empty() {
        return Err(malformed(path, "no label file found, expected a folder with label_2/*.txt"));
    }
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    let (mut images, mut spaces) = (Images::default(), 0);
    for file in &files {
        let text = match text_with(file, &mut warnings) {
            Ok(text) => text,
            Err(err) => {
                warnings.push(format!("the file was skipped: {err}"));
                continue;
            }
        };
        let mut items = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match item_of(line) {
                Ok((item, space)) => {
                    items.push(item);
                    spaces += usize::from(space);
                }
                Err(why) => {
                    warnings.push(format!("line {} {why} and was skipped: {}", number + 1, file.display()));
                }
            }
        }
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let inside = below(&folder, &file.with_file_name(&stem));
        let within = Path::new(&inside).parent().unwrap_or_else(|| Path::new(""));
        let image = images.find(&path.join("image_2").join(within), &stem);
        let size = image.as_deref().and_then(Image::size_of_file).or(hints.size);
        let name = image.map_or(inside, |image| below(&path.join("image_2"), &image));
        let sample = SampleRef { frame: pictures.len(), time: None, file: name, size };
        pictures.push(Picture { sample, items });
    }
    if spaces > 0 {
        warnings.push(format!(
            "{} a 3D box in camera coordinates too, which was not read; the 2D box was",
            agreeing(spaces, "object has", "objects have")
        ));
    }
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

/// Fault of a line, completing "line …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum LineFault {
    /// A number where the class should be.
    #[error("begins with no class")]
    NoClass,
    /// A word behind the first number.
    #[error("has a word among its numbers")]
    Word,
    /// More numbers than an object has.
    #[error("has {count} numbers, 14 or 15 expected,")]
    Count { count: usize },
    /// No box, or an empty one.
    #[error("has no box")]
    NoBox,
}

/// The object of a line, and true if it has a size in space. A class may be several words: it ends where the numbers
/// begin.
fn item_of(line: &str) -> Result<(Item, bool), LineFault> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let first = words.iter().position(|word| word.parse::<f32>().is_ok()).unwrap_or(words.len());
    let (class, rest) = words.split_at(first);
    if class.is_empty() {
        return Err(LineFault::NoClass);
    }
    let numbers: Option<Vec<f32>> =
        rest.iter().map(|word| word.parse().ok().filter(|n: &f32| n.is_finite())).collect();
    let numbers = numbers.ok_or(LineFault::Word)?;
    if numbers.len() > 15 {
        return Err(LineFault::Count { count: numbers.len() });
    }
    let bounds = numbers.get(3..7).map(|n| Box2 { x0: n[0], y0: n[1], x1: n[2], y1: n[3] });
    let bounds = bounds.filter(Box2::valid).ok_or(LineFault::NoBox)?;
    let mut item = Item::new(&class.join(" "), Shape::Box(bounds));
    // 1 is partly, 2 is largely, 3 is not known.
    if numbers.get(1).is_some_and(|occluded| (1.0..3.0).contains(occluded)) {
        item.state = State::Occluded;
    }
    if let Some(truncated) = numbers.first().filter(|truncated| **truncated > 0.0) {
        item.attributes.insert("truncated".to_owned(), Value::Number(f64::from(*truncated)));
    }
    if let Some(score) = numbers.get(14) {
        item.attributes.insert("score".to_owned(), Value::Number(f64::from(*score)));
    }
    Ok((item, numbers.get(7..10).is_some_and(|size| size.iter().all(|side| *side > 0.0))))
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
        let file = label_file(&picture.sample.file, "txt");
        write_below(path, &Path::new("label_2").join(file), text.as_bytes())?;
    }
    Ok(())
}
