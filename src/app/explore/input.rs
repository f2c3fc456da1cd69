//! Input of the transforms and the model: the sample on screen, with the samples before it for temporal models.

use std::sync::Arc;

use crate::app::OpenProject;
use crate::claims::spec;
use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::time::window::Reach;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::transforms::stack;

/// An input before and after the transform, as images to look at.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Before.
    pub original: Image,
    /// After.
    pub changed: Image,
    /// Rendering of both sides.
    pub look: Look,
}

/// An input, or the position to read it from.
pub(in crate::app) enum InputSource {
    Here(Input),
    There { clip: Arc<dyn Clip>, channel: ChannelId, frame: usize, reach: Reach },
}

impl InputSource {
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

impl OpenProject {
    /// The input and the number of its sample: the sample on screen, or for temporal models and depth a position to
    /// read it from.
    pub(in crate::app) fn input_source(
        &self,
        channel: ChannelId,
        model: Option<&Model>,
    ) -> Option<(usize, InputSource)> {
        let reach = model.filter(|model| model.medium() == self.medium()).map(Model::reach);
        let reach = reach.unwrap_or_default().with(&spec::reach(self.explore.claim()));
        let reach = reach.with(&stack::reach(&self.models.catalog, &self.explore.stack));
        if reach.is_plain() {
            let (frame, input) = self.frames.input(channel)?;
            return Some((frame, InputSource::Here(input.ok()?)));
        }
        let clip = Arc::clone(&self.clip.as_ref()?.clip);
        let frame = self.playback.frame();
        Some((frame, InputSource::There { clip, channel, frame, reach }))
    }
}
