//! One entry of a stack: its transform, found by name in a catalog, and what can be wrong with it.

use crate::data::cases::stack::TransformSpec;
use crate::transforms::catalog::Catalog;
use crate::transforms::{Made, TransformKind};

/// A stack that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// No transform has this name.
    #[error("there is no transform {id:?}, known are {known}")]
    UnknownTransform {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// A transform of something else.
    #[error("{transform:?} changes {changes}, and these are {given}, leave it out")]
    WrongMedium {
        /// Which transform.
        transform: String,
        /// What it changes.
        changes: &'static str,
        /// What it was given.
        given: &'static str,
    },
    /// The change could not be made.
    #[error("{transform:?} failed: {problem}")]
    Failed {
        /// Which transform.
        transform: String,
        /// What it said.
        problem: String,
    },
    /// A value that is no number.
    #[error("{value:?} is not a number for {transform:?}, write it like fog:0.4 or fog:amount=0.4")]
    NotANumber {
        /// Which transform.
        transform: String,
        /// What was written.
        value: String,
    },
    /// A transform without such a knob.
    #[error("{transform:?} has no parameter {param:?}, it has {known}")]
    UnknownParam {
        /// Which transform.
        transform: String,
        /// What was asked for.
        param: String,
        /// What there is.
        known: String,
    },
}

/// The transform of one entry with its values.
pub fn make(catalog: &Catalog, spec: &TransformSpec) -> Result<Made, StackError> {
    Ok(kind_called(catalog, &spec.transform)?.make(&spec.params))
}

/// The transform of this name.
pub fn kind_called<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a TransformKind, StackError> {
    catalog.kind(id).ok_or_else(|| unknown(catalog, id))
}

fn unknown(catalog: &Catalog, id: &str) -> StackError {
    let known = catalog.kinds().map(|kind| kind.id).collect::<Vec<_>>().join(", ");
    StackError::UnknownTransform { id: id.trim().to_owned(), known }
}
