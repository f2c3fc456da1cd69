//! LAS files of surveys, versions 1.0 to 1.4, all point formats:
//! <https://www.asprs.org/divisions-committees/lidar-division/laser-las-file-format-exchange-activities>.
//!
//! Surveys use large coordinates in meters; whole kilometers are subtracted, as floats have no millimeters there.

use super::build::{Build, Kind, Number, Read, missing};
use super::error::PointError;

/// Length of the header that is read.
pub(super) const HEADER_BYTES: usize = 375;
/// Least size in bytes of a point by its format.
const SIZES: [usize; 11] = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67];

/// Parsed header.
#[derive(Debug)]
pub(super) struct Head {
    format: u8,
    /// Offset of the points.
    start: u64,
    /// Size of a point in bytes.
    width: usize,
    points: u64,
    /// Start of records after the points.
    end: Option<u64>,
    scale: [f64; 3],
    offset: [f64; 3],
    /// Whole kilometers that are subtracted, in meters.
    shift: [f64; 3],
}

/// Parses the header.
pub(super) fn head(bytes: &[u8]) -> Result<Head, PointError> {
    let whole = |at: usize, size: usize| {
        let number = Number { size, kind: Kind::Unsigned };
        bytes
            .get(at..at + size)
            .map(|bytes| number.bits(bytes, false))
            .ok_or_else(|| PointError::damaged("the header is truncated"))
    };
    let float = |at: usize| whole(at, 8).map(f64::from_bits);
    let three =
        |at: usize, step: usize| Ok::<_, PointError>([float(at)?, float(at + step)?, float(at + 2 * step)?]);
    let kind = whole(104, 1)? as u8;
    // The high bits mark compression by LASzip.
    if kind & 0xC0 != 0 {
        return Err(PointError::unsupported(
            "compressed LAZ files are not supported, decompress it with: laszip -i INPUT.laz -o OUTPUT.las",
        ));
    }
    let least = SIZES
        .get(usize::from(kind))
        .ok_or_else(|| PointError::header(format!("unknown point format {kind}")))?;
    let width = whole(105, 2)? as usize;
    if width < *least {
        return Err(PointError::header(format!(
            "points of format {kind} have at least {least} bytes, the header says {width}"
        )));
    }
    let long = whole(25, 1)? >= 4 && whole(94, 2)? as usize >= HEADER_BYTES;
    let mut points = whole(107, 4)?;
    let mut end = None;
    if long {
        points = Some(whole(247, 8)?).filter(|points| *points > 0).unwrap_or(points);
        end = Some(whole(235, 8)?).filter(|start| *start > 0 && whole(243, 4).is_ok_and(|n| n > 0));
    }
    let (scale, offset) = (three(131, 8)?, three(155, 8)?);
    if !scale.iter().all(|scale| scale.is_finite() && *scale != 0.0) || !offset.iter().all(|o| o.is_finite())
    {
        return Err(PointError::header(format!(
            "the scale {scale:?} or the offset {offset:?} of the coordinates makes no sense"
        )));
    }
    // Least x, y and z, each after the largest.
    let corner = three(187, 16)?;
    let shift = corner.map(|c| if c.is_finite() && c.abs() >= 1e4 { (c / 1e3).floor() * 1e3 } else { 0.0 });
    let start = whole(96, 4)?;
    Ok(Head { format: kind, start, width, points, end, scale, offset, shift })
}

impl Head {
    /// Points that a file of this length has and its header declares.
    fn found(&self, length: u64) -> u64 {
        let end = self.end.filter(|end| *end >= self.start).map_or(length, |end| end.min(length));
        (end.saturating_sub(self.start) / self.width as u64).min(self.points)
    }

    /// Points that a file of this length lacks.
    pub(super) fn missing_of(&self, length: u64) -> Result<Option<String>, PointError> {
        missing(self.points, self.found(length))
    }

    /// The offset that was taken off, if any.
    pub(super) fn notes(&self) -> Vec<String> {
        let [x, y, z] = self.shift;
        let moved = self.shift.iter().any(|shift| *shift != 0.0);
        let sentence =
            format!("large coordinates: {x:.0} m were subtracted from x, {y:.0} m from y, {z:.0} m from z");
        if moved { vec![sentence] } else { Vec::new() }
    }
}

/// Reads a LAS file as far as it goes.
pub(super) fn read(bytes: &[u8]) -> Result<Read, PointError> {
    const INT: Number = Number { size: 4, kind: Kind::Signed };
    let head = head(bytes)?;
    let found = head.found(bytes.len() as u64);
    let missing = missing(head.points, found)?;
    let fields = ["intensity", "classification", "return_number"];
    let mut build = Build::new(fields.into_iter().map(str::to_owned));
    let data = bytes.get(usize::try_from(head.start).unwrap_or(usize::MAX)..).unwrap_or_default();
    let byte = |point: &[u8], at: usize| point.get(at).copied().unwrap_or_default();
    for point in data.chunks_exact(head.width).take(found as usize) {
        let axis = |i: usize| {
            let steps = INT.read(point.get(4 * i..).unwrap_or_default(), false);
            steps * head.scale[i] + head.offset[i] - head.shift[i]
        };
        let intensity = f64::from(byte(point, 12)) + 256.0 * f64::from(byte(point, 13));
        // Formats before 6 share the byte of the class with flags.
        let (class, number) = if head.format < 6 {
            (byte(point, 15) & 31, byte(point, 14) & 7)
        } else {
            (byte(point, 16), byte(point, 14) & 15)
        };
        let others = [intensity, f64::from(class), f64::from(number)];
        build.add((0..3).map(axis).chain(others));
    }
    Ok(Read { cloud: build.cloud, missing, notes: head.notes() })
}
