//! Packed floats without a header, as `.bin`: x, y, z and intensity of KITTI, with the ring of nuScenes in `.pcd.bin`. Other
//! layouts are told apart where sizes and values leave no doubt; else a file `points.toml` beside them names the fields.

use std::fs;
use std::path::Path;

use super::build::{Build, Kind, Number, Read, order};
use super::error::PointError;

use crate::base::inputs::{self, InputKind};

/// File beside the scans that names their fields: `fields = ["x", "y", "z", "intensity"]`.
const BESIDE: &str = "points.toml";
const KITTI: [&str; 4] = ["x", "y", "z", "intensity"];
const NUSCENES: [&str; 5] = ["x", "y", "z", "intensity", "ring"];
/// Numbers per point that are considered.
const CANDIDATES: std::ops::RangeInclusive<usize> = 3..=8;

/// Names of the numbers of a point, and their type.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    names: Vec<String>,
    number: Number,
    /// True if a file named `.pcd.bin` has the layout of nuScenes all the same.
    by_name: bool,
}

impl Layout {
    fn floats(names: &[&str], by_name: bool) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Self { names, number: Number { size: 4, kind: Kind::Float }, by_name }
    }

    pub(super) fn kitti() -> Self {
        Self::floats(&KITTI, true)
    }

    /// The layout of one file.
    pub(super) fn of(&self, path: &Path) -> Self {
        if self.by_name && is_nuscenes(path) { Self::floats(&NUSCENES, false) } else { self.clone() }
    }

    fn step(&self) -> usize {
        self.number.size * self.names.len()
    }
}

fn is_nuscenes(path: &Path) -> bool {
    path.to_string_lossy().to_ascii_lowercase().ends_with(".pcd.bin")
}

/// The layout of the files of one recording: as named beside them, as the data set of their folder has it, or as the
/// files show.
pub(super) fn layout(files: &[&Path]) -> Result<Layout, PointError> {
    let Some(first) = files.first() else { return Ok(Layout::kitti()) };
    if let Some(named) = named_beside(first)? {
        return Ok(named);
    }
    let unnamed: Vec<&Path> = files.iter().copied().filter(|file| !is_nuscenes(file)).collect();
    let of_kitti = |file: &&Path| {
        let name = file.to_string_lossy().to_ascii_lowercase();
        name.contains("velodyne") || name.contains("kitti")
    };
    if unnamed.iter().all(of_kitti) {
        return Ok(Layout::kitti());
    }
    guessed(&unnamed)
}

fn named_beside(file: &Path) -> Result<Option<Layout>, PointError> {
    let path = file.with_file_name(BESIDE);
    let Ok(text) = inputs::read_text(&path, InputKind::Media) else { return Ok(None) };
    let wrong = |problem: &dyn std::fmt::Display| {
        PointError::layout(format!("{BESIDE} beside the scans cannot be used: {problem}"))
    };
    let table: toml::Table = text.parse().map_err(|err: toml::de::Error| wrong(&err.message()))?;
    let fields = table.get("fields").and_then(toml::Value::as_array);
    let names: Option<Vec<String>> =
        fields.and_then(|fields| fields.iter().map(|field| field.as_str().map(str::to_owned)).collect());
    let names = names.ok_or_else(|| wrong(&"it has no list of names called fields"))?;
    order(&names).map_err(|err| wrong(&err))?;
    let size = match table.get("type").and_then(toml::Value::as_str) {
        None | Some("float32") => 4,
        Some("float64") => 8,
        Some(other) => return Err(wrong(&format!("unknown type {other:?}, expected float32 or float64"))),
    };
    Ok(Some(Layout { names, number: Number { size, kind: Kind::Float }, by_name: false }))
}

