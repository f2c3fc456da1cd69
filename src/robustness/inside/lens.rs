//! Lens: runs a model so that its layers, classes and scores come out together.

use serde::{Deserialize, Serialize};

use crate::base::bits;
use crate::data::input::Input;
use crate::data::prediction::{Prediction, Task};
use crate::inference::layers::LayerError;
use crate::inference::model::Model;
use crate::inference::taps::{Inside, Neuron, Tap, Taps};
use crate::inference::{ModelError, Tensor};
use crate::metrics::neighbors::Vectors;
use crate::metrics::observed::Observed;
use crate::metrics::temperature::softened;
use crate::robustness::inside::request::{Request, is_interval};

/// The decoder of several labels an image.
const MANY: &str = "labels";
/// Most numbers of the content of one input.
const LARGEST: usize = 65_536;

/// Error of looking inside of a model.
#[derive(Debug, thiserror::Error)]
pub enum LensError {
    /// The layers cannot be read.
    #[error(transparent)]
    Layers(#[from] LayerError),
    /// The model cannot be run.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
    /// The layer is too large to be kept for each input.
    #[error(
        "layer {layer:?} has {numbers} numbers an input, at most {LARGEST} are kept, name a smaller one with --content"
    )]
    TooLarge {
        /// Name of the layer.
        layer: String,
        /// Its size.
        numbers: usize,
    },
    /// A style needs a feature map.
    #[error("layer {layer:?} is a vector and has no style, name one with a feature map with --style")]
    NoStyle {
        /// Name of the layer.
        layer: String,
    },
    /// A value of the model is no number.
    #[error("{count} values of {name:?} are not finite")]
    NotFinite {
        /// Name of the value.
        name: String,
        /// Number of such values.
        count: usize,
    },
}

/// Observation of one input.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Neurons of the covered layers.
    pub neurons: Vec<Vec<f32>>,
    /// Values of the layer of surprise.
    pub features: Vec<f32>,
    /// Content and style.
    pub content: Vec<f32>,
    /// Predicted class; 0 without classes.
    pub class: usize,
    /// Probabilities of the classes; empty without classes.
    pub probabilities: Vec<f64>,
    /// Numbers before the softmax; empty if unknown.
    pub logits: Vec<f64>,
    /// Predicted numbers.
    pub values: Vec<f64>,
}

/// A model with what is looked at.
pub struct Lens {
    /// The layers; `None` where only outputs are needed.
    pub taps: Option<Taps>,
    neuron: Neuron,
    whole: bool,
    numbers: bool,
    features: usize,
    content: usize,
    style: Option<usize>,
}

impl Lens {
    /// For a request; `example` tells the shapes of the layers.
    pub fn new(model: &Model, example: &Input, request: &Request) -> Result<Self, LensError> {
        let numbers =
            model.task() == Task::Values && request.conformal.iter().any(|(kind, _)| is_interval(kind));
        let mut lens = Self {
            taps: None,
            neuron: request.neuron,
            whole: request.whole(),
            numbers,
            features: 0,
            content: 0,
            style: None,
        };
        if !request.inside() {
            return Ok(lens);
        }
        let further: Vec<String> =
            [&request.layer, &request.content, &request.style].into_iter().flatten().cloned().collect();
        let taps = Taps::new(model, example, &request.choice, &further)?;
        // Named layers stand behind those of the choice, in their order.
        let mut next = taps.layers.len();
        let mut named = |name: &Option<String>| {
            name.as_ref().map(|_| {
                next += 1;
                next - 1
            })
        };
        lens.features = named(&request.layer).unwrap_or(taps.layers.len() - 1);
        lens.content = named(&request.content).unwrap_or(lens.features);
        lens.style = named(&request.style);
        if lens.whole {
            check(&taps, lens.content, lens.style)?;
        }
        lens.taps = Some(taps);
        Ok(lens)
    }

