//! A folder of images, with or without a CSV of timestamps and signals.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::visible_in;
use crate::base::text::agreeing;
use crate::base::time::{Span, Time};
use crate::clips::assembled::{Assembled, natural, picture};
use crate::clips::table::{self, Table};
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::ChannelKind;

/// Reads folders of PNG, JPEG, BMP and WebP files, and single images.
pub static KIND: ClipKind = ClipKind { id: "image_folder", title: "Folder of images", accepts, open };

/// Assumed rate of images without timestamps.
const ASSUMED_RATE_HZ: f64 = 10.0;

fn is_picture(path: &Path) -> bool {
    path.extension().and_then(|ext| ext.to_str()).is_some_and(|ext| {
        ["png", "jpg", "jpeg", "jpe", "jfif", "mpo", "bmp", "webp"]
            .contains(&ext.to_ascii_lowercase().as_str())
    })
}

fn accepts(path: &Path) -> bool {
    path.is_dir() || is_picture(path)
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let (mut files, tables) = listed(path)?;
    if files.is_empty() {
        return Err(ClipError::Damaged {
            problem: "the folder holds no PNG, JPEG, BMP or WebP image".to_owned(),
            path: path.to_owned(),
        });
    }
    files.sort_by_cached_key(|file| natural(file));
    let mut warnings = Vec::new();
    let mut signals: Vec<(String, Vec<Time>, Vec<f64>)> = Vec::new();
    let mut times = times_from_names(&files);
    for table_path in tables {
        match table::read(&table_path) {
            Ok(table) => {
                warnings.extend(table.warnings.iter().cloned());
                if let Some(found) = times_from_table(&table, &files, &mut warnings) {
                    times = Some(found);
                }
                let row_times =
                    table.times.clone().or_else(|| times.clone()).unwrap_or_else(|| assumed(files.len()));
                for (name, values) in table.signals {
                    signals.push(paired(name, &row_times, &values));
                }
            }
            Err(err) => warnings.push(format!("the table was skipped ({err}): {}", table_path.display())),
        }
    }
    let times = times.unwrap_or_else(|| {
        if files.len() > 1 {
            warnings.push(format!("no timestamps, assuming {ASSUMED_RATE_HZ} Hz"));
        }
        assumed(files.len())
    });
    let mut taken: Vec<(Time, PathBuf)> = times.into_iter().zip(files).collect();
    taken.sort_by_key(|(time, _)| *time);
    let (times, files): (Vec<Time>, Vec<PathBuf>) = taken.into_iter().unzip();
    let mut clip = Assembled::new(path, "image_folder");
    for warning in warnings {
        clip.warn(warning);
    }
    clip.add_files("pictures", ChannelKind::Camera, "image files", times, files, picture);
    for (name, times, values) in signals {
        clip.add_signal(&name, "CSV column", times, values);
    }
    Ok(Arc::new(clip))
}

/// The images in a folder or in its subfolders, one level deep, and the CSV files beside them.
fn listed(path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), ClipError> {
    if path.is_file() {
        return Ok((vec![path.to_owned()], Vec::new()));
    }
    let io = |source| ClipError::Io { path: path.to_owned(), source };
    let (mut files, mut tables, mut folders) = (Vec::new(), Vec::new(), Vec::new());
    for file in visible_in(path).map_err(io)? {
        if file.is_dir() {
            folders.push(file);
        } else if is_picture(&file) {
            files.push(file);
        } else if file.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("csv")) {
            tables.push(file);
        }
    }
    if files.is_empty() {
        for folder in folders {
            files.extend(visible_in(&folder).map_err(io)?.into_iter().filter(|file| is_picture(file)));
        }
    }
    Ok((files, tables))
}

/// Times in file names: Unix nanoseconds or microseconds, as many recorders write them.
fn times_from_names(files: &[PathBuf]) -> Option<Vec<Time>> {
    files
        .iter()
        .map(|file| {
            let number: i64 = file.file_stem()?.to_str()?.parse().ok()?;
            match number {
                n if n >= 100_000_000_000_000_000 => Some(Time(n)),
                n if n >= 100_000_000_000_000 => Some(Time(n.saturating_mul(1000))),
                _ => None,
            }
        })
        .collect()
}

fn times_from_table(table: &Table, files: &[PathBuf], warnings: &mut Vec<String>) -> Option<Vec<Time>> {
    let times = table.times.as_ref()?;
    let Some(names) = &table.files else {
        return (times.len() == files.len()).then(|| times.clone());
    };
    let base = |text: &str| text.rsplit(['/', '\\']).next().unwrap_or(text).to_owned();
    let by_name: BTreeMap<String, Time> =
        names.iter().map(|name| base(name)).zip(times.iter().copied()).collect();
    let mut unnamed = 0;
    let mut last = times.first().copied().unwrap_or_default();
    let found = files
        .iter()
        .map(|file| {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if let Some(time) = by_name.get(&name) {
                last = *time;
            } else {
                unnamed += 1;
                last = last + Span(1_000_000);
            }
            last
        })
        .collect();
    if unnamed == files.len() {
        warnings.push("the table names none of the images, its times are not used for them".to_owned());
        return None;
    }
    if unnamed > 0 {
        warnings.push(agreeing(
            unnamed,
            "image has no row in the table and follows its neighbor by 1 ms",
            "images have no row in the table and follow their neighbor by 1 ms",
        ));
    }
    Some(found)
}

fn assumed(count: usize) -> Vec<Time> {
    (0..count).map(|i| Time::from_secs(i as f64 / ASSUMED_RATE_HZ)).collect()
}

/// A signal without its gaps, sorted by time.
fn paired(name: String, times: &[Time], values: &[f64]) -> (String, Vec<Time>, Vec<f64>) {
    let mut pairs: Vec<(Time, f64)> =
        times.iter().copied().zip(values.iter().copied()).filter(|(_, value)| value.is_finite()).collect();
    pairs.sort_by_key(|(time, _)| *time);
    let (times, values) = pairs.into_iter().unzip();
    (name, times, values)
}
