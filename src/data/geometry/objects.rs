//! Objects that a model reports, in an image or in space.

use serde::{Deserialize, Serialize};

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Mask};
use crate::data::geometry::solid::Solid;

/// How much two boxes must overlap to be about the same object: intersection over union.
pub const IOU: ParamSpec = ParamSpec {
    id: "iou",
    title: "Overlap",
    unit: "IoU",
    min: 0.1,
    max: 0.95,
    neutral: 0.5,
    initial: 0.5,
    step: 0.05,
};

/// An object that a model claims to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Name of the class.
    pub class: String,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Where, in pixels of the picture given to the model; for points the outline from above, in meters.
    #[serde(flatten)]
    pub bbox: Box2,
    /// The box in space, where points were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solid: Option<Solid>,
    /// Its pixels, where the model tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    /// Its named places, where the model tells them, in the model's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keypoints: Vec<Keypoint>,
}

impl Detection {
    /// An object in a picture.
    pub fn flat(class: String, score: f32, bbox: Box2) -> Self {
        Self { class, score, bbox, solid: None, mask: None, keypoints: Vec::new() }
    }

    /// An object in space.
    pub fn upright(class: String, score: f32, solid: Solid) -> Self {
        Self { solid: Some(solid), ..Self::flat(class, score, solid.outline()) }
    }

    /// Intersection over union of both boxes: in space where both have one there, otherwise in the picture.
    pub fn iou(&self, other: &Self) -> f32 {
        match (&self.solid, &other.solid) {
            (Some(ours), Some(theirs)) => ours.iou(theirs),
            _ => self.bbox.iou(&other.bbox),
        }
    }

    /// The middle of the box, in pixels, or in meters for points.
    pub fn place(&self) -> String {
        let (x, y) = self.bbox.center();
        if self.solid.is_some() { format!("{x:.1}, {y:.1} m") } else { format!("{x:.0},{y:.0}") }
    }
}
