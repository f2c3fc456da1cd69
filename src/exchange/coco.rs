//! COCO: boxes, polygons, run lengths and keypoints by image, as defined on the data set's format page. An annotation is
//! one object, of as many shapes as it has.
#![expect(clippy::wildcard_enum_match_arm, reason = "a value of another type counts as absent")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::base::text::agreeing;
use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::data::labels::label::{Attributes, Source, State, Value};
use crate::data::labels::ontology::Word;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::coco_file::{self, Annotation, File, Image, Labels};
use crate::exchange::coco_json::Id;
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, coco_folder, coco_panoptic, has_extension, head, rle,
    write_json,
};

/// Instances, keypoints and lists of results in one JSON file.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "coco",
    title: "COCO",
    holds: Holds {
        shapes: &[ShapeKind::Box, ShapeKind::Polygon, ShapeKind::Mask, ShapeKind::Keypoints],
        several: Several::Instance,
        tracks: true,
        occluded: true,
        gaps: true,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: Some("instances.json"),
    pictures: Some("images"),
    accepts,
    read,
    write,
};

fn accepts(path: &Path) -> bool {
    let looks = |head: &str| {
        let has = |word: &str| head.contains(&format!("\"{word}\""));
        (has("images") && (has("file_name") || has("categories"))) || (has("image_id") && has("category_id"))
    };
    if path.is_dir() {
        return !coco_folder::files(path, accepts).read.is_empty();
    }
    has_extension(path, "json") && looks(&head(path))
}

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    if path.is_dir() {
        return coco_folder::read(path, &coco_folder::files(path, accepts), hints, read);
    }
    if coco_panoptic::is_panoptic(path) {
        return coco_panoptic::read(path);
    }
    let mut warnings = Vec::new();
    let whole = match coco_file::read(path)? {
        File::Labels(whole) => {
            let texts = whole.images.iter().filter(|image| number_of(&image.id).is_none()).count();
            if texts > 0 {
                warnings.push(format!(
                    "{} ids that are no numbers; images are found by their file names, an export to COCO numbers them",
                    agreeing(texts, "image has", "images have")
                ));
            }
            whole
        }
        File::Results(annotations) => results(annotations),
    };
    let mut classes: BTreeMap<Id, String> = BTreeMap::new();
    let mut bundle_words = Vec::new();
    for category in &whole.categories {
        classes.insert(category.id.clone(), category.name.clone());
        if bundle_words.iter().any(|word: &Word| word.name == category.name) {
            continue;
        }
        bundle_words.push(Word {
            number: number_of(&category.id),
            points: category.keypoints.clone(),
            lines: category
                .skeleton
                .iter()
                .filter_map(|[a, b]| Some([a.checked_sub(1)?, b.checked_sub(1)?]))
                .collect(),
            ..category.name.as_str().into()
        });
    }
    let mut at: BTreeMap<Id, usize> = BTreeMap::new();
    let mut pictures: Vec<Picture> = Vec::new();
    let mut numbers = BTreeMap::new();
    // Frames of several videos in one file may have the same number.
    let frames: BTreeSet<usize> = whole.images.iter().filter_map(|image| image.frame).collect();
    let framed = frames.len() == whole.images.len();
    for image in whole.images {
        if at.insert(image.id.clone(), pictures.len()).is_some() {
            warnings.push(format!("two images have the id {}", image.id));
        }
        let size = (image.width > 0 && image.height > 0).then_some((image.width, image.height));
        let frame = image.frame.filter(|_| framed).unwrap_or(pictures.len());
        numbers.extend(number_of(&image.id).map(|number| (frame, number)));
        let file = if image.file_name.is_empty() { image.id.to_string() } else { image.file_name };
        let sample = SampleRef { frame, time: None, file, size };
        pictures.push(Picture { sample, items: Vec::new() });
    }
    let mut skipped = Skipped { all: whole.annotations.len(), ..Skipped::default() };
    for annotation in whole.annotations {
        let Some(picture) = at.get(&annotation.image_id).and_then(|at| pictures.get_mut(*at)) else {
            skipped.strange += 1;
            continue;
        };
        let class = classes
            .get(&annotation.category_id)
            .cloned()
            .unwrap_or_else(|| format!("class {}", annotation.category_id));
        skipped.outlines += annotation.strange(picture.sample.size);
        match item_of(&annotation, &class, picture.sample.size) {
            Some(item) => {
                skipped.repaired += usize::from(annotation.has_nan());
                let again = |other: &Item| item.object != 0 && other.object == item.object;
                skipped.twice += usize::from(picture.items.iter().any(again));
                picture.items.push(item);
            }
            None if annotation.has_nan() => skipped.nan += 1,
            None => skipped.empty += 1,
        }
    }
    warnings.extend(skipped.told());
    let mut bundle = Bundle { numbers, ..Bundle::from_pictures(&[], pictures) };
    bundle.end_at_gaps();
    let seen = std::mem::take(&mut bundle.ontology.classes);
    bundle.ontology.classes = bundle_words;
    for word in seen {
        bundle.know_class(&word.name);
    }
    Ok(Read { bundle, warnings })
}

