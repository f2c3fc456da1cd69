//! Windows of a recording up to a moment: the last frames of a camera and the last values of signals.

use serde::{Deserialize, Serialize};

use crate::base::time::Time;
use crate::data::image::Image;
use crate::data::time::signals::Signals;

/// Frames and signal values up to a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The moment.
    pub at: Time,
    /// Frames with their times, the latest last; empty for signals alone.
    pub frames: Vec<(Time, Image)>,
    /// Recorded signals, up to the moment.
    pub signals: Signals,
}

/// Extent of a window before its sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Number of frames, including the current one; 0 and 1 are that frame alone.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frames: usize,
    /// Signals by the names of their channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// Length of the signals in seconds.
    #[serde(default)]
    pub seconds: f64,
    /// True if frames need depth maps where the recording has them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub depth: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Reach {
    /// True for one sample and nothing beside it.
    pub fn is_single(&self) -> bool {
        self.frames <= 1 && self.signals.is_empty()
    }

    /// True for one sample as it was recorded.
    pub fn is_plain(&self) -> bool {
        self.is_single() && !self.depth
    }

    /// The smallest extent that contains both.
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
    /// The frame of the moment itself.
    pub fn picture(&self) -> Option<&Image> {
        self.frames.last().map(|(_, image)| image)
    }
}
