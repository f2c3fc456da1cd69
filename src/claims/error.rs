//! Problems of a claim as it is written in a file, on the command line or in the window.

use crate::base::expression::error::ExpressionError;
use crate::base::params::ParamProblem;
use crate::base::temporal::error::TemporalError;
use crate::inference::ModelError;

/// A claim that cannot be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// No claim has this name.
    #[error("unknown claim {id:?}{}, expected one of {}", hint(*nearest), known.join(", "))]
    Unknown {
        /// The name that was written.
        id: String,
        /// The known name that is most like it.
        nearest: Option<&'static str>,
        /// All known names.
        known: Vec<&'static str>,
    },
    /// A value of no known parameter, or outside of its range.
    #[error("claim {claim:?}: {problem}")]
    Param {
        /// Name of the claim.
        claim: String,
        /// The value.
        problem: ParamProblem,
    },
    /// The claim is about a region that is none.
    #[error(
        "the region of the claim {claim:?} is not valid, its edges must be numbers, x0 left of x1 and y0 above y1"
    )]
    Region {
        /// Name of the claim.
        claim: String,
    },
    /// The claim is about a cuboid that is none.
    #[error(
        "the object of the claim {claim:?} is not valid, its center, size and yaw must be numbers, its sides above 0"
    )]
    Object {
        /// Name of the claim.
        claim: String,
    },
    /// The claim is about pixels that are none.
    #[error("the area of the claim {claim:?} is not valid, its runs must cover the image exactly")]
    Area {
        /// Name of the claim.
        claim: String,
    },
    /// The claim needs a subject.
    #[error("claim {claim:?} needs the name of a {subject}")]
    NoSubject {
        /// Name of the claim.
        claim: String,
        /// The sort of thing that has to be named: `"class"`.
        subject: &'static str,
    },
    /// The claim needs an expression.
    #[error(
        "the claim {claim:?} has no expression, write one like \"after.steering >= 0.9 * before.steering\""
    )]
    NoExpression {
        /// Name of the claim.
        claim: String,
    },
    /// The expression cannot be read.
    #[error("{source}")]
    Expression {
        /// The problem, with the expression and the position in it.
        source: ExpressionError,
    },
    /// The formula cannot be read.
    #[error("{source}")]
    Temporal {
        /// The problem, with the formula and the position in it.
        source: TemporalError,
    },
    /// No value can be within the bounds.
    #[error("the claim {claim:?} asks for at least {least} and at most {most}, exchange them")]
    Bounds {
        /// Name of the claim.
        claim: String,
        /// The lower bound.
        least: f64,
        /// The upper bound.
        most: f64,
    },
    /// The claim names a backend that does not exist or a setting that it does not have.
    #[error(transparent)]
    Backend(#[from] ModelError),
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map(|id| format!(", did you mean {id:?}?")).unwrap_or_default()
}
