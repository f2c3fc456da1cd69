//! `hardcase fairness`: rates by group of a table of predictions, their differences and ratios.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::nearest::hint;
use crate::base::text::grouped;
use crate::cli::columns::{JsonArg, Limit, of_columns, put_json, share, table};
use crate::cli::{BadArgument, print, say};
use crate::evaluation::fairness::choice::{FairnessColumns, FairnessError};
use crate::evaluation::fairness::{AttributeReport, FairnessOptions, FairnessReport, GroupReport, evaluate};
use crate::metrics::fairness::MIN_SUPPORT;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  hardcase fairness loans.csv --label repaid --score score --group sex --group age\n  \
    hardcase fairness loans.csv --label repaid --prediction granted --group sex --max demographic_parity_difference=0.1"
)]
pub(super) struct FairnessArgs {
    /// Table with a row for each prediction: .csv, .tsv, .txt, .parquet
    table: PathBuf,
    /// Column with the ground truth
    #[arg(long, alias = "truth", value_name = "COLUMN")]
    label: String,
    /// Column with the predicted class
    #[arg(long, value_name = "COLUMN", required_unless_present = "score")]
    prediction: Option<String>,
    /// Column with the score of the positive class, 0 to 1
    #[arg(long, value_name = "COLUMN")]
    score: Option<String>,
    /// Score from which a row is predicted to be positive
    #[arg(long, value_name = "SCORE", default_value_t = 0.5, value_parser = share)]
    threshold: f64,
    /// Column with the group of each row; of several columns also their intersection
    #[arg(long = "group", value_name = "COLUMN", required = true)]
    groups: Vec<String>,
    /// Value of the positive class in the columns of label and prediction
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// Rows that a group needs to take part in differences
    #[arg(long, value_name = "ROWS", default_value_t = MIN_SUPPORT)]
    min_support: usize,
    /// Draws of the bootstrap; 0 for none
    #[arg(long, value_name = "DRAWS", default_value_t = 1000)]
    bootstrap: usize,
    /// Seed of the draws
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// End with 1 if a gap of any attribute is larger, a ratio smaller: `equalized_odds_difference=0.1`; may be repeated
    #[arg(long = "max", value_name = "NAME=VALUE")]
    limits: Vec<Limit>,
    #[command(flatten)]
    json: JsonArg,
}

pub(super) fn run(args: &FairnessArgs) -> anyhow::Result<ExitCode> {
    let named = [Some(&args.label), args.prediction.as_ref(), args.score.as_ref()].into_iter().flatten();
    let wanted: Vec<&str> = named.chain(&args.groups).map(String::as_str).collect();
    let sheet = table(&args.table, &wanted)?;
    let columns = FairnessColumns {
        truth: args.label.clone(),
        prediction: args.prediction.clone(),
        score: args.score.clone(),
        threshold: args.threshold,
        positive: args.positive.clone(),
        groups: args.groups.clone(),
    };
    let read = columns.table(&sheet).map_err(|err| {
        if let FairnessError::Column(err) = err {
            of_columns(err)
        } else {
            BadArgument(err.to_string()).into()
        }
    })?;
    for remark in &read.remarks {
        say(remark);
    }
    let fairness = read.table;
    let options =
        FairnessOptions { min_support: args.min_support, bootstrap: args.bootstrap, seed: args.seed };
    let report = evaluate(&fairness, options);
    let failed = over(&report, &args.limits, args.min_support)?;
    if let Some(place) = &args.json.json {
        let mut document = json!(report);
        document["failed"] = json!(failed);
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != std::path::Path::new("-")) {
        print(&rows(report.rows));
        if let Some(auc) = &report.auc {
            print(&format!("AUC {:.4}, of Borkan et al. all together {:.4}", auc.overall, auc.combined));
        }
        report.attributes.iter().for_each(told);
    }
    for problem in &failed {
        say(problem);
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}

/// Level below which an adjusted p-value is shown.
const LEVEL: f64 = 0.05;

fn rows(count: usize) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(count)) }
}

