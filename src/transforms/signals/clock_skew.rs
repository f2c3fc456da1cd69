//! Clock skew: the clock of the sensor runs fast or slow.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::data::time::signals::Signals;
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Milliseconds by which the clock is off after each second.
pub static KIND: TransformKind = TransformKind {
    id: "clock_skew",
    title: "Clock skew",
    summary: "The clock of the sensor runs fast or slow",
    group: Group::Faults,
    params: &[RATE],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| Box::new(Skew { rate: params.value(&RATE) })),
};

const RATE: ParamSpec = ParamSpec {
    id: "rate",
    title: "Off by",
    unit: "ms each second",
    min: -100.0,
    max: 100.0,
    neutral: 0.0,
    initial: 10.0,
    step: 1.0,
};

struct Skew {
    rate: f64,
}

impl SignalTransform for Skew {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        let Some((start, _)) = signals.span() else { return };
        for time in signals.series.iter_mut().flat_map(|series| &mut series.times) {
            let late = (*time - start).secs() * self.rate / 1e3;
            *time = *time + Span::from_secs(late);
        }
    }
}