    /// The layer of surprise.
    pub fn feature_layer(&self) -> Option<&Tap> {
        self.taps.as_ref()?.all().nth(self.features)
    }

    /// The layers of content and style.
    pub fn content_layers(&self) -> (Option<&Tap>, Option<&Tap>) {
        let of = |at: usize| self.taps.as_ref()?.all().nth(at);
        (of(self.content), self.style.and_then(of))
    }

    /// Behavior of the model on an input.
    pub fn see(&self, model: &Model, input: &Input) -> Result<Seen, LensError> {
        let mut seen = Seen::default();
        if self.numbers {
            let prediction = model.run(input).map_err(Box::new)?;
            if let Prediction::Values { values } = &prediction {
                seen.values = values.iter().map(|value| f64::from(value.value)).collect();
            }
        }
        let prepared = model.prepared(input).map_err(Box::new)?;
        let Some(taps) = &self.taps else {
            let outputs = model.outputs(&prepared).map_err(Box::new)?;
            scores(model, &outputs, None, &mut seen)?;
            return Ok(seen);
        };
        let inside = taps.values(&prepared)?;
        inside.layers.iter().try_for_each(finite)?;
        seen.neurons = taps.neurons(&inside, self.neuron)?;
        seen.features = self.read(&inside, self.features, |tap, value| tap.read(value, Neuron::Channel))?;
        if self.whole {
            seen.content = self.read(&inside, self.content, Tap::maps)?;
            if let Some(at) = self.style {
                seen.content.extend(self.read(&inside, at, gram)?);
            }
        }
        scores(model, &inside.outputs, inside.logits.as_ref(), &mut seen)?;
        Ok(seen)
    }

    fn read(
        &self,
        inside: &Inside,
        at: usize,
        read: impl Fn(&Tap, &Tensor) -> Option<Vec<f32>>,
    ) -> Result<Vec<f32>, LensError> {
        let tap = self.taps.as_ref().and_then(|taps| taps.all().nth(at));
        let value = inside.layers.get(at).ok_or(LayerError::NoOutput)?;
        let shape = || LayerError::LayerShape { name: value.name.clone(), shape: value.shape.clone() };
        Ok(tap.and_then(|tap| read(tap, value)).ok_or_else(shape)?)
    }
}

fn scores(
    model: &Model,
    outputs: &[Tensor],
    logits: Option<&Tensor>,
    seen: &mut Seen,
) -> Result<(), LensError> {
    outputs.iter().try_for_each(finite)?;
    if model.task() != Task::Classes {
        return Ok(());
    }
    let output = outputs.first().ok_or(LayerError::NoOutput)?;
    let numbers = |value: &Tensor| value.data.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
    let first = |best: (usize, f64), (at, p): (usize, &f64)| if *p > best.1 { (at, *p) } else { best };
    if model.card.decoder == MANY {
        // Several labels an image have no softmax, and so no energy, temperature or sets of one class.
        seen.class = numbers(output).iter().enumerate().fold((0, f64::NEG_INFINITY), first).0;
        return Ok(());
    }
    let sum: f32 = output.data.iter().sum();
    // The rule of the decoder of classes.
    let probable = (sum - 1.0).abs() < 1e-3 && output.data.iter().all(|p| (0.0..=1.0).contains(p));
    seen.logits = match logits {
        Some(logits) if logits.data.len() == output.data.len() => numbers(logits),
        _ if probable => Vec::new(),
        _ => numbers(output),
    };
    seen.probabilities = if seen.logits.is_empty() { numbers(output) } else { softened(&seen.logits, 1.0) };
    seen.class = seen.probabilities.iter().enumerate().fold((0, f64::NEG_INFINITY), first).0;
    Ok(())
}

