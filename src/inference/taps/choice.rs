//! Choice of the layers of a model, by the steps of its graph.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::base::nearest::hint;
use crate::inference::card::Layout;
use crate::inference::layers::LayerError;
use crate::inference::onnx_file::Step;

/// Operators that are activation functions.
const ACTIVATIONS: &[&str] = &[
    "Relu",
    "LeakyRelu",
    "PRelu",
    "Elu",
    "Selu",
    "Celu",
    "Gelu",
    "Sigmoid",
    "HardSigmoid",
    "HardSwish",
    "Tanh",
    "Softplus",
    "Softsign",
    "Mish",
    "Swish",
    "ThresholdedRelu",
    "Clip",
];
/// Operators with weights or sums, whose outputs are values of their own.
const COMPUTING: &[&str] = &[
    "Conv",
    "ConvTranspose",
    "Gemm",
    "MatMul",
    "Add",
    "Sub",
    "Mul",
    "BatchNormalization",
    "LayerNormalization",
    "InstanceNormalization",
    "GroupNormalization",
    "Softmax",
];
/// Operators whose output holds the values of their input, in another order, type or shape at most.
const VIEWS: &[&str] =
    &["Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose", "Cast"];
/// Layers named in an error message at most.
const NAMED: usize = 12;

/// Layers whose neurons are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// Outputs of activation functions; of every step that computes if the model has none. Outputs of the model are no layers.
    #[default]
    Activations,
    /// Outputs of every step that computes, also before an activation function; no pooling, no view of the same values.
    Computing,
    /// These values of the graph, by the name of the value or of its step.
    Named(Vec<String>),
}

impl Choice {
    /// The choice in words, for reports.
    pub fn describe(&self) -> String {
        match self {
            Self::Activations => "outputs of activation functions".to_owned(),
            Self::Computing => "outputs of all computing steps".to_owned(),
            Self::Named(names) => names.join(", "),
        }
    }
}

/// The steps of a graph, and who makes and takes each value.
pub(super) struct Steps<'a> {
    all: &'a [Step],
    outputs: &'a [String],
    makers: BTreeMap<&'a str, &'a Step>,
    takers: BTreeMap<&'a str, Vec<&'a Step>>,
}

impl<'a> Steps<'a> {
    pub(super) fn new(all: &'a [Step], outputs: &'a [String]) -> Self {
        let mut makers = BTreeMap::new();
        let mut takers: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
        for step in all {
            makers.extend(step.outputs.iter().map(|name| (name.as_str(), step)));
            for name in &step.inputs {
                takers.entry(name.as_str()).or_default().push(step);
            }
        }
        Self { all, outputs, makers, takers }
    }

