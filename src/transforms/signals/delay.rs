//! Delay: values arrive late.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::data::time::signals::Signals;
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Delay of every sample in seconds.
pub static KIND: TransformKind = TransformKind {
    id: "delay",
    title: "Delay",
    summary: "Every sample is delayed",
    group: Group::Faults,
    params: &[SECONDS],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| Box::new(Delay { by: Span::from_secs(params.value(&SECONDS)) })),
};

const SECONDS: ParamSpec =
    ParamSpec { step: 0.01, ..ParamSpec::from_zero("seconds", "Late by", "s", 10.0, 0.2) };

struct Delay {
    by: Span,
}

impl SignalTransform for Delay {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        for time in signals.series.iter_mut().flat_map(|series| &mut series.times) {
            *time = *time + self.by;
        }
    }
}
