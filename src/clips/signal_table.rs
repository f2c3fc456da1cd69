//! Signals and texts in a table of text: one column of times, the others numbers or strings.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use crate::clips::{Clip, ClipError, ClipKind, has_extension, table};

/// Reads `.csv` and `.tsv` files.
pub static KIND: ClipKind = ClipKind {
    id: "csv",
    title: "Signals or texts in CSV",
    accepts: |path| has_extension(path, &["csv", "tsv"]),
    open,
};

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: &dyn Display| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() };
    table::read(path).map_err(|err| damaged(&err))?.into_clip(path, "csv", "CSV column", 100_000_000)
}
