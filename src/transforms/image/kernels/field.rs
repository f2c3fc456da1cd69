//! Smooth random fields: value noise on a coarse grid, stretched to the image.

use crate::base::rng::Rng;

/// Pixels between two points of the grid.
const STEP: usize = 4;

/// A field over an image; its values lie between 0 and 1 with a mean of about a half.
///
/// Sums of octaves of value noise (Perlin's lattice with smooth interpolation), each with twice the detail and half
/// the height. Only additions and multiplications, so every machine gives the same.
pub(in crate::transforms::image) struct Field {
    columns: usize,
    values: Vec<f32>,
    rows: usize,
}

impl Field {
    /// A field whose largest features are `cell` pixels wide.
    pub(in crate::transforms::image) fn new(
        seed: u64,
        (width, height): (u32, u32),
        cell: f32,
        octaves: u32,
    ) -> Self {
        let (columns, rows) = (width as usize / STEP + 2, height as usize / STEP + 2);
        let mut values = vec![0.0_f32; columns * rows];
        let (mut weight, mut total, mut scale) = (1.0_f32, 0.0_f32, STEP as f32 / cell.max(1.0));
        for octave in 0..octaves.max(1) {
            let rng = Rng::split(seed, u64::from(octave));
            let lattice = |x: u64, y: u64| (rng.at((y << 32) | x) >> 40) as f32 / 16_777_216.0;
            for (y, row) in values.chunks_exact_mut(columns).enumerate() {
                let v = y as f32 * scale;
                let (top, fy) = (v as u64, smooth(v - v.floor()));
                // Two lines of the lattice at a time.
                let mut at = u64::MAX;
                let mut corners = [0.0_f32; 4];
                for (x, value) in row.iter_mut().enumerate() {
                    let u = x as f32 * scale;
                    let left = u as u64;
                    if left != at {
                        at = left;
                        corners = [
                            lattice(left, top),
                            lattice(left + 1, top),
                            lattice(left, top + 1),
                            lattice(left + 1, top + 1),
                        ];
                    }
                    let fx = smooth(u - u.floor());
                    let upper = corners[0] + (corners[1] - corners[0]) * fx;
                    let lower = corners[2] + (corners[3] - corners[2]) * fx;
                    *value += weight * (upper + (lower - upper) * fy);
                }
            }
            total += weight;
            weight *= 0.5;
            scale *= 2.0;
        }
        for value in &mut values {
            *value /= total;
        }
        Self { columns, values, rows }
    }

    /// The values of image row `y`, one for each pixel of `line`.
    pub(in crate::transforms::image) fn line(&self, y: usize, line: &mut [f32]) {
        let top = (y / STEP).min(self.rows - 2);
        let fy = (y % STEP) as f32 / STEP as f32;
        let upper = &self.values[top * self.columns..(top + 1) * self.columns];
        let lower = &self.values[(top + 1) * self.columns..(top + 2) * self.columns];
        for (cell, pixels) in line.chunks_mut(STEP).enumerate() {
            let at = |x: usize| upper[x] + (lower[x] - upper[x]) * fy;
            let (left, right) = (at(cell), at(cell + 1));
            let slope = (right - left) / STEP as f32;
            for (i, value) in pixels.iter_mut().enumerate() {
                *value = left + slope * i as f32;
            }
        }
    }
}

/// Smoothstep, without corners at 0 and 1.
fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_smooth_and_stay_between_0_and_1() {
        for (width, height) in [(1, 1), (7, 3), (320, 200)] {
            let field = Field::new(4, (width, height), 40.0, 4);
            let mut line = vec![0.0; width as usize];
            let mut before: Option<Vec<f32>> = None;
            for y in 0..height as usize {
                field.line(y, &mut line);
                assert!(line.iter().all(|value| (0.0..=1.0).contains(value)));
                assert!(line.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.25));
                if let Some(before) = before {
                    assert!(line.iter().zip(&before).all(|(a, b)| (a - b).abs() < 0.25));
                }
                before = Some(line.clone());
            }
        }
    }
}
