//! Bilateral blur (Tomasi and Manduchi, ICCV 1998), as in `DeepTest` (Tian et al., ICSE 2018): smooths similar colors and
//! keeps edges.
//!
//! Each pixel becomes the mean of those within 4 pixels, weighted by exp(-distance^2 / 2 sigma^2) and by
//! exp(-difference^2 / 2 sigma^2), where the difference is the sum over the three channels in gray levels. `DeepTest` has
//! sigma 75.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Sigma 0 (unchanged) to 150 gray levels; edges are mirrored.
pub static KIND: TransformKind = TransformKind {
    id: "bilateral_blur",
    title: "Bilateral blur",
    summary: "Smooths surfaces and keeps edges, as cameras do against noise",
    group: Group::Blur,
    params: &[SIGMA],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| Box::new(BilateralBlur { sigma: params.value(&SIGMA) })),
};

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Sigma",
    unit: "gray levels",
    min: 0.0,
    max: 150.0,
    neutral: 0.0,
    initial: 75.0,
    step: 1.0,
};

/// Pixels to each side.
const REACH: usize = 4;
/// Sums of differences over three channels, rounded up to a power of two.
const DIFFERENCES: usize = 1024;

struct BilateralBlur {
    sigma: f64,
}

/// Three separate channels, with mirrored edges.
struct Planes {
    stride: usize,
    channels: [Vec<i32>; 3],
}

impl Planes {
    fn new(image: &Image) -> Self {
        let (width, height) = (image.width() as usize, image.height() as usize);
        // 2 1 0 1 2, the edge itself once; an image of one pixel is that pixel everywhere.
        let mirrored = |at: usize, length: usize| {
            let period = 2 * (length - 1).max(1);
            let at = (at + period * REACH - REACH) % period;
            if at < length { at } else { period - at }.min(length - 1)
        };
        let stride = width + 2 * REACH;
        let mut channels = [const { Vec::new() }; 3];
        for y in 0..height + 2 * REACH {
            let row = &image.pixels()[mirrored(y, height) * width * 3..];
            for x in 0..stride {
                let at = mirrored(x, width) * 3;
                for (channel, plane) in channels.iter_mut().enumerate() {
                    plane.push(i32::from(row[at + channel]));
                }
            }
        }
        Self { stride, channels }
    }

    /// The three channels of a row of this many pixels, starting at this position of the enlarged image.
    fn row(&self, x: usize, y: usize, width: usize) -> [&[i32]; 3] {
        let start = y * self.stride + x;
        self.channels.each_ref().map(|plane| &plane[start..start + width])
    }
}

/// Sums of weights and of weighted values of the three channels, for each pixel of a row.
#[derive(Clone)]
struct Sums([Vec<f32>; 4]);

widened! {
    /// Adds the pixels that lie in one direction.
    fn add(sums: &mut Sums, own: [&[i32]; 3], other: [&[i32]; 3], near: f32, alike: &[f32; DIFFERENCES]) {
        let [weights, red, green, blue] = &mut sums.0;
        let count = weights.len();
        let [r, g, b] = own.map(|row| &row[..count]);
        let [to_r, to_g, to_b] = other.map(|row| &row[..count]);
        let (red, green, blue) = (&mut red[..count], &mut green[..count], &mut blue[..count]);
        for x in 0..count {
            let apart = (r[x] - to_r[x]).abs() + (g[x] - to_g[x]).abs() + (b[x] - to_b[x]).abs();
            let weight = near * alike[apart as usize & (DIFFERENCES - 1)];
            weights[x] += weight;
            red[x] += weight * to_r[x] as f32;
            green[x] += weight * to_g[x] as f32;
            blue[x] += weight * to_b[x] as f32;
        }
    }
}

impl Transform for BilateralBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.sigma <= 0.0 {
            return;
        }
        let bell = |squared: f64| libm::exp(-squared / (2.0 * self.sigma * self.sigma)) as f32;
        let mut alike = [0.0_f32; DIFFERENCES];
        for (apart, weight) in alike.iter_mut().enumerate() {
            *weight = bell((apart * apart) as f64);
        }
        let mut around = Vec::new();
        for (dy, dx) in (0..=2 * REACH).flat_map(|dy| (0..=2 * REACH).map(move |dx| (dy, dx))) {
            let squared = dy.abs_diff(REACH).pow(2) + dx.abs_diff(REACH).pow(2);
            if squared <= REACH * REACH {
                around.push((dx, dy, bell(squared as f64)));
            }
        }
        let width = image.width() as usize;
        let planes = Planes::new(image);
        let mut sums = Sums([const { Vec::new() }; 4]);
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            for sum in &mut sums.0 {
                sum.clear();
                sum.resize(width, 0.0);
            }
            let own = planes.row(REACH, y + REACH, width);
            for (dx, dy, near) in &around {
                add(&mut sums, own, planes.row(*dx, y + dy, width), *near, &alike);
            }
            let [weights, channels @ ..] = &sums.0;
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                for (value, sum) in pixel.iter_mut().zip(channels) {
                    *value = (sum[x] / weights[x] + 0.5) as u8;
                }
            }
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
