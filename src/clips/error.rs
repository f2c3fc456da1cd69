//! Errors of the content of recordings: of a file, a message or a sample. [`ClipError`] adds where it was.

use std::io;

use crate::base::encoding::UnknownEncoding;
use crate::base::errors::Panicked;
use crate::base::remote::RemoteError;
use crate::base::sheet::error::SheetError;
use crate::clips::ClipError;
use crate::clips::messages::MessageError;
use crate::clips::point_files::error::PointError;
use crate::clips::video::error::VideoError;
use crate::data::image::ImageError;

/// Reason why content cannot be read. Only errors of the file system have a path.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The recording cannot be opened.
    #[error(transparent)]
    Clip(#[from] Box<ClipError>),
    /// A remote file cannot be read.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// An image cannot be decoded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A message cannot be decoded.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Points cannot be read.
    #[error(transparent)]
    Points(#[from] PointError),
    /// A video cannot be decoded.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// A table cannot be read as text.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The settings name no encoding.
    #[error(transparent)]
    Encoding(#[from] UnknownEncoding),
    /// The columns of time cannot be understood.
    #[error("{what}")]
    Times {
        /// The fault in a sentence.
        what: String,
    },
    /// Content that is damaged or not of this format.
    #[error("{what}")]
    Damaged {
        /// The fault in a sentence.
        what: String,
    },
    /// A form of the format that is not read.
    #[error("{what}")]
    Unsupported {
        /// The form in a sentence, with the way around it.
        what: String,
    },
    /// Content that was there when the recording was opened.
    #[error("{what}")]
    Gone {
        /// The missing part in a sentence.
        what: String,
    },
    /// A decoder of somebody else panicked.
    #[error("the file is damaged, its decoder gave up ({0})")]
    GaveUp(#[from] Panicked),
}

impl ReadError {
    pub(super) fn times(what: impl Into<String>) -> Self {
        Self::Times { what: what.into() }
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    pub(super) fn gone(what: impl Into<String>) -> Self {
        Self::Gone { what: what.into() }
    }
}
