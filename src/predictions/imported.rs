//! Imported predictions, for models that cannot run here: COCO results, tables, JSON lines of `hardcase
//! predict`, and rows of probabilities.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;

use crate::base::files::folder_of;
use crate::base::inputs::{self, InputKind};
use crate::clips::Clip;
use crate::clips::cells::Cells;
use crate::clips::table::columns;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{ClassScore, NamedValue, Prediction, Task};
use crate::exchange::coco_file::{Annotation, Names};
use crate::exchange::coco_json::{self, Id};

/// The sample of a prediction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// A sample of a channel; "" is the only recording or channel.
    Sample { clip: String, channel: String, frame: usize },
    /// An image by the name of its file.
    File(String),
}

/// Predictions from a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Name of the file.
    pub name: String,
    /// Task of the predictions.
    pub task: Task,
    /// Classes, or names of values.
    pub labels: Vec<String>,
    answers: BTreeMap<Place, Prediction>,
}

/// Supported file extensions.
pub const ENDINGS: &[&str] = &["json", "jsonl", "csv", "parquet", "feather", "txt"];

/// True if this is a file of predictions and not a model.
pub fn is_one(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Reads predictions. COCO results refer to images and classes by number, which the file `images` defines.
pub fn read(path: &Path, images: Option<&Path>) -> anyhow::Result<Imported> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let answers = match ending.as_str() {
        "json" => coco(path, images),
        "jsonl" => lines(path),
        "csv" | "parquet" | "feather" => table(path),
        "txt" => rows(path),
        _ => Err(anyhow!("unknown file type of predictions, expected one of {}", ENDINGS.join(", "))),
    };
    let answers = answers.with_context(|| format!("could not read predictions: {}", path.display()))?;
    let task = answers.values().next().map(Prediction::task);
    let task = task.with_context(|| format!("the file has no predictions: {}", path.display()))?;
    if let Some(other) = answers.values().find(|answer| answer.task() != task) {
        bail!(
            "the file mixes predictions of several tasks ({:?} and {:?}), expected one: {}",
            task,
            other.task(),
            path.display()
        );
    }
    let mut labels = BTreeSet::new();
    for answer in answers.values() {
        match answer {
            Prediction::Classes { top } => labels.extend(top.iter().map(|class| class.class.clone())),
            Prediction::Objects { objects } => labels.extend(objects.iter().map(|o| o.class.clone())),
            Prediction::Values { values } => labels.extend(values.iter().map(|value| value.name.clone())),
            Prediction::Segments { segments } => labels.extend(segments.iter().map(|s| s.class.clone())),
            Prediction::Vector { .. } => {}
        }
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Imported { name, task, labels: labels.into_iter().collect(), answers })
}

/// The file that defines the numbers of COCO results: the only other file beside them with images and categories.
pub fn explained_by(path: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder_of(path)).ok()?;
    let other = |entry: PathBuf| {
        let explains =
            entry.file_name() != path.file_name() && entry.extension().is_some_and(|ending| ending == "json");
        let names = || coco_json::parsed::<Names>(&inputs::read(&entry, InputKind::Labels).ok()?).ok();
        (explains && names().is_some()).then_some(entry)
    };
    let mut found = entries.flatten().filter_map(|entry| other(entry.path()));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

impl Imported {
    /// Number of samples with a prediction.
    pub fn count(&self) -> usize {
        self.answers.len()
    }

