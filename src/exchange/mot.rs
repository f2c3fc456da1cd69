//! MOT Challenge ground truth: one line for each object on each frame, frames and pixels counted from one.
#![expect(clippy::format_collect, reason = "lines of a file are put together one after the other")]

use std::path::{Path, PathBuf};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{State, Value};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::losses::Holds;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, malformed, text_of, write_file};

/// A folder with `gt/gt.txt` and `gt/labels.txt`, or the file alone.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "mot",
    title: "MOT",
    holds: Holds { shapes: &[ShapeKind::Box], tracks: true, occluded: true, gaps: true, ..Holds::NOTHING },
    one_file: None,
    pictures: Some("img1"),
    accepts: |path| file_of(path).is_some_and(|file| file.ends_with("gt/gt.txt") || file.ends_with("gt.txt")),
    read,
    write,
};

/// Visibility written for occluded objects, and below which objects are read as occluded.
const HALF: f32 = 0.5;

fn file_of(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("gt/gt.txt"), path.join("gt.txt")].into_iter().find(|file| file.is_file())
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let file = file_of(path).ok_or_else(|| malformed(path, "gt/gt.txt is missing"))?;
    let names = file.with_file_name("labels.txt");
    let names: Vec<String> = std::fs::read_to_string(names)
        .unwrap_or_default()
        .lines()
        .map(|l| l.trim().to_owned())
        .filter(|l| !l.is_empty())
        .collect();
    let (mut pictures, mut warnings): (std::collections::BTreeMap<usize, Vec<Item>>, Vec<String>) =
        Default::default();
    for (number, line) in text_of(&file)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let numbers: Vec<f32> = line.split(',').map_while(|part| part.trim().parse().ok()).collect();
        let (Some([frame, id, x, y, w, h]), true) =
            (numbers.get(..6).and_then(|n| <[f32; 6]>::try_from(n).ok()), numbers.first() >= Some(&1.0))
        else {
            warnings.push(format!("line {} is not \"frame,id,x,y,w,h,…\" and was skipped", number + 1));
            continue;
        };
        let class = numbers.get(7).copied().unwrap_or(1.0);
        let class = names
            .get((class as usize).saturating_sub(1))
            .cloned()
            .unwrap_or_else(|| format!("class {class}"));
        let shape = Shape::Box(Box2 { x0: x - 1.0, y0: y - 1.0, x1: x - 1.0 + w, y1: y - 1.0 + h });
        if !shape.valid() {
            warnings.push(format!("the box of line {} is empty and was skipped", number + 1));
            continue;
        }
        let mut item = Item { object: id.max(0.0) as u64, ..Item::new(&class, shape) };
        if numbers.get(8).is_some_and(|visible| *visible <= HALF) && numbers.get(8) != Some(&-1.0) {
            item.state = State::Occluded;
        }
        // Ignored in the challenge.
        if numbers.get(6) == Some(&0.0) {
            item.attributes.insert("ignored".to_owned(), Value::Flag(true));
        }
        pictures.entry(frame as usize - 1).or_default().push(item);
    }
    let pictures = pictures
        .into_iter()
        .map(|(frame, items)| Picture { sample: SampleRef { frame, ..SampleRef::default() }, items })
        .collect();
    Ok(Read { bundle: Bundle::from_pictures(&names, pictures), warnings })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let mut lines: Vec<(usize, u64, String)> = Vec::new();
    for picture in bundle.pictures() {
        for item in &picture.items {
            let Shape::Box(b) = &item.shape else { continue };
            let class = classes.iter().position(|name| item.class == *name).unwrap_or(0) + 1;
            let visible = if item.state == State::Occluded { HALF } else { 1.0 };
            let line = format!(
                "{},{},{},{},{},{},1,{class},{visible}\n",
                picture.sample.frame + 1,
                item.object,
                b.x0 + 1.0,
                b.y0 + 1.0,
                b.x1 - b.x0,
                b.y1 - b.y0
            );
            lines.push((picture.sample.frame, item.object, line));
        }
    }
    lines.sort();
    let text: String = lines.into_iter().map(|(_, _, line)| line).collect();
    write_file(&path.join("gt/gt.txt"), text.as_bytes())?;
    let names: String = classes.iter().map(|name| format!("{name}\n")).collect();
    write_file(&path.join("gt/labels.txt"), names.as_bytes())
}
