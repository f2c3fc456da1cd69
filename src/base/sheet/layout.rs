//! The separator of a table, and its lines with comments, names and units.

use crate::base::sheet::Column;
use crate::base::sheet::error::SheetError;
use crate::base::sheet::numbers::is_missing;
use crate::base::sheet::rows::{Row, Separator, rows};
use crate::base::sheet::settings::Settings;
use crate::base::sheet::units::{are_units, begins_with_time, is_value, unit_in};
use crate::base::text::counted;

/// Number of rows from which the form is found.
const SAMPLE: usize = 200;
const COMMENTS: [&str; 3] = ["#", "//", "%"];

/// A table in columns.
pub(super) struct Layout {
    pub(super) columns: Vec<Column>,
    pub(super) lines: Vec<usize>,
    /// The lines of names and units, and the number of those left out, in words.
    pub(super) said: String,
}

fn marks(settings: &Settings) -> Vec<&str> {
    match &settings.comment {
        Some(mark) if mark.is_empty() => Vec::new(),
        Some(mark) => vec![mark],
        None => COMMENTS.to_vec(),
    }
}

/// The separator with which most lines have the same number of cells, and the text without a line that names it.
pub(super) fn separator<'a>(text: &'a str, settings: &Settings) -> (Separator, &'a str) {
    // Spreadsheets write `sep=;` before everything else.
    let first = text.lines().next().unwrap_or_default().trim().trim_matches('"');
    if let Some(mark) = first.strip_prefix("sep=").and_then(|mark| mark.chars().next()) {
        return (Separator::Char(mark), text.split_once('\n').map_or("", |(_, rest)| rest));
    }
    let marks = marks(settings);
    let candidates = [
        Separator::Char('\t'),
        Separator::Char(';'),
        Separator::Char('|'),
        Separator::Char(','),
        Separator::Spaces,
    ];
    let mut best = (0.5 - 1e-6, Separator::None);
    for candidate in candidates {
        let sample = rows(text, candidate, SAMPLE, false);
        let sample: Vec<&Row> =
            sample.iter().filter(|row| !marks.iter().any(|mark| row.begins_with(mark))).collect();
        let width = usual(sample.iter().map(|row| row.cells.len()));
        if width < 2 {
            continue;
        }
        let equal = sample.iter().filter(|row| row.cells.len() == width).count();
        let share = equal as f64 / sample.len().max(1) as f64;
        if candidate == Separator::Spaces && share < 1.0 {
            continue;
        }
        // A column of decimal commas has a line of one name before it.
        let begin = sample.iter().position(|row| row.cells.len() == width).unwrap_or(0);
        let named =
            begin == 0 || sample.get(begin).is_none_or(|row| !row.cells.iter().all(|cell| is_value(cell)));
        if width == 2 && !named {
            continue;
        }
        if share > best.0 + 1e-9 {
            best = (share, candidate);
        }
    }
    (best.1, text)
}

/// The most frequent number; the largest of several.
fn usual(numbers: impl Iterator<Item = usize>) -> usize {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for number in numbers {
        *counts.entry(number).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(number, count)| (*count, *number)).map_or(0, |(number, _)| number)
}

/// Rows by their purpose.
#[derive(Default)]
struct Parts {
    /// Lines before the data: names, units, remarks.
    head: Vec<Row>,
    data: Vec<Row>,
    /// Number of comments.
    comments: usize,
    /// Comments before the data as rows of cells; the names may be among them.
    first_comments: Vec<Row>,
    /// Usual number of cells.
    width: usize,
}

impl Parts {
    /// True as long as no line can have the names.
    fn unnamed(&self) -> bool {
        self.head.is_empty() && !self.first_comments.iter().any(|row| row.filled() == self.width)
    }
}

