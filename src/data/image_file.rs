//! Images as files: PNG, JPEG, BMP and WebP read, PNG and JPEG written.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::Path;

use image::{ImageFormat, ImageReader, Limits};
use mozjpeg::qtable;

use crate::data::depth;
use crate::data::image::{Image, ImageError};
use crate::data::orientation;

/// Memory limit of decoding one image: enough for 8K video and for a 20,000 x 20,000 map.
const DECODE_LIMIT_BYTES: u64 = 2 << 30;

/// Quality of a JPEG from which all steps of quantization fit into a byte.
const BASELINE_QUALITY: u8 = 24;

impl Image {
    /// Decodes PNG, JPEG, BMP or WebP upright, as its EXIF orientation says; the format is detected by content, not by
    /// name.
    pub fn decode(bytes: &[u8]) -> Result<Self, ImageError> {
        Ok(Self::stored(bytes, true)?.upright(orientation::of_file(&mut Cursor::new(bytes))))
    }

    /// Decodes a frame of a video of JPEG images as video decoders do: without regard to EXIF, and with the chroma of
    /// each block of pixels not smoothed into that of its neighbors.
    pub fn decode_frame(bytes: &[u8]) -> Result<Self, ImageError> {
        Self::stored(bytes, false)
    }

    fn stored(bytes: &[u8], smooth: bool) -> Result<Self, ImageError> {
        if bytes.is_empty() {
            return Err(ImageError::Empty);
        }
        if bytes.starts_with(&[0xFF, 0xD8])
            && let Some(picture) = jpeg(bytes, smooth)?
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
        let decoded = decoded.into_rgba8();
        let stored = decoded.dimensions();
        let opacity: Vec<u8> = decoded.pixels().flat_map(|pixel| [pixel.0[3]; 3]).collect();
        let whole = || Self::filled(width, height, [255; 3]);
        let opacity = Self::from_rgb(stored.0, stored.1, opacity).unwrap_or_else(whole);
        Ok((picture, opacity.upright(orientation::of_file(&mut Cursor::new(bytes)))))
    }

    /// Width and height of the upright image, in pixels, from the headers alone.
    pub fn size_of(bytes: &[u8]) -> Option<(u32, u32)> {
        size_of_stream(Cursor::new(bytes))
    }

    /// Width and height of the upright image in a file, in pixels, from the headers alone.
    pub fn size_of_file(path: &Path) -> Option<(u32, u32)> {
        size_of_stream(BufReader::new(File::open(path).ok()?))
    }

    /// The image as a PNG file, its depth map included; the same image gives the same bytes.
    pub fn to_png(&self) -> Result<Vec<u8>, ImageError> {
        let mut bytes = Vec::new();
        image::write_buffer_with_format(
            &mut Cursor::new(&mut bytes),
            self.pixels(),
            self.width(),
            self.height(),
            image::ExtendedColorType::Rgb8,
            ImageFormat::Png,
        )?;
        match self.depth() {
            Some(depth) => Ok(depth::put_into(bytes, depth)?),
            None => Ok(bytes),
        }
    }

    /// The image as a JPEG file of `quality` 1 to 100.
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>, ImageError> {
        // The library reports errors by unwinding, without output on standard error.
        let written = std::panic::catch_unwind(|| {
            let mut writer = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_RGB);
            writer.set_size(self.width() as usize, self.height() as usize);
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
            started.write_scanlines(self.pixels()).ok()?;
            started.finish().ok()
        });
        if let Ok(Some(bytes)) = written {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality).encode(
            self.pixels(),
            self.width(),
            self.height(),
            image::ExtendedColorType::Rgb8,
        )?;
        Ok(bytes)
    }
}

/// Maximum number of pixels per byte of a JPEG: a block of 8x8 takes a bit, and little more around it.
const JPEG_PIXELS_PER_BYTE: u64 = 1024;

/// Decodes a JPEG by libjpeg-turbo as bundled with `MozJPEG`.
///
/// Chroma is interpolated between pixels if `smooth`.
/// `None` where that fails: color spaces it does not convert, and damaged files of which another decoder may recover
/// more.
fn jpeg(bytes: &[u8], smooth: bool) -> Result<Option<Image>, ImageError> {
    // The library reports errors by unwinding, without output on standard error.
    let decoded = std::panic::catch_unwind(|| {
        let mut header = mozjpeg::Decompress::new_mem(bytes).ok()?;
        header.do_fancy_upsampling(smooth);
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

fn size_of_stream(mut stream: impl BufRead + Seek) -> Option<(u32, u32)> {
    let orientation = orientation::of_file(&mut stream);
    stream.rewind().ok()?;
    let stored = ImageReader::new(stream).with_guessed_format().ok()?.into_dimensions().ok()?;
    Some(orientation.upright_size(stored))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::depth::Depth;

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

    /// Files of a camera that was turned: 20x10 pixels as stored, black, the left quarter white.
    #[test]
    fn images_are_upright_as_their_exif_says() {
        let row = [[255; 3]; 5].into_iter().chain([[0; 3]; 15]).flatten();
        let stored = Image::from_rgb(20, 10, row.collect::<Vec<u8>>().repeat(10)).unwrap();
        let check = |number: u8, size: (u32, u32), (x, y): (u32, u32)| {
            let exif = [
                &b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..],
                &[number, 0, 0, 0, 0, 0, 0],
            ]
            .concat();
            let jpeg = stored.to_jpeg(95).unwrap();
            let segment = [&[0xFF, 0xE1, 0, exif.len() as u8 + 2], &exif[..]].concat();
            let jpeg = [&jpeg[..2], &segment, &jpeg[2..]].concat();
            let png = stored.to_png().unwrap();
            let chunk = [b"eXIf", &exif[6..]].concat();
            let length = (exif.len() as u32 - 6).to_be_bytes();
            let sum = crc32fast::hash(&chunk).to_be_bytes();
            let png = [&png[..33], &length, &chunk, &sum, &png[33..]].concat();
            for file in [jpeg, png] {
                let image = Image::decode(&file).unwrap();
                assert_eq!((image.size(), Image::size_of(&file)), (size, Some(size)), "{number}");
                assert!(image.pixel(x, y).is_some_and(|pixel| pixel[0] > 200), "{number}");
                let far = (size.0 - 1 - x, size.1 - 1 - y);
                assert!(image.pixel(far.0, far.1).is_some_and(|pixel| pixel[0] < 50), "{number}");
                assert_eq!(Image::decode_frame(&file).unwrap().size(), (20, 10));
                assert_eq!(Image::decode_with_opacity(&file).unwrap().1.size(), size);
            }
        };
        for number in [0, 1, 4, 9] {
            check(number, (20, 10), (1, 5));
        }
        for number in [2, 3] {
            check(number, (20, 10), (18, 5));
        }
        for number in [5, 6] {
            check(number, (10, 20), (5, 1));
        }
        for number in [7, 8] {
            check(number, (10, 20), (5, 18));
        }
    }

    #[test]
    fn damaged_pictures_are_errors() {
        assert!(matches!(Image::decode(b""), Err(ImageError::Empty)));
        assert!(matches!(Image::decode(b"MZ not a picture"), Err(ImageError::UnknownFormat)));
        let png = Image::filled(9, 9, [1, 2, 3]).to_png().unwrap();
        assert!(matches!(Image::decode(&png[..png.len() / 2]), Err(ImageError::Codec(_))));
    }
}
