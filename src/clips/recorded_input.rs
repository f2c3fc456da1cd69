//! Samples of recordings as inputs of models, with what is known about their moment.

use std::sync::Arc;

use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::input::{Input, Medium};
use crate::data::time::window::Reach;

/// A sample of a recording as models are given it: an image, points, a text, or the window up to it.
#[derive(Clone)]
pub struct RecordedInput {
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// Name of the recording.
    pub clip_name: String,
    /// Which camera or lidar.
    pub channel: ChannelId,
    /// What it records.
    pub medium: Medium,
    /// Name of the channel.
    pub channel_name: String,
    /// Which image.
    pub frame: usize,
    /// How far back those who are asked look.
    pub reach: Reach,
    /// When it was taken, nanoseconds since 1970.
    pub time_ns: i64,
    /// What the human did at that moment, where a signal says so.
    pub human: Option<f64>,
    /// What people said about this moment.
    pub tags: Vec<String>,
}

impl RecordedInput {
    /// Decodes it as models are given it.
    pub fn input(&self) -> Result<Input, ClipError> {
        self.clip.reached(self.channel, self.frame, &self.reach)
    }
}
