//! The command line: as the console script, and as a function that hands its text back.

use std::ffi::OsString;
use std::path::PathBuf;

use hardcase::cli;
use hardcase::inference::isolated;
use pyo3::prelude::*;

use crate::errors::error;
use crate::interrupt;

/// Sets the program and its first arguments that processes of this program are started with: the interpreter and `-m hardcase`.
#[pyfunction]
pub(crate) fn set_program(program: PathBuf, first: Vec<OsString>) {
    isolated::set_program_with(program, first);
}

/// Runs a subcommand inside of this process; returns its exit code, its results and its remarks.
#[pyfunction]
pub(crate) fn call(py: Python<'_>, args: Vec<OsString>) -> PyResult<(u8, String, String)> {
    let cancel = cli::call::Cancel::default();
    let called = interrupt::run(py, || cancel.cancel(), || cli::call::call(args, &cancel))?;
    let called =
        called.ok_or_else(|| error("name a subcommand, the window is not a part of the Python package"))?;
    Ok((called.code, called.output, called.remarks))
}

/// The console script: runs the command line of `sys.argv` and returns its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, args: Vec<OsString>) -> u8 {
    py.detach(|| cli::call::main(&args))
}
