//! Contrast: a gain on every channel, as in DeepTest (Tian et al., ICSE 2018).

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::tables::{map_channels, map_levels, table};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// out = saturate(gain * in) on all channels; `DeepTest` sweeps 1.2 to 3.0.
///
/// About the mean of each channel,
/// out = saturate(gain * (in - mean) + mean), as in ImageNet-C, whose severities have the gains 0.4 to 0.05.
pub static KIND: TransformKind = TransformKind {
    id: "contrast",
    title: "Contrast",
    summary: "Multiplies every pixel by the same gain",
    group: Group::Light,
    params: &[GAIN, ABOUT_MEAN],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(Contrast {
            gain_q8: (params.value(&GAIN) * 256.0).round() as u16,
            about_mean: params.value(&ABOUT_MEAN) >= 0.5,
        })
    }),
};

const GAIN: ParamSpec = ParamSpec {
    id: "gain",
    title: "Gain",
    unit: "×",
    min: 0.05,
    max: 3.0,
    neutral: 1.0,
    initial: 1.6,
    step: 0.02,
};

const ABOUT_MEAN: ParamSpec = ParamSpec {
    id: "about_mean",
    title: "About the mean",
    unit: ParamSpec::SWITCH,
    min: 0.0,
    max: 1.0,
    neutral: 0.0,
    initial: 0.0,
    step: 1.0,
};

struct Contrast {
    /// Gain in 1/256.
    gain_q8: u16,
    about_mean: bool,
}

impl Transform for Contrast {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.about_mean {
            self.spread(image);
        } else {
            let gain = u32::from(self.gain_q8);
            map_levels(image, |level| ((u32::from(level) * gain + 128) >> 8).min(255) as u8);
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

impl Contrast {
    fn spread(&self, image: &mut Image) {
        let (pixels, _) = image.pixels().as_chunks::<3>();
        let mut sums = [0_u64; 3];
        for pixel in pixels {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(*value);
            }
        }
        let count = pixels.len().max(1) as f64;
        let gain = f64::from(self.gain_q8) / 256.0;
        let tables = sums.map(|sum| {
            let mean = sum as f64 / count / 255.0;
            table(|value| gain * (value - mean) + mean)
        });
        map_channels(image, &tables);
    }
}
