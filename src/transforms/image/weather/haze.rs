//! Haze as in the physics of light: the farther away an object, the more of its light is replaced by that of the air.
//!
//! out = in * t + air * (1 - t) with t = exp(-extinction * distance), Koschmieder, "Theorie der horizontalen Sichtweite", 1924;
//! an extinction of 3.912 / V is a visibility of V. Distances come from a recorded depth map, of a depth camera or a lidar;
//! without one they are estimated from the horizon.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::distances::{Distances, HORIZON};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Extinction 0 (clear) to 80 per kilometer (a visibility of 49 m).
pub static KIND: TransformKind = TransformKind {
    id: "haze",
    title: "Haze by distance",
    summary: "Fog that grows with distance",
    group: Group::Weather,
    params: &[EXTINCTION, HORIZON, SCENERY],
    geometric: false,
    seeded: false,
    build: Build::Scene(|params| {
        Box::new(Haze {
            extinction: params.value(&EXTINCTION) / 1000.0,
            horizon: params.value(&HORIZON),
            scenery: params.value(&SCENERY),
        })
    }),
};

const EXTINCTION: ParamSpec = ParamSpec {
    id: "extinction",
    title: "Extinction",
    unit: "per km",
    min: 0.0,
    max: 80.0,
    neutral: 0.0,
    initial: 20.0,
    step: 1.0,
};
const SCENERY: ParamSpec = ParamSpec {
    id: "scenery",
    title: "Scenery",
    unit: "m away",
    min: 10.0,
    max: 1000.0,
    neutral: 150.0,
    initial: 150.0,
    step: 10.0,
};

/// Color of the air if no pixel is brighter.
const AIR: u8 = 200;

struct Haze {
    /// Extinction per meter.
    extinction: f64,
    horizon: f64,
    scenery: f64,
}

/// The color of the air: the mean of the brightest hundredth of the pixels, and no darker than [`AIR`].
fn air(image: &Image) -> [u8; 3] {
    let mut counts = [0_usize; 766];
    let sum = |pixel: &[u8; 3]| pixel.iter().map(|value| usize::from(*value)).sum::<usize>();
    let pixels = image.pixels().as_chunks::<3>().0;
    for pixel in pixels {
        counts[sum(pixel)] += 1;
    }
    let wanted = pixels.len().div_ceil(100);
    let mut seen = 0;
    let least = (0..766).rev().find(|level| {
        seen += counts[*level];
        seen >= wanted
    });
    let mut total = [0_usize; 3];
    let mut count = 0;
    for pixel in pixels.iter().filter(|pixel| sum(pixel) >= least.unwrap_or(0)) {
        total.iter_mut().zip(pixel).for_each(|(total, value)| *total += usize::from(*value));
        count += 1;
    }
    total.map(|total| ((total / count.max(1)) as u8).max(AIR))
}

widened! {
    /// Blends a row with the air; the transmission is in 65536ths.
    fn blend(row: &mut [u8], air: &[u8; 3], seen: u32) {
        let light = air.map(|value| u32::from(value) * (65536 - seen) + (1 << 15));
        for pixel in row.as_chunks_mut::<3>().0 {
            for (value, light) in pixel.iter_mut().zip(light) {
                *value = ((u32::from(*value) * seen + light) >> 16) as u8;
            }
        }
    }
}

impl Transform for Haze {
    fn differs_by_frame(&self) -> bool {
        true
    }

    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.extinction <= 0.0 {
            return;
        }
        let width = image.width() as usize;
        let air = air(image);
        let distances = Distances::new(image, self.horizon, self.scenery);
        let seen = distances.seen(self.extinction);
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            seen.stretches(y, |across, seen| blend(&mut row[across.start * 3..across.end * 3], &air, seen));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::depth::Depth;

    #[test]
    fn what_is_far_away_is_hidden_more() {
        let haze = Haze { extinction: 0.02, horizon: 0.5, scenery: 150.0 };
        let mut image = Image::filled(320, 200, [40, 60, 20]);
        haze.apply(&mut image, 0);
        let level = |y: u32| image.pixel(9, y).unwrap_or_default()[0];
        // 1.5 m * 277 pixels / 100 pixels: 4.2 m before the car, a transmission of 92 %.
        assert_eq!(level(199), 53);
        assert!(level(160) > level(199) && level(120) > level(160) && level(20) > level(120));
        // At 150 m a visibility of 196 m leaves 5 %.
        assert_eq!(level(20), 192);
        // A wall 20 m away on the right, measured: a transmission of 67 %, independent of the horizon.
        let mut wall =
            Image::filled(320, 200, [40, 60, 20]).with_depth(Depth::from_meters(2, 1, &[0.0, 20.0]));
        haze.apply(&mut wall, 0);
        let level = |x: u32, y: u32| wall.pixel(x, y).unwrap_or_default()[0];
        assert_eq!((level(0, 199), level(159, 20)), (53, 192));
        assert!([199, 160, 120, 20].iter().all(|y| level(160, *y) == 93 && level(319, *y) == 93));
        let mut clear = image.clone();
        Haze { extinction: 0.0, ..haze }.apply(&mut clear, 0);
        assert_eq!(clear, image);
    }
}
