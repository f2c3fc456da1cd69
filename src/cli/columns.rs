//! Columns of a table as arguments name them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::base::nearest::hint;
use crate::base::outputs::write_named;
use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::{self, Sheet};
use crate::cli::{BadArgument, print_json, say};

/// Reads a table and reports its warnings; the columns that are asked for may be named by numbers.
pub(super) fn table(path: &Path, wanted: &[&str]) -> anyhow::Result<Sheet> {
    let (sheet, _) =
        sheet::open_naming(path, wanted).with_context(|| format!("could not read {}", path.display()))?;
    for warning in &sheet.warnings {
        say(&format!("{}: {warning}", path.display()));
    }
    Ok(sheet)
}

/// The cells of a column.
pub(super) fn column<'a>(sheet: &'a Sheet, name: &str) -> Result<&'a [String], BadArgument> {
    let names = || sheet.columns.iter().map(|column| column.name.as_str());
    let found = sheet.columns.iter().find(|column| column.name == name);
    found.map(|column| column.cells.as_slice()).ok_or_else(|| {
        let list = names().collect::<Vec<_>>().join(", ");
        BadArgument(format!("there is no column {name:?}{}, the table has {list}", hint(name, names())))
    })
}

/// The numbers of a column; a cell without one is an error that names its line.
pub(super) fn numbers(sheet: &Sheet, name: &str) -> anyhow::Result<Vec<f64>> {
    let cells = column(sheet, name)?;
    let number = |(row, cell): (usize, &String)| {
        let value = cell.trim().parse().ok().filter(|value: &f64| value.is_finite());
        value.with_context(|| {
            let line = sheet.lines.get(row).copied().unwrap_or(row + 1);
            format!("line {line} has {cell:?} in column {name:?}, expected a number")
        })
    };
    cells.iter().enumerate().map(number).collect()
}

/// True for cells that are one of the usual words for yes, or the given value; the other words must be those for no. A given
/// value that no cell has is refused, unless all cells are values of the column `beside`.
pub(super) fn truths(
    sheet: &Sheet,
    name: &str,
    positive: Option<&str>,
    beside: Option<&str>,
) -> anyhow::Result<Vec<bool>> {
    let cells = column(sheet, name)?;
    if let Some(positive) = positive {
        let beside = beside.map(|name| column(sheet, name)).transpose()?;
        check_positive(name, cells, positive, beside)?;
    }
    let truth = |(row, cell): (usize, &String)| {
        let cell = cell.trim();
        let line = || sheet.lines.get(row).copied().unwrap_or(row + 1);
        if is_missing(cell) {
            anyhow::bail!("line {} has no value in column {name:?}", line());
        }
        match positive {
            Some(positive) => Ok(cell == positive),
            None => match cell.to_lowercase().as_str() {
                "1" | "1.0" | "true" | "yes" | "positive" => Ok(true),
                "0" | "0.0" | "false" | "no" | "negative" => Ok(false),
                _ => anyhow::bail!(
                    "line {} has {cell:?} in column {name:?}, expected 0 or 1; name the positive value with --positive",
                    line()
                ),
            },
        }
    };
    cells.iter().enumerate().map(truth).collect()
}

/// Values of a column that are named in a message at most.
const NAMED: usize = 8;

/// Refuses a positive value that does not occur: all rows would be negative.
fn check_positive(
    name: &str,
    cells: &[String],
    positive: &str,
    beside: Option<&[String]>,
) -> Result<(), BadArgument> {
    let values: BTreeSet<&str> =
        cells.iter().map(|cell| cell.trim()).filter(|cell| !is_missing(cell)).collect();
    let others: BTreeSet<&str> = beside.unwrap_or_default().iter().map(|cell| cell.trim()).collect();
    if values.contains(positive) || (beside.is_some() && values.is_subset(&others)) {
        return Ok(());
    }
    let same = values.iter().find(|value| value.eq_ignore_ascii_case(positive.trim()));
    let hint = match same {
        Some(same) => format!(", did you mean {same:?}?"),
        None => hint(positive, values.iter().copied()),
    };
    let more = if values.len() > NAMED { ", …" } else { "" };
    let list: Vec<String> = values.iter().take(NAMED).map(|value| format!("{value:?}")).collect();
    Err(BadArgument(format!(
        "no cell of column {name:?} is {positive:?}{hint}, it has {}{more}",
        list.join(", ")
    )))
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