/// The parts of a file that could not be read, by reason.
#[derive(Default)]
struct Skipped {
    /// Annotations of the file.
    all: usize,
    strange: usize,
    empty: usize,
    nan: usize,
    /// Annotations that were read without some of their numbers.
    repaired: usize,
    /// Polygons and masks of annotations that were read without them.
    outlines: usize,
    /// Annotations with the track of another on their image.
    twice: usize,
}

impl Skipped {
    fn told(&self) -> Vec<String> {
        let sentences = [
            (self.strange, "annotations refer to images that the file does not list and were skipped"),
            (self.empty, "annotations have neither a box nor a polygon of a size and were skipped"),
            (self.nan, "annotations have a shape of numbers that are none (NaN) and were skipped"),
            (self.repaired, "annotations have numbers that are none (NaN) and were read without them"),
            (
                self.twice,
                "annotations have the track_id of another on their image and became objects of their own",
            ),
            (
                self.outlines,
                "polygons or masks are not valid (fewer than three corners, no numbers, another size) and were left out",
            ),
        ];
        let told = sentences.iter().filter(|(count, _)| *count > 0);
        let mut told: Vec<String> = told.map(|(count, what)| format!("{count} {what}")).collect();
        let lost = self.strange + self.empty + self.nan;
        if lost > 0 {
            told.push(format!("{} of {} annotations were read", self.all - lost, self.all));
        }
        told
    }
}

fn number_of(id: &Id) -> Option<i64> {
    match id {
        Id::Number(number) => Some(*number),
        // A number in quotation marks is the same number.
        Id::Text(text) => text.parse().ok().filter(|number: &i64| number.to_string() == *text),
    }
}

/// A list of results names images and classes by id only.
fn results(annotations: Vec<Annotation>) -> Labels {
    let mut ids: Vec<Id> = Vec::new();
    for annotation in &annotations {
        if !ids.contains(&annotation.image_id) {
            ids.push(annotation.image_id.clone());
        }
    }
    let images = ids
        .into_iter()
        .map(|id| {
            let frame = match &id {
                Id::Number(number) => usize::try_from(*number).ok(),
                Id::Text(_) => None,
            };
            Image { file_name: id.to_string(), id, width: 0, height: 0, frame }
        })
        .collect();
    Labels { images, annotations, categories: Vec::new() }
}

/// The object of an annotation; `None` without a shape.
fn item_of(annotation: &Annotation, class: &str, size: Option<(u32, u32)>) -> Option<Item> {
    let shape = annotation.shape(size)?;
    let mut attributes: Attributes = annotation
        .attributes()
        .filter_map(|(name, value)| Some((name.clone(), serde_json::from_value(value.clone()).ok()?)))
        .collect();
    let state = match attributes.remove("occluded") {
        Some(Value::Flag(true)) => State::Occluded,
        _ => State::Visible,
    };
    for (name, set) in [(CROWD, annotation.is_crowd()), (IGNORE, annotation.is_ignored())] {
        if set {
            attributes.insert(name.to_owned(), Value::Flag(true));
        }
    }
    if let Some(score) = annotation.score() {
        attributes.insert(SCORE.to_owned(), Value::Number(score));
    }
    // The area of a box follows from it.
    let follows = |area: f64| matches!(shape, Shape::Box(_)) && (area - shape.area()).abs() < 1e-3;
    let source = Source {
        image: number_of(&annotation.image_id),
        annotation: annotation.id(),
        area: annotation.area().filter(|area| *area >= 0.0 && !follows(*area)),
    };
    let object = annotation.track().unwrap_or(0);
    Some(Item { object, state, attributes, source: Some(Box::new(source)), ..Item::new(class, shape) })
}

const CROWD: &str = "crowd";
const IGNORE: &str = "ignore";
const SCORE: &str = "score";

/// Numbers for things of a file: those that they had, if no two have the same, and free ones for the rest.
fn numbered(wanted: impl IntoIterator<Item = Option<i64>>) -> Vec<i64> {
    let wanted: Vec<Option<i64>> = wanted.into_iter().collect();
    let mut taken: BTreeSet<i64> = BTreeSet::new();
    let kept: Vec<Option<i64>> =
        wanted.into_iter().map(|wanted| wanted.filter(|number| taken.insert(*number))).collect();
    let mut next = 1;
    let mut free = || {
        while !taken.insert(next) {
            next += 1;
        }
        next
    };
    kept.into_iter().map(|number| number.unwrap_or_else(&mut free)).collect()
}

