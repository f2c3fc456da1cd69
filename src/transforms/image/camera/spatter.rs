//! Spatter of ImageNet-C and CIFAR-C (Hendrycks and Dietterich, ICLR 2019): drops of water, then of mud, on the lens.

use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::drops::relief;
use crate::transforms::image::kernels::layer::{Layer, ONE, columns_and_rows};
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::image::kernels::severities::{SEVERITY, SMALL};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Severities 1 to 3 are water and 4 and 5 are mud, on images of 224 pixels, or of 32 for CIFAR-C; in between, images of both
/// are blended.
pub static KIND: TransformKind = TransformKind {
    id: "spatter",
    title: "Spatter (ImageNet-C)",
    summary: "Water or mud on the lens, as in ImageNet-C and CIFAR-C",
    group: Group::Sensor,
    params: &[SEVERITY, SMALL, PIXEL],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(Spatter {
            severity: params.value(&SEVERITY),
            table: if params.value(&SMALL) < 0.5 { &IMAGENET } else { &CIFAR },
            pixel: params.value(&PIXEL),
        })
    }),
};

/// Drops of one severity.
struct Drops {
    /// Mean and spread of the noise.
    noise: [f64; 2],
    /// Sigma in pixels of the filter that makes drops of it.
    sigma: f64,
    /// Threshold from which there is liquid.
    least: f64,
    liquid: Liquid,
}

#[derive(Clone, Copy)]
enum Liquid {
    /// Greatest part of the water's color that is added.
    Water(f64),
    /// Sigma in pixels of the edge of the mud.
    Mud(f64),
}

use Liquid::{Mud, Water};

const fn drops(noise: [f64; 2], sigma: f64, least: f64, liquid: Liquid) -> Drops {
    Drops { noise, sigma, least, liquid }
}

static IMAGENET: [Drops; 5] = [
    drops([0.65, 0.3], 4.0, 0.69, Water(0.6)),
    drops([0.65, 0.3], 3.0, 0.68, Water(0.6)),
    drops([0.65, 0.3], 2.0, 0.68, Water(0.5)),
    drops([0.65, 0.3], 1.0, 0.65, Mud(1.5)),
    drops([0.67, 0.4], 1.0, 0.65, Mud(1.5)),
];

static CIFAR: [Drops; 5] = [
    drops([0.62, 0.1], 0.7, 0.7, Water(0.5)),
    drops([0.65, 0.1], 0.8, 0.7, Water(0.5)),
    drops([0.65, 0.3], 1.0, 0.69, Water(0.5)),
    drops([0.65, 0.1], 0.7, 0.69, Mud(0.6)),
    drops([0.65, 0.1], 0.5, 0.68, Mud(0.6)),
];

/// Pale turquoise, which is added, and brown, which covers.
const WATER: [i32; 3] = [175, 238, 238];
const MUD: [i32; 3] = [63, 42, 20];
/// Part of the light that mud blocks, below which there is none.
const THIN: i32 = ONE / 5 * 4;

struct Spatter {
    severity: f64,
    table: &'static [Drops; 5],
    pixel: f64,
}

/// The liquid of one whole severity on the lens.
struct Wet {
    /// Its part at each position of the layer.
    part: Layer,
    liquid: Liquid,
    line: Vec<i32>,
}

impl Wet {
    fn pixel(&self, x: usize, pixel: [u8; 3]) -> [i32; 3] {
        let part = self.line[x];
        let color = if matches!(self.liquid, Water(_)) { WATER } else { MUD };
        std::array::from_fn(|channel| {
            let value = i32::from(pixel[channel]);
            let under =
                if matches!(self.liquid, Water(_)) { value << 8 } else { value * (256 - (part >> 8)) };
            (under + color[channel] * (part >> 8)).clamp(0, 255 << 8)
        })
    }
}

impl Spatter {
    /// The liquid of a severity from 1; `None` for 0, which is a clean lens.
    fn wet(&self, severity: usize, size: (u32, u32), seed: u64) -> Option<Wet> {
        let drops = self.table.get(severity.checked_sub(1)?)?;
        let [mean, spread] = drops.noise;
        let noise = Layer::noise(&Rng::new(seed), columns_and_rows(size, self.pixel), mean, spread);
        let least = (drops.least * f64::from(ONE)).round() as i32;
        let smooth = noise.smoothed(drops.sigma);
        let part = match drops.liquid {
            Water(strongest) => {
                let liquid = smooth.map(|value| if value < least { 0 } else { (value * 255) >> 16 });
                relief(&liquid, (strongest * f64::from(ONE)).round() as i32)
            }
            Mud(sigma) => smooth
                .map(|value| if value > least { ONE } else { 0 })
                .smoothed(sigma)
                .map(|part| if part < THIN { 0 } else { part }),
        };
        Some(Wet { part, liquid: drops.liquid, line: vec![0; size.0 as usize] })
    }
}

impl Transform for Spatter {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.severity <= 0.0 {
            return;
        }
        let lower = self.severity.floor();
        // Weight of the next severity in 1/256.
        let next = ((self.severity - lower) * 256.0).round() as i32;
        let mut below = self.wet(lower as usize, image.size(), seed);
        let mut above = (next > 0).then(|| self.wet(lower as usize + 1, image.size(), seed)).flatten();
        let width = image.width() as usize;
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            for wet in [&mut below, &mut above].into_iter().flatten() {
                wet.part.line(y, self.pixel, &mut wet.line);
            }
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                let seen = |wet: &Option<Wet>| {
                    let dry = || pixel.map(|value| i32::from(value) << 8);
                    wet.as_ref().map_or_else(dry, |wet| wet.pixel(x, *pixel))
                };
                let (one, other) = (seen(&below), seen(&above));
                *pixel = std::array::from_fn(|channel| {
                    let mixed = one[channel] * (256 - next) + other[channel] * next;
                    ((mixed + (1 << 15)) >> 16).clamp(0, 255) as u8
                });
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
