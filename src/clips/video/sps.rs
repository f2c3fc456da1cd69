//! Sequence parameter sets of H.264 (ITU-T H.264, 7.3.2.1): size, color, and kind of the coding.

use super::colors::Colors;
use crate::clips::video::error::NotDecoded;

/// The parts of a sequence parameter set that decide who can decode the stream, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::clips) struct Sps {
    profile: u8,
    /// 0 is monochrome, 1 is 4:2:0, 2 is 4:2:2, 3 is 4:4:4.
    chroma_format: u32,
    bit_depth: u32,
    /// False if frames may be interlaced.
    progressive: bool,
    /// Cropped size in pixels.
    pub(super) size: (u32, u32),
    pub(super) colors: Colors,
    /// Width and height of a pixel, where declared.
    pub(super) aspect: Option<(u32, u32)>,
    frame_number_bits: u32,
    /// Display order: 0 is coded in each slice, 1 by a cycle, 2 is the order of decoding.
    pub(super) order_kind: u32,
    order_bits: u32,
}

/// Bits from the highest on; bytes that keep start codes out are taken away.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(unit: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(unit.len());
        let mut zeros = 0;
        for byte in unit {
            if zeros >= 2 && *byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit.into())
    }

    fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0_u32, |value, _| Some(value << 1 | self.bit()?))
    }

    fn flag(&mut self) -> Option<bool> {
        self.bit().map(|bit| bit == 1)
    }

    /// An exponential Golomb code.
    fn code(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.bits(zeros)?)
    }

    fn signed_code(&mut self) -> Option<i64> {
        let code = i64::from(self.code()?);
        Some(if code % 2 == 0 { -code / 2 } else { (code + 1) / 2 })
    }

    fn scaling_list(&mut self, length: usize) -> Option<()> {
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..length {
            if next != 0 {
                next = (last + self.signed_code()?).rem_euclid(256);
            }
            if next != 0 {
                last = next;
            }
        }
        Some(())
    }
}

