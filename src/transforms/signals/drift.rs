//! Drift: an error that grows with time, like that of a gyroscope.

use crate::base::params::ParamSpec;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Error after a minute, as a fraction of the signal's range.
pub static KIND: TransformKind = TransformKind {
    id: "drift",
    title: "Drift",
    summary: "Values drift with time",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec =
    ParamSpec { min: -2.0, ..ParamSpec::from_zero("amount", "Off by", "of the range per minute", 2.0, 0.5) };

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        let Some((from, _)) = self.span.interval(signals) else { return };
        self.span.each(signals, |range, _, time, value| {
            *value += self.amount * range * (time - from).secs() / 60.0;
        });
    }
}
