//! Result of a finder.

use crate::data::findings::Finding;

/// Result of a finder on a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The findings, in the order of time.
    pub findings: Vec<Finding>,
    /// Names of the channels that were looked at.
    pub looked_at: Vec<String>,
    /// Parts that could not be looked at, one sentence each. A skip is not "nothing found".
    pub not_looked_at: Vec<String>,
}

impl Found {
    /// Nothing could be looked at, for this reason.
    pub fn skipped(why: impl Into<String>) -> Self {
        Self { not_looked_at: vec![why.into()], ..Self::default() }
    }

    /// Adds what was found elsewhere in the same recording.
    pub fn add(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.looked_at.extend(other.looked_at);
        self.not_looked_at.extend(other.not_looked_at);
    }
}
