//! Point clouds in files: PCD (text, binary, compressed), PLY (text, binary), LAS, and the raw floats of KITTI
//! (`.bin`, x y z intensity) and nuScenes (`.pcd.bin`, x y z intensity ring).
//!
//! PCD: <https://pointclouds.org/documentation/tutorials/pcd_file_format.html>;
//! PLY: Turk, "The PLY Polygon File Format" (1994).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::visible_in;
use crate::base::time::Time;
use crate::clips::assembled::{Assembled, Reader, natural};
use crate::clips::{Clip, ClipError, ClipKind, guarded};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::points::{PointCloud, PointField};

/// Reads folders of point clouds, and single ones.
pub static KIND: ClipKind = ClipKind { id: "points", title: "Point clouds", accepts, open };

/// Assumed rate of scans without timestamps.
const ASSUMED_RATE_HZ: i64 = 10;

fn accepts(path: &Path) -> bool {
    if path.is_dir() { clouds_in(path).is_ok_and(|files| !files.is_empty()) } else { is_cloud(path) }
}

fn is_cloud(path: &Path) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| ["pcd", "ply", "bin", "las", "laz"].contains(&ext.to_ascii_lowercase().as_str()))
}

fn clouds_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = visible_in(folder)?;
    files.retain(|path| is_cloud(path));
    files.sort_by_cached_key(|path| natural(path));
    Ok(files)
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let io = |source| ClipError::Io { path: path.to_owned(), source };
    let files = if path.is_dir() { clouds_in(path).map_err(io)? } else { vec![path.to_owned()] };
    let mut clip = Assembled::new(path, "points");
    let times = (0..files.len() as i64).map(|i| Time(i * 1_000_000_000 / ASSUMED_RATE_HZ)).collect();
    if files.len() > 1 {
        clip.warn(format!("no timestamps, assuming {ASSUMED_RATE_HZ} Hz"));
    }
    clip.add_files("points", ChannelKind::Points, "point cloud files", times, files, read);
    Ok(Arc::new(clip))
}

fn read(path: &Path) -> Result<Sample, String> {
    read_cloud(path).map(|cloud| Sample::Points(Arc::new(cloud)))
}

/// Reader of point cloud files in a coordinate frame.
pub(super) fn points_in(frame: &str) -> Reader {
    let frame = frame.to_owned();
    Box::new(move |path| {
        let cloud = read_cloud(path)?;
        Ok(Sample::Points(Arc::new(PointCloud { frame: frame.clone(), ..cloud })))
    })
}

/// Reads one file by its content, or by its name if it has no header.
pub(super) fn read_cloud(path: &Path) -> Result<PointCloud, String> {
    let bytes = fs::read(path).map_err(|err| err.to_string())?;
    let ends =
        |path: &Path, wanted: &str| path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case(wanted));
    if bytes.starts_with(b"ply") {
        ply(&bytes)
    } else if bytes.starts_with(b"LASF") {
        las(bytes)
    } else if ends(path, "bin") {
        let nuscenes = path.file_stem().is_some_and(|stem| ends(Path::new(stem), "pcd"));
        floats(&bytes, if nuscenes { &["intensity", "ring"] } else { &["intensity"] })
    } else {
        pcd(&bytes)
    }
}

/// Packed little-endian floats: x, y, z and the named fields.
fn floats(bytes: &[u8], names: &[&str]) -> Result<PointCloud, String> {
    let step = 4 * (3 + names.len());
    if !bytes.len().is_multiple_of(step) {
        return Err(format!("{} bytes are not a whole number of points of {step} bytes", bytes.len()));
    }
    let mut build = Build::new(names.iter().map(|name| (*name).to_owned()));
    for point in bytes.chunks_exact(step) {
        let (values, _) = point.as_chunks::<4>();
        build.add(values.iter().map(|value| f64::from(f32::from_le_bytes(*value))));
    }
    Ok(build.cloud)
}

/// Builder of clouds from points whose first three values are the position.
struct Build {
    cloud: PointCloud,
}

