//! Margins between classes, for claims about the most probable one.

use crate::data::prediction::Prediction;

/// Probability of `class` minus that of the most probable other class. A class that a prediction does not list counts as 0.
pub(super) fn lead(prediction: &Prediction, class: &str) -> f64 {
    let Prediction::Classes { top } = prediction else { return f64::NAN };
    let best = |own: bool| {
        let scores = top.iter().filter(|one| (one.class == class) == own).map(|one| one.score);
        f64::from(scores.fold(0.0, f32::max))
    };
    best(true) - best(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::prediction::ClassScore;

    #[test]
    fn the_lead_is_against_the_best_other_class() {
        let score = |class: &str, score| ClassScore { class: class.to_owned(), score };
        let top = Prediction::Classes { top: vec![score("red", 0.75), score("green", 0.25)] };
        assert!((lead(&top, "red") - 0.5).abs() < 1e-12);
        assert!((lead(&top, "green") + 0.5).abs() < 1e-12);
        assert!((lead(&top, "off") + 0.75).abs() < 1e-12);
        let alone = Prediction::Classes { top: vec![score("red", 0.75)] };
        assert!((lead(&alone, "red") - 0.75).abs() < 1e-12);
        assert!(lead(&Prediction::Vector { vector: vec![1.0] }, "red").is_nan());
    }
}
