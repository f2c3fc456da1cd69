//! The same inputs through two ways to run a model: another backend, another number of threads, another file. Where do they
//! differ, does it matter, and which step of the graph began it?

use std::path::Path;

pub mod along;

use crate::data::input::Input;
use crate::inference::model::Model;
use crate::inference::onnx_file::{self, Step};
use crate::inference::{ModelError, Tensor, inside};
use crate::metrics::differential::{Apart, apart, before, class_distance, largest, rates, suspect};

/// Above this a difference of rankings is an inconsistency (Pham et al.).
pub const CLASS_LIMIT: f64 = 8.0;

/// What two ways made of one input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Difference {
    /// Over all outputs.
    pub apart: Apart,
    /// Whether the largest number of the first output is another one.
    pub flipped: bool,
    /// How far the ranking of the first one's best class moved, 0 to 16.
    pub class: f64,
}

/// What two ways made of many inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Inputs that were compared.
    pub inputs: usize,
    /// Inputs about which they answered with exactly the same bits.
    pub equal: usize,
    /// Largest differences.
    pub worst: Difference,
    /// Position of the input that is worst.
    pub worst_at: usize,
    /// Inputs whose largest number is another one.
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
    /// Takes in what came of one more input.
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

/// How far the predictions of a model about one input are apart when it is asked so many times: nothing where it is deterministic.
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

/// One step of a graph, and how far its values are apart.
#[derive(Clone, Debug, PartialEq)]
pub struct StepDifference {
    /// The step.
    pub step: Step,
    /// Mean difference of its first output; none where it cannot be compared.
    pub mean: Option<f64>,
    /// How much of that it added.
    pub rate: Option<f64>,
}

/// Compares two ways to run a graph step by step: another backend, another file of one architecture. Returns the steps and the
/// position of the one that the difference began at, if they differ.
pub fn localized(
    a: &Model,
    b: &Model,
    prepared: &[Tensor],
    threads: [usize; 2],
) -> Result<(Vec<StepDifference>, Option<usize>), String> {
    let steps = |path: &Path| {
        let bytes = std::fs::read(path).map_err(|err| format!("{err}: {}", path.display()))?;
        onnx_file::steps(&bytes).map_err(|problem| format!("{problem}: {}", path.display()))
    };
    let (own, other) = (steps(&a.path)?, steps(&b.path)?);
    let shape = |steps: &[Step]| {
        steps.iter().map(|step| (step.operator.clone(), step.outputs.clone())).collect::<Vec<_>>()
    };
    if shape(&own) != shape(&other) {
        return Err("the two files are not of one architecture, so their steps cannot be compared".to_owned());
    }
    let names: Vec<String> = own.iter().filter_map(|step| step.outputs.first().cloned()).collect();
    let mut first: std::collections::BTreeMap<String, Vec<f32>> = std::collections::BTreeMap::new();
    inside::values(a.backend, &a.path, threads[0], prepared, &names, |value| {
        first.insert(value.name, value.data);
    })?;
    let mut means: std::collections::BTreeMap<String, f64> = std::collections::BTreeMap::new();
    inside::values(b.backend, &b.path, threads[1], prepared, &names, |value| {
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
