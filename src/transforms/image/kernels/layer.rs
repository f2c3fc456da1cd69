//! Layers of random values in a resolution of their own, enlarged to the image: flakes and drops of ImageNet-C.

use crate::base::rng::{NORMAL_QUANTILES, Rng};

/// The value 1 in a layer.
pub(in crate::transforms::image) const ONE: i32 = 1 << 16;

/// Values in 1/65536, row by row.
#[derive(Clone, Debug)]
pub(in crate::transforms::image) struct Layer {
    pub(in crate::transforms::image) columns: usize,
    pub(in crate::transforms::image) rows: usize,
    pub(in crate::transforms::image) values: Vec<i32>,
}

/// Columns and rows of a layer over an image whose lengths are in units of `pixel` pixels.
pub(in crate::transforms::image) fn columns_and_rows(
    (width, height): (u32, u32),
    pixel: f64,
) -> (usize, usize) {
    let side = |length: u32| (f64::from(length) / pixel).ceil().max(1.0) as usize;
    (side(width), side(height))
}

impl Layer {
    /// Normally distributed values, independent of each other.
    pub(in crate::transforms::image) fn noise(
        rng: &Rng,
        (columns, rows): (usize, usize),
        mean: f64,
        spread: f64,
    ) -> Self {
        let levels: Vec<i32> = NORMAL_QUANTILES
            .iter()
            .map(|quantile| ((mean + spread * f64::from(*quantile)) * f64::from(ONE)).round() as i32)
            .collect();
        let values = (0..columns * rows).map(|i| levels[(rng.at(i as u64) >> 52) as usize]).collect();
        Self { columns, rows, values }
    }

    /// The value at a position, the edge repeated outside.
    pub(in crate::transforms::image) fn at(&self, x: isize, y: isize) -> i32 {
        let x = x.clamp(0, self.columns as isize - 1) as usize;
        let y = y.clamp(0, self.rows as isize - 1) as usize;
        self.values[y * self.columns + x]
    }

    /// The layer with every value replaced.
    pub(in crate::transforms::image) fn map(mut self, map: impl Fn(i32) -> i32) -> Self {
        for value in &mut self.values {
            *value = map(*value);
        }
        self
    }

    /// The layer enlarged by `zoom` to another number of columns and rows, bilinear.
    pub(in crate::transforms::image) fn enlarged(&self, (columns, rows): (usize, usize), zoom: f64) -> Self {
        let mut values = vec![0; columns * rows];
        // From the first value to the last, and the excess is cut away on both sides.
        let place = |at: usize, values: usize, length: usize| {
            let whole = ((values as f64 * zoom).round() as usize).max(length);
            let at = ((at + (whole - length) / 2) * (values - 1) * 256) / (whole - 1).max(1);
            ((at / 256) as isize, (at % 256) as i64)
        };
        for (y, row) in values.chunks_exact_mut(columns).enumerate() {
            let (top, fy) = place(y, self.rows, rows);
            for (x, value) in row.iter_mut().enumerate() {
                let (left, fx) = place(x, self.columns, columns);
                let corner = |dx, dy| i64::from(self.at(left + dx, top + dy));
                let upper = corner(0, 0) * (256 - fx) + corner(1, 0) * fx;
                let lower = corner(0, 1) * (256 - fx) + corner(1, 1) * fx;
                *value = ((upper * (256 - fy) + lower * fy) >> 16) as i32;
            }
        }
        Self { columns, rows, values }
    }

