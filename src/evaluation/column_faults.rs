//! Faults of the columns of a table: missing cells, one value, cells of another type, copies of a column, and columns that give the
//! label away.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::sheet::Sheet;
use crate::base::sheet::numbers::{is_missing, number};
use crate::base::text::counted;
use crate::metrics::fairness::subgroup::Ranking;

/// Share of numbers from which the other cells of a column are mistyped.
const MOSTLY: f64 = 0.9;
/// Different numbers from which a column is taken for one of numbers, not of classes.
const MANY: usize = 20;
/// Separation of the label from which a column gives it away.
pub const LEAKS: f64 = 0.99;
/// Share of cells without a value up to which their place says nothing.
const RARE: f64 = 0.01;
/// Lines that are listed of mistyped cells.
const LISTED: usize = 5;

/// A column and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnFaults {
    /// Its name.
    pub name: String,
    /// Cells without a value.
    pub missing: usize,
    /// Different values.
    pub distinct: usize,
    /// True if there is at most one value.
    pub constant: bool,
    /// Cells that are no numbers in a column of numbers.
    pub mistyped: usize,
    /// Lines of the first of them.
    pub mistyped_lines: Vec<usize>,
    /// An earlier column with the same cells.
    pub copy_of: Option<String>,
    /// Separation of the label by this column alone, 0 to 1; `None` without a label.
    pub separation: Option<f64>,
    /// True if it gives the label away.
    pub leaks: bool,
}

impl ColumnFaults {
    /// The faults in words; "" without any.
    pub fn told(&self) -> String {
        let mut words = Vec::new();
        if self.constant {
            words.push("one value".to_owned());
        }
        if self.missing > 0 {
            words.push(format!("{} missing", counted(self.missing, "cell")));
        }
        if self.mistyped > 0 {
            let lines: Vec<String> = self.mistyped_lines.iter().map(usize::to_string).collect();
            let are = if self.mistyped == 1 { "is no number" } else { "are no numbers" };
            words.push(format!("{} {are}, line {}", counted(self.mistyped, "cell"), lines.join(", ")));
        }
        words.extend(self.copy_of.as_ref().map(|name| format!("the same cells as {name}")));
        if self.leaks {
            let separation = self.separation.unwrap_or(1.0) * 100.0;
            words.push(format!("gives the label away ({separation:.1} % separated)"));
        }
        words.join("; ")
    }
}

/// Faults of every column, in the order of the table; `label` is the column of the label.
pub fn faults(sheet: &Sheet, label: Option<&str>) -> Vec<ColumnFaults> {
    let labels = label.and_then(|name| sheet.columns.iter().find(|column| column.name == name));
    let mut all: Vec<ColumnFaults> = Vec::with_capacity(sheet.columns.len());
    for (at, column) in sheet.columns.iter().enumerate() {
        let mut values: Vec<&str> =
            column.cells.iter().map(String::as_str).filter(|cell| !is_missing(cell)).collect();
        let present = values.len();
        let numbers = values.iter().filter(|cell| number(cell).is_some()).count();
        values.sort_unstable();
        values.dedup();
        let mostly = numbers < present && numbers as f64 >= MOSTLY * present as f64;
        let wrong = |(_, cell): &(usize, &String)| mostly && !is_missing(cell) && number(cell).is_none();
        let lines: Vec<usize> = column
            .cells
            .iter()
            .enumerate()
            .filter(wrong)
            .map(|(row, _)| sheet.lines.get(row).copied().unwrap_or(row + 1))
            .collect();
        let copy_of = sheet.columns[..at].iter().find(|other| other.cells == column.cells && present > 0);
        let other = labels.filter(|labels| labels.name != column.name);
        let separation = other.and_then(|labels| {
            let values = separation(&column.cells, &labels.cells);
            let gaps = missingness(&column.cells, &labels.cells);
            values.into_iter().chain(gaps).reduce(f64::max)
        });
        all.push(ColumnFaults {
            name: column.name.clone(),
            missing: column.cells.len() - present,
            distinct: values.len(),
            constant: values.len() <= 1,
            mistyped: lines.len(),
            mistyped_lines: lines.into_iter().take(LISTED).collect(),
            copy_of: copy_of.map(|column| column.name.clone()),
            leaks: separation.is_some_and(|separation| separation >= LEAKS),
            separation,
        });
    }
    all
}

