//! Unit error: degrees read as radians, kilometers per hour as meters per second, the wrong sign.

use crate::base::params::ParamSpec;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Factor of every value: 3.6, 2.237, 0.3048, 57.3, -1.
pub static KIND: TransformKind = TransformKind {
    id: "unit_error",
    title: "Unit error",
    summary: "Every value is multiplied by a factor",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec {
    id: "factor",
    title: "Factor",
    unit: "",
    min: -60.0,
    max: 60.0,
    neutral: 1.0,
    initial: 3.6,
    step: 0.1,
};

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        self.span.each(signals, |_, _, _, value| *value *= self.amount);
    }
}
