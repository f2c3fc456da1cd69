//! Uncompressed pictures: from the encodings of ROS and Foxglove to RGB.

use crate::data::image::Image;

/// An uncompressed picture as a message describes it.
pub(super) struct Raw<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bytes from one row to the next; 0 means no gap.
    pub(super) step: u32,
    pub(super) encoding: &'a str,
    pub(super) big_endian: bool,
    pub(super) data: &'a [u8],
}

/// The picture in 8-bit RGB. 16-bit gray keeps its high byte.
pub(super) fn rgb(raw: &Raw<'_>) -> Result<Image, String> {
    let bytes_per_pixel = match raw.encoding {
        "rgb8" | "bgr8" | "8UC3" => 3,
        "rgba8" | "bgra8" | "8UC4" => 4,
        "mono8" | "8UC1" => 1,
        "mono16" | "16UC1" | "yuv422" | "uyvy" | "yuv422_yuy2" | "yuyv" => 2,
        other => {
            return Err(format!(
                "pixel encoding {other:?} is not supported, known are rgb8, bgr8, rgba8, bgra8, mono8, mono16, uyvy, yuyv"
            ));
        }
    };
    let (width, height) = (raw.width as usize, raw.height as usize);
    let used = width.checked_mul(bytes_per_pixel).ok_or("the picture is too wide")?;
    let step = if raw.step == 0 { used } else { raw.step as usize };
    let needed = step.checked_mul(height).ok_or("the picture is too large")?;
    if step < used || raw.data.len() + (step - used) < needed {
        return Err(format!(
            "{width}x{height} {} in rows of {step} bytes needs {needed} bytes, found {}",
            raw.encoding,
            raw.data.len()
        ));
    }
    let mut pixels = Vec::with_capacity(width * height * 3);
    for row in raw.data.chunks(step.max(1)).take(height) {
        let row = row.get(..used).unwrap_or(row);
        match raw.encoding {
            "rgb8" => pixels.extend_from_slice(row),
            "bgr8" | "8UC3" => pixels.extend(row.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]])),
            "rgba8" => pixels.extend(row.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]])),
            "bgra8" | "8UC4" => pixels.extend(row.chunks_exact(4).flat_map(|p| [p[2], p[1], p[0]])),
            "mono8" | "8UC1" => pixels.extend(row.iter().flat_map(|p| [*p; 3])),
            "mono16" | "16UC1" => {
                let high = usize::from(!raw.big_endian);
                pixels.extend(row.chunks_exact(2).flat_map(|p| [p[high]; 3]));
            }
            "yuv422" | "uyvy" => {
                pixels.extend(row.chunks_exact(4).flat_map(|p| pair(p[1], p[3], p[0], p[2])));
            }
            _ => pixels.extend(row.chunks_exact(4).flat_map(|p| pair(p[0], p[2], p[1], p[3]))),
        }
    }
    Image::from_rgb(raw.width, raw.height, pixels)
        .ok_or_else(|| format!("a picture of {width}x{height} pixels cannot be shown"))
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

    fn decode(encoding: &str, width: u32, step: u32, data: &[u8]) -> Result<Vec<u8>, String> {
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
        check("uyvy", 2, &[128, 235, 128, 16], &[255, 255, 255, 0, 0, 0]);
    }

    #[test]
    fn rows_may_have_gaps_and_lies_are_refused() {
        assert_eq!(decode("rgb8", 1, 5, &[1, 2, 3, 0, 0]).unwrap(), [1, 2, 3]);
        assert!(decode("rgb8", 2, 0, &[1, 2, 3]).unwrap_err().contains("needs 6 bytes"));
        assert!(decode("rgb8", 2, 2, &[0; 99]).is_err());
        assert!(decode("jp2k", 1, 0, &[0]).unwrap_err().contains("\"jp2k\""));
        assert!(decode("rgb8", 0, 0, &[]).is_err());
    }
}
