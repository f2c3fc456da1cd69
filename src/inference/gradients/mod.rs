//! Gradients of a prediction by the input: reverse-mode differentiation of ONNX graphs.
//!
//! The intermediate values come from the built-in runtime, so that a gradient is that of the very model that predicts.
//! An error names an unsupported operator.

use std::collections::BTreeMap;

use crate::base::inputs::{self, InputKind};
use crate::inference::Tensor;
use crate::inference::decoders::classes::softmax;
use crate::inference::embedded::inner_values;
use crate::inference::gradients::error::GradientError;
use crate::inference::model::Model;

mod backward;
pub mod error;
mod graph;
mod windows;

use graph::Node;

/// Objective to differentiate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// One number of the first output.
    Output(usize),
    /// The cross-entropy of the first output, taken as logits, with this class as the ground truth.
    ///
    /// This is the objective of the fast gradient sign method (Goodfellow, Shlens, Szegedy, "Explaining and Harnessing
    /// Adversarial Examples", ICLR 2015).
    CrossEntropy(usize),
}

/// The derivative of the objective by each number of the first prepared input, in its shape.
pub fn gradient(model: &Model, prepared: &[Tensor], objective: Objective) -> Result<Tensor, GradientError> {
    let own = prepared.first().ok_or_else(|| GradientError::missing("the model has no input"))?;
    let bytes = inputs::read(&model.path, InputKind::Model)
        .map_err(|source| GradientError::Io { path: model.path.clone(), source })?;
    let (nodes, mut values) = graph::read(&bytes)?;
    let names: Vec<String> = nodes.iter().map(|node| node.output.clone()).collect();
    inner_values(&model.path, prepared, &names, |name, value| {
        values.insert(name.to_owned(), value);
    })?;
    values.extend(prepared.iter().map(|input| (input.name.clone(), input.clone())));
    let output = model.outputs(prepared).map_err(Box::new)?;
    let output = output.first().ok_or_else(|| GradientError::missing("the model has no output"))?;
    let mut gradients: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    gradients.insert(output.name.clone(), seed(output, objective)?);
    // Only steps that depend on the input are differentiated.
    let reached = reached(&nodes, &own.name);
    for node in nodes.iter().rev() {
        let Some(above) = gradients.remove(&node.output) else { continue };
        let step = Step { node, values: &values, above: &above };
        for (name, part) in backward::back(&step, |name| reached.contains(name))? {
            match gradients.get_mut(&name) {
                Some(sum) => sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part),
                None => drop(gradients.insert(name, part)),
            }
        }
    }
    let data = gradients
        .remove(&own.name)
        .ok_or_else(|| GradientError::missing("the output does not depend on the input"))?;
    Ok(Tensor { data, ..own.clone() })
}

fn seed(output: &Tensor, objective: Objective) -> Result<Vec<f32>, GradientError> {
    let (Objective::Output(at) | Objective::CrossEntropy(at)) = objective;
    if at >= output.data.len() {
        return Err(GradientError::Index {
            output: output.name.clone(),
            count: output.data.len(),
            index: at,
        });
    }
    let mut seed = match objective {
        Objective::Output(_) => vec![0.0; output.data.len()],
        Objective::CrossEntropy(_) => softmax(&output.data),
    };
    seed[at] += if matches!(objective, Objective::Output(_)) { 1.0 } else { -1.0 };
    Ok(seed)
}

fn reached(nodes: &[Node], input: &str) -> std::collections::BTreeSet<String> {
    let mut reached = std::collections::BTreeSet::from([input.to_owned()]);
    for node in nodes {
        if node.inputs.iter().any(|name| reached.contains(name)) {
            reached.insert(node.output.clone());
        }
    }
    reached
}

/// One step of the backward pass: its values and the derivative by its output.
struct Step<'a> {
    node: &'a Node,
    values: &'a BTreeMap<String, Tensor>,
    above: &'a [f32],
}

impl<'a> Step<'a> {
    /// The value of a required input.
    fn input(&self, at: usize) -> Result<&'a Tensor, GradientError> {
        let name = self.node.inputs.get(at).map_or("", String::as_str);
        self.value(name)
    }

    /// The value of an optional input.
    fn optional(&self, at: usize) -> Option<&'a Tensor> {
        self.values.get(self.node.inputs.get(at).filter(|name| !name.is_empty())?)
    }

    fn output(&self) -> Result<&'a Tensor, GradientError> {
        self.value(&self.node.output)
    }

    fn value(&self, name: &str) -> Result<&'a Tensor, GradientError> {
        self.values.get(name).ok_or_else(|| {
            GradientError::missing(format!(
                "the value {name:?} of the step {} ({}) is unknown",
                self.node.name, self.node.operator
            ))
        })
    }
}
