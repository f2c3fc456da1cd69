//! `hardcase status`: how far a planned run is.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs;
use crate::base::text::grouped;
use crate::cli::{print, print_json};
use crate::shards::plan::{RunPlan, short};
use crate::shards::status::status;
use crate::shards::store;

/// Examples below the help.
const EXAMPLES: &str = "Examples:
  hardcase status /mnt/run
  hardcase status /mnt/run --openmetrics /var/lib/node_exporter/hardcase.prom";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct StatusArgs {
    /// Place of the run
    place: PathBuf,
    /// Print the numbers as JSON
    #[arg(long)]
    json: bool,
    /// Write the numbers as metrics for Prometheus, in `OpenMetrics` text form
    #[arg(long, value_name = "FILE")]
    openmetrics: Option<PathBuf>,
}

pub(super) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let store = store::open(&args.place)?;
    let (plan, id) = RunPlan::read(&*store, &args.place)?;
    let status = status(&*store, (&plan, &id))?;
    if let Some(path) = &args.openmetrics {
        outputs::write_named(path, status.openmetrics().as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
    }
    if args.json {
        print_json(&serde_json::to_string_pretty(&status)?);
        return Ok(ExitCode::SUCCESS);
    }
    let share = 100.0 * status.frames_done as f64 / status.frames.max(1) as f64;
    print(&format!(
        "plan {}: {} of {} parts, {} of {} {} ({share:.1} %), {} bytes",
        short(&status.plan),
        status.parts_done,
        status.parts,
        grouped(status.frames_done),
        grouped(status.frames),
        plan.medium.samples(),
        grouped(status.bytes as usize)
    ));
    if !status.complete {
        print(&format!("missing parts: {}", status.missing_text()));
    }
    Ok(ExitCode::SUCCESS)
}
