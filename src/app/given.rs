//! What is changed and asked about: the sample on screen, with what lies before it for models that look back.

use std::sync::Arc;

use crate::app::App;
use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::input::Input;
use crate::data::window::Reach;
use crate::inference::model::Model;
use crate::suites::bounds;

/// An input, or where it is read.
pub(super) enum Given {
    Here(Input),
    There { clip: Arc<dyn Clip>, channel: ChannelId, frame: usize, reach: Reach },
}

impl Given {
    pub(super) fn input(&self) -> Result<Input, ClipError> {
        match self {
            Self::Here(input) => Ok(input.clone()),
            Self::There { clip, channel, frame, reach } => clip.reached(*channel, *frame, reach),
        }
    }
}

impl App {
    /// What is changed, and the number of the sample: what is on screen, or for models that look back a place to read it from.
    pub(super) fn given(&self, channel: ChannelId, model: Option<&Model>) -> Option<(usize, Given)> {
        let reach = model.filter(|model| model.medium() == self.medium()).map(Model::reach);
        let reach = reach.unwrap_or_default().with(&bounds::reach(self.explore.claim()));
        if reach.is_single() {
            let (frame, input) = self.frames.input(channel)?;
            return Some((frame, Given::Here(input.ok()?)));
        }
        let clip = Arc::clone(&self.clip.as_ref()?.clip);
        let frame = self.playback.frame();
        Some((frame, Given::There { clip, channel, frame, reach }))
    }
}
