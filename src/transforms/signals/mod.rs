//! Transforms of signals: faults of a sensor, its wire and its clock.
//!
//! Amounts are fractions of a signal's range, the distance between its least and greatest value, so that one
//! severity means as much for a speed as for an angle. A fault lasts for the whole recording by default.

use crate::transforms::TransformKind;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::data::time::signals::{Series, Signals};

pub mod clock_skew;
pub mod delay;
pub mod drift;
pub mod dropout;
pub mod offset;
pub mod quantization;
pub mod signal_noise;
pub mod spikes;
pub mod stuck_value;
pub mod swapped_signals;
pub mod unit_error;

/// Start of a fault.
const FROM: ParamSpec = ParamSpec {
    id: "from",
    title: "Begins",
    unit: "s after the start",
    min: 0.0,
    max: 86_400.0,
    neutral: 0.0,
    initial: 0.0,
    step: 0.1,
};

/// Duration of a fault.
const LASTING: ParamSpec = ParamSpec {
    id: "lasting",
    title: "Lasts",
    unit: "s",
    min: 0.0,
    max: 86_400.0,
    neutral: 86_400.0,
    initial: 86_400.0,
    step: 0.1,
};

/// Interval of a fault.
#[derive(Clone, Copy, Debug)]
struct While {
    from: f64,
    lasting: f64,
}

impl While {
    fn new(params: &Params) -> Self {
        Self { from: params.value(&FROM), lasting: params.value(&LASTING) }
    }

    /// First and last time in the signals.
    fn interval(self, signals: &Signals) -> Option<(Time, Time)> {
        let (start, end) = signals.span()?;
        let from = start + Span::from_secs(self.from);
        Some((from, (from + Span::from_secs(self.lasting)).min(end)))
    }

    /// Passes every value in the interval to `change`: its signal's range, its position, its time, the value.
    fn each(self, signals: &mut Signals, mut change: impl FnMut(f64, usize, Time, &mut f64)) {
        let Some((from, until)) = self.interval(signals) else { return };
        for series in &mut signals.series {
            let range = range(series);
            let samples = series.times.iter().zip(&mut series.values).enumerate();
            for (i, (time, value)) in samples.filter(|(_, (time, _))| (from..=until).contains(*time)) {
                change(range, i, *time, value);
            }
        }
    }
}

/// Distance between the least and the greatest value; that of a constant is its size, or 1.
fn range(series: &Series) -> f64 {
    let finite = || series.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::MAX, f64::min), finite().fold(f64::MIN, f64::max));
    if high > low {
        high - low
    } else if low <= high && high.abs() > 0.0 {
        high.abs()
    } else {
        1.0
    }
}

/// The transforms of signals, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &offset::KIND,
    &drift::KIND,
    &signal_noise::KIND,
    &spikes::KIND,
    &stuck_value::KIND,
    &dropout::KIND,
    &delay::KIND,
    &clock_skew::KIND,
    &quantization::KIND,
    &unit_error::KIND,
    &swapped_signals::KIND,
];
