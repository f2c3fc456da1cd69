//! Energy of the logits.

use crate::base::params::{ParamSpec, Params};
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::validity::{Fitted, Rule, Scorer, ValidityKind};

const TEMPERATURE: ParamSpec = ParamSpec::setting("temperature", "Temperature", "", [0.01, 1000.0], 1.0);

/// Minus the logarithm of the sum of exponentials.
pub static KIND: ValidityKind = ValidityKind {
    id: "energy",
    title: "Energy",
    meaning: "minus the logarithm of the sum of the exponentials of the numbers before the softmax",
    source: "Liu et al., Energy-based Out-of-distribution Detection, NeurIPS 2020",
    params: &[TEMPERATURE],
    inside: false,
    rule: Rule::Empirical,
    fit,
};

struct Energy {
    temperature: f64,
}

fn fit(reference: &Observed, params: &Params, threads: usize) -> Result<Fitted, ReferenceError> {
    if reference.logits.is_empty() {
        return Err(ReferenceError::NoLogits);
    }
    let scorer = Energy { temperature: params.value(&TEMPERATURE) };
    let own = scorer.scores(reference, threads).into_iter().flatten().collect();
    let about = format!("temperature {}", scorer.temperature);
    Ok(Fitted { own, about: vec![about], problems: Vec::new(), scorer: Box::new(scorer) })
}

impl Scorer for Energy {
    fn scores(&self, asked: &Observed, _: usize) -> Vec<Option<f64>> {
        let one = |logits: &Vec<f64>| {
            let largest = logits.iter().copied().reduce(f64::max)?;
            let sum: f64 = logits.iter().map(|z| libm::exp((z - largest) / self.temperature)).sum();
            Some(-largest - self.temperature * libm::log(sum))
        };
        asked.logits.iter().map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::neighbors::Vectors;

    #[test]
    fn energy_is_that_of_the_definition_and_does_not_overflow() {
        let logits = vec![vec![1.0, 2.0, 3.0], vec![1000.0, 0.0, 0.0]];
        let vectors = Vectors::new(1, &[0.0, 0.0]);
        let observed = Observed {
            features: vectors.clone(),
            content: vectors,
            classes: vec![2, 0],
            probabilities: Vec::new(),
            logits,
        };
        let scores = Energy { temperature: 1.0 }.scores(&observed, 1);
        let exact = -(1.0_f64.exp() + 2.0_f64.exp() + 3.0_f64.exp()).ln();
        assert!((scores[0].unwrap() - exact).abs() < 1e-12 && (scores[1].unwrap() + 1000.0).abs() < 1e-12);
    }
}