/// Reads a file of this layout.
pub(super) fn read(bytes: &[u8], layout: &Layout) -> Result<Read, PointError> {
    check(bytes.len() as u64, layout)?;
    let order = order(&layout.names)?;
    let mut build = Build::new(order.iter().skip(3).filter_map(|i| layout.names.get(*i).cloned()));
    let size = layout.number.size;
    for point in bytes.chunks_exact(layout.step()) {
        build.add(order.iter().map(|i| layout.number.read(point.get(i * size..).unwrap_or_default(), false)));
    }
    Ok(Read { cloud: build.cloud, ..Read::default() })
}

/// Refuses a length that is no whole number of points.
pub(super) fn check(length: u64, layout: &Layout) -> Result<(), PointError> {
    let step = layout.step() as u64;
    if length.is_multiple_of(step) {
        return Ok(());
    }
    Err(PointError::layout(format!(
        "{length} bytes are not a whole number of points of {step} bytes ({}), {}",
        layout.names.join(" "),
        advice()
    )))
}

fn advice() -> String {
    format!(
        "name their fields in a file {BESIDE} beside them, like: fields = [\"x\", \"y\", \"z\", \"intensity\"]"
    )
}

/// Layout by sizes and values. Intensities and rings are never negative, positions are small: with another number of values
/// per point than the true one, positions get into the place of the intensity.
fn guessed(files: &[&Path]) -> Result<Layout, PointError> {
    /// Files whose values are looked at.
    const LOOKED_AT: usize = 5;
    /// Floats of each that are looked at: whole points for every candidate.
    const FLOATS: usize = 840 * 64;
    let lengths: Vec<u64> =
        files.iter().map(|file| fs::metadata(file).map_or(0, |about| about.len())).collect();
    let fits = |count: &usize| lengths.iter().all(|length| length.is_multiple_of(4 * *count as u64));
    let mut possible: Vec<usize> = CANDIDATES.filter(fits).collect();
    let (mut signed, mut rings) = (false, true);
    let stride = files.len().div_ceil(LOOKED_AT).max(1);
    for file in files.iter().step_by(stride) {
        let bytes = super::starts(file, 4 * FLOATS as u64)?;
        let (raw, _) = bytes.as_chunks::<4>();
        let floats: Vec<f32> = raw.iter().map(|raw| f32::from_le_bytes(*raw)).collect();
        possible.retain(|count| floats.chunks_exact(*count).all(is_point));
        rings &= floats.chunks_exact(5).all(|point| point[4].fract() == 0.0 && point[4] < 256.0);
        signed |= floats.iter().filter(|value| **value < 0.0).count() * 20 > floats.len();
    }
    // Three coordinates may be anything, but where they are negative they cannot pass for intensities.
    if signed && possible.len() > 1 {
        possible.retain(|count| *count > 3);
    }
    match possible.as_slice() {
        [4] => Ok(Layout::kitti()),
        [5] if rings => Ok(Layout::floats(&NUSCENES, true)),
        [5] => Ok(Layout::floats(&["x", "y", "z", "intensity", "field_5"], true)),
        [] => Err(PointError::layout(format!(
            "the numbers of this file are not known to be points, x y z intensity (KITTI) and x y z intensity ring \
             (nuScenes) do not fit: {}",
            advice()
        ))),
        [one] => Err(PointError::layout(format!(
            "points of {one} numbers whose meaning is not known: {}",
            advice()
        ))),
        several => {
            let several: Vec<String> = several.iter().map(usize::to_string).collect();
            Err(PointError::layout(format!(
                "the file may hold points of {} numbers each: {}",
                several.join(" or "),
                advice()
            )))
        }
    }
}

/// True if the values look like a position with an intensity and more.
fn is_point(values: &[f32]) -> bool {
    /// Reach of a sensor in meters, generously.
    const FAR: f32 = 1e4;
    let (position, others) = values.split_at(3.min(values.len()));
    position.iter().all(|value| value.is_nan() || value.abs() < FAR)
        && others.iter().all(|value| *value >= 0.0 && value.is_finite())
}