/// The number of an image: that of the file, or that which its labels name.
fn image_number(bundle: &Bundle, picture: &Picture) -> Option<i64> {
    let known = bundle.numbers.get(&picture.sample.frame).filter(|_| bundle.streams.len() == 1);
    let said = || picture.items.iter().find_map(|item| item.source.as_ref()?.image);
    known.copied().or_else(said)
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let word = |name: &String| bundle.ontology.class(name);
    let class_numbers = numbered(classes.iter().map(|name| word(name)?.number));
    let categories: Vec<Json> = classes
        .iter()
        .zip(&class_numbers)
        .map(|(name, number)| {
            let mut category = json!({ "id": number, "name": name, "supercategory": "" });
            if let Some(word) = word(name).filter(|word| !word.points.is_empty()) {
                let skeleton: Vec<[usize; 2]> = word.lines.iter().map(|[a, b]| [a + 1, b + 1]).collect();
                category["keypoints"] = json!(word.points);
                category["skeleton"] = json!(skeleton);
            }
            category
        })
        .collect();
    let pictures = bundle.pictures();
    let image_numbers = numbered(pictures.iter().map(|picture| image_number(bundle, picture)));
    let items = pictures.iter().flat_map(|picture| &picture.items);
    let mut own_numbers = numbered(items.map(|item| item.source.as_ref()?.annotation)).into_iter();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    let followed = super::bundle::followed(bundle);
    for (picture, image) in pictures.iter().zip(image_numbers) {
        let (width, height) = picture.sample.size.unwrap_or((0, 0));
        images.push(json!({
            "id": image, "file_name": picture.sample.file, "width": width, "height": height,
            "frame": picture.sample.frame,
        }));
        for (item, own) in picture.items.iter().zip(&mut own_numbers) {
            let class = classes.iter().position(|name| item.class == *name);
            let category = class.and_then(|at| class_numbers.get(at)).copied().unwrap_or(1);
            let mut annotation = annotation_json(item);
            annotation["id"] = json!(own);
            annotation["image_id"] = json!(image);
            annotation["category_id"] = json!(category);
            if followed.contains(&item.object) {
                annotation["track_id"] = json!(item.object);
            }
            annotations.push(annotation);
        }
    }
    write_json(
        path,
        &json!({ "info": { "description": "labels" }, "images": images, "annotations": annotations, "categories": categories }),
    )
}

/// The length of a side. Edges are stored with seven digits, which leave a trace in their difference: the decimal number
/// nearby is meant.
fn length(from: f32, to: f32) -> f64 {
    let length = f64::from(to) - f64::from(from);
    let decimal = (length * 1000.0).round() / 1000.0;
    let trace = f64::from(from.abs().max(to.abs())) * f64::from(f32::EPSILON);
    if (decimal - length).abs() <= trace { decimal } else { length }
}

/// An object without the numbers of its image and its class.
fn annotation_json(item: &Item) -> Json {
    let set = |name: &str| item.attributes.get(name) == Some(&Value::Flag(true));
    let b = item.shape.bounds().unwrap_or_default();
    let stated = item.source.as_ref().and_then(|source| source.area);
    let area = stated.unwrap_or_else(|| match item.shape.area() {
        area if area > 0.0 => area,
        _ => f64::from(b.width()) * f64::from(b.height()),
    });
    let mut annotation = json!({
        "id": 0, "image_id": 0, "category_id": 0, "iscrowd": u8::from(set(CROWD)),
        "bbox": [json!(b.x0), json!(b.y0), json!(length(b.x0, b.x1)), json!(length(b.y0, b.y1))], "area": area,
    });
    let mut outlines: Vec<Vec<f32>> = Vec::new();
    let mut mask = None;
    for shape in item.shape.shapes() {
        match shape {
            Shape::Polygon(points) => outlines.push(points.iter().flatten().copied().collect()),
            Shape::Mask(own) => {
                mask = Some(json!({ "size": [own.size[1], own.size[0]], "counts": rle::encoded(&own.runs) }));
            }
            Shape::Keypoints(points) => {
                let numbers: Vec<f32> = points.iter().flat_map(|p| [p.x, p.y, f32::from(p.seen)]).collect();
                annotation["num_keypoints"] = json!(points.iter().filter(|p| p.seen > 0).count());
                annotation["keypoints"] = json!(numbers);
            }
            _ => {}
        }
    }
    annotation["segmentation"] = mask.unwrap_or_else(|| json!(outlines));
    if let Some(Value::Number(score)) = item.attributes.get(SCORE) {
        annotation["score"] = json!(score);
    }
    if set(IGNORE) {
        annotation["ignore"] = json!(1);
    }
    let apart = |name: &str, value: &Value| match name {
        SCORE => matches!(value, Value::Number(_)),
        CROWD | IGNORE => *value == Value::Flag(true),
        _ => false,
    };
    let others = item.attributes.iter().filter(|(name, value)| !apart(name, value));
    let mut attributes: Map<String, Json> =
        others.map(|(name, value)| (name.clone(), json!(value))).collect();
    if item.state == State::Occluded {
        attributes.insert("occluded".to_owned(), json!(true));
    }
    if !attributes.is_empty() {
        annotation["attributes"] = Json::Object(attributes);
    }
    annotation
}
