//! Commands about the reference set.

use std::path::PathBuf;

/// Inputs that a model is used to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The recording on screen, by the active camera.
    Recording,
    /// Another recording of the project, by name.
    Other(String),
    /// The labeled frames of the project, by the active camera's medium.
    Labeled,
    /// A reference set that `hardcase inspect --profile` wrote.
    File(PathBuf),
}

impl Reference {
    /// Name for people.
    pub fn title(&self) -> String {
        match self {
            Self::Recording => "this recording".to_owned(),
            Self::Other(name) => name.clone(),
            Self::Labeled => "labeled frames".to_owned(),
            Self::File(path) => {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
            }
        }
    }
}

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
