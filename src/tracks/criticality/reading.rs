//! Values of criticality metrics, and errors of their inputs.

use std::fmt;

/// Value of a criticality metric, in the unit of the metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// A finite number.
    Number(f64),
    /// A time that is never reached, such as the time to collision with a vehicle that drives away.
    Never,
    /// No finite value suffices, such as the deceleration needed where no gap is left.
    Infinite,
    /// No value, since the metric does not apply.
    Undefined(Reason),
}

/// Reason why a metric has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The other actor is not ahead.
    NotAhead,
    /// The boxes do not overlap sideways.
    NotInPath,
    /// The other actor comes towards ego, or drives backwards.
    Oncoming,
    /// The directions of travel cross, the metric is for lanes.
    Crossing,
    /// The directions of travel do not cross.
    Parallel,
    /// One of the actors stands.
    Standing,
    /// The actors have met already.
    Passed,
    /// The boxes overlap already.
    Overlapping,
    /// An acceleration is unknown.
    NoAcceleration,
}

impl Reading {
    /// A time in seconds; [`Reading::Never`] if it is too large for a number.
    pub fn time(secs: f64) -> Self {
        if secs == f64::INFINITY { Self::Never } else { Self::Number(secs) }
    }

    /// A demand such as a deceleration; [`Reading::Infinite`] if it is too large for a number.
    pub fn demand(value: f64) -> Self {
        if value == f64::INFINITY { Self::Infinite } else { Self::Number(value) }
    }

    /// A change of the number; what is none stays as it is.
    pub(crate) fn map(self, change: impl FnOnce(f64) -> f64) -> Self {
        match self {
            Self::Number(value) => Self::demand(change(value)),
            other @ (Self::Never | Self::Infinite | Self::Undefined(_)) => other,
        }
    }

    /// The finite number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Never | Self::Infinite | Self::Undefined(_) => None,
        }
    }

    /// The number with +∞ for never and infinite, as bounds and plots need it; `None` if undefined.
    pub fn extended(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Never | Self::Infinite => Some(f64::INFINITY),
            Self::Undefined(_) => None,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAhead => "the other actor is not ahead",
            Self::NotInPath => "the other actor is beside the path of ego",
            Self::Oncoming => "the other actor comes towards ego",
            Self::Crossing => "the directions of travel cross",
            Self::Parallel => "the directions of travel do not cross",
            Self::Standing => "an actor stands",
            Self::Passed => "the actors have met already",
            Self::Overlapping => "the boxes overlap already",
            Self::NoAcceleration => "an acceleration is unknown",
        })
    }
}

/// Input of a metric that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CriticalityError {
    /// A number is not a number, infinite, or so large that its square would be.
    #[error("{name} is {value}, expected a finite number of at most 1e100")]
    NotFinite {
        /// Name of the input.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A size, duration or magnitude is negative.
    #[error("{name} is {value}, expected 0 or more")]
    Negative {
        /// Name of the input.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A divisor such as the strongest braking is not positive.
    #[error("{name} is {value}, expected more than 0")]
    NotPositive {
        /// Name of the input.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A number of the state of an actor makes no sense.
    #[error("{field} of {actor} is {value}, expected a finite number, for sizes 0 or more")]
    State {
        /// The actor, `"ego"` or `"other"`.
        actor: &'static str,
        /// Name of the number.
        field: &'static str,
        /// Its value.
        value: f64,
    },
    /// A conflict area is not a convex polygon.
    #[error("the conflict area of {corners} corners is no convex polygon, give its corners in order")]
    Area {
        /// Number of corners.
        corners: usize,
    },
    /// An interval ends before it begins.
    #[error("the interval ends at {exit} s before it begins at {enter} s")]
    Interval {
        /// Begin in seconds.
        enter: f64,
        /// End in seconds.
        exit: f64,
    },
    /// The times of a path do not increase.
    #[error("the time of sample {index} is not after that of the sample before, sort the samples")]
    Order {
        /// Index of the sample.
        index: usize,
    },
    /// A horizon has too many steps.
    #[error("a horizon of {horizon} s in steps of {step} s is too long, use longer steps")]
    Steps {
        /// Horizon in seconds.
        horizon: f64,
        /// Step in seconds.
        step: f64,
    },
}

/// Largest magnitude of inputs: products of three of them are still finite.
pub(crate) const LARGEST: f64 = 1e100;

/// The value, if it is finite and no larger than [`LARGEST`].
pub(crate) fn finite(name: &'static str, value: f64) -> Result<f64, CriticalityError> {
    if value.abs() <= LARGEST { Ok(value) } else { Err(CriticalityError::NotFinite { name, value }) }
}

/// The value, if it is finite and not negative.
pub(crate) fn not_negative(name: &'static str, value: f64) -> Result<f64, CriticalityError> {
    if finite(name, value)? < 0.0 { Err(CriticalityError::Negative { name, value }) } else { Ok(value) }
}

/// The value, if it is finite and positive.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, CriticalityError> {
    if finite(name, value)? > 0.0 { Ok(value) } else { Err(CriticalityError::NotPositive { name, value }) }
}