    /// The layer after a Gaussian filter, the edge repeated outside.
    pub(in crate::transforms::image) fn smoothed(&self, sigma: f64) -> Self {
        let radius = (4.0 * sigma + 0.5).floor() as isize;
        let raw: Vec<f64> = (-radius..=radius)
            .map(|k| libm::exp(-0.5 * (k as f64 / sigma.max(1e-6)) * (k as f64 / sigma.max(1e-6))))
            .collect();
        let total: f64 = raw.iter().sum();
        let mut weights: Vec<i64> = raw.iter().map(|w| (w / total * f64::from(ONE)).round() as i64).collect();
        // Rounding errors go to the center.
        let left = i64::from(ONE) - weights.iter().sum::<i64>();
        if let Some(center) = weights.get_mut(radius as usize) {
            *center += left;
        }
        let mut sums = vec![0_i64; self.columns];
        let mut across = Vec::with_capacity(self.values.len());
        let mut line = Vec::new();
        for row in self.values.chunks_exact(self.columns) {
            line.clear();
            line.extend((-radius..self.columns as isize + radius).map(|x| {
                let x = x.clamp(0, self.columns as isize - 1) as usize;
                i64::from(row[x])
            }));
            sums.fill(1 << 15);
            for (k, weight) in weights.iter().enumerate() {
                for (sum, value) in sums.iter_mut().zip(&line[k..]) {
                    *sum += weight * value;
                }
            }
            across.extend(sums.iter().map(|sum| sum >> 16));
        }
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..self.rows as isize {
            sums.fill(1 << 15);
            for (k, weight) in (-radius..=radius).zip(&weights) {
                let from = (y + k).clamp(0, self.rows as isize - 1) as usize * self.columns;
                for (sum, value) in sums.iter_mut().zip(&across[from..from + self.columns]) {
                    *sum += weight * value;
                }
            }
            values.extend(sums.iter().map(|sum| (sum >> 16) as i32));
        }
        Self { values, ..*self }
    }

    /// The mean of each square of 3 x 3 values, reflected at the edges without repeating the last value.
    pub(in crate::transforms::image) fn boxed(&self) -> Self {
        let inside = |at: isize, length: usize| {
            let last = length as isize - 1;
            let at = if at < 0 { -at } else { at };
            (if at > last { 2 * last - at } else { at }).clamp(0, last)
        };
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..self.rows as isize {
            for x in 0..self.columns as isize {
                let mut sum = 0_i64;
                for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
                    sum += i64::from(self.at(inside(x + dx, self.columns), inside(y + dy, self.rows)));
                }
                values.push(((sum + 4) / 9) as i32);
            }
        }
        Self { values, ..*self }
    }

    /// The values along row `y` of an image whose lengths are in units of `pixel` pixels, bilinear.
    pub(in crate::transforms::image) fn line(&self, y: usize, pixel: f64, line: &mut [i32]) {
        // Middles of pixels against middles of values, in 1/65536.
        let place = |at: usize| (((at as f64 + 0.5) / pixel - 0.5) * 65536.0).round() as i64;
        let parts = |place: i64| ((place >> 16) as isize, (place >> 8) & 0xFF);
        let (top, fy) = parts(place(y));
        for (x, value) in line.iter_mut().enumerate() {
            let (left, fx) = parts(place(x));
            let corner = |dx, dy| i64::from(self.at(left + dx, top + dy));
            let upper = corner(0, 0) * (256 - fx) + corner(1, 0) * fx;
            let lower = corner(0, 1) * (256 - fx) + corner(1, 1) * fx;
            *value = ((upper * (256 - fy) + lower * fy + (1 << 15)) >> 16) as i32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_keeps_the_mean_and_takes_the_spread() {
        let noise = Layer::noise(&Rng::new(1), (200, 150), 0.5, 0.2);
        let spread = |layer: &Layer| {
            let n = layer.values.len() as f64;
            let mean = layer.values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let squares = layer.values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>();
            (mean / f64::from(ONE), (squares / n).sqrt() / f64::from(ONE))
        };
        let (mean, before) = spread(&noise);
        assert!((mean - 0.5).abs() < 0.005 && (before - 0.2).abs() < 0.003, "{mean} {before}");
        let (mean, after) = spread(&noise.smoothed(2.0));
        // White noise after a Gaussian filter: divided by twice sigma times the root of pi.
        assert!((mean - 0.5).abs() < 0.005 && (after / (0.2 / 7.09) - 1.0).abs() < 0.1, "{mean} {after}");
    }

    #[test]
    fn a_line_of_whole_pixels_is_the_layer_itself() {
        let noise = Layer::noise(&Rng::new(2), (9, 4), 0.5, 0.2);
        let mut line = vec![0; 9];
        for y in 0..4 {
            noise.line(y, 1.0, &mut line);
            assert_eq!(line, noise.values[y * 9..(y + 1) * 9]);
        }
    }
}
