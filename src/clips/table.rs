//! Tables of timestamps, numbers and strings, independent of the file format.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::{Clip, ClipError, has_extension};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::time::log::{LogLevel, LogLine};

/// The cells of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Strings as written.
    Texts(Vec<String>),
    /// Whole numbers, which hold nanoseconds exactly.
    Whole(Vec<Option<i64>>),
    /// Numbers; NaN where empty.
    Numbers(Vec<f64>),
}

impl Cells {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Texts(cells) => cells.len(),
            Self::Whole(cells) => cells.len(),
            Self::Numbers(cells) => cells.len(),
        }
    }

    /// The number in a row, if any.
    pub fn number(&self, row: usize) -> Option<f64> {
        let number = match self {
            Self::Texts(cells) => cells.get(row)?.trim().parse().ok()?,
            Self::Whole(cells) => (*cells.get(row)?)? as f64,
            Self::Numbers(cells) => *cells.get(row)?,
        };
        number.is_finite().then_some(number)
    }

    /// The text of a row; "" if empty.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Texts(cells) => cells.get(row).cloned().unwrap_or_default(),
            Self::Whole(cells) => {
                cells.get(row).copied().flatten().map_or_else(String::new, |n| n.to_string())
            }
            Self::Numbers(cells) => {
                cells.get(row).filter(|n| n.is_finite()).map_or_else(String::new, f64::to_string)
            }
        }
    }
}

/// The columns of a CSV, Parquet or Feather file with their names. The error is a sentence without the path.
pub fn columns(path: &Path) -> Result<Vec<(String, Cells)>, String> {
    if has_extension(path, &["parquet"]) {
        return super::parquet::columns(path);
    }
    if has_extension(path, &["feather", "arrow"]) {
        return super::arrow_tables::feather(path);
    }
    let wrong = |err: csv::Error| format!("not a table ({err})");
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_path(path).map_err(wrong)?;
    let header = reader.headers().map_err(wrong)?;
    let names: Vec<String> =
        header.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        for (i, column) in columns.iter_mut().enumerate() {
            column.push(record.get(i).unwrap_or_default().to_owned());
        }
    }
    Ok(names.into_iter().zip(columns.into_iter().map(Cells::Texts)).collect())
}

/// Contents of a table, column by column.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Time of each row, if there is a time column.
    pub(super) times: Option<Vec<Time>>,
    /// File name of each row, if there is a file column.
    pub(super) files: Option<Vec<String>>,
    /// The columns of numbers with their names; NaN where a cell is empty or not a number.
    pub(super) signals: Vec<(String, Vec<f64>)>,
    /// The columns of strings.
    pub(super) texts: Vec<(String, Vec<String>)>,
    /// Parts that could not be read.
    pub(super) warnings: Vec<String>,
}

const TIME_NAMES: &[&str] =
    &["timestamp", "timestamps", "time", "t", "stamp", "secs", "seconds", "timestamp_ns", "time_ns"];
const FILE_NAMES: &[&str] = &["file", "filename", "file_name", "image", "picture", "path", "frame", "center"];

/// Reads a CSV with a header line.
pub(super) fn read(path: &Path) -> Result<Table, csv::Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_path(path)?;
    let names: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    let mut warnings = Vec::new();
    for (row, record) in reader.records().enumerate() {
        match record {
            Ok(record) => {
                for (i, column) in columns.iter_mut().enumerate() {
                    column.push(record.get(i).unwrap_or_default().to_owned());
                }
            }
            Err(err) => warnings.push(format!("row {} of {} was skipped: {err}", row + 2, path.display())),
        }
    }
    let columns = names.into_iter().zip(columns.into_iter().map(Cells::Texts)).collect();
    Ok(Table { warnings, ..Table::default() }.with_columns(columns, path))
}

