//! Fairness of a table of predictions: groups by columns and by their intersections, with intervals and support.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::stats::benjamini_hochberg;
use crate::metrics::fairness::bootstrap::{Intervals, intervals};
use crate::metrics::fairness::subgroup::{POWER, Ranking, SubgroupAuc, power_mean};
use crate::metrics::fairness::tests_of_gaps::p_value;
use crate::metrics::fairness::{
    Counts, Gap, Measure, Parity, Rows, calibration, gap_of, parity, worst_group,
};

pub mod choice;
pub mod page;
pub mod samples;

/// Bins of the calibration error.
const BINS: usize = 15;

/// Predictions of a binary classification with attributes of each row. All columns have the same length.
#[derive(Clone, Debug, Default)]
pub struct FairnessTable {
    /// True for positives.
    pub truth: Vec<bool>,
    /// True for rows that are predicted to be positive.
    pub predicted: Vec<bool>,
    /// Score of the positive class, 0 to 1; empty if there is none.
    pub scores: Vec<f64>,
    /// Names of attributes with the value of each row.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Choices of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FairnessOptions {
    /// Rows that a group needs to take part in differences and ranks.
    pub min_support: usize,
    /// Draws of the bootstrap; none if 0.
    pub bootstrap: usize,
    /// Seed of the draws.
    pub seed: u64,
}

/// A value with its intervals.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Interval {
    /// The rate; `None` of no rows.
    pub value: Option<f64>,
    /// Lower end of the Wilson interval.
    pub low: f64,
    /// Upper end of the Wilson interval.
    pub high: f64,
    /// The percentile interval of the bootstrap.
    pub bootstrap: Option<(f64, f64)>,
}

/// One group.
#[derive(Clone, Debug, Serialize)]
pub struct GroupReport {
    /// Its value, those of an intersection joined by ` × `.
    pub name: String,
    /// Its rows.
    pub support: usize,
    /// True if it has too few rows to take part in differences and ranks.
    pub small: bool,
    /// Its rows by truth and prediction.
    pub counts: Counts,
    /// Its rates.
    pub rates: BTreeMap<&'static str, Interval>,
    /// Mean score and calibration error, if there are scores.
    pub mean_score: Option<f64>,
    /// Mean distance of score and share of positives over 15 bins.
    pub calibration_error: Option<f64>,
    /// AUCs, if there are scores.
    pub auc: Option<SubgroupAuc>,
    /// P-values of each rate against the rest of the rows, adjusted by Benjamini and Hochberg over all groups and rates.
    pub p_values: BTreeMap<&'static str, f64>,
}

/// Difference and ratio of a measure with their bootstrap intervals.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GapReport {
    /// The gap.
    #[serde(flatten)]
    pub gap: Gap,
    /// Interval of the difference between groups.
    pub difference_interval: Option<(f64, f64)>,
    /// Interval of the ratio between groups.
    pub ratio_interval: Option<(f64, f64)>,
}

/// Groups of one attribute or of an intersection.
#[derive(Clone, Debug, Serialize)]
pub struct AttributeReport {
    /// Name of the attribute; of an intersection joined by ` × `.
    pub name: String,
    /// Its groups by name.
    pub groups: Vec<GroupReport>,
    /// Gaps by measure.
    pub gaps: BTreeMap<&'static str, GapReport>,
    /// Gaps in the terms of the literature.
    pub parity: Parity,
    /// Name and value of the worst group by measure.
    pub worst: BTreeMap<&'static str, (String, f64)>,
}

/// Summary of the subgroup AUCs as in the competition of Jigsaw.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AucSummary {
    /// AUC of all rows.
    pub overall: f64,
    /// Power mean of the subgroup AUCs.
    pub subgroup: f64,
    /// Power mean of the AUCs of background positives and subgroup negatives.
    pub bpsn: f64,
    /// Power mean of the AUCs of background negatives and subgroup positives.
    pub bnsp: f64,
    /// A quarter of each.
    pub combined: f64,
}

/// Fairness of a table.
#[derive(Clone, Debug, Serialize)]
pub struct FairnessReport {
    /// Number of rows.
    pub rows: usize,
    /// Rates of all rows.
    pub overall: BTreeMap<&'static str, Interval>,
    /// Each attribute, and the intersection of all if there are several.
    pub attributes: Vec<AttributeReport>,
    /// Subgroup AUCs of all attributes together, if there are scores.
    pub auc: Option<AucSummary>,
}

/// Evaluates each attribute by itself, and the intersection of all if there are several.
pub fn evaluate(table: &FairnessTable, options: FairnessOptions) -> FairnessReport {
    let ranking = (!table.scores.is_empty()).then(|| Ranking::new(&table.scores));
    let single = table.attributes.iter().map(|(name, values)| (name.clone(), values.clone()));
    let crossed = (table.attributes.len() > 1).then(|| crossed(table));
    let attributes: Vec<AttributeReport> = single
        .chain(crossed)
        .map(|(name, values)| attribute(table, name, &values, ranking.as_ref(), options))
        .collect();
    let whole = Counts::sum(&rows_of(table, &vec![String::new(); table.truth.len()]).counts());
    let auc = ranking.and_then(|ranking| {
        let overall = ranking.overall(&table.truth)?;
        summary(overall, attributes.get(..table.attributes.len())?)
    });
    FairnessReport { rows: table.truth.len(), overall: rates(&whole, &[], 0), attributes, auc }
}

