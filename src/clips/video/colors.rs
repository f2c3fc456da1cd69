//! Luma and chroma to RGB, by the range and the matrix that the video declares (ITU-T H.273).

use crate::base::simd::widened;

/// Range and matrix of a video's colors; what is not declared is limited range and BT.601, as in every player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::clips) struct Colors {
    /// True for luma of 0 to 255, false for 16 to 235.
    pub(in crate::clips) full: Option<bool>,
    /// Matrix coefficients by their number in H.273.
    pub(in crate::clips) matrix: Option<u8>,
}

/// Planes of 4:2:0: rows of luma, and rows of half as many bytes of both chromas.
pub(super) struct Planes<'a> {
    pub(super) size: (usize, usize),
    /// Bytes from row to row of luma and of chroma.
    pub(super) strides: (usize, usize),
    pub(super) luma: &'a [u8],
    pub(super) chroma: [&'a [u8]; 2],
}

/// Factors in 1/65536: of luma, of red from V, of green from U and V, of blue from U; and the luma of black.
type Factors = ([i32; 5], i32);

impl Colors {
    /// These colors, with what they leave open taken from others.
    pub(in crate::clips) fn or(self, other: Self) -> Self {
        Self { full: self.full.or(other.full), matrix: self.matrix.or(other.matrix) }
    }

    /// True if the matrix is one of luma and chroma that is computed here.
    pub(in crate::clips) fn known(self) -> bool {
        matches!(self.matrix, None | Some(1 | 2 | 4..=7 | 9))
    }

    fn factors(self) -> Factors {
        let (red, blue) = match self.matrix {
            Some(1) => (0.2126, 0.0722),
            Some(4) => (0.30, 0.11),
            Some(7) => (0.212, 0.087),
            Some(9) => (0.2627, 0.0593),
            _ => (0.299, 0.114),
        };
        let green = 1.0 - red - blue;
        let (luma, chroma, black) = match self.full {
            Some(true) => (1.0, 1.0, 0),
            _ => (255.0 / 219.0, 255.0 / 224.0, 16),
        };
        let (from_v, from_u) = (2.0 * (1.0 - red) * chroma, 2.0 * (1.0 - blue) * chroma);
        let factors = [luma, from_v, -from_u * blue / green, -from_v * red / green, from_u];
        (factors.map(|factor: f64| (factor * 65536.0).round() as i32), black)
    }

    /// RGB, pixel by pixel; `None` if a plane is too short.
    pub(super) fn rgb(self, planes: &Planes<'_>) -> Option<Vec<u8>> {
        let (width, height) = planes.size;
        let factors = self.factors();
        let mut rgb = vec![0; width * height * 3];
        for (y, target) in rgb.chunks_exact_mut((width * 3).max(1)).enumerate() {
            let row = |plane: &'_ [u8], stride: usize, y: usize, width: usize| {
                let start = y * stride;
                (start + width <= plane.len()).then_some(start..start + width)
            };
            let half = width.div_ceil(2);
            let luma = planes.luma.get(row(planes.luma, planes.strides.0, y, width)?)?;
            let [u, v] = planes.chroma;
            let u = u.get(row(u, planes.strides.1, y / 2, half)?)?;
            let v = v.get(row(v, planes.strides.1, y / 2, half)?)?;
            convert(luma, u, v, factors, target);
        }
        Some(rgb)
    }
}

widened! {
    /// One row of pixels.
    fn convert(luma: &[u8], u: &[u8], v: &[u8], factors: Factors, target: &mut [u8]) {
        let ([of_luma, red_v, green_u, green_v, blue_u], black) = factors;
        let byte = |value: i32| ((value + 0x8000) >> 16).clamp(0, 255) as u8;
        for (((pixels, luma), u), v) in target.chunks_mut(6).zip(luma.chunks(2)).zip(u).zip(v) {
            let (u, v) = (i32::from(*u) - 128, i32::from(*v) - 128);
            let (red, green, blue) = (red_v * v, green_u * u + green_v * v, blue_u * u);
            for (pixel, luma) in pixels.chunks_exact_mut(3).zip(luma) {
                let luma = (i32::from(*luma) - black) * of_luma;
                pixel.copy_from_slice(&[byte(luma + red), byte(luma + green), byte(luma + blue)]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One pixel; the expected values are those of ffmpeg 5.1.
    fn check(full: bool, matrix: u8, yuv: [u8; 3], expected: [u8; 3]) {
        let colors = Colors { full: Some(full), matrix: Some(matrix) };
        let [y, u, v] = yuv;
        let planes = Planes { size: (1, 1), strides: (1, 1), luma: &[y], chroma: [&[u], &[v]] };
        let rgb = colors.rgb(&planes).unwrap();
        assert!(rgb.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2), "{rgb:?} {expected:?}");
    }

    #[test]
    fn range_and_matrix_change_the_colors() {
        check(false, 6, [126, 92, 66], [29, 192, 55]);
        check(true, 6, [126, 92, 66], [39, 182, 62]);
        check(false, 1, [126, 92, 66], [16, 168, 51]);
        check(true, 1, [126, 92, 66], [28, 161, 59]);
        check(false, 9, [126, 92, 66], [23, 174, 50]);
        assert!(Colors::default().known() && !Colors { full: None, matrix: Some(0) }.known());
    }
}
