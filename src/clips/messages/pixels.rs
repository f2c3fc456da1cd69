//! Uncompressed images: conversion from the encodings of ROS and Foxglove to RGB, with Bayer filters and depth images
//! included.

use super::error::MessageError;
use crate::data::depth::Depth;
use crate::data::image::Image;

/// An uncompressed image as a message describes it.
pub(super) struct Raw<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes from one row to the next; 0 means no gap.
    pub(super) step: u32,
    pub(super) encoding: &'a str,
    pub(super) big_endian: bool,
    pub(super) data: &'a [u8],
}

/// The image in 8-bit RGB. 16-bit gray keeps its high byte; depth is bright when near, see [`depths`].
pub(super) fn rgb(raw: &Raw<'_>) -> Result<Image, MessageError> {
    let bytes_per_pixel = match raw.encoding {
        "rgb8" | "bgr8" | "8UC3" => 3,
        "rgba8" | "bgra8" | "8UC4" | "32FC1" => 4,
        "mono8" | "8UC1" => 1,
        "mono16" | "16UC1" | "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => 2,
        bayer if pattern(bayer).is_some() => {
            if bayer.ends_with("16") {
                2
            } else {
                1
            }
        }
        other => {
            return Err(MessageError::unsupported(format!(
                "unsupported pixel encoding {other:?}, expected one of rgb8, bgr8, rgba8, bgra8, mono8, mono16, uyvy, yuyv, 16UC1, 32FC1 \
                 and the bayer encodings such as bayer_rggb8"
            )));
        }
    };
    let (width, height) = (raw.width as usize, raw.height as usize);
    let used = width
        .checked_mul(bytes_per_pixel)
        .ok_or_else(|| MessageError::unsupported("the image is too wide"))?;
    let step = if raw.step == 0 { used } else { raw.step as usize };
    let needed =
        step.checked_mul(height).ok_or_else(|| MessageError::unsupported("the image is too large"))?;
    if step < used || raw.data.len() + (step - used) < needed {
        return Err(MessageError::fields(format!(
            "{width}x{height} {} in rows of {step} bytes needs {needed} bytes, found {}",
            raw.encoding,
            raw.data.len()
        )));
    }
    let rows = raw.data.chunks(step.max(1)).take(height).map(|row| row.get(..used).unwrap_or(row));
    let unshown =
        || MessageError::unsupported(format!("an image of {width}x{height} pixels cannot be displayed"));
    if matches!(raw.encoding, "16UC1" | "32FC1") {
        let meters: Vec<f32> = rows.flat_map(|row| meters(row, raw)).collect();
        return depths(raw.width, raw.height, &meters).ok_or_else(unshown);
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in rows {
        match raw.encoding {
            "rgb8" => pixels.extend_from_slice(row),
            "bgr8" | "8UC3" => pixels.extend(row.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]])),
            "rgba8" => pixels.extend(row.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]])),
            "bgra8" | "8UC4" => pixels.extend(row.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]])),
            "mono8" | "8UC1" => pixels.extend(row.iter().flat_map(|p| [*p; 3])),
            bayer if pattern(bayer).is_some() => {
                let high = usize::from(!raw.big_endian);
                let one = |p: &[u8]| if bytes_per_pixel == 2 { p[high] } else { p[0] };
                // Converted to gray first: the colors come from all rows.
                pixels.extend(row.chunks_exact(bytes_per_pixel).flat_map(|p| [one(p); 3]));
            }
            "mono16" => {
                let high = usize::from(!raw.big_endian);
                pixels.extend(row.chunks_exact(2).flat_map(|p| [p[high]; 3]));
            }
            "yuv422" | "uyvy" => {
                pixels.extend(row.chunks_exact(4).flat_map(|p| pair(p[1], p[3], p[0], p[2])));
            }
            _ => pixels.extend(row.chunks_exact(4).flat_map(|p| pair(p[0], p[2], p[1], p[3]))),
        }
    }
    if let Some(pattern) = pattern(raw.encoding) {
        pixels = debayered(&pixels, width, height, pattern);
    }
    Image::from_rgb(raw.width, raw.height, pixels).ok_or_else(unshown)
}

/// A row of distances: by convention integers are millimeters, floats meters (REP 118 of ROS).
fn meters(row: &[u8], raw: &Raw<'_>) -> Vec<f32> {
    if raw.encoding == "16UC1" {
        let one = |p: [u8; 2]| if raw.big_endian { u16::from_be_bytes(p) } else { u16::from_le_bytes(p) };
        return row.as_chunks().0.iter().map(|p| f32::from(one(*p)) / 1000.0).collect();
    }
    let one = |p: [u8; 4]| if raw.big_endian { f32::from_be_bytes(p) } else { f32::from_le_bytes(p) };
    row.as_chunks().0.iter().map(|p| one(*p)).collect()
}

/// The image of a depth camera: each pixel a gray value, see [`nearness`], with the depth map.
pub(super) fn depths(width: u32, height: u32, meters: &[f32]) -> Option<Image> {
    let pixels = meters.iter().flat_map(|meters| [nearness(*meters); 3]).collect();
    Some(Image::from_rgb(width, height, pixels)?.with_depth(Depth::from_meters(width, height, meters)))
}