impl Build {
    fn new(names: impl Iterator<Item = String>) -> Self {
        let fields = names.map(|name| PointField { name, values: Vec::new() }).collect();
        Self { cloud: PointCloud { frame: "lidar".to_owned(), positions: Vec::new(), fields } }
    }

    fn add(&mut self, mut values: impl Iterator<Item = f64>) {
        let mut next = || values.next().unwrap_or(f64::NAN) as f32;
        let position = [next(), next(), next()];
        if position.iter().all(|value| value.is_finite()) {
            self.cloud.positions.push(position);
            for field in &mut self.cloud.fields {
                field.values.push(next());
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Column {
    size: usize,
    kind: Kind,
    /// Values of this column in one point.
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    Signed,
    Unsigned,
}

impl Column {
    fn number(&self, bytes: &[u8], big_endian: bool) -> f64 {
        let mut raw = [0_u8; 8];
        let size = self.size.min(bytes.len()).min(8);
        for (i, byte) in bytes.iter().take(size).enumerate() {
            raw[if big_endian { size - 1 - i } else { i }] = *byte;
        }
        let bits = u64::from_le_bytes(raw);
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
}

/// Column order: the position first, then the rest.
fn order(names: &[String]) -> Result<Vec<usize>, String> {
    let mut order = Vec::new();
    for axis in ["x", "y", "z"] {
        let at = names.iter().position(|name| name == axis);
        order.push(at.ok_or_else(|| format!("the points have no field {axis:?}"))?);
    }
    let rest: Vec<usize> = (0..names.len()).filter(|i| !order.contains(i) && names[*i] != "_").collect();
    order.extend(rest);
    Ok(order)
}

/// Lines of a header with the offset of the data.
fn header(bytes: &[u8], is_last: impl Fn(&str) -> bool) -> Result<(Vec<&str>, usize), String> {
    let mut lines = Vec::new();
    let mut at = 0;
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\n')) {
        let line = bytes.get(at..at + length).and_then(|line| std::str::from_utf8(line).ok());
        let line = line.ok_or("the header is not text")?.trim();
        at += length + 1;
        lines.push(line);
        if is_last(line) {
            return Ok((lines, at));
        }
        if lines.len() > 200 {
            break;
        }
    }
    Err("the header has no end".to_owned())
}

/// Reads a PCD file, text, binary or compressed.
pub fn pcd(bytes: &[u8]) -> Result<PointCloud, String> {
    let (lines, start) = header(bytes, |line| line.starts_with("DATA"))?;
    let words = |key: &str| -> Vec<&str> {
        let line = lines.iter().find(|line| line.split_whitespace().next() == Some(key));
        line.map(|line| line.split_whitespace().skip(1).collect()).unwrap_or_default()
    };
    let names: Vec<String> = words("FIELDS").into_iter().map(str::to_owned).collect();
    let (sizes, kinds, counts) = (words("SIZE"), words("TYPE"), words("COUNT"));
    let mut columns = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let number = |words: &[&str]| words.get(i).and_then(|word| word.parse::<usize>().ok());
        let size = number(&sizes).filter(|size| [1, 2, 4, 8].contains(size));
        let kind = match kinds.get(i) {
            Some(&"F") => Kind::Float,
            Some(&"I") => Kind::Signed,
            Some(&"U") => Kind::Unsigned,
            _ => return Err(format!("field {name:?} has no TYPE")),
        };
        let size = size.ok_or_else(|| format!("field {name:?} has no SIZE"))?;
        columns.push(Column { size, kind, count: number(&counts).unwrap_or(1) });
    }
    let order = order(&names)?;
    let points = words("POINTS").first().and_then(|word| word.parse::<usize>().ok());
    let points = points.ok_or("the header has no POINTS")?;
    let data = bytes.get(start..).unwrap_or_default();
    let mut build = Build::new(order.iter().skip(3).map(|i| names[*i].clone()));
    let width: usize = columns.iter().map(|column| column.size.saturating_mul(column.count)).sum();
    let offset = |i: usize| columns.iter().take(i).map(|c| c.size * c.count).sum::<usize>();
    match words("DATA").first().copied() {
        Some("ascii") => {
            let first = |i: usize| columns.iter().take(i).map(|c| c.count).sum::<usize>();
            for line in String::from_utf8_lossy(data).lines().take(points) {
                let cells: Vec<f64> =
                    line.split_whitespace().map(|w| w.parse().unwrap_or(f64::NAN)).collect();
                build.add(order.iter().map(|i| cells.get(first(*i)).copied().unwrap_or(f64::NAN)));
            }
        }
        Some("binary") => {
            if width.checked_mul(points).is_none_or(|needed| needed > data.len()) {
                return Err(format!(
                    "the header declares {points} points of {width} bytes, found {} bytes",
                    data.len()
                ));
            }
            for point in data.chunks_exact(width.max(1)).take(points) {
                build.add(
                    order
                        .iter()
                        .map(|i| columns[*i].number(point.get(offset(*i)..).unwrap_or_default(), false)),
                );
            }
        }
        Some("binary_compressed") => {
            let length = |at: usize| {
                data.get(at..at + 4).and_then(|b| b.try_into().ok()).map(|b| u32::from_le_bytes(b) as usize)
            };
            let (Some(packed), Some(full)) = (length(0), length(4)) else {
                return Err("the compressed data is truncated".to_owned());
            };
            let packed = data.get(8..8 + packed).ok_or("the compressed data is truncated")?;
            let full = lzf(packed, full)?;
            if width.checked_mul(points).is_none_or(|needed| needed > full.len()) {
                return Err(format!(
                    "the header declares {points} points of {width} bytes, found {} bytes",
                    full.len()
                ));
            }
            // All x, then all y, and so on.
            for point in 0..points {
                build.add(order.iter().map(|i| {
                    let column = columns[*i];
                    let at = offset(*i) * points + point * column.size * column.count;
                    column.number(full.get(at..).unwrap_or_default(), false)
                }));
            }
        }
        other => return Err(format!("unknown DATA {other:?}")),
    }
    Ok(build.cloud)
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
fn lzf(packed: &[u8], length: usize) -> Result<Vec<u8>, String> {
    const BROKEN: &str = "the compressed data is damaged";
    // Maximum expansion of a byte.
    if length > packed.len().saturating_mul(264) {
        return Err(BROKEN.to_owned());
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
                out.push(next().ok_or(BROKEN)?);
            }
            continue;
        }
        let mut count = control >> 5;
        if count == 7 {
            count += usize::from(next().ok_or(BROKEN)?);
        }
        let back = (control & 31) << 8 | usize::from(next().ok_or(BROKEN)?);
        let from = out.len().checked_sub(back + 1).ok_or(BROKEN)?;
        for i in 0..count + 2 {
            let byte = *out.get(from + i).ok_or(BROKEN)?;
            out.push(byte);
        }
        if out.len() > length {
            return Err(BROKEN.to_owned());
        }
    }
    if out.len() == length { Ok(out) } else { Err(BROKEN.to_owned()) }
}

fn ply(bytes: &[u8]) -> Result<PointCloud, String> {
    let (lines, start) = header(bytes, |line| line == "end_header")?;
    let format = lines.iter().find_map(|line| line.strip_prefix("format ")).unwrap_or_default();
    let mut elements = lines.iter().filter_map(|line| line.strip_prefix("element "));
    let count = match elements.next().and_then(|first| first.split_once(' ')) {
        Some(("vertex", count)) => count
            .trim()
            .parse::<usize>()
            .map_err(|err| format!("the count of vertices is damaged ({err})"))?,
        _ => return Err("the first element of a PLY file must be its vertices".to_owned()),
    };
    let vertex = lines.iter().skip_while(|line| !line.starts_with("element vertex")).skip(1);
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for line in vertex.take_while(|line| line.starts_with("property") || line.starts_with("comment")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["property", kind, name] = words.as_slice() else { continue };
        let (size, kind) = match *kind {
            "float" | "float32" => (4, Kind::Float),
            "double" | "float64" => (8, Kind::Float),
            "char" | "int8" => (1, Kind::Signed),
            "uchar" | "uint8" => (1, Kind::Unsigned),
            "short" | "int16" => (2, Kind::Signed),
            "ushort" | "uint16" => (2, Kind::Unsigned),
            "int" | "int32" => (4, Kind::Signed),
            "uint" | "uint32" => (4, Kind::Unsigned),
            other => return Err(format!("unknown property type {other:?}")),
        };
        names.push((*name).to_owned());
        columns.push(Column { size, kind, count: 1 });
    }
    let order = order(&names)?;
    let data = bytes.get(start..).unwrap_or_default();
    let mut build = Build::new(order.iter().skip(3).map(|i| names[*i].clone()));
    if format.starts_with("ascii") {
        for line in String::from_utf8_lossy(data).lines().take(count) {
            let cells: Vec<f64> = line.split_whitespace().map(|w| w.parse().unwrap_or(f64::NAN)).collect();
            build.add(order.iter().map(|i| cells.get(*i).copied().unwrap_or(f64::NAN)));
        }
        return Ok(build.cloud);
    }
    let big_endian = format.starts_with("binary_big_endian");
    let width: usize = columns.iter().map(|column| column.size).sum();
    let offset = |i: usize| columns.iter().take(i).map(|c| c.size).sum::<usize>();
    if width.checked_mul(count).is_none_or(|needed| needed > data.len()) {
        return Err(format!(
            "the header declares {count} points of {width} bytes, found {} bytes",
            data.len()
        ));
    }
    for point in data.chunks_exact(width.max(1)).take(count) {
        build.add(
            order.iter().map(|i| columns[*i].number(point.get(offset(*i)..).unwrap_or_default(), big_endian)),
        );
    }
    Ok(build.cloud)
}

/// LAS: <https://www.asprs.org/divisions-committees/lidar-division/laser-las-file-format-exchange-activities>.
/// Surveys use large coordinates in meters; whole kilometers are subtracted, as floats have no millimeters there.
fn las(bytes: Vec<u8>) -> Result<PointCloud, String> {
    const AT_ONCE: u64 = 1 << 16;
    let length = bytes.len();
    // The high bit of the point format. A damaged file can send the only decoder into an endless loop.
    if bytes.get(104).is_some_and(|format| format & 0x80 != 0) {
        return Err(
            "compressed LAZ files are not supported, decompress it with: laszip -i INPUT.laz -o OUTPUT.las"
                .to_owned(),
        );
    }
    guarded(|| {
        let mut reader = las::Reader::new(std::io::Cursor::new(bytes)).map_err(|err| err.to_string())?;
        let points = reader.header().number_of_points();
        let size = u64::from(reader.header().point_format().len());
        if points.checked_mul(size).is_none_or(|needed| needed > length as u64) {
            return Err(format!(
                "the header declares {points} points of {size} bytes, the file has {length} bytes"
            ));
        }
        let corner = reader.header().bounds().min;
        let shift =
            [corner.x, corner.y, corner.z].map(|c| if c.abs() < 1e4 { 0.0 } else { (c / 1e3).floor() * 1e3 });
        let fields = ["intensity", "classification", "return_number"];
        let mut build = Build::new(fields.into_iter().map(str::to_owned));
        loop {
            let some = reader.read_points(AT_ONCE).map_err(|err| err.to_string())?;
            if some.is_empty() {
                return Ok(build.cloud);
            }
            let places = some.x().zip(some.y()).zip(some.z());
            let others = some.intensity().zip(some.classification()).zip(some.return_number());
            for (((x, y), z), ((intensity, class), number)) in places.zip(others) {
                let point = [x - shift[0], y - shift[1], z - shift[2]];
                let others = [f64::from(intensity), f64::from(class), f64::from(number)];
                build.add(point.into_iter().chain(others));
            }
        }
    })
}
