//! Gaussian blur: a camera out of focus, as in DeepTest and ImageNet-C.
//!
//! Separable, radius of three sigmas or a kernel of a given size, edges reflected without repeating the last pixel (OpenCV's
//! default border). Weights and sums are 16-bit fixed point; the result is within one gray level of
//! the exact filter.

use crate::base::params::ParamSpec;
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::pair_sums::{self, Tap};
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Sigma in pixels of the image; the severities 1 to 5 of ImageNet-C are 1, 2, 3, 4 and 6.
///
/// A size of 0 is a radius of three
/// sigmas; `DeepTest` has kernels of 3, 5 and 7 pixels, whose sigmas are those that OpenCV gives them.
pub static KIND: TransformKind = TransformKind {
    id: "gaussian_blur",
    title: "Gaussian blur",
    summary: "A lens out of focus",
    group: Group::Blur,
    params: &[SIGMA, SIZE, PIXEL],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        let pixel = params.value(&PIXEL);
        let radius = ((params.value(&SIZE) - 1.0) / 2.0 * pixel).round();
        Box::new(GaussianBlur {
            sigma: params.value(&SIGMA) * pixel,
            radius: (radius >= 1.0).then_some(radius as usize),
        })
    }),
};

const SIGMA: ParamSpec = ParamSpec {
    id: "sigma",
    title: "Sigma",
    unit: "px",
    min: 0.0,
    max: 6.0,
    neutral: 0.0,
    initial: 2.0,
    step: 0.1,
};

const SIZE: ParamSpec = ParamSpec {
    id: "size",
    title: "Size of the kernel",
    unit: "px",
    min: 0.0,
    max: 31.0,
    neutral: 0.0,
    initial: 0.0,
    step: 2.0,
};

/// OpenCV's kernels of 3, 5 and 7 pixels without a sigma: the center, then each pair of neighbors, in 1/256. The sigma that it
/// computes for other sizes would be 0.8, 1.1 and 1.4.
const SMALL: [(f64, &[u16]); 3] = [(0.8, &[128, 128]), (1.1, &[96, 128, 32]), (1.4, &[72, 112, 56, 16])];

/// Below this the kernel is a single pixel in 8 bits.
const SHARP_SIGMA: f64 = 0.2;

struct GaussianBlur {
    sigma: f64,
    /// Pixels to each side; `None` is three sigmas.
    radius: Option<usize>,
}

impl Transform for GaussianBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.sigma >= SHARP_SIGMA {
            filtered(image, &half_kernel(self.sigma, self.radius));
        }
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// The image after a Gaussian filter of this sigma in pixels.
pub(in crate::transforms::image) fn blurred(image: &mut Image, sigma: f64) {
    if sigma >= SHARP_SIGMA {
        filtered(image, &half_kernel(sigma, None));
    }
}

/// The image after a filter along rows and columns; the weights are those of `half_kernel`.
fn filtered(image: &mut Image, weights: &[u16]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let radius = weights.len() - 1;
    let stride = width * 3;
    let source = image.pixels();
    let mut blurred = vec![0_u8; source.len()];
    // One row of vertical sums in 1/256, with a mirrored margin on both sides for the second pass.
    let mut row = vec![0_u16; stride + 6 * radius];
    let mut sums = vec![0_u16; stride];
    let mut taps = Vec::with_capacity(radius + 1);
    for (y, target) in blurred.chunks_exact_mut(stride).enumerate() {
        taps.clear();
        taps.extend(weights.iter().enumerate().map(|(k, weight)| Tap {
            first: reflected(y as isize - k as isize, height) * stride,
            second: reflected(y as isize + k as isize, height) * stride,
            weight: *weight,
        }));
        pair_sums::of_bytes(row.get_mut(3 * radius..3 * radius + stride).unwrap_or_default(), source, &taps);
        for x in 1..=radius {
            for c in 0..3 {
                row[(radius - x) * 3 + c] = row[(radius + reflected(-(x as isize), width)) * 3 + c];
                row[(radius + width + x - 1) * 3 + c] =
                    row[(radius + reflected((width + x - 1) as isize, width)) * 3 + c];
            }
        }
        taps.clear();
        taps.extend(weights.iter().enumerate().map(|(k, weight)| Tap {
            first: 3 * (radius - k),
            second: 3 * (radius + k),
            weight: *weight,
        }));
        pair_sums::of_words(&mut sums, &row, &taps);
        rounded(target, &sums, taps.len() as u16);
    }
    image.set_pixels(blurred);
}

