//! Commands about recordings and projects.

use std::path::PathBuf;

use crate::base::time::Span;

/// About recordings and projects.
#[derive(Clone, Debug)]
pub enum OpenCommand {
    /// Opens whatever these are: recordings, projects, models, suites.
    Paths(Vec<PathBuf>),
    /// Opens a copy of a sample project.
    Sample(String),
    /// Shows another recording of the project.
    Clip(String),
    /// Moves one file of the open recording against the clock of the first.
    Offset {
        /// Index of the file; 0 is the first, which does not move.
        part: usize,
        /// Offset added to its times.
        offset: Span,
        /// True to save it, false while the mouse is still down.
        kept: bool,
    },
    /// Show a channel by header stamps or by log time.
    HeaderTime {
        /// Name of the channel.
        channel: String,
        /// True to use header stamps.
        on: bool,
    },
    /// Puts a fault into the recording, in words: `/camera=freeze@10..12`.
    AddFault(String),
    /// Takes it out again.
    RemoveFault(String),
    /// Opens one case of an exported suite.
    SuiteCase {
        /// Folder of the suite.
        folder: PathBuf,
        /// Name of the case; the first when absent.
        case: Option<String>,
        /// Model to use instead of the one the suite names.
        model: Option<PathBuf>,
    },
    /// Uses a file or folder in place of one that the project refers to and that is gone.
    Locate {
        /// Absolute path at which it was.
        from: PathBuf,
        /// Path at which it is now.
        to: PathBuf,
    },
    /// Searches a folder and those below it for everything that the project refers to and that is gone.
    SearchFolder(PathBuf),
    /// Copies a project that cannot be changed and opens the copy.
    WritableCopy {
        /// Folder in which the copy is made; the user's own one when absent.
        into: Option<PathBuf>,
    },
    /// Reads what was left out when a remote recording was opened: numbers inside of messages, coordinate frames, log lines.
    ReadSignals,
    /// Back to the welcome page.
    Close,
}
