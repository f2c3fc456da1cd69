//! `hardcase drift`: what changed between two tables, two recordings or two folders of images.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::text::counted;
use crate::cli::columns::{JsonArg, Limit, column, put_json, share, table};
use crate::cli::{BadArgument, print, say};
use crate::evaluation::drift::{
    ColumnDrift, DriftColumn, DriftOptions, DriftReport, Statistics, compare, is_numeric,
};
use crate::evaluation::image_properties::{PROPERTIES, properties};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  hardcase drift june.csv july.csv\n  \
    hardcase drift june.csv july.csv --vectors e0,e1,e2 --max psi=0.25 --json drift.json\n  \
    hardcase drift street.mp4 rain.mp4")]
pub(super) struct DriftArgs {
    /// The reference: a table (.csv, .tsv), a recording or a folder of images
    reference: PathBuf,
    /// The other sample, of the same kind
    other: PathBuf,
    /// Only these columns; all that both have if absent
    #[arg(long = "column", value_name = "COLUMN")]
    columns: Vec<String>,
    /// Columns of numbers that hold classes
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    classes: Vec<String>,
    /// Columns to compare together as vectors, all numbers if absent; a name that ends in * stands for all that begin so
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    vectors: Vec<String>,
    /// Permutations of the tests of vectors
    #[arg(long, default_value_t = 200)]
    permutations: usize,
    /// Consecutive rows that depend on each other and are permuted together; 5 seconds of a recording if absent
    #[arg(long, value_name = "ROWS")]
    block: Option<usize>,
    /// Frames a second that are taken from recordings
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    rate: f64,
    /// Seed of the permutations
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Level of the corrected p-values
    #[arg(long, value_name = "LEVEL", default_value_t = 0.05, value_parser = share)]
    alpha: f64,
    /// Rows to list that the classifier is surest to be of the other sample
    #[arg(long, value_name = "N", default_value_t = 10)]
    listed: usize,
    /// End with 1 if a statistic of any column is larger: ks, psi, wasserstein, `jensen_shannon`, `total_variation`, or mmd, energy,
    /// auc of the vectors
    #[arg(long = "max", value_name = "NAME=VALUE")]
    limits: Vec<Limit>,
    /// End with 1 if anything drifts
    #[arg(long)]
    fail: bool,
    #[command(flatten)]
    json: JsonArg,
}

/// Seconds of a recording in which frames depend on each other.
const DEPENDENT_SECS: f64 = 5.0;

pub(super) fn run(args: &DriftArgs) -> anyhow::Result<ExitCode> {
    if !(args.rate > 0.0 && args.rate.is_finite()) {
        return Err(BadArgument("--rate must be above 0".to_owned()).into());
    }
    if args.alpha <= 0.0 || args.alpha >= 1.0 {
        return Err(BadArgument("--alpha must be above 0 and below 1".to_owned()).into());
    }
    // The smallest p-value is 1 / (1 + permutations).
    let needed = (1.0 / args.alpha).floor();
    if (args.permutations as f64) < needed {
        return Err(BadArgument(format!(
            "{} cannot fall below a level of {}, --permutations has to be {needed} or more",
            counted(args.permutations, "permutation"),
            args.alpha
        ))
        .into());
    }
    let (columns, dependent) = columns(args)?;
    let numeric: Vec<String> =
        columns.iter().filter(|column| is_numeric(column)).map(|column| column.name.clone()).collect();
    let vectors = if args.vectors.is_empty() { numeric } else { chosen(&args.vectors, &numeric)? };
    let block = args.block.unwrap_or(dependent).max(1);
    let options = DriftOptions {
        permutations: args.permutations,
        block,
        seed: args.seed,
        alpha: args.alpha,
        listed: args.listed,
    };
    let report = compare(&columns, &vectors, options);
    let failed = over(&report, &args.limits)?;
    if let Some(place) = &args.json.json {
        let mut document = json!(report);
        document["failed"] = json!(failed);
        put_json(place, &document)?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != Path::new("-")) {
        report.columns.iter().for_each(told);
        if let Some(vectors) = &report.vectors {
            print(&format!(
                "{} numbers together: MMD² {}, p {}; energy distance {}, p {}; classifier AUC {}",
                vectors.columns.len(),
                shown(vectors.discrepancy.0),
                shown(vectors.discrepancy.1),
                shown(vectors.energy.0),
                shown(vectors.energy.1),
                vectors.classifier_auc.map_or_else(|| "not defined".to_owned(), |auc| format!("{auc:.3}")),
            ));
            let surest: Vec<String> =
                vectors.surest.iter().map(|(row, score)| format!("{} ({score:.2})", row + 1)).collect();
            if !surest.is_empty() && vectors.discrepancy.1 < args.alpha {
                print(&format!("  surest of the other sample, by row: {}", surest.join(", ")));
            }
        }
        if block > 1 {
            say(&format!(
                "blocks of {} are permuted together, as they depend on each other",
                counted(block, "row")
            ));
        }
    }
    let untested = untested(&report);
    for problem in failed.iter().chain(&untested) {
        say(problem);
    }
    let nothing = untested.len() == report.columns.len() && report.vectors.is_none();
    if args.fail && nothing {
        say("no column could be tested, which is no pass");
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty() || (args.fail && (report.drifts || nothing)))))
}

