//! Errors of questions.

use crate::base::expression::error::ExpressionError;

/// Error of a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// The text is not an expression.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// Nothing has this name.
    #[error("the question has unknown name {name:?} at {place}{hint}")]
    UnknownName {
        /// The name.
        name: String,
        /// Its place, counting characters from 1.
        place: usize,
        /// The one that is most like it, in words; "" if none is.
        hint: String,
    },
    /// A part of another type than its place takes.
    #[error("the question has {part} at {place}, which is {found}, where {expected} is expected")]
    Kind {
        /// The part, as it is written.
        part: String,
        /// Place of its first word.
        place: usize,
        /// The expected type in words.
        expected: &'static str,
        /// The actual type in words.
        found: &'static str,
    },
    /// The function needs a map.
    #[error("{name} at {place} needs a map, and no map is read: ask without it")]
    NeedsMap {
        /// The function.
        name: String,
        /// Its place.
        place: usize,
    },
    /// An argument that makes no sense.
    #[error("{name} at {place} takes {expected}, found {found}")]
    Argument {
        /// The function.
        name: String,
        /// Its place.
        place: usize,
        /// The accepted kind.
        expected: &'static str,
        /// The actual kind.
        found: String,
    },
    /// The question is empty.
    #[error("the question is empty, ask for example: any(track.class(\"person\") and ttc(ego) < 2)")]
    Empty,
}