impl Table {
    /// Sorts columns into times, files, numbers and strings.
    pub(super) fn with_columns(mut self, columns: Vec<(String, Cells)>, path: &Path) -> Self {
        let mut named: BTreeMap<usize, (String, Cells)> = columns.into_iter().enumerate().collect();
        let find = |named: &BTreeMap<usize, (String, Cells)>, wanted: &[&str]| {
            wanted.iter().find_map(|w| {
                named.iter().find(|(_, (name, _))| name.eq_ignore_ascii_case(w)).map(|(i, _)| *i)
            })
        };
        let names_files = |cells: &Cells| {
            if let Cells::Texts(cells) = cells {
                !cells.iter().all(|c| c.parse::<f64>().is_ok())
            } else {
                false
            }
        };
        if let Some(at) =
            find(&named, FILE_NAMES).filter(|at| named.get(at).is_some_and(|c| names_files(&c.1)))
            && let Some((_, Cells::Texts(files))) = named.remove(&at)
        {
            self.files = Some(files);
        }
        if let Some((_, cells)) = find(&named, TIME_NAMES).and_then(|at| named.remove(&at)) {
            self.times = times(&cells);
            if self.times.is_none() {
                self.warnings.push(format!(
                    "the time column of {} has cells that are not numbers, so it is not used",
                    path.display()
                ));
            }
        }
        for (name, cells) in named.into_values() {
            match cells {
                Cells::Numbers(values) => self.signals.push((name, values)),
                Cells::Whole(values) => {
                    let values = values.into_iter().map(|v| v.map_or(f64::NAN, |v| v as f64)).collect();
                    self.signals.push((name, values));
                }
                Cells::Texts(cells) => {
                    let values: Vec<f64> =
                        cells.iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
                    let numbers = values.iter().filter(|value| value.is_finite()).count();
                    let words = cells.iter().filter(|cell| !cell.is_empty()).count() - numbers;
                    if numbers > 0 && numbers >= words {
                        self.signals.push((name, values));
                    } else if words > 0 {
                        self.texts.push((name, cells));
                    }
                }
            }
        }
        self
    }

    /// The table as a recording: numbers are signals, strings are log lines. Rows without a time are `apart`
    /// nanoseconds apart.
    pub(super) fn into_clip(
        self,
        path: &Path,
        format: &'static str,
        encoding: &str,
        apart: i64,
    ) -> Result<Arc<dyn Clip>, ClipError> {
        let rows = self.signals.iter().map(|(_, values)| values.len());
        let rows = rows.chain(self.texts.iter().map(|(_, cells)| cells.len())).max().unwrap_or(0);
        if rows == 0 {
            return Err(ClipError::Damaged {
                problem: "the table has no row with a number or a text beside its time".to_owned(),
                path: path.to_owned(),
            });
        }
        let mut clip = Assembled::new(path, format);
        for warning in self.warnings {
            clip.warn(warning);
        }
        let times = self.times.unwrap_or_else(|| {
            // A collection of texts has no clock, and needs no warning.
            if !self.signals.is_empty() {
                let rate = 1_000_000_000 / apart.max(1);
                clip.warn(format!("no timestamps, assuming {rate} Hz"));
            }
            (0..rows as i64).map(|i| Time(i.saturating_mul(apart))).collect()
        });
        for (name, values) in self.signals {
            let mut samples: Vec<(Time, f64)> = times.iter().copied().zip(values).collect();
            samples.sort_by_key(|(time, _)| *time);
            let (times, values) = samples.into_iter().unzip();
            clip.add_signal(&name, encoding, times, values);
        }
        for (name, cells) in self.texts {
            let line =
                |text: String| Sample::Log(LogLine { level: LogLevel::Info, source: String::new(), text });
            let mut lines: Vec<(Time, String)> = times.iter().copied().zip(cells).collect();
            lines.sort_by_key(|(time, _)| *time);
            let (times, lines) = lines.into_iter().map(|(time, text)| (time, line(text))).unzip();
            clip.add_samples(&name, ChannelKind::Log, encoding, times, lines);
        }
        Ok(Arc::new(clip))
    }
}

/// Times in seconds, or in milli-, micro- or nanoseconds for larger numbers.
fn times(cells: &Cells) -> Option<Vec<Time>> {
    match cells {
        Cells::Texts(cells) => {
            let scale = nanos_per_unit(cells.iter().map(|cell| cell.parse().ok()))?;
            let time = |cell: &String| match cell.parse::<i64>() {
                Ok(whole) => Some(Time(whole.saturating_mul(scale))),
                Err(_) => cell.parse::<f64>().ok().map(|t| Time((t * scale as f64).round() as i64)),
            };
            cells.iter().map(time).collect()
        }
        Cells::Whole(cells) => {
            let scale = nanos_per_unit(cells.iter().map(|cell| cell.map(|t| t as f64)))?;
            cells.iter().map(|cell| cell.map(|t| Time(t.saturating_mul(scale)))).collect()
        }
        Cells::Numbers(cells) => {
            let scale = nanos_per_unit(cells.iter().copied().map(Some))? as f64;
            Some(cells.iter().map(|t| Time((t * scale).round() as i64)).collect())
        }
    }
}

fn nanos_per_unit(mut cells: impl Iterator<Item = Option<f64>>) -> Option<i64> {
    let largest = cells.try_fold(0.0_f64, |max, t| Some(max.max(t.filter(|t| t.is_finite())?.abs())))?;
    Some(match largest {
        t if t >= 1e17 => 1,
        t if t >= 1e14 => 1_000,
        t if t >= 1e11 => 1_000_000,
        _ => 1_000_000_000,
    })
}
