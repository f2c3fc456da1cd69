//! Goals against detectors: objects that vanish, appear, or change their class.
//!
//! Chow et al., "Adversarial Objectness Gradient Attacks in Real-time Object Detection Systems" (TOG), IEEE TPS 2020, for heads
//! with a score for each class at each place. Objectives stand before non-maximum suppression.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::gradients::plan::ValueShape;
use crate::inference::model::Model;
use crate::robustness::attacks::answer::Answer;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::heads::{Head, heads};

/// Overlap from which two boxes are about the same object.
const SAME: f32 = 0.5;
/// Overlap from which a place belongs to an object.
const NEAR: f32 = 0.3;
/// Part of the card's threshold below which a score needs no more pushing: the hinge of the logits.
const HINGE: f32 = 0.5;
/// Score from which a place belongs to an object of the clean image.
const FAINT: f32 = 0.05;
/// Score up to which a wanted class is pushed.
const SURE: f32 = 0.9;
/// Smallest number that is divided by.
const FLOOR: f32 = 1e-6;

/// Aim of an attack on a detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// Objects vanish: all scores below half of the card's threshold.
    Vanish,
    /// Objects appear where there are none.
    Fabricate,
    /// Objects get another class: the one that is second at their places.
    Mislabel,
    /// The object with the highest score vanishes, and the others stay.
    One,
}

impl Objective {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Vanish, Self::Fabricate, Self::Mislabel, Self::One];

    /// Name on the command line and in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Vanish => "vanish",
            Self::Fabricate => "fabricate",
            Self::Mislabel => "mislabel",
            Self::One => "one",
        }
    }
}

/// Fate of the objects of a clean image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Objects of the clean image.
    pub clean: usize,
    /// Those without an object of their class in their place.
    pub vanished: usize,
    /// Of these, those with an object of another class in their place.
    pub changed: usize,
    /// Objects of the changed image in no place of a clean one.
    pub fabricated: usize,
}

/// Head, place and class of a score.
type Score = (usize, usize, usize);

/// A goal against a detector, for one image.
pub struct ObjectGoal {
    objective: Objective,
    clean: Vec<Detection>,
    heads: Vec<Head>,
    hinge: f32,
    /// Head, place and class of the scores of each clean object, and its wanted class.
    places: Vec<(Vec<Score>, usize)>,
}

impl ObjectGoal {
    /// A goal for an image, from what the model says about it.
    pub fn new(model: &Model, image: &Image, objective: Objective) -> Result<Self, AttackError> {
        let outputs = model.outputs(&model.prepared(&Input::Image(image.clone()))?)?;
        let clean = match model.read(&outputs, image.size())? {
            Prediction::Objects { objects } => objects,
            Prediction::Classes { .. }
            | Prediction::Values { .. }
            | Prediction::Segments { .. }
            | Prediction::Vector { .. } => Vec::new(),
        };
        let heads = heads(&outputs, &model.card);
        let placement = model.placement(image.size());
        let mut places = Vec::new();
        for object in &clean {
            let class = model.card.labels.iter().position(|label| *label == object.class).unwrap_or(0);
            let mut own = Vec::new();
            let mut seconds = vec![0.0_f32; model.card.labels.len()];
            for (number, head) in heads.iter().enumerate() {
                let Some(output) = outputs.iter().find(|output| output.name == head.output) else { continue };
                for place in 0..head.places {
                    if head.score(&output.data, place, class) < FAINT {
                        continue;
                    }
                    let Some(bbox) = head.bbox(&outputs, place, &model.card) else { continue };
                    if placement.to_picture(&bbox).iou(&object.bbox) > NEAR {
                        own.push((number, place, class));
                        for (other, second) in
                            seconds.iter_mut().enumerate().filter(|(other, _)| *other != class)
                        {
                            *second = second.max(head.score(&output.data, place, other));
                        }
                    }
                }
            }
            let mut second = usize::from(class == 0);
            for (other, score) in seconds.iter().enumerate().filter(|(other, _)| *other != class) {
                if *score > seconds[second] {
                    second = other;
                }
            }
            places.push((own, second));
        }
        Ok(Self { objective, clean, heads, hinge: HINGE * model.card.threshold, places })
    }

    /// A goal for the object of a class that overlaps a region most: it vanishes. None if the model does not see it.
    pub fn of_one(
        model: &Model,
        image: &Image,
        (class, region): (&str, Box2),
    ) -> Result<Option<Self>, AttackError> {
        let mut goal = Self::new(model, image, Objective::One)?;
        let own = |object: &Detection| object.class == class && object.bbox.iou(&region) >= SAME;
        let best = (0..goal.clean.len())
            .filter(|at| own(&goal.clean[*at]))
            .max_by(|a, b| goal.clean[*a].bbox.iou(&region).total_cmp(&goal.clean[*b].bbox.iou(&region)));
        let Some(best) = best else { return Ok(None) };
        goal.clean = vec![goal.clean.swap_remove(best)];
        goal.places = vec![goal.places.swap_remove(best)];
        Ok(Some(goal))
    }

