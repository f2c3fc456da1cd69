//! Ground truth and predictions by sample, and every number that follows from both.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::{Mask, Shape};
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Prediction, Segment};
use crate::evaluation::numbers::{self, Number};
use crate::imaging::masks::{of_shape, union};
use crate::metrics::centers::{self, Center, CenterAp};
use crate::metrics::classification::{Answer, Confusion, confusion};
use crate::metrics::coco::{Coco, Found, Overlap, Truth, evaluate};
use crate::metrics::detection_errors::{Judged, Object, Outcome, judge};
use crate::metrics::regression::Residuals;
use crate::metrics::scalars::Classified;
use crate::metrics::segmentation::Pixels;

/// Ground truth of one sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Everything that is there.
    Objects(Vec<Object>),
    /// Class of the frame.
    Class(String),
    /// Recorded numbers by the name of the model's number.
    Values(Vec<(String, f64)>),
    /// Outlines and masks by class; several may be of one.
    Areas(Vec<(String, Shape)>),
}

/// One sample with its ground truth and its prediction.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Name of the recording.
    pub clip: Name,
    /// Name of the channel.
    pub channel: Name,
    /// Index of the sample.
    pub frame: usize,
    /// Recorded time.
    pub time: Time,
    /// Tag types at that time.
    pub tags: Vec<String>,
    /// Position of the vehicle on the ground in the coordinates of the sample in meters, from which distances count; zero in
    /// those of a sensor.
    pub vehicle: [f32; 2],
    /// The ground truth.
    pub fact: Fact,
    /// The prediction.
    pub answer: Prediction,
}

impl Sample {
    /// Distance of a cuboid from the sensor or the vehicle on the ground in meters.
    pub fn distance(&self, solid: &Solid) -> f32 {
        libm::hypotf(solid.center[0] - self.vehicle[0], solid.center[1] - self.vehicle[1])
    }
}

/// Something that a model got wrong, or right.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Index of the sample.
    pub sample: usize,
    /// Outcome of a prediction or an object; for classes correct or wrong.
    pub outcome: Outcome,
    /// The true class; "" for a false positive.
    pub truth: String,
    /// The predicted class; "" for a missed object.
    pub answer: String,
    /// Confidence of the prediction; 0 for a missed object.
    pub score: f32,
    /// `IoU` of prediction and ground truth, 0 to 1.
    pub iou: f32,
    /// The predicted object.
    pub found: Option<Detection>,
    /// The true object.
    pub object: Option<Detection>,
    /// Index of the true object in its sample.
    pub object_at: Option<usize>,
    /// The number, where the item is about one; its name stands for both classes.
    pub number: Option<Number>,
}

/// The result over many samples.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The samples, in the order in which they were given.
    pub samples: Vec<Sample>,
    /// Every prediction and every missed object, sample by sample.
    pub items: Vec<Item>,
    /// Classes of ground truth and predictions, sorted.
    pub classes: Vec<String>,
    /// Score below which detections count for average precision only.
    pub threshold: f32,
    /// Largest error of each number that counts as right.
    pub limits: BTreeMap<String, f64>,
}

/// Numbers about detections.
#[derive(Clone, Debug)]
pub struct DetectionNumbers {
    /// By the rules of COCO.
    pub coco: Coco,
    /// Number of items by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
}

impl Evaluation {
    /// Judges every sample. Detections below `threshold` count for average precision and for nothing else.
    pub fn new(samples: Vec<Sample>, threshold: f32) -> Self {
        Self::with_limits(samples, threshold, &BTreeMap::new())
    }

