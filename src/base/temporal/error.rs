//! Errors of formulas over time, and reasons for which one cannot be judged.

use crate::base::expression::error::ExpressionError;
use crate::base::time::Span;

/// Error of a formula: it cannot be judged on any recording with these signals.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemporalError {
    /// The text is no expression, or a value does not fit its place.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// No signal has this name.
    #[error("unknown signal {name:?}{hint}")]
    UnknownName {
        /// The name.
        name: String,
        /// The known name that is most like it, in words; "" if none is.
        hint: String,
    },
    /// A part that is of another type than its place takes.
    #[error("expected {expected}, found {found} in {part}{hint}")]
    Kind {
        /// The expected type in words.
        expected: &'static str,
        /// The actual type in words.
        found: &'static str,
        /// The part as it is written.
        part: String,
        /// Advice; "" for none.
        hint: String,
    },
    /// A limit of a window that is no constant number of seconds from 0 to 10⁹, or an end before its beginning.
    #[error("{part}: {problem}")]
    Window {
        /// The part with the window.
        part: String,
        /// Problem of the window.
        problem: &'static str,
    },
    /// Events of events beyond the limit.
    #[error("{part}: rises, falls, then and count are nested more than {limit} levels deep")]
    Events {
        /// The innermost part that is still allowed to contain others.
        part: String,
        /// Number of levels.
        limit: usize,
    },
}

/// Reason for which a formula has no verdict on an interval, as a sentence. Times count from its beginning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// An interval without a moment.
    #[error("the interval is empty")]
    Empty,
    /// A signal without a sample inside of the interval.
    #[error("{name:?} has no samples in the interval")]
    NoSamples {
        /// Name of the signal.
        name: String,
    },
    /// A signal whose stamps are not in order.
    #[error("the times of {name:?} go backwards at sample {sample}")]
    Backwards {
        /// Name of the signal.
        name: String,
        /// Number of the first sample before its predecessor, from 0.
        sample: usize,
    },
    /// A signal with another number of stamps than of values.
    #[error("{name:?} has {times} times for {values} values")]
    Lengths {
        /// Name of the signal.
        name: String,
        /// Number of stamps.
        times: usize,
        /// Number of values.
        values: usize,
    },
    /// A signal that begins after the interval.
    #[error("{name:?} has no value {} s after the beginning of the interval, its first sample comes later", seconds(*after))]
    Late {
        /// Name of the signal.
        name: String,
        /// Time since the beginning.
        after: Span,
    },
    /// A sample that is not a number.
    #[error("{name:?} is not a number {} s after the beginning of the interval", seconds(*after))]
    NotNumber {
        /// Name of the signal.
        name: String,
        /// Time since the beginning.
        after: Span,
    },
    /// A division by zero, a root of a negative number, or infinite minus infinite.
    #[error("{part} has no value {} s after the beginning of the interval", seconds(*after))]
    Undefined {
        /// The part.
        part: String,
        /// Time since the beginning.
        after: Span,
    },
    /// A window that reaches beyond the end, where the rest could change the verdict.
    #[error("the interval ends before {part} is decided, make it longer or the windows shorter")]
    Short {
        /// The part whose value is needed.
        part: String,
    },
}

/// Seconds to a thousandth, without zeros at the end.
fn seconds(span: Span) -> f64 {
    (span.secs() * 1000.0).round() / 1000.0
}