/// Separation of the label by whether a cell has a value, as of a column that is filled in for one label only; `None` where
/// less than one cell of a hundred is missing, or has a value.
fn missingness(cells: &[String], labels: &[String]) -> Option<f64> {
    let missing = cells.iter().filter(|cell| is_missing(cell)).count();
    if missing.min(cells.len() - missing) as f64 <= RARE * cells.len() as f64 {
        return None;
    }
    let filled: Vec<String> =
        cells.iter().map(|cell| if is_missing(cell) { "no" } else { "yes" }.to_owned()).collect();
    // Words that are no missing values themselves.
    separation(&filled, labels)
}

/// Separation of the label by one column alone: of numbers the largest distance of an AUC of one class against the rest from
/// chance, of classes the gain of accuracy over the most frequent label. `None` with one label, or of columns like names that
/// hardly repeat.
fn separation(cells: &[String], labels: &[String]) -> Option<f64> {
    let rows: Vec<(&str, &str)> = cells
        .iter()
        .zip(labels)
        .filter(|(cell, label)| !is_missing(cell) && !is_missing(label))
        .map(|(cell, label)| (cell.as_str(), label.as_str()))
        .collect();
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, label) in &rows {
        *classes.entry(label).or_default() += 1;
    }
    if classes.len() < 2 {
        return None;
    }
    let mut by_value: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (cell, label) in &rows {
        *by_value.entry(cell).or_default().entry(label).or_default() += 1;
    }
    let numbers: Option<Vec<f64>> = rows.iter().map(|(cell, _)| number(cell)).collect();
    if let Some(numbers) = numbers.filter(|_| by_value.len() > MANY && classes.len() <= MANY) {
        let ranking = Ranking::new(&numbers);
        let of = |class: &&str| {
            let truth: Vec<bool> = rows.iter().map(|(_, label)| label == class).collect();
            ranking.overall(&truth).map(|auc| (auc - 0.5).abs() * 2.0)
        };
        return classes.keys().filter_map(of).reduce(f64::max);
    }
    if by_value.len() * 2 > rows.len() {
        return None;
    }
    let right: usize = by_value.values().filter_map(|labels| labels.values().max()).sum();
    let base = classes.values().max().copied().unwrap_or(0);
    Some((right - base) as f64 / (rows.len() - base) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sheet::Column;

    #[test]
    fn each_fault_is_found_and_good_columns_have_none() {
        let column = |name: &str, cell: &dyn Fn(usize) -> String| Column {
            name: name.to_owned(),
            unit: String::new(),
            cells: (0..100).map(cell).collect(),
        };
        let sheet = Sheet {
            columns: vec![
                column("label", &|at| ["yes", "no"][at % 2].to_owned()),
                column("fine", &|at| (at * 37 % 100).to_string()),
                column("constant", &|_| "7".to_owned()),
                column("copy", &|at| (at * 37 % 100).to_string()),
                column("gaps", &|at| if at == 3 { String::new() } else { (at * 31 % 17).to_string() }),
                column("typed", &|at| if at == 4 { "x".to_owned() } else { (at * 31 % 17).to_string() }),
                column("leak", &|at| (at % 2 * 1000 + at).to_string()),
                column("code", &|at| ["A", "B"][at % 2].to_owned()),
                column("filled", &|at| if at % 2 == 0 { String::new() } else { (at * 29 % 13).to_string() }),
                column("name", &|at| format!("n{at}")),
            ],
            lines: (2..102).collect(),
            ..Sheet::default()
        };
        let found: BTreeMap<String, String> =
            faults(&sheet, Some("label")).iter().map(|faults| (faults.name.clone(), faults.told())).collect();
        let check = |name: &str, wanted: &str| assert_eq!(found[name], wanted, "{name}");
        check("label", "");
        check("constant", "one value");
        check("copy", "the same cells as fine");
        check("gaps", "1 cell missing");
        check("typed", "1 cell is no number, line 6");
        check("filled", "50 cells missing; gives the label away (100.0 % separated)");
        check("leak", "gives the label away (100.0 % separated)");
        check("code", "gives the label away (100.0 % separated)");
        check("name", "");
        assert!(faults(&Sheet::default(), None).is_empty());
    }
}
