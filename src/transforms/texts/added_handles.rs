//! Added handles and addresses, which say nothing about the text.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, TextTransform, TransformKind};

/// Number of handles and addresses that are added before and behind the text.
pub static KIND: TransformKind = TransformKind {
    id: "added_handles",
    title: "Handles and addresses",
    summary: "A handle (@name) or an address (https://) is added before or behind the text",
    group: Group::Writing,
    params: &[COUNT],
    geometric: false,
    seeded: true,
    build: Build::Text(|params| Box::new(AddedHandles { count: params.value(&COUNT).round() as usize })),
};

const COUNT: ParamSpec = ParamSpec {
    id: "count",
    title: "Added",
    unit: "",
    min: 0.0,
    max: 5.0,
    neutral: 0.0,
    initial: 1.0,
    step: 1.0,
};

/// Letters and digits of a random name.
const NAME: usize = 6;
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

struct AddedHandles {
    count: usize,
}

impl TextTransform for AddedHandles {
    fn apply(&self, text: &str, seed: u64) -> String {
        let mut text = text.to_owned();
        for number in 0..self.count as u64 {
            let mut rng = Rng::split(seed, number);
            let name: String = (0..NAME)
                .map(|_| char::from(LETTERS[(rng.bits() % LETTERS.len() as u64) as usize]))
                .collect();
            let added = if rng.unit() < 0.5 { format!("@{name}") } else { format!("https://t.co/{name}") };
            text = if rng.unit() < 0.5 { format!("{added} {text}") } else { format!("{text} {added}") };
        }
        text
    }

    fn expect(&self, _before: &Prediction) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_added_at_both_ends_and_the_text_stays() {
        let all: Vec<String> =
            (0..40).map(|seed| AddedHandles { count: 1 }.apply("late again", seed)).collect();
        assert!(all.iter().all(|text| text.contains("late again")));
        assert!(
            all.iter().any(|text| text.starts_with('@'))
                && all.iter().any(|text| text.starts_with("https://"))
        );
        assert!(all.iter().any(|text| text.starts_with("late")));
        assert_eq!(AddedHandles { count: 0 }.apply("x", 1), "x");
    }
}
