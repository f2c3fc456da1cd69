//! PCD files of the Point Cloud Library, as text, binary and compressed:
//! <https://pointclouds.org/documentation/tutorials/pcd_file_format.html>.

use super::build::{Build, Kind, Number, Read, header, missing, order, parsed};
use super::error::PointError;
use crate::data::geometry::points::PointCloud;

/// Columns with more values per point are descriptors and no values to filter by.
const MOST_PER_POINT: usize = 16;

/// Parsed header.
#[derive(Debug)]
pub(super) struct Head {
    /// Values of a point in the order in which they are wanted: the position, then the rest.
    values: Vec<Value>,
    /// Size of a point in bytes.
    width: usize,
    /// The same without padding.
    bare: usize,
    /// Numbers of a point.
    words: usize,
    points: usize,
    data: Data,
    /// Offset of the data.
    start: usize,
    notes: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Data {
    Text,
    Binary,
    Compressed,
}

/// One number of each point.
#[derive(Clone, Debug)]
struct Value {
    name: String,
    number: Number,
    /// Offset in a point.
    at: usize,
    /// Offset of its column in a point, size of the column, and its offset without padding.
    column: (usize, usize, usize),
    /// Position among the numbers of a line.
    word: usize,
    /// The byte of a packed color.
    color: Option<u32>,
}

/// Parses the header.
pub(super) fn head(bytes: &[u8]) -> Result<Head, PointError> {
    let (lines, start) = header(bytes, |line| line.split_whitespace().next() == Some("DATA"))?;
    let words = |key: &str| -> Vec<&str> {
        let line = lines.iter().find(|line| line.split_whitespace().next() == Some(key));
        line.map(|line| line.split_whitespace().skip(1).collect()).unwrap_or_default()
    };
    let one = |key: &str| words(key).first().map(|word| word.parse::<usize>());
    let whole = |key: &str| match one(key) {
        Some(Ok(number)) => Ok(Some(number)),
        Some(Err(err)) => {
            Err(PointError::header(format!("{key} of the header is not a whole number ({err})")))
        }
        None => Ok(None),
    };
    // Files before version 0.5 call them columns.
    let names = [words("FIELDS"), words("COLUMNS")].concat();
    let (sizes, kinds, counts) = (words("SIZE"), words("TYPE"), words("COUNT"));
    for (key, list) in [("SIZE", &sizes), ("TYPE", &kinds), ("COUNT", &counts)] {
        if list.len() != names.len() && !(list.is_empty() && key == "COUNT") {
            return Err(PointError::header(format!(
                "the header has {} fields and {} of {key}",
                names.len(),
                list.len()
            )));
        }
    }
    let mut notes = Vec::new();
    let (mut values, mut at, mut bare, mut word) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    for (i, name) in names.iter().enumerate() {
        let number = number(name, kinds.get(i).copied(), sizes.get(i).copied())?;
        let count: usize = match counts.get(i) {
            Some(count) => count
                .parse()
                .map_err(|err| PointError::header(format!("field {name:?} has no valid COUNT ({err})")))?,
            None => 1,
        };
        if ["x", "y", "z"].contains(name) && count != 1 {
            return Err(PointError::header(format!("field {name:?} has {count} values per point")));
        }
        let size = number.size.checked_mul(count).filter(|size| *size < 1 << 24);
        let size = size.ok_or_else(|| PointError::header(format!("field {name:?} is too large")))?;
        if count > MOST_PER_POINT && *name != "_" {
            notes.push(format!("field {name:?} has {count} values per point and was not read"));
        }
        for entry in (0..count).filter(|_| count <= MOST_PER_POINT) {
            let value = |name: String, color| Value {
                name,
                number,
                at: at + entry * number.size,
                column: (at, size, bare),
                word: word + entry,
                color,
            };
            if count == 1 && number.size == 4 && ["rgb", "rgba"].contains(name) {
                values.push(value("red".to_owned(), Some(16)));
                values.push(value("green".to_owned(), Some(8)));
                values.push(value("blue".to_owned(), Some(0)));
            } else if count > 1 && *name != "_" {
                values.push(value(format!("{name}[{entry}]"), None));
            } else {
                values.push(value((*name).to_owned(), None));
            }
        }
        at += size;
        bare += if *name == "_" { 0 } else { size };
        word += count;
    }
    let names: Vec<String> = values.iter().map(|value: &Value| value.name.clone()).collect();
    let values = order(&names)?.into_iter().filter_map(|i| values.get(i).cloned()).collect();
    let (height, points) = (whole("HEIGHT")?.unwrap_or(1), whole("POINTS")?);
    let grid = whole("WIDTH")?.map(|width| width.saturating_mul(height));
    if let (Some(grid), Some(points)) = (grid, points)
        && grid != points
    {
        return Err(PointError::header(format!(
            "WIDTH by HEIGHT are {grid} points, POINTS are {points}, correct the header"
        )));
    }
    let points =
        points.or(grid).ok_or_else(|| PointError::header("the header has neither POINTS nor WIDTH"))?;
    let data = match words("DATA").first().copied() {
        Some("ascii") => Data::Text,
        Some("binary") => Data::Binary,
        Some("binary_compressed") => Data::Compressed,
        other => return Err(PointError::header(format!("unknown DATA {:?}", other.unwrap_or_default()))),
    };
    Ok(Head { values, width: at, bare, words: word, points, data, start, notes })
}

fn number(name: &str, kind: Option<&str>, size: Option<&str>) -> Result<Number, PointError> {
    let size = size.and_then(|size| size.parse().ok()).filter(|size| [1, 2, 4, 8].contains(size));
    let size: usize =
        size.ok_or_else(|| PointError::header(format!("field {name:?} has no SIZE of 1, 2, 4 or 8")))?;
    let kind = match kind {
        Some("F") if size >= 4 => Kind::Float,
        Some("I") => Kind::Signed,
        Some("U") => Kind::Unsigned,
        other => {
            return Err(PointError::header(format!(
                "field {name:?} has the unknown TYPE {:?}",
                other.unwrap_or_default()
            )));
        }
    };
    Ok(Number { size, kind })
}

impl Head {
    /// Points that a file of this length lacks; `None` if that takes more than the header to know.
    pub(super) fn missing_of(&self, length: u64) -> Option<Result<Option<String>, PointError>> {
        let data = length.saturating_sub(self.start as u64);
        let found = data / self.width.max(1) as u64;
        // Large coordinates are rounded, which only the points tell.
        let wide = self.values.iter().take(3).any(|value| value.number.size > 4);
        (self.data == Data::Binary && !wide).then(|| missing(self.points as u64, found))
    }