fn check(taps: &Taps, content: usize, style: Option<usize>) -> Result<(), LensError> {
    let too_large = |tap: &Tap, numbers: usize| LensError::TooLarge { layer: tap.name.clone(), numbers };
    if let Some(tap) = taps.all().nth(content)
        && tap.channels * tap.cells > LARGEST
    {
        return Err(too_large(tap, tap.channels * tap.cells));
    }
    if let Some(tap) = style.and_then(|at| taps.all().nth(at)) {
        if tap.cells < 2 {
            return Err(LensError::NoStyle { layer: tap.name.clone() });
        }
        if tap.channels * tap.channels > LARGEST {
            return Err(too_large(tap, tap.channels * tap.channels));
        }
    }
    Ok(())
}

fn finite(value: &Tensor) -> Result<(), LensError> {
    let count = value.data.iter().filter(|v| !v.is_finite()).count();
    if count > 0 { Err(LensError::NotFinite { name: value.name.clone(), count }) } else { Ok(()) }
}

/// Products of each channel with each over all cells.
fn gram(tap: &Tap, value: &Tensor) -> Option<Vec<f32>> {
    let maps = tap.maps(value)?;
    let rows: Vec<&[f32]> = maps.chunks_exact(tap.cells).collect();
    let product =
        |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    Some(rows.iter().flat_map(|a| rows.iter().map(|b| product(a, b) as f32)).collect())
}

/// The observations of many inputs, one behind the other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Collected {
    #[serde(with = "bits::singles")]
    features: Vec<f32>,
    #[serde(with = "bits::singles")]
    content: Vec<f32>,
    lengths: [usize; 2],
    /// Predicted classes.
    pub classes: Vec<usize>,
    #[serde(with = "bits::rows")]
    logits: Vec<Vec<f64>>,
    #[serde(with = "bits::rows")]
    probabilities: Vec<Vec<f64>>,
    /// Predicted numbers.
    #[serde(with = "bits::rows")]
    pub values: Vec<Vec<f64>>,
}

impl Collected {
    /// Adds one input.
    pub fn add(&mut self, seen: Seen) {
        self.lengths = [seen.features.len(), seen.content.len()];
        self.features.extend(seen.features);
        self.content.extend(seen.content);
        self.classes.push(seen.class);
        if !seen.logits.is_empty() {
            self.logits.push(seen.logits);
        }
        if !seen.probabilities.is_empty() {
            self.probabilities.push(seen.probabilities);
        }
        self.values.push(seen.values);
    }

    /// The values of the layer of surprise of each input by their bits: two inputs with the same are the same to the model.
    /// Empty without a layer.
    pub fn keys(&self) -> Vec<Vec<u32>> {
        let length = self.lengths[0];
        let bits = |row: &[f32]| row.iter().map(|value| value.to_bits()).collect();
        if length == 0 { Vec::new() } else { self.features.chunks_exact(length).map(bits).collect() }
    }

    /// Some of the inputs, by their positions.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows = |values: &[f32], length: usize| -> Vec<f32> {
            let rows = values.chunks_exact(length.max(1)).enumerate();
            rows.filter(|(at, _)| keep(*at)).flat_map(|(_, row)| row.iter().copied()).collect()
        };
        let some = |all: &[Vec<f64>]| -> Vec<Vec<f64>> {
            all.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, one)| one.clone()).collect()
        };
        let classes = self.classes.iter().enumerate().filter(|(at, _)| keep(*at));
        Self {
            features: rows(&self.features, self.lengths[0]),
            content: rows(&self.content, self.lengths[1]),
            lengths: self.lengths,
            classes: classes.map(|(_, class)| *class).collect(),
            logits: some(&self.logits),
            probabilities: some(&self.probabilities),
            values: some(&self.values),
        }
    }

    /// As the formulas take it, and the predicted numbers.
    pub fn finish(self) -> (Observed, Vec<Vec<f64>>) {
        let observed = Observed {
            features: Vectors::new(self.lengths[0], &self.features),
            content: Vectors::new(self.lengths[1], &self.content),
            classes: self.classes,
            logits: self.logits,
            probabilities: self.probabilities,
        };
        (observed, self.values)
    }
}