    /// Steps that depend on an input of the graph rather than on weights alone cannot be told here; those whose shape is no layer
    /// are left out later.
    pub(super) fn chosen(&self, choice: &Choice) -> Result<Vec<&'a Step>, LayerError> {
        match choice {
            Choice::Named(names) => names.iter().map(|name| self.named(name)).collect(),
            Choice::Computing => Ok(self.computing()),
            Choice::Activations => {
                let active = self.all.iter().filter(|step| self.is_activation(step));
                let active: Vec<&Step> = active.filter_map(|step| self.gated(step)).collect();
                Ok(if active.is_empty() { self.computing() } else { distinct(active) })
            }
        }
    }

    fn computing(&self) -> Vec<&'a Step> {
        let known = |step: &&Step| {
            COMPUTING.contains(&step.operator.as_str()) || ACTIVATIONS.contains(&step.operator.as_str())
        };
        self.all.iter().filter(known).filter(|step| !self.is_output(step)).collect()
    }

    pub(super) fn named(&self, name: &str) -> Result<&'a Step, LayerError> {
        let by_value = || self.makers.get(name).copied();
        let by_step = || self.all.iter().find(|step| step.name == name && !step.outputs.is_empty());
        // Only the first output of a step is a layer.
        let found = by_value().filter(|step| step.outputs[0] == name).or_else(by_step);
        found.ok_or_else(|| {
            let own: Vec<&str> = distinct(self.computing()).iter().map(|s| s.outputs[0].as_str()).collect();
            let near = hint(name, own.iter().copied());
            let more =
                if own.len() > NAMED { format!(" and {} more", own.len() - NAMED) } else { String::new() };
            let known = own[..own.len().min(NAMED)].join(", ");
            LayerError::Unknown { name: name.to_owned(), hint: near, known: known + &more }
        })
    }

    fn is_activation(&self, step: &Step) -> bool {
        ACTIVATIONS.contains(&step.operator.as_str()) && !step.outputs.is_empty() && !self.is_output(step)
    }

    /// True if the value, or a view of it, is an output of the model.
    fn is_output(&self, step: &Step) -> bool {
        let Some(name) = step.outputs.first() else { return true };
        if self.outputs.contains(name) {
            return true;
        }
        let takers = self.takers.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        matches!(takers, [only] if is_view(only) && self.is_output(only))
    }

    /// The layer that an activation function ends: the product of a gate with its own input (Swish), the last of several
    /// functions in a row, or the output itself.
    fn gated(&self, step: &'a Step) -> Option<&'a Step> {
        let name = step.outputs.first()?;
        let takers = self.takers.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
        match takers {
            [only] if only.operator == "Mul" && shares_input(step, only) => {
                (!self.is_output(only)).then_some(*only)
            }
            // A limit after a rectifier is the same layer.
            [only] if only.operator == "Clip" && self.is_activation(only) => None,
            _ => Some(step),
        }
    }

    /// Channels, cells, and true if channels are the last axis.
    pub(super) fn axes(&self, step: &Step, shape: &[usize], layout: Layout) -> Option<(usize, usize, bool)> {
        match *shape {
            [1, length] if length > 0 => Some((length, 1, false)),
            [1, a, b] if a * b > 0 => {
                if self.behind_convolution(step) && layout == Layout::Nchw {
                    Some((a, b, false))
                } else {
                    Some((b, a, true))
                }
            }
            [1, a, b, c] if a * b * c > 0 => match layout {
                Layout::Nchw => Some((a, b * c, false)),
                Layout::Nhwc => Some((c, a * b, true)),
            },
            _ => None,
        }
    }

    /// True if the nearest step with weights before this one is a convolution.
    fn behind_convolution(&self, step: &Step) -> bool {
        let mut at = Some(step);
        let mut seen = BTreeSet::new();
        while let Some(step) = at {
            match step.operator.as_str() {
                "Conv" | "ConvTranspose" => return true,
                "MatMul" | "Gemm" => return false,
                _ => {}
            }
            let next = step.inputs.iter().find_map(|name| self.makers.get(name.as_str()));
            at = next.copied().filter(|next| seen.insert(std::ptr::from_ref::<Step>(next)));
        }
        false
    }

    /// The value that the last softmax gets.
    pub(super) fn logits(&self) -> Option<&'a str> {
        let mut step = self.makers.get(self.outputs.first()?.as_str()).copied()?;
        for _ in 0..self.all.len() {
            if matches!(step.operator.as_str(), "Softmax" | "LogSoftmax") {
                let name = step.inputs.first()?;
                return self.makers.contains_key(name.as_str()).then_some(name.as_str());
            }
            if !is_view(step) {
                return None;
            }
            step = self.makers.get(step.inputs.first()?.as_str()).copied()?;
        }
        None
    }
}

fn is_view(step: &Step) -> bool {
    VIEWS.contains(&step.operator.as_str())
}

/// True if both steps get the same value.
fn shares_input(step: &Step, other: &Step) -> bool {
    step.inputs.first().is_some_and(|name| other.inputs.contains(name))
}

/// Each step once, in the order of the graph.
fn distinct(steps: Vec<&Step>) -> Vec<&Step> {
    let mut seen = BTreeSet::new();
    steps.into_iter().filter(|step| seen.insert(step.outputs.first().cloned())).collect()
}
