//! Judging one input: check, tipping point, minimizing.

use hardcase::base::progress::Progress;
use hardcase::claims::judge::{Outcome, judge};
use hardcase::data::cases::stack as data;
use hardcase::data::cases::verdict;
use hardcase::data::input::Input;
use hardcase::search::curve::{Subject, Tipping, tipping_point};
use hardcase::search::minimize::shrink;
use hardcase::transforms::catalog::BUILT_IN;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays;
use crate::claim::claim;
use crate::errors::error;
use crate::interrupt;
use crate::model::Model;
use crate::prediction::Prediction;
use crate::stack::{Stack, stack_of};

/// A judged claim about one input and its transformation.
#[pyclass(frozen, module = "hardcase")]
pub(crate) struct Verdict {
    inner: Outcome,
}

#[pymethods]
impl Verdict {
    /// True if the claim holds.
    #[getter]
    fn passed(&self) -> bool {
        matches!(self.inner.verdict, verdict::Verdict::Pass)
    }

    /// True if it does not hold; a skip is neither.
    #[getter]
    fn failed(&self) -> bool {
        self.inner.verdict.failed()
    }

    /// True if nothing could be judged: the transforms promise nothing, or the claim does not fit.
    #[getter]
    fn skipped(&self) -> bool {
        matches!(self.inner.verdict, verdict::Verdict::Skip { .. })
    }

    /// "pass", "fail" or "skip".
    #[getter]
    fn verdict(&self) -> &str {
        self.inner.verdict.word()
    }

    /// The reason of a failure or a skip, "" for a pass.
    #[getter]
    fn why(&self) -> &str {
        self.inner.verdict.why()
    }

    /// Value minus bound in the unit of the claim; None for claims that measure none.
    #[getter]
    fn margin(&self) -> Option<f64> {
        self.inner.margin
    }

    /// Confidence of the model in the expected prediction, 0 to 1.
    #[getter]
    fn confidence(&self) -> Option<f32> {
        self.inner.confidence
    }

    /// Prediction for the original.
    #[getter]
    fn before(&self) -> Prediction {
        self.inner.before.clone().into()
    }

    /// Prediction for the transformed input.
    #[getter]
    fn after(&self) -> Prediction {
        self.inner.after.clone().into()
    }

    /// Prediction that the transforms promise, or None.
    #[getter]
    fn expected(&self) -> Option<Prediction> {
        self.inner.expected.clone().map(Into::into)
    }

    /// The transformed input: uint8[height, width, 3], float32[n, 4] or str.
    #[getter]
    fn changed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        arrays::output(py, self.inner.changed.clone())
    }

    fn __bool__(&self) -> PyResult<bool> {
        if self.skipped() {
            return Err(error(format!("nothing was judged ({}), ask for .passed or .skipped", self.why())));
        }
        Ok(self.passed())
    }

    fn __repr__(&self) -> String {
        let why = self.why();
        format!("<hardcase.Verdict {}{}{why}>", self.verdict(), if why.is_empty() { "" } else { ": " })
    }
}

/// Judges a claim about an input and its transformation by a stack.
#[pyfunction]
#[pyo3(signature = (model, x, stack, claim = None, *, seed = 1, **params))]
pub(crate) fn check(
    py: Python<'_>,
    model: &Bound<'_, Model>,
    x: &Bound<'_, PyAny>,
    stack: &Bound<'_, PyAny>,
    claim: Option<&str>,
    seed: u64,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<Verdict> {
    let asked = Asked::new(model, x, stack, seed, claim, params)?;
    let Asked { model, input, stack, oracle } = &asked;
    let judged = interrupt::run(py, || {}, || judge(&BUILT_IN, &model.inner, input, stack, oracle, None))?;
    judged.map(|inner| Verdict { inner }).map_err(|err| model.error(py, &err))
}

/// The smallest severity of the (last) transform of a stack at which the claim fails; None if it holds throughout.
#[pyfunction]
#[pyo3(signature = (model, x, transform, claim = None, *, seed = 1, **params))]
pub(crate) fn tip(
    py: Python<'_>,
    model: &Bound<'_, Model>,
    x: &Bound<'_, PyAny>,
    transform: &Bound<'_, PyAny>,
    claim: Option<&str>,
    seed: u64,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<Option<f64>> {
    let asked = Asked::new(model, x, transform, seed, claim, params)?;
    let Asked { model, input, stack, oracle } = &asked;
    let position =
        stack.transforms.len().checked_sub(1).ok_or_else(|| error("no transform to vary was given"))?;
    let progress = Progress::default();
    let found = interrupt::run(
        py,
        || progress.cancel(),
        || -> Result<Tipping, Failed> {
            let before = model.inner.run(input).map_err(Failed::new)?;
            let subject = Subject {
                catalog: &BUILT_IN,
                model: &model.inner,
                input,
                stack,
                position,
                oracle,
                before: &before,
            };
            tipping_point(&subject, &progress).map_err(Failed::new)
        },
    )?;
    match found.map_err(|err| model.error(py, &err))? {
        Tipping::Breaks { strength, .. } => Ok(Some(strength)),
        Tipping::Holds { .. } => Ok(None),
        Tipping::BrokenAtStart { why } => Err(error(format!("the claim fails without the transform: {why}"))),
    }
}

/// The smallest stack for which the claim still fails.
#[pyfunction]
#[pyo3(signature = (model, x, stack, claim = None, *, seed = 1, **params))]
pub(crate) fn minimize(
    py: Python<'_>,
    model: &Bound<'_, Model>,
    x: &Bound<'_, PyAny>,
    stack: &Bound<'_, PyAny>,
    claim: Option<&str>,
    seed: u64,
    params: Option<&Bound<'_, PyDict>>,
) -> PyResult<Stack> {
    let asked = Asked::new(model, x, stack, seed, claim, params)?;
    let Asked { model, input, stack, oracle } = &asked;
    let progress = Progress::default();
    let found = interrupt::run(
        py,
        || progress.cancel(),
        || {
            let before = model.inner.run(input).map_err(Failed::new)?;
            shrink(&BUILT_IN, &model.inner, input, stack, oracle, &before, &progress).map_err(Failed::new)
        },
    )?;
    match found.map_err(|err| model.error(py, &err))? {
        Some(shrunk) => Ok(Stack { inner: shrunk.stack }),
        None => Err(error("the claim does not fail under this stack, there is nothing to minimize")),
    }
}

/// The sentence of an error.
#[derive(Debug)]
struct Failed(String);

impl Failed {
    fn new(err: impl std::fmt::Display) -> Self {
        Self(err.to_string())
    }
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Arguments that all have in common.
struct Asked<'a> {
    model: &'a Model,
    input: Input,
    stack: data::Stack,
    oracle: hardcase::data::cases::case::ClaimSpec,
}

impl<'a> Asked<'a> {
    fn new(
        model: &'a Bound<'_, Model>,
        x: &Bound<'_, PyAny>,
        stack: &Bound<'_, PyAny>,
        seed: u64,
        name: Option<&str>,
        params: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let model = model.get();
        let oracle = claim(&model.inner, name, params)?;
        Ok(Self { model, input: arrays::input(x)?, stack: stack_of(stack, seed)?, oracle })
    }
}
