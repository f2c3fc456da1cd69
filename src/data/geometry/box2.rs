//! Axis-aligned boxes in an image.

use serde::{Deserialize, Serialize};

/// An axis-aligned box in pixels of the image; x to the right, y down, edges at whole numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Box2 {
    /// Left edge.
    pub x0: f32,
    /// Upper edge.
    pub y0: f32,
    /// Right edge.
    pub x1: f32,
    /// Lower edge.
    pub y1: f32,
}

impl Box2 {
    /// The box between two opposite corners in any order.
    pub fn between(a: (f32, f32), b: (f32, f32)) -> Self {
        Self { x0: a.0.min(b.0), y0: a.1.min(b.1), x1: a.0.max(b.0), y1: a.1.max(b.1) }
    }

    /// Width in pixels, never negative.
    pub fn width(&self) -> f32 {
        (self.x1 - self.x0).max(0.0)
    }

    /// Height in pixels, never negative.
    pub fn height(&self) -> f32 {
        (self.y1 - self.y0).max(0.0)
    }

    /// Area in square pixels.
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// The middle.
    pub fn center(&self) -> (f32, f32) {
        (f32::midpoint(self.x0, self.x1), f32::midpoint(self.y0, self.y1))
    }

    /// Intersection of both boxes; empty boxes have no area.
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }

    /// Intersection over union, 0 to 1.
    pub fn iou(&self, other: &Self) -> f32 {
        let both = self.intersection(other).area();
        let either = self.area() + other.area() - both;
        if either > 0.0 { both / either } else { 0.0 }
    }

    /// True if the point lies inside or on the edge.
    pub fn contains(&self, x: f32, y: f32) -> bool {
        self.x0 <= x && x <= self.x1 && self.y0 <= y && y <= self.y1
    }

    /// The part inside an image of this size.
    pub fn clipped(&self, width: u32, height: u32) -> Self {
        self.intersection(&Self { x0: 0.0, y0: 0.0, x1: width as f32, y1: height as f32 })
    }

    /// True if all four edges are finite and in order.
    pub fn valid(&self) -> bool {
        [self.x0, self.y0, self.x1, self.y1].iter().all(|edge| edge.is_finite())
            && self.x1 > self.x0
            && self.y1 > self.y0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlap_is_measured_as_iou() {
        let a = Box2 { x0: 0.0, y0: 0.0, x1: 10.0, y1: 10.0 };
        let check = |b: Box2, expected: f32| assert!((a.iou(&b) - expected).abs() < 1e-6);
        check(a, 1.0);
        check(Box2 { x0: 5.0, y0: 0.0, x1: 15.0, y1: 10.0 }, 1.0 / 3.0);
        check(Box2 { x0: 20.0, y0: 0.0, x1: 30.0, y1: 10.0 }, 0.0);
        check(Box2::default(), 0.0);
    }
}
