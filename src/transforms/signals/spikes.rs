//! Spikes: single values that are far off, as by electrical interference.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Fraction of the values that jump by the whole range, up or down.
pub static KIND: TransformKind = TransformKind {
    id: "spikes",
    title: "Spikes",
    summary: "Single values are far off",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: true,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("part", "Values", "of all", 1.0, 0.02);

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, seed: u64) {
        let (chosen, sides) = (Rng::split(seed, 0), Rng::split(seed, 1));
        self.span.each(signals, |range, i, _, value| {
            if chosen.unit_at(i as u64) >= self.amount {
                return;
            }
            *value += if sides.at(i as u64) & 1 == 0 { range } else { -range };
        });
    }
}
