//! Neuron coverage as a search uses it: which neurons were active so far.
//!
//! Pei, Cao, Yang, Jana, "`DeepXplore`", SOSP 2017, and Tian, Pei, Jana, Ray, "`DeepTest`", ICSE 2018: a neuron is the
//! mean of a channel, and it is active if that, scaled to 0 to 1 within its layer for the same input, is above a
//! threshold. Coverage shows the progress of a search and not the quality of a model (Li, Ma, Xu, Cao, "Structural
//! Coverage Criteria for Neural Networks Could Be Misleading", ICSE-NIER 2019).

use serde::{Deserialize, Serialize};

/// The threshold of `DeepTest`.
pub const THRESHOLD: f32 = 0.2;

/// Values scaled to 0 to 1 within their layer, in single precision as `DeepTest` computes it; all 0 if they are equal.
/// Values that are not finite stay out of the scale.
pub fn scaled(values: &[f32]) -> Vec<f32> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    let (least, most) =
        finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
    if least >= most {
        return vec![0.0; values.len()];
    }
    values.iter().map(|value| (value - least) / (most - least)).collect()
}

/// The neurons that were active at least once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Layer by layer, neuron by neuron.
    on: Vec<Vec<bool>>,
}

impl Covered {
    /// Adds the activations of an input; returns the number of newly covered neurons.
    pub fn add(&mut self, layers: &[Vec<f32>], threshold: f32) -> usize {
        self.on.resize_with(self.on.len().max(layers.len()), Vec::new);
        let mut new = 0;
        for (known, means) in self.on.iter_mut().zip(layers) {
            known.resize(known.len().max(means.len()), false);
            for (on, value) in known.iter_mut().zip(scaled(means)) {
                if !*on && value > threshold {
                    *on = true;
                    new += 1;
                }
            }
        }
        new
    }

    /// Fraction of all neurons that were active, 0 to 1.
    pub fn share(&self) -> f64 {
        let all: usize = self.on.iter().map(Vec::len).sum();
        let on: usize = self.on.iter().flatten().filter(|on| **on).count();
        on as f64 / all.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neurons_count_once_and_by_their_layer() {
        let mut covered = Covered::default();
        // Scaled: 0, 0.1, 1 in the first layer; the second is constant.
        assert_eq!(covered.add(&[vec![1.0, 2.0, 11.0], vec![5.0, 5.0]], THRESHOLD), 1);
        assert!((covered.share() - 0.2).abs() < 1e-9);
        assert_eq!(covered.add(&[vec![1.0, 2.0, 11.0], vec![5.0, 5.0]], THRESHOLD), 0);
        assert_eq!(covered.add(&[vec![0.0, 9.0, f32::NAN], vec![-1.0, 0.0]], THRESHOLD), 2);
        assert!((covered.share() - 0.6).abs() < 1e-9);
    }
}
