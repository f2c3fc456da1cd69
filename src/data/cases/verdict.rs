//! Pass, fail or skip, and why.

use serde::{Deserialize, Serialize};

/// The outcome of a claim. Something that could not be judged is a skip, never a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The claim holds.
    Pass,
    /// The claim does not hold.
    Fail {
        /// What was seen instead, in one sentence.
        why: String,
    },
    /// The claim could not be judged.
    Skip {
        /// What was missing, in one sentence.
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

    /// Whether the claim was judged and does not hold.
    pub fn failed(&self) -> bool {
        matches!(self, Self::Fail { .. })
    }
}
