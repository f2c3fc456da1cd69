//! The goal of an attack: the direction that leads to it, and the answer to whether it is reached.

use crate::data::prediction::Prediction;
use crate::inference::gradients::plan::ValueShape;
use crate::inference::model::Model;
use crate::inference::{ModelError, Tensor};
use crate::robustness::attacks::answer::Answer;
use crate::robustness::attacks::objects::ObjectGoal;

/// Sum of the slopes of a cross-entropy below which there is no direction left.
const FLAT: f32 = 1e-20;

/// Goal of an attack.
pub enum Goal {
    /// Another class than this one, or a certain one.
    Class {
        /// Index of the class that the image has.
        truth: usize,
        /// Index of the wanted class; any other if absent.
        target: Option<usize>,
    },
    /// Other objects.
    Objects(Box<ObjectGoal>),
}

impl Goal {
    /// True if there is a way to it that a gradient shows.
    pub fn has_slope(&self) -> bool {
        match self {
            Self::Class { .. } => true,
            Self::Objects(goal) => goal.has_slope(),
        }
    }

    /// The derivatives of the objective that is ascended, by the outputs.
    ///
    /// For a class the cross-entropy, or the margin where that is flat.
    pub fn seeds(&self, outputs: &[Vec<f32>], shapes: &[ValueShape]) -> Vec<Vec<f32>> {
        match self {
            Self::Class { truth, target } => {
                let Some(logits) = outputs.first() else { return Vec::new() };
                vec![class_seed(logits, *truth, *target)]
            }
            Self::Objects(goal) => goal.seeds(outputs, shapes),
        }
    }

    /// The answer in raw outputs for an image of this size.
    pub(super) fn answer(
        &self,
        model: &Model,
        outputs: &[Tensor],
        size: (u32, u32),
    ) -> Result<Answer, ModelError> {
        match self {
            Self::Class { truth, target } => {
                let scores = outputs.first().map(|output| output.data.clone()).unwrap_or_default();
                if let Some(output) =
                    outputs.first().filter(|output| !output.data.iter().all(|v| v.is_finite()))
                {
                    let count = output.data.iter().filter(|value| !value.is_finite()).count();
                    let (output, path) = (output.name.clone(), model.path.clone());
                    return Err(ModelError::NotFinite { output, count, path });
                }
                let margin = margin(&scores, *truth, *target);
                let best = best(&scores);
                let reached = target.map_or(best != *truth, |target| best == target);
                Ok(Answer { margin, reached })
            }
            Self::Objects(goal) => Ok(goal.answer(&model.read(outputs, size)?)),
        }
    }

    /// True if a prediction reaches the goal; `labels` are the classes of the model.
    pub fn reached(&self, prediction: &Prediction, labels: &[String]) -> bool {
        match self {
            Self::Class { truth, target } => {
                let Some((class, _)) = prediction.best() else { return false };
                let is = |at: usize| labels.get(at).is_some_and(|label| label == class);
                target.map_or_else(|| !is(*truth), is)
            }
            Self::Objects(goal) => goal.answer(prediction).reached,
        }
    }
}

/// Index of the first largest score.
pub(super) fn best(scores: &[f32]) -> usize {
    let mut best = 0;
    for (at, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = at;
        }
    }
    best
}

/// The score of the class minus the best other one; for a target the best other one minus the target.
fn margin(scores: &[f32], truth: usize, target: Option<usize>) -> f64 {
    let own = target.unwrap_or(truth);
    let others = scores.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, score)| f64::from(*score));
    let other = others.fold(f64::NEG_INFINITY, f64::max);
    let own = scores.get(own).copied().map_or(f64::NEG_INFINITY, f64::from);
    if target.is_some() { other - own } else { own - other }
}

/// Probabilities by way of their logarithms, in single precision: of predictions that are all but certain the slope is a few
/// units in the last place, and so it is rounded as training frameworks round it.
fn from_log_softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = logits.iter().map(|logit| libm::expf(logit - most)).sum();
    let log = libm::logf(sum);
    logits.iter().map(|logit| libm::expf(logit - most - log)).collect()
}

fn class_seed(logits: &[f32], truth: usize, target: Option<usize>) -> Vec<f32> {
    let own = target.unwrap_or(truth);
    let mut seed = from_log_softmax(logits);
    if let Some(own) = seed.get_mut(own) {
        *own -= 1.0;
    }
    if target.is_some() {
        for value in &mut seed {
            *value = -*value;
        }
    }
    if seed.iter().map(|value| value.abs()).sum::<f32>() > FLAT {
        return seed;
    }
    // Probabilities of exactly 0 and 1.
    let towards = if target.is_some() { 1.0 } else { -1.0 };
    let mut others = logits.to_vec();
    if let Some(own) = others.get_mut(own) {
        *own = f32::NEG_INFINITY;
    }
    let other = best(&others);
    (0..logits.len())
        .map(|at| {
            if at == own {
                towards
            } else if at == other {
                -towards
            } else {
                0.0
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saturated_softmax_leaves_the_margin() {
        let flat = class_seed(&[500.0, 1.0, 2.0], 0, None);
        assert_eq!(flat, [-1.0, 0.0, 1.0]);
        assert_eq!(class_seed(&[1.0, 500.0, 2.0], 0, Some(1)), [0.0, 1.0, -1.0]);
        let usual = class_seed(&[1.0, 0.0], 0, None);
        assert!(usual[0] < 0.0 && usual[1] > 0.0);
    }

    #[test]
    fn margins_fall_below_zero_once_the_goal_is_reached() {
        assert!(margin(&[2.0, 1.0], 0, None) > 0.0 && margin(&[1.0, 2.0], 0, None) < 0.0);
        assert!(margin(&[2.0, 1.0, 0.0], 0, Some(1)) > 0.0 && margin(&[1.0, 2.0, 0.0], 0, Some(1)) < 0.0);
    }
}
