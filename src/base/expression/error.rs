//! Errors of expressions: of their text, and of values that do not fit operators and functions.

use std::num::ParseFloatError;

use crate::base::expression::{DEPTH, OPERATORS};

/// Error of an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// The text is not an expression.
    #[error("the expression {expression:?} {fault}")]
    Syntax {
        /// The text; a long one is cut.
        expression: String,
        /// The fault.
        fault: SyntaxFault,
    },
    /// A value of another type than its place takes.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// The expected type in words.
        expected: &'static str,
        /// The actual type in words.
        found: &'static str,
    },
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A side of `and` or `or` that is neither true nor false.
    #[error("expected true or false on both sides of and, or")]
    NotLogical,
}

/// Fault of a text, completing "the expression …". Places count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxFault {
    /// Digits and points that make no number.
    #[error("has {number:?} at {place}, which is not a number ({source})")]
    NotNumber {
        /// The characters.
        number: String,
        /// Place of the first one.
        place: usize,
        /// Error of the parser of numbers.
        source: ParseFloatError,
    },
    /// A quote without its end.
    #[error("has an unclosed quote at {place}")]
    Quote {
        /// Place of the quote.
        place: usize,
    },
    /// A character that begins nothing.
    #[error("has an unexpected {character:?} at {place}")]
    Character {
        /// The character.
        character: char,
        /// Its place.
        place: usize,
    },
    /// Nesting beyond the limit.
    #[error("is nested more than {DEPTH} levels deep")]
    Depth,
    /// More operators than the limit.
    #[error("has more than {OPERATORS} operators")]
    Operators,
    /// The end in place of a value.
    #[error("ends where a value is expected")]
    Ends,
    /// A parenthesis without its end.
    #[error("has an unclosed ( at {place}")]
    Parenthesis {
        /// Place of the parenthesis.
        place: usize,
    },
    /// A prefix without a name.
    #[error("needs a name after {prefix:?} at {place}, such as {prefix}.steering")]
    NeedsName {
        /// The prefix.
        prefix: String,
        /// Its place.
        place: usize,
    },
    /// A sign in place of a value.
    #[error("has {found} at {place} where a value is expected")]
    NoValue {
        /// The sign in quotes.
        found: String,
        /// Its place.
        place: usize,
    },
    /// A function that is not defined.
    #[error("has unknown function {function:?} at {place}, expected one of {known}{hint}")]
    UnknownFunction {
        /// Name of the function.
        function: String,
        /// Place of the name.
        place: usize,
        /// Known functions.
        known: String,
        /// The one that is most like it, in words; "" if none is.
        hint: String,
    },
    /// A named argument that the function has not, or has already.
    #[error(
        "names argument {name:?} at {place}, which is no further argument of {function}, expected one of {known}"
    )]
    UnknownArgument {
        /// The name.
        name: String,
        /// Name of the function.
        function: String,
        /// Place of the name of the argument.
        place: usize,
        /// Known arguments, and the one that is most like it.
        known: String,
    },
    /// A call without its end.
    #[error("has an unclosed call of {function} at {place}")]
    Call {
        /// Name of the function.
        function: String,
        /// Place of the name.
        place: usize,
    },
    /// A wrong number of arguments.
    #[error("passes {count} arguments to {function} at {place}, expected {expected}")]
    Arguments {
        /// Number of arguments.
        count: usize,
        /// Name of the function.
        function: String,
        /// Place of the name.
        place: usize,
        /// Numbers of arguments that the function takes, in words.
        expected: String,
    },
    /// More behind a complete expression.
    #[error("has unexpected {found} at {place}, expected its end")]
    Trailing {
        /// The first word or sign of it.
        found: String,
        /// Its place.
        place: usize,
    },
}
