//! Drives of small and simulated cars for training steering models.
//!
//! Tubs of Donkeycar (a `manifest.json` with catalogs of JSON lines), recordings of Udacity's simulator
//! (`driving_log.csv` beside `IMG`) and Udacity's own drives (`interpolated.csv` beside a folder for each camera).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::base::time::Time;
use crate::clips::assembled::{Assembled, picture};
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::ChannelKind;

/// Reads tubs of Donkeycar and recordings of Udacity.
pub static KIND: ClipKind = ClipKind {
    id: "donkeycar",
    title: "Donkeycar or Udacity drive",
    accepts: |path| layout(path).is_some(),
    open,
};

/// Assumed rate of rows without timestamps.
const ASSUMED_RATE_HZ: i64 = 20;

#[derive(Clone, Copy)]
enum Layout {
    Tub,
    Simulator,
    Udacity,
}

fn layout(path: &Path) -> Option<Layout> {
    let has = |name: &str| path.join(name).is_file();
    if has("manifest.json") && catalogs(path).next().is_some() {
        Some(Layout::Tub)
    } else if has("driving_log.csv") {
        Some(Layout::Simulator)
    } else if has("interpolated.csv") {
        Some(Layout::Udacity)
    } else {
        None
    }
}

/// One moment of a drive: numbers by name, images by camera.
#[derive(Default)]
struct Row {
    time: Option<Time>,
    numbers: BTreeMap<String, f64>,
    pictures: BTreeMap<String, PathBuf>,
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let mut clip = Assembled::new(path, "donkeycar");
    let mut rows = match layout(path) {
        Some(Layout::Tub) => tub(path, &mut clip),
        Some(Layout::Simulator) => simulator(path, &mut clip),
        Some(Layout::Udacity) => udacity(path, &mut clip),
        None => Vec::new(),
    };
    if rows.is_empty() {
        return Err(damaged("the drive has no readable row".to_owned()));
    }
    if rows.iter().any(|row| row.time.is_none()) {
        clip.warn(format!("some rows have no timestamp, assuming {ASSUMED_RATE_HZ} Hz"));
        for (i, row) in rows.iter_mut().enumerate() {
            row.time = Some(Time(i as i64 * 1_000_000_000 / ASSUMED_RATE_HZ));
        }
    }
    rows.sort_by_key(|row| row.time);
    let mut cameras: BTreeMap<&str, (Vec<Time>, Vec<PathBuf>)> = BTreeMap::new();
    let mut signals: BTreeMap<&str, (Vec<Time>, Vec<f64>)> = BTreeMap::new();
    for row in &rows {
        let time = row.time.unwrap_or_default();
        for (name, file) in &row.pictures {
            let (times, files) = cameras.entry(name).or_default();
            times.push(time);
            files.push(file.clone());
        }
        for (name, value) in &row.numbers {
            let (times, values) = signals.entry(name).or_default();
            times.push(time);
            values.push(*value);
        }
    }
    for (name, (times, files)) in cameras {
        clip.add_files(name, ChannelKind::Camera, "image files", times, files, picture);
    }
    for (name, (times, values)) in signals {
        clip.add_signal(name, "column of the drive", times, values);
    }
    Ok(Arc::new(clip))
}

/// `catalog_0.catalog`, `catalog_1.catalog` and so on.
fn catalogs(path: &Path) -> impl Iterator<Item = PathBuf> {
    (0..).map(|i| path.join(format!("catalog_{i}.catalog"))).take_while(|file| file.is_file())
}

/// Donkeycar, version 2 of the format: one JSON object per line; images lie in `images`; the manifest lists the
/// indexes that the driver deleted.
fn tub(path: &Path, clip: &mut Assembled) -> Vec<Row> {
    let manifest = inputs::read_text(path.join("manifest.json"), InputKind::Media).unwrap_or_default();
    let deleted: Vec<i64> = manifest
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter_map(|value| value.get("deleted_indexes")?.as_array().cloned())
        .flatten()
        .filter_map(|index| index.as_i64())
        .collect();
    let (mut rows, mut damaged) = (Vec::new(), 0_usize);
    for file in catalogs(path) {
        let text = inputs::read(&file, InputKind::Media).unwrap_or_default();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            let Ok(Value::Object(entry)) = serde_json::from_slice(line) else {
                damaged += 1;
                continue;
            };
            let index = entry.get("_index").and_then(Value::as_i64);
            if index.is_some_and(|index| deleted.contains(&index)) {
                continue;
            }
            let millis = entry.get("_timestamp_ms").and_then(Value::as_f64);
            let mut row = Row {
                time: millis.map(|t| Time(((t * 1e3).round() as i64).saturating_mul(1000))),
                ..Row::default()
            };
            for (name, value) in &entry {
                if name.starts_with('_') {
                    continue;
                }
                match value {
                    Value::Number(number) => {
                        row.numbers.insert(name.clone(), number.as_f64().unwrap_or(f64::NAN));
                    }
                    Value::Bool(value) => {
                        row.numbers.insert(name.clone(), f64::from(u8::from(*value)));
                    }
                    Value::String(text) if name.contains("image") => {
                        let camera = name.strip_suffix("/image_array").unwrap_or(name);
                        row.pictures.insert(camera.to_owned(), path.join("images").join(text));
                    }
                    Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => {}
                }
            }
            rows.push(row);
        }
    }
    if damaged > 0 {
        clip.warn(agreeing(
            damaged,
            "line of the catalogs is damaged and was skipped",
            "lines of the catalogs are damaged and were skipped",
        ));
    }
    rows
}

