//! A stuck value: the sensor repeats its last measurement.

use crate::base::params::ParamSpec;
use crate::data::time::signals::Signals;
use crate::transforms::signals::{FROM, While};
use crate::transforms::{Build, Group, SignalTransform, TransformKind};

/// Duration in seconds for which every signal keeps its value at the start of the fault.
pub static KIND: TransformKind = TransformKind {
    id: "stuck_value",
    title: "Stuck value",
    summary: "A value is constant for a while",
    group: Group::Faults,
    params: &[LENGTH, FROM],
    geometric: false,
    seeded: false,
    build: Build::Signals(|params| {
        Box::new(Stuck { span: While { from: params.value(&FROM), lasting: params.value(&LENGTH) } })
    }),
};

const LENGTH: ParamSpec =
    ParamSpec { step: 0.1, ..ParamSpec::from_zero("seconds", "Stuck for", "s", 600.0, 2.0) };

struct Stuck {
    span: While,
}

impl SignalTransform for Stuck {
    fn apply(&self, signals: &mut Signals, _seed: u64) {
        if self.span.lasting <= 0.0 {
            return;
        }
        let Some((from, until)) = self.span.interval(signals) else { return };
        for series in &mut signals.series {
            let first = series.times.partition_point(|time| *time < from);
            let after = series.times.partition_point(|time| *time <= until);
            let Some(kept) = series.values.get(first).copied() else { continue };
            if let Some(stuck) = series.values.get_mut(first..after) {
                stuck.fill(kept);
            }
        }
    }
}
