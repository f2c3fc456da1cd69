//! Errors of decoders.

/// Reason why the outputs of a graph cannot be read by a decoder, or not with this card.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The graph has no output at all.
    #[error("the model has no output")]
    NoOutput,
    /// The outputs have other shapes than the decoder reads, or contradict each other.
    #[error("{what}")]
    Shape {
        /// The shapes, and those that are expected, in a sentence.
        what: String,
    },
    /// The outputs do not match the classes of the card.
    #[error("{what}")]
    Classes {
        /// The contradiction in a sentence.
        what: String,
    },
    /// The card lacks a section that the decoder needs.
    #[error("{what}")]
    Card {
        /// The missing section in a sentence.
        what: String,
    },
}

impl DecodeError {
    pub(super) fn shape(what: impl Into<String>) -> Self {
        Self::Shape { what: what.into() }
    }

    pub(super) fn classes(what: impl Into<String>) -> Self {
        Self::Classes { what: what.into() }
    }

    pub(super) fn card(what: impl Into<String>) -> Self {
        Self::Card { what: what.into() }
    }
}
