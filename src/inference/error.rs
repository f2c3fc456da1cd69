//! Errors of graphs: loading a model file or finding one on a server, and running it.

use std::io;
use std::path::PathBuf;

use crate::base::child::ChildError;
use crate::inference::isolated::error::ProcessError;
use crate::inference::lowering::LoweringError;
use crate::inference::onnxruntime::error::LibraryError;
use crate::inference::served::error::ServerError;

/// Error of loading or running a graph.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// The model file cannot be read.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// No changed copy of the model can be written.
    #[error("cannot write a temporary copy of the model ({source}), free some disk space")]
    Copy {
        /// Error of the file system.
        source: io::Error,
    },
    /// The model file is damaged.
    #[error("{what}")]
    Damaged {
        /// The fault in a sentence.
        what: String,
    },
    /// The backend cannot do it, with advice.
    #[error("{what}")]
    Unsupported {
        /// The refusal in a sentence.
        what: String,
    },
    /// The graph has no value of this name.
    #[error("the graph has no value {name:?}")]
    NoValue {
        /// The name.
        name: String,
    },
    /// A batch that the graph does not take or answer as one.
    #[error("{what}")]
    Batch {
        /// The contradiction in a sentence.
        what: String,
    },
    /// The built-in runtime refuses the model.
    #[error("{source} ({advice})")]
    Refused {
        /// The reason.
        source: LoweringError,
        /// The way to run it in spite of that.
        advice: &'static str,
    },
    /// The built-in runtime failed.
    #[error(transparent)]
    BuiltIn(#[from] LoweringError),
    /// ONNX Runtime is missing or failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The server failed, or cannot be understood.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// The process of the model failed.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The process of the model cannot be started.
    #[error(transparent)]
    Child(#[from] ChildError),
}

impl GraphError {
    /// An error of [`Self::Unsupported`].
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn batch(what: impl Into<String>) -> Self {
        Self::Batch { what: what.into() }
    }
}
