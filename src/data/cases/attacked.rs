//! Attacked inputs of cases: the frozen image of an attack, so that a case is judged without a gradient.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The image that an attack made of the transformed input, with the way in which it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttackedInput {
    /// Id of the attack: `"pgd"`.
    pub attack: String,
    /// Norm of the change: `"linf"`, `"l2"`, `"l1"`.
    pub norm: String,
    /// Size of the change in that norm, numbers of an image being 0 to 1.
    pub eps: f64,
    /// Random seed.
    pub seed: u64,
    /// Most queries that the attack was allowed.
    pub budget: usize,
    /// Forward runs of the model that it took.
    #[serde(default)]
    pub queries: usize,
    /// Class that the image was to be turned into, if a certain one was wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Aim of an attack on a detector: `"vanish"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<String>,
    /// The attacked image as PNG, relative to the project or the suite.
    pub file: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl AttackedInput {
    /// Folder of attacked images in a project.
    pub const FOLDER: &str = "attacked";

    /// The attack with its size, for names and reports: `pgd linf 8/255`.
    pub fn describe(&self) -> String {
        let levels = self.eps * 255.0;
        let whole = self.norm == "linf" && (levels - levels.round()).abs() < 1e-9;
        let size = if whole {
            format!("{}/255", levels.round())
        } else {
            let text = format!("{:.4}", self.eps);
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        format!("{} {} {size}", self.attack, self.norm)
    }
}

/// A judgment of a person who saw an image for a moment (Elsayed et al., "Adversarial Examples that Fool both Computer Vision
/// and Time-Limited Humans", `NeurIPS` 2018).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glance {
    /// Class that the person saw; "" for none of those offered.
    #[serde(default)]
    pub saw: String,
    /// True if that is the class of the unchanged image.
    pub agrees: bool,
    /// Time for which the image was shown, in milliseconds.
    pub shown_ms: u32,
    /// Number of unchanged images among which it was shown.
    pub among: u32,
    /// Number of these that the person recognized.
    pub recognized: u32,
}
