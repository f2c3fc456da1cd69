//! Errors of gradients.

use std::io;
use std::path::PathBuf;

use crate::inference::ModelError;
use crate::inference::error::GraphError;

/// Reason why there is no gradient.
#[derive(Debug, thiserror::Error)]
pub enum GradientError {
    /// The model file cannot be read.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The file is damaged, or its weights lie elsewhere.
    #[error("{what}")]
    Damaged {
        /// The fault in a sentence.
        what: String,
    },
    /// A value that a step needs, or the way from the input to the output, does not exist.
    #[error("{what}")]
    Missing {
        /// The missing part in a sentence.
        what: String,
    },
    /// An operator, or a form of it, without a gradient.
    #[error("{what}")]
    Unsupported {
        /// The step in a sentence.
        what: String,
    },
    /// The outputs of the model have no number at this index.
    #[error("the output {output:?} has {count} numbers, no index {index}")]
    Index {
        /// Name of the output.
        output: String,
        /// Its length.
        count: usize,
        /// The requested index.
        index: usize,
    },
    /// The values inside of the graph cannot be computed.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The model failed on the input.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
}

impl GradientError {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
