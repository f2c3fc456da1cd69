//! Random transforms, strong enough to matter and weak enough to be plausible.

use crate::base::rng::Rng;
use crate::data::cases::stack::TransformSpec;
use crate::data::input::Medium;
use crate::transforms::{TransformKind, built_in};

/// The transforms to choose from at random: those of a medium with a severity.
pub fn choices(medium: Medium) -> Vec<&'static TransformKind> {
    built_in().filter(|kind| kind.strength().is_some() && kind.medium() == medium).collect()
}

/// A transform with a severity of 10 to 60 % of its range, on either side if it has two.
pub fn moderate(kind: &TransformKind, rng: &mut Rng) -> TransformSpec {
    let mut pick = |n: usize| (rng.bits() % n.max(1) as u64) as usize;
    let mut spec = TransformSpec::new(kind.id);
    if let Some(strength) = kind.strength() {
        let part = 0.1 + 0.5 * pick(1000) as f64 / 1000.0;
        let down = strength.min < strength.neutral && pick(2) == 0;
        let end = if down { strength.min } else { strength.at_strength(1.0) };
        let value = strength.neutral + (end - strength.neutral) * part;
        let step = if strength.step > 0.0 { strength.step } else { 1.0 };
        spec.params.insert(strength.id, strength.clamp((value / step).round() * step));
    }
    spec
}
