//! Errors of the cases of a suite.

use std::io;
use std::path::PathBuf;

use crate::base::child::ChildError;
use crate::base::errors::Panicked;
use crate::claims::judge::JudgeError;
use crate::clips::ClipError;
use crate::clips::cut::CutError;
use crate::clips::error::ReadError;
use crate::data::image::ImageError;
use crate::inference::ModelError;
use crate::predictions::image_models::TransformFileError;
use crate::transforms::entry::StackError;

/// Error of a case that a stopped run did not come to.
pub const STOPPED: &str = "not evaluated, the run was stopped";

/// Reason why a case cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// The case names a file outside of the suite.
    #[error("the input lies outside of the suite: {}", file.display())]
    Outside {
        /// Path in the suite.
        file: PathBuf,
    },
    /// The file of the input does not exist.
    #[error("the input is missing, restore it from git ({source}): {}", file.display())]
    Missing {
        /// Path in the suite.
        file: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The file of the input cannot be read.
    #[error("the input cannot be read ({source}): {}", file.display())]
    Io {
        /// Path in the suite.
        file: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The file of the input is not the one that was frozen.
    #[error(
        "the input was altered, its checksum is {found} instead of {expected}, restore it from git: {}", file.display()
    )]
    Altered {
        /// Path in the suite.
        file: PathBuf,
        /// Its checksum, shortened.
        found: String,
        /// The frozen checksum, shortened.
        expected: String,
    },
    /// The file of the input cannot be decoded.
    #[error("{source}: {}", file.display())]
    Damaged {
        /// Path in the suite.
        file: PathBuf,
        /// The reason.
        source: ReadError,
    },
    /// The input cannot be transformed before the case is judged.
    #[error("the input cannot be transformed: {0}")]
    Transform(#[from] StackError),
    /// The transformed input cannot be encoded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The case is about a stretch of a recording, which transforms of single inputs do not change.
    #[error("the case is about a stretch of a recording, which is not transformed; give another recording")]
    Stretch,
    /// The stretch of a recording cannot be written where it is read from.
    #[error("no temporary file can be written ({0})")]
    Temporary(io::Error),
    /// The stretch of a recording cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// A transform file of the suite cannot be used.
    #[error(transparent)]
    TransformFile(#[from] TransformFileError),
    /// The model cannot be loaded.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The model failed, or the case names something unknown.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// A fault of this program.
    #[error("internal error: {0}")]
    Panicked(#[from] Panicked),
    /// The process that judges cases failed.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Error of a process that judges cases.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// It cannot be started.
    #[error(transparent)]
    Child(#[from] ChildError),
    /// It took too long and was killed.
    #[error("{doing} exceeded the time limit of {seconds} s, raise it with --timeout")]
    Time {
        /// Its work.
        doing: &'static str,
        /// The limit.
        seconds: f64,
    },
    /// It took too much memory and was killed.
    #[error("{doing} used {used} MB of memory, above the limit of {most} MB, raise it with --memory")]
    Memory {
        /// Its work.
        doing: &'static str,
        /// Memory in megabytes.
        used: u64,
        /// The limit in megabytes.
        most: u64,
    },
    /// The run was canceled.
    #[error("{STOPPED}")]
    Stopped,
    /// It ended by itself.
    #[error("{how}")]
    Ended {
        /// The end in a sentence.
        how: String,
    },
    /// Its own error. Errors cross the pipe as text.
    #[error("{message}")]
    Refused {
        /// The message of the error.
        message: String,
    },
    /// A message of another kind than the request asks for.
    #[error("the process sent an unexpected message")]
    Unexpected,
    /// A message that cannot be understood.
    #[error("the process sent an unknown message: {source}")]
    Unknown {
        /// Error of the parser.
        source: serde_json::Error,
    },
    /// A message that cannot be written.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A case that cannot be written as text.
    #[error(transparent)]
    Write(#[from] toml::ser::Error),
    /// A case that cannot be read from text.
    #[error(transparent)]
    Read(#[from] toml::de::Error),
}

/// Reason why the input of a case cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The recording of the case was removed.
    #[error("the project has no recording {clip:?} anymore")]
    NoRecording {
        /// Name of the recording.
        clip: String,
    },
    /// The recording of the case cannot be opened.
    #[error("{problem}")]
    Open {
        /// Problem in a sentence.
        problem: String,
    },
    /// The recording lacks the channel of the case.
    #[error("the recording {clip:?} has no channel {channel:?}")]
    NoChannel {
        /// Name of the recording.
        clip: String,
        /// Name of the channel.
        channel: String,
    },
    /// The input cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The stretch of the recording cannot be cut out.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The image of an attack cannot be read.
    #[error("the attacked image cannot be read, save the case again ({source}): {}", file.display())]
    Attacked {
        /// Path in the project.
        file: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The image of an attack is not the one that was frozen.
    #[error("the attacked image was altered, save the case again: {}", file.display())]
    Altered {
        /// Path in the project.
        file: PathBuf,
    },
}

/// Fault of the file of a case.
#[derive(Debug, thiserror::Error)]
pub(super) enum CaseFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not TOML, or names something unknown.
    #[error("{message}")]
    Toml {
        /// Message of the parser in one line, with a hint.
        message: String,
    },
    /// A number of runs beyond the limits.
    #[error("repeats is {repeats}, expected {least} to {most}")]
    Repeats {
        /// The number.
        repeats: u32,
        /// The least number.
        least: u32,
        /// The largest number.
        most: u32,
    },
}
