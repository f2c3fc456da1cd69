//! Orientation of images: the EXIF tag with which a camera says how it was held, and the matrix of a video track.
//!
//! Format: CIPA DC-008 (EXIF), tag 274; PNG extension `eXIf`; chunk `EXIF` of WebP.

use std::io::{Read, Seek, SeekFrom};

/// The transform that makes stored pixels upright, one of the eight of EXIF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Orientation {
    /// Stored upright.
    #[default]
    Upright,
    /// Mirrored left to right.
    Mirrored,
    /// Turned by 180°.
    Turned180,
    /// Mirrored top to bottom.
    Flipped,
    /// Mirrored along the diagonal from the upper left corner.
    Transposed,
    /// To be turned by 90° clockwise.
    Clockwise,
    /// Mirrored along the diagonal from the upper right corner.
    Transversed,
    /// To be turned by 90° counterclockwise.
    Counterclockwise,
}

impl Orientation {
    /// The orientation of a number 1 to 8, as EXIF counts them.
    pub fn from_exif(number: u16) -> Option<Self> {
        Some(match number {
            1 => Self::Upright,
            2 => Self::Mirrored,
            3 => Self::Turned180,
            4 => Self::Flipped,
            5 => Self::Transposed,
            6 => Self::Clockwise,
            7 => Self::Transversed,
            8 => Self::Counterclockwise,
            _ => return None,
        })
    }

    /// The orientation of a display matrix, which takes (x, y) to (ax + cy, bx + dy); `None` if it is none of the eight,
    /// such as an angle of 45°.
    pub fn from_matrix(a: i64, b: i64, c: i64, d: i64) -> Option<Self> {
        // A hundredth of the larger entry is a rounding error of sines.
        let most = [a, b, c, d].map(i64::abs).into_iter().max().unwrap_or(0);
        let sign = |n: i64| if n.abs() * 100 <= most { 0 } else { n.signum() };
        Some(match [a, b, c, d].map(sign) {
            [1, 0, 0, 1] => Self::Upright,
            [-1, 0, 0, 1] => Self::Mirrored,
            [-1, 0, 0, -1] => Self::Turned180,
            [1, 0, 0, -1] => Self::Flipped,
            [0, 1, 1, 0] => Self::Transposed,
            [0, 1, -1, 0] => Self::Clockwise,
            [0, -1, -1, 0] => Self::Transversed,
            [0, -1, 1, 0] => Self::Counterclockwise,
            _ => return None,
        })
    }

    /// True if rows become columns.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::Clockwise | Self::Transversed | Self::Counterclockwise)
    }

    /// Width and height after the transform.
    pub fn upright_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps_sides() { (height, width) } else { (width, height) }
    }

    /// Upright pixels of three bytes from stored ones, row by row.
    pub(super) fn upright(self, (width, height): (u32, u32), stored: &[u8]) -> Vec<u8> {
        let (columns, rows) = self.upright_size((width, height));
        let (columns, rows) = (i64::from(columns), i64::from(rows));
        // Position of the upper left upright pixel in the stored rows, and the steps to the right and down.
        let width = i64::from(width);
        let last = i64::from(height) * width - 1;
        let (from, right, down) = match self {
            Self::Upright => (0, 1, width),
            Self::Mirrored => (width - 1, -1, width),
            Self::Turned180 => (last, -1, -width),
            Self::Flipped => (last + 1 - width, 1, -width),
            Self::Transposed => (0, width, 1),
            Self::Clockwise => (last + 1 - width, -width, 1),
            Self::Transversed => (last, -width, -1),
            Self::Counterclockwise => (width - 1, width, -1),
        };
        let mut pixels = Vec::with_capacity(stored.len());
        for row in 0..rows {
            for column in 0..columns {
                let at = (from + row * down + column * right) as usize * 3;
                pixels.extend_from_slice(stored.get(at..at + 3).unwrap_or(&[0; 3]));
            }
        }
        pixels
    }
}

