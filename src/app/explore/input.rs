//! Input of the transforms and the model: the sample on screen, with the samples before it for temporal models.

use std::sync::Arc;

use crate::app::App;
use crate::claims::signal_within;
use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::input::Input;
use crate::data::time::window::Reach;
use crate::inference::model::Model;
use crate::transforms::stack;

/// An input, or the position to read it from.
pub(in crate::app) enum Given {
    Here(Input),
    There { clip: Arc<dyn Clip>, channel: ChannelId, frame: usize, reach: Reach },
}

impl Given {
    /// Position to read it from, unless it is here.
    pub(in crate::app) fn place(&self) -> Option<(usize, Reach)> {
        match self {
            Self::Here(_) => None,
            Self::There { frame, reach, .. } => Some((*frame, reach.clone())),
        }
    }

    pub(in crate::app) fn input(&self) -> Result<Input, ClipError> {
        match self {
            Self::Here(input) => Ok(input.clone()),
            Self::There { clip, channel, frame, reach } => clip.reached(*channel, *frame, reach),
        }
    }
}

impl App {
    /// The input and the number of its sample: the sample on screen, or for temporal models and depth a position to
    /// read it from.
    pub(in crate::app) fn given(&self, channel: ChannelId, model: Option<&Model>) -> Option<(usize, Given)> {
        let reach = model.filter(|model| model.medium() == self.medium()).map(Model::reach);
        let reach = reach.unwrap_or_default().with(&signal_within::reach(self.explore.claim()));
        let reach = reach.with(&stack::reach(&self.explore.stack));
        if reach.is_plain() {
            let (frame, input) = self.frames.input(channel)?;
            return Some((frame, Given::Here(input.ok()?)));
        }
        let clip = Arc::clone(&self.clip.as_ref()?.clip);
        let frame = self.playback.frame();
        Some((frame, Given::There { clip, channel, frame, reach }))
    }
}
