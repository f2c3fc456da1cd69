//! Columns of a table with a row for each prediction: words, numbers, and yes or no.

use std::collections::BTreeSet;
use std::path::Path;

use crate::base::nearest::hint;
use crate::base::sheet::error::SheetError;
use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::{self, Column, Sheet};
use crate::clips::error::ReadError;
use crate::clips::table;

/// Endings of the tables that can be read.
pub const ENDINGS: &[&str] = &["csv", "tsv", "txt", "parquet", "feather", "arrow"];
/// Those that are not text.
const BINARY: [&str; 3] = ["parquet", "feather", "arrow"];
/// Values of a column that are named in a message at most.
const NAMED: usize = 8;

/// Reason why a table or one of its columns cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// The text is no table.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The Parquet or Feather file is damaged.
    #[error(transparent)]
    Table(#[from] ReadError),
    /// There is no column of the name.
    #[error("there is no column {name:?}{hint}, the table has {known}")]
    NoColumn {
        /// The name.
        name: String,
        /// The nearest name.
        hint: String,
        /// The names that there are.
        known: String,
    },
    /// A cell is no number.
    #[error("line {line} has {cell:?} in column {column:?}, expected a number")]
    NoNumber {
        /// Number of the line.
        line: usize,
        /// The cell.
        cell: String,
        /// The column.
        column: String,
    },
    /// A cell is empty.
    #[error("line {line} has no value in column {column:?}")]
    NoValue {
        /// Number of the line.
        line: usize,
        /// The column.
        column: String,
    },
    /// A cell is no usual word for yes or no.
    #[error("line {line} has {cell:?} in column {column:?}, expected 0 or 1")]
    NoTruth {
        /// Number of the line.
        line: usize,
        /// The cell.
        cell: String,
        /// The column.
        column: String,
    },
    /// No cell has the positive value.
    #[error("no cell of column {column:?} is {positive:?}{hint}, it has {known}")]
    NoPositive {
        /// The column.
        column: String,
        /// The value.
        positive: String,
        /// The nearest value.
        hint: String,
        /// The values that there are.
        known: String,
    },
}

impl ColumnError {
    /// True if a name or a value was asked for that the table does not have.
    pub fn is_of_the_question(&self) -> bool {
        matches!(self, Self::NoColumn { .. } | Self::NoPositive { .. })
    }
}

/// Reads a table of text, Parquet or Feather; columns of a table without names may be asked for by numbers.
pub fn read(path: &Path, wanted: &[&str]) -> Result<Sheet, ColumnError> {
    let binary = |ext: &std::ffi::OsStr| BINARY.iter().any(|own| ext.eq_ignore_ascii_case(own));
    if !path.extension().is_some_and(binary) {
        return Ok(sheet::open_naming(path, wanted).map(|(sheet, _)| sheet)?);
    }
    let columns = table::columns(path)?;
    let rows = columns.iter().map(|(_, cells)| cells.rows()).max().unwrap_or(0);
    let columns = columns.into_iter().map(|(name, cells)| Column {
        name,
        unit: String::new(),
        cells: (0..rows).map(|row| cells.text(row)).collect(),
    });
    Ok(Sheet { columns: columns.collect(), lines: (1..=rows).collect(), ..Sheet::default() })
}

/// The cells of a column.
pub fn column<'a>(sheet: &'a Sheet, name: &str) -> Result<&'a [String], ColumnError> {
    let names = || sheet.columns.iter().map(|column| column.name.as_str());
    let found = sheet.columns.iter().find(|column| column.name == name);
    found.map(|column| column.cells.as_slice()).ok_or_else(|| ColumnError::NoColumn {
        name: name.to_owned(),
        hint: hint(name, names()),
        known: names().collect::<Vec<_>>().join(", "),
    })
}

/// Number of the line of a row.
fn line_of(sheet: &Sheet, row: usize) -> usize {
    sheet.lines.get(row).copied().unwrap_or(row + 1)
}

/// The numbers of a column; a cell without one is an error that names its line.
pub fn numbers(sheet: &Sheet, name: &str) -> Result<Vec<f64>, ColumnError> {
    let cells = column(sheet, name)?;
    let number = |(row, cell): (usize, &String)| {
        let value = cell.trim().parse().ok().filter(|value: &f64| value.is_finite());
        value.ok_or_else(|| ColumnError::NoNumber {
            line: line_of(sheet, row),
            cell: cell.clone(),
            column: name.to_owned(),
        })
    };
    cells.iter().enumerate().map(number).collect()
}

/// True for cells that are one of the usual words for yes, or the given value.
///
/// Without a given value the other words must be those for no. A given value that no cell has is refused, unless all cells are values of the column `beside`.
pub fn truths(
    sheet: &Sheet,
    name: &str,
    positive: Option<&str>,
    beside: Option<&str>,
) -> Result<Vec<bool>, ColumnError> {
    let cells = column(sheet, name)?;
    if let Some(positive) = positive {
        let beside = beside.map(|name| column(sheet, name)).transpose()?;
        check_positive(name, cells, positive, beside)?;
    }
    let truth = |(row, cell): (usize, &String)| {
        let (cell, line) = (cell.trim(), line_of(sheet, row));
        if is_missing(cell) {
            return Err(ColumnError::NoValue { line, column: name.to_owned() });
        }
        match positive {
            Some(positive) => Ok(cell == positive),
            None => match cell.to_lowercase().as_str() {
                "1" | "1.0" | "true" | "yes" | "positive" => Ok(true),
                "0" | "0.0" | "false" | "no" | "negative" => Ok(false),
                _ => Err(ColumnError::NoTruth { line, cell: cell.to_owned(), column: name.to_owned() }),
            },
        }
    };
    cells.iter().enumerate().map(truth).collect()
}

/// The different values of a column without the missing ones, sorted; `None` if there are more than `most`.
pub fn values(column: &Column, most: usize) -> Option<Vec<String>> {
    let mut all: BTreeSet<&str> = BTreeSet::new();
    for cell in column.cells.iter().map(|cell| cell.trim()).filter(|cell| !is_missing(cell)) {
        all.insert(cell);
        if all.len() > most {
            return None;
        }
    }
    Some(all.into_iter().map(str::to_owned).collect())
}

/// Refuses a positive value that does not occur: all rows would be negative.
fn check_positive(
    name: &str,
    cells: &[String],
    positive: &str,
    beside: Option<&[String]>,
) -> Result<(), ColumnError> {
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
    Err(ColumnError::NoPositive {
        column: name.to_owned(),
        positive: positive.to_owned(),
        hint,
        known: format!("{}{more}", list.join(", ")),
    })
}
