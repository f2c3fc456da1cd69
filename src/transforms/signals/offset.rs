//! Offset: a sensor that is mounted or calibrated wrongly.

use crate::base::params::ParamSpec;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Added to every value, as a fraction of the signal's range.
pub static KIND: TransformKind = TransformKind {
    id: "offset",
    title: "Offset",
    summary: "Every value is off by a constant",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec =
    ParamSpec { min: -1.0, ..ParamSpec::from_zero("amount", "Off by", "of the range", 1.0, 0.1) };

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        self.span.each(signals, |range, _, _, value| *value += self.amount * range);
    }
}
