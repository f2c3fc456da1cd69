//! Temperature scaling: one number that a model's logits are divided by, so that its confidence fits its accuracy.
//!
//! Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.

/// Range of temperatures that are looked at, as logarithms.
const RANGE: [f64; 2] = [-5.0, 7.0];
/// Steps of the bisection.
const STEPS: usize = 200;

/// Probabilities of logits at a temperature.
pub fn softened(logits: &[f64], temperature: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|z| libm::exp((z - largest) / temperature)).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Negative log likelihood of the true classes at a temperature, per input.
pub fn log_loss(logits: &[Vec<f64>], truth: &[usize], temperature: f64) -> f64 {
    let one = |(logits, truth): (&Vec<f64>, &usize)| {
        let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = logits.iter().map(|z| libm::exp((z - largest) / temperature)).sum();
        let own = logits.get(*truth).copied().unwrap_or(f64::NEG_INFINITY);
        libm::log(sum) - (own - largest) / temperature
    };
    logits.iter().zip(truth).map(one).sum::<f64>() / logits.len().max(1) as f64
}

/// The temperature of the smallest negative log likelihood.
///
/// `None` without inputs, or where the likelihood only grows towards an end
/// of the range: all predictions are right, or the model says the same about all inputs.
///
/// The likelihood is convex in 1/T, so that the sign of its derivative finds the place by bisection over ln T.
pub fn fit(logits: &[Vec<f64>], truth: &[usize]) -> Option<f64> {
    if logits.is_empty() {
        return None;
    }
    // Derivative by 1/T: mean over all inputs of the expected logit minus the true one.
    let slope = |log: f64| -> f64 {
        let temperature = libm::exp(log);
        let one = |(logits, truth): (&Vec<f64>, &usize)| {
            let expected: f64 = softened(logits, temperature).iter().zip(logits).map(|(p, z)| p * z).sum();
            expected - logits.get(*truth).copied().unwrap_or_default()
        };
        logits.iter().zip(truth).map(one).sum()
    };
    let [mut low, mut high] = RANGE;
    // A higher 1/T lowers the likelihood at the low end, and raises it at the high end.
    if slope(low) <= 0.0 || slope(high) >= 0.0 {
        return None;
    }
    for _ in 0..STEPS {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(libm::exp(0.5 * (low + high)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_that_are_too_large_are_cooled_down() {
        // Sure by e^4, right three times of four: the best log odds are ln 3.
        let logits = vec![vec![4.0, 0.0]; 4];
        let temperature = fit(&logits, &[0, 0, 0, 1]).unwrap();
        assert!((4.0 / temperature - 3.0_f64.ln()).abs() < 1e-9);
        assert_eq!(fit(&logits, &[0, 0, 0, 0]), None, "never wrong");
        assert_eq!(fit(&vec![vec![1.0, 1.0]; 3], &[0, 1, 0]), None, "constant");
        assert!((log_loss(&logits, &[0, 0, 0, 1], temperature) - 0.562_335_144_618_808_3).abs() < 1e-9);
    }
}
