//! Commands about the playhead.

use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::ChannelId;

/// About the playhead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayCommand {
    /// Plays or pauses.
    Toggle,
    /// Move by this many frames of the active camera.
    Step(i64),
    /// By a length of time.
    Jump(Span),
    /// To a moment.
    Seek(Time),
    /// Move to a frame of the active camera.
    SeekFrame(usize),
    /// To the beginning.
    Start,
    /// To the end.
    End,
    /// To the next or previous tag.
    Event {
        /// True for the next, false for the previous.
        forward: bool,
    },
    /// Set the speed, 1 is real time.
    Speed(f64),
    /// The next faster speed.
    Faster,
    /// The next slower speed.
    Slower,
    /// Plays the loop range again and again, or not.
    ToggleLoop,
    /// Sets the range to loop; none removes it.
    LoopRange(Option<TimeRange>),
    /// Makes another camera the one that steps go by.
    Camera(ChannelId),
}