/// The weight of the center, then of each pair of neighbors, in 1/65536; together they make 1.
fn half_kernel(sigma: f64, radius: Option<usize>) -> Vec<u16> {
    let is_small =
        |(small, weights): &&(f64, &[u16])| radius == Some(weights.len() - 1) && (sigma - small).abs() < 1e-9;
    if let Some((_, weights)) = SMALL.iter().find(is_small) {
        return weights.iter().map(|weight| weight * 256).collect();
    }
    let radius = radius.unwrap_or_else(|| (3.0 * sigma).ceil().max(1.0) as usize);
    let raw: Vec<f64> = (0..=radius).map(|k| libm::exp(-0.5 * (k as f64 / sigma).powi(2))).collect();
    let total = raw[0] + 2.0 * raw[1..].iter().sum::<f64>();
    let mut weights: Vec<u16> = raw
        .iter()
        .enumerate()
        .map(|(k, w)| (w / total * if k == 0 { 65536.0 } else { 131_072.0 }).round().min(65535.0) as u16)
        .collect();
    let sum: i64 = weights.iter().map(|w| i64::from(*w)).sum();
    // Rounding errors go to the center.
    weights[0] = (i64::from(weights[0]) + 65535 - sum).clamp(0, 65535) as u16;
    weights
}

/// Reflection at the edges without repeating the last pixel: -1 is 1.
fn reflected(at: isize, length: usize) -> usize {
    if length == 1 {
        return 0;
    }
    let period = 2 * (length as isize - 1);
    let at = at.rem_euclid(period);
    at.min(period - at) as usize
}

widened! {
    /// From 1/256 to gray levels. Each of the products in both passes lost half of 1/256 on average; this
    /// is added back here.
    fn rounded(target: &mut [u8], sums: &[u16], taps: u16) {
        for (out, sum) in target.iter_mut().zip(sums) {
            *out = (sum.saturating_add(taps + 128) >> 8) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_within_one_gray_level_of_the_exact_filter() {
        let (width, height) = (23_u32, 17_u32);
        let rng = crate::base::rng::Rng::new(3);
        let pixels: Vec<u8> = (0..width * height * 3).map(|i| rng.at(u64::from(i)) as u8).collect();
        let image = Image::from_rgb(width, height, pixels.clone()).unwrap();
        for sigma in [0.5, 1.0, 2.3, 5.0, 8.0] {
            let mut blurred = image.clone();
            GaussianBlur { sigma, radius: None }.apply(&mut blurred, 0);
            let radius = (3.0 * sigma).ceil() as isize;
            let weight = |k: isize| (-0.5 * (k as f64 / sigma).powi(2)).exp();
            let total: f64 = (-radius..=radius).map(weight).sum();
            for (x, y, c) in [(0, 0, 0), (11, 8, 1), (22, 16, 2), (5, 16, 0)] {
                let mut exact = 0.0;
                for dy in -radius..=radius {
                    for dx in -radius..=radius {
                        let (sx, sy) =
                            (reflected(x + dx, width as usize), reflected(y + dy, height as usize));
                        let value = pixels[(sy * width as usize + sx) * 3 + c];
                        exact += f64::from(value) * weight(dx) * weight(dy) / total / total;
                    }
                }
                let got = blurred.pixel(x as u32, y as u32).unwrap()[c];
                assert!((f64::from(got) - exact).abs() <= 1.0, "sigma {sigma} at {x},{y}: {got} for {exact}");
            }
        }
    }

    #[test]
    fn flat_pictures_stay_flat() {
        for value in [0, 1, 127, 254, 255] {
            for sigma in [0.3, 3.0, 8.0] {
                let mut image = Image::filled(31, 9, [value; 3]);
                GaussianBlur { sigma, radius: None }.apply(&mut image, 0);
                assert_eq!(image, Image::filled(31, 9, [value; 3]), "{value} at sigma {sigma}");
            }
        }
    }
}
