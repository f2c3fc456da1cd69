//! Tags that a person sets on a moment or an interval of a clip.

use serde::{Deserialize, Serialize};

use crate::base::time::{Span, Time, TimeRange};
use crate::data::labels::label::Attributes;

/// Time before and after the tag of a moment in which it counts.
pub const MOMENT: Span = Span(500_000_000);

/// A point or an interval on the time axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// Stable id within the project.
    pub id: u64,
    /// Name of the clip in the project.
    pub clip: String,
    /// Name of the tag type in the ontology.
    pub kind: String,
    /// The moment, or the start of the interval.
    pub start: Time,
    /// End of the interval; `None` for a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// Free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Attributes by the ontology of its type.
    #[serde(default, skip_serializing_if = "Attributes::is_empty")]
    pub attributes: Attributes,
}

impl Tag {
    /// Time range of the tag; a moment covers an empty range.
    pub fn range(&self) -> TimeRange {
        TimeRange { start: self.start, end: self.end.unwrap_or(self.start) }
    }

    /// True if the tag covers `time`; a moment covers everything within `reach_ns` of it.
    pub fn covers(&self, time: Time, reach_ns: i64) -> bool {
        match self.end {
            Some(_) => self.range().contains(time),
            None => (self.start - time).0.abs() <= reach_ns,
        }
    }
}
