//! Columns of a table as arguments name them.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::base::outputs::write_named;
use crate::base::sheet::Sheet;
use crate::cli::{BadArgument, print_json, say};
use crate::evaluation::columns::{self, ColumnError};

/// Reads a table and reports its warnings; the columns that are asked for may be named by numbers.
pub(super) fn table(path: &Path, wanted: &[&str]) -> anyhow::Result<Sheet> {
    let sheet = columns::read(path, wanted).with_context(|| format!("could not read {}", path.display()))?;
    for warning in &sheet.warnings {
        say(&format!("{}: {warning}", path.display()));
    }
    Ok(sheet)
}

/// The cells of a column.
pub(super) fn column<'a>(sheet: &'a Sheet, name: &str) -> Result<&'a [String], BadArgument> {
    columns::column(sheet, name).map_err(|err| BadArgument(err.to_string()))
}

/// The numbers of a column; a cell without one is an error that names its line.
pub(super) fn numbers(sheet: &Sheet, name: &str) -> anyhow::Result<Vec<f64>> {
    columns::numbers(sheet, name).map_err(of_columns)
}

/// The error of a column as one of the arguments, if it is theirs.
pub(super) fn of_columns(err: ColumnError) -> anyhow::Error {
    if err.is_of_the_question() {
        return BadArgument(err.to_string()).into();
    }
    if matches!(err, ColumnError::NoTruth { .. }) {
        return anyhow::anyhow!("{err}; name the positive value with --positive");
    }
    err.into()
}

/// A number from 0 to 1 of an argument.
pub(super) fn share(text: &str) -> Result<f64, BadArgument> {
    let value = text.trim().parse().ok().filter(|value: &f64| (0.0..=1.0).contains(value));
    value.ok_or_else(|| BadArgument(format!("{text:?} is no number from 0 to 1")))
}

/// Print a document, or write it to a file.
pub(super) fn put_json(place: &Path, document: &serde_json::Value) -> anyhow::Result<()> {
    if place == Path::new("-") {
        print_json(&format!("{document:#}"));
        return Ok(());
    }
    write_named(place, format!("{document:#}\n").as_bytes())
        .with_context(|| format!("could not write {}", place.display()))?;
    say(&format!("report: {}", place.display()));
    Ok(())
}

/// A limit: `NAME=VALUE`.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) most: f64,
}

impl std::str::FromStr for Limit {
    type Err = BadArgument;

    fn from_str(text: &str) -> Result<Self, BadArgument> {
        let parts = text.split_once('=').and_then(|(name, most)| Some((name, most.trim().parse().ok()?)));
        let (name, most) = parts
            .filter(|(_, most): &(&str, f64)| most.is_finite())
            .ok_or_else(|| BadArgument(format!("{text:?} is no limit, expected NAME=VALUE")))?;
        Ok(Self { name: name.trim().to_owned(), most })
    }
}

/// `--json`, alone or with a file.
#[derive(Debug, clap::Args)]
pub(super) struct JsonArg {
    /// Print JSON, or write it to FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub(super) json: Option<PathBuf>,
}
