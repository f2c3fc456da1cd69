//! Places of a sign in a frame: where, how large, how turned, how bright.

use crate::base::rng::Rng;
use crate::data::geometry::box2::Box2;

/// Ranges of random placements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranges {
    /// Side of the sign, in pixels.
    pub side: (f32, f32),
    /// Rotation at most, in degrees to both sides.
    pub rotation: f32,
    /// Factor of its brightness.
    pub brightness: (f32, f32),
}

impl Default for Ranges {
    fn default() -> Self {
        Self { side: (77.0, 205.0), rotation: 10.0, brightness: (0.7, 1.2) }
    }
}

/// A place of a sign in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Middle of the sign, in pixels.
    pub middle: (f32, f32),
    /// Its side, in pixels.
    pub side: f32,
    /// Its rotation in degrees, clockwise.
    pub rotation: f32,
    /// Factor of its brightness.
    pub brightness: f32,
}

impl Placement {
    /// A random place inside of a frame; a sign that is larger than the frame is made to fit.
    pub fn random(rng: &mut Rng, ranges: &Ranges, (width, height): (u32, u32)) -> Self {
        let mut between = |(low, high): (f32, f32)| low + (high - low) * rng.unit() as f32;
        let most = width.min(height) as f32 * 0.9;
        let side = between(ranges.side).min(most).max(8.0);
        let half = side / 2.0;
        let middle = (
            between((half, (width as f32 - half).max(half))),
            between((half, (height as f32 - half).max(half))),
        );
        let rotation = between((-ranges.rotation, ranges.rotation));
        let brightness = between(ranges.brightness);
        Self { middle, side, rotation, brightness }
    }

    /// The box of the unturned sign.
    pub fn bbox(&self) -> Box2 {
        let half = self.side / 2.0;
        let (x, y) = self.middle;
        Box2 { x0: x - half, y0: y - half, x1: x + half, y1: y + half }
    }

    /// The place on the sign that a pixel shows, in parts of its side.
    pub fn on_sign(&self, x: f32, y: f32) -> (f32, f32) {
        let (sin, cos) = libm::sincosf(self.rotation.to_radians());
        let (dx, dy) = ((x + 0.5 - self.middle.0) / self.side, (y + 0.5 - self.middle.1) / self.side);
        (dx * cos + dy * sin + 0.5, dy * cos - dx * sin + 0.5)
    }

    /// The pixels that may show the sign: first and last column and row, in a frame of this size.
    pub fn reach(&self, (width, height): (u32, u32)) -> Option<[u32; 4]> {
        // The diagonal of a turned square.
        let half = self.side * std::f32::consts::FRAC_1_SQRT_2 + 1.0;
        let edge = |value: f32, most: u32| value.clamp(0.0, most as f32 - 1.0) as u32;
        if width == 0 || height == 0 {
            return None;
        }
        let (x, y) = self.middle;
        Some([edge(x - half, width), edge(y - half, height), edge(x + half, width), edge(y + half, height)])
    }
}
