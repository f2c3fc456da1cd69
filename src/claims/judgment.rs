//! The judgment of a claim: its verdict and by how much it passes or fails.

use crate::base::expression::error::ExpressionError;
use crate::data::cases::verdict::Verdict;

/// A verdict with its margin.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgment {
    /// Pass, fail or skip.
    pub verdict: Verdict,
    /// Value minus bound in the unit of the claim: above 0 it passes, below 0 it fails, at 0 the claim's own comparison
    /// decides. None where no finite number says it.
    pub margin: Option<f64>,
}

/// The reason for which a claim cannot be judged, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudged(pub String);

impl Judgment {
    /// The claim passes by `margin`; a margin that is not finite is none.
    pub fn pass(margin: f64) -> Self {
        Self { verdict: Verdict::Pass, margin: finite(margin) }
    }

    /// The claim fails by `margin`, for this reason; a margin that is not finite is none.
    pub fn fail(margin: f64, why: String) -> Self {
        Self { verdict: Verdict::Fail { why }, margin: finite(margin) }
    }

    /// The claim cannot be judged, for this reason.
    pub fn skip(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skip { why: why.into() }, margin: None }
    }
}

fn finite(margin: f64) -> Option<f64> {
    // No negative zero in files.
    margin.is_finite().then_some(margin + 0.0)
}

impl From<Result<Self, Unjudged>> for Judgment {
    fn from(judged: Result<Self, Unjudged>) -> Self {
        judged.unwrap_or_else(|Unjudged(why)| Self::skip(why))
    }
}

impl From<ExpressionError> for Unjudged {
    fn from(err: ExpressionError) -> Self {
        Self(err.to_string())
    }
}

impl From<String> for Unjudged {
    fn from(why: String) -> Self {
        Self(why)
    }
}

impl From<&str> for Unjudged {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}
