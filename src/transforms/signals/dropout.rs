//! Dropout: messages that never arrived.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::base::time::Time;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Fraction of the samples that are missing.
pub static KIND: TransformKind = TransformKind {
    id: "dropout",
    title: "Dropout",
    summary: "Samples are missing",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: true,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("part", "Missing", "of the samples", 1.0, 0.3);

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, seed: u64) {
        let Some((from, until)) = self.span.interval(signals) else { return };
        let rng = Rng::new(seed);
        for series in &mut signals.series {
            let lost =
                |i: usize, time: Time| (from..=until).contains(&time) && rng.unit_at(i as u64) < self.amount;
            let stays: Vec<bool> = series.times.iter().enumerate().map(|(i, time)| !lost(i, *time)).collect();
            let (mut times, mut values) = (stays.iter(), stays.iter());
            series.times.retain(|_| *times.next().unwrap_or(&true));
            series.values.retain(|_| *values.next().unwrap_or(&true));
        }
    }
}
