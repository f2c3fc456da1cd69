//! Models: ONNX files and Python callables.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use hardcase::base::files::sha256_hex;
use hardcase::inference::backend::Backend;
use hardcase::inference::card::{Layout, ModelCard};
use hardcase::inference::functions::{self, Function, Registered};
use hardcase::inference::model as inference;
use hardcase::inference::{BACKENDS, ModelError};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arrays;
use crate::callable::{Callable, Raised};
use crate::errors::{Error, error};
use crate::interrupt;
use crate::prediction::{Prediction, task_name};
use crate::transforms::MEDIA;

/// Ending of the names of model cards.
const ENDING: &str = ".card.toml";

/// A model that runs: an ONNX file, or a callable. It may be used from several threads.
#[pyclass(frozen, module = "hardcase")]
pub(crate) struct Model {
    pub(crate) inner: inference::Model,
    backend: String,
    /// Set for callables; the registration ends with the model.
    registered: Option<Registered>,
    raised: Raised,
    card_file: Option<PathBuf>,
}

#[pymethods]
impl Model {
    /// An ONNX file, or a callable; the package's stub file documents the arguments.
    #[new]
    #[pyo3(signature = (
        model, backend = None, card = None, *, threads = 1, task = None, classes = None, input = (416, 416), batch = 8,
        name = None, version = None, threshold = 0.4
    ))]
    #[expect(clippy::too_many_arguments, reason = "they are named in Python")]
    fn new(
        py: Python<'_>,
        model: &Bound<'_, PyAny>,
        backend: Option<&str>,
        card: Option<&Bound<'_, PyAny>>,
        threads: usize,
        task: Option<&str>,
        classes: Option<Vec<String>>,
        input: (u32, u32),
        batch: usize,
        name: Option<&str>,
        version: Option<&str>,
        threshold: f32,
    ) -> PyResult<Self> {
        if !model.is_callable() {
            if task.is_some() || classes.is_some() || version.is_some() {
                return Err(error("task, classes and version describe a callable, a model file has a card"));
            }
            let path =
                model.extract().map_err(|_err| error("expected the path of an ONNX file, or a callable"))?;
            let card = card.map(|card| card.extract()).transpose();
            return Self::file(
                py,
                path,
                backend,
                card.map_err(|_err| error("card must be the path of a card"))?,
                threads,
            );
        }
        if backend.is_some() {
            return Err(error("a callable runs in this process, it takes no backend"));
        }
        let prepare = py.import("hardcase._callable")?.getattr("prepare")?;
        let prepared = prepare.call1((model, card, task, classes, input, name, version, threshold))?;
        let (function, card, identity): (Py<PyAny>, String, String) = prepared.extract()?;
        Self::callable(function, &card, batch.max(1), &identity)
    }

    /// Name from the card.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.card.name
    }

    /// Path of the file, or the name under which a callable is registered.
    #[getter]
    fn path(&self) -> PathBuf {
        self.inner.path.clone()
    }

    /// Name of the backend with its settings.
    #[getter]
    fn backend(&self) -> &str {
        &self.backend
    }

    /// True for a callable.
    #[getter]
    fn is_callable(&self) -> bool {
        self.registered.is_some()
    }

    /// Path of the card that was given, or None.
    #[getter]
    fn card_file(&self) -> Option<PathBuf> {
        self.card_file.clone()
    }

    /// "classification", "detection", "regression", "segmentation" or "embedding".
    #[getter]
    fn task(&self) -> &'static str {
        task_name(self.inner.task())
    }

    /// "image", "points", "signals" or "text".
    #[getter]
    fn medium(&self) -> &'static str {
        let medium = self.inner.medium();
        MEDIA.iter().find(|(_, known)| *known == medium).map_or("", |(name, _)| name)
    }

    /// Names of the classes or values, in the order of the outputs.
    #[getter]
    fn labels(&self) -> Vec<String> {
        self.inner.card.labels.clone()
    }

    /// Checksum of the file; of a callable that of its name and version.
    #[getter]
    fn sha256(&self) -> &str {
        &self.inner.sha256
    }

    /// The card as plain values.
    #[getter]
    fn card<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = serde_json::to_string(&self.inner.card).map_err(error)?;
        py.import("json")?.call_method1("loads", (text,))
    }

    /// Predictions for a list of inputs or a batch uint8[n, height, width, 3], in its order; for one input one prediction.
    fn predict<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let rank = x.getattr("ndim").and_then(|rank| rank.extract::<usize>()).ok();
        let several = x.cast::<PyList>().is_ok() || rank == Some(4);
        let inputs = if several {
            x.try_iter()?.map(|one| arrays::input(&one?)).collect::<PyResult<Vec<_>>>()?
        } else {
            vec![arrays::input(x)?]
        };
        let asked: Vec<_> = inputs.iter().collect();
        let answers = interrupt::run(py, || {}, || self.inner.run_all(&asked))?;
        let told =
            |answer: Result<_, ModelError>| answer.map(Prediction::from).map_err(|err| self.error(py, &err));
        let mut answers = answers.into_iter().map(told).collect::<PyResult<Vec<_>>>()?;
        if several {
            return Ok(PyList::new(py, answers)?.into_any());
        }
        let only = answers.pop().ok_or_else(|| error("the model gave no prediction"))?;
        Ok(Bound::new(py, only)?.into_any())
    }

    fn __repr__(&self) -> String {
        format!("<hardcase.Model {:?}: {}, {}>", self.inner.card.name, self.task(), self.inner.backend.title)
    }
}