    /// Parts that were not read.
    pub(super) fn notes(&self) -> &[String] {
        &self.notes
    }

    fn binary(&self, data: &[u8], build: &mut Build) -> usize {
        let mut found = 0;
        for point in data.chunks_exact(self.width.max(1)).take(self.points) {
            build.add(self.values.iter().map(|value| value.of(point.get(value.at..).unwrap_or_default())));
            found += 1;
        }
        found
    }

    /// All x, then all y, and so on; what is left out of the file as padding is known by its length.
    fn compressed(&self, data: &[u8], build: &mut Build) -> Result<(), PointError> {
        let length = |at: usize| {
            data.get(at..at + 4).and_then(|b| b.try_into().ok()).map(|b| u32::from_le_bytes(b) as usize)
        };
        let (Some(packed), Some(full)) = (length(0), length(4)) else {
            return Err(PointError::damaged("the compressed data is truncated"));
        };
        let packed =
            data.get(8..8 + packed).ok_or_else(|| PointError::damaged("the compressed data is truncated"))?;
        let full = unpacked(packed, full)?;
        let holds = |width: usize| width.checked_mul(self.points) == Some(full.len());
        let padded = holds(self.width);
        if !padded && !holds(self.bare) {
            return Err(PointError::damaged(format!(
                "the header declares {} points of {} bytes, found {} bytes",
                self.points,
                self.width,
                full.len()
            )));
        }
        for point in 0..self.points {
            build.add(self.values.iter().map(|value| {
                let (column, size, bare) = value.column;
                let start = if padded { column } else { bare };
                value.of(full
                    .get(start * self.points + point * size + value.at - column..)
                    .unwrap_or_default())
            }));
        }
        Ok(())
    }

    fn text(&self, data: &[u8], build: &mut Build) -> Result<usize, PointError> {
        let text = String::from_utf8_lossy(data);
        let rows = text.lines().filter(|line| !line.trim().is_empty()).take(self.points);
        let mut found = 0;
        for row in rows {
            found += 1;
            let words: Vec<&str> = row.split_whitespace().collect();
            if words.len() != self.words {
                return Err(PointError::damaged(format!(
                    "point {found} has {} numbers, the header declares {}",
                    words.len(),
                    self.words
                )));
            }
            let mut bad = None;
            build.add(self.values.iter().map(|value| {
                let word = words.get(value.word).copied().unwrap_or_default();
                value.of_text(word).unwrap_or_else(|| {
                    bad = Some(word);
                    f64::NAN
                })
            }));
            if let Some(bad) = bad {
                return Err(PointError::damaged(format!("point {found} has {bad:?} in place of a number")));
            }
        }
        Ok(found)
    }
}

impl Value {
    fn of(&self, bytes: &[u8]) -> f64 {
        match self.color {
            Some(shift) => (self.number.bits(bytes, false) >> shift & 255) as f64,
            None => self.number.read(bytes, false),
        }
    }

