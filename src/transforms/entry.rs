//! One entry of a stack: its transform, found by name in a catalog, and what can be wrong with it.

use crate::base::nearest::hint;
use crate::base::params::ParamProblem;
use crate::data::cases::stack::TransformSpec;
use crate::transforms::catalog::Catalog;
use crate::transforms::error::PaintError;
use crate::transforms::{Made, TransformKind};

/// A stack that cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackError {
    /// No transform has this name.
    #[error("unknown transform {id:?}{hint}, expected one of {known}")]
    UnknownTransform {
        /// Name as written.
        id: String,
        /// A hint at the known name that is most like it, or "".
        hint: String,
        /// Known names.
        known: String,
    },
    /// A transform of another medium.
    #[error("transform {transform:?} needs {changes}, the input holds {given}, remove it from the stack")]
    WrongMedium {
        /// Name of the transform.
        transform: String,
        /// Medium that it transforms.
        changes: &'static str,
        /// Medium of the input.
        given: &'static str,
    },
    /// The transform failed.
    #[error("transform {transform:?} failed: {source}")]
    Failed {
        /// Name of the transform.
        transform: String,
        /// Problem that it reported.
        source: PaintError,
    },
    /// A value that is not a number.
    #[error("{value:?} is not a number for {transform:?}, expected a form like fog:0.4 or fog:amount=0.4")]
    NotANumber {
        /// Name of the transform.
        transform: String,
        /// Text in place of a number.
        value: String,
    },
    /// A value of no known parameter, or outside of its range.
    #[error("transform {transform:?}: {problem}")]
    Param {
        /// Name of the transform.
        transform: String,
        /// The value.
        problem: ParamProblem,
    },
    /// A region that is none, such as one whose right edge is left of its left edge.
    #[error("the region of the stack is not valid: {problem}")]
    Region {
        /// The problem.
        problem: &'static str,
    },
    /// An unknown parameter.
    #[error("unknown parameter {param:?} of {transform:?}{hint}, expected one of {known}")]
    UnknownParam {
        /// Name of the transform.
        transform: String,
        /// Name as written.
        param: String,
        /// A hint at the known name that is most like it, or "".
        hint: String,
        /// Known names.
        known: String,
    },
}

/// The transform of one entry with its parameters.
pub fn make(catalog: &Catalog, spec: &TransformSpec) -> Result<Made, StackError> {
    let kind = kind_called(catalog, &spec.transform)?;
    match spec.params.problem(kind.params) {
        Some(problem) => Err(StackError::Param { transform: spec.transform.clone(), problem }),
        None => Ok(kind.make(&spec.params)),
    }
}

/// The transform of this name.
pub fn kind_called<'a>(catalog: &'a Catalog, id: &str) -> Result<&'a TransformKind, StackError> {
    catalog.kind(id).ok_or_else(|| unknown(catalog, id))
}

fn unknown(catalog: &Catalog, id: &str) -> StackError {
    let known = catalog.kinds().map(|kind| kind.id).collect::<Vec<_>>().join(", ");
    let hint = hint(id.trim(), catalog.kinds().map(|kind| kind.id));
    StackError::UnknownTransform { id: id.trim().to_owned(), hint, known }
}
