//! What a recording says up to a moment: the last pictures of a camera and the last values of signals.

use serde::{Deserialize, Serialize};

use crate::base::time::Time;
use crate::data::image::Image;
use crate::data::time::signals::Signals;

/// Pictures and values up to a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The moment.
    pub at: Time,
    /// Pictures with their times, the latest last; none where only signals are looked at.
    pub frames: Vec<(Time, Image)>,
    /// Signals as they were recorded, up to the moment.
    pub signals: Signals,
}

/// How far a look at one sample reaches back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Pictures up to the one that is asked about; 0 and 1 are that picture alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frames: usize,
    /// Signals by the names of their channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// How far back the signals go, in seconds.
    #[serde(default)]
    pub seconds: f64,
    /// Whether pictures are to know how far away what they show is, where the recording says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub depth: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Reach {
    /// Whether it is one sample and nothing beside it.
    pub fn is_single(&self) -> bool {
        self.frames <= 1 && self.signals.is_empty()
    }

    /// Whether it is one sample as it was recorded.
    pub fn is_plain(&self) -> bool {
        self.is_single() && !self.depth
    }

    /// What holds both.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.depth |= other.depth;
        self.frames = self.frames.max(other.frames);
        self.seconds = self.seconds.max(other.seconds);
        let new: Vec<_> = other.signals.iter().filter(|name| !self.signals.contains(name)).cloned().collect();
        self.signals.extend(new);
        self
    }
}

impl Window {
    /// The picture of the moment itself.
    pub fn picture(&self) -> Option<&Image> {
        self.frames.last().map(|(_, image)| image)
    }
}