impl Model {
    fn file(
        py: Python<'_>,
        path: PathBuf,
        backend: Option<&str>,
        card: Option<PathBuf>,
        threads: usize,
    ) -> PyResult<Self> {
        let backend = backend.unwrap_or(BACKENDS[0].id).to_owned();
        if let Some(card) = card.as_ref().filter(|card| !card.to_string_lossy().ends_with(ENDING)) {
            return Err(error(format!("a model card is called *{ENDING}, got {}", card.display())));
        }
        let loaded = interrupt::run(
            py,
            || {},
            || -> Result<inference::Model, ModelError> {
                let chosen = Backend::named(&backend)?;
                let Some(card) = &card else { return inference::Model::load(&path, &chosen, threads) };
                let read = ModelCard::beside(card)?;
                if read.is_none() {
                    let source = std::io::Error::from(std::io::ErrorKind::NotFound);
                    return Err(ModelError::Io { path: card.clone(), source });
                }
                inference::Model::load_with(&path, read, &chosen, threads)
            },
        )?;
        let inner = loaded.map_err(error)?;
        Ok(Self { inner, backend, registered: None, raised: Raised::default(), card_file: card })
    }

    fn callable(function: Py<PyAny>, card: &str, batch: usize, identity: &str) -> PyResult<Self> {
        let card: ModelCard = serde_json::from_str(card)
            .map_err(|err| error(format!("the card of the callable cannot be read: {err}")))?;
        card.problem().map_or(Ok(()), |problem| Err(error(problem)))?;
        let raised = Raised::default();
        let bytes = card.points.is_none()
            && card.text.is_none()
            && card.input.mean == [0.0; 3]
            && card.input.std == [1.0; 3]
            && card.input.layout == Layout::Nhwc;
        let sha256 = sha256_hex(identity.as_bytes());
        let graph = Callable::start(function, batch, bytes, Arc::clone(&raised)).map_err(error)?;
        let title = "Python callable".to_owned();
        let registered = functions::register(Function { card, graph: Arc::new(graph), title, sha256, batch });
        let inner = inference::Model::load(registered.path(), BACKENDS[0], 1).map_err(error)?;
        let backend = BACKENDS[0].id.to_owned();
        Ok(Self { inner, backend, registered: Some(registered), raised, card_file: None })
    }

    /// An error of this model, with the exception of a callable as its cause.
    pub(crate) fn error(&self, py: Python<'_>, err: &dyn std::fmt::Display) -> PyErr {
        let told = error(err);
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(raised) = raised.filter(|raised| !raised.is_instance_of::<Error>(py)) {
            told.set_cause(py, Some(raised));
        }
        told
    }
}
