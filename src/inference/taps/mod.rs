//! Values inside of a model as neurons: the choice of layers, and what counts as one neuron of a layer.
//!
//! A rectifier, the pooling after it and the flattening after that hold the same values, so that counting all of them counts
//! neurons twice. The default choice follows Tian et al. ("`DeepTest`", ICSE 2018) and Ma et al. ("`DeepGauge`", ASE 2018):
//! a layer is what comes out of an activation function.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::inputs::{self, InputKind};
use crate::data::input::Input;
use crate::inference::Tensor;
use crate::inference::embedded::{Inner, inner_values};
use crate::inference::error::GraphError;
use crate::inference::layers::LayerError;
use crate::inference::model::Model;
use crate::inference::onnx_file::{self, Step};
use crate::inference::taps::choice::Steps;

mod choice;

pub use choice::Choice;

/// Meaning of one neuron of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct Taps {
    inner: Inner,
    /// The layers of the choice, from the input on.
    pub layers: Vec<Tap>,
    /// Further layers, whose values come behind those of the choice.
    pub further: Vec<Tap>,
    /// Places of the layers, the outputs and the logits among the values that are computed.
    places: (Vec<usize>, Vec<usize>, Option<usize>),
}

impl Taps {
    /// The layers of a model that a choice means, and further ones by name; `example` tells their shapes.
    pub fn new(
        model: &Model,
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
        Ok(Self { inner, layers, further, places })
    }

    /// All layers with the place of their value, those of the choice first.
    pub fn all(&self) -> impl Iterator<Item = &Tap> {
        self.layers.iter().chain(&self.further)
    }

    /// Values for an input of the model.
    pub fn run(&self, model: &Model, input: &Input) -> Result<Inside, LayerError> {
        self.values(&model.prepared(input).map_err(Box::new)?)
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
