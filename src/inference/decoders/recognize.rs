//! Recognition of the decoder from the outputs of a model file.
//!
//! Each decoder says what it recognizes; the strongest evidence decides, and two decoders with equal evidence are refused, so
//! that the order of the list says nothing.

use crate::inference::card::{Colors, Fit};
use crate::inference::onnx_file::{OnnxInfo, ValueInfo};

/// Strength of the evidence for a decoder, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The usual meaning of a shape that other models have as well.
    Usual,
    /// The names of the outputs.
    Named,
    /// A shape, or metadata, that hardly anything else has.
    Shape,
    /// The shapes of all outputs together.
    Exact,
}

/// Preparation of images that goes with a decoder's usual exporters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preprocessing {
    /// Order of the colors.
    pub colors: Colors,
    /// Fit into the input.
    pub fit: Fit,
    /// Subtracted from each channel, 0 to 255.
    pub mean: [f32; 3],
    /// Divides each channel, 0 to 255.
    pub std: [f32; 3],
}

impl Preprocessing {
    /// Mean of `ImageNet`, 0 to 255.
    pub const IMAGENET_MEAN: [f32; 3] = [123.675, 116.28, 103.53];
    /// Standard deviation of `ImageNet`, 0 to 255.
    pub const IMAGENET_STD: [f32; 3] = [58.395, 57.12, 57.375];

    /// Stretched to the input, 0 to 1.
    pub const STRETCHED: Self =
        Self { colors: Colors::Rgb, fit: Fit::Stretch, mean: [0.0; 3], std: [255.0; 3] };
    /// Letterboxed, 0 to 1.
    pub const LETTERBOXED: Self = Self { fit: Fit::Letterbox, ..Self::STRETCHED };
    /// Stretched to the input, normalized as `ImageNet`.
    pub const NORMALIZED: Self =
        Self { mean: Self::IMAGENET_MEAN, std: Self::IMAGENET_STD, ..Self::STRETCHED };
}

/// A model as one decoder understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recognized {
    /// Strength of the evidence.
    pub evidence: Evidence,
    /// Number of labels.
    pub classes: usize,
    /// Names of the labels if the outputs give them.
    pub labels: Option<Vec<String>>,
    /// Preparation of images.
    pub preprocessing: Preprocessing,
}

impl Recognized {
    /// A model with so many classes and images in the range 0 to 1.
    pub fn new(evidence: Evidence, classes: u64, preprocessing: Preprocessing) -> Self {
        Self { evidence, classes: classes as usize, labels: None, preprocessing }
    }
}

/// The outputs of a model file.
#[derive(Clone, Copy, Debug)]
pub struct Outputs<'a> {
    /// The description in the file.
    pub info: &'a OnnxInfo,
    /// Name of the file, lower case.
    pub file_name: &'a str,
}

impl<'a> Outputs<'a> {
    /// The outputs, in the order of the file.
    pub fn all(self) -> &'a [ValueInfo] {
        &self.info.outputs
    }

    /// The outputs of so many dimensions.
    pub fn of_rank(self, rank: usize) -> Vec<&'a ValueInfo> {
        self.all().iter().filter(|output| output.shape.len() == rank).collect()
    }

    /// Rows and columns of the outputs of three dimensions.
    pub fn tables(self) -> Vec<(u64, u64)> {
        let sides = self.all().iter().filter_map(|output| match output.shape.as_slice() {
            [_, Some(a), Some(b)] => Some((*a, *b)),
            _ => None,
        });
        sides.collect()
    }

    /// Rows and columns of the only output, if it has three dimensions.
    pub fn only_table(self) -> Option<(u64, u64)> {
        match (self.tables().as_slice(), self.all().len()) {
            ([table], 1) => Some(*table),
            _ => None,
        }
    }

    /// The task in the metadata, as YOLO exporters write it.
    pub fn task(self) -> Option<&'a str> {
        self.info.metadata.get("task").map(String::as_str)
    }

    /// True if the name of an output contains a word, in lower case.
    pub fn named(self, word: &str) -> bool {
        self.all().iter().any(|output| output.name.to_lowercase().contains(word))
    }
}
