//! Depth maps of images.

use std::io::Cursor;
use std::sync::Arc;

use image::{ImageBuffer, ImageFormat, Luma};

/// Distances along the optical axis of a camera.
///
/// Stored as in the depth maps of KITTI: 16 bits in 1/256 meter, 0 where unknown (Uhrig et al., "Sparsity Invariant
/// CNNs", 3DV 2017).
///
/// A map may be coarser than its image and covers all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depth {
    width: u32,
    height: u32,
    values: Arc<Vec<u16>>,
}

/// Values per meter.
const PER_METER: f32 = 256.0;

impl Depth {
    /// From `width * height` distances in meters, row by row; values that are not positive are unknown.
    ///
    /// `None` if the count is wrong or zero.
    pub fn from_meters(width: u32, height: u32, meters: &[f32]) -> Option<Self> {
        let values = meters.iter().map(|meters| encoded(*meters)).collect();
        Self::from_values(width, height, values)
    }

    /// From stored values.
    fn from_values(width: u32, height: u32, values: Vec<u16>) -> Option<Self> {
        let expected = (width as usize).checked_mul(height as usize)?;
        (expected > 0 && values.len() == expected).then(|| Self { width, height, values: Arc::new(values) })
    }

    /// Columns and rows of the map.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The values of a row of the map, in 1/256 meter, 0 where unknown.
    pub fn row(&self, y: usize) -> &[u16] {
        let (width, last) = (self.width as usize, self.height as usize - 1);
        let at = y.min(last) * width;
        &self.values[at..at + width]
    }

    /// The row of the map for a row of an image of this height.
    pub fn row_of(&self, y: usize, height: u32) -> &[u16] {
        self.row(y * self.height as usize / height.max(1) as usize)
    }

    /// Depth in meters at a pixel of an image of this size.
    pub fn at(&self, x: f64, y: f64, (width, height): (u32, u32)) -> Option<f32> {
        let part = |at: f64, side: u32, of: u32| (at.max(0.0) / f64::from(of) * f64::from(side)) as usize;
        let row = self.row(part(y, self.height, height));
        row.get(part(x, self.width, width)).copied().and_then(meters)
    }

    /// All values as meters, row by row.
    pub fn meters(&self) -> impl Iterator<Item = Option<f32>> + '_ {
        self.values.iter().map(|value| meters(*value))
    }

    /// The map as a PNG file of 16 bits.
    pub fn to_png(&self) -> Result<Vec<u8>, image::ImageError> {
        let mut bytes = Cursor::new(Vec::new());
        // The number of values matches the size: both constructors check it.
        let gray = ImageBuffer::<Luma<u16>, _>::from_raw(self.width, self.height, self.values.to_vec());
        if let Some(gray) = gray {
            gray.write_to(&mut bytes, ImageFormat::Png)?;
        }
        Ok(bytes.into_inner())
    }

    /// Reads a PNG file of 16 bits.
    pub fn from_png(bytes: &[u8]) -> Option<Self> {
        let gray = image::load_from_memory_with_format(bytes, ImageFormat::Png).ok()?.into_luma16();
        let (width, height) = gray.dimensions();
        Self::from_values(width, height, gray.into_raw())
    }
}

/// Type of the PNG chunk that carries the depth map of an image, as a PNG file of 16 bits.
///
/// The chunk is ancillary, private and unsafe to copy when the pixels change (PNG, third edition, section 5.4).
const CHUNK: [u8; 4] = *b"dpTH";
/// Bytes of the beginning of a PNG file.
const BEGINNING: usize = 8;
/// Bytes of the chunk at its end.
const END: usize = 12;

/// The PNG file of an image with its depth map in it.
pub(super) fn put_into(png: Vec<u8>, depth: &Depth) -> Result<Vec<u8>, image::ImageError> {
    let map = depth.to_png()?;
    let (Some(head), Ok(count)) = (png.len().checked_sub(END), u32::try_from(map.len())) else {
        return Ok(png);
    };
    let mut crc = crc32fast::Hasher::new();
    crc.update(&CHUNK);
    crc.update(&map);
    let (before, end) = png.split_at(head);
    Ok([before, &count.to_be_bytes(), &CHUNK, &map, &crc.finalize().to_be_bytes(), end].concat())
}

/// The depth map in the PNG file of an image.
pub(super) fn found_in(png: &[u8]) -> Option<Depth> {
    let mut rest = png.get(BEGINNING..)?;
    loop {
        let count = u32::from_be_bytes(*rest.first_chunk::<4>()?) as usize;
        let content = rest.get(8..)?.get(..count)?;
        if rest.get(4..8)? == CHUNK {
            return Depth::from_png(content);
        }
        rest = rest.get(count + END..)?;
    }
}

/// A distance as stored; the farthest is 255.99 m.
fn encoded(meters: f32) -> u16 {
    if meters.is_finite() && meters > 0.0 {
        (meters * PER_METER).round().clamp(1.0, f32::from(u16::MAX)) as u16
    } else {
        0
    }
}

/// A stored value in meters.
fn meters(value: u16) -> Option<f32> {
    (value > 0).then(|| f32::from(value) / PER_METER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_comes_back_from_its_file() {
        let meters = [0.0, 0.5, 255.99, 300.0, f32::NAN, -4.0];
        let depth = Depth::from_meters(3, 2, &meters).unwrap();
        assert_eq!(Depth::from_png(&depth.to_png().unwrap()).unwrap(), depth);
        let back: Vec<Option<f32>> = depth.meters().collect();
        assert_eq!(back[..2], [None, Some(0.5)]);
        assert!(back[3].is_some_and(|far| far > 255.9) && back[4..] == [None, None]);
        assert!(Depth::from_meters(3, 2, &[1.0]).is_none() && Depth::from_meters(0, 0, &[]).is_none());
        assert!(Depth::from_png(b"no picture").is_none());
    }

    #[test]
    fn a_coarse_map_covers_the_whole_picture() {
        let depth = Depth::from_meters(2, 2, &[1.0, 2.0, 3.0, 4.0]).unwrap();
        let places = [(0.5, 0.5), (99.5, 29.5), (49.5, 30.5), (99.5, 59.5)];
        let found = places.map(|(x, y)| depth.at(x, y, (100, 60)));
        assert_eq!(found, [1.0, 2.0, 3.0, 4.0].map(Some));
        assert_eq!((depth.row_of(29, 60), depth.row_of(30, 60)), (depth.row(0), depth.row(1)));
        assert_eq!(depth.at(250.0, 1.0, (100, 60)), None);
    }
}
