//! The one exception of the module; its text is the sentence that the command line says.

use pyo3::PyErr;
use pyo3::create_exception;
use pyo3::exceptions::PyException;

create_exception!(
    hardcase,
    Error,
    PyException,
    "A problem in one sentence: what, where, and what to do about it."
);

/// An error with this sentence.
pub(crate) fn error(err: impl std::fmt::Display) -> PyErr {
    Error::new_err(hardcase::base::errors::in_words(&err.to_string()))
}

/// The same for an error with causes.
pub(crate) fn told(err: &anyhow::Error) -> PyErr {
    Error::new_err(hardcase::base::errors::told(err))
}
