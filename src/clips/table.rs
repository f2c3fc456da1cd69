//! Tables of timestamps, numbers and strings, independent of the file format.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::settings::{Settings, name_beside};
use crate::base::sheet::{self, Sheet};
use crate::base::text::counted;
use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::cells::{Cells, TimeKind};
use crate::clips::error::ReadError;
use crate::clips::time_cells::Declared;
use crate::clips::time_column::Searched;
use crate::clips::{Clip, ClipError, has_extension};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::time::log::{LogLevel, LogLine};

/// The columns of a CSV, Parquet or Feather file with their names.
pub fn columns(path: &Path) -> Result<Vec<(String, Cells)>, ReadError> {
    if has_extension(path, &["parquet"]) {
        return super::parquet::columns(path).map(|found| found.columns);
    }
    if has_extension(path, &["feather", "arrow"]) {
        return super::arrow_tables::feather(path).map(|found| found.columns);
    }
    let (sheet, _) = sheet::open(path)?;
    Ok(sheet.columns.into_iter().map(|column| (column.name, Cells::Texts(column.cells))).collect())
}

/// Columns as they come from a file.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// The columns with their names; "" for one without.
    pub(super) columns: Vec<(String, Cells)>,
    /// Units by the names of columns.
    pub(super) units: BTreeMap<String, String>,
    /// Number of the line of each row, if the file has lines.
    pub(super) lines: Vec<usize>,
    /// Settings beside the file.
    pub(super) settings: Settings,
    /// The form in which the file was read, in words.
    pub(super) read_as: String,
    /// Guesses that may be wrong, and parts that could not be read.
    pub(super) warnings: Vec<String>,
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
    /// Units by the names of columns.
    units: BTreeMap<String, String>,
    /// The form in which the file was read, in words.
    read_as: String,
    /// Parts that could not be read.
    pub(super) warnings: Vec<String>,
}

const FILE_NAMES: &[&str] = &["file", "filename", "file_name", "image", "picture", "path", "frame", "center"];

/// Reads a table of text.
pub(super) fn read(path: &Path) -> Result<Table, ReadError> {
    let (Sheet { columns, lines, read_as, warnings }, settings) = sheet::open(path)?;
    let units = columns.iter().filter(|column| !column.unit.is_empty());
    let units = units.map(|column| (column.name.clone(), column.unit.clone())).collect();
    let columns = columns.into_iter().map(|column| (column.name, Cells::Texts(column.cells))).collect();
    Table::new(Source { columns, units, lines, settings, read_as, warnings }, path)
}

impl Table {
    /// Sorts columns into times, files, numbers and strings.
    pub(super) fn new(source: Source, path: &Path) -> Result<Self, ReadError> {
        let Source { columns, units, lines, settings, read_as, warnings } = source;
        let mut table = Self { units, read_as, warnings, ..Self::default() };
        let beside = name_beside(path);
        let declared = Declared { units: &table.units, settings: &settings, beside: &beside };
        let searched = Searched { columns: &columns, declared };
        let found = searched.find(&mut table.warnings)?;
        let used = found.as_ref().map(|found| found.columns.clone()).unwrap_or_default();
        let kept = found.map(|found| table.set_times(found.times, &found.said, &lines));
        let columns_there = columns.len() - used.len();
        let mut named: BTreeMap<usize, (String, Cells)> =
            columns.into_iter().enumerate().filter(|(at, _)| !used.contains(at)).collect();
        let names_files = |cells: &Cells| {
            if let Cells::Texts(cells) = cells {
                !cells.iter().all(|c| c.parse::<f64>().is_ok() || is_missing(c))
            } else {
                false
            }
        };
        let file_column = FILE_NAMES.iter().find_map(|wanted| {
            named.iter().find(|(_, (name, _))| name.eq_ignore_ascii_case(wanted)).map(|(at, _)| *at)
        });
        if let Some(at) = file_column.filter(|at| named.get(at).is_some_and(|c| names_files(&c.1)))
            && let Some((_, Cells::Texts(files))) = named.remove(&at)
        {
            table.files = Some(only(files, kept.as_deref()));
        }
        for (at, (name, cells)) in named {
            let name = if name.is_empty() { format!("column {}", at + 1) } else { name };
            table.add(name, cells, kept.as_deref(), &lines);
        }
        let shown = table.signals.len() + table.texts.len() + usize::from(table.files.is_some());
        if shown < columns_there {
            table.read_as =
                format!("{}, {} left out", table.read_as, counted(columns_there - shown, "empty column"));
        }
        if !table.read_as.is_empty() {
            table.read_as = format!("{}; to change that, write settings to {beside}", table.read_as);
        }
        Ok(table)
    }

