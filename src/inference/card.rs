//! The model card: what a model wants to be given and what its outputs mean.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::write_atomic;
use crate::data::input::Medium;
use crate::data::time::window::Reach;
use crate::inference::ModelError;
use crate::inference::sequence::WindowCard;
use crate::inference::texts::TextCard;

/// The decoder of models that prediction an image with an image: they are transforms.
pub const PICTURE: &str = "picture";

/// What a person would have to be told to use the model. Kept as TOML beside the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Name on screen.
    pub name: String,
    /// How the outputs are read: the id of a decoder.
    pub decoder: String,
    /// Objects with a lower score are left out.
    #[serde(default = "default_threshold")]
    pub threshold: f32,
    /// Of two boxes of one class that overlap more than this, the weaker is left out.
    #[serde(default = "default_nms_iou")]
    pub nms_iou: f32,
    /// How an image becomes the input.
    pub input: InputCard,
    /// How points become the input; set for models that look at points and not at images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsCard>,
    /// How a text becomes the input; set for models that read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextCard>,
    /// What is looked at beside one image; set for models of sequences and of signals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowCard>,
    /// Names of the classes, or of the numbers, in the order of the outputs.
    pub labels: Vec<String>,
    /// Units of the numbers in the same order, where the model gives numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// The numbers that point left or right, so that a mirrored image changes their sign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lateral: Vec<String>,
}

/// How an image becomes the model's input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputCard {
    /// Name of the graph's input.
    pub name: String,
    /// Width in pixels; 0 where no image is looked at.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub width: u32,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub height: u32,
    /// Order of the dimensions.
    #[serde(default)]
    pub layout: Layout,
    /// Order of the channels.
    #[serde(default)]
    pub colors: Colors,
    /// How an image of another shape is made to fit.
    #[serde(default)]
    pub fit: Fit,
    /// Subtracted from each channel of 0 to 255, in the order of `colors`.
    #[serde(default)]
    pub mean: [f32; 3],
    /// Divides each channel after that.
    #[serde(default = "ones")]
    pub std: [f32; 3],
}

/// How points become the model's input: the ground seen from above, in cells. The input's height is the number of
/// cells ahead, its width that of cells across; mean and std are not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsCard {
    /// From and to, ahead of the sensor, meters.
    pub ahead: [f32; 2],
    /// From (right, negative) and to (left), meters.
    pub left: [f32; 2],
    /// Lowest and highest point that counts, meters.
    pub up: [f32; 2],
    /// What is known of each cell, in the order of the input's channels.
    pub features: Vec<Feature>,
}

/// What is known of a cell of the ground; 0 where there is no point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Height of its highest point, 0 to 1.
    Highest,
    /// Height of its lowest point, 0 to 1.
    Lowest,
    /// Its strongest intensity, 0 to 1.
    Intensity,
    /// How many points lie in it, on a logarithmic scale, 0 to 1.
    Density,
    /// Whether any point lies in it.
    Occupied,
}

impl PointsCard {
    /// Why it can mean nothing, if so.
    fn problem(&self) -> Option<&'static str> {
        let rises = |[from, to]: [f32; 2]| from.is_finite() && to.is_finite() && from < to;
        if !(rises(self.ahead) && rises(self.left) && rises(self.up)) {
            return Some("ahead, left and up of [points] are each two numbers, the smaller one first");
        }
        self.features.is_empty().then_some("[points] names no features")
    }
}

/// Order of the dimensions of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// Batch, channel, row, column.
    #[default]
    #[serde(rename = "NCHW")]
    Nchw,
    /// Batch, row, column, channel.
    #[serde(rename = "NHWC")]
    Nhwc,
}

/// Order of the channels of the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Colors {
    /// Red first.
    #[default]
    #[serde(rename = "RGB")]
    Rgb,
    /// Blue first.
    #[serde(rename = "BGR")]
    Bgr,
    /// One channel of luma (BT.601).
    #[serde(rename = "gray")]
    Gray,
}

/// How an image of another shape is made to fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Both sides are scaled on their own.
    #[default]
    Stretch,
    /// Scaled by one factor, gray bars of 114 around it.
    Letterbox,
    /// Scaled by one factor into the upper left corner, gray of 114 beside and below it.
    Corner,
    /// The middle part of the input's shape is taken.
    CenterCrop,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(side: &u32) -> bool {
    *side == 0
}

fn ones() -> [f32; 3] {
    [1.0; 3]
}

fn default_threshold() -> f32 {
    0.4
}

fn default_nms_iou() -> f32 {
    0.5
}

impl ModelCard {
    /// Where the card of a model file is looked for: `name.card.toml` beside `name.onnx`. For a model that is served the
    /// card may stand for the file.
    pub fn path_for(model: &Path) -> PathBuf {
        if model.to_string_lossy().ends_with(".card.toml") {
            return model.to_owned();
        }
        model.with_extension("card.toml")
    }

    /// The card beside the model, or none when there is no such file.
    pub fn beside(model: &Path) -> Result<Option<Self>, ModelError> {
        let path = Self::path_for(model);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelError::Io { path, source }),
        };
        toml::from_str(&text)
            .map(Some)
            .map_err(|err| ModelError::BadCard { problem: err.to_string().trim().replace('\n', " "), path })
    }

    /// Writes the card beside the model.
    pub fn save_beside(&self, model: &Path) -> Result<PathBuf, ModelError> {
        let path = Self::path_for(model);
        let bad = |problem: String| ModelError::BadCard { problem, path: path.clone() };
        let text = toml::to_string_pretty(self).map_err(|err| bad(err.to_string()))?;
        write_atomic(&path, text.as_bytes())
            .map_err(|source| ModelError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// What the model looks at.
    pub fn medium(&self) -> Medium {
        if self.points.is_some() {
            return Medium::Points;
        }
        if self.text.is_some() {
            return Medium::Text;
        }
        let frames = self.window.as_ref().map_or(1, |window| window.frames);
        if frames == 0 { Medium::Signals } else { Medium::Image }
    }

    /// How far back of a sample it looks.
    pub fn reach(&self) -> Reach {
        self.window.as_ref().map(WindowCard::reach).unwrap_or_default()
    }

    /// Number of channels of the input.
    pub fn channels(&self) -> Result<usize, &'static str> {
        match &self.points {
            Some(points) => points.problem().map_or(Ok(points.features.len()), Err),
            None if self.input.colors == Colors::Gray => Ok(1),
            None => Ok(3),
        }
    }

    /// Name of class `index`; a number where the card has no name.
    pub fn label(&self, index: usize) -> String {
        self.labels.get(index).cloned().unwrap_or_else(|| format!("class {index}"))
    }
}
