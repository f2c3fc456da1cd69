//! Labels and results in COCO's files, as they are evaluated: every box and mask, no recording needed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::data::geometry::shape::Mask;
use crate::exchange::coco_file::{Annotation, Image, Labels};
use crate::exchange::coco_json::{self, Id};
use crate::metrics::coco::{Coco, Found, Overlap, Truth, evaluate};

/// Ground truth and predictions, with the names of the classes.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// Names of the classes by position.
    pub classes: Vec<String>,
    /// Images of the labels.
    pub pictures: usize,
    /// The ground truth.
    pub truths: Vec<Truth>,
    /// The predictions.
    pub found: Vec<Found>,
    /// Parts that were skipped, one sentence each.
    pub warnings: Vec<String>,
}

impl Pair {
    /// The result by the rules of COCO.
    pub fn evaluate(&self, overlap: Overlap, threads: usize) -> Coco {
        evaluate(&self.truths, &self.found, self.classes.len(), overlap, threads)
    }
}

/// Read COCO labels and a list of results; masks only if requested. Results for images or classes that the labels
/// do not have are left out and counted.
pub fn read(truth: &Path, found: &Path, overlap: Overlap) -> anyhow::Result<Pair> {
    const LABELS: &str = "COCO labels (images, annotations, categories)";
    const RESULTS: &str = "a list of COCO results (image_id, category_id, bbox, score)";
    let labels: Labels = json(truth, LABELS)?;
    if labels.categories.is_empty() {
        bail!("it is not {LABELS} (missing categories): {}", truth.display());
    }
    let answers: Vec<Annotation> = json(found, RESULTS)?;
    if answers.iter().any(|answer| !answer.has_score()) {
        bail!("it is not {RESULTS} (missing score): {}", found.display());
    }
    pair(labels, answers, overlap).with_context(|| format!("cannot be evaluated: {}", found.display()))
}

fn json<T: serde::de::DeserializeOwned>(path: &Path, what: &str) -> anyhow::Result<T> {
    let text = inputs::read(path, InputKind::Labels)
        .with_context(|| format!("could not read {}", path.display()))?;
    coco_json::parsed(&text).map_err(|err| anyhow::anyhow!("it is not {what} ({err}): {}", path.display()))
}

fn pair(labels: Labels, answers: Vec<Annotation>, overlap: Overlap) -> anyhow::Result<Pair> {
    let mut pair = Pair { pictures: labels.images.len(), ..Pair::default() };
    // Images are counted in the order of their ids, which decides between equal scores.
    let mut pictures: Vec<&Image> = labels.images.iter().collect();
    pictures.sort_by(|a, b| a.id.cmp(&b.id));
    pictures.dedup_by(|a, b| a.id == b.id);
    if pictures.len() < labels.images.len() {
        let twice = labels.images.len() - pictures.len();
        pair.warnings.push(format!(
            "{} with another, they count as one",
            agreeing(twice, "image shares its id", "images share their id")
        ));
    }
    let place: HashMap<&Id, (u32, (u32, u32))> =
        pictures.iter().zip(0..).map(|(p, at)| (&p.id, (at, (p.width, p.height)))).collect();
    let mut class: HashMap<Id, u32> = HashMap::new();
    for category in labels.categories {
        if class.insert(category.id.clone(), pair.classes.len() as u32).is_some() {
            pair.warnings.push(format!("two classes have the id {}, the second counts", category.id));
        }
        pair.classes.push(category.name);
    }
    let wanted = overlap == Overlap::Masks;
    let mut strange = 0;
    for one in labels.annotations {
        let (Some((image, size)), Some(class)) = (place.get(&one.image_id), class.get(&one.category_id))
        else {
            strange += 1;
            continue;
        };
        let mask = if wanted { one.mask(*size) } else { None };
        let Some(bbox) = one.bbox().or_else(|| bounds(&one, mask.as_ref(), *size)) else {
            strange += 1;
            continue;
        };
        let area = one.area().or_else(|| mask.as_ref().map(|mask| mask.area() as f64));
        pair.truths.push(Truth {
            image: *image,
            class: *class,
            bbox,
            area: area.unwrap_or(bbox[2] * bbox[3]),
            crowd: one.is_crowd() || one.is_ignored(),
            mask: mask.map(Arc::new),
        });
    }
    if strange > 0 {
        pair.warnings.push(format!(
            "{strange} labels refer to images or classes that are not in the file, or have no box"
        ));
    }
    let all = answers.len();
    let (mut elsewhere, mut bad) = (0, 0);
    for one in answers {
        let (Some((image, size)), Some(class)) = (place.get(&one.image_id), class.get(&one.category_id))
        else {
            elsewhere += 1;
            continue;
        };
        let mask = if wanted { one.mask(*size) } else { None };
        let bbox = one.bbox().or_else(|| bounds(&one, mask.as_ref(), *size));
        let score = one.score();
        let Some((bbox, score)) = bbox
            .zip(score)
            .filter(|(bbox, _)| bbox.iter().all(|edge| edge.is_finite()) && bbox[2] >= 0.0 && bbox[3] >= 0.0)
        else {
            bad += 1;
            continue;
        };
        let (image, class) = (*image, *class);
        pair.found.push(Found { image, class, bbox, score, mask: mask.map(Arc::new) });
    }
    if all > 0 && elsewhere == all {
        bail!("none of its {all} results refers to an image and a class of the labels");
    }
    if elsewhere > 0 {
        pair.warnings
            .push(format!("{elsewhere} results refer to images or classes that the labels do not have"));
    }
    if bad > 0 {
        pair.warnings
            .push(format!("{bad} results have no box, or numbers that are not finite or negative sizes"));
    }
    Ok(pair)
}

/// Left edge, upper edge, width and height of an object without a box of its own.
fn bounds(one: &Annotation, mask: Option<&Mask>, size: (u32, u32)) -> Option<[f64; 4]> {
    let b = mask.map(Mask::bounds).or_else(|| one.shape(Some(size))?.bounds())?;
    Some([b.x0, b.y0, b.width(), b.height()].map(f64::from))
}
