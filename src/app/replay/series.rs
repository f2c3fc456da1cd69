//! Signals derived by a formula over those of a recording, for plots: `speed * 3.6`, `derivative(signal("/imu.yaw"))`.

use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::base::expression::error::ExpressionError;
use crate::base::expression::{Binary, Expr, Grammar, Unary, Value, binary, parse};
use crate::base::nearest::hint;
use crate::base::time::{Time, index_at};
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind};

/// Functions with their numbers of arguments.
const FUNCTIONS: &[(&str, RangeInclusive<usize>)] = &[
    ("signal", 1..=1),
    ("abs", 1..=1),
    ("sqrt", 1..=1),
    ("sin", 1..=1),
    ("cos", 1..=1),
    ("min", 2..=2),
    ("max", 2..=2),
    ("derivative", 1..=1),
    ("integral", 1..=1),
];

const GRAMMAR: Grammar = Grammar { prefixes: &[], dotted: true, functions: FUNCTIONS, parameters: None };

/// Help for whoever types a formula.
pub const HELP: &str = "A signal, or a formula: speed * 3.6, signal(\"/imu.yaw\") - 1, abs, sqrt, sin, cos, min, max, \
                        derivative (per second), integral (over seconds); comparisons are 1 or 0";

/// Times and values of a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Times, in order.
    pub times: Arc<Vec<Time>>,
    /// A value for each; NaN where it is not defined.
    pub values: Arc<Vec<f64>>,
}

/// A formula that cannot be plotted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// The text is no expression, or its types do not fit.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// A name of no signal.
    #[error("the recording has no signal {name:?}{hint}")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest name, as a sentence; or "".
        hint: String,
    },
    /// A formula of numbers alone.
    #[error("{0:?} names no signal, so it has no times")]
    NoSignal(String),
}

/// A part of a formula: one number, or a value at each time.
enum Part {
    One(f64),
    Each(Vec<f64>),
}

impl Part {
    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::One(value) => Self::One(change(value)),
            Self::Each(values) => Self::Each(values.into_iter().map(change).collect()),
        }
    }

    fn join(self, other: Self, join: impl Fn(f64, f64) -> f64) -> Self {
        match (self, other) {
            (Self::One(a), Self::One(b)) => Self::One(join(a, b)),
            (Self::One(a), Self::Each(b)) => Self::Each(b.into_iter().map(|b| join(a, b)).collect()),
            (Self::Each(a), Self::One(b)) => Self::Each(a.into_iter().map(|a| join(a, b)).collect()),
            (Self::Each(a), Self::Each(b)) => {
                Self::Each(a.into_iter().zip(b).map(|(a, b)| join(a, b)).collect())
            }
        }
    }
}

/// The signal that a text names whole, if it does.
pub fn signal_named(clip: &dyn Clip, text: &str) -> Option<ChannelId> {
    let info = clip.info();
    info.of_kind(ChannelKind::Signal).find(|(_, channel)| channel.name == text).map(|(id, _)| id)
}

/// The curve of a text: a signal by its name, or a formula at the times of its first signal. Other signals count with their
/// latest value; before the first one the formula is not defined.
pub fn curve(clip: &dyn Clip, text: &str) -> Result<Curve, SeriesError> {
    if let Some(id) = signal_named(clip, text) {
        return Ok(Curve { times: clip.times(id), values: clip.values(id) });
    }
    let tree = parse(text, GRAMMAR)?;
    let first = first_signal(&tree).ok_or_else(|| SeriesError::NoSignal(text.to_owned()))?;
    let formula = Formula { clip, times: clip.times(known(clip, first)?) };
    let values = match formula.part(&tree)? {
        Part::One(value) => vec![value; formula.times.len()],
        Part::Each(values) => values,
    };
    Ok(Curve { times: formula.times, values: Arc::new(values) })
}

fn known(clip: &dyn Clip, name: &str) -> Result<ChannelId, SeriesError> {
    signal_named(clip, name).ok_or_else(|| {
        let info = clip.info();
        let names: Vec<&str> =
            info.of_kind(ChannelKind::Signal).map(|(_, channel)| channel.name.as_str()).collect();
        SeriesError::Unknown { name: name.to_owned(), hint: hint(name, names.iter().copied()) }
    })
}

