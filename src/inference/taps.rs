//! Values inside of a model as neurons: the choice of layers, and what counts as one neuron of a layer.
//!
//! A rectifier, the pooling after it and the flattening after that hold the same values, so that counting all of them counts
//! neurons twice. The default choice follows Tian et al. ("`DeepTest`", ICSE 2018) and Ma et al. ("`DeepGauge`", ASE 2018):
//! a layer is what comes out of an activation function.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::inputs::{self, InputKind};
use crate::base::nearest::hint;
use crate::data::input::Input;
use crate::inference::Tensor;
use crate::inference::card::Layout;
use crate::inference::embedded::{Inner, inner_values};
use crate::inference::error::GraphError;
use crate::inference::layers::LayerError;
use crate::inference::model::Model;
use crate::inference::onnx_file::{self, Step};

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Meaning of one neuron of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Neuron {
    /// The mean of a channel over all cells.
    #[default]
    Channel,
    /// Every number.
    Unit,
}

/// A layer of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tap {
    /// Name of the value in the model file.
    pub name: String,
    /// Operator that makes it.
    pub operator: String,
    /// Shape for one input, batch first.
    pub shape: Vec<usize>,
    /// Number of channels.
    pub channels: usize,
    /// Cells of each channel; 1 for a vector.
    pub cells: usize,
    /// True if the channels are the last axis.
    last: bool,
}

impl Tap {
    /// Number of neurons.
    pub fn neurons(&self, neuron: Neuron) -> usize {
        match neuron {
            Neuron::Channel => self.channels,
            Neuron::Unit => self.channels * self.cells,
        }
    }

    /// The neurons of one value of this layer; `None` if its shape is not that of the layer.
    pub fn read(&self, value: &Tensor, neuron: Neuron) -> Option<Vec<f32>> {
        if value.data.len() != self.channels * self.cells {
            return None;
        }
        if neuron == Neuron::Unit || self.cells == 1 {
            return Some(value.data.clone());
        }
        let mean = |sum: f64| (sum / self.cells as f64) as f32;
        if !self.last {
            let maps = value.data.chunks_exact(self.cells);
            return Some(maps.map(|map| mean(map.iter().map(|v| f64::from(*v)).sum())).collect());
        }
        let mut sums = vec![0.0; self.channels];
        for cell in value.data.chunks_exact(self.channels) {
            sums.iter_mut().zip(cell).for_each(|(sum, v)| *sum += f64::from(*v));
        }
        Some(sums.into_iter().map(mean).collect())
    }

    /// The value as channels by cells, row by row.
    pub fn maps(&self, value: &Tensor) -> Option<Vec<f32>> {
        if value.data.len() != self.channels * self.cells {
            return None;
        }
        if !self.last {
            return Some(value.data.clone());
        }
        let channels = 0..self.channels;
        Some(channels.flat_map(|at| value.data.iter().skip(at).step_by(self.channels).copied()).collect())
    }
}

/// Values inside of a model for one input.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The layers' values, in the order of the layers, those of further layers behind.
    pub layers: Vec<Tensor>,
    /// The outputs of the graph, in their order.
    pub outputs: Vec<Tensor>,
    /// The numbers that a last softmax gets, if there is one.
    pub logits: Option<Tensor>,
}

/// A model run by the built-in runtime so that values inside of it come out.
pub struct Taps<'a> {
    model: &'a Model,
    inner: Inner,
    /// The layers of the choice, from the input on.
    pub layers: Vec<Tap>,
    /// Further layers, whose values come behind those of the choice.
    pub further: Vec<Tap>,
    /// Places of the layers, the outputs and the logits among the values that are computed.
    places: (Vec<usize>, Vec<usize>, Option<usize>),
}

