//! Errors of files of points.

use std::io;

/// Reason why a file of points cannot be read. No path is in it.
#[derive(Debug, thiserror::Error)]
pub enum PointError {
    /// The file system reported an error.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A header that cannot be understood, or contradicts itself.
    #[error("{what}")]
    Header {
        /// The fault in a sentence.
        what: String,
    },
    /// The points lack a coordinate.
    #[error("the points have no field {axis:?}")]
    NoAxis {
        /// Name of the coordinate.
        axis: &'static str,
    },
    /// Points that are damaged or cut off.
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
    /// Numbers whose meaning is not known, or a description of them that cannot be used.
    #[error("{what}")]
    Layout {
        /// The fault in a sentence, with advice.
        what: String,
    },
}

impl PointError {
    pub(super) fn header(what: impl Into<String>) -> Self {
        Self::Header { what: what.into() }
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    pub(super) fn layout(what: impl Into<String>) -> Self {
        Self::Layout { what: what.into() }
    }
}
