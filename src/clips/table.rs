//! A CSV of timestamps and signals beside a folder of pictures.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::time::Time;

/// The numbers of a CSV file, column by column.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Time of each row, when a column says so.
    pub(super) times: Option<Vec<Time>>,
    /// File name of each row, when a column says so.
    pub(super) files: Option<Vec<String>>,
    /// The other columns of numbers with their names; not-a-number where a cell is empty or no number.
    pub(super) signals: Vec<(String, Vec<f64>)>,
    /// What could not be read.
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
    let mut table = Table::default();
    for (row, record) in reader.records().enumerate() {
        match record {
            Ok(record) => {
                for (i, column) in columns.iter_mut().enumerate() {
                    column.push(record.get(i).unwrap_or_default().to_owned());
                }
            }
            Err(err) => {
                table.warnings.push(format!("row {} of {} was left out: {err}", row + 2, path.display()));
            }
        }
    }
    let mut named: BTreeMap<usize, String> = names.into_iter().enumerate().collect();
    let find = |named: &BTreeMap<usize, String>, wanted: &[&str]| {
        wanted
            .iter()
            .find_map(|w| named.iter().find(|(_, name)| name.eq_ignore_ascii_case(w)).map(|(i, _)| *i))
    };
    if let Some(at) =
        find(&named, FILE_NAMES).filter(|at| columns[*at].iter().any(|cell| cell.parse::<f64>().is_err()))
    {
        named.remove(&at);
        table.files = columns.get(at).cloned();
    }
    if let Some(at) = find(&named, TIME_NAMES) {
        named.remove(&at);
        table.times = columns.get(at).and_then(|cells| times(cells));
        if table.times.is_none() {
            table.warnings.push(format!(
                "the time column of {} has cells that are no numbers, so it is not used",
                path.display()
            ));
        }
    }
    for (at, name) in named {
        let values: Vec<f64> = columns[at].iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect();
        if values.iter().any(|value| value.is_finite()) {
            table.signals.push((name, values));
        }
    }
    Ok(table)
}

/// Times in seconds, or in milli-, micro- or nanoseconds when they are that large.
fn times(cells: &[String]) -> Option<Vec<Time>> {
    let largest = cells
        .iter()
        .map(|cell| cell.parse::<f64>().ok().filter(|t| t.is_finite()))
        .try_fold(0.0_f64, |max, t| Some(max.max(t?.abs())))?;
    let nanos_per_unit: i64 = match largest {
        t if t >= 1e17 => 1,
        t if t >= 1e14 => 1_000,
        t if t >= 1e11 => 1_000_000,
        _ => 1_000_000_000,
    };
    cells
        .iter()
        .map(|cell| match cell.parse::<i64>() {
            Ok(whole) => Some(Time(whole.saturating_mul(nanos_per_unit))),
            Err(_) => cell.parse::<f64>().ok().map(|t| Time((t * nanos_per_unit as f64).round() as i64)),
        })
        .collect()
}
