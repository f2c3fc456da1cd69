//! Average precision and recall by the rules of the COCO detection challenge.
//!
//! Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; equal to the reference implementation number for
//! number.

use std::sync::Arc;

use crate::base::parallel::in_order;
use crate::data::geometry::shape::Mask;
use crate::imaging::masks;

/// Thresholds of overlap: 0.50 to 0.95.
pub const THRESHOLDS: usize = 10;
/// Recalls at which precision is read: 0.00 to 1.00.
pub const RECALLS: usize = 101;
/// Sizes by area in square pixels: any, below 32 x 32, up to 96 x 96, beyond.
pub const AREAS: [(f64, f64); 4] = [(0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)];
/// Maximum numbers of detections of a class on an image, best first.
pub const MOST: [usize; 3] = [1, 10, 100];

/// A ground truth object.
#[derive(Clone, Debug)]
pub struct Truth {
    /// Index of the image.
    pub image: u32,
    /// Index of the class.
    pub class: u32,
    /// Left, top, width, height in pixels.
    pub bbox: [f64; 4],
    /// Area in square pixels, which determines its size class.
    pub area: f64,
    /// True for a crowd: detections on it are neither true nor false positives.
    pub crowd: bool,
    /// Its pixels, for the overlap of masks.
    pub mask: Option<Arc<Mask>>,
}

/// A detected object.
#[derive(Clone, Debug)]
pub struct Found {
    /// Index of the image.
    pub image: u32,
    /// Index of the class.
    pub class: u32,
    /// Left, top, width, height in pixels.
    pub bbox: [f64; 4],
    /// Confidence.
    pub score: f64,
    /// Its pixels, for the overlap of masks.
    pub mask: Option<Arc<Mask>>,
}

/// Shapes to overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// Boxes.
    Boxes,
    /// Masks.
    Masks,
}

/// Precision and recall of one class.
#[derive(Clone, Debug)]
pub struct ClassResult {
    /// By size: number of objects.
    pub objects: [usize; 4],
    /// By size and threshold: precision at each recall, with up to a hundred detections per image; -1 without objects.
    pub precision: Vec<[[f64; RECALLS]; THRESHOLDS]>,
    /// By size, number of detections per image, and threshold; -1 without objects.
    pub recall: [[[f64; THRESHOLDS]; 3]; 4],
}

impl ClassResult {
    /// Average precision over all thresholds, or at one; `None` without objects.
    pub fn ap(&self, size: usize, threshold: Option<usize>) -> Option<f64> {
        let rows = self.precision.get(size)?;
        let mut sum = Mean::default();
        for (_, row) in rows.iter().enumerate().filter(|(at, _)| threshold.is_none_or(|wanted| wanted == *at))
        {
            for value in row {
                sum.add(*value);
            }
        }
        sum.mean()
    }

    /// Average recall with this many detections per image, over all thresholds.
    pub fn ar(&self, size: usize, most: usize) -> Option<f64> {
        let mut sum = Mean::default();
        for value in self.recall.get(size)?.get(most)? {
            sum.add(*value);
        }
        sum.mean()
    }
}

/// The result over all classes.
#[derive(Clone, Debug, Default)]
pub struct Coco {
    /// By class.
    pub classes: Vec<ClassResult>,
}

/// A mean that leaves out absent values, marked by a negative number.
#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        if value > -1.0 {
            self.sum += value;
            self.count += 1;
        }
    }

    fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / self.count as f64)
    }
}

impl Coco {
    /// Mean average precision: of sizes (0 any, 1 small, 2 medium, 3 large), at all thresholds or at one of them.
    pub fn ap(&self, size: usize, threshold: Option<usize>) -> Option<f64> {
        let mut mean = Mean::default();
        for class in &self.classes {
            let Some(rows) = class.precision.get(size) else { continue };
            for (at, row) in rows.iter().enumerate() {
                if threshold.is_none_or(|wanted| wanted == at) {
                    for value in row {
                        mean.add(*value);
                    }
                }
            }
        }
        mean.mean()
    }

    /// Mean average recall with [`MOST`]`[most]` detections per image.
    pub fn ar(&self, size: usize, most: usize) -> Option<f64> {
        let mut mean = Mean::default();
        for class in &self.classes {
            for value in &class.recall[size][most] {
                mean.add(*value);
            }
        }
        mean.mean()
    }