    /// The predictions for a channel of a recording. A name missing in the file stands for this one.
    pub fn of(
        &self,
        name: &str,
        clip: &dyn Clip,
        (id, channel): (ChannelId, &str),
    ) -> BTreeMap<usize, Prediction> {
        let mut found = BTreeMap::new();
        let files: BTreeMap<String, usize> = (0..clip.times(id).len())
            .filter_map(|frame| Some((file_name(&clip.file(id, frame)?.to_string_lossy()), frame)))
            .collect();
        for (place, answer) in &self.answers {
            let frame = match place {
                Place::Sample { clip: of, channel: on, frame } => {
                    let named = |wanted: &str, own: &str| wanted.is_empty() || wanted == own;
                    let here = named(of, name) || *of == clip.info().name;
                    (here && named(on, channel)).then_some(*frame)
                }
                Place::File(file) => files.get(&file_name(file)).copied(),
            };
            if let Some(frame) = frame.filter(|frame| *frame < clip.times(id).len()) {
                found.insert(frame, answer.clone());
            }
        }
        // A table has no row for a sample without objects, so a channel in it is predicted as a whole.
        if self.task == Task::Objects && !found.is_empty() {
            for frame in 0..clip.times(id).len() {
                found.entry(frame).or_insert_with(|| Prediction::Objects { objects: Vec::new() });
            }
        }
        found
    }

    /// Kind of channel for the predictions: point clouds if every box is a cuboid.
    pub fn kind(&self) -> ChannelKind {
        let mut objects = self.answers.values().filter_map(|answer| {
            let Prediction::Objects { objects } = answer else { return None };
            objects.first()
        });
        if objects.next().is_some_and(|object| object.solid.is_some()) {
            ChannelKind::Points
        } else {
            ChannelKind::Camera
        }
    }
}

fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

/// COCO results; images without a detection have an empty prediction.
fn coco(path: &Path, images: Option<&Path>) -> anyhow::Result<BTreeMap<Place, Prediction>> {
    let results: Vec<Annotation> = coco_json::parsed(&inputs::read(path, InputKind::Labels)?)
        .context("expected a list of COCO results (image_id, category_id, bbox, score)")?;
    let images = images.ok_or_else(|| {
        anyhow!("COCO results refer to images and classes by number, add the annotation file that defines them with --images")
    })?;
    let names: Names = inputs::read(images, InputKind::Labels)
        .map_err(anyhow::Error::from)
        .and_then(|text| Ok(coco_json::parsed(&text)?))
        .with_context(|| format!("expected images and categories of COCO in {}", images.display()))?;
    let files: BTreeMap<&Id, &str> =
        names.images.iter().map(|image| (&image.id, image.file_name.as_str())).collect();
    let classes: BTreeMap<&Id, &str> =
        names.categories.iter().map(|category| (&category.id, category.name.as_str())).collect();
    let mut found: BTreeMap<Place, Vec<Detection>> =
        files.values().map(|file| (Place::File((*file).to_owned()), Vec::new())).collect();
    for one in &results {
        let file = files.get(&one.image_id).ok_or_else(|| {
            anyhow!("image_id {} is not among the images of {}", one.image_id, images.display())
        })?;
        let class = classes.get(&one.category_id).ok_or_else(|| {
            anyhow!("category_id {} is not among the categories of {}", one.category_id, images.display())
        })?;
        let missing = |part: &str| anyhow!("a result without {part} cannot be used here");
        let stated = one.bbox().map(|n| {
            let [x, y, w, h] = n.map(|number| number as f32);
            Box2 { x0: x, y0: y, x1: x + w, y1: y + h }
        });
        let bbox = stated.or_else(|| one.shape(None)?.bounds()).ok_or_else(|| missing("bbox"))?;
        let score = one.score().ok_or_else(|| missing("score"))? as f32;
        let place = Place::File((*file).to_owned());
        found.entry(place).or_default().push(Detection::flat((*class).to_owned(), score, bbox));
    }
    Ok(found.into_iter().map(|(place, objects)| (place, best_first(objects))).collect())
}

fn best_first(mut objects: Vec<Detection>) -> Prediction {
    objects.sort_by(|a, b| b.score.total_cmp(&a.score));
    Prediction::Objects { objects }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    clip: String,
    #[serde(default)]
    channel: String,
    frame: usize,
    prediction: Prediction,
}

