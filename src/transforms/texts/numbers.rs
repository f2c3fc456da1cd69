//! Numbers: replaced by others nearby.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::texts::replaced;
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Whole numbers change by up to a fraction of themselves.
pub static KIND: TransformKind = TransformKind {
    id: "numbers",
    title: "Other numbers",
    summary: "Whole numbers become others nearby",
    group: Group::Words,
    params: &[REACH],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(Numbers { reach: params.value(&REACH) })),
};

const REACH: ParamSpec = ParamSpec::from_zero("reach", "At most", "of the number", 1.0, 0.2);

struct Numbers {
    reach: f64,
}

impl TextTransform for Numbers {
    fn apply(&self, text: &str, seed: u64) -> String {
        let rng = Rng::new(seed);
        let rest = |at: usize| text.get(at..).unwrap_or_default();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(from) = rest(at).find(|c: char| c.is_ascii_digit()).map(|found| at + found) {
            at = from + rest(from).find(|c: char| !c.is_ascii_digit()).unwrap_or_else(|| rest(from).len());
            let before = text.get(..from).unwrap_or_default();
            // Two and four are left alone: "2 u" is a word. So are digits inside of words.
            let word = before.ends_with(|c: char| c.is_alphanumeric() || c == '.')
                || rest(at).starts_with(char::is_alphabetic);
            if let (false, Some(Ok(value))) = (word, text.get(from..at).map(str::parse::<u32>))
                && value != 2
                && value != 4
                && self.reach > 0.0
            {
                let most = (self.reach * f64::from(value)).floor() + 1.0;
                let draw = 2.0 * rng.unit_at(from as u64) - 1.0;
                let moved = f64::from(value) + (draw.abs() * most).ceil().copysign(draw);
                parts.push((from..at, format!("{}", moved.max(0.0) as u64)));
            }
        }
        replaced(text, parts)
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_near_and_words_with_digits_stay() {
        for seed in 0..20 {
            let changed = Numbers { reach: 0.2 }.apply("car 100 m ahead on the A4, 2 lanes", seed);
            let number: f64 = changed.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap();
            assert!((number - 100.0).abs() <= 21.0 && (number - 100.0).abs() >= 1.0, "{changed}");
            assert!(changed.ends_with("m ahead on the A4, 2 lanes"), "{changed}");
        }
        assert_eq!(Numbers { reach: 0.0 }.apply("100 m", 1), "100 m");
    }
}
