//! Classifier two-sample test: how well a logistic regression tells from which sample a vector is (Lopez-Paz and Oquab, ICLR 2017).

use crate::base::rng::Rng;
use crate::metrics::drift::vectors::Sample;
use crate::metrics::fairness::subgroup::Ranking;

/// Parts of the cross-validation.
const FOLDS: usize = 5;
/// Steps of the descent.
const STEPS: usize = 300;
/// Weight of the squared coefficients, relative to the mean loss.
const RIDGE: f64 = 1e-2;

/// Separability of two samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Separability {
    /// Area under the ROC curve of the held-out scores: 0.5 for samples that cannot be told apart.
    pub auc: f64,
    /// Held-out score of each vector, 0 for the first sample to 1 for the second, in their order.
    pub scores: Vec<f64>,
}

/// Trains on four fifths and scores the fifth, five times. `None` with fewer than five vectors in one of the samples.
pub fn separability(a: Sample<'_>, b: Sample<'_>, seed: u64) -> Option<Separability> {
    if a.length != b.length || a.length == 0 || a.count() < FOLDS || b.count() < FOLDS {
        return None;
    }
    let rows: Vec<&[f64]> = a.data.chunks_exact(a.length).chain(b.data.chunks_exact(b.length)).collect();
    let second: Vec<bool> = (0..rows.len()).map(|at| at >= a.count()).collect();
    let folds = folds(a.count(), rows.len(), seed);
    let mut scores = vec![0.5; rows.len()];
    for fold in 0..FOLDS {
        let train: Vec<usize> = (0..rows.len()).filter(|at| folds[*at] != fold).collect();
        let model = Logistic::fit(&rows, &second, &train, a.length);
        for at in (0..rows.len()).filter(|at| folds[*at] == fold) {
            scores[at] = model.score(rows[at]);
        }
    }
    // Scores that differ by rounding alone are ties.
    let rounded: Vec<f64> = scores.iter().map(|score| (score * 1e9).round()).collect();
    let auc = Ranking::new(&rounded).overall(&second)?;
    Some(Separability { auc, scores })
}

/// The fold of each vector: every sample is dealt out in random order.
fn folds(first: usize, count: usize, seed: u64) -> Vec<usize> {
    let rng = Rng::new(seed);
    let mut folds = vec![0; count];
    for range in [0..first, first..count] {
        let mut order: Vec<usize> = range.collect();
        order.sort_by_key(|at| (rng.at(*at as u64), *at));
        order.into_iter().enumerate().for_each(|(place, at)| folds[at] = place % FOLDS);
    }
    folds
}

/// A logistic regression on standardized numbers.
struct Logistic {
    mean: Vec<f64>,
    scale: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
}

impl Logistic {
    /// Fits by accelerated gradient descent (Nesterov, 1983); both classes weigh the same.
    fn fit(rows: &[&[f64]], second: &[bool], train: &[usize], length: usize) -> Self {
        let count = train.len() as f64;
        let (mut mean, mut scale) = (vec![0.0; length], vec![0.0; length]);
        for at in train {
            mean.iter_mut().zip(rows[*at]).for_each(|(mean, value)| *mean += value / count);
        }
        for at in train {
            for ((scale, mean), value) in scale.iter_mut().zip(&mean).zip(rows[*at]) {
                *scale += (value - mean).powi(2) / count;
            }
        }
        // A column of one value says nothing.
        for scale in &mut scale {
            *scale = if *scale > 0.0 { 1.0 / scale.sqrt() } else { 0.0 };
        }
        let mut model = Self { mean, scale, weights: vec![0.0; length], bias: 0.0 };
        let seconds = train.iter().filter(|at| second[**at]).count() as f64;
        let weight = |at: usize| 0.5 / if second[at] { seconds } else { count - seconds };
        let scaled: Vec<f64> = train.iter().flat_map(|at| model.scaled(rows[*at])).collect();
        // The loss is no steeper than a quarter of the largest squared norm.
        let steepest =
            scaled.chunks_exact(length).map(|row| row.iter().map(|value| value * value).sum::<f64>() + 1.0);
        let step = 1.0 / (0.25 * steepest.fold(1.0, f64::max) + RIDGE);
        let (mut old, mut old_bias) = (model.weights.clone(), 0.0);
        let mut gradient = vec![0.0; length];
        for round in 0..STEPS {
            let momentum = round as f64 / (round as f64 + 3.0);
            let ahead: Vec<f64> =
                model.weights.iter().zip(&old).map(|(new, old)| new + momentum * (new - old)).collect();
            let ahead_bias = model.bias + momentum * (model.bias - old_bias);
            gradient.iter_mut().zip(&ahead).for_each(|(gradient, weight)| *gradient = RIDGE * weight);
            let mut bias_gradient = 0.0;
            for (row, at) in scaled.chunks_exact(length).zip(train) {
                let sum =
                    ahead_bias + row.iter().zip(&ahead).map(|(value, weight)| value * weight).sum::<f64>();
                let error = (sigmoid(sum) - f64::from(u8::from(second[*at]))) * weight(*at);
                bias_gradient += error;
                gradient.iter_mut().zip(row).for_each(|(gradient, value)| *gradient += error * value);
            }
            old.copy_from_slice(&model.weights);
            old_bias = model.bias;
            for ((new, ahead), gradient) in model.weights.iter_mut().zip(&ahead).zip(&gradient) {
                *new = ahead - step * gradient;
            }
            model.bias = ahead_bias - step * bias_gradient;
        }
        model
    }

    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        row.iter()
            .zip(&self.mean)
            .zip(&self.scale)
            .map(|((value, mean), scale)| (value - mean) * scale)
            .collect()
    }

    fn score(&self, row: &[f64]) -> f64 {
        let scaled = self.scaled(row);
        sigmoid(
            self.bias + scaled.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum::<f64>(),
        )
    }
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_differ_are_told_apart_and_others_are_not() {
        let mut rng = Rng::new(9);
        let data: Vec<f64> = (0..900).map(|_| rng.unit()).collect();
        let moved: Vec<f64> = data.iter().map(|value| value + 0.4).collect();
        let sample = |data| Sample { data, length: 3 };
        let apart = separability(sample(&data[..450]), sample(&moved[450..]), 1).unwrap();
        let near = separability(sample(&data[..450]), sample(&data[450..]), 1).unwrap();
        assert!(apart.auc > 0.9 && (near.auc - 0.5).abs() < 0.1, "{} {}", apart.auc, near.auc);
        assert_eq!(near, separability(sample(&data[..450]), sample(&data[450..]), 1).unwrap());
        assert!(separability(sample(&data[..6]), sample(&data), 1).is_none());
        let constant = separability(sample(&[1.0; 30]), sample(&[1.0; 30]), 1).unwrap();
        assert!((constant.auc - 0.5).abs() < 1e-12);
    }
}