/// Depth in meters as a gray value: 255 at the camera, 128 at 5 m, 1 far away, 0 where nothing was measured.
fn nearness(meters: f32) -> u8 {
    const HALF_AT: f32 = 5.0;
    if meters > 0.0 { (255.0 * HALF_AT / (HALF_AT + meters)).round().max(1.0) as u8 } else { 0 }
}

/// The colors of the four pixels in the upper left corner, row by row: 0 is red, 1 green, 2 blue.
fn pattern(encoding: &str) -> Option<[usize; 4]> {
    Some(match encoding.strip_prefix("bayer_")?.trim_end_matches("16").trim_end_matches('8') {
        "rggb" => [0, 1, 1, 2],
        "bggr" => [2, 1, 1, 0],
        "gbrg" => [1, 2, 0, 1],
        "grbg" => [1, 0, 2, 1],
        _ => return None,
    })
}

/// Colors from a Bayer filter: each missing one is the mean of its neighbors in the 3x3 pixels around, which for
/// green and for pixels on red and blue is bilinear interpolation.
fn debayered(gray: &[u8], width: usize, height: usize, pattern: [usize; 4]) -> Vec<u8> {
    let color = |x: usize, y: usize| pattern[y % 2 * 2 + x % 2];
    let mut pixels = Vec::with_capacity(gray.len());
    for y in 0..height {
        for x in 0..width {
            let (mut sums, mut counts) = ([0_u32; 3], [0_u32; 3]);
            for near_y in y.saturating_sub(1)..(y + 2).min(height) {
                for near_x in x.saturating_sub(1)..(x + 2).min(width) {
                    let of = color(near_x, near_y);
                    // Diagonal greens are farther than the four beside a red or blue pixel.
                    let diagonal = near_x != x && near_y != y;
                    if !(of == 1 && diagonal) {
                        sums[of] += u32::from(gray[(near_y * width + near_x) * 3]);
                        counts[of] += 1;
                    }
                }
            }
            let own = color(x, y);
            sums[own] = u32::from(gray[(y * width + x) * 3]);
            counts[own] = 1;
            pixels.extend(
                [0, 1, 2].map(|c| (sums[c] + counts[c] / 2).checked_div(counts[c]).unwrap_or(0) as u8),
            );
        }
    }
    pixels
}

/// Two pixels of YUV 4:2:2, BT.601 limited range, in 8-bit fixed point.
fn pair(y0: u8, y1: u8, u: u8, v: u8) -> [u8; 6] {
    let (u, v) = (i32::from(u) - 128, i32::from(v) - 128);
    let one = |y: u8| {
        let y = 298 * (i32::from(y) - 16) + 128;
        [(y + 409 * v) >> 8, (y - 100 * u - 208 * v) >> 8, (y + 516 * u) >> 8].map(|c| c.clamp(0, 255) as u8)
    };
    let ([r0, g0, b0], [r1, g1, b1]) = (one(y0), one(y1));
    [r0, g0, b0, r1, g1, b1]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: &str, width: u32, step: u32, data: &[u8]) -> Result<Vec<u8>, MessageError> {
        rgb(&Raw { width, height: 1, step, encoding, big_endian: false, data })
            .map(|image| image.pixels().to_vec())
    }

    #[test]
    fn encodings_become_rgb() {
        let check = |encoding: &str, width: u32, data: &[u8], expected: &[u8]| {
            assert_eq!(decode(encoding, width, 0, data).unwrap(), expected, "{encoding}");
        };
        check("rgb8", 1, &[1, 2, 3], &[1, 2, 3]);
        check("bgr8", 1, &[1, 2, 3], &[3, 2, 1]);
        check("bgra8", 1, &[1, 2, 3, 9], &[3, 2, 1]);
        check("mono8", 2, &[7, 8], &[7, 7, 7, 8, 8, 8]);
        check("mono16", 1, &[0x34, 0x12], &[0x12, 0x12, 0x12]);
        check("16UC1", 2, &[0, 0, 0x88, 0x13], &[0, 0, 0, 128, 128, 128]);
        check("32FC1", 1, &5.0_f32.to_le_bytes(), &[128, 128, 128]);
        check("uyvy", 2, &[128, 235, 128, 16], &[255, 255, 255, 0, 0, 0]);
    }

    #[test]
    fn a_bayer_filter_of_one_color_gives_that_color() {
        for encoding in ["bayer_rggb8", "bayer_bggr8", "bayer_gbrg8", "bayer_grbg8"] {
            let pattern = pattern(encoding).unwrap();
            let data: Vec<u8> =
                (0..6 * 4).map(|i| [200, 100, 50][pattern[i / 6 % 2 * 2 + i % 6 % 2]]).collect();
            let raw = Raw { width: 6, height: 4, step: 0, encoding, big_endian: false, data: &data };
            assert_eq!(rgb(&raw).unwrap(), Image::filled(6, 4, [200, 100, 50]), "{encoding}");
        }
    }

    #[test]
    fn rows_may_have_gaps_and_lies_are_refused() {
        assert_eq!(decode("rgb8", 1, 5, &[1, 2, 3, 0, 0]).unwrap(), [1, 2, 3]);
        assert!(decode("rgb8", 2, 0, &[1, 2, 3]).unwrap_err().to_string().contains("needs 6 bytes"));
        assert!(decode("rgb8", 2, 2, &[0; 99]).is_err());
        assert!(decode("jp2k", 1, 0, &[0]).unwrap_err().to_string().contains("\"jp2k\""));
        assert!(decode("rgb8", 0, 0, &[]).is_err());
    }
}
