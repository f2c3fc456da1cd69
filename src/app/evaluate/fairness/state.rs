//! Fairness on screen: a table, the choice of its columns, and what follows.

use std::sync::Arc;

use crate::base::sheet::Sheet;
use crate::evaluation::columns::values;
use crate::evaluation::fairness::FairnessReport;
use crate::evaluation::fairness::choice::FairnessColumns;
use crate::metrics::fairness::thresholds::{Costs, Strategy, Thresholds};

/// Different values up to which a column is offered as groups or as classes.
pub const GROUPS: usize = 40;

/// A table with the values of its columns.
#[derive(Debug)]
pub struct FairnessSource {
    /// Name of the file, or of the evaluation.
    pub name: String,
    /// The table.
    pub sheet: Sheet,
    /// Different values of each column; none of a column with more than [`GROUPS`].
    pub values: Vec<Option<Vec<String>>>,
}

impl FairnessSource {
    pub(super) fn new(name: String, sheet: Sheet) -> Self {
        let values = sheet.columns.iter().map(|column| values(column, GROUPS)).collect();
        Self { name, sheet, values }
    }

    /// Names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.sheet.columns.iter().map(|column| column.name.as_str())
    }

    /// The different values of a column, if they are few.
    pub fn values_of(&self, name: &str) -> Option<&[String]> {
        let at = self.sheet.columns.iter().position(|column| column.name == name)?;
        self.values.get(at)?.as_deref()
    }
}

/// Columns and settings.
#[derive(Clone, Debug, PartialEq)]
pub struct FairnessChoice {
    /// The columns; a truth of no name is not chosen yet.
    pub columns: FairnessColumns,
    /// Rows that a group needs to take part in differences.
    pub min_support: usize,
    /// Costs of errors of the threshold explorer.
    pub costs: Costs,
    /// The strategy that is shown.
    pub strategy: Strategy,
}

impl Default for FairnessChoice {
    fn default() -> Self {
        Self {
            columns: FairnessColumns {
                truth: String::new(),
                prediction: None,
                score: None,
                threshold: 0.5,
                positive: None,
                groups: Vec::new(),
            },
            min_support: crate::metrics::fairness::MIN_SUPPORT,
            costs: Costs::default(),
            strategy: Strategy::Single,
        }
    }
}

impl FairnessChoice {
    /// The choice without its numbers.
    pub(super) fn named(&self) -> Self {
        let columns = FairnessColumns { threshold: 0.0, ..self.columns.clone() };
        Self { columns, min_support: 0, costs: Costs::default(), ..self.clone() }
    }

    /// True if rates can be computed.
    pub fn is_complete(&self) -> bool {
        let columns = &self.columns;
        !columns.truth.is_empty()
            && (columns.prediction.is_some() || columns.score.is_some())
            && !columns.groups.is_empty()
    }
}

/// Thresholds of an attribute.
#[derive(Debug)]
pub struct Explored {
    /// Names of the groups.
    pub groups: Vec<String>,
    /// Cost for each row by threshold: of each group, and of all rows as the last.
    pub costs: Vec<Vec<[f64; 2]>>,
    /// The strategies, in the order of [`Strategy::ALL`].
    pub strategies: Vec<Thresholds>,
}

/// Rates, gaps and thresholds of a choice.
#[derive(Debug)]
pub struct FairnessResult {
    /// The choice.
    pub choice: FairnessChoice,
    /// Rates and gaps.
    pub report: FairnessReport,
    /// Thresholds of each attribute; empty without scores.
    pub explored: Vec<Explored>,
    /// Remarks about the table.
    pub remarks: Vec<String>,
}

/// Fairness.
#[derive(Default)]
pub struct Fairness {
    /// The table.
    pub source: Option<Arc<FairnessSource>>,
    /// Columns and settings.
    pub choice: FairnessChoice,
    /// Result of the latest complete choice.
    pub result: Option<Arc<FairnessResult>>,
    /// Reason why nothing follows from it.
    pub problem: Option<String>,
    /// Position of the attribute that is shown.
    pub attribute: usize,
    pub(super) past: Vec<FairnessChoice>,
}

impl Fairness {
    /// True if there is a choice to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }
}
