//! Pass, fail or skip, with the reason.

use serde::{Deserialize, Serialize};

/// Verdict on a claim. A claim that could not be judged is a skip, never a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The claim holds.
    Pass,
    /// The claim does not hold.
    Fail {
        /// Reason in one sentence.
        why: String,
    },
    /// The claim could not be judged.
    Skip {
        /// Missing precondition in one sentence.
        why: String,
    },
}

impl Verdict {
    /// `pass`, `fail` or `skip`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail { .. } => "fail",
            Self::Skip { .. } => "skip",
        }
    }

    /// The reason, or "" for a pass.
    pub fn why(&self) -> &str {
        match self {
            Self::Pass => "",
            Self::Fail { why } | Self::Skip { why } => why,
        }
    }

    /// True if the claim was judged and does not hold.
    pub fn failed(&self) -> bool {
        matches!(self, Self::Fail { .. })
    }
}
