//! A view of an image that is quick to look at: averaged over squares to at most 320 pixels in width, made once for all finders.
//!
//! All numbers are whole, so they are equal on every machine.

use std::cell::OnceCell;
use std::sync::LazyLock;

use crate::base::simd::widened;
use crate::data::image::Image;

/// Most pixels in a row.
pub const WIDEST: u32 = 320;

/// Counts of the 256 levels.
pub type Histogram = [u32; 256];

/// A reduced image.
#[derive(Clone, Debug)]
pub struct Reduced {
    width: usize,
    height: usize,
    luma: Vec<u8>,
    lumas: Histogram,
    brights: Histogram,
    edges: OnceCell<f64>,
}

impl Reduced {
    /// The view of an image. Pixels at the right and lower border that fill no square are left out.
    pub fn new(image: &Image) -> Self {
        let size = image.width().div_ceil(WIDEST).max(1) as usize;
        let stride = image.width() as usize * 3;
        // An image lower than a square is as high as it is.
        let rows = size.min(image.height() as usize);
        let (width, height) = (image.width() as usize / size, image.height() as usize / rows);
        let mut view = Self {
            width,
            height,
            luma: Vec::with_capacity(width * height),
            lumas: [0; 256],
            brights: [0; 256],
            edges: OnceCell::new(),
        };
        let mut columns = vec![0_u16; stride];
        for band in image.pixels().chunks_exact(stride * rows) {
            // Sums of up to 257 bytes fit; images are at most that many times wider than the view.
            columns.fill(0);
            band.chunks_exact(stride).take(257).for_each(|row| add_row(&mut columns, row));
            let count = (rows.min(257) * size) as u32;
            // Widths that cameras have, with loops of a known length.
            match size {
                1 => view.push_band::<1>(&columns, 1, count),
                2 => view.push_band::<2>(&columns, 2, count),
                3 => view.push_band::<3>(&columns, 3, count),
                4 => view.push_band::<4>(&columns, 4, count),
                5 => view.push_band::<5>(&columns, 5, count),
                6 => view.push_band::<6>(&columns, 6, count),
                _ => view.push_band::<0>(&columns, size, count),
            }
        }
        view
    }

    /// Adds a row of squares, of which the sums over columns are known; `SIZE` is their size, or 0 for any.
    fn push_band<const SIZE: usize>(&mut self, columns: &[u16], size: usize, count: u32) {
        let size = if SIZE > 0 { SIZE } else { size };
        let roots = &**ROOTS;
        // Division by multiplication: exact for squares of up to 256 by 256 pixels.
        let inverse = (1_u64 << 56).div_ceil(u64::from(count));
        let mean = |sum: u32| ((u64::from(sum + count / 2) * inverse) >> 56) as u32;
        for square in columns.chunks_exact(3 * size) {
            let mut sums = [0_u32; 3];
            for pixel in square.chunks_exact(3) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*value);
                }
            }
            let [red, green, blue] = sums.map(mean);
            // ITU-R BT.601 in parts of 256.
            let luma = ((77 * red + 150 * green + 29 * blue + 128) >> 8) as u8;
            let bright = (241 * red * red + 691 * green * green + 68 * blue * blue) / 1000;
            self.luma.push(luma);
            self.lumas[usize::from(luma)] += 1;
            self.brights[usize::from(roots.get(bright as usize).copied().unwrap_or(255))] += 1;
        }
    }

    /// Pixels in a row and rows.
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Luma of the pixels, row by row, 0 to 255.
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// Mean luma, 0 to 1.
    pub fn mean(&self) -> f64 {
        let sum: u64 = (0..).zip(&self.lumas).map(|(level, count): (u64, _)| level * u64::from(*count)).sum();
        sum as f64 / (255.0 * self.luma.len().max(1) as f64)
    }

    /// Part of the pixels whose luma is below `level`, 0 to 1.
    pub fn part_below(&self, level: f64) -> f64 {
        let below = (level.clamp(0.0, 1.0) * 255.0).ceil() as usize;
        let count: u32 = self.lumas.iter().take(below).sum();
        f64::from(count) / self.luma.len().max(1) as f64
    }

    /// Percentile of the perceived brightness √(0.241 R² + 0.691 G² + 0.068 B²), 0 to 1.
    pub fn brightness(&self, part: f64) -> f64 {
        let wanted = (part.clamp(0.0, 1.0) * self.luma.len() as f64).ceil().max(1.0) as u64;
        let mut seen = 0_u64;
        for (level, count) in (0_u8..=255).zip(&self.brights) {
            seen += u64::from(*count);
            if seen >= wanted {
                return f64::from(level) / 255.0;
            }
        }
        1.0
    }

    /// Variance of the Laplacian over eight neighbors, cut off to 0..255.
    pub fn edges(&self) -> f64 {
        *self.edges.get_or_init(|| variance_of_edges(&self.luma, self.width))
    }

    /// Mean absolute difference of luma to another view, as a part of the full range; `None` if the sizes differ.
    pub fn difference(&self, other: &Self) -> Option<f64> {
        (self.size() == other.size() && !self.luma.is_empty()).then(|| {
            let pairs = self.luma.iter().zip(&other.luma);
            let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            sum as f64 / (255.0 * self.luma.len() as f64)
        })
    }

    /// True if nothing can be seen: 98 % of the pixels are in the lowest tenth of the range.
    pub fn is_black(&self) -> bool {
        self.part_below(0.1) >= 0.98
    }

    /// True if nothing can be seen: black, or 95 % of the pixels are white.
    pub fn is_blank(&self) -> bool {
        self.is_black() || self.brightness(0.05) > 0.95
    }

    /// Averaged once more, to `SIDE` by `SIDE` pixels; `None` of a smaller view.
    pub fn square<const SIDE: usize>(&self) -> Option<[[u8; SIDE]; SIDE]> {
        if self.width < SIDE || self.height < SIDE {
            return None;
        }
        let mut small = [[0; SIDE]; SIDE];
        for (y, row) in small.iter_mut().enumerate() {
            let (top, bottom) = (y * self.height / SIDE, (y + 1) * self.height / SIDE);
            for (x, target) in row.iter_mut().enumerate() {
                let (left, right) = (x * self.width / SIDE, (x + 1) * self.width / SIDE);
                let rows = self.luma[top * self.width..bottom * self.width].chunks_exact(self.width);
                let sum: u32 = rows.flat_map(|row| &row[left..right]).map(|value| u32::from(*value)).sum();
                let count = ((bottom - top) * (right - left)) as u32;
                *target = ((sum + count / 2) / count) as u8;
            }
        }
        Some(small)
    }
}

