//! Columns of a table that an evaluation of fairness is made of.

use crate::base::sheet::Sheet;
use crate::base::sheet::numbers::is_missing;
use crate::base::text::grouped;
use crate::evaluation::columns::{ColumnError, column, numbers, truths};
use crate::evaluation::fairness::FairnessTable;

/// Name of the group of rows without a value.
pub const NO_VALUE: &str = "(no value)";

/// Columns by name.
#[derive(Clone, Debug, PartialEq)]
pub struct FairnessColumns {
    /// The ground truth.
    pub truth: String,
    /// The predicted class.
    pub prediction: Option<String>,
    /// The score of the positive class, 0 to 1.
    pub score: Option<String>,
    /// Score from which a row is predicted to be positive, where there is no predicted class.
    pub threshold: f64,
    /// Value of the positive class; the usual words for yes if absent.
    pub positive: Option<String>,
    /// Groups of the rows.
    pub groups: Vec<String>,
}

/// Reason why columns make no table of predictions.
#[derive(Debug, thiserror::Error)]
pub enum FairnessError {
    /// A column cannot be used.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// Neither predictions nor scores are named.
    #[error("there is neither a column of predictions nor one of scores")]
    NoPrediction,
    /// A score is outside of its range.
    #[error("the score {score} is not between 0 and 1")]
    Score {
        /// The score.
        score: f64,
    },
    /// A column of groups is named twice.
    #[error("the groups name the column {column:?} twice")]
    Twice {
        /// The column.
        column: String,
    },
}

/// A table with remarks about how it was read.
#[derive(Clone, Debug)]
pub struct ReadTable {
    /// The table.
    pub table: FairnessTable,
    /// Remarks, each a sentence.
    pub remarks: Vec<String>,
}

impl FairnessColumns {
    /// The table of predictions; rows without a value are a group of their own, which is remarked.
    pub fn table(&self, sheet: &Sheet) -> Result<ReadTable, FairnessError> {
        let positive = self.positive.as_deref();
        let truth = truths(sheet, &self.truth, positive, None)?;
        let scores = self.score.as_deref().map(|name| numbers(sheet, name)).transpose()?.unwrap_or_default();
        if let Some(score) = scores.iter().find(|score| !(0.0..=1.0).contains(*score)) {
            return Err(FairnessError::Score { score: *score });
        }
        let predicted = match &self.prediction {
            Some(name) => truths(sheet, name, positive, Some(&self.truth))?,
            None if self.score.is_none() => return Err(FairnessError::NoPrediction),
            None => scores.iter().map(|score| *score >= self.threshold).collect(),
        };
        let (attributes, remarks) = self.groups(sheet)?;
        Ok(ReadTable { table: FairnessTable { truth, predicted, scores, attributes }, remarks })
    }

    #[expect(clippy::type_complexity, reason = "attributes as the table holds them")]
    fn groups(&self, sheet: &Sheet) -> Result<(Vec<(String, Vec<String>)>, Vec<String>), FairnessError> {
        let mut all: Vec<(String, Vec<String>)> = Vec::with_capacity(self.groups.len());
        let mut remarks = Vec::new();
        for name in &self.groups {
            if all.iter().any(|(own, _)| own == name) {
                return Err(FairnessError::Twice { column: name.clone() });
            }
            let mut cells = column(sheet, name)?.to_vec();
            let missing = cells.iter().filter(|cell| is_missing(cell)).count();
            if missing > 0 {
                let rows =
                    if missing == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(missing)) };
                remarks.push(format!("{rows} without a value in column {name:?} are a group of their own"));
            }
            for cell in cells.iter_mut().filter(|cell| is_missing(cell)) {
                NO_VALUE.clone_into(cell);
            }
            all.push((name.clone(), cells));
        }
        Ok((all, remarks))
    }
}
