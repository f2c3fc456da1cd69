//! Objects that a model reports, in an image or in space.

use serde::{Deserialize, Serialize};

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Mask};
use crate::data::geometry::solid::Solid;

/// Overlap from which two boxes are about the same object: intersection over union.
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

/// An object detected by a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Name of the class.
    pub class: String,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Box in pixels of the model's input image; for point clouds the footprint from above, in meters.
    #[serde(flatten)]
    pub bbox: Box2,
    /// Cuboid, for models of point clouds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solid: Option<Solid>,
    /// Pixels of the object, if the model predicts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
    /// Keypoints in the model's order, if the model predicts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keypoints: Vec<Keypoint>,
    /// Track id, the same over time; "" if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
}

impl Detection {
    /// An object in an image.
    pub fn flat(class: String, score: f32, bbox: Box2) -> Self {
        Self { class, score, bbox, solid: None, mask: None, keypoints: Vec::new(), id: String::new() }
    }

    /// An object in a point cloud.
    pub fn upright(class: String, score: f32, solid: Solid) -> Self {
        Self { solid: Some(solid), ..Self::flat(class, score, solid.outline()) }
    }

    /// Intersection over union of both boxes: in 3D if both have a cuboid, otherwise in 2D.
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
