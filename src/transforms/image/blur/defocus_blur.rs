//! Defocus blur as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019): every point becomes a disk.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::blur::box_blur::reflected;
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// The mean of a disk; the severities 1 to 5 of ImageNet-C have a radius of 3, 4, 6, 8 and 10 pixels on images of 224
/// pixels. Edges are reflected without repeating the last pixel.
pub static KIND: TransformKind = TransformKind {
    id: "defocus_blur",
    title: "Defocus blur",
    summary: "A lens out of focus: every point becomes a disk",
    group: Group::Blur,
    params: &[RADIUS, PIXEL],
    geometric: false,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(DefocusBlur { radius: params.value(&RADIUS) * params.value(&PIXEL) })
    }),
};

const RADIUS: ParamSpec = ParamSpec {
    id: "radius",
    title: "Radius",
    unit: "px",
    min: 0.0,
    max: 20.0,
    neutral: 0.0,
    initial: 4.0,
    step: 0.5,
};

struct DefocusBlur {
    radius: f64,
}

impl Transform for DefocusBlur {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let reach = self.radius.floor() as isize;
        if reach < 1 {
            return;
        }
        // Extent of the disk to both sides in each of its rows.
        let halves: Vec<usize> = (-reach..=reach)
            .map(|y| (self.radius * self.radius - (y * y) as f64).max(0.0).sqrt().floor() as usize)
            .collect();
        let area: usize = halves.iter().map(|half| 2 * half + 1).sum();
        let (width, height) = (image.width() as usize, image.height() as usize);
        let stride = width * 3;
        let margin = reach as usize;
        let places: Vec<usize> = (-reach..width as isize + reach).map(|x| reflected(x, width) * 3).collect();
        let scale = (1_u64 << 40).div_ceil(area as u64);
        let mut target = vec![0_u8; image.pixels().len()];
        let mut sums = vec![0_u32; stride];
        // Running sums of each row in use: the sum of any stretch is one difference.
        let mut rows: Vec<(isize, Vec<u32>)> = Vec::new();
        for (y, line) in target.chunks_exact_mut(stride).enumerate() {
            let y = y as isize;
            rows.retain(|(at, _)| *at >= y - reach);
            let next = rows.last().map_or(y - reach, |(at, _)| at + 1);
            for at in next..=y + reach {
                let from = reflected(at, height) * stride;
                rows.push((at, running(&image.pixels()[from..from + stride], &places)));
            }
            sums.fill(0);
            for ((_, row), half) in rows.iter().zip(&halves) {
                let (left, right) = ((margin - half) * 3, (margin + half + 1) * 3);
                let stretch = row[right..right + stride].iter().zip(&row[left..left + stride]);
                for (sum, (high, low)) in sums.iter_mut().zip(stretch) {
                    *sum += high - low;
                }
            }
            for (value, sum) in line.iter_mut().zip(&sums) {
                *value = (((u64::from(*sum) + area as u64 / 2) * scale) >> 40) as u8;
            }
        }
        image.set_pixels(target);
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

/// For every position the sum of all values before it, channel by channel.
fn running(row: &[u8], places: &[usize]) -> Vec<u32> {
    let mut sums = vec![0_u32; (places.len() + 1) * 3];
    let mut so_far = [0_u32; 3];
    for (i, place) in places.iter().enumerate() {
        for (c, sum) in so_far.iter_mut().enumerate() {
            *sum += u32::from(row[place + c]);
        }
        sums[(i + 1) * 3..(i + 2) * 3].copy_from_slice(&so_far);
    }
    sums
}
