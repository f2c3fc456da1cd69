//! Saving test cases from Python.

use std::path::PathBuf;

use hardcase::base::files::{seen_from, sha256_hex};
use hardcase::data::cases::case::{Case, Provenance, Terms};
use hardcase::suites::additions::add;
use hardcase::suites::files::SuiteModel;
use hardcase::suites::freeze::frozen;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack::{self, reach};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays;
use crate::claim::claim;
use crate::errors::error;
use crate::model::Model;
use crate::stack::stack_of;

/// Digits of the checksum in the name of a case.
const DIGITS: usize = 8;

/// Adds a case to the suite in a folder, which begins with its first case, and returns the path of the case's file.
#[pyfunction]
#[pyo3(signature = (suite, x, stack, claim = None, *, model, why = "", tags = Vec::new(), name = None, seed = 1, **params))]
#[expect(clippy::too_many_arguments, reason = "they are named in Python")]
pub(crate) fn keep(
    suite: PathBuf,
    x: &Bound<'_, PyAny>,
    stack: &Bound<'_, PyAny>,
    claim: Option<&str>,
    model: &Bound<'_, Model>,
    why: &str,
    tags: Vec<String>,
    name: Option<String>,
    seed: u64,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<PathBuf> {
    let (model, input, change) = (model.get(), arrays::input(x)?, stack_of(stack, seed)?);
    let oracle = crate::suite::oracle(model, claim, params)?;
    let (bytes, _) = frozen(&input).map_err(error)?;
    let digits: String = sha256_hex(&bytes).chars().take(DIGITS).collect();
    let id = name.unwrap_or_else(|| format!("{} {digits}", stack::describe(&BUILT_IN, &change)));
    let folder = std::path::absolute(&suite).map_err(error)?;
    let suite_name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = (!model.inner.backend.is_caller()).then(|| {
        let own = std::path::absolute(&model.inner.path).unwrap_or_else(|_err| model.inner.path.clone());
        SuiteModel {
            file: seen_from(&folder, &own).unwrap_or(own),
            sha256: model.inner.sha256.clone(),
            card: model.inner.card.clone(),
        }
    });
    let case = Case {
        id,
        suite: suite_name,
        clip: String::new(),
        channel: String::new(),
        frame: 0,
        reach: reach(&BUILT_IN, &change),
        interval: None,
        stack: change,
        oracle,
        more: Vec::new(),
        attack: None,
        tags,
        why: why.to_owned(),
        terms: Terms {
            kept: Provenance { model_sha256: model.inner.sha256.clone(), ..Provenance::default() },
            ..Terms::default()
        },
    };
    add(&folder, &case, &input, file).map_err(error)
}

fn oracle(
    model: &Model,
    name: Option<&str>,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<hardcase::data::cases::case::ClaimSpec> {
    claim(&model.inner, name, params)
}
