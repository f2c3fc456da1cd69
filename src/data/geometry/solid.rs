//! Upright cuboids, as predicted by detectors of point clouds.

use serde::{Deserialize, Serialize};

use crate::data::geometry::box2::Box2;

/// An upright cuboid in the frame of a point cloud: x forward, y left, z up, meters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Solid {
    /// Center.
    pub center: [f32; 3],
    /// Length, width, height.
    pub size: [f32; 3],
    /// Heading of the length: radians from x towards y.
    pub yaw: f32,
}

impl Solid {
    /// Problem of a box whose numbers are none, or whose sides are negative.
    pub fn problem(self) -> Option<&'static str> {
        let finite = self.center.iter().chain(&self.size).chain([&self.yaw]).all(|value| value.is_finite());
        let sides = self.size.iter().all(|side| *side >= 0.0);
        (!finite || !sides)
            .then_some("center, size and yaw of the object must be numbers, its sides not negative")
    }

    /// The four corners of the footprint, in order.
    pub fn corners(&self) -> [(f32, f32); 4] {
        let (sin, cos) = (libm::sinf(self.yaw), libm::cosf(self.yaw));
        let (l, w) = (self.size[0] / 2.0, self.size[1] / 2.0);
        [(l, w), (-l, w), (-l, -w), (l, -w)]
            .map(|(x, y)| (self.center[0] + x * cos - y * sin, self.center[1] + x * sin + y * cos))
    }

    /// The box around the footprint: x and y in meters.
    pub fn outline(&self) -> Box2 {
        let corners = self.corners();
        let start = Box2 { x0: f32::MAX, y0: f32::MAX, x1: f32::MIN, y1: f32::MIN };
        corners.iter().fold(start, |b, (x, y)| Box2 {
            x0: b.x0.min(*x),
            y0: b.y0.min(*y),
            x1: b.x1.max(*x),
            y1: b.y1.max(*y),
        })
    }

    /// A point in the cuboid's own frame: the origin is its center, x is along its length.
    pub fn inward(&self, point: [f32; 3]) -> [f32; 3] {
        let (sin, cos) = (libm::sinf(self.yaw), libm::cosf(self.yaw));
        let (x, y) = (point[0] - self.center[0], point[1] - self.center[1]);
        [x * cos + y * sin, y * cos - x * sin, point[2] - self.center[2]]
    }

    /// Inverse of [`Self::inward`].
    pub fn outward(&self, point: [f32; 3]) -> [f32; 3] {
        let (sin, cos) = (libm::sinf(self.yaw), libm::cosf(self.yaw));
        [
            self.center[0] + point[0] * cos - point[1] * sin,
            self.center[1] + point[0] * sin + point[1] * cos,
            self.center[2] + point[2],
        ]
    }

    /// True if the point lies inside or on a side.
    pub fn contains(&self, point: [f32; 3]) -> bool {
        let inside = self.inward(point);
        (0..3).all(|axis| inside[axis].abs() <= self.size[axis] / 2.0)
    }

    /// Volume in cubic meters.
    pub fn volume(&self) -> f32 {
        self.size.iter().map(|side| side.max(0.0)).product()
    }

    /// True if all numbers are finite and every side is longer than zero.
    pub fn valid(&self) -> bool {
        let numbers = self.center.iter().chain(&self.size).chain(std::iter::once(&self.yaw));
        numbers.into_iter().all(|number| number.is_finite()) && self.size.iter().all(|side| *side > 0.0)
    }

    /// Volume of the intersection over volume of the union, 0 to 1.
    pub fn iou(&self, other: &Self) -> f32 {
        let [low, high] = [-1.0, 1.0].map(|side: f32| {
            let ends = [self, other].map(|solid| solid.center[2] + side * solid.size[2] / 2.0);
            if side < 0.0 { ends[0].max(ends[1]) } else { ends[0].min(ends[1]) }
        });
        let both = shared_area(&self.corners(), &other.corners()) * (high - low).max(0.0);
        let either = self.volume() + other.volume() - both;
        if either > 0.0 { (both / either).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Area that two convex outlines share, by cutting one at each side of the other (Sutherland and Hodgman 1974).
fn shared_area(a: &[(f32, f32); 4], b: &[(f32, f32); 4]) -> f32 {
    let mut rest: Vec<(f32, f32)> = a.to_vec();
    for (i, from) in b.iter().enumerate() {
        let to = b[(i + 1) % 4];
        // Left of the side is inside, for corners are counterclockwise.
        let side = |p: (f32, f32)| (to.0 - from.0) * (p.1 - from.1) - (to.1 - from.1) * (p.0 - from.0);
        let mut kept = Vec::with_capacity(rest.len() + 1);
        for (k, p) in rest.iter().enumerate() {
            let q = rest[(k + 1) % rest.len()];
            let (at_p, at_q) = (side(*p), side(q));
            if at_p >= 0.0 {
                kept.push(*p);
            }
            if (at_p >= 0.0) != (at_q >= 0.0) {
                let part = at_p / (at_p - at_q);
                kept.push((p.0 + (q.0 - p.0) * part, p.1 + (q.1 - p.1) * part));
            }
        }
        rest = kept;
        if rest.is_empty() {
            return 0.0;
        }
    }
    let twice: f32 = rest
        .iter()
        .enumerate()
        .map(|(k, p)| {
            let q = rest[(k + 1) % rest.len()];
            p.0 * q.1 - q.0 * p.1
        })
        .sum();
    twice.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solid(x: f32, yaw: f32) -> Solid {
        Solid { center: [x, 0.0, 1.0], size: [4.0, 2.0, 2.0], yaw }
    }

    #[test]
    fn overlap_in_space_is_measured_as_iou() {
        let check = |a: Solid, b: Solid, expected: f32| {
            assert!((a.iou(&b) - expected).abs() < 1e-5, "{} {expected}", a.iou(&b));
        };
        check(solid(0.0, 0.0), solid(0.0, 0.0), 1.0);
        check(solid(0.0, 0.0), solid(0.0, std::f32::consts::PI), 1.0);
        check(solid(0.0, 0.0), solid(2.0, 0.0), 1.0 / 3.0);
        // A cross: 2 by 2 of each 8 square meters are shared.
        check(solid(0.0, 0.0), solid(0.0, std::f32::consts::FRAC_PI_2), 4.0 / 12.0);
        check(solid(0.0, 0.0), solid(9.0, 0.3), 0.0);
        let raised = Solid { center: [0.0, 0.0, 2.0], ..solid(0.0, 0.0) };
        check(solid(0.0, 0.0), raised, 1.0 / 3.0);
    }

    #[test]
    fn a_point_goes_into_the_box_and_back() {
        let turned = Solid { yaw: 0.7, ..solid(3.0, 0.0) };
        let back = turned.outward(turned.inward([1.0, 2.0, 3.0]));
        assert!((0..3).all(|axis| (back[axis] - [1.0, 2.0, 3.0][axis]).abs() < 1e-5));
        assert!(turned.contains(turned.outward([1.9, 0.9, 0.9])));
        assert!(!turned.contains(turned.outward([2.1, 0.9, 0.9])));
    }
}