fn first_signal(tree: &Expr) -> Option<&str> {
    match tree {
        Expr::Name(_, name) => Some(name),
        Expr::Call(function, arguments) if function == "signal" => match arguments.first() {
            Some(Expr::Text(name)) => Some(name),
            _ => None,
        },
        Expr::Call(_, arguments) => arguments.iter().find_map(first_signal),
        Expr::Unary(_, inner) => first_signal(inner),
        Expr::Binary(_, a, b) => first_signal(a).or_else(|| first_signal(b)),
        Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => None,
    }
}

struct Formula<'a> {
    clip: &'a dyn Clip,
    times: Arc<Vec<Time>>,
}

impl Formula<'_> {
    fn part(&self, tree: &Expr) -> Result<Part, SeriesError> {
        Ok(match tree {
            Expr::Number(number) => Part::One(*number),
            Expr::Truth(truth) => Part::One(f64::from(u8::from(*truth))),
            Expr::Text(_) => {
                return Err(ExpressionError::Kind { expected: "a number", found: "a string" }.into());
            }
            Expr::Name(_, name) => self.signal(name)?,
            Expr::Unary(Unary::Minus, inner) => self.part(inner)?.map(|value| -value),
            Expr::Unary(Unary::Not, inner) => self
                .part(inner)?
                .map(|value| if value.is_nan() { value } else { f64::from(u8::from(value == 0.0)) }),
            Expr::Binary(operator, a, b) => {
                let (a, b) = (self.part(a)?, self.part(b)?);
                a.join(b, |a, b| joined(*operator, a, b))
            }
            Expr::Call(function, arguments) => self.call(function, arguments)?,
        })
    }

    fn call(&self, function: &str, arguments: &[Expr]) -> Result<Part, SeriesError> {
        let argument = |at: usize| {
            let missing = ExpressionError::Kind { expected: "an argument", found: "none" };
            arguments.get(at).ok_or(missing).map_err(SeriesError::from)
        };
        let first = argument(0)?;
        if let ("signal", Expr::Text(name)) = (function, first) {
            return self.signal(name);
        }
        let of_first = self.part(first)?;
        Ok(match function {
            "abs" => of_first.map(f64::abs),
            "sqrt" => of_first.map(f64::sqrt),
            "sin" => of_first.map(f64::sin),
            "cos" => of_first.map(f64::cos),
            "min" => of_first.join(self.part(argument(1)?)?, f64::min),
            "max" => of_first.join(self.part(argument(1)?)?, f64::max),
            "derivative" => self.over_time(of_first, derivative),
            "integral" => self.over_time(of_first, integral),
            _ => return Err(ExpressionError::Kind { expected: "a name in quotes", found: "a number" }.into()),
        })
    }

    fn over_time(&self, part: Part, change: fn(&[Time], &[f64]) -> Vec<f64>) -> Part {
        let values = match part {
            Part::One(value) => vec![value; self.times.len()],
            Part::Each(values) => values,
        };
        Part::Each(change(&self.times, &values))
    }

    fn signal(&self, name: &str) -> Result<Part, SeriesError> {
        let id = known(self.clip, name)?;
        let (times, values) = (self.clip.times(id), self.clip.values(id));
        if Arc::ptr_eq(&times, &self.times) && times.len() == values.len() {
            return Ok(Part::Each(values.to_vec()));
        }
        let held = |time: &Time| {
            let known = times.first().is_some_and(|first| first <= time);
            let value = values.get(index_at(&times, *time)).copied();
            value.filter(|_| known).unwrap_or(f64::NAN)
        };
        Ok(Part::Each(self.times.iter().map(held).collect()))
    }
}

fn joined(operator: Binary, a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        return f64::NAN;
    }
    if operator == Binary::And {
        return f64::from(u8::from(a != 0.0 && b != 0.0));
    }
    if operator == Binary::Or {
        return f64::from(u8::from(a != 0.0 || b != 0.0));
    }
    match binary(operator, Value::Number(a), Value::Number(b)) {
        Ok(Value::Number(number)) => number,
        Ok(Value::Truth(truth)) => f64::from(u8::from(truth)),
        // A division by zero is a gap in the curve.
        Ok(Value::Text(_)) | Err(_) => f64::NAN,
    }
}

