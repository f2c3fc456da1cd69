//! Similarities of a true and a tested box, 0 to 1.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::solid::Solid;

/// Rule by which two boxes are compared.
pub trait Similarity<B> {
    /// False for boxes that are none: numbers that are not finite, negative sizes. They are left out and counted.
    fn valid(&self, shape: &B) -> bool;

    /// Similarity of two valid boxes: 1 for equal ones, 0 for boxes that can never match.
    fn of(&self, truth: &B, tested: &B) -> f64;
}

/// Intersection over union.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Iou;

/// Distance of centers in meters or pixels: 1 at the same place, 0 from `zero_distance` on, linear between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CenterDistance {
    /// Distance from which the similarity is 0; the MOT Challenge of 2015 in 3D takes 2 m.
    pub zero_distance: f64,
}

impl Default for CenterDistance {
    fn default() -> Self {
        Self { zero_distance: 2.0 }
    }
}

impl CenterDistance {
    fn similarity(self, squared: f64) -> f64 {
        (1.0 - squared.sqrt() / self.zero_distance).max(0.0)
    }
}

/// Intersection over union of two boxes given by left, upper, right and lower edge; 0 if one has no area.
pub fn box_iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let width = a[2].min(b[2]) - a[0].max(b[0]);
    let height = a[3].min(b[3]) - a[1].max(b[1]);
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let both = width * height;
    let either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both;
    if either > f64::EPSILON { both / either } else { 0.0 }
}

fn edges(shape: &Box2) -> [f64; 4] {
    [shape.x0, shape.y0, shape.x1, shape.y1].map(f64::from)
}

fn in_order(edges: &[f64; 4]) -> bool {
    edges.iter().all(|edge| edge.is_finite()) && edges[2] >= edges[0] && edges[3] >= edges[1]
}

/// Edges as numbers of 64 bits: left, upper, right, lower.
impl Similarity<[f64; 4]> for Iou {
    fn valid(&self, shape: &[f64; 4]) -> bool {
        in_order(shape)
    }

    fn of(&self, truth: &[f64; 4], tested: &[f64; 4]) -> f64 {
        box_iou(*truth, *tested)
    }
}

impl Similarity<Box2> for Iou {
    fn valid(&self, shape: &Box2) -> bool {
        in_order(&edges(shape))
    }

    fn of(&self, truth: &Box2, tested: &Box2) -> f64 {
        box_iou(edges(truth), edges(tested))
    }
}

/// By volume.
impl Similarity<Solid> for Iou {
    fn valid(&self, shape: &Solid) -> bool {
        shape.problem().is_none()
    }

    fn of(&self, truth: &Solid, tested: &Solid) -> f64 {
        let apart: f32 = (0..2).map(|axis| (truth.center[axis] - tested.center[axis]).powi(2)).sum();
        let reach: f32 =
            [truth, tested].iter().map(|solid| libm::hypotf(solid.size[0], solid.size[1]) / 2.0).sum();
        if apart > reach * reach { 0.0 } else { f64::from(truth.iou(tested)) }
    }
}

impl<const N: usize> Similarity<[f64; N]> for CenterDistance {
    fn valid(&self, shape: &[f64; N]) -> bool {
        shape.iter().all(|number| number.is_finite())
    }

    fn of(&self, truth: &[f64; N], tested: &[f64; N]) -> f64 {
        self.similarity(truth.iter().zip(tested).map(|(a, b)| (a - b) * (a - b)).sum())
    }
}

/// On the ground.
impl Similarity<Solid> for CenterDistance {
    fn valid(&self, shape: &Solid) -> bool {
        shape.problem().is_none()
    }

    fn of(&self, truth: &Solid, tested: &Solid) -> f64 {
        let apart = |axis: usize| f64::from(truth.center[axis]) - f64::from(tested.center[axis]);
        self.similarity(apart(0) * apart(0) + apart(1) * apart(1))
    }
}