widened! {
    fn add_row(columns: &mut [u16], row: &[u8]) {
        for (sum, value) in columns.iter_mut().zip(row) {
            *sum += u16::from(*value);
        }
    }
}

/// Square roots of 0 to 65025, rounded.
static ROOTS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut root = 0_u32;
    let next = |square: u32| {
        // (root + 1/2)² = root² + root + 1/4
        while root * root + root < square {
            root += 1;
        }
        root.min(255) as u8
    };
    (0..=65_025).map(next).collect()
});

fn variance_of_edges(luma: &[u8], width: usize) -> f64 {
    let rows: Vec<&[u8]> = luma.chunks_exact(width.max(1)).collect();
    let (mut sum, mut squares, mut count) = (0_u64, 0_u64, 0_u64);
    let mut columns = vec![0_i32; width];
    for three in rows.windows(3) {
        let [above, own, below] = three else { continue };
        for (column, ((a, b), c)) in columns.iter_mut().zip(above.iter().zip(*own).zip(*below)) {
            *column = i32::from(*a) + i32::from(*b) + i32::from(*c);
        }
        let (mut of_row, mut squares_of_row) = (0_u32, 0_u32);
        for (around, center) in columns.windows(3).zip(own.iter().skip(1)) {
            let edge = (9 * i32::from(*center) - around.iter().sum::<i32>()).clamp(0, 255) as u32;
            of_row += edge;
            squares_of_row += edge * edge;
        }
        sum += u64::from(of_row);
        squares += u64::from(squares_of_row);
        count += width.saturating_sub(2) as u64;
    }
    if count == 0 {
        return 0.0;
    }
    let mean = sum as f64 / count as f64;
    (squares as f64 / count as f64 - mean * mean).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Image {
        let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        Image::from_rgb(width, height, all.flat_map(|(x, y)| [value(x, y); 3]).collect()).unwrap()
    }

    #[test]
    fn squares_are_averaged_and_levels_counted() {
        let view = Reduced::new(&gray(1280, 8, |x, y| if y < 4 { (x / 4 % 2 * 200) as u8 } else { 255 }));
        assert_eq!(view.size(), (320, 2));
        assert_eq!(view.luma()[..4], [0, 200, 0, 200]);
        assert!((view.mean() - (100.0 + 255.0) / 510.0).abs() < 1e-9);
        assert!((view.part_below(0.1) - 0.25).abs() < 1e-9);
        assert_eq!(
            [0.25, 0.5, 0.99].map(|part| (view.brightness(part) * 255.0).round() as u32),
            [0, 200, 255]
        );
        // Narrow, odd and tiny images have a view as well.
        for (width, height) in [(1, 1), (641, 2), (3, 500), (100_000, 1)] {
            let view = Reduced::new(&gray(width, height, |_, _| 77));
            assert!(view.size().0 <= 320 && view.luma().iter().all(|value| *value == 77), "{width}x{height}");
            assert!(!view.luma().is_empty(), "{width}x{height}");
        }
    }

    #[test]
    fn edges_of_a_flat_image_do_not_vary_and_those_of_a_chessboard_do() {
        assert!(Reduced::new(&gray(64, 64, |_, _| 90)).edges() <= 0.0);
        // White fields have an edge of 9·20 - 5·20 = 80, black ones of less than zero, which is cut off.
        let board = Reduced::new(&gray(64, 64, |x, y| ((x + y) % 2 * 20) as u8));
        assert!((board.edges() - 1600.0).abs() < 1e-9, "{}", board.edges());
    }

    #[test]
    fn roots_are_rounded() {
        let known: [(usize, u8); 7] = [(0, 0), (1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (65_025, 255)];
        for (square, root) in known {
            assert_eq!(ROOTS[square], root, "{square}");
        }
    }
}