/// A number with its digits; one that overflows is none.
fn shown(value: f64) -> String {
    if value.is_finite() { format!("{value:.5}") } else { "not defined".to_owned() }
}

/// A sentence for each column that has no test.
fn untested(report: &DriftReport) -> Vec<String> {
    let without = report.columns.iter().filter(|column| !column.tested());
    without
        .map(|column| match &column.statistics {
            Statistics::Empty => format!("{}: not tested, neither sample has a value", column.name),
            Statistics::Classes { .. } => {
                format!("{}: not tested, it has one value or too many different ones", column.name)
            }
            Statistics::Number { .. } => format!("{}: not tested", column.name),
        })
        .collect()
}

/// The columns of both samples, and the number of rows in which they depend on each other.
fn columns(args: &DriftArgs) -> anyhow::Result<(Vec<DriftColumn>, usize)> {
    let is_table = |path: &Path| {
        let ending = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_lowercase();
        path.is_file() && ["csv", "tsv"].contains(&ending.as_str())
    };
    let classes = |name: &str| args.classes.iter().any(|class| class == name);
    if !is_table(&args.reference) || !is_table(&args.other) {
        let (a, b) = (properties(&args.reference, args.rate)?, properties(&args.other, args.rate)?);
        let cells = |values: &[[f64; PROPERTIES.len()]], at: usize| {
            values.iter().map(|row| row[at].to_string()).collect()
        };
        let column = |(at, name): (usize, &&str)| DriftColumn {
            name: (*name).to_owned(),
            cells: [cells(&a, at), cells(&b, at)],
            classes: false,
        };
        let folders = args.reference.is_dir() && args.other.is_dir();
        let dependent = if folders { 1 } else { (DEPENDENT_SECS * args.rate).round() as usize };
        return Ok((PROPERTIES.iter().enumerate().map(column).collect(), dependent));
    }
    let named = args.columns.iter().chain(&args.classes).chain(&args.vectors);
    let wanted: Vec<&str> = named.map(String::as_str).filter(|name| !name.ends_with('*')).collect();
    let (a, b) = (table(&args.reference, &wanted)?, table(&args.other, &wanted)?);
    for (sheet, path) in [(&a, &args.reference), (&b, &args.other)] {
        if sheet.lines.is_empty() {
            anyhow::bail!("{} has no rows, there is nothing to compare", path.display());
        }
    }
    let both = |name: &str| b.columns.iter().any(|column| column.name == name);
    let names: Vec<String> = if args.columns.is_empty() {
        a.columns
            .iter()
            .map(|column| column.name.clone())
            .filter(|name| !name.is_empty() && both(name))
            .collect()
    } else {
        args.columns.clone()
    };
    let only: Vec<&str> = a
        .columns
        .iter()
        .chain(&b.columns)
        .map(|column| column.name.as_str())
        .filter(|name| !names.iter().any(|known| known == name))
        .collect();
    if args.columns.is_empty() && !only.is_empty() {
        say(&format!("only in one of the tables: {}", only.join(", ")));
    }
    if names.is_empty() {
        return Err(BadArgument("the tables have no column in common".to_owned()).into());
    }
    let columns: Result<Vec<DriftColumn>, BadArgument> = names
        .into_iter()
        .map(|name| {
            let cells = [column(&a, &name)?.to_vec(), column(&b, &name)?.to_vec()];
            Ok(DriftColumn { classes: classes(&name), cells, name })
        })
        .collect();
    Ok((columns?, 1))
}

