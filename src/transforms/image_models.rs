//! Transforms that come from files: image-to-image models, and images pasted on others.

use crate::base::params::{ParamSpec, Params};
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::Transform;
use crate::transforms::error::PaintError;

/// Opacity of the generated image.
pub static STRENGTH: [ParamSpec; 1] =
    [ParamSpec::from_zero("strength", "Severity", "of the generated image", 1.0, 1.0)];

/// The generated image.
pub type Paint = dyn Fn(&Image) -> Result<Image, PaintError> + Send + Sync;

/// Blends the generated image over the original by [`STRENGTH`].
pub fn painted(paint: Box<Paint>, params: &Params) -> Box<dyn Transform> {
    let strength = params.value(&STRENGTH[0]);
    Box::new(Painted { paint, weight: (strength * 256.0).round() as u16 })
}

struct Painted {
    paint: Box<Paint>,
    /// Weight of the generated image, in 256ths.
    weight: u16,
}

impl Transform for Painted {
    fn apply(&self, image: &mut Image, seed: u64) {
        if let Err(problem) = self.try_apply(image, seed) {
            log::error!("the image-to-image model failed: {problem}");
        }
    }

    fn try_apply(&self, image: &mut Image, _seed: u64) -> Result<(), PaintError> {
        if self.weight > 0 {
            let painted = (self.paint)(image)?;
            if painted.size() != image.size() {
                return Err(PaintError::Size);
            }
            blend(image.pixels_mut(), painted.pixels(), self.weight);
        }
        Ok(())
    }

    /// The objects must not change with the weather.
    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn blend(target: &mut [u8], painted: &[u8], weight: u16) {
        for (a, b) in target.iter_mut().zip(painted) {
            *a = ((u16::from(*a) * (256 - weight) + u16::from(*b) * weight + 128) >> 8) as u8;
        }
    }
}