/// The intersection of all attributes: its name, and its value in each row.
pub fn crossed(table: &FairnessTable) -> (String, Vec<String>) {
    let names: Vec<&str> = table.attributes.iter().map(|(name, _)| name.as_str()).collect();
    let value = |row: usize| {
        let of = table.attributes.iter().filter_map(|(_, values)| values.get(row)).map(String::as_str);
        of.collect::<Vec<&str>>().join(" × ")
    };
    (names.join(" × "), (0..table.truth.len()).map(value).collect())
}

/// The rows of a table with the values of an attribute, or of the intersection of all, as their groups.
pub fn rows_of(table: &FairnessTable, values: &[String]) -> Rows {
    let mut names: Vec<String> = values.to_vec();
    names.sort();
    names.dedup();
    let index = |value: &String| names.binary_search(value).unwrap_or(0) as u32;
    Rows {
        groups: values.iter().map(index).collect(),
        truth: table.truth.clone(),
        predicted: table.predicted.clone(),
        scores: table.scores.clone(),
        names,
    }
}

fn rates(counts: &Counts, intervals: &[Intervals], group: usize) -> BTreeMap<&'static str, Interval> {
    let of = |(at, measure): (usize, Measure)| {
        let rate = measure.rate(counts);
        let bootstrap = intervals.get(at).and_then(|all| all.groups.get(group).copied().flatten());
        (measure.id(), Interval { value: measure.value(counts), low: rate.low, high: rate.high, bootstrap })
    };
    Measure::ALL.into_iter().enumerate().map(of).collect()
}

fn attribute(
    table: &FairnessTable,
    name: String,
    values: &[String],
    ranking: Option<&Ranking>,
    options: FairnessOptions,
) -> AttributeReport {
    let rows = rows_of(table, values);
    let counts = rows.counts();
    let drawn = if options.bootstrap > 0 {
        intervals(&counts, options.min_support, options.bootstrap, options.seed)
    } else {
        Vec::new()
    };
    let adjusted = adjusted_p_values(&counts, options.min_support);
    let group = |(at, own): (usize, &Counts)| {
        let calibration = (!rows.scores.is_empty()).then(|| calibration(&rows, at, BINS)).flatten();
        GroupReport {
            name: rows.names[at].clone(),
            support: own.total(),
            small: own.total() < options.min_support,
            counts: *own,
            rates: rates(own, &drawn, at),
            mean_score: calibration.map(|(_, mean)| mean),
            calibration_error: calibration.map(|(error, _)| error),
            auc: ranking.map(|ranking| ranking.subgroup(&rows.truth, |row| rows.groups[row] as usize == at)),
            p_values: adjusted.get(at).cloned().unwrap_or_default(),
        }
    };
    let groups: Vec<GroupReport> = counts.iter().enumerate().map(group).collect();
    let gap = |(at, measure): (usize, Measure)| {
        let gap = gap_of(measure, &counts, options.min_support)?;
        let drawn = drawn.get(at);
        let difference_interval = drawn.and_then(|drawn| drawn.difference);
        Some((
            measure.id(),
            GapReport { gap, difference_interval, ratio_interval: drawn.and_then(|drawn| drawn.ratio) },
        ))
    };
    let worst = |measure: Measure| {
        let (at, value) = worst_group(measure, &counts, options.min_support)?;
        Some((measure.id(), (rows.names[at].clone(), value)))
    };
    AttributeReport {
        name,
        groups,
        gaps: Measure::ALL.into_iter().enumerate().filter_map(gap).collect(),
        parity: parity(&counts, options.min_support),
        worst: Measure::ALL.into_iter().filter_map(worst).collect(),
    }
}

/// P-values of every group with enough support and every rate, adjusted together.
fn adjusted_p_values(counts: &[Counts], min_support: usize) -> Vec<BTreeMap<&'static str, f64>> {
    let all = Counts::sum(counts);
    let mut known = Vec::new();
    for (at, own) in counts.iter().enumerate().filter(|(_, own)| own.total() >= min_support) {
        let rest = Counts {
            true_negative: all.true_negative - own.true_negative,
            false_positive: all.false_positive - own.false_positive,
            false_negative: all.false_negative - own.false_negative,
            true_positive: all.true_positive - own.true_positive,
        };
        known.extend(
            Measure::ALL.into_iter().filter_map(|measure| Some((at, measure, p_value(measure, own, &rest)?))),
        );
    }
    let plain: Vec<f64> = known.iter().map(|(_, _, p)| *p).collect();
    let mut adjusted = vec![BTreeMap::new(); counts.len()];
    for ((at, measure, _), p) in known.iter().zip(benjamini_hochberg(&plain)) {
        adjusted[*at].insert(measure.id(), p);
    }
    adjusted
}

fn summary(overall: f64, attributes: &[AttributeReport]) -> Option<AucSummary> {
    let groups = || attributes.iter().flat_map(|attribute| &attribute.groups).filter(|group| !group.small);
    let mean = |of: fn(&SubgroupAuc) -> Option<f64>| {
        let values: Vec<f64> = groups().filter_map(|group| group.auc.as_ref().and_then(of)).collect();
        power_mean(&values, POWER)
    };
    let (subgroup, bpsn, bnsp) = (mean(|auc| auc.subgroup)?, mean(|auc| auc.bpsn)?, mean(|auc| auc.bnsp)?);
    Some(AucSummary { overall, subgroup, bpsn, bnsp, combined: (overall + subgroup + bpsn + bnsp) / 4.0 })
}
