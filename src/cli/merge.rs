//! `hardcase merge`: the parts of a planned run as the table and the summary of one machine.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::escape::csv::Formulas;
use crate::base::escape::json;
use crate::base::outputs;
use crate::base::progress::Progress;
use crate::cli::mine::shards::merge as merge_findings;
use crate::cli::sweep::report::{Swept, as_json, report};
use crate::cli::{BadArgument, say, with_progress_line};
use crate::reports::table::EXTENSIONS;
use crate::shards::error::ShardError;
use crate::shards::merge::{Merging, merge};
use crate::shards::plan::RunPlan;
use crate::shards::{store, worker};

/// Examples below the help.
const EXAMPLES: &str = "Examples:
  hardcase merge /mnt/run -o all.parquet
  hardcase merge /mnt/run -o all.csv --json summary.json --allow-missing
  hardcase merge findings_*.jsonl -o findings.parquet

The files are those that hardcase sweep writes on one machine, to the byte";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct MergeArgs {
    /// Place of the run; or the findings of every shard of "hardcase mine --shard": .jsonl files
    #[arg(required = true)]
    places: Vec<PathBuf>,
    /// Output file with all rows: .parquet, .csv or .jsonl
    #[arg(short, long)]
    output: PathBuf,
    /// Write the summary as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    guard_formulas: bool,
    /// Merge what is there although parts are missing, which are named
    #[arg(long)]
    allow_missing: bool,
}

pub(super) fn run(args: &MergeArgs) -> anyhow::Result<ExitCode> {
    if args.places.iter().any(|place| place.extension().is_some_and(|ending| ending == "jsonl")) {
        if args.json.is_some() {
            return Err(BadArgument("--json is the summary of a sweep, findings have none".to_owned()).into());
        }
        merge_findings(&args.places, &args.output, args.allow_missing)?;
        return Ok(ExitCode::SUCCESS);
    }
    let [place] = args.places.as_slice() else {
        return Err(BadArgument(
            "name the place of one run, or the .jsonl files of shards of mining".to_owned(),
        )
        .into());
    };
    let extension = args.output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
        return Err(BadArgument(format!("cannot write .{extension} files, known are {known}")).into());
    }
    let store = store::open(place)?;
    let (plan, id) = RunPlan::read(&*store, place)?;
    let catalog = worker::catalog(&plan)?;
    let variants = plan.sweep.variants(&catalog).map_err(ShardError::from)?;
    let options =
        Merging { formulas: Formulas::guarded_if(args.guard_formulas), allow_missing: args.allow_missing };
    let progress = Progress::default();
    let merged = with_progress_line("merge", &progress, || {
        merge(&*store, (&plan, &id), variants.len(), &args.output, options, &progress)
    })?;
    let swept = Swept {
        inputs: merged.inputs,
        medium: Some(plan.medium),
        catalog: &catalog,
        plan: &plan.sweep,
        variants: &variants,
        models: plan.models.iter().map(|model| (model.card.name.as_str(), model.sha256.as_str())).collect(),
        oracle: &plan.claim,
    };
    if let Some(path) = &args.json {
        let text = format!("{:#}", as_json(&merged.summary, &swept));
        outputs::write_named(path, format!("{}\n", json::document(&text)).as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    report(&merged.summary, &swept);
    if !merged.missing.is_empty() {
        say(&format!("without the parts that are missing: {}", merged.missing));
    }
    say(&format!("results: {}", args.output.display()));
    Ok(ExitCode::SUCCESS)
}