    /// The same with the largest errors of numbers that count as right, by name; those of [`numbers`] for all others.
    pub fn with_limits(samples: Vec<Sample>, threshold: f32, given: &BTreeMap<String, f64>) -> Self {
        let limits = numbers::limits(samples.iter().flat_map(true_values), given);
        let mut classes = BTreeSet::new();
        let mut items = Vec::new();
        for (at, sample) in samples.iter().enumerate() {
            match (&sample.fact, &sample.answer) {
                (Fact::Objects(objects), Prediction::Objects { objects: found }) => {
                    classes.extend(objects.iter().map(|object| object.class.clone()));
                    classes.extend(found.iter().map(|found| found.class.clone()));
                    let found: Vec<Detection> =
                        found.iter().filter(|found| found.score >= threshold).cloned().collect();
                    let judged = judge(objects, &found);
                    items.extend(judged.into_iter().map(|judged| item(at, judged, objects, &found)));
                }
                (Fact::Class(truth), Prediction::Classes { top }) => {
                    classes.insert(truth.clone());
                    classes.extend(top.iter().map(|score| score.class.clone()));
                    let best = top.first();
                    let right = best.is_some_and(|best| best.class == *truth);
                    items.push(Item {
                        sample: at,
                        outcome: if right { Outcome::Right } else { Outcome::WrongClass },
                        truth: truth.clone(),
                        answer: best.map(|best| best.class.clone()).unwrap_or_default(),
                        score: best.map_or(0.0, |best| best.score),
                        iou: 0.0,
                        found: None,
                        object: None,
                        object_at: Some(0),
                        number: None,
                    });
                }
                (Fact::Areas(areas), Prediction::Segments { segments }) => {
                    let pairs = area_pairs(areas, segments);
                    classes.extend(pairs.iter().map(|pair| pair.class.clone()));
                    items.extend(pairs.iter().enumerate().map(|(place, pair)| pair.item(at, place)));
                }
                (Fact::Values(_), Prediction::Values { .. }) => {
                    items.extend(number_items(at, sample, &limits));
                }
                _ => {}
            }
        }
        Self { samples, items, classes: classes.into_iter().collect(), threshold, limits }
    }

    fn class(&self, name: &str) -> Option<usize> {
        self.classes.binary_search_by(|known| known.as_str().cmp(name)).ok()
    }

