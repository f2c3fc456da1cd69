//! Swapped signals: two wires or two columns are exchanged.

use crate::data::time::signals::Signals;
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// This transform has no severity: the first signal has the values of the second and the other way round.
pub static KIND: TransformKind = TransformKind {
    id: "swapped_signals",
    title: "Swapped signals",
    summary: "The first two signals are exchanged",
    group: Group::Faults,
    params: &[],
    geometric: false,
    seeded: false,
    build: Build::Signals(|_| Box::new(Swapped)),
};

struct Swapped;

impl SignalTransform for Swapped {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        let [first, second, ..] = signals.series.as_mut_slice() else { return };
        std::mem::swap(&mut first.times, &mut second.times);
        std::mem::swap(&mut first.values, &mut second.values);
    }
}