/// Finds names, units and data among rows.
pub(super) fn layout(
    all: Vec<Row>,
    separator: Separator,
    settings: &Settings,
    beside: &str,
    warnings: &mut Vec<String>,
) -> Result<Layout, SheetError> {
    let mut parts = divided(all, separator, settings);
    let width = parts.width;
    if parts.head.iter().all(|row| row.filled() * 2 < width) && settings.header != Some(0) {
        // The names are in a comment.
        let named: Vec<Row> = parts.first_comments.into_iter().filter(|row| row.filled() == width).collect();
        parts.comments -= named.len();
        parts.head.extend(named);
    }
    let Parts { head, data, comments, .. } = parts;
    let names_at = names_row(&head, width, settings)?;
    let units_at = names_at.and_then(|names| {
        head.iter().enumerate().skip(names + 1).find(|(_, row)| are_units(row)).map(|(at, _)| at)
    });
    if names_at.is_none() && !data.is_empty() && settings.header != Some(0) {
        warnings.push(format!(
            "there is no line with names, columns are numbered; set header in {beside} to the number of that line"
        ));
    }
    // Names and units are understood; a line between them and the data may be data.
    let between = names_at.map_or(0, |names| {
        let after = head.iter().enumerate().skip(names + 1);
        after.filter(|(at, row)| Some(*at) != units_at && !are_units(row)).count()
    });
    if between > 0 {
        warnings.push(format!(
            "{} between the names and the data {} left out; if there is data in it, set header in {beside} to the number of the line \
             with names",
            counted(between, "line"),
            if between == 1 { "is" } else { "are" }
        ));
    }
    let left_out = head.len() - usize::from(names_at.is_some()) - usize::from(units_at.is_some()) + comments;
    let row = |at: Option<usize>| at.and_then(|at| head.get(at));
    let mut said = row(names_at)
        .map_or_else(|| "no line with names".to_owned(), |row| format!("names in line {}", row.line));
    if let Some(row) = row(units_at) {
        said.push_str(", units in line ");
        said.push_str(&row.line.to_string());
    }
    if left_out > 0 {
        said.push_str(", ");
        said.push_str(&counted(left_out, "line"));
        said.push_str(" before or between the data left out");
    }
    let cells = |at: Option<usize>| row(at).map(|row| row.cells.clone()).unwrap_or_default();
    let lines = data.iter().map(|row| row.line).collect();
    Ok(Layout { columns: columns(cells(names_at), &cells(units_at), data, warnings), lines, said })
}

/// Divides rows into those before the data, comments, and data.
fn divided(all: Vec<Row>, separator: Separator, settings: &Settings) -> Parts {
    let marks = marks(settings);
    let comment = |row: &Row| marks.iter().find(|mark| row.begins_with(mark)).copied();
    let plain: Vec<&Row> = all.iter().filter(|row| comment(row).is_none()).collect();
    let half = plain.get(plain.len() / 2..).unwrap_or_default();
    let tail = half.get(..half.len().min(SAMPLE)).unwrap_or_default();
    let width = usual(tail.iter().map(|row| row.cells.len()));
    let valued = valued(tail, width);
    let has_values = valued.contains(&true);
    let values_first = valued.first() == Some(&true);
    let is_data = |row: &Row| {
        let cells = row.cells.iter().zip(&valued).filter(|(cell, valued)| **valued && !is_missing(cell));
        let cells: Vec<bool> = cells.map(|(cell, _)| is_value(cell)).collect();
        let values = cells.iter().filter(|value| **value).count();
        values * 2 > cells.len() && row.cells.len() + 1 >= width
    };
    let mut parts = Parts { width, ..Parts::default() };
    for row in all {
        let begun = !parts.data.is_empty() || !has_values && !parts.head.is_empty();
        if let Some(mark) = comment(&row)
            && (!begun || values_first || row.cells.len() != width)
        {
            parts.comments += 1;
            if !begun {
                parts.first_comments.push(uncommented(row, mark, separator));
            }
            continue;
        }
        let before = match settings.header {
            Some(line) => row.line <= line,
            None => !has_values || !is_data(&row) || parts.unnamed() && counts_up(&row),
        };
        // Units may follow a line that settings name.
        let units = settings.header.is_some() && has_values && are_units(&row);
        if !begun && (before || units) {
            parts.head.push(row);
        } else {
            parts.data.push(row);
        }
    }
    parts
}

/// Columns of numbers or times, judged by rows far from the names.
fn valued(rows: &[&Row], width: usize) -> Vec<bool> {
    let is_valued = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at)).filter(|cell| !is_missing(cell));
        let (mut values, mut words) = (0, 0);
        for cell in cells {
            if is_value(cell) { values += 1 } else { words += 1 }
        }
        // Of a table of very few rows most may be names and units.
        let at_the_end = || rows.last().and_then(|row| row.cells.get(at)).is_some_and(|cell| is_value(cell));
        values > 0 && (values >= words || rows.len() <= 3 && at_the_end())
    };
    (0..width).map(is_valued).collect()
}

/// Column names of a table without names: ",0,1,2" or "0,1,2".
fn counts_up(row: &Row) -> bool {
    let cells = row.cells.as_slice();
    let from_empty = cells.first().is_some_and(String::is_empty);
    let numbers = if from_empty { cells.get(1..).unwrap_or_default() } else { cells };
    let least = if from_empty { 1 } else { 3 };
    numbers.len() >= least && numbers.iter().enumerate().all(|(at, cell)| *cell == at.to_string())
}