    /// True if gradients of its objective are known for the model's outputs.
    pub fn has_slope(&self) -> bool {
        !self.heads.is_empty()
    }

    /// Number of objects of the clean image.
    pub fn clean(&self) -> usize {
        self.clean.len()
    }

    /// True if there is nothing that could happen to the image.
    pub fn is_empty(&self) -> bool {
        self.clean.is_empty() && self.objective != Objective::Fabricate
    }

    pub(super) fn seeds(&self, outputs: &[Vec<f32>], shapes: &[ValueShape]) -> Vec<Vec<f32>> {
        let mut seeds: Vec<Vec<f32>> = vec![Vec::new(); outputs.len()];
        for (number, head) in self.heads.iter().enumerate() {
            let Some(at) = shapes.iter().position(|shape| shape.name == head.output) else { continue };
            let Some(output) = outputs.get(at) else { continue };
            let mut seed = vec![0.0; output.len()];
            let mut push =
                |place: usize, class: usize, slope: f32| head.push(output, &mut seed, place, class, slope);
            match self.objective {
                Objective::Vanish => {
                    for (place, class) in head.scores() {
                        let score = head.score(output, place, class);
                        if score > self.hinge {
                            push(place, class, -logit_slope(score));
                        }
                    }
                }
                Objective::Fabricate => {
                    for place in 0..head.places {
                        let class = head.best(output, place);
                        push(place, class, 1.0 / head.score(output, place, class).max(FLOOR));
                    }
                }
                Objective::Mislabel => {
                    for (places, wanted) in &self.places {
                        for (_, place, class) in places.iter().filter(|(own, _, _)| *own == number) {
                            let (own, other) =
                                (head.score(output, *place, *class), head.score(output, *place, *wanted));
                            if own > self.hinge {
                                push(*place, *class, -logit_slope(own));
                            }
                            if other < SURE {
                                push(*place, *wanted, logit_slope(other));
                            }
                        }
                    }
                }
                Objective::One => {
                    for (object, (places, _)) in self.places.iter().enumerate() {
                        for (_, place, class) in places.iter().filter(|(own, _, _)| *own == number) {
                            let score = head.score(output, *place, *class);
                            if object > 0 {
                                push(*place, *class, 1.0 / score.max(FLOOR));
                            } else if score > self.hinge {
                                push(*place, *class, -logit_slope(score));
                            }
                        }
                    }
                }
            }
            seeds[at] = seed;
        }
        seeds
    }

    /// Fate of the clean image's objects in a prediction for the changed one.
    pub fn fates(&self, prediction: &Prediction) -> Fates {
        let Prediction::Objects { objects } = prediction else { return Fates::default() };
        let there = |a: &Detection, b: &Detection| a.bbox.iou(&b.bbox) >= SAME;
        let mut fates = Fates { clean: self.clean.len(), ..Fates::default() };
        for clean in &self.clean {
            if objects.iter().any(|object| object.class == clean.class && there(object, clean)) {
                continue;
            }
            fates.vanished += 1;
            fates.changed += usize::from(objects.iter().any(|object| there(object, clean)));
        }
        fates.fabricated =
            objects.iter().filter(|object| !self.clean.iter().any(|clean| there(object, clean))).count();
        fates
    }

    /// The objects of the clean image that are lost in a prediction for the changed one.
    pub fn lost(&self, prediction: &Prediction) -> Vec<Detection> {
        let Prediction::Objects { objects } = prediction else { return Vec::new() };
        let there = |clean: &&Detection| {
            objects.iter().any(|object| object.class == clean.class && object.bbox.iou(&clean.bbox) >= SAME)
        };
        self.clean.iter().filter(|clean| !there(clean)).cloned().collect()
    }

    pub(super) fn answer(&self, prediction: &Prediction) -> Answer {
        let Prediction::Objects { objects } = prediction else {
            return Answer { margin: 0.0, reached: false };
        };
        let fates = self.fates(prediction);
        let score = |clean: &Detection| {
            let own = objects
                .iter()
                .filter(|object| object.class == clean.class && object.bbox.iou(&clean.bbox) >= SAME);
            own.map(|object| f64::from(object.score)).fold(0.0, f64::max)
        };
        let strange =
            |object: &&Detection| !self.clean.iter().any(|clean| object.bbox.iou(&clean.bbox) >= SAME);
        let (margin, reached) = match self.objective {
            Objective::Vanish => (self.clean.iter().map(score).sum(), fates.vanished > 0),
            Objective::Mislabel => (self.clean.iter().map(score).sum(), fates.changed > 0),
            Objective::Fabricate => {
                let found = objects.iter().filter(strange).map(|object| f64::from(object.score)).sum::<f64>();
                (-found, fates.fabricated > 0)
            }
            Objective::One => {
                let first = self.clean.first().map_or(0.0, score);
                (first, !self.clean.is_empty() && first <= 0.0)
            }
        };
        Answer { margin, reached }
    }
}

/// The derivative of the logit of a score.
fn logit_slope(score: f32) -> f32 {
    1.0 / (score * (1.0 - score)).max(FLOOR)
}
