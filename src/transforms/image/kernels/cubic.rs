//! Cubic interpolation of images, as OpenCV has it: Keys, "Cubic convolution interpolation for digital image processing", 1981,
//! with a slope of -0.75.

use crate::data::image::Image;

/// The four neighbors of a position, with weights in 1/2048 that add up to 2048.
type Taps = [(usize, i32); 4];

/// The image with `step` pixels of it for each pixel, about a fixed point: one kept the same is `1.0`. Outside, the edge is
/// repeated up to half a pixel, and beyond is black.
pub(in crate::transforms::image) fn enlarged(image: &mut Image, step: f64, (cx, cy): (f64, f64)) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let places = |length: usize, fixed: f64| -> Vec<Option<Taps>> {
        (0..length).map(|at| taps(fixed + (at as f64 - fixed) * step, length)).collect()
    };
    let (across, down) = (places(width, cx), places(height, cy));
    let source = image.pixels();
    let mut target = vec![0_u8; source.len()];
    let mut line = vec![0_i32; width * 3];
    for (row, rows) in target.chunks_exact_mut(width * 3).zip(&down) {
        let Some(rows) = rows else { continue };
        // Four rows into one first.
        line.fill(0);
        for (y, weight) in rows {
            for (sum, value) in line.iter_mut().zip(&source[y * width * 3..(y + 1) * width * 3]) {
                *sum += i32::from(*value) * weight;
            }
        }
        for (pixel, columns) in row.as_chunks_mut::<3>().0.iter_mut().zip(&across) {
            let Some(columns) = columns else { continue };
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sum: i64 = columns
                    .iter()
                    .map(|(x, weight)| i64::from(line[x * 3 + channel]) * i64::from(*weight))
                    .sum();
                *value = ((sum + (1 << 21)) >> 22).clamp(0, 255) as u8;
            }
        }
    }
    image.set_pixels(target);
}

/// The neighbors of a position along a side; `None` outside.
fn taps(place: f64, length: usize) -> Option<Taps> {
    const SLOPE: f64 = -0.75;
    let last = length as f64 - 1.0;
    if place < -0.5 - 1e-9 || place > last + 0.5 + 1e-9 {
        return None;
    }
    let left = place.floor();
    let part = place - left;
    let near = |x: f64| ((SLOPE + 2.0) * x - (SLOPE + 3.0)) * x * x + 1.0;
    let far = |x: f64| ((SLOPE * x - 5.0 * SLOPE) * x + 8.0 * SLOPE) * x - 4.0 * SLOPE;
    let fixed = |weight: f64| (weight * 2048.0).round() as i32;
    let (outer, inner, other) = (fixed(far(1.0 + part)), fixed(near(part)), fixed(near(1.0 - part)));
    let weights = [outer, inner, other, 2048 - outer - inner - other];
    Some(std::array::from_fn(|i| ((left + i as f64 - 1.0).clamp(0.0, last) as usize, weights[i])))
}
