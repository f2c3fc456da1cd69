//! Refusals of a graph, and failures of its steps.

use std::io;
use std::path::PathBuf;

/// Error of preparing or running a graph. A fault of a step has no name of its own: the step that met it is in
/// [`Self::Operator`] or [`Self::Failed`].
#[derive(Debug, thiserror::Error)]
pub enum LoweringError {
    /// The file of the model cannot be read.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// Weights in a file of their own cannot be read.
    #[error("the weights {name:?} cannot be read ({source}), copy the file beside the model: {}", path.display())]
    Weights {
        /// Name of the weights.
        name: String,
        /// Path of their file.
        path: PathBuf,
        /// Error of the file system.
        source: io::Error,
    },
    /// The file is damaged, or says something that no model can mean.
    #[error("{what}")]
    Damaged {
        /// The fault in a sentence.
        what: String,
    },
    /// A step has no input.
    #[error("it has no input")]
    NoInput,
    /// A step has no output.
    #[error("it has no output")]
    NoOutput,
    /// A step or a graph lacks a value or an attribute.
    #[error("{what}")]
    Missing {
        /// The missing part in a sentence.
        what: String,
    },
    /// An input whose shape the operator does not take.
    #[error("its input has the shape {shape:?}")]
    InputShape {
        /// The shape.
        shape: Vec<usize>,
    },
    /// Shapes or lengths that contradict each other.
    #[error("{what}")]
    Shape {
        /// The contradiction in a sentence.
        what: String,
    },
    /// A number that an operator cannot take or make.
    #[error("{what}")]
    Number {
        /// The number in a sentence.
        what: String,
    },
    /// An attribute with a word that ONNX does not define.
    #[error("its {attribute} {word:?} is unknown")]
    UnknownWord {
        /// Name of the attribute.
        attribute: &'static str,
        /// The word.
        word: String,
    },
    /// A form of an operator, or an element type, without a computation.
    #[error("{what}")]
    Unsupported {
        /// The form in a sentence.
        what: String,
    },
    /// An operator is refused before the graph runs.
    #[error("the built-in runtime does not support the operator {operator}: {source}")]
    Operator {
        /// Operator and name of the step.
        operator: String,
        /// The reason.
        source: Box<Self>,
    },
    /// A step failed on its inputs.
    #[error("the operator {operator} failed: {source}")]
    Failed {
        /// Operator and name of the step.
        operator: String,
        /// The reason.
        source: Box<Self>,
    },
    /// The runtime refused a part of the graph, or failed.
    #[error("{message}")]
    Runtime {
        /// Its message.
        message: String,
    },
}

impl LoweringError {
    pub(super) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(super) fn missing(what: impl Into<String>) -> Self {
        Self::Missing { what: what.into() }
    }

    pub(super) fn shape(what: impl Into<String>) -> Self {
        Self::Shape { what: what.into() }
    }

    pub(super) fn number(what: impl Into<String>) -> Self {
        Self::Number { what: what.into() }
    }

    pub(super) fn unknown(attribute: &'static str, word: impl Into<String>) -> Self {
        Self::UnknownWord { attribute, word: word.into() }
    }

    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }

    pub(super) fn runtime(err: &impl ToString) -> Self {
        Self::Runtime { message: err.to_string() }
    }

    /// The refusal of a step, for [`Self::Operator`].
    pub(super) fn of_operator(operator: String, source: Self) -> Self {
        Self::Operator { operator, source: Box::new(source) }
    }

    /// The failure of a step, for [`Self::Failed`].
    pub(super) fn of_step(operator: String, source: Self) -> Self {
        Self::Failed { operator, source: Box::new(source) }
    }
}
