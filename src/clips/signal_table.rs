//! Signals and texts in a CSV file: one column of times, the others numbers or strings.

use std::path::Path;
use std::sync::Arc;

use crate::clips::{Clip, ClipError, ClipKind, has_extension, table};

/// Reads `.csv` files.
pub static KIND: ClipKind = ClipKind {
    id: "csv",
    title: "Signals or texts in CSV",
    accepts: |path| has_extension(path, &["csv"]),
    open,
};

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let table = table::read(path).map_err(|err| damaged(format!("the table cannot be read ({err})")))?;
    table.into_clip(path, "csv", "CSV column", 100_000_000)
}