/// Udacity's simulator: no header, three image paths of the recorder's machine, then four
/// numbers. The names of the images hold their times.
fn simulator(path: &Path, clip: &mut Assembled) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new();
    reader.has_headers(false).trim(csv::Trim::All).flexible(true);
    let Ok(mut reader) = reader.from_path(path.join("driving_log.csv")) else { return Vec::new() };
    let (mut rows, mut damaged) = (Vec::new(), 0_usize);
    for record in reader.records() {
        let Ok(record) = record else {
            damaged += 1;
            continue;
        };
        if record.get(0) == Some("center") {
            continue;
        }
        let mut row = Row::default();
        for (camera, cell) in ["center", "left", "right"].into_iter().zip(record.iter()) {
            let name = cell.rsplit(['/', '\\']).next().unwrap_or(cell);
            let file = path.join("IMG").join(name);
            row.time = row.time.or_else(|| named_time(name));
            if !name.is_empty() && file.is_file() {
                row.pictures.insert(camera.to_owned(), file);
            }
        }
        for (name, cell) in ["steering", "throttle", "brake", "speed"].into_iter().zip(record.iter().skip(3))
        {
            row.numbers.insert(name.to_owned(), cell.parse().unwrap_or(f64::NAN));
        }
        rows.push(row);
    }
    if damaged > 0 {
        clip.warn(format!("{damaged} rows of driving_log.csv are damaged and were skipped"));
    }
    rows
}

/// `center_2016_12_01_13_30_48_287.jpg`, as UTC.
fn named_time(name: &str) -> Option<Time> {
    let stem = name.split('.').next()?;
    let parts: Vec<i64> = stem.split('_').skip(1).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second, millis] = parts.as_slice() else { return None };
    let on_a_clock = [(hour, 24), (minute, 60), (second, 61), (millis, 1000)];
    if on_a_clock.iter().any(|(value, limit)| !(0..*limit).contains(*value)) {
        return None;
    }
    let days = crate::base::time::days_since_1970(*year, *month, *day)?;
    let secs = days * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Time(secs.checked_mul(1_000_000_000)?.checked_add(millis * 1_000_000)?))
}

/// Udacity's drives: a row for each image of each camera, with its file, its time and the state of the car.
fn udacity(path: &Path, clip: &mut Assembled) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.trim(csv::Trim::All).flexible(true).from_path(path.join("interpolated.csv"));
    let Ok(mut reader) = reader else { return Vec::new() };
    let names: Vec<String> =
        reader.headers().map(|names| names.iter().map(str::to_owned).collect()).unwrap_or_default();
    let (mut rows, mut missing) = (Vec::new(), 0_usize);
    for record in reader.records().filter_map(Result::ok) {
        let cell = |wanted: &str| names.iter().position(|name| name == wanted).and_then(|i| record.get(i));
        let time = cell("timestamp").and_then(|text| text.parse().ok()).map(Time);
        let mut row = Row { time, ..Row::default() };
        if let Some(file) = cell("filename").filter(|name| !name.is_empty()) {
            let camera = cell("frame_id").unwrap_or("camera").trim_end_matches("_camera").to_owned();
            let file = path.join(file);
            if file.is_file() {
                row.pictures.insert(camera, file);
            } else {
                missing += 1;
            }
        }
        for (name, cell) in names.iter().zip(record.iter()) {
            let about_the_file = ["index", "timestamp", "width", "height", "frame_id", "filename"];
            if let (false, Ok(value)) = (about_the_file.contains(&name.as_str()), cell.parse()) {
                row.numbers.insert(name.clone(), value);
            }
        }
        rows.push(row);
    }
    if missing > 0 {
        clip.warn(agreeing(
            missing,
            "image named in interpolated.csv is missing",
            "images named in interpolated.csv are missing",
        ));
    }
    rows
}