impl Sps {
    /// From a unit of type 7, with its first byte.
    pub(super) fn parse(unit: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(unit.get(1..)?);
        let profile = bits.bits(8)? as u8;
        bits.bits(16)?;
        bits.code()?;
        let (mut chroma_format, mut bit_depth) = (1, 8);
        if [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135].contains(&profile) {
            chroma_format = bits.code()?;
            if chroma_format == 3 {
                bits.flag()?;
            }
            bit_depth = 8 + bits.code()?.max(bits.code()?);
            bits.flag()?;
            if bits.flag()? {
                for list in 0..if chroma_format == 3 { 12 } else { 8 } {
                    if bits.flag()? {
                        bits.scaling_list(if list < 6 { 16 } else { 64 })?;
                    }
                }
            }
        }
        let frame_number_bits = bits.code()?.checked_add(4)?;
        let order_kind = bits.code()?;
        let mut order_bits = 0;
        match order_kind {
            0 => order_bits = bits.code()?.checked_add(4)?,
            1 => {
                bits.flag()?;
                bits.signed_code()?;
                bits.signed_code()?;
                for _ in 0..bits.code()?.min(255) {
                    bits.signed_code()?;
                }
            }
            _ => {}
        }
        bits.code()?;
        bits.flag()?;
        let (columns, rows) = (bits.code()?.checked_add(1)?, bits.code()?.checked_add(1)?);
        let progressive = bits.flag()?;
        if !progressive {
            bits.flag()?;
        }
        bits.flag()?;
        let crop =
            if bits.flag()? { [bits.code()?, bits.code()?, bits.code()?, bits.code()?] } else { [0; 4] };
        let fields = if progressive { 1 } else { 2 };
        let (across, down) = match chroma_format {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        let side = |blocks: u32, crop: [u32; 2], step: u32| {
            let cut = crop[0].checked_add(crop[1])?.checked_mul(step)?;
            blocks.checked_mul(16)?.checked_sub(cut).filter(|side| *side > 0)
        };
        let size = (
            side(columns, [crop[0], crop[1]], across)?,
            side(rows.checked_mul(fields)?, [crop[2], crop[3]], down * fields)?,
        );
        // What follows is advice: a set that ends here is one without.
        let (aspect, colors) = usage(&mut bits).unwrap_or_default();
        Some(Self {
            profile,
            chroma_format,
            bit_depth,
            progressive,
            size,
            colors,
            aspect,
            frame_number_bits,
            order_kind,
            order_bits,
        })
    }

    /// An error if it is not decoded here.
    pub(in crate::clips) fn fits(&self) -> Result<(), NotDecoded> {
        let what = match self {
            Self { chroma_format: 0, .. } => "monochrome H.264".to_owned(),
            Self { chroma_format: 2, .. } => "H.264 with 4:2:2 chroma".to_owned(),
            Self { chroma_format: 3.., .. } => "H.264 with 4:4:4 chroma".to_owned(),
            Self { bit_depth: 9.., .. } => format!("H.264 with {} bits per sample", self.bit_depth),
            Self { progressive: false, .. } => "interlaced H.264".to_owned(),
            _ if !self.colors.known() => "H.264 with an unusual color matrix".to_owned(),
            Self { profile: 66 | 77 | 100, .. } => return Ok(()),
            Self { profile, .. } => format!("H.264 of profile {profile}"),
        };
        Err(NotDecoded::new(what))
    }

    /// The low bits of the display order in a slice, from a unit of type 1 or 5 with its first byte.
    pub(super) fn slice_order(&self, unit: &[u8]) -> Option<u32> {
        let mut bits = Bits::new(unit.get(1..unit.len().min(64))?);
        bits.code()?;
        bits.code()?;
        bits.code()?;
        bits.bits(self.frame_number_bits.min(16))?;
        if unit.first()? & 31 == 5 {
            bits.code()?;
        }
        bits.bits(self.order_bits.min(16))
    }

    /// Low bits of the display order after which they begin anew.
    pub(super) fn order_period(&self) -> i64 {
        1 << self.order_bits.min(16)
    }
}

/// Pixel aspect and colors of the usability information.
fn usage(bits: &mut Bits) -> Option<(Option<(u32, u32)>, Colors)> {
    /// Width and height of a pixel by number, from 1 on.
    const ASPECTS: [(u32, u32); 16] = [
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    if !bits.flag()? {
        return None;
    }
    let mut aspect = None;
    if bits.flag()? {
        let number = bits.bits(8)?;
        aspect = if number == 255 {
            Some((bits.bits(16)?, bits.bits(16)?))
        } else {
            (number as usize).checked_sub(1).and_then(|at| ASPECTS.get(at).copied())
        };
    }
    if bits.flag()? {
        bits.flag()?;
    }
    let mut colors = Colors::default();
    if bits.flag()? {
        bits.bits(3)?;
        colors.full = Some(bits.flag()?);
        if bits.flag()? {
            bits.bits(16)?;
            colors.matrix = Some(bits.bits(8)? as u8).filter(|matrix| *matrix != 2);
        }
    }
    Some((aspect.filter(|(width, height)| *width > 0 && *height > 0), colors))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameter sets that x264 wrote for 64x48 pixels.
    #[test]
    fn kinds_of_coding_are_told_apart() {
        let check = |hex: &str, expected: Result<(), &str>| {
            let digits: Vec<u8> =
                hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
            let unit: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
            let sps = Sps::parse(&unit).unwrap();
            assert_eq!(sps.size, (64, 48), "{hex}");
            assert_eq!(sps.fits(), expected.map_err(NotDecoded::new), "{hex}");
            for cut in 0..unit.len() {
                Sps::parse(&unit[..cut]);
            }
        };
        check("674d400aeca23d8088000003000800000300a078912cb0", Ok(()));
        check("6742c00ad9047b011000000300100000030140f1226480", Ok(()));
        check("6764000aacd9447b011000000300100000030140f1225960", Ok(()));
        check("677a000abcd9447b011000000300100000030140f1225960", Err("H.264 with 4:2:2 chroma"));
        check("67f4000a919b288f6022000003000200000300281e244b2c", Err("H.264 with 4:4:4 chroma"));
        check("676e000aa6cd9447b011000003000100000300140f122596", Err("H.264 with 10 bits per sample"));
        check("6764000af36511ec05b2000003000200000300281e244b2c", Err("monochrome H.264"));
        check("67640015acd9444fcb8088000003000800000300a0f8a14cb0", Err("interlaced H.264"));
        check("67f4000aaeb208f6022000000300200000030281e244c9", Err("H.264 of profile 244"));
    }
}
