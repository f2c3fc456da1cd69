//! The model card: inputs of a model and the meaning of its outputs.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::write_atomic;
use crate::base::inputs::{self, InputKind};
use crate::base::nearest::with_hint;
use crate::data::input::Medium;
use crate::data::time::window::Reach;
use crate::inference::texts::TextCard;
use crate::inference::window_card::WindowCard;
use crate::inference::{ModelError, fetched};

/// Decoder of image-to-image models, which are transforms.
pub const PICTURE: &str = "picture";

/// Longest side of a model's input in pixels.
const LONGEST_SIDE: u32 = 1 << 15;
/// Most classes of a model.
const MOST_LABELS: usize = 1 << 20;
/// Longest text of a model in tokens.
const MOST_TOKENS: usize = 1 << 20;

/// Description needed to use a model. Stored as TOML beside the model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Name on screen.
    pub name: String,
    /// Id of the decoder of the outputs.
    pub decoder: String,
    /// Minimum score of objects.
    #[serde(default = "default_threshold")]
    pub threshold: f32,
    /// Maximum overlap of two boxes of one class in non-maximum suppression.
    #[serde(default = "default_nms_iou")]
    pub nms_iou: f32,
    /// Preprocessing of an image.
    pub input: InputCard,
    /// Preprocessing of a point cloud; set for models of point clouds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<PointsCard>,
    /// Preprocessing of a text; set for models of texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextCard>,
    /// Further inputs beside one image; set for models of sequences and of signals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowCard>,
    /// Names of the classes, or of the values, in the order of the outputs.
    pub labels: Vec<String>,
    /// Units of the values in the same order, for regression models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<String>,
    /// The values that point left or right, whose sign changes in a mirrored image.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lateral: Vec<String>,
}

/// Preprocessing of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputCard {
    /// Name of the graph's input.
    pub name: String,
    /// Width in pixels; 0 for models without images.
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
    /// Resizing of an image of another shape.
    #[serde(default)]
    pub fit: Fit,
    /// Subtracted from each channel of 0 to 255, in the order of `colors`.
    #[serde(default)]
    pub mean: [f32; 3],
    /// Divides each channel after that.
    #[serde(default = "ones")]
    pub std: [f32; 3],
}

/// Preprocessing of a point cloud: the ground seen from above, in cells.
///
/// The input's height is the number of cells ahead, its width that of cells across; mean and std are not applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointsCard {
    /// From and to, ahead of the sensor, meters.
    pub ahead: [f32; 2],
    /// From (right, negative) and to (left), meters.
    pub left: [f32; 2],
    /// Lowest and highest point that counts, meters.
    pub up: [f32; 2],
    /// Features of each cell, in the order of the input's channels.
    pub features: Vec<Feature>,
}

/// Feature of a cell of the ground; 0 without points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Height of its highest point, 0 to 1.
    Highest,
    /// Height of its lowest point, 0 to 1.
    Lowest,
    /// Its strongest intensity, 0 to 1.
    Intensity,
    /// Number of its points, on a logarithmic scale, 0 to 1.
    Density,
    /// 1 if any point lies in it.
    Occupied,
}

impl PointsCard {
    /// Problem of an invalid card, if any.
    fn problem(&self) -> Option<&'static str> {
        let rises = |[from, to]: [f32; 2]| from.is_finite() && to.is_finite() && from < to;
        if !(rises(self.ahead) && rises(self.left) && rises(self.up)) {
            return Some("ahead, left and up of [points] must each be two numbers, the smaller one first");
        }
        self.features.is_empty().then_some("[points] has no features")
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

/// Resizing of an image of another shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Both sides are scaled independently.
    #[default]
    Stretch,
    /// Scaled by one factor, gray bars of 114 around it.
    Letterbox,
    /// Scaled by one factor into the upper left corner, gray of 114 beside and below it.
    Corner,
    /// The central part in the input's shape.
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
    /// Path of the card of a model file: `name.card.toml` beside `name.onnx`. For a model on a server the
    /// card may replace the file.
    pub fn path_for(model: &Path) -> PathBuf {
        if model.to_string_lossy().ends_with(".card.toml") {
            return model.to_owned();
        }
        model.with_extension("card.toml")
    }

    /// The card beside the model, or `None` if there is no such file.
    pub fn beside(model: &Path) -> Result<Option<Self>, ModelError> {
        let path = Self::path_for(&fetched::local(model)?);
        let text = match inputs::read_text(&path, InputKind::Settings) {
            Ok(text) => text,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelError::Io { path, source }),
        };
        let bad = |problem: &str| ModelError::BadCard {
            problem: with_hint(&problem.trim().replace('\n', " ")),
            path: path.clone(),
        };
        let card: Self = toml::from_str(&text).map_err(|err| bad(&err.to_string()))?;
        card.problem().map_or(Ok(Some(card)), |problem| Err(bad(&problem)))
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

    /// Problem of a card with numbers outside of their ranges, if any.
    pub fn problem(&self) -> Option<String> {
        for (name, value) in [("threshold", self.threshold), ("nms_iou", self.nms_iou)] {
            if !(0.0..=1.0).contains(&value) {
                return Some(format!("{name} is {value}, expected 0 to 1"));
            }
        }
        let sides = [("width", self.input.width), ("height", self.input.height)];
        if let Some((name, side)) = sides.into_iter().find(|(_, side)| *side > LONGEST_SIDE) {
            return Some(format!("{name} of [input] is {side}, expected at most {LONGEST_SIDE}"));
        }
        if !self.input.mean.iter().all(|value| value.is_finite()) {
            return Some("mean of [input] must be three numbers".to_owned());
        }
        if !self.input.std.iter().all(|value| value.is_finite() && *value != 0.0) {
            return Some("std of [input] must be three numbers other than 0".to_owned());
        }
        if self.labels.len() > MOST_LABELS {
            return Some(format!("there are {} labels, expected at most {MOST_LABELS}", self.labels.len()));
        }
        let length = self.text.as_ref().map_or(1, |text| text.length);
        if !(1..=MOST_TOKENS).contains(&length) {
            return Some(format!("length of [text] is {length}, expected 1 to {MOST_TOKENS}"));
        }
        let points = self.points.as_ref().and_then(PointsCard::problem);
        let window = self.window.as_ref().and_then(WindowCard::problem);
        points.or(window).map(str::to_owned)
    }

    /// Medium of the model.
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

    /// Window that the model needs.
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

    /// Name of class `index`; a number if the card has no name.
    pub fn label(&self, index: usize) -> String {
        self.labels.get(index).cloned().unwrap_or_else(|| format!("class {index}"))
    }
}
