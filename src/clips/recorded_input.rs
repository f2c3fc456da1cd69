//! Samples of recordings as model inputs, with the context of their moment.

use std::sync::Arc;

use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::input::{Input, Medium};
use crate::data::time::window::Reach;

/// A sample of a recording as a model input: an image, a point cloud, a text, or the window up to it.
#[derive(Clone)]
pub struct RecordedInput {
    /// The recording.
    pub clip: Arc<dyn Clip>,
    /// Name of the recording.
    pub clip_name: String,
    /// Camera or lidar channel.
    pub channel: ChannelId,
    /// Medium of the channel.
    pub medium: Medium,
    /// Name of the channel.
    pub channel_name: String,
    /// Index of the frame.
    pub frame: usize,
    /// Extent of the window that models and transforms need.
    pub reach: Reach,
    /// Time of the sample, nanoseconds since 1970.
    pub time_ns: i64,
    /// Value of the human driver at that moment, if a signal has it.
    pub human: Option<f64>,
    /// Tags at this moment.
    pub tags: Vec<String>,
}

impl RecordedInput {
    /// Decodes it as a model input.
    pub fn input(&self) -> Result<Input, ClipError> {
        self.clip.reached(self.channel, self.frame, &self.reach)
    }
}