fn lines(path: &Path) -> anyhow::Result<BTreeMap<Place, Prediction>> {
    let text = inputs::read_text(path, InputKind::Labels)?;
    let line = |(number, line): (usize, &str)| -> anyhow::Result<(Place, Prediction)> {
        let Line { clip, channel, frame, prediction } =
            serde_json::from_str(line).with_context(|| format!("line {}", number + 1))?;
        Ok((Place::Sample { clip, channel, frame }, prediction))
    };
    text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(line).collect()
}

/// A table with one row for each object, class or value: the sample (clip, channel and frame, or the file of the image), class or
/// name, score or value, and for objects x0, y0, x1, y1 or x, y, z, length, width, height, yaw.
fn table(path: &Path) -> anyhow::Result<BTreeMap<Place, Prediction>> {
    let columns = columns(path)?;
    let named = |names: &[&str]| {
        columns.iter().find(|(name, _)| names.contains(&name.to_lowercase().as_str())).map(|(_, cells)| cells)
    };
    let (clips, channels) = (named(&["clip"]), named(&["channel"]));
    let (frames, files) =
        (named(&["frame", "index"]), named(&["file", "file_name", "filename", "image", "path"]));
    let class = named(&["class", "label", "category", "name"]);
    let score = named(&["score", "confidence", "probability", "value"]);
    let (Some(class), Some(score)) = (class, score) else {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        bail!("expected columns class and score, found {}", names.join(", "));
    };
    if frames.is_none() && files.is_none() {
        bail!("expected a column frame (with clip and channel) or file");
    }
    let flat = ["x0", "y0", "x1", "y1"].map(|name| named(&[name]));
    let upright = ["x", "y", "z", "length", "width", "height", "yaw"].map(|name| named(&[name]));
    // The columns may be there for other predictions and be empty.
    let placed = |cells: &[Option<&Cells>]| {
        cells.iter().all(Option::is_some)
            && cells
                .first()
                .copied()
                .flatten()
                .is_some_and(|cells| (0..cells.rows()).any(|row| cells.number(row).is_some()))
    };
    let objects = placed(&flat) || placed(&upright);
    let (mut found, mut numbers) = (BTreeMap::<Place, Vec<Detection>>::new(), BTreeMap::new());
    for row in 0..class.rows() {
        let text = |cells: Option<&Cells>| cells.map_or_else(String::new, |cells| cells.text(row));
        let place = match frames.and_then(|frames| frames.number(row)) {
            Some(frame) if frame >= 0.0 => {
                Place::Sample { clip: text(clips), channel: text(channels), frame: frame as usize }
            }
            _ => {
                let file = text(files);
                if file.is_empty() {
                    bail!("row {} has neither frame nor file", row + 2);
                }
                Place::File(file)
            }
        };
        let (name, value) = (class.text(row), score.number(row));
        let value = value.ok_or_else(|| anyhow!("row {} has no number in the score column", row + 2))?;
        if objects {
            found.entry(place).or_default().extend(object(row, &name, value as f32, flat, upright));
        } else {
            numbers.entry(place).or_insert_with(Vec::new).push((name, value as f32));
        }
    }
    if objects {
        return Ok(found.into_iter().map(|(place, objects)| (place, best_first(objects))).collect());
    }
    // Probabilities are never negative, and those of one sample add up to at most one.
    let sums_to_one = |all: &Vec<(String, f32)>| {
        all.iter().all(|(_, value)| (0.0..=1.0).contains(value))
            && all.iter().map(|(_, v)| v).sum::<f32>() < 1.01
    };
    let classes = numbers.values().all(sums_to_one);
    Ok(numbers.into_iter().map(|(place, all)| (place, numbered(all, classes))).collect())
}

