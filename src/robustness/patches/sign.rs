//! The thing that a patch is stuck on, and the parts of it that the patch covers.

use crate::data::image::{Image, ImageError};

/// A flat thing, as planes of 0 to 1 with the part of each pixel that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sign {
    /// Pixels on a side; a sign is a square.
    pub side: usize,
    /// Red, green and blue planes.
    pub planes: [Vec<f32>; 3],
    /// Opacity, 0 to 1.
    pub opacity: Vec<f32>,
}

impl Sign {
    /// A sign from the bytes of an image; what is transparent does not belong to it.
    ///
    /// An image that is no square is stretched to one, as its placement in a frame is a square.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        let (image, opacity) = Image::decode_with_opacity(bytes)?;
        let side = image.width().max(image.height()).min(512);
        let fit = |image: &Image| image.part_resized((0, 0), image.size(), (side, side));
        let (image, opacity) = (fit(&image), fit(&opacity));
        let plane = |image: &Image, c: usize| -> Vec<f32> {
            image.pixels().iter().skip(c).step_by(3).map(|value| f32::from(*value) / 255.0).collect()
        };
        Ok(Self {
            side: side as usize,
            planes: [plane(&image, 0), plane(&image, 1), plane(&image, 2)],
            opacity: plane(&opacity, 0),
        })
    }
}

/// The parts of a sign that a patch covers, in parts of its side from the left top: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Two bars above and below the middle: about 23 % of a stop sign, which stays legible.
    Bars,
    /// A square in the middle, of a quarter of the area.
    Middle,
    /// All of it.
    Whole,
}

impl Cover {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Bars, Self::Middle, Self::Whole];

    /// Name on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Middle => "middle",
            Self::Whole => "whole",
        }
    }

    /// True if the patch covers this place of the sign.
    pub fn has(self, u: f32, v: f32) -> bool {
        let parts: &[[f32; 4]] = match self {
            Self::Bars => &[[0.15, 0.15, 0.85, 0.285], [0.15, 0.715, 0.85, 0.85]],
            Self::Middle => &[[0.25, 0.25, 0.75, 0.75]],
            Self::Whole => &[[0.0, 0.0, 1.0, 1.0]],
        };
        parts.iter().any(|[left, top, right, bottom]| u >= *left && u <= *right && v >= *top && v <= *bottom)
    }

    /// Part of the sign that is covered.
    pub fn share(self, sign: &Sign) -> f64 {
        let (mut covered, mut all) = (0.0, 0.0);
        for (at, opacity) in sign.opacity.iter().enumerate() {
            let (u, v) = ((at % sign.side) as f32 + 0.5, (at / sign.side) as f32 + 0.5);
            all += f64::from(*opacity);
            if self.has(u / sign.side as f32, v / sign.side as f32) {
                covered += f64::from(*opacity);
            }
        }
        if all > 0.0 { covered / all } else { 0.0 }
    }
}
