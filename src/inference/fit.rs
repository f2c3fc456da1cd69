//! Errors of cards that do not fit their models, and of inputs that do not fit their cards.

use std::io;
use std::path::PathBuf;

/// Contradiction between a card, its model and the files beside it.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The tokenizer cannot be read.
    #[error("the tokenizer cannot be read ({source}), put it beside the model: {}", path.display())]
    Io {
        /// Path of the tokenizer.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// A file that is no tokenizer.
    #[error("not a tokenizer ({problem}): {}", path.display())]
    NotTokenizer {
        /// Problem in a sentence.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// A length of texts that the tokenizer refuses.
    #[error("the length of [text] does not fit its tokenizer: {problem}")]
    Length {
        /// Message of the tokenizer.
        problem: String,
    },
    /// A section of the card contradicts itself.
    #[error("{problem}")]
    Section {
        /// Problem in a sentence.
        problem: String,
    },
    /// The card and the model have different inputs.
    #[error("{problem}")]
    Inputs {
        /// The contradiction in a sentence.
        problem: String,
    },
    /// The card and the model have different classes, or no decoder reads the outputs.
    #[error("{problem}")]
    Outputs {
        /// The contradiction in a sentence.
        problem: String,
    },
}

impl CardError {
    pub(super) fn section(problem: impl Into<String>) -> Self {
        Self::Section { problem: problem.into() }
    }

    pub(super) fn inputs(problem: impl Into<String>) -> Self {
        Self::Inputs { problem: problem.into() }
    }

    pub(super) fn outputs(problem: impl Into<String>) -> Self {
        Self::Outputs { problem: problem.into() }
    }
}

/// Reason why an input of the right medium cannot be given to a model.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum InputError {
    /// A single sample for a model of sequences.
    #[error("the model needs a window of the recording, not a single sample")]
    NotWindow,
    /// A window without images.
    #[error("the model needs images, the input holds only signals")]
    NoImages,
    /// A window without a signal of the card.
    #[error("the signal {name:?} is missing")]
    NoSignal {
        /// Name of the signal.
        name: String,
    },
    /// A signal without a value at a time of the window.
    #[error("the signal {name:?} has no value at {secs:.3} s, so the model cannot run")]
    NoValue {
        /// Name of the signal.
        name: String,
        /// The time in seconds.
        secs: f64,
    },
    /// A text that the tokenizer refuses.
    #[error("{problem}")]
    Text {
        /// Message of the tokenizer.
        problem: String,
    },
    /// The card has no number of channels.
    #[error("{problem}")]
    Card {
        /// Problem of the card.
        problem: &'static str,
    },
}
