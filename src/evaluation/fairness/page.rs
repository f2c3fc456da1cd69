//! Fairness of a table as a page for people.

use crate::base::stats::Rate;
use crate::base::text::{counted, grouped};
use crate::evaluation::fairness::{AttributeReport, FairnessReport, GroupReport};
use crate::metrics::fairness::thresholds::Thresholds;
use crate::metrics::fairness::{Counts, Measure};
use crate::reports::page::{Cell, Page, Section};

/// Name of a measure for people.
pub fn title(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => "Accuracy",
        Measure::SelectionRate => "Selected",
        Measure::TruePositiveRate => "True positives",
        Measure::FalsePositiveRate => "False positives",
        Measure::FalseNegativeRate => "Misses",
        Measure::Precision => "Precision",
    }
}

/// A threshold for people.
pub fn threshold_text(threshold: Option<f64>) -> String {
    threshold.map_or_else(|| "nobody".to_owned(), |threshold| format!("{threshold:.3}"))
}

/// Thresholds of every strategy for the groups of an attribute.
#[derive(Clone, Copy, Debug)]
pub struct ThresholdPart<'a> {
    /// Name of the attribute.
    pub attribute: &'a str,
    /// Names of its groups.
    pub groups: &'a [String],
    /// The strategies.
    pub strategies: &'a [Thresholds],
}

/// The page; `name` is that of the table.
pub fn page(
    name: &str,
    report: &FairnessReport,
    min_support: usize,
    thresholds: Option<ThresholdPart<'_>>,
) -> Page {
    let mut sections = vec![about(report, min_support)];
    sections.extend(report.attributes.iter().map(attribute));
    sections.extend(thresholds.map(of_thresholds));
    Page {
        title: format!("Fairness of {name}"),
        about: format!(
            "{} by {}, evaluated by Hardcase {}",
            counted(report.rows, "row"),
            counted(report.attributes.len(), "attribute"),
            env!("CARGO_PKG_VERSION")
        ),
        sections,
    }
}

fn about(report: &FairnessReport, min_support: usize) -> Section {
    let mut section = Section::new("All rows");
    section.text("Rates with Wilson intervals of 95 % (Wilson, 1927).");
    section.text(format!(
        "A group of fewer than {} is shown, but takes no part in differences, ratios and ranks.",
        counted(min_support, "row")
    ));
    let rates = report.overall.iter().map(|(name, rate)| {
        let value = rate.value.map_or_else(
            || Cell::Text("not defined".to_owned()),
            |value| Cell::Number(value, [rate.low, rate.high]),
        );
        vec![Cell::Text((*name).to_owned()), value]
    });
    section.table(&["Rate", "All rows"], rates.collect());
    if let Some(auc) = &report.auc {
        section.text(format!(
            "AUC {:.4}; power means of the subgroup AUCs {:.4}, BPSN {:.4}, BNSP {:.4}; a quarter of each {:.4} (Borkan et al., 2019).",
            auc.overall, auc.subgroup, auc.bpsn, auc.bnsp, auc.combined
        ));
    }
    section
}

fn rate(counts: &Counts, measure: Measure) -> Cell {
    let (part, of) = measure.of(counts);
    if of == 0 { Cell::Text("not defined".to_owned()) } else { Cell::Rate(Rate::wilson(part, of)) }
}

fn attribute(attribute: &AttributeReport) -> Section {
    let mut section = Section::new(format!("By {}", attribute.name));
    let group = |group: &GroupReport| {
        let name = if group.small { format!("{} (too few rows)", group.name) } else { group.name.clone() };
        let mut row = vec![Cell::Text(name), Cell::Count(group.support)];
        row.extend(Measure::ALL.into_iter().map(|measure| rate(&group.counts, measure)));
        row
    };
    let mut heads = vec!["Group", "Rows"];
    heads.extend(Measure::ALL.into_iter().map(title));
    section.table(&heads, attribute.groups.iter().map(group).collect());
    let gap = |measure: Measure| {
        let gap = attribute.gaps.get(measure.id())?;
        let (value, ends) = (gap.gap.difference, gap.difference_interval);
        let difference = match ends {
            Some((low, high)) => Cell::Number(value, [low, high]),
            None => Cell::Text(format!("{value:.4}")),
        };
        let worst = attribute.worst.get(measure.id());
        let worst =
            worst.map_or_else(String::new, |(name, value)| format!("{name} ({:.1} %)", value * 100.0));
        Some(vec![
            Cell::Text(title(measure).to_owned()),
            difference,
            Cell::Text(format!("{:.4}", gap.gap.ratio)),
            Cell::Text(worst),
        ])
    };
    let gaps: Vec<Vec<Cell>> = Measure::ALL.into_iter().filter_map(gap).collect();
    if gaps.is_empty() {
        section.missing("No two groups have enough rows to be compared");
    }
    section.table(&["Rate", "Largest difference", "Smallest ratio", "Worst group"], gaps);
    section
}

fn of_thresholds(part: ThresholdPart<'_>) -> Section {
    let mut section = Section::new(format!("Thresholds by {}", part.attribute));
    section.text("The cheapest thresholds of the score at which a rate is the same in all groups (Hardt, Price, Srebro, 2016).");
    for thresholds in part.strategies {
        let gap = thresholds.gap.map(|gap| format!(", gap {gap:.4}")).unwrap_or_default();
        section.heading(thresholds.strategy.title());
        section.text(format!("Cost {:.4} for each row{gap}", thresholds.cost));
        let rows = part.groups.iter().zip(&thresholds.groups).map(|(name, one)| {
            vec![
                Cell::Text(name.clone()),
                Cell::Text(threshold_text(one.threshold)),
                rate(&one.counts, Measure::SelectionRate),
                rate(&one.counts, Measure::TruePositiveRate),
                rate(&one.counts, Measure::FalsePositiveRate),
                rate(&one.counts, Measure::Accuracy),
                Cell::Text(format!("{:.4}", one.cost)),
            ]
        });
        let heads = [
            "Group",
            "Threshold",
            "Selected",
            "True positives",
            "False positives",
            "Accuracy",
            "Cost for each row",
        ];
        section.table(&heads, rows.collect());
    }
    let rows: usize = part
        .strategies
        .first()
        .map_or(0, |first| first.groups.iter().map(|group| group.counts.total()).sum());
    section.text(format!("Thresholds are chosen on these {} rows; confirm them on others.", grouped(rows)));
    section
}