/// The numeric columns that are named, by name or by their beginning.
fn chosen(wanted: &[String], numeric: &[String]) -> Result<Vec<String>, BadArgument> {
    let mut all = Vec::new();
    for name in wanted {
        let before = all.len();
        match name.strip_suffix('*') {
            Some(start) => all.extend(numeric.iter().filter(|column| column.starts_with(start)).cloned()),
            None => all.extend(numeric.iter().filter(|column| *column == name).cloned()),
        }
        if all.len() == before {
            return Err(BadArgument(format!("{name:?} is no column of numbers of both tables")));
        }
    }
    Ok(all)
}

fn told(column: &ColumnDrift) {
    let p = column.p_corrected.map(|p| format!(", p {p:.3e} corrected")).unwrap_or_default();
    let mark = if column.drifts { "drifts" } else { "" };
    let numbers = match &column.statistics {
        Statistics::Number { kolmogorov_smirnov, stability_index, means, .. } => format!(
            "mean {:.6} → {:.6}, KS {kolmogorov_smirnov:.4}, PSI {stability_index:.4}{p}",
            means[0], means[1]
        ),
        Statistics::Classes { total_variation, largest, .. } => {
            let most = largest
                .first()
                .map(|class| format!(", most {:?} {:+.1} points", class.class, class.difference * 100.0));
            format!("total variation {total_variation:.4}{}{p}", most.unwrap_or_default())
        }
        Statistics::Empty if column.vanished() => "has values in one of the samples alone".to_owned(),
        Statistics::Empty => "no values".to_owned(),
    };
    let of = |counts: [usize; 2], what: &str| {
        if counts == [0, 0] { String::new() } else { format!(", {what} {} → {}", counts[0], counts[1]) }
    };
    let cells = column.cells_p_corrected.map(|p| format!(" (p {p:.3e} corrected)")).unwrap_or_default();
    print(&format!(
        "{mark:<7}{:<24} {numbers}{}{}{cells}",
        column.name,
        of(column.missing, "cells missing"),
        of(column.words, "cells that are no numbers")
    ));
}

/// Statistics above their limits, each in a sentence; an unknown name is an error.
fn over(report: &DriftReport, limits: &[Limit]) -> Result<Vec<String>, BadArgument> {
    let mut failed = Vec::new();
    for limit in limits {
        let of_column = |column: &ColumnDrift| match (&column.statistics, limit.name.as_str()) {
            (Statistics::Number { kolmogorov_smirnov, .. }, "ks") => Some(*kolmogorov_smirnov),
            (Statistics::Number { stability_index, .. }, "psi") => Some(*stability_index),
            (Statistics::Number { wasserstein, .. }, "wasserstein") => Some(*wasserstein),
            (Statistics::Number { jensen_shannon, .. }, "jensen_shannon") => Some(*jensen_shannon),
            (Statistics::Classes { total_variation, .. }, "total_variation") => Some(*total_variation),
            _ => None,
        };
        let vectors = report.vectors.as_ref();
        let of_vectors = match limit.name.as_str() {
            "mmd" => Some(vectors.map(|vectors| vectors.discrepancy.0)),
            "energy" => Some(vectors.map(|vectors| vectors.energy.0)),
            "auc" => Some(vectors.and_then(|vectors| vectors.classifier_auc)),
            "ks" | "psi" | "wasserstein" | "jensen_shannon" | "total_variation" => None,
            other => {
                let known = "ks, psi, wasserstein, jensen_shannon, total_variation, mmd, energy, auc";
                return Err(BadArgument(format!("unknown statistic {other:?}, known are {known}")));
            }
        };
        match of_vectors {
            Some(Some(value)) if value > limit.most => {
                failed.push(format!("{} of the vectors is {value:.5}, above {}", limit.name, limit.most));
            }
            Some(Some(value)) if value.is_finite() => {}
            Some(_) => failed.push(format!("{} of the vectors cannot be computed", limit.name)),
            None => {
                if report.columns.iter().all(|column| of_column(column).is_none()) {
                    failed.push(format!("{} cannot be computed, no column has it", limit.name));
                }
                failed.extend(report.columns.iter().filter_map(|column| match of_column(column) {
                    Some(value) if value > limit.most => {
                        Some(format!("{}: {} is {value:.5}, above {}", column.name, limit.name, limit.most))
                    }
                    Some(value) if value.is_finite() => None,
                    Some(_) => Some(format!("{}: {} cannot be computed", column.name, limit.name)),
                    None => column.vanished().then(|| {
                        format!(
                            "{}: {} cannot be computed, one of the samples alone has values",
                            column.name, limit.name
                        )
                    }),
                }));
            }
        }
    }
    Ok(failed)
}
