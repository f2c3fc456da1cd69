//! Commands about the reference set.

use crate::app::guard::Reference;

/// About the reference set.
#[derive(Clone, Debug)]
pub enum GuardCommand {
    /// Fits a reference set to the loaded model.
    Use(Reference),
    /// Chooses the score of validity by its id.
    Score(String),
    /// Names a valid input: "a road".
    Name(String),
    /// Uses no reference set any more.
    Clear,
    /// Scores the frames of the recording on screen for the timeline.
    ScoreRecording,
}