fn object(
    row: usize,
    class: &str,
    score: f32,
    flat: [Option<&Cells>; 4],
    upright: [Option<&Cells>; 7],
) -> Option<Detection> {
    let number = |cells: Option<&Cells>| cells.and_then(|cells| cells.number(row)).map(|value| value as f32);
    let solid: Option<Vec<f32>> = upright.iter().map(|cells| number(*cells)).collect();
    if let Some(&[x, y, z, length, width, height, yaw]) = solid.as_deref() {
        let solid = Solid { center: [x, y, z], size: [length, width, height], yaw };
        return Some(Detection::upright(class.to_owned(), score, solid));
    }
    let edges: Option<Vec<f32>> = flat.iter().map(|cells| number(*cells)).collect();
    let &[x0, y0, x1, y1] = edges.as_deref()? else { return None };
    Some(Detection::flat(class.to_owned(), score, Box2 { x0, y0, x1, y1 }))
}

fn numbered(mut all: Vec<(String, f32)>, classes: bool) -> Prediction {
    if classes {
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        let top = all.into_iter().map(|(class, score)| ClassScore { class, score });
        return Prediction::Classes { top: top.collect() };
    }
    let value = |(name, value)| NamedValue { name, value, unit: String::new(), lateral: false };
    Prediction::Values { values: all.into_iter().map(value).collect() }
}

/// One line per sample, in order: an optional prediction and a probability for each class, like CheckList's prediction
/// files (Ribeiro et al., ACL 2020). Class names are their indexes.
fn rows(path: &Path) -> anyhow::Result<BTreeMap<Place, Prediction>> {
    let text = inputs::read_text(path, InputKind::Labels)?;
    let numbers = |(at, line): (usize, &str)| -> anyhow::Result<Vec<f32>> {
        let numbers: Result<Vec<f32>, _> = line.split_whitespace().map(str::parse::<f32>).collect();
        numbers.with_context(|| format!("line {} has a value that is not a number", at + 1))
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut rows = lines.map(numbers).collect::<anyhow::Result<Vec<Vec<f32>>>>()?;
    let width = rows.first().map_or(0, Vec::len);
    if let Some((at, row)) = rows.iter().enumerate().find(|(_, row)| row.len() != width) {
        bail!("line {} has {} numbers, expected {width} as in the lines before", at + 1, row.len());
    }
    // A prediction precedes the probabilities if these, and not the whole line, add up to one.
    let one = |numbers: &[f32]| (numbers.iter().sum::<f32>() - 1.0).abs() < 0.02;
    let probabilities = |row: &Vec<f32>| row.get(1..).unwrap_or_default().to_vec();
    if width > 2 && !rows.iter().all(|row| one(row)) && rows.iter().all(|row| one(&probabilities(row))) {
        rows = rows.iter().map(probabilities).collect();
    }
    let share = |number: f32| (0.0..=1.0).contains(&number);
    let whole = |number: f32| number >= 0.0 && number.fract() == 0.0;
    // One number that is not a class is the probability of class 1; a class with its probability does not add up to one.
    let sure =
        rows.iter().all(|row| matches!(row[..], [p] if share(p))) && rows.iter().any(|row| !whole(row[0]));
    let pairs = rows.iter().all(|row| matches!(row[..], [class, p] if whole(class) && share(p)))
        && !rows.iter().all(|row| one(row));
    let answer = |(frame, row): (usize, Vec<f32>)| {
        let answer = if let ([p], true) = (&row[..], sure) {
            numbered(vec![("0".to_owned(), 1.0 - p), ("1".to_owned(), *p)], true)
        } else if let ([class, score], true) = (&row[..], pairs) {
            Prediction::Classes { top: vec![ClassScore { class: format!("{class}"), score: *score }] }
        } else if let [only] = row[..] {
            Prediction::Classes { top: vec![ClassScore { class: format!("{only}"), score: 1.0 }] }
        } else {
            numbered(row.into_iter().enumerate().map(|(at, score)| (at.to_string(), score)).collect(), true)
        };
        (sample(frame), answer)
    };
    Ok(rows.into_iter().enumerate().map(answer).collect())
}

fn sample(frame: usize) -> Place {
    Place::Sample { clip: String::new(), channel: String::new(), frame }
}
