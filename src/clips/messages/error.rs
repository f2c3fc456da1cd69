//! Errors of messages.

/// Reason why a message cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Fewer bytes than its definition needs.
    #[error("the message is truncated")]
    Truncated,
    /// Bytes that are no message of this encoding.
    #[error("{what}")]
    Damaged {
        /// The fault in a sentence.
        what: String,
    },
    /// The definition of the messages is missing or cannot be understood.
    #[error("{what}")]
    Definition {
        /// The fault in a sentence.
        what: String,
    },
    /// A message that its definition does not describe.
    #[error("{what}")]
    Mismatch {
        /// The contradiction in a sentence.
        what: String,
    },
    /// A known message without a field that its meaning needs.
    #[error("field {field:?} is missing")]
    Missing {
        /// Name of the field.
        field: String,
    },
    /// A known message whose fields contradict each other.
    #[error("{what}")]
    Fields {
        /// The contradiction in a sentence.
        what: String,
    },
    /// An encoding, a form or a kind of message that is not read.
    #[error("{what}")]
    Unsupported {
        /// The form in a sentence.
        what: String,
    },
    /// The picture in a message cannot be decoded.
    #[error("{what}")]
    Picture {
        /// Error of the decoder.
        what: String,
    },
}

impl MessageError {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn definition(what: impl Into<String>) -> Self {
        Self::Definition { what: what.into() }
    }

    pub(super) fn mismatch(what: impl Into<String>) -> Self {
        Self::Mismatch { what: what.into() }
    }

    pub(super) fn missing(field: impl Into<String>) -> Self {
        Self::Missing { field: field.into() }
    }

    pub(super) fn fields(what: impl Into<String>) -> Self {
        Self::Fields { what: what.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    pub(super) fn picture(what: impl Into<String>) -> Self {
        Self::Picture { what: what.into() }
    }
}
