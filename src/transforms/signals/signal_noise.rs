//! Noise: every value is slightly off.

use crate::base::params::ParamSpec;
use crate::base::rng::{NORMAL_QUANTILES, Rng};
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, LASTING, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Standard deviation of normal noise as a fraction of the signal's range.
pub static KIND: TransformKind = TransformKind {
    id: "signal_noise",
    title: "Signal noise",
    summary: "Every value is slightly off",
    group: Group::Faults,
    params: &[AMOUNT, FROM, LASTING],
    geometric: false,
    seeded: true,
    build: Build::Signals(|params| {
        Box::new(Fault { amount: params.value(&AMOUNT), span: While::new(params) })
    }),
};

const AMOUNT: ParamSpec = ParamSpec::from_zero("amount", "Noise", "of the range", 1.0, 0.05);

struct Fault {
    amount: f64,
    span: While,
}

impl SignalTransform for Fault {
    fn apply(&self, signals: &mut Signals, seed: u64) {
        let rng = Rng::new(seed);
        self.span.each(signals, |range, i, _, value| {
            *value += self.amount * range * f64::from(NORMAL_QUANTILES[(rng.at(i as u64) & 4095) as usize]);
        });
    }
}
