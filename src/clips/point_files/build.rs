//! Parts that the readers of point cloud files share: headers of text, packed numbers, and clouds made point by point.

use super::error::PointError;
use crate::data::geometry::points::{PointCloud, PointField};

/// A cloud read from a file, with whatever a user has to know about it.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The points that are there.
    pub(super) cloud: PointCloud,
    /// Points that the header declares and the file does not have, as a sentence.
    pub(super) missing: Option<String>,
    /// Parts of the file that were not read, one sentence each.
    pub(super) notes: Vec<String>,
}

impl Read {
    /// The cloud, or why it is not whole.
    pub(super) fn whole(self) -> Result<PointCloud, PointError> {
        self.missing.map_or(Ok(self.cloud), |what| Err(PointError::Damaged { what }))
    }
}

/// The sentence for fewer points than declared; refuses a file that has none of them.
pub(super) fn missing(declared: u64, found: u64) -> Result<Option<String>, PointError> {
    let sentence = format!("the header declares {declared} points, {found} found");
    match found {
        found if found >= declared => Ok(None),
        0 => Err(PointError::Damaged { what: sentence }),
        _ => Ok(Some(sentence)),
    }
}

/// Builder of clouds from points whose first three values are the position.
pub(super) struct Build {
    pub(super) cloud: PointCloud,
    /// Largest error of a coordinate by keeping it as a float of four bytes.
    rounding: f64,
}

/// Error of a coordinate in meters that a LIDAR would not make.
const FINE: f64 = 0.002;

impl Build {
    pub(super) fn new(names: impl Iterator<Item = String>) -> Self {
        let fields = names.map(|name| PointField { name, values: Vec::new() }).collect();
        let cloud = PointCloud { frame: "lidar".to_owned(), positions: Vec::new(), fields };
        Self { cloud, rounding: 0.0 }
    }

    /// Adds a point; one without a finite position is left out.
    pub(super) fn add(&mut self, mut values: impl Iterator<Item = f64>) {
        let mut next = || values.next().unwrap_or(f64::NAN);
        let stated = [next(), next(), next()];
        let position = stated.map(|value| value as f32);
        if position.iter().all(|value| value.is_finite()) {
            let errors = stated.iter().zip(position).map(|(stated, kept)| (stated - f64::from(kept)).abs());
            self.rounding = errors.fold(self.rounding, f64::max);
            self.cloud.positions.push(position);
            for field in &mut self.cloud.fields {
                field.values.push(next() as f32);
            }
        }
    }

    /// A sentence about coordinates that are too large for the digits that are kept.
    pub(super) fn rounded(&self) -> Option<String> {
        (self.rounding > FINE).then(|| {
            format!(
                "coordinates are so large that they are rounded by up to {:.3} m, subtract a whole offset from them before",
                self.rounding
            )
        })
    }
}

/// A type of numbers in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Bytes: 1, 2, 4 or 8.
    pub(super) size: usize,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of four or eight bytes.
    Float,
    Signed,
    Unsigned,
}

impl Number {
    /// The number at the beginning of `bytes`.
    pub(super) fn read(self, bytes: &[u8], big_endian: bool) -> f64 {
        let bits = self.bits(bytes, big_endian);
        match (self.kind, self.size) {
            (Kind::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (Kind::Float, _) => f64::from_bits(bits),
            (Kind::Unsigned, _) => bits as f64,
            (Kind::Signed, size) => {
                let unused = 64 - 8 * size.clamp(1, 8) as u32;
                ((bits << unused).cast_signed() >> unused) as f64
            }
        }
    }

    /// Its bytes as a whole number.
    pub(super) fn bits(self, bytes: &[u8], big_endian: bool) -> u64 {
        let mut raw = [0_u8; 8];
        let size = self.size.min(bytes.len()).min(8);
        for (i, byte) in bytes.iter().take(size).enumerate() {
            raw[if big_endian { size - 1 - i } else { i }] = *byte;
        }
        u64::from_le_bytes(raw)
    }
}

/// A number written as text; `nan` in every spelling is one.
pub(super) fn parsed(word: &str) -> Option<f64> {
    let nan = || word.trim_start_matches('-').get(..3).is_some_and(|start| start.eq_ignore_ascii_case("nan"));
    word.parse().ok().or_else(|| nan().then_some(f64::NAN))
}

/// Column order: the position first, then the rest but for padding.
pub(super) fn order(names: &[String]) -> Result<Vec<usize>, PointError> {
    let mut order = Vec::new();
    for axis in ["x", "y", "z"] {
        let at = names.iter().position(|name| name == axis);
        order.push(at.ok_or(PointError::NoAxis { axis })?);
    }
    let rest: Vec<usize> = (0..names.len()).filter(|i| !order.contains(i) && names[*i] != "_").collect();
    order.extend(rest);
    Ok(order)
}

/// Lines of a header, whatever ends them, with the offset of the data. Bytes that are no text, as in a comment, do not matter.
pub(super) fn header(
    bytes: &[u8],
    is_last: impl Fn(&str) -> bool,
) -> Result<(Vec<String>, usize), PointError> {
    /// Maximum length of a header in bytes.
    const LONGEST: usize = 1 << 20;
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let first = bytes.iter().position(ends).and_then(|at| bytes.get(at..));
    // Files of old Macs, in which a byte of the data may look like the second half of an end.
    let single = first.is_some_and(|rest| rest.first() == Some(&b'\r') && rest.get(1) != Some(&b'\n'));
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty() && at < LONGEST) {
        let length = rest.iter().take(LONGEST).position(ends).unwrap_or(rest.len());
        let line = String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).trim().to_owned();
        let pair = !single && rest.get(length..).is_some_and(|end| end.starts_with(b"\r\n"));
        at = bytes.len().min(at + length + if pair { 2 } else { 1 });
        let last = is_last(&line);
        lines.push(line);
        if last {
            return Ok((lines, at));
        }
    }
    Err(PointError::header("the header has no end"))
}
