//! Quantization: a sensor with few steps, or a message with few bits.

use crate::base::params::ParamSpec;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Size of a step as a fraction of the signal's range.
pub static KIND: TransformKind = TransformKind {
    id: "quantization",
    title: "Quantization",
    summary: "Values come in steps",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("step", "Step", "of the range", 1.0, 0.1);

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        if self.amount <= 0.0 {
            return;
        }
        self.span.each(signals, |range, _, _, value| {
            let step = self.amount * range;
            *value = (*value / step).round() * step;
        });
    }
}