    fn of_text(&self, word: &str) -> Option<f64> {
        let Some(shift) = self.color else { return parsed(word) };
        // Colors are packed bits, written as a whole number or as the float of the same bits.
        let bits = word.parse::<u32>().ok().or_else(|| word.parse().ok().map(f32::to_bits))?;
        Some(f64::from(bits >> shift & 255))
    }
}

/// Reads a PCD file as far as it goes.
pub(super) fn read(bytes: &[u8]) -> Result<Read, PointError> {
    let head = head(bytes)?;
    let data = bytes.get(head.start..).unwrap_or_default();
    let mut build = Build::new(head.values.iter().skip(3).map(|value| value.name.clone()));
    let found = match head.data {
        Data::Text => head.text(data, &mut build)?,
        Data::Binary => head.binary(data, &mut build),
        Data::Compressed => {
            head.compressed(data, &mut build)?;
            head.points
        }
    };
    let missing = missing(head.points as u64, found as u64)?;
    let notes = head.notes.into_iter().chain(build.rounded()).collect();
    Ok(Read { cloud: build.cloud, missing, notes })
}

/// Reads a PCD file, text, binary or compressed; one that lacks points is refused.
pub fn pcd(bytes: &[u8]) -> Result<PointCloud, PointError> {
    read(bytes)?.whole()
}

/// A cloud as a binary PCD file of 32-bit floats; the same cloud gives the same bytes.
pub fn to_pcd(cloud: &PointCloud) -> Vec<u8> {
    // Names in PCD are single words.
    let word = |name: &str| name.split_whitespace().collect::<Vec<_>>().join("_");
    let names: Vec<String> = ["x", "y", "z"]
        .into_iter()
        .map(str::to_owned)
        .chain(cloud.fields.iter().map(|field| word(&field.name)))
        .collect();
    let count = cloud.positions.len();
    let each = |text: &str| vec![text; names.len()].join(" ");
    let mut bytes = format!(
        "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS {}\nSIZE {}\nTYPE {}\nCOUNT {}\n\
         WIDTH {count}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {count}\nDATA binary\n",
        names.join(" "),
        each("4"),
        each("F"),
        each("1"),
    )
    .into_bytes();
    for (i, position) in cloud.positions.iter().enumerate() {
        let values = position.iter().chain(cloud.fields.iter().map(|field| &field.values[i]));
        bytes.extend(values.flat_map(|value| value.to_le_bytes()));
    }
    bytes
}

/// LZF by Marc Lehmann, as PCD uses it.
fn unpacked(packed: &[u8], length: usize) -> Result<Vec<u8>, PointError> {
    const BROKEN: &str = "the compressed data is damaged";
    // Maximum expansion of a byte.
    if length > packed.len().saturating_mul(264) {
        return Err(PointError::damaged(BROKEN));
    }
    let mut out: Vec<u8> = Vec::with_capacity(length);
    let mut at = 0;
    let mut next = || {
        at += 1;
        packed.get(at - 1).copied()
    };
    while let Some(control) = next() {
        let control = usize::from(control);
        if control < 32 {
            for _ in 0..=control {
                out.push(next().ok_or_else(|| PointError::damaged(BROKEN))?);
            }
            continue;
        }
        let mut count = control >> 5;
        if count == 7 {
            count += usize::from(next().ok_or_else(|| PointError::damaged(BROKEN))?);
        }
        let back = (control & 31) << 8 | usize::from(next().ok_or_else(|| PointError::damaged(BROKEN))?);
        let from = out.len().checked_sub(back + 1).ok_or_else(|| PointError::damaged(BROKEN))?;
        for i in 0..count + 2 {
            let byte = *out.get(from + i).ok_or_else(|| PointError::damaged(BROKEN))?;
            out.push(byte);
        }
        if out.len() > length {
            return Err(PointError::damaged(BROKEN));
        }
    }
    if out.len() == length { Ok(out) } else { Err(PointError::damaged(BROKEN)) }
}
