//! Errors of CAN logs and of the files that describe their messages.

use std::io;

use crate::base::encoding::UnknownEncoding;

/// Reason why a log or a DBC file cannot be read. No path is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum CanError {
    /// The file system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The settings name no encoding.
    #[error(transparent)]
    Encoding(#[from] UnknownEncoding),
    /// A file shorter than its header.
    #[error("the file ends inside its header")]
    Truncated,
    /// A log that must name its columns and does not.
    #[error("the log of version {version} has no $COLUMNS")]
    NoColumns {
        /// Version of the format.
        version: String,
    },
    /// A DBC file that cannot be parsed.
    #[error("{message}")]
    Dbc {
        /// Message of the parser, with the line.
        message: String,
    },
}
