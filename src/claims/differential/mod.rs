//! Differential testing: the same inputs through two ways to run a model.
//!
//! The ways differ in backend, number of threads or file. Finds differences, their effect on the prediction, and the
//! graph step where they begin.

use std::path::{Path, PathBuf};

pub mod along;

use crate::base::inputs::{self, InputKind};
use crate::data::input::Input;
use crate::inference::error::GraphError;
use crate::inference::model::Model;
use crate::inference::onnx_file::{self, OnnxError, Step};
use crate::inference::{ModelError, Tensor, inside};
use crate::metrics::differential::{Apart, apart, before, class_distance, largest, rates, suspect};

/// Class distance above which rankings are inconsistent (Pham et al.).
pub const CLASS_LIMIT: f64 = 8.0;

/// Differences of two ways to run a model on one input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Differences over all outputs.
    pub apart: Apart,
    /// True if the largest number of the first output changes.
    pub flipped: bool,
    /// Rank distance of the first one's top class, 0 to 16.
    pub class: f64,
}

/// Differences of two ways to run a model on many inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Number of compared inputs.
    pub inputs: usize,
    /// Number of inputs with exactly the same bits in both predictions.
    pub equal: usize,
    /// Largest differences.
    pub worst: Difference,
    /// Position of the input with the largest difference.
    pub worst_at: usize,
    /// Number of inputs whose top class changes.
    pub flips: usize,
}

/// Compares two lists of outputs.
pub fn compare(a: &[Tensor], b: &[Tensor]) -> Difference {
    let infinite = Apart { most: f64::INFINITY, most_relative: f64::INFINITY, mean: f64::INFINITY };
    let mut difference = Difference::default();
    if a.len() != b.len() {
        return Difference { apart: infinite, flipped: true, class: 16.0 };
    }
    for (a, b) in a.iter().zip(b) {
        let found = if a.shape == b.shape { apart(&a.data, &b.data) } else { infinite };
        difference.apart.most = difference.apart.most.max(found.most);
        difference.apart.most_relative = difference.apart.most_relative.max(found.most_relative);
        difference.apart.mean = difference.apart.mean.max(found.mean);
    }
    if let (Some(a), Some(b)) = (a.first(), b.first()) {
        let best = largest(&a.data);
        difference.flipped = best != largest(&b.data);
        difference.class = best.map_or(0.0, |best| class_distance(&a.data, &b.data, best));
    }
    difference
}

impl Summary {
    /// Adds the difference of one more input.
    pub fn add(&mut self, difference: Difference) {
        self.equal += usize::from(difference.apart.most <= 0.0);
        self.flips += usize::from(difference.flipped);
        if self.inputs == 0 || difference.apart.most > self.worst.apart.most {
            self.worst_at = self.inputs;
        }
        let worst = &mut self.worst;
        worst.apart.most = worst.apart.most.max(difference.apart.most);
        worst.apart.most_relative = worst.apart.most_relative.max(difference.apart.most_relative);
        worst.apart.mean = worst.apart.mean.max(difference.apart.mean);
        worst.class = worst.class.max(difference.class);
        worst.flipped |= difference.flipped;
        self.inputs += 1;
    }
}

/// Differences between repeated runs of a model on one input: none if it is deterministic.
pub fn repeated(model: &Model, input: &Input, times: usize) -> Result<Apart, ModelError> {
    let prepared = model.prepared(input)?;
    let first = model.outputs(&prepared)?;
    let mut worst = Apart::default();
    for _ in 1..times {
        let found = compare(&first, &model.outputs(&prepared)?).apart;
        worst.most = worst.most.max(found.most);
        worst.most_relative = worst.most_relative.max(found.most_relative);
        worst.mean = worst.mean.max(found.mean);
    }
    Ok(worst)
}

/// One step of a graph, with the difference of its values.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDifference {
    /// The step.
    pub step: Step,
    /// Mean difference of its first output; `None` if it cannot be compared.
    pub mean: Option<f64>,
    /// Rate of change that the step adds.
    pub rate: Option<f64>,
}

/// Reason why two graphs cannot be compared step by step.
#[derive(Debug, thiserror::Error)]
pub enum DifferenceError {
    /// A model file cannot be read.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// A file is no ONNX model.
    #[error("{source}: {}", path.display())]
    NotOnnx {
        /// Path of the file.
        path: PathBuf,
        /// The reason.
        source: OnnxError,
    },
    /// The graphs have other steps.
    #[error("the two files have different architectures, their steps cannot be compared")]
    Architectures,
    /// A graph cannot be run step by step.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// Compares two ways to run a graph step by step: another backend, another file of one architecture.
///
/// Returns the steps and the position of the one where the difference begins, if there is one.
pub fn localized(
    a: &Model,
    b: &Model,
    prepared: &[Tensor],
    threads: [usize; 2],
) -> Result<(Vec<StepDifference>, Option<usize>), DifferenceError> {
    let steps = |path: &Path| {
        let bytes = inputs::read(path, InputKind::Model)
            .map_err(|source| DifferenceError::Io { path: path.to_owned(), source })?;
        onnx_file::steps(&bytes).map_err(|source| DifferenceError::NotOnnx { path: path.to_owned(), source })
    };
    let (own, other) = (steps(&a.path)?, steps(&b.path)?);
    let shape = |steps: &[Step]| {
        steps.iter().map(|step| (step.operator.clone(), step.outputs.clone())).collect::<Vec<_>>()
    };
    if shape(&own) != shape(&other) {
        return Err(DifferenceError::Architectures);
    }
    let names: Vec<String> = own.iter().filter_map(|step| step.outputs.first().cloned()).collect();
    let mut first: std::collections::BTreeMap<String, Vec<f32>> = std::collections::BTreeMap::new();
    inside::values(&a.backend, &a.path, threads[0], prepared, &names, |value| {
        first.insert(value.name, value.data);
    })?;
    let mut means: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
    inside::values(&b.backend, &b.path, threads[1], prepared, &names, |value| {
        if let Some(own) = first.remove(&value.name) {
            means.insert(value.name, apart(&own, &value.data).mean);
        }
    })?;
    let means: Vec<Option<f64>> =
        own.iter().map(|step| step.outputs.first().and_then(|name| means.get(name)).copied()).collect();
    let order = before(own.iter().map(|step| (step.inputs.as_slice(), step.outputs.as_slice())));
    let rates = rates(&means.iter().copied().zip(order).collect::<Vec<_>>());
    let begun = suspect(&rates);
    let found = own.into_iter().zip(means).zip(rates);
    Ok((found.map(|((step, mean), rate)| StepDifference { step, mean, rate }).collect(), begun))
}