    /// Takes the times of the rows that have one; gives the positions of these rows.
    fn set_times(&mut self, times: Vec<Option<Time>>, said: &str, lines: &[usize]) -> Vec<usize> {
        let kept: Vec<usize> =
            times.iter().enumerate().filter(|(_, time)| time.is_some()).map(|(at, _)| at).collect();
        let left_out = times.len() - kept.len();
        if let Some(first) = times.iter().position(Option::is_none) {
            self.warnings.push(format!(
                "{} {} no time and {} left out, the first is {}",
                counted(left_out, "row"),
                if left_out == 1 { "has" } else { "have" },
                if left_out == 1 { "is" } else { "are" },
                place(first, lines)
            ));
        }
        if !self.read_as.is_empty() {
            self.read_as += ", ";
        }
        self.read_as += said;
        self.times = Some(times.into_iter().flatten().collect());
        kept
    }

    /// Adds a column as a signal or as texts.
    fn add(&mut self, name: String, cells: Cells, kept: Option<&[usize]>, lines: &[usize]) {
        let texts = match cells {
            Cells::Texts(texts) => texts,
            Cells::Times(_, kind) => {
                let unit = if kind == TimeKind::Clock { "s" } else { "ns" };
                self.units.insert(name.clone(), unit.to_owned());
                self.signals.push((name, only(cells.numbers(), kept)));
                return;
            }
            Cells::Whole(_) | Cells::Numbers(_) | Cells::Decimals(..) => {
                self.signals.push((name, only(cells.numbers(), kept)));
                return;
            }
        };
        let number = |cell: &String| cell.parse::<f64>().ok().filter(|value| !value.is_nan());
        let is_word = |cell: &String| !is_missing(cell) && number(cell).is_none();
        let (mut numbers, mut words) = (0, 0);
        for cell in &texts {
            numbers += usize::from(number(cell).is_some());
            words += usize::from(is_word(cell));
        }
        let first_word = || {
            let at = texts.iter().position(is_word)?;
            Some(format!("{:?} in {}", texts.get(at)?, place(at, lines)))
        };
        let boolean = |cell: &String| match cell.to_ascii_lowercase().as_str() {
            "true" => 1.0,
            "false" => 0.0,
            _ => f64::NAN,
        };
        if numbers == 0 && words > 0 && texts.iter().all(|cell| is_missing(cell) || !boolean(cell).is_nan()) {
            let values = texts.iter().map(boolean).collect();
            self.signals.push((name, only(values, kept)));
        } else if numbers > 0 && numbers >= words {
            if let Some(first) = first_word() {
                self.warnings.push(format!(
                    "{} of column {name:?} {} no number and {} no value, the first is {first}",
                    counted(words, "cell"),
                    if words == 1 { "is" } else { "are" },
                    if words == 1 { "has" } else { "have" },
                ));
            }
            let values = texts.iter().map(|cell| number(cell).unwrap_or(f64::NAN)).collect();
            self.signals.push((name, only(values, kept)));
        } else if words > 0 {
            let begun =
                texts.iter().filter(|cell| is_word(cell) && cell.starts_with(|c: char| c.is_ascii_digit()));
            if let Some(first) = first_word().filter(|_| numbers > 0 || begun.count() * 2 >= words) {
                self.warnings.push(format!(
                    "the column {name:?} is read as text, {words} of its cells are not numbers, the first is {first}"
                ));
            }
            self.texts.push((name, only(texts, kept)));
        }
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
        if !self.read_as.is_empty() {
            clip.tell("read as", self.read_as);
        }
        let encoding = |name: &String| match self.units.get(name) {
            Some(unit) => format!("{encoding} in {unit}"),
            None => encoding.to_owned(),
        };
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
            clip.add_signal(&name, &encoding(&name), times, values);
        }
        for (name, cells) in self.texts {
            let line =
                |text: String| Sample::Log(LogLine { level: LogLevel::Info, source: String::new(), text });
            let mut lines: Vec<(Time, String)> = times.iter().copied().zip(cells).collect();
            lines.sort_by_key(|(time, _)| *time);
            let (times, lines) = lines.into_iter().map(|(time, text)| (time, line(text))).unzip();
            clip.add_samples(&name, ChannelKind::Log, &encoding(&name), times, lines);
        }
        Ok(Arc::new(clip))
    }
}

/// The cells in these rows, or all.
fn only<T>(cells: Vec<T>, kept: Option<&[usize]>) -> Vec<T> {
    let Some(kept) = kept.filter(|kept| kept.len() < cells.len()) else { return cells };
    let mut kept = kept.iter().copied().peekable();
    let here = |(at, cell): (usize, T)| kept.next_if_eq(&at).map(|_| cell);
    cells.into_iter().enumerate().filter_map(here).collect()
}

/// A row in words, by its line in the file if that is known.
fn place(row: usize, lines: &[usize]) -> String {
    lines.get(row).map_or_else(|| format!("row {}", row + 1), |line| format!("line {line}"))
}