    /// Detection metrics of the wanted samples; none without labeled objects or detections.
    pub fn detections(&self, wanted: impl Fn(usize) -> bool, threads: usize) -> Option<DetectionNumbers> {
        let (mut truths, mut found) = (Vec::new(), Vec::new());
        let mut any = false;
        for (at, sample) in self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            let (Fact::Objects(objects), Prediction::Objects { objects: answers }) =
                (&sample.fact, &sample.answer)
            else {
                continue;
            };
            any = true;
            let image = u32::try_from(at).unwrap_or(u32::MAX);
            for object in objects {
                let Some(class) = self.class(&object.class) else { continue };
                let bbox = edges(&object.place);
                truths.push(Truth {
                    image,
                    class: class as u32,
                    bbox,
                    area: object.area.unwrap_or(bbox[2] * bbox[3]),
                    crowd: object.ignored,
                    mask: None,
                });
            }
            for answer in answers {
                let Some(class) = self.class(&answer.class) else { continue };
                let (bbox, score) = (edges(answer), f64::from(answer.score));
                found.push(Found { image, class: class as u32, bbox, score, mask: None });
            }
        }
        let mut outcomes = BTreeMap::new();
        for item in self.items.iter().filter(|item| wanted(item.sample)) {
            *outcomes.entry(item.outcome).or_default() += 1;
        }
        any.then(|| DetectionNumbers {
            coco: evaluate(&truths, &found, self.classes.len(), Overlap::Boxes, threads),
            outcomes,
        })
    }

    /// Average precision of cuboids by center distance, for each class in the ground truth; empty for boxes in images.
    pub fn centers(&self, wanted: impl Fn(usize) -> bool) -> BTreeMap<String, CenterAp> {
        let (mut truths, mut found) =
            (BTreeMap::<&str, Vec<Center>>::new(), BTreeMap::<&str, Vec<Center>>::new());
        for (at, sample) in self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            let (Fact::Objects(objects), Prediction::Objects { objects: answers }) =
                (&sample.fact, &sample.answer)
            else {
                continue;
            };
            let center = |place: &Detection| {
                let [x, y, _] = place.solid?.center.map(f64::from);
                let sample = u32::try_from(at).unwrap_or(u32::MAX);
                Some(Center { sample, place: [x, y], score: f64::from(place.score) })
            };
            for object in objects.iter().filter(|object| !object.ignored) {
                truths.entry(&object.class).or_default().extend(center(&object.place));
            }
            for answer in answers {
                found.entry(&answer.class).or_default().extend(center(answer));
            }
        }
        let of = |(class, truths): (&str, Vec<Center>)| {
            let found = found.get(class).map_or(&[][..], Vec::as_slice);
            Some((class.to_owned(), centers::evaluate(&truths, found)?))
        };
        truths.into_iter().filter_map(of).collect()
    }

    /// Truth and probabilities of the samples that are wanted, classes by their position.
    pub fn answers(&self, wanted: impl Fn(usize) -> bool) -> Vec<Answer> {
        let of = |(_, sample): (usize, &Sample)| {
            let (Fact::Class(truth), Prediction::Classes { top }) = (&sample.fact, &sample.answer) else {
                return None;
            };
            let scores =
                top.iter().filter_map(|c| Some((self.class(&c.class)?, f64::from(c.score)))).collect();
            Some(Answer { truth: self.class(truth)?, scores })
        };
        self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)).filter_map(of).collect()
    }

    /// Confusion matrix; none if no class is known.
    pub fn confusion(&self, wanted: impl Fn(usize) -> bool) -> Option<Confusion> {
        let answers = self.answers(wanted);
        (!answers.is_empty()).then(|| confusion(&answers, self.classes.len()))
    }

    /// Confusion matrix of detections: rows are the true classes and the background last, columns the predicted classes and
    /// "missed" last. Only well-placed detections name an object.
    pub fn detection_confusion(&self, wanted: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let count = self.classes.len();
        let mut counts = vec![vec![0; count + 1]; count + 1];
        for item in self.items.iter().filter(|item| wanted(item.sample)) {
            let (truth, answer) = (self.class(&item.truth), self.class(&item.answer));
            match item.outcome {
                Outcome::Right | Outcome::WrongClass => {
                    if let (Some(truth), Some(answer)) = (truth, answer) {
                        counts[truth][answer] += 1;
                    }
                }
                Outcome::Missed => {
                    if let Some(truth) = truth {
                        counts[truth][count] += 1;
                    }
                }
                Outcome::Background
                | Outcome::BadlyPlaced
                | Outcome::WrongAndBadlyPlaced
                | Outcome::Duplicate
                | Outcome::LargeError => {
                    if let Some(answer) = answer {
                        counts[count][answer] += 1;
                    }
                }
            }
        }
        counts
    }

    /// Objects of each class that are neither in the confusion matrix nor missed: all that was detected of them is badly placed.
    /// With these the rows of the matrix hold every object.
    pub fn badly_placed(&self, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let of = |counted: fn(Outcome) -> bool| -> BTreeSet<(usize, usize)> {
            let items = self.items.iter().filter(|item| wanted(item.sample) && counted(item.outcome));
            items.filter_map(|item| Some((item.sample, item.object_at?))).collect()
        };
        let named = of(|outcome| matches!(outcome, Outcome::Right | Outcome::WrongClass));
        let mut placed = of(|outcome| outcome == Outcome::BadlyPlaced);
        placed.retain(|object| !named.contains(object));
        let mut counts = vec![0; self.classes.len()];
        for item in self.items.iter().filter(|item| item.outcome == Outcome::BadlyPlaced) {
            // Several detections may lie badly on one object.
            let new = item.object_at.is_some_and(|object| placed.remove(&(item.sample, object)));
            if let (true, Some(class)) = (new, self.class(&item.truth)) {
                counts[class] += 1;
            }
        }
        counts
    }

    /// Pixels of each class over the samples that are wanted.
    pub fn areas(&self, wanted: impl Fn(usize) -> bool) -> BTreeMap<String, Pixels> {
        let mut found: BTreeMap<String, Pixels> = BTreeMap::new();
        for (_, sample) in self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            let (Fact::Areas(areas), Prediction::Segments { segments }) = (&sample.fact, &sample.answer)
            else {
                continue;
            };
            for pair in area_pairs(areas, segments) {
                found
                    .entry(pair.class)
                    .or_default()
                    .add(Pixels::of(pair.truth.as_ref(), pair.answer.as_ref()));
            }
        }
        found
    }

    /// Metrics of classes over the samples that are wanted; `None` without classes.
    pub fn classified(&self, wanted: impl Fn(usize) -> bool + Copy) -> Option<Classified> {
        Some(Classified::new(self.answers(wanted), self.confusion(wanted)?))
    }

    /// Errors of the model's numbers, by name.
    pub fn values(&self, wanted: impl Fn(usize) -> bool) -> BTreeMap<String, Residuals> {
        let mut pairs: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (_, sample) in self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            let Fact::Values(facts) = &sample.fact else { continue };
            for (name, truth) in facts {
                if let Some(answer) = sample.answer.quantity(name) {
                    pairs.entry(name.clone()).or_default().push((*truth, answer));
                }
            }
        }
        pairs.into_iter().filter_map(|(name, pairs)| Some((name, Residuals::new(&pairs)?))).collect()
    }
}

/// Names and recorded values of a sample.
fn true_values(sample: &Sample) -> impl Iterator<Item = (&str, f64)> {
    let values = if let Fact::Values(values) = &sample.fact { values.as_slice() } else { &[] };
    values.iter().map(|(name, value)| (name.as_str(), *value))
}

