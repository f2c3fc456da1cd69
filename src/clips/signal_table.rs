//! Signals in a CSV file: one column of times, the others numbers.

use std::path::Path;
use std::sync::Arc;

use crate::base::time::Time;
use crate::clips::assembled::Assembled;
use crate::clips::{Clip, ClipError, ClipKind, table};

/// Reads `.csv` files.
pub static KIND: ClipKind = ClipKind { id: "csv", title: "Signals in CSV", accepts, open };

/// Rows in a second where no column says when they were written.
const ASSUMED_RATE_HZ: i64 = 10;

fn accepts(path: &Path) -> bool {
    path.is_file() && path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("csv"))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let table = table::read(path).map_err(|err| damaged(format!("the table cannot be read ({err})")))?;
    let rows = table.signals.first().map_or(0, |(_, values)| values.len());
    if rows == 0 {
        return Err(damaged("the table has no column of numbers beside a time".to_owned()));
    }
    let mut clip = Assembled::new(path, "csv");
    table.warnings.iter().for_each(|warning| clip.warn(warning.clone()));
    let times = table.times.unwrap_or_else(|| {
        clip.warn(format!(
            "no column says when the rows were written, {ASSUMED_RATE_HZ} a second are assumed"
        ));
        (0..rows as i64).map(|i| Time(i * 1_000_000_000 / ASSUMED_RATE_HZ)).collect()
    });
    for (name, values) in table.signals {
        let mut samples: Vec<(Time, f64)> = times.iter().copied().zip(values).collect();
        samples.sort_by_key(|(time, _)| *time);
        let (times, values) = samples.into_iter().unzip();
        clip.add_signal(&name, "CSV column", times, values);
    }
    Ok(Arc::new(clip))
}
