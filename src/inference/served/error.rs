//! Errors of model servers.

/// Error of a request to a server.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The model is not ready.
    #[error("the model is not ready ({source}), check its name and that it is loaded")]
    Unready {
        /// The reason.
        source: Box<Self>,
    },
    /// The server cannot be reached, or refuses the request. No password is in it.
    #[error("{what}")]
    Request {
        /// The failure in a sentence.
        what: String,
    },
    /// The response contradicts the protocol or the server's own description.
    #[error("{what}")]
    Answer {
        /// The fault in a sentence.
        what: String,
    },
    /// An element type that cannot be sent.
    #[error("{what}")]
    Unsupported {
        /// The input and its type in a sentence.
        what: String,
    },
}

impl ServerError {
    pub(super) fn answer(what: impl Into<String>) -> Self {
        Self::Answer { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
