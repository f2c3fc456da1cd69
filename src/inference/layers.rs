//! Embeddings from the hidden layers of a model.

use crate::base::inputs::{self, InputKind};
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::inference::card::Layout;
use crate::inference::embedded::{Inner, inner_values};
use crate::inference::error::GraphError;
use crate::inference::model::Model;
use crate::inference::onnx_file::OnnxError;
use crate::inference::{ModelError, Tensor, onnx_file};

/// Minimum and maximum length of an embedding.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=4096;

/// Reason why a model gives no embedding.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// No layer can be an embedding.
    #[error("the model has no layer with a vector or a feature map")]
    NoLayer,
    /// The graph has no output.
    #[error("the model has no output")]
    NoOutput,
    /// A value that is neither a vector nor a feature map.
    #[error("unsupported shape {shape:?}")]
    Shape {
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A layer whose value is neither a vector nor a feature map for this input.
    #[error("the layer {name:?} has the unsupported shape {shape:?}")]
    LayerShape {
        /// Name of the layer.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A name that is no layer of the model.
    #[error("the model has no layer {name:?}{hint}; it has {known}")]
    Unknown {
        /// The name.
        name: String,
        /// A hint at the nearest name, or "".
        hint: String,
        /// Names of its layers.
        known: String,
    },
    /// The file is no ONNX model.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// The values inside of the graph cannot be computed.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The model does not take the input.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
}

/// A hidden layer whose values can serve as an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Name of the value in the model file.
    pub name: String,
    /// Its operator: `Relu`.
    pub operator: String,
    /// Length of its embedding.
    pub length: usize,
    /// Number of cells that the embedding is the mean of; 1 for the value itself.
    pub cells: usize,
}

/// The layers of a model, from the input on, and the position of the best one: the last with the fewest cells that
/// is not an output.
pub fn layers(model: &Model, example: &Input) -> Result<(Vec<Layer>, usize), LayerError> {
    let bytes = inputs::read(&model.path, InputKind::Model)
        .map_err(|source| GraphError::Io { path: model.path.clone(), source })?;
    let steps = onnx_file::steps(&bytes)?;
    let outputs = onnx_file::parse(&bytes)?.outputs;
    let names: Vec<String> = steps.iter().filter_map(|step| step.outputs.first().cloned()).collect();
    let prepared = model.prepared(example).map_err(Box::new)?;
    let mut shapes = std::collections::BTreeMap::new();
    inner_values(&model.path, &prepared, &names, |name, value| {
        shapes.insert(name.to_owned(), value.shape);
    })?;
    let layer = |step: &onnx_file::Step| {
        let name = step.outputs.first()?;
        let (length, cells) = extent(shapes.get(name)?, model.card.input.layout)?;
        let layer = Layer { name: name.clone(), operator: step.operator.clone(), length, cells };
        LENGTHS.contains(&length).then_some(layer)
    };
    let found: Vec<Layer> = steps.iter().filter_map(layer).collect();
    // The output of an embedding model is made for this.
    let wanted = |layer: &Layer| {
        model.task() == Task::Vector || !outputs.iter().any(|output| output.name == layer.name)
    };
    let candidates = found.iter().enumerate().filter(|(_, layer)| wanted(layer));
    let best = candidates.min_by_key(|(at, layer)| (layer.cells, usize::MAX - at)).map(|(at, _)| at);
    let best = best.ok_or(LayerError::NoLayer)?;
    Ok((found, best))
}

/// Length of the embedding and number of cells that it is the mean of.
fn extent(shape: &[usize], layout: Layout) -> Option<(usize, usize)> {
    match (shape, layout) {
        (&[1, length], _) => Some((length, 1)),
        (&[1, channels, height, width], Layout::Nchw) | (&[1, height, width, channels], Layout::Nhwc) => {
            Some((channels, height * width))
        }
        _ => None,
    }
}

/// Computes embeddings of inputs.
pub struct Vectorizer<'a> {
    model: &'a Model,
    inner: Inner,
}

impl<'a> Vectorizer<'a> {
    /// Embeddings from one layer.
    pub fn new(model: &'a Model, layer: &Layer) -> Result<Self, LayerError> {
        Ok(Self { model, inner: Inner::load(&model.path, &[&layer.name])? })
    }

    /// The embedding of an input: the mean over all cells for each channel.
    pub fn vector(&self, input: &Input) -> Result<Vec<f32>, LayerError> {
        let prepared = self.model.prepared(input).map_err(Box::new)?;
        let value = self.inner.values(&prepared)?.pop().ok_or(LayerError::NoOutput)?;
        pooled(&value, self.model.card.input.layout)
            .ok_or_else(|| LayerError::Shape { shape: value.shape.clone() })
    }
}

fn pooled(value: &Tensor, layout: Layout) -> Option<Vec<f32>> {
    let (length, cells) = extent(&value.shape, layout)?;
    if cells == 1 {
        return Some(value.data.clone());
    }
    let mean = |sum: f64| (sum / cells as f64) as f32;
    Some(match layout {
        Layout::Nchw => {
            value.data.chunks_exact(cells).map(|map| mean(map.iter().map(|v| f64::from(*v)).sum())).collect()
        }
        Layout::Nhwc => {
            let mut sums = vec![0.0; length];
            for cell in value.data.chunks_exact(length) {
                sums.iter_mut().zip(cell).for_each(|(sum, v)| *sum += f64::from(*v));
            }
            sums.into_iter().map(mean).collect()
        }
    })
}
