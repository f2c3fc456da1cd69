//! MOT Challenge ground truth: one line for each object on each frame, frames and pixels counted from one.
#![expect(clippy::format_collect, reason = "lines of a file are put together one after the other")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::image::Image;
use crate::data::labels::label::{State, Value};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::files::is_image;
use crate::exchange::losses::Holds;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, malformed, text_with, write_below};

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
const HALF: f64 = 0.5;

fn file_of(path: &Path) -> Option<PathBuf> {
    [path.to_owned(), path.join("gt/gt.txt"), path.join("gt.txt")].into_iter().find(|file| file.is_file())
}

/// Classes of objects without a number for it: the challenge of 2015 has pedestrians only.
const PEDESTRIAN: &str = "pedestrian";

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let file = file_of(path).ok_or_else(|| malformed(path, "gt/gt.txt is missing"))?;
    let mut warnings = Vec::new();
    let list = file.with_file_name("labels.txt");
    let list = if list.is_file() { text_with(&list, &mut warnings)? } else { String::new() };
    let names: Vec<String> = list.lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect();
    let text = text_with(&file, &mut warnings)?;
    let rows: Vec<(usize, Vec<f64>)> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| {
            let parts = line.split([',', ';']).map(str::trim);
            (number, parts.map_while(|part| part.parse().ok().filter(|n: &f64| n.is_finite())).collect())
        })
        .collect();
    let classes = Classes::of(&rows, &names);
    let mut pictures: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    for (number, numbers) in &rows {
        let (Some([frame, id, x, y, w, h]), true) =
            (numbers.get(..6).and_then(|n| <[f64; 6]>::try_from(n).ok()), numbers.first() >= Some(&1.0))
        else {
            warnings.push(format!("line {} is not \"frame,id,x,y,w,h,…\" and was skipped", number + 1));
            continue;
        };
        let class = match (classes, numbers.get(7)) {
            (Classes::Numbers, Some(class)) => {
                let name = names.get((*class as usize).wrapping_sub(1)).filter(|_| *class >= 1.0);
                name.cloned().unwrap_or_else(|| format!("class {class}"))
            }
            (Classes::World | Classes::None, _) if names.len() == 1 => names.concat(),
            _ => PEDESTRIAN.to_owned(),
        };
        let (x, y) = (x - 1.0, y - 1.0);
        let bounds = Box2 { x0: x as f32, y0: y as f32, x1: (x + w) as f32, y1: (y + h) as f32 };
        let shape = Shape::Box(bounds);
        if !shape.valid() {
            warnings.push(format!("the box of line {} is empty and was skipped", number + 1));
            continue;
        }
        // Detections have no object: -1.
        let object = if id < 0.0 { 0 } else { id as u64 + 1 };
        let mut item = Item { object, ..Item::new(&class, shape) };
        if let (Classes::Numbers, Some(visible)) = (classes, numbers.get(8))
            && (0.0..=HALF).contains(visible)
        {
            item.state = State::Occluded;
        }
        match numbers.get(6) {
            // Ignored in the challenge.
            Some(0.0) => drop(item.attributes.insert("ignored".to_owned(), Value::Flag(true))),
            Some(score) if score.fract() != 0.0 => {
                item.attributes.insert("score".to_owned(), Value::Number(*score));
            }
            _ => {}
        }
        pictures.entry(frame as usize - 1).or_default().push(item);
    }
    if classes == Classes::World
        && rows
            .iter()
            .any(|(_, row)| row.get(7..).is_some_and(|place| place.iter().any(|n| (n + 1.0).abs() > 0.0)))
    {
        warnings.push("the last three columns are places in the world, which were not read".to_owned());
    }
    let sequence = Sequence::beside(&file, hints);
    let sample =
        |frame: usize| SampleRef { frame, time: None, file: sequence.image(frame), size: sequence.size };
    let pictures =
        pictures.into_iter().map(|(frame, items)| Picture { sample: sample(frame), items }).collect();
    Ok(Read { bundle: Bundle::from_pictures(&names, pictures), warnings })
}

/// Meaning of the columns behind the seventh.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Classes {
    /// There are none.
    None,
    /// Class and visibility, as in the ground truth since 2016.
    Numbers,
    /// A place in the world, as in 2015 and in detections: x, y, z.
    World,
}

impl Classes {
    fn of(rows: &[(usize, Vec<f64>)], names: &[String]) -> Self {
        let longest = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        let numbered = |row: &Vec<f64>| {
            let class = row.get(7).is_none_or(|class| *class >= 1.0 && class.fract() == 0.0);
            let visible = row.get(8).is_none_or(|visible| (-1.0..=1.0).contains(visible));
            class && visible
        };
        match longest {
            0..=7 => Self::None,
            8 | 9 => Self::Numbers,
            // Some tools add a column to class and visibility.
            _ if !names.is_empty() && rows.iter().all(|(_, row)| numbered(row)) => Self::Numbers,
            _ => Self::World,
        }
    }
}

/// Facts about the frames from `seqinfo.ini` and the folder of images.
struct Sequence {
    size: Option<(u32, u32)>,
    /// Folder of the images and their ending, if they are there.
    images: Option<String>,
}

impl Sequence {
    fn beside(file: &Path, hints: &Hints) -> Self {
        let folder = file.parent().unwrap_or_else(|| Path::new(""));
        let root = if folder.file_name().is_some_and(|name| name == "gt") {
            folder.parent().unwrap_or(folder)
        } else {
            folder
        };
        let ini = inputs::read_text(root.join("seqinfo.ini"), InputKind::Labels).unwrap_or_default();
        let value = |key: &str| {
            let pairs = ini.lines().filter_map(|line| line.split_once('='));
            pairs
                .into_iter()
                .find(|(name, _)| name.trim().eq_ignore_ascii_case(key))
                .map(|(_, value)| value.trim().to_owned())
        };
        let images = root.join(value("imDir").unwrap_or_else(|| "img1".to_owned()));
        let first = visible_in(&images).unwrap_or_default().into_iter().find(|image| is_image(image));
        let stated = value("imWidth")
            .zip(value("imHeight"))
            .and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let size = stated.or_else(|| first.as_deref().and_then(Image::size_of_file)).or(hints.size);
        let ending = first.and_then(|image| image.extension().map(|ext| ext.to_string_lossy().into_owned()));
        Self { size, images: ending }
    }

    /// The image of a frame, "" if there are none. Images are counted from one.
    fn image(&self, frame: usize) -> String {
        self.images.as_ref().map_or_else(String::new, |ending| format!("{:06}.{ending}", frame + 1))
    }
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
    write_below(path, Path::new("gt/gt.txt"), text.as_bytes())?;
    let names: String = classes.iter().map(|name| format!("{name}\n")).collect();
    write_below(path, Path::new("gt/labels.txt"), names.as_bytes())
}