/// AUCs of a group, and the rates in which it differs from the rest of the rows.
fn details(group: &GroupReport) -> Option<String> {
    let auc = group.auc.as_ref().map(|auc| {
        let shown =
            |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |auc| format!("{auc:.4}"));
        format!("AUC {}, BPSN {}, BNSP {}", shown(auc.subgroup), shown(auc.bpsn), shown(auc.bnsp))
    });
    let differs = group.p_values.iter().filter(|(_, p)| **p < LEVEL);
    let differs: Vec<String> = differs.map(|(name, p)| format!("{name} (adjusted p {p:.1e})")).collect();
    let differs = (!differs.is_empty()).then(|| format!("differs from the rest in {}", differs.join(", ")));
    let all: Vec<String> = auc.into_iter().chain(differs).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn told(attribute: &AttributeReport) {
    print(&attribute.name);
    for group in &attribute.groups {
        let rate = |name: &str| {
            let rate = group.rates.get(name).copied();
            let value = rate.and_then(|rate| Some((rate.value?, rate)));
            value.map_or_else(
                || format!("{:>22}", "not defined"),
                |(value, rate)| {
                    format!(
                        "{:>6.1} % ({:>4.1} to {:>5.1})",
                        value * 100.0,
                        rate.low * 100.0,
                        rate.high * 100.0
                    )
                },
            )
        };
        let small = if group.small { "  too few rows to be compared" } else { "" };
        print(&format!(
            "  {:<24} {:>13}  selected {}  found {}  false positives {}  precision {}{small}",
            group.name,
            rows(group.support),
            rate("selection_rate"),
            rate("true_positive_rate"),
            rate("false_positive_rate"),
            rate("precision"),
        ));
        if let Some(details) = details(group) {
            print(&format!("    {details}"));
        }
    }
    for (name, gap) in &attribute.gaps {
        let interval = gap
            .difference_interval
            .map(|(low, high)| format!(" ({low:.4} to {high:.4})"))
            .unwrap_or_default();
        print(&format!(
            "  {name:<22} difference {:.4}{interval}, ratio {:.4}",
            gap.gap.difference, gap.gap.ratio
        ));
    }
    if let Some(difference) = attribute.parity.equalized_odds_difference {
        print(&format!("  equalized odds         difference {difference:.4}"));
    }
}

/// Gaps beyond their limits, each in a sentence; an unknown name is an error.
fn over(report: &FairnessReport, limits: &[Limit], min_support: usize) -> Result<Vec<String>, BadArgument> {
    let mut failed = Vec::new();
    for limit in limits {
        for attribute in &report.attributes {
            let gaps = json!(attribute.parity);
            let known = gaps
                .as_object()
                .map(|gaps| gaps.keys().map(String::as_str).collect::<Vec<_>>())
                .unwrap_or_default();
            let Some(value) = gaps.get(&limit.name) else {
                let hint = hint(&limit.name, known.iter().copied());
                let known = known.join(", ");
                return Err(BadArgument(format!("unknown gap {:?}{hint}, known are {known}", limit.name)));
            };
            let ratio = limit.name.ends_with("_ratio");
            match value.as_f64() {
                Some(value) if (ratio && value < limit.most) || (!ratio && value > limit.most) => {
                    let word = if ratio { "below" } else { "above" };
                    failed.push(format!(
                        "{}: {} is {value:.4}, {word} {}",
                        attribute.name, limit.name, limit.most
                    ));
                }
                Some(_) => {}
                // What cannot be measured is no pass.
                None => {
                    failed.push(format!(
                        "{}: {} is not defined, which takes two groups of {} and more",
                        attribute.name,
                        limit.name,
                        rows(min_support)
                    ));
                }
            }
        }
    }
    Ok(failed)
}
