//! Images: 8-bit RGB, rows from the top, pixels interleaved.

use std::sync::Arc;

use crate::data::depth::Depth;
use crate::data::orientation::Orientation;

/// An 8-bit RGB image, optionally with a depth map.
///
/// Cloning shares the pixels until one of the clones is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    width: u32,
    height: u32,
    pixels: Arc<Vec<u8>>,
    depth: Option<Depth>,
}

impl Image {
    /// An image from `width * height * 3` bytes; `None` if the count is wrong or zero.
    pub fn from_rgb(width: u32, height: u32, pixels: Vec<u8>) -> Option<Self> {
        let expected = (width as usize).checked_mul(height as usize)?.checked_mul(3)?;
        (expected > 0 && pixels.len() == expected).then(|| Self {
            width,
            height,
            pixels: Arc::new(pixels),
            depth: None,
        })
    }

    /// An image of one color; a size of zero becomes one.
    pub fn filled(width: u32, height: u32, rgb: [u8; 3]) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let pixels = rgb.iter().copied().cycle().take(width as usize * height as usize * 3).collect();
        Self { width, height, pixels: Arc::new(pixels), depth: None }
    }

    /// The upright image of stored pixels; a depth map is given up where pixels move.
    #[must_use]
    pub fn upright(self, orientation: Orientation) -> Self {
        if orientation == Orientation::Upright {
            return self;
        }
        let (width, height) = orientation.upright_size(self.size());
        let pixels = orientation.upright(self.size(), &self.pixels);
        Self { width, height, pixels: Arc::new(pixels), depth: None }
    }

    /// The depth map, if there is one.
    pub fn depth(&self) -> Option<&Depth> {
        self.depth.as_ref()
    }

    /// The image with another depth map, or without one. Changing pixels keeps the depth map; code that moves pixels
    /// must replace it.
    #[must_use]
    pub fn with_depth(self, depth: Option<Depth>) -> Self {
        Self { depth, ..self }
    }

    /// Pixels in a row.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Red, green, blue, pixel by pixel, row by row.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// The bytes; copied only where another clone shares them.
    pub fn into_pixels(self) -> Vec<u8> {
        Arc::unwrap_or_clone(self.pixels)
    }

    /// The bytes to change; copies them first when another clone shares them.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        Arc::make_mut(&mut self.pixels).as_mut_slice()
    }

    /// Replaces the pixels by as many others; ignored when the count differs, which is a bug of the caller.
    pub fn set_pixels(&mut self, pixels: Vec<u8>) {
        debug_assert_eq!(pixels.len(), self.pixels.len());
        if pixels.len() == self.pixels.len() {
            self.pixels = Arc::new(pixels);
        }
    }

    /// Difference of two images of one size in each channel, multiplied by `gain`; black if the
    /// sizes differ.
    pub fn difference(&self, other: &Self, gain: u16) -> Self {
        let mut apart = Self::filled(self.width, self.height, [0; 3]);
        if self.size() == other.size() {
            for (target, (a, b)) in apart.pixels_mut().iter_mut().zip(self.pixels.iter().zip(&*other.pixels))
            {
                *target = u16::from(a.abs_diff(*b)).saturating_mul(gain).min(255) as u8;
            }
        }
        apart
    }

    /// The color at a pixel; `None` outside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let start = (y as usize * self.width as usize + x as usize) * 3;
        self.pixels.get(start..start + 3)?.try_into().ok()
    }

    /// Reduced by averaging so that neither side is longer than `side`; never enlarged.
    pub fn thumbnail(&self, side: u32) -> Self {
        let longest = self.width.max(self.height);
        if longest <= side {
            return self.clone();
        }
        let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(longest)).max(1) as u32;
        let (width, height) = (scaled(self.width), scaled(self.height));
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 3);
        for y in 0..height {
            let (y0, y1) = cell(y, height, self.height);
            for x in 0..width {
                let (x0, x1) = cell(x, width, self.width);
                let mut sum = [0_u32; 3];
                for row in y0..y1 {
                    let start = (row * self.width as usize + x0) * 3;
                    for pixel in self.pixels[start..start + (x1 - x0) * 3].chunks_exact(3) {
                        for (total, value) in sum.iter_mut().zip(pixel) {
                            *total += u32::from(*value);
                        }
                    }
                }
                let count = ((y1 - y0) * (x1 - x0)) as u32;
                pixels.extend(sum.map(|total| ((total + count / 2) / count) as u8));
            }
        }
        Self { width, height, pixels: Arc::new(pixels), depth: None }
    }
}

/// The source rows or columns that fall into target cell `i`.
fn cell(i: u32, to: u32, from: u32) -> (usize, usize) {
    let at = |i: u32| (u64::from(i) * u64::from(from) / u64::from(to)) as usize;
    (at(i), at(i + 1).max(at(i) + 1))
}

/// Error of reading or writing an image.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// No bytes or no pixels.
    #[error("the image is empty")]
    Empty,
    /// Neither PNG, JPEG, BMP nor WebP.
    #[error("not a PNG, JPEG, BMP or WebP image")]
    UnknownFormat,
    /// The header declares more pixels than the file can hold.
    #[error("the header declares {width}x{height} pixels, more than {bytes} bytes can hold")]
    TooLarge {
        /// Declared pixels in a row.
        width: u64,
        /// Declared rows.
        height: u64,
        /// Bytes of the file.
        bytes: usize,
    },
    /// The codec failed.
    #[error("the image is damaged: {0}")]
    Codec(#[from] image::ImageError),
    /// The bytes could not be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resizing_keeps_flat_colors_and_corners() {
        let flat = Image::filled(10, 7, [9, 8, 7]);
        assert_eq!(flat.resized(33, 5), Image::filled(33, 5, [9, 8, 7]));
        let ramp = Image::from_rgb(2, 1, vec![0, 0, 0, 100, 100, 100]).unwrap();
        let wide = ramp.resized(4, 1);
        assert_eq!(wide.pixels().iter().step_by(3).copied().collect::<Vec<_>>(), vec![0, 25, 75, 100]);
        assert_eq!(ramp.thumbnail(1).pixels(), [50, 50, 50]);
    }
}
