//! Images: 8-bit RGB, rows from the top, pixels interleaved.

use std::io::Cursor;
use std::sync::Arc;

use image::{ImageFormat, ImageReader, Limits};
use mozjpeg::qtable;

use crate::data::depth::{self, Depth};

/// Memory limit of decoding one image: enough for 8K video and for a 20,000 x 20,000 map.
const DECODE_LIMIT_BYTES: u64 = 2 << 30;

/// Quality of a JPEG from which all steps of quantization fit into a byte.
const BASELINE_QUALITY: u8 = 24;

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

    /// Decodes PNG, JPEG, BMP or WebP; the format is detected by content, not by name.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        if bytes.is_empty() {
            return Err(ImageError::Empty);
        }
        if bytes.starts_with(&[0xFF, 0xD8])
            && let Some(picture) = jpeg(bytes)?
        {
            return Ok(picture);
        }
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
        let mut limits = Limits::default();
        limits.max_alloc = Some(DECODE_LIMIT_BYTES);
        reader.limits(limits);
        if reader.format().is_none() {
            return Err(ImageError::UnknownFormat);
        }
        let carried = reader.format() == Some(ImageFormat::Png);
        let picture = reader.decode()?.into_rgb8();
        let (width, height) = picture.dimensions();
        let picture = Self::from_rgb(width, height, picture.into_raw()).ok_or(ImageError::Empty)?;
        Ok(picture.with_depth(depth::found_in(bytes).filter(|_| carried)))
    }

    /// Decodes an image and its opacity: 0 to 255, the same number in all three channels; fully
    /// opaque if the format has no transparency.
    pub fn decode_with_opacity(bytes: &[u8]) -> Result<(Self, Self), ImageError> {
        let picture = Self::decode(bytes)?;
        let (width, height) = picture.size();
        let decoded = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?.decode()?;
        let opacity: Vec<u8> = decoded.into_rgba8().pixels().flat_map(|pixel| [pixel.0[3]; 3]).collect();
        let whole = || Self::filled(width, height, [255; 3]);
        Ok((picture, Self::from_rgb(width, height, opacity).unwrap_or_else(whole)))
    }

    /// Width and height from the header alone, in pixels.
    pub fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?.into_dimensions().ok()
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

    /// The image as a PNG file, its depth map included; the same image gives the same bytes.
    pub fn to_png(&self) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::new();
        image::write_buffer_with_format(
            &mut Cursor::new(&mut bytes),
            &self.pixels,
            self.width,
            self.height,
            image::ExtendedColorType::Rgb8,
            ImageFormat::Png,
        )?;
        match &self.depth {
            Some(depth) => Ok(depth::put_into(bytes, depth)?),
            None => Ok(bytes),
        }
    }

    /// The image as a JPEG file of `quality` 1 to 100.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, ImageError> {
        // The library reports errors by unwinding, without output on standard error.
        let written = std::panic::catch_unwind(|| {
            let mut writer = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
            writer.set_size(self.width as usize, self.height as usize);
            // The defaults of libjpeg-turbo; the extras of MozJPEG take ten times as long.
            writer.set_fastest_defaults();
            writer.set_quality(f32::from(quality.clamp(1, 100)));
            if quality < BASELINE_QUALITY {
                // The library would write steps above 255, which are not baseline JPEG; others limit them. Its own scale of
                // quality is not in whole percent, and a little more rounds halves up.
                let percent = 5000 / u32::from(quality.max(1));
                let like = 5000.0 / (percent as f32 + 0.001);
                writer.set_luma_qtable(&qtable::AnnexK_Luma.scaled(like, like));
                writer.set_chroma_qtable(&qtable::AnnexK_Chroma.scaled(like, like));
            }
            let mut started = writer.start_compress(Vec::new()).ok()?;
            started.write_scanlines(&self.pixels).ok()?;
            started.finish().ok()
        });
        if let Ok(Some(bytes)) = written {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode(
            &self.pixels,
            self.width,
            self.height,
            image::ExtendedColorType::Rgb8,
        )?;
        Ok(bytes)
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

/// Maximum number of pixels per byte of a JPEG: a block of 8x8 takes a bit, and little more around it.
const JPEG_PIXELS_PER_BYTE: u64 = 1024;

/// Decodes a JPEG by libjpeg-turbo as bundled with `MozJPEG`.
///
/// `None` where that fails: color spaces it does not convert, and damaged files of which another decoder may recover
/// more.
fn jpeg(bytes: &[u8]) -> Result<Option<Image>, ImageError> {
    // The library reports errors by unwinding, without output on standard error.
    let decoded = std::panic::catch_unwind(|| {
        let header = mozjpeg::Decompress::new_mem(bytes).ok()?;
        let (width, height) = (header.width() as u64, header.height() as u64);
        if width * height > JPEG_PIXELS_PER_BYTE.saturating_mul(bytes.len() as u64) {
            return Some(Err((width, height)));
        }
        let pixels = header.rgb().ok()?.read_scanlines::<u8>().ok()?;
        Image::from_rgb(width as u32, height as u32, pixels).map(Ok)
    });
    match decoded.ok().flatten() {
        Some(Ok(picture)) => Ok(Some(picture)),
        Some(Err((width, height))) => Err(ImageError::TooLarge { width, height, bytes: bytes.len() }),
        None => Ok(None),
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
    fn png_round_trips_and_is_stable() {
        let picture = Image::from_rgb(3, 2, (0..18).collect()).unwrap();
        let png = picture.to_png().unwrap();
        assert_eq!(Image::decode(&png).unwrap(), picture);
        assert_eq!(picture.to_png().unwrap(), png);
        assert_eq!(Image::size_of(&png), Some((3, 2)));
    }

    #[test]
    fn distances_travel_with_a_picture() {
        let depth = Depth::from_meters(2, 1, &[4.0, 0.0]);
        let picture = Image::filled(6, 3, [9, 8, 7]).with_depth(depth);
        let file = picture.to_png().unwrap();
        assert_eq!(Image::decode(&file).unwrap(), picture);
        let plain = picture.clone().with_depth(None);
        assert_ne!(plain, picture);
        assert_eq!(Image::decode(&plain.to_png().unwrap()).unwrap().depth(), None);
        // Half a map is an image without one, or none at all.
        for cut in 0..file.len() {
            let map = depth::found_in(&file[..cut]);
            assert!(map.is_none_or(|found| Some(&found) == picture.depth()));
            let decoded = Image::decode(&file[..cut]);
            assert!(decoded.is_err() || decoded.is_ok_and(|found| found == picture || found == plain));
        }
    }

    #[test]
    fn damaged_pictures_are_errors() {
        assert!(matches!(Image::decode(b""), Err(ImageError::Empty)));
        assert!(matches!(Image::decode(b"MZ not a picture"), Err(ImageError::UnknownFormat)));
        let png = Image::filled(9, 9, [1, 2, 3]).to_png().unwrap();
        assert!(matches!(Image::decode(&png[..png.len() / 2]), Err(ImageError::Codec(_))));
    }

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