/// A comment as a row of cells.
fn uncommented(mut row: Row, mark: &str, separator: Separator) -> Row {
    if let Some(first) = row.cells.first_mut() {
        *first = first.trim_start_matches(mark).trim().trim_matches('"').to_owned();
        // The mark of `# time speed` is no cell.
        if first.is_empty() && separator == Separator::Spaces {
            row.cells.remove(0);
        }
    }
    row
}

/// The row with the names: the line of the settings, else the first whose cells are all filled and differ.
fn names_row(head: &[Row], width: usize, settings: &Settings) -> Result<Option<usize>, SheetError> {
    if let Some(line) = settings.header {
        if line == 0 {
            return Ok(None);
        }
        let at = head.iter().position(|row| row.line == line);
        return at.map(Some).ok_or(SheetError::NoNames { line });
    }
    let wide = |row: &Row| row.filled() * 2 >= width && (width < 2 || row.cells.len() > 1);
    let differing = |row: &Row| {
        let mut cells: Vec<&String> = row.cells.iter().filter(|cell| !cell.is_empty()).collect();
        let filled = cells.len();
        cells.sort();
        cells.dedup();
        let named = counts_up(row) || !row.cells.iter().any(|cell| is_value(cell));
        (cells.len() == filled && named && !are_units(row)).then_some(filled)
    };
    let whole = |row: &Row| differing(row).is_some_and(|filled| filled >= width);
    // The first column may have no name, or not even a cell.
    let nearly = |row: &Row| {
        let unnamed = row.cells.first().is_some_and(String::is_empty) || row.cells.len() + 1 == width;
        unnamed && differing(row).is_some_and(|filled| filled + 1 >= width)
    };
    let positions = |fits: &dyn Fn(&Row) -> bool| -> Vec<usize> {
        head.iter().enumerate().filter(|(_, row)| wide(row) && fits(row)).map(|(at, _)| at).collect()
    };
    // Units stand below names: of two lines of them the upper one has the names.
    let units_at = |at: usize| head.get(at).is_some_and(|row| wide(row) && are_units(row));
    if let Some(at) = (0..head.len()).find(|at| units_at(*at) && units_at(at + 1)) {
        return Ok(Some(at));
    }
    let wholes = positions(&whole);
    // Two cells may also be a remark with its value, which stand before the names.
    let first = if width == 2 { wholes.last() } else { wholes.first() };
    let first = first.copied().or_else(|| positions(&nearly).last().copied());
    let timed = || positions(&|row| are_units(row) && begins_with_time(row)).last().copied();
    Ok(first
        .or_else(timed)
        .or_else(|| positions(&|row| !are_units(row)).last().copied())
        .or_else(|| head.iter().position(wide)))
}

/// Rows to columns. Cells beyond the names are counted.
fn columns(
    mut names: Vec<String>,
    units: &[String],
    data: Vec<Row>,
    warnings: &mut Vec<String>,
) -> Vec<Column> {
    let usual_width = usual(data.iter().map(Row::filled));
    if names.is_empty() {
        names = vec![String::new(); usual(data.iter().map(|row| row.cells.len()))];
    }
    // Some programs do not name the first column at all.
    let one_more = data.iter().filter(|row| row.filled() == names.len() + 1).count();
    let shifted = names.len() > 1 && usual_width == names.len() + 1 && one_more * 10 >= data.len() * 9;
    if shifted {
        names.insert(0, String::new());
    }
    let unit =
        |at: usize| units.get(at).map(|unit| unit.trim_matches(['[', ']', '(', ')']).trim().to_owned());
    let mut columns: Vec<Column> = names
        .into_iter()
        .enumerate()
        .map(|(at, name)| {
            let unit = unit(at).filter(|unit| !is_missing(unit)).unwrap_or_else(|| unit_in(&name));
            Column { name: name.trim().to_owned(), unit, cells: Vec::with_capacity(data.len()) }
        })
        .collect();
    let (mut longer, mut shorter) = (0, 0);
    for row in data {
        longer += usize::from(row.filled() > columns.len());
        shorter += usize::from(row.cells.len() < columns.len());
        let mut cells = row.cells.into_iter();
        for column in &mut columns {
            column.cells.push(cells.next().unwrap_or_default());
        }
    }
    // A separator at the end of lines makes a column of nothing.
    columns.retain(|column| !column.name.is_empty() || column.cells.iter().any(|cell| !cell.is_empty()));
    let has = |count: usize| if count == 1 { "has" } else { "have" };
    if longer > 0 {
        warnings.push(format!(
            "{} {} more cells than there are names, these cells are left out",
            counted(longer, "row"),
            has(longer)
        ));
    }
    if shorter > 0 {
        warnings.push(format!(
            "{} {} fewer cells than there are names, the missing ones are empty",
            counted(shorter, "row"),
            has(shorter)
        ));
    }
    columns
}
