//! Terms of an evaluation: what is compared with what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The name that stands for the true class among the signals.
pub const CLASS: &str = "class";

/// Names of labels and signals by the names of the model, and the number of samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    /// Label classes by the model's classes.
    pub classes: BTreeMap<String, String>,
    /// Names of recorded signals by the name of the model's value; for a classifier by [`CLASS`], the signal being the
    /// index of the true class among the model's.
    pub signals: BTreeMap<String, String>,
    /// Largest errors of the model's numbers that count as right, by name; see [`crate::evaluation::numbers`].
    pub limits: BTreeMap<String, f64>,
    /// Use this many samples of a channel only, spread over all labeled ones, and cache no predictions: for comparing
    /// something out.
    #[serde(skip)]
    pub most: Option<usize>,
    /// Objects in space that count, where ground truth is not labeled here.
    #[serde(skip)]
    pub region: Region,
    /// Changes of the recordings before they are predicted; the ground truth is that of the recordings as they are.
    #[serde(skip)]
    pub injected: Injected,
}

/// Changes of recordings beside the faults that their project gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Injected {
    /// Transforms of every sample that is predicted, as text.
    pub stack: Option<String>,
    /// Faults of channels, as text.
    pub faults: Vec<String>,
}

impl Injected {
    /// True without a change.
    pub fn is_empty(&self) -> bool {
        self.stack.is_none() && self.faults.is_empty()
    }
}

/// Objects in space that count, as the devkits of driving data sets choose them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Region {
    /// Largest distance from the vehicle in the plane, in millimeters.
    pub reach_mm: Option<u32>,
    /// Least number of LIDAR points inside of a true box.
    pub min_points: Option<usize>,
}