impl<'a> Taps<'a> {
    /// The layers of a model that a choice means, and further ones by name; `example` tells their shapes.
    pub fn new(
        model: &'a Model,
        example: &Input,
        choice: &Choice,
        further: &[String],
    ) -> Result<Self, LayerError> {
        if model.backend.is_server() {
            return Err(
                GraphError::unsupported("a server does not expose the values inside of its model").into()
            );
        }
        let bytes = inputs::read(&model.path, InputKind::Model)
            .map_err(|source| GraphError::Io { path: model.path.clone(), source })?;
        let steps = onnx_file::steps(&bytes)?;
        let outputs: Vec<String> =
            onnx_file::parse(&bytes)?.outputs.into_iter().map(|output| output.name).collect();
        let graph = Steps::new(&steps, &outputs);
        let chosen = graph.chosen(choice)?;
        let others = further.iter().map(|name| graph.named(name)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> =
            chosen.iter().chain(&others).filter_map(|step| step.outputs.first().cloned()).collect();
        let prepared = model.prepared(example).map_err(Box::new)?;
        let mut shapes = BTreeMap::new();
        inner_values(&model.path, &prepared, &names, |name, value| {
            shapes.insert(name.to_owned(), value.shape);
        })?;
        let tap = |step: &Step| {
            let name = step.outputs.first()?;
            let shape = shapes.get(name)?;
            let (channels, cells, last) = graph.axes(step, shape, model.card.input.layout)?;
            let operator = step.operator.clone();
            Some(Tap { name: name.clone(), operator, shape: shape.clone(), channels, cells, last })
        };
        // A layer that was named has to be one; of the others only those that are count.
        let named = |step: &&Step| {
            tap(step).ok_or_else(|| {
                let name = step.outputs.first().cloned().unwrap_or_default();
                let shape = shapes.get(&name).cloned().unwrap_or_default();
                LayerError::LayerShape { name, shape }
            })
        };
        let layers: Vec<Tap> = if matches!(choice, Choice::Named(_)) {
            chosen.iter().map(named).collect::<Result<_, _>>()?
        } else {
            chosen.iter().filter_map(|step| tap(step)).collect()
        };
        let further = others.iter().map(named).collect::<Result<Vec<Tap>, _>>()?;
        if layers.is_empty() {
            return Err(LayerError::NoLayer);
        }
        let logits = graph.logits();
        let mut wanted: Vec<&str> = Vec::new();
        let of_layers = layers.iter().chain(&further).map(|layer| place(&mut wanted, &layer.name)).collect();
        let of_outputs = outputs.iter().map(|name| place(&mut wanted, name)).collect();
        let places = (of_layers, of_outputs, logits.map(|name| place(&mut wanted, name)));
        let inner = Inner::load(&model.path, &wanted)?;
        Ok(Self { model, inner, layers, further, places })
    }

    /// All layers with the place of their value, those of the choice first.
    pub fn all(&self) -> impl Iterator<Item = &Tap> {
        self.layers.iter().chain(&self.further)
    }

    /// Values for an input.
    pub fn run(&self, input: &Input) -> Result<Inside, LayerError> {
        self.values(&self.model.prepared(input).map_err(Box::new)?)
    }

    /// Values for inputs of the graph.
    pub fn values(&self, prepared: &[Tensor]) -> Result<Inside, LayerError> {
        let all = self.inner.values(prepared)?;
        let (layers, outputs, logits) = &self.places;
        let of = |places: &[usize]| places.iter().filter_map(|at| all.get(*at).cloned()).collect();
        Ok(Inside {
            layers: of(layers),
            outputs: of(outputs),
            logits: logits.and_then(|at| all.get(at).cloned()),
        })
    }

    /// The neurons of the layers of the choice.
    pub fn neurons(&self, inside: &Inside, neuron: Neuron) -> Result<Vec<Vec<f32>>, LayerError> {
        let read = |(layer, value): (&Tap, &Tensor)| {
            layer.read(value, neuron).ok_or_else(|| LayerError::LayerShape {
                name: value.name.clone(),
                shape: value.shape.clone(),
            })
        };
        self.layers.iter().zip(&inside.layers).map(read).collect()
    }
}

/// Position of a name in a list, which gets it if it lacks it.
fn place<'a>(list: &mut Vec<&'a str>, name: &'a str) -> usize {
    list.iter().position(|other| *other == name).unwrap_or_else(|| {
        list.push(name);
        list.len() - 1
    })
}

/// The steps of a graph, and who makes and takes each value.
struct Steps<'a> {
    all: &'a [Step],
    outputs: &'a [String],
    makers: BTreeMap<&'a str, &'a Step>,
    takers: BTreeMap<&'a str, Vec<&'a Step>>,
}

impl<'a> Steps<'a> {
    fn new(all: &'a [Step], outputs: &'a [String]) -> Self {
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
    fn chosen(&self, choice: &Choice) -> Result<Vec<&'a Step>, LayerError> {
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

    fn named(&self, name: &str) -> Result<&'a Step, LayerError> {
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
    fn axes(&self, step: &Step, shape: &[usize], layout: Layout) -> Option<(usize, usize, bool)> {
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
    fn logits(&self) -> Option<&'a str> {
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
