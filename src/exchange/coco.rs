//! COCO: boxes, polygons, run lengths and keypoints by image, as defined on the data set's format page.
#![expect(clippy::wildcard_enum_match_arm, reason = "a value of another type counts as absent")]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Shape, ShapeKind};
use crate::data::labels::label::{Attributes, State, Value};
use crate::data::labels::ontology::Word;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::coco_file::{Annotation, Id, Image, Labels, Segmentation};
use crate::exchange::losses::Holds;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, has_extension, head, json_of, rle, write_json,
};

/// Instances, keypoints and lists of results in one JSON file.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "coco",
    title: "COCO",
    holds: Holds {
        shapes: &[ShapeKind::Box, ShapeKind::Polygon, ShapeKind::Mask, ShapeKind::Keypoints],
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
    has_extension(path, "json") && looks(&head(path))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Labels(Labels),
    Results(Vec<Annotation>),
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let mut warnings = Vec::new();
    let whole = match json_of::<File>(path) {
        Ok(File::Labels(whole)) => whole,
        Ok(File::Results(annotations)) => results(annotations),
        // Read again as the likelier of the two types, the error has a position.
        Err(_) if head(path).trim_start().starts_with('[') => results(json_of(path)?),
        Err(_) => json_of::<Labels>(path)?,
    };
    let mut classes: BTreeMap<Id, String> = BTreeMap::new();
    let mut bundle_words = Vec::new();
    for category in &whole.categories {
        classes.insert(category.id.clone(), category.name.clone());
        if bundle_words.iter().any(|word: &Word| word.name == category.name) {
            continue;
        }
        bundle_words.push(Word {
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
    for image in whole.images {
        if at.insert(image.id.clone(), pictures.len()).is_some() {
            warnings.push(format!("two images have the id {}", image.id));
        }
        let size = (image.width > 0 && image.height > 0).then_some((image.width, image.height));
        let frame = image.frame.unwrap_or(pictures.len());
        let file = if image.file_name.is_empty() { image.id.to_string() } else { image.file_name };
        let sample = SampleRef { frame, time: None, file, size };
        pictures.push(Picture { sample, items: Vec::new() });
    }
    let (mut strange, mut empty) = (0, 0);
    for annotation in whole.annotations {
        let Some(picture) = at.get(&annotation.image_id).and_then(|at| pictures.get_mut(*at)) else {
            strange += 1;
            continue;
        };
        let class = classes
            .get(&annotation.category_id)
            .cloned()
            .unwrap_or_else(|| format!("class {}", annotation.category_id));
        let (shapes, mut attributes, state) = parts_of(&annotation, picture.sample.size);
        if shapes.is_empty() {
            empty += 1;
        }
        if let Some(score) = annotation.score {
            attributes.insert("score".to_owned(), Value::Number(score));
        }
        for shape in shapes {
            let object = annotation.track_id.unwrap_or(0);
            let item = Item { object, state, attributes: attributes.clone(), ..Item::new(&class, shape) };
            picture.items.push(item);
        }
    }
    if strange > 0 {
        warnings.push(format!(
            "{strange} annotations refer to images that the file does not list and were skipped"
        ));
    }
    if empty > 0 {
        warnings.push(format!("{empty} annotations have neither a box nor a polygon and were skipped"));
    }
    let mut bundle = Bundle::from_pictures(&[], pictures);
    let seen = std::mem::take(&mut bundle.ontology.classes);
    bundle.ontology.classes = bundle_words;
    for word in seen {
        bundle.know_class(&word.name);
    }
    Ok(Read { bundle, warnings })
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

/// The shapes of an annotation: several polygons are several shapes, since a polygon has no holes and no second part.
fn parts_of(annotation: &Annotation, size: Option<(u32, u32)>) -> (Vec<Shape>, Attributes, State) {
    let mut attributes: Attributes = annotation
        .attributes
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), serde_json::from_value(value.clone()).ok()?)))
        .collect();
    let state = match attributes.remove("occluded") {
        Some(Value::Flag(true)) => State::Occluded,
        _ => State::Visible,
    };
    if annotation.is_crowd() {
        attributes.insert("crowd".to_owned(), Value::Flag(true));
    }
    let bbox = annotation.bbox().map(|n| Box2 {
        x0: n[0] as f32,
        y0: n[1] as f32,
        x1: (n[0] + n[2]) as f32,
        y1: (n[1] + n[3]) as f32,
    });
    let mut shapes = Vec::new();
    if !annotation.keypoints.is_empty() {
        let points = annotation.keypoints.chunks_exact(3);
        let points =
            points.map(|p| Keypoint { x: p[0] as f32, y: p[1] as f32, seen: p[2].clamp(0.0, 2.0) as u8 });
        shapes.push(Shape::Keypoints(points.collect()));
    }
    match &annotation.segmentation {
        Some(Segmentation::Outlines(polygons)) => {
            for polygon in polygons {
                let corners = polygon.chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]);
                shapes.push(Shape::Polygon(corners.collect()));
            }
        }
        Some(Segmentation::Runs { size: stated, counts }) => {
            let size = stated.or_else(|| size.map(|(width, height)| [height, width]));
            let mask = size.and_then(|size| counts.mask(size));
            shapes.extend(mask.map(|mask| Shape::Mask(Box::new(mask))));
        }
        Some(Segmentation::Other(_)) | None => {}
    }
    // Keypoints come with a box around the whole object, which they do not imply themselves.
    let outlined = shapes.iter().any(|shape| !matches!(shape, Shape::Keypoints(_)));
    if !outlined && shapes.is_empty() {
        shapes.extend(bbox.map(Shape::Box));
    }
    shapes.retain(Shape::valid);
    (shapes, attributes, state)
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let categories: Vec<Json> = classes
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let mut category = json!({ "id": i + 1, "name": name, "supercategory": "" });
            if let Some(word) = bundle.ontology.class(name).filter(|word| !word.points.is_empty()) {
                let skeleton: Vec<[usize; 2]> = word.lines.iter().map(|[a, b]| [a + 1, b + 1]).collect();
                category["keypoints"] = json!(word.points);
                category["skeleton"] = json!(skeleton);
            }
            category
        })
        .collect();
    let (mut images, mut annotations) = (Vec::new(), Vec::new());
    let followed = super::bundle::followed(bundle);
    for (i, picture) in bundle.pictures().into_iter().enumerate() {
        let (width, height) = picture.sample.size.unwrap_or((0, 0));
        images.push(json!({
            "id": i + 1, "file_name": picture.sample.file, "width": width, "height": height,
            "frame": picture.sample.frame,
        }));
        for item in picture.items {
            let category = classes.iter().position(|name| item.class == *name).unwrap_or(0) + 1;
            let mut annotation = json!({
                "id": annotations.len() + 1, "image_id": i + 1, "category_id": category, "iscrowd": 0,
            });
            let crowd = item.attributes.get("crowd") == Some(&Value::Flag(true));
            annotation["iscrowd"] = json!(u8::from(crowd));
            let b = item.shape.bounds().unwrap_or_default();
            annotation["bbox"] = json!([b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0]);
            annotation["area"] = json!(item.shape.area());
            annotation["segmentation"] = match &item.shape {
                Shape::Polygon(points) => json!([points.iter().flatten().collect::<Vec<_>>()]),
                Shape::Mask(mask) => {
                    json!({ "size": [mask.size[1], mask.size[0]], "counts": rle::encoded(&mask.runs) })
                }
                _ => json!([]),
            };
            if let Shape::Keypoints(points) = &item.shape {
                let numbers: Vec<f32> = points.iter().flat_map(|p| [p.x, p.y, f32::from(p.seen)]).collect();
                annotation["num_keypoints"] = json!(points.iter().filter(|p| p.seen > 0).count());
                annotation["keypoints"] = json!(numbers);
                annotation["area"] = json!(f64::from(b.width()) * f64::from(b.height()));
            }
            if followed.contains(&item.object) {
                annotation["track_id"] = json!(item.object);
            }
            let mut attributes: Map<String, Json> = item
                .attributes
                .iter()
                .filter(|(name, _)| *name != "crowd")
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect();
            if item.state == State::Occluded {
                attributes.insert("occluded".to_owned(), json!(true));
            }
            if !attributes.is_empty() {
                annotation["attributes"] = Json::Object(attributes);
            }
            annotations.push(annotation);
        }
    }
    write_json(
        path,
        &json!({ "info": { "description": "labels" }, "images": images, "annotations": annotations, "categories": categories }),
    )
}