/// An item for each number that is both recorded and predicted.
fn number_items(at: usize, sample: &Sample, limits: &BTreeMap<String, f64>) -> Vec<Item> {
    let item = |(place, (name, truth)): (usize, (&str, f64))| {
        let predicted = sample.answer.quantity(name)?;
        let number = Number { truth, predicted, limit: limits.get(name).copied().unwrap_or(0.0) };
        Some(Item {
            sample: at,
            outcome: if number.is_right() { Outcome::Right } else { Outcome::LargeError },
            truth: name.to_owned(),
            answer: name.to_owned(),
            score: 1.0,
            iou: 0.0,
            found: None,
            object: None,
            object_at: Some(place),
            number: Some(number),
        })
    };
    true_values(sample).enumerate().filter_map(item).collect()
}

/// The true pixels of a class in a frame, in the size of the prediction; none of them for a class that is not there. `None` for a
/// sample without areas.
pub fn true_area(sample: &Sample, class: &str) -> Option<Mask> {
    let (Fact::Areas(areas), Prediction::Segments { segments }) = (&sample.fact, &sample.answer) else {
        return None;
    };
    let pair = area_pairs(areas, segments).into_iter().find(|pair| pair.class == class)?;
    let size = segments.first()?.mask.size;
    Some(pair.truth.unwrap_or_else(|| Mask { size, runs: vec![size[0].saturating_mul(size[1])] }))
}

/// Pair of true and predicted area of one class in one frame.
struct AreaPair {
    class: String,
    truth: Option<Mask>,
    answer: Option<Mask>,
}

/// Areas that overlap less than this are badly placed.
const SAME_AREA: f64 = 0.5;

impl AreaPair {
    fn item(&self, sample: usize, place: usize) -> Item {
        let iou = Pixels::of(self.truth.as_ref(), self.answer.as_ref()).iou().unwrap_or(0.0);
        let outcome = match (&self.truth, &self.answer) {
            (Some(_), None) => Outcome::Missed,
            (None, Some(_)) => Outcome::Background,
            _ if iou >= SAME_AREA => Outcome::Right,
            _ => Outcome::BadlyPlaced,
        };
        let around = |mask: &Option<Mask>| {
            mask.as_ref().map(|mask| Detection::flat(self.class.clone(), 1.0, mask.bounds()))
        };
        let name = |mask: &Option<Mask>| mask.as_ref().map(|_| self.class.clone()).unwrap_or_default();
        Item {
            sample,
            outcome,
            truth: name(&self.truth),
            answer: name(&self.answer),
            score: if self.answer.is_some() { 1.0 } else { 0.0 },
            iou: iou as f32,
            found: around(&self.answer),
            object: around(&self.truth),
            object_at: self.truth.as_ref().map(|_| place),
            number: None,
        }
    }
}

/// Each true or predicted class of a frame. Polygons are filled in a mask of the size of the prediction.
fn area_pairs(areas: &[(String, Shape)], segments: &[Segment]) -> Vec<AreaPair> {
    let Some(size) = segments.first().map(|segment| segment.mask.size) else { return Vec::new() };
    let mut truths: BTreeMap<&str, Vec<Mask>> = BTreeMap::new();
    for (class, shape) in areas {
        truths.entry(class).or_default().extend(of_shape(shape, (size[0], size[1])));
    }
    let classes: BTreeSet<&str> =
        truths.keys().copied().chain(segments.iter().map(|segment| segment.class.as_str())).collect();
    let pair = |class: &str| AreaPair {
        class: class.to_owned(),
        truth: truths.get(class).and_then(|masks| union(masks)),
        answer: segments.iter().find(|segment| segment.class == class).map(|segment| segment.mask.clone()),
    };
    classes.into_iter().map(pair).collect()
}

fn edges(place: &Detection) -> [f64; 4] {
    let b = &place.bbox;
    [b.x0, b.y0, b.x1 - b.x0, b.y1 - b.y0].map(f64::from)
}

fn item(sample: usize, judged: Judged, objects: &[Object], found: &[Detection]) -> Item {
    let (one, object) = (judged.found.map(|at| &found[at]), judged.object.map(|at| &objects[at]));
    Item {
        sample,
        outcome: judged.outcome,
        truth: object.map(|object| object.class.clone()).unwrap_or_default(),
        answer: one.map(|one| one.class.clone()).unwrap_or_default(),
        score: one.map_or(0.0, |one| one.score),
        iou: judged.iou,
        found: one.cloned(),
        object: object.map(|object| object.place.clone()),
        object_at: judged.object,
        number: None,
    }
}