/// The orientation that an image file declares; upright if it declares none, or none that makes sense. Reads headers and
/// passes over pixels.
pub fn of_file(file: &mut (impl Read + Seek)) -> Orientation {
    let found = match bytes(file, 12).as_deref() {
        Some([0xFF, 0xD8, ..]) => in_jpeg(file),
        Some([0x89, b'P', b'N', b'G', ..]) => in_png(file),
        Some([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P']) => in_webp(file),
        _ => None,
    };
    found.unwrap_or_default()
}

/// Maximum length of a header that is read; EXIF has at most 64 KiB.
const MOST: u64 = 1 << 20;

/// The next bytes; `None` if the file ends before.
fn bytes(file: &mut impl Read, count: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = file.take(count.min(MOST)).read_to_end(&mut bytes).ok()?;
    (read as u64 == count).then_some(bytes)
}

fn array<const N: usize>(file: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn skip(file: &mut impl Seek, count: u64) -> Option<()> {
    file.seek(SeekFrom::Current(i64::try_from(count).ok()?)).ok().map(drop)
}

/// Segment APP1 with the name of EXIF, before the first scan.
fn in_jpeg(file: &mut (impl Read + Seek)) -> Option<Orientation> {
    file.seek(SeekFrom::Start(2)).ok()?;
    loop {
        let [mut marker] = array(file)?;
        if marker != 0xFF {
            continue;
        }
        // Any number of fill bytes may be before a marker.
        while marker == 0xFF {
            [marker] = array(file)?;
        }
        match marker {
            0x00 | 0x01 | 0xD0..=0xD8 => {}
            // The end, or pixels.
            0xD9 | 0xDA => return None,
            _ => {
                let length = u64::from(u16::from_be_bytes(array(file)?)).checked_sub(2)?;
                if marker != 0xE1 {
                    skip(file, length)?;
                } else if let Some(exif) = bytes(file, length)?.strip_prefix(b"Exif\0") {
                    return in_exif(exif.get(1..)?);
                }
            }
        }
    }
}

/// Chunk `eXIf`, else the text chunk in which older programs keep it.
fn in_png(file: &mut (impl Read + Seek)) -> Option<Orientation> {
    file.seek(SeekFrom::Start(8)).ok()?;
    let mut text = None;
    while let (Some(length), Some(name)) = (array(file), array::<4>(file)) {
        let length = u64::from(u32::from_be_bytes(length));
        match &name {
            b"eXIf" => {
                let chunk = bytes(file, length)?;
                return in_exif(chunk.strip_prefix(b"Exif\0\0").unwrap_or(&chunk));
            }
            b"zTXt" | b"tEXt" if text.is_none() && length < MOST => {
                text = raw_profile(&bytes(file, length)?, &name == b"zTXt");
            }
            b"IEND" => break,
            _ => skip(file, length)?,
        }
        // The checksum.
        skip(file, 4)?;
    }
    in_exif(&text?)
}

fn in_webp(file: &mut (impl Read + Seek)) -> Option<Orientation> {
    file.seek(SeekFrom::Start(12)).ok()?;
    loop {
        let name = array::<4>(file)?;
        let length = u64::from(u32::from_le_bytes(array(file)?));
        if &name == b"EXIF" {
            let chunk = bytes(file, length)?;
            return in_exif(chunk.strip_prefix(b"Exif\0\0").unwrap_or(&chunk));
        }
        skip(file, length + length % 2)?;
    }
}

/// EXIF as hexadecimal text, as `ImageMagick` writes it: a line with the name, one with the length, then the digits.
fn raw_profile(chunk: &[u8], compressed: bool) -> Option<Vec<u8>> {
    let rest = chunk.strip_prefix(b"Raw profile type exif\0")?;
    let mut text = Vec::new();
    if compressed {
        flate2::read::ZlibDecoder::new(rest.get(1..)?).take(MOST).read_to_end(&mut text).ok()?;
    } else {
        text.extend_from_slice(rest);
    }
    let digits = text.trim_ascii_start().splitn(3, |byte| *byte == b'\n').nth(2)?;
    let digits: Vec<u8> =
        digits.iter().filter_map(|byte| char::from(*byte).to_digit(16)).map(|digit| digit as u8).collect();
    let bytes: Vec<u8> = digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    Some(bytes.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec).unwrap_or(bytes))
}

/// Tag 274 in the first directory of a TIFF structure.
fn in_exif(tiff: &[u8]) -> Option<Orientation> {
    const TAG: u16 = 274;
    let big = match tiff.first_chunk()? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let two = *tiff.get(at..)?.first_chunk()?;
        Some(if big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    };
    let u32_at = |at: usize| {
        let four = *tiff.get(at..)?.first_chunk()?;
        Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    };
    let directory = u32_at(4)? as usize;
    for i in 0..usize::from(u16_at(directory)?) {
        let entry = directory + 2 + i * 12;
        if u16_at(entry)? == TAG {
            // Some programs write the number as 32 bits.
            let number = match u16_at(entry + 2)? {
                3 => u16_at(entry + 8)?,
                4 => u16::try_from(u32_at(entry + 8)?).ok()?,
                _ => return None,
            };
            return Orientation::from_exif(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A directory of one tag.
    fn exif(big: bool, number: u16, kind: u16) -> Vec<u8> {
        let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let value =
            if kind == 4 { four(number.into()) } else { [two(number), [0; 2]].concat().try_into().unwrap() };
        let head: &[u8] = if big { b"MM\0*" } else { b"II*\0" };
        [head, &four(8), &two(1), &two(274), &two(kind), &four(1), &value, &four(0)].concat()
    }

    fn jpeg(exif: &[u8]) -> Vec<u8> {
        let length = (exif.len() as u16 + 8).to_be_bytes();
        [
            &[0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 2, 0xFF, 0xFF, 0xE1][..],
            &length,
            b"Exif\0\0",
            exif,
            &[0xFF, 0xDA, 0, 9],
        ]
        .concat()
    }

    fn png(name: &[u8], data: &[u8]) -> Vec<u8> {
        let chunk =
            |name: &[u8], data: &[u8]| [&(data.len() as u32).to_be_bytes(), name, data, &[0; 4]].concat();
        // After the pixels, as some programs append it.
        [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IDAT", &[1; 9]), chunk(name, data), chunk(b"IEND", &[])]
            .concat()
    }

    fn webp(exif: &[u8]) -> Vec<u8> {
        let length = (exif.len() as u32).to_le_bytes();
        [b"RIFF\0\0\0\0WEBPVP8 \x03\0\0\0abc\0EXIF", &length[..], exif].concat()
    }

    fn of(bytes: &[u8]) -> Orientation {
        of_file(&mut Cursor::new(bytes))
    }

    #[test]
    fn every_format_says_how_the_camera_was_held() {
        for number in 1..=8 {
            let expected = Orientation::from_exif(number).unwrap();
            for tag in
                [exif(true, number, 3), exif(false, number, 3), exif(true, number, 4), exif(false, number, 4)]
            {
                let digits = tag.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                let text: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
                let text = format!("Raw profile type exif\0\nexif\n  {}\n{text}\n", tag.len());
                for file in [jpeg(&tag), png(b"eXIf", &tag), png(b"tEXt", text.as_bytes()), webp(&tag)] {
                    assert_eq!(of(&file), expected, "{number}");
                    // No length of the file is a panic.
                    for cut in 0..file.len() {
                        of(&file[..cut]);
                    }
                }
            }
        }
    }

    #[test]
    fn tags_without_sense_leave_the_image_as_stored() {
        for tag in [
            exif(true, 0, 3),
            exif(false, 9, 3),
            exif(true, 6, 7),
            b"II*\0\xff\xff\xff\xff".to_vec(),
            b"no".to_vec(),
        ] {
            assert_eq!(of(&jpeg(&tag)), Orientation::Upright);
        }
    }

    /// The matrices are those of ISO/IEC 14496-12; the pixels those that Pillow gives for each number.
    #[test]
    fn pixels_move_as_declared() {
        let stored: Vec<u8> = (0..6).flat_map(|n| [n; 3]).collect();
        let check = |number: u16, expected: [u8; 6], matrix: [i64; 4]| {
            let orientation = Orientation::from_exif(number).unwrap();
            let [a, b, c, d] = matrix.map(|n| n << 16);
            assert_eq!(Orientation::from_matrix(a, b, c, d), Some(orientation));
            let pixels: Vec<u8> = orientation.upright((3, 2), &stored).iter().step_by(3).copied().collect();
            assert_eq!(pixels, expected, "{number}");
        };
        check(1, [0, 1, 2, 3, 4, 5], [1, 0, 0, 1]);
        check(2, [2, 1, 0, 5, 4, 3], [-1, 0, 0, 1]);
        check(3, [5, 4, 3, 2, 1, 0], [-1, 0, 0, -1]);
        check(4, [3, 4, 5, 0, 1, 2], [1, 0, 0, -1]);
        check(5, [0, 3, 1, 4, 2, 5], [0, 1, 1, 0]);
        check(6, [3, 0, 4, 1, 5, 2], [0, 1, -1, 0]);
        check(7, [5, 2, 4, 1, 3, 0], [0, -1, -1, 0]);
        check(8, [2, 5, 1, 4, 0, 3], [0, -1, 1, 0]);
        assert_eq!(Orientation::from_matrix(46341, 46341, -46341, 46341), None);
        assert_eq!(Orientation::from_exif(6).unwrap().upright_size((64, 48)), (48, 64));
    }
}