    /// The twelve numbers of the challenge in its order, each with its name; -1 without such objects.
    pub fn summary(&self) -> [(&'static str, f64); 12] {
        let number = |value: Option<f64>| value.unwrap_or(-1.0);
        [
            ("AP", number(self.ap(0, None))),
            ("AP50", number(self.ap(0, Some(0)))),
            ("AP75", number(self.ap(0, Some(5)))),
            ("AP small", number(self.ap(1, None))),
            ("AP medium", number(self.ap(2, None))),
            ("AP large", number(self.ap(3, None))),
            ("AR 1", number(self.ar(0, 0))),
            ("AR 10", number(self.ar(0, 1))),
            ("AR 100", number(self.ar(0, 2))),
            ("AR small", number(self.ar(1, 2))),
            ("AR medium", number(self.ar(2, 2))),
            ("AR large", number(self.ar(3, 2))),
        ]
    }
}

/// The overlap threshold at an index, equal to `linspace(0.5, 0.95, 10)`.
pub fn threshold(at: usize) -> f64 {
    let step = (0.95 - 0.5) / 9.0;
    if at == THRESHOLDS - 1 { 0.95 } else { at as f64 * step + 0.5 }
}

/// Compares detections with the ground truth. Images are counted in the order of their numbers; classes beyond `classes`
/// are left out. The result does not depend on the number of threads.
pub fn evaluate(truths: &[Truth], found: &[Found], classes: usize, overlap: Overlap, threads: usize) -> Coco {
    let mut by_class: Vec<(Vec<&Truth>, Vec<&Found>)> = vec![Default::default(); classes];
    for truth in truths {
        if let Some((own, _)) = by_class.get_mut(truth.class as usize) {
            own.push(truth);
        }
    }
    for one in found {
        if let Some((_, own)) = by_class.get_mut(one.class as usize) {
            own.push(one);
        }
    }
    let mut results = Vec::with_capacity(classes);
    let class = |at: usize| {
        let (truths, found) = &by_class[at];
        of_class(truths.clone(), found.clone(), overlap)
    };
    let done: Result<(), std::convert::Infallible> = in_order(classes, threads, class, |_, result| {
        results.push(result);
        Ok(())
    });
    match done {
        Ok(()) => Coco { classes: results },
        Err(never) => match never {},
    }
}

/// Matches of one detection at each threshold, for one size.
#[derive(Clone, Copy)]
struct Fate {
    score: f64,
    /// Its rank on its image.
    rank: u32,
    /// One bit per threshold: true positive.
    hit: u16,
    /// One bit per threshold: ignored.
    out: u16,
}

fn of_class(mut truths: Vec<&Truth>, mut found: Vec<&Found>, overlap: Overlap) -> ClassResult {
    truths.sort_by_key(|truth| truth.image);
    // The sort is stable: equal scores keep their original order.
    found.sort_by(|a, b| a.image.cmp(&b.image).then(b.score.total_cmp(&a.score)));
    let mut fates: [Vec<Fate>; 4] = Default::default();
    let mut objects = [0; 4];
    let (mut t, mut f) = (0, 0);
    let mut ious = Vec::new();
    while t < truths.len() || f < found.len() {
        let image = match (truths.get(t), found.get(f)) {
            (Some(truth), Some(one)) => truth.image.min(one.image),
            (Some(truth), None) => truth.image,
            (None, Some(one)) => one.image,
            (None, None) => break,
        };
        let here = &truths[t..][..truths[t..].partition_point(|truth| truth.image == image)];
        let seen = &found[f..][..found[f..].partition_point(|one| one.image == image)];
        t += here.len();
        f += seen.len();
        let seen = &seen[..seen.len().min(MOST[2])];
        ious.clear();
        for one in seen {
            ious.extend(here.iter().map(|truth| iou(one, truth, overlap)));
        }
        for (size, area) in AREAS.iter().enumerate() {
            objects[size] += picture(here, seen, &ious, *area, overlap, &mut fates[size]);
        }
    }
    let mut precision = Vec::with_capacity(4);
    let mut recall = [[[-1.0; THRESHOLDS]; 3]; 4];
    for (size, fates) in fates.iter_mut().enumerate() {
        let mut rows = [[-1.0; RECALLS]; THRESHOLDS];
        if objects[size] > 0 {
            fates.sort_by(|a, b| b.score.total_cmp(&a.score));
            for (at, row) in rows.iter_mut().enumerate() {
                *row = precisions(fates, at, objects[size]);
            }
            for (most, limit) in MOST.iter().enumerate() {
                for (at, value) in recall[size][most].iter_mut().enumerate() {
                    let right =
                        |fate: &&Fate| (fate.rank as usize) < *limit && (fate.hit & !fate.out) >> at & 1 == 1;
                    *value = fates.iter().filter(right).count() as f64 / objects[size] as f64;
                }
            }
        }
        precision.push(rows);
    }
    ClassResult { objects, precision, recall }
}

/// Assigns the detections of one image to its objects, best score first, at every threshold; returns the number of objects
/// that count.
fn picture(
    truths: &[&Truth],
    found: &[&Found],
    ious: &[f64],
    (least, most): (f64, f64),
    overlap: Overlap,
    fates: &mut Vec<Fate>,
) -> usize {
    let outside = |area: f64| area < least || area > most;
    let left_out: Vec<bool> = truths.iter().map(|truth| truth.crowd || outside(truth.area)).collect();
    // Objects that count come first.
    let mut order: Vec<usize> = (0..truths.len()).collect();
    order.sort_by_key(|at| left_out[*at]);
    let from = fates.len();
    fates.extend(found.iter().zip(0..).map(|(one, rank)| Fate { score: one.score, rank, hit: 0, out: 0 }));
    let mut taken = vec![false; truths.len()];
    for at in 0..THRESHOLDS {
        taken.fill(false);
        for (rank, one) in found.iter().enumerate() {
            let mut best = threshold(at).min(1.0 - 1e-10);
            let mut choice: Option<usize> = None;
            for &truth in &order {
                if taken[truth] && !truths[truth].crowd {
                    continue;
                }
                // A regular object is not replaced by an ignored one.
                if choice.is_some_and(|choice| !left_out[choice]) && left_out[truth] {
                    break;
                }
                let here = ious[rank * truths.len() + truth];
                if here >= best {
                    best = here;
                    choice = Some(truth);
                }
            }
            let fate = &mut fates[from + rank];
            match choice {
                Some(truth) => {
                    taken[truth] = true;
                    fate.hit |= 1 << at;
                    fate.out |= u16::from(left_out[truth]) << at;
                }
                None => fate.out |= u16::from(outside(area_of(one, overlap))) << at,
            }
        }
    }
    left_out.iter().filter(|out| !**out).count()
}

fn area_of(one: &Found, overlap: Overlap) -> f64 {
    match (&one.mask, overlap) {
        (Some(mask), Overlap::Masks) => mask.area() as f64,
        _ => one.bbox[2] * one.bbox[3],
    }
}

/// Precision at each recall: the maximum there or later, so that the curve never rises.
fn precisions(fates: &[Fate], at: usize, objects: usize) -> [f64; RECALLS] {
    let (mut right, mut wrong) = (0_u32, 0_u32);
    let mut curve: Vec<(f64, f64)> = Vec::with_capacity(fates.len());
    for fate in fates {
        let (hit, out) = (fate.hit >> at & 1, fate.out >> at & 1);
        right += u32::from(hit & !out & 1);
        wrong += u32::from(!hit & !out & 1);
        let recall = f64::from(right) / objects as f64;
        curve.push((recall, f64::from(right) / (f64::from(wrong) + f64::from(right) + f64::EPSILON)));
    }
    for i in (1..curve.len()).rev() {
        curve[i - 1].1 = curve[i - 1].1.max(curve[i].1);
    }
    let mut row = [0.0; RECALLS];
    let mut place = 0;
    for (i, value) in row.iter_mut().enumerate() {
        let wanted = if i == RECALLS - 1 { 1.0 } else { i as f64 * 0.01 };
        while curve.get(place).is_some_and(|(recall, _)| *recall < wanted) {
            place += 1;
        }
        match curve.get(place) {
            Some((_, precision)) => *value = *precision,
            None => break,
        }
    }
    row
}

fn iou(one: &Found, truth: &Truth, overlap: Overlap) -> f64 {
    match (overlap, &one.mask, &truth.mask) {
        (Overlap::Masks, Some(a), Some(b)) => masks::iou(a, b, truth.crowd),
        (Overlap::Masks, _, _) => 0.0,
        (Overlap::Boxes, _, _) => box_iou(one.bbox, truth.bbox, truth.crowd),
    }
}

/// Intersection over union of two boxes of left, top, width, height; against a crowd over the area of the first alone.
pub fn box_iou(a: [f64; 4], b: [f64; 4], crowd: bool) -> f64 {
    let width = (a[0] + a[2]).min(b[0] + b[2]) - a[0].max(b[0]);
    let height = (a[1] + a[3]).min(b[1] + b[3]) - a[1].max(b[1]);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let (both, first) = (width * height, a[2] * a[3]);
    let either = if crowd { first } else { first + b[2] * b[3] - both };
    both / either
}
