//! A model that cannot be loaded or run, kept for every place that would show its predictions.

use std::path::{Path, PathBuf};

use crate::app::App;
use crate::base::errors::told;
use crate::inference::{ModelError, embedded, onnxruntime};

/// A model without predictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFailure {
    /// Name of the file.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Reason in a sentence.
    pub why: String,
    /// Next step, where it is known.
    pub advice: Option<Advice>,
}

/// Next step after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// ONNX Runtime is not installed and would help.
    FetchRuntime,
    /// ONNX Runtime is installed and would help.
    ChooseRuntime,
}

impl Advice {
    /// Command line that fetches ONNX Runtime.
    pub const FETCH: &'static str = "hardcase doctor --fetch-runtime";

    /// The step in a sentence.
    pub fn text(self) -> String {
        match self {
            Self::FetchRuntime => format!("Install ONNX Runtime, which knows more models: {}", Self::FETCH),
            Self::ChooseRuntime => "Choose the backend ONNX Runtime, which knows more models".to_owned(),
        }
    }
}

impl ModelFailure {
    /// The failure of a model with an error.
    pub(in crate::app) fn of(path: &Path, err: &anyhow::Error) -> Self {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { name, path: path.to_owned(), why: told(err), advice: advice(err) }
    }
}

/// True steps only: a graph that one backend refuses may run on the other, a damaged file runs nowhere.
fn advice(err: &anyhow::Error) -> Option<Advice> {
    let Some(ModelError::Load { backend, .. }) = err.downcast_ref::<ModelError>() else { return None };
    if (onnxruntime::KIND.status)().is_err() {
        return Some(Advice::FetchRuntime);
    }
    (*backend == embedded::KIND.title).then_some(Advice::ChooseRuntime)
}

impl App {
    /// Keeps the failure of a model in mind until one is loaded.
    pub(in crate::app) fn model_failed(&mut self, failure: ModelFailure) {
        self.open.models.generation += 1;
        self.open.models.failed = Some(failure);
    }
}
