//! What is there and what a model answered, sample by sample, and every number that follows from both.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::objects::Detection;
use crate::data::prediction::Prediction;
use crate::metrics::classification::{Answer, Confusion, confusion};
use crate::metrics::coco::{Coco, Found, Overlap, Truth, evaluate};
use crate::metrics::detection_errors::{Judged, Object, Outcome, judge};
use crate::metrics::regression::{Errors, errors};

/// What a person or a recording says of one sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// Everything that is there.
    Objects(Vec<Object>),
    /// What the picture shows.
    Class(String),
    /// Recorded numbers by the name of the model's number.
    Values(Vec<(String, f64)>),
}

/// One sample with its truth and its answer.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Name of the recording.
    pub clip: Name,
    /// Name of the channel.
    pub channel: Name,
    /// Which sample.
    pub frame: usize,
    /// When, as recorded.
    pub time: Time,
    /// Tag types that hold at that time.
    pub tags: Vec<String>,
    /// What is there.
    pub fact: Fact,
    /// What the model answered.
    pub answer: Prediction,
}

/// Something that a model got wrong, or right.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Which sample.
    pub sample: usize,
    /// What became of a detection or an object; for classes right or wrong.
    pub outcome: Outcome,
    /// The true class; "" where nothing is there.
    pub truth: String,
    /// The class that was answered; "" where nothing was.
    pub answer: String,
    /// Confidence of the answer; 0 for a missed object.
    pub score: f32,
    /// Overlap of answer and truth, 0 to 1.
    pub iou: f32,
    /// Where the answer is.
    pub found: Option<Detection>,
    /// Where the truth is.
    pub object: Option<Detection>,
    /// Which of the objects of its sample that is.
    pub object_at: Option<usize>,
}

/// The result over many samples.
#[derive(Clone, Debug, Default)]
pub struct Evaluation {
    /// The samples, in the order in which they were given.
    pub samples: Vec<Sample>,
    /// Every answer and every missed object, sample by sample.
    pub items: Vec<Item>,
    /// Classes of truths and answers, sorted.
    pub classes: Vec<String>,
}

/// Numbers about detections.
#[derive(Clone, Debug)]
pub struct DetectionNumbers {
    /// By the rules of COCO.
    pub coco: Coco,
    /// How often each outcome occurs.
    pub outcomes: BTreeMap<Outcome, usize>,
}

impl Evaluation {
    /// Judges every sample. Detections below `threshold` count for average precision and for nothing else.
    pub fn new(samples: Vec<Sample>, threshold: f32) -> Self {
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
                    });
                }
                _ => {}
            }
        }
        Self { samples, items, classes: classes.into_iter().collect() }
    }

    fn class(&self, name: &str) -> Option<usize> {
        self.classes.binary_search_by(|known| known.as_str().cmp(name)).ok()
    }

    /// Numbers about detections of the samples that are wanted; none where there are no labelled objects or detections.
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
                    area: bbox[2] * bbox[3],
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

    /// How often each class was taken for each; none where no class is known.
    pub fn confusion(&self, wanted: impl Fn(usize) -> bool) -> Option<Confusion> {
        let answers = self.answers(wanted);
        (!answers.is_empty()).then(|| confusion(&answers, self.classes.len()))
    }

    /// How detections were taken for objects: rows are the truths and "nothing there" last, columns the answers and
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
                | Outcome::Duplicate => {
                    if let Some(answer) = answer {
                        counts[count][answer] += 1;
                    }
                }
            }
        }
        counts
    }

    /// Errors of the model's numbers, by name.
    pub fn values(&self, wanted: impl Fn(usize) -> bool) -> BTreeMap<String, Errors> {
        let mut pairs: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (_, sample) in self.samples.iter().enumerate().filter(|(at, _)| wanted(*at)) {
            let Fact::Values(facts) = &sample.fact else { continue };
            for (name, truth) in facts {
                if let Some(answer) = sample.answer.quantity(name) {
                    pairs.entry(name.clone()).or_default().push((*truth, answer));
                }
            }
        }
        pairs.into_iter().filter_map(|(name, pairs)| Some((name, errors(&pairs)?))).collect()
    }
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
    }
}
