//! Predictions of models as finders see them.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::model::Model;
use crate::mining::events::EventTerms;

/// An image with the predictions of all models about it.
pub struct Predicted<'a> {
    /// The input of the models.
    pub input: &'a Input,
    /// The models.
    pub models: &'a [Arc<Model>],
    /// Their predictions in the same order.
    pub predictions: &'a [Prediction],
}

/// The way a finder looks at predictions.
#[derive(Clone, Copy)]
pub struct ModelLook {
    /// Number of models that it takes at least.
    pub models: usize,
    /// Predictions about an image beside one of each model.
    pub more: usize,
    /// The number of an image, or the reason why it has none in a sentence.
    pub rate: fn(&Predicted<'_>, &Params) -> Result<f64, NoRating>,
    /// Its events.
    pub terms: fn(&Params) -> EventTerms,
    /// Name of the number in findings.
    pub name: &'static str,
    /// The sentence of a number and its duration in seconds.
    pub sentence: fn(f64, f64) -> String,
}

/// Stride of the images that are looked at, the same parameter of every finder that runs models.
pub const EVERY: ParamSpec = ParamSpec::setting("every", "Frame stride", "", [1.0, 10_000.0], 1.0);

impl ModelLook {
    /// Predictions about so many images of a camera by so many models.
    pub fn predictions(&self, images: usize, models: usize, params: &Params) -> usize {
        images.div_ceil(stride(params)) * (models + self.more)
    }
}

/// The stride of images by the parameter.
pub fn stride(params: &Params) -> usize {
    params.value(&EVERY).round().max(1.0) as usize
}

/// The reason why an image has no number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NoRating {
    /// The reason.
    pub what: String,
}

impl NoRating {
    /// A reason in a sentence.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}
