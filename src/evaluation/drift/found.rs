//! Drift as it was found, for reports.

use serde::Serialize;

/// Drift of one column.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnDrift {
    /// Its name.
    pub name: String,
    /// Cells with a value in both samples.
    pub counts: [usize; 2],
    /// Cells without a value in both samples.
    pub missing: [usize; 2],
    /// Cells of a column of numbers that are none, in both samples.
    pub words: [usize; 2],
    /// Its statistics.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// P-value of its test; `None` where there is none.
    pub p_value: Option<f64>,
    /// The same, corrected for the number of tests (Holm, 1979).
    pub p_corrected: Option<f64>,
    /// P-value that as many cells have no value, or no number, in both samples; `None` where all have one.
    pub cells_p_value: Option<f64>,
    /// The same, corrected for the number of tests.
    pub cells_p_corrected: Option<f64>,
    /// True if one of the corrected p-values is below the level, or if one of the samples alone has values.
    pub drifts: bool,
}

impl ColumnDrift {
    /// True if one of the samples alone has values: nothing can be compared, and that is a change.
    pub fn vanished(&self) -> bool {
        matches!(self.statistics, Statistics::Empty) && self.counts.iter().any(|count| *count > 0)
    }

    /// True if something of the column was tested.
    pub fn tested(&self) -> bool {
        self.vanished() || self.p_value.is_some() || self.cells_p_value.is_some()
    }
}

/// Statistics of a column.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statistics {
    /// Of a number.
    Number {
        /// Largest distance of the distribution functions.
        kolmogorov_smirnov: f64,
        /// Population stability index over ten quantile bins.
        stability_index: f64,
        /// Area between the distribution functions, in the unit of the column.
        wasserstein: f64,
        /// Jensen-Shannon divergence in bits.
        jensen_shannon: f64,
        /// Means of both samples.
        means: [f64; 2],
        /// Difference of the means in standard deviations of the reference; `None` if that is zero.
        standardized: Option<f64>,
    },
    /// Of classes.
    Classes {
        /// Chi-square statistic.
        chi_square: Option<f64>,
        /// Half the sum of the differences of shares.
        total_variation: f64,
        /// Classes by the size of their difference: share in both, difference with its 95 % interval.
        largest: Vec<ClassDrift>,
    },
    /// One of the samples has no value, or no number where the other has numbers.
    Empty,
}

/// Drift of the share of a class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassDrift {
    /// The class.
    pub class: String,
    /// Counts in both samples.
    pub counts: [usize; 2],
    /// Second minus first share.
    pub difference: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
}

/// Drift of numbers taken together.
#[derive(Clone, Debug, Serialize)]
pub struct VectorDrift {
    /// The columns.
    pub columns: Vec<String>,
    /// Vectors of both samples that were compared.
    pub counts: [usize; 2],
    /// Squared maximum mean discrepancy, and the p-value by permutation.
    pub discrepancy: (f64, f64),
    /// Energy distance, and the p-value by permutation.
    pub energy: (f64, f64),
    /// Smallest p-value of the columns times their number.
    pub kolmogorov_smirnov_bonferroni: f64,
    /// Frechet distance of the Gaussians; `None` of very long vectors.
    pub frechet: Option<f64>,
    /// AUC of a classifier that tells the samples apart; 0.5 if it cannot.
    pub classifier_auc: Option<f64>,
    /// Rows of the other sample that the classifier is surest of, with their scores.
    pub surest: Vec<(usize, f64)>,
}

/// Drift of a table.
#[derive(Clone, Debug, Serialize)]
pub struct DriftReport {
    /// The columns, those that changed most first.
    pub columns: Vec<ColumnDrift>,
    /// The numbers together.
    pub vectors: Option<VectorDrift>,
    /// True if a column or the vectors drift.
    pub drifts: bool,
}
