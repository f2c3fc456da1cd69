//! Motion of shapes: shifted, and interpolated between two of them.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Block, Keypoint, Part, Shape, TurnedBox};

impl Shape {
    /// Every part changed by `change`; a single shape is its only part.
    pub fn map(&self, mut change: impl FnMut(&Self) -> Self) -> Self {
        let Self::Parts(parts) = self else { return change(self) };
        Self::Parts(parts.iter().map(|part| Part { shape: change(&part.shape), ..part.clone() }).collect())
    }

    /// Moved by this many pixels; a cuboid and the whole sample stay.
    pub fn shifted(&self, x: f32, y: f32) -> Self {
        let moved = |points: &[[f32; 2]]| points.iter().map(|[px, py]| [px + x, py + y]).collect();
        match self {
            Self::Box(b) => Self::Box(Box2 { x0: b.x0 + x, y0: b.y0 + y, x1: b.x1 + x, y1: b.y1 + y }),
            Self::TurnedBox(b) => {
                Self::TurnedBox(TurnedBox { center: [b.center[0] + x, b.center[1] + y], ..*b })
            }
            Self::Polygon(points) => Self::Polygon(moved(points)),
            Self::Polyline(points) => Self::Polyline(moved(points)),
            Self::Keypoints(points) => Self::Keypoints(
                points.iter().map(|point| Keypoint { x: point.x + x, y: point.y + y, ..*point }).collect(),
            ),
            Self::Parts(_) => self.map(|shape| shape.shifted(x, y)),
            Self::Mask(_) | Self::Cuboid(_) | Self::Whole => self.clone(),
        }
    }

    /// Interpolation from this shape to `next`, `part` between 0 and 1: every number is linear, angles
    /// go the short way round. Shapes that do not correspond stay as the first one.
    pub fn between(&self, next: &Self, part: f32) -> Self {
        let mix = |a: f32, b: f32| a + (b - a) * part;
        let line = |a: &[[f32; 2]], b: &[[f32; 2]]| -> Vec<[f32; 2]> {
            a.iter().zip(b).map(|(a, b)| [mix(a[0], b[0]), mix(a[1], b[1])]).collect()
        };
        match (self, next) {
            (Self::Box(a), Self::Box(b)) => Self::Box(Box2 {
                x0: mix(a.x0, b.x0),
                y0: mix(a.y0, b.y0),
                x1: mix(a.x1, b.x1),
                y1: mix(a.y1, b.y1),
            }),
            (Self::TurnedBox(a), Self::TurnedBox(b)) => Self::TurnedBox(TurnedBox {
                center: [mix(a.center[0], b.center[0]), mix(a.center[1], b.center[1])],
                size: [mix(a.size[0], b.size[0]), mix(a.size[1], b.size[1])],
                angle: a.angle + short_way(b.angle - a.angle) * part,
            }),
            (Self::Polygon(a), Self::Polygon(b)) if a.len() == b.len() => Self::Polygon(line(a, b)),
            (Self::Polyline(a), Self::Polyline(b)) if a.len() == b.len() => Self::Polyline(line(a, b)),
            (Self::Keypoints(a), Self::Keypoints(b)) if a.len() == b.len() => Self::Keypoints(
                a.iter()
                    .zip(b)
                    .map(|(a, b)| Keypoint { x: mix(a.x, b.x), y: mix(a.y, b.y), seen: a.seen.min(b.seen) })
                    .collect(),
            ),
            (Self::Cuboid(a), Self::Cuboid(b)) => {
                let part = f64::from(part);
                let mix = |a: [f64; 3], b: [f64; 3]| std::array::from_fn(|i| a[i] + (b[i] - a[i]) * part);
                let (from, to) = (glam::DQuat::from_array(a.rotation), glam::DQuat::from_array(b.rotation));
                Self::Cuboid(Box::new(Block {
                    center: mix(a.center, b.center),
                    size: mix(a.size, b.size),
                    rotation: from.slerp(to, part).to_array(),
                }))
            }
            (Self::Parts(a), Self::Parts(b)) if alike(a, b) => Self::Parts(
                a.iter()
                    .zip(b)
                    .map(|(a, b)| Part { shape: a.shape.between(&b.shape, part), ..a.clone() })
                    .collect(),
            ),
            _ => self.clone(),
        }
    }
}

/// True if the parts of two objects correspond one by one.
fn alike(a: &[Part], b: &[Part]) -> bool {
    let same =
        |(a, b): (&Part, &Part)| a.name == b.name && a.hole == b.hole && a.shape.kind() == b.shape.kind();
    a.len() == b.len() && a.iter().zip(b).all(same)
}

/// The same angle between minus and plus half a turn.
fn short_way(angle: f32) -> f32 {
    use std::f32::consts::TAU;
    angle - TAU * libm::roundf(angle / TAU)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, side: f32) -> Shape {
        Shape::Polygon(vec![[x, 0.0], [x + side, 0.0], [x + side, side], [x, side]])
    }

    #[test]
    fn parts_move_and_are_interpolated_together() {
        let at = |x: f32| Shape::of_parts(vec![square(x, 4.0).into(), square(x + 10.0, 4.0).into()]).unwrap();
        assert_eq!(at(0.0).shifted(6.0, 0.0), at(6.0));
        assert_eq!(at(0.0).between(&at(8.0), 0.25), at(2.0));
        assert_eq!(at(0.0).between(&square(8.0, 4.0), 0.25), at(0.0), "shapes that do not correspond");
    }
}