/// Change per second since the value before.
fn derivative(times: &[Time], values: &[f64]) -> Vec<f64> {
    let pairs = times.iter().zip(values);
    let changes = pairs.clone().zip(pairs.skip(1)).map(|((t0, a), (t1, b))| {
        let seconds = (*t1 - *t0).secs();
        if seconds > 0.0 { (b - a) / seconds } else { f64::NAN }
    });
    std::iter::once(f64::NAN).chain(changes).take(times.len()).collect()
}

/// Sum over seconds since the first value, by trapezoids; a gap adds nothing.
fn integral(times: &[Time], values: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let pairs = times.iter().zip(values);
    let sums = pairs.clone().zip(pairs.skip(1)).map(|((t0, a), (t1, b))| {
        let area = (a + b) / 2.0 * (*t1 - *t0).secs();
        sum += if area.is_finite() { area } else { 0.0 };
        sum
    });
    std::iter::once(0.0).chain(sums).take(times.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Span;
    use crate::clips::ClipError;
    use crate::data::clip::{ChannelInfo, ClipInfo, Sample};

    /// Two signals of other rates.
    struct TwoSignals(Vec<Curve>);

    impl Clip for TwoSignals {
        fn info(&self) -> Arc<ClipInfo> {
            let channels = ["speed", "/imu.yaw rate"].map(|name| ChannelInfo {
                name: name.to_owned(),
                kind: ChannelKind::Signal,
                encoding: "test".to_owned(),
                samples: 0,
                problem: None,
            });
            Arc::new(ClipInfo { channels: channels.into(), ..ClipInfo::default() })
        }

        fn times(&self, channel: ChannelId) -> Arc<Vec<Time>> {
            Arc::clone(&self.0[channel.0].times)
        }

        fn values(&self, channel: ChannelId) -> Arc<Vec<f64>> {
            Arc::clone(&self.0[channel.0].values)
        }

        fn read(&self, channel: ChannelId, index: usize) -> Result<Sample, ClipError> {
            Ok(Sample::Scalar(self.0[channel.0].values[index]))
        }

        fn index(&self, _progress: &crate::base::progress::Progress) -> Result<(), ClipError> {
            Ok(())
        }
    }

    fn clip() -> TwoSignals {
        let signal = |step: f64, values: &[f64]| {
            let times = (0..values.len()).map(|i| Time(0) + Span::from_secs(step * i as f64)).collect();
            Curve { times: Arc::new(times), values: Arc::new(values.to_vec()) }
        };
        TwoSignals(vec![signal(1.0, &[0.0, 1.0, 4.0, 9.0, 16.0]), signal(1.5, &[10.0, 20.0, 0.0])])
    }

    fn values(text: &str) -> Vec<f64> {
        curve(&clip(), text).unwrap().values.to_vec()
    }

    #[test]
    fn formulas_are_evaluated_at_the_times_of_their_first_signal() {
        assert_eq!(values("speed"), [0.0, 1.0, 4.0, 9.0, 16.0]);
        assert_eq!(values("/imu.yaw rate"), [10.0, 20.0, 0.0], "a whole name needs no quotes");
        assert_eq!(values("speed * 2 + 1"), [1.0, 3.0, 9.0, 19.0, 33.0]);
        assert_eq!(values("speed + signal(\"/imu.yaw rate\")"), [10.0, 11.0, 24.0, 9.0, 16.0], "held");
        assert_eq!(values("sqrt(speed) >= 2"), [0.0, 0.0, 1.0, 1.0, 1.0]);
        assert_eq!(values("max(-speed, -4)"), [0.0, -1.0, -4.0, -4.0, -4.0]);
        assert_eq!(values("integral(speed)"), [0.0, 0.5, 3.0, 9.5, 22.0]);
        let change = values("derivative(speed)");
        assert!(change[0].is_nan() && change[1..] == [1.0, 3.0, 5.0, 7.0], "{change:?}");
        let gap = values("1 / speed");
        assert!(gap[0].is_nan() && gap[1..] == [1.0, 0.25, 1.0 / 9.0, 0.0625], "{gap:?}");
    }

    #[test]
    fn what_is_no_curve_is_said_in_words() {
        let problem = |text: &str| curve(&clip(), text).unwrap_err().to_string();
        assert!(problem("sped * 2").contains("no signal \"sped\"") && problem("sped * 2").contains("speed"));
        assert!(problem("2 + 3").contains("names no signal"));
        assert!(problem("speed *").contains("the expression"));
        assert!(problem("speed + \"a\"").contains("expected a number, found a string"));
    }
}
