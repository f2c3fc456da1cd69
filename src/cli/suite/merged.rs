//! `hardcase suite merge-reports`: the reports of the parts of a sharded run as one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::base::text::counted;
use crate::cli::reports::ReportArgs;
use crate::cli::say;
use crate::reports::parts;

const EXAMPLES: &str = "\
Examples:
  hardcase test suites/roads --shard 1/2 --json part-1.json
  hardcase test suites/roads --shard 2/2 --json part-2.json
  hardcase suite merge-reports part-*.json --junit junit.xml --html report --markdown summary.md --github";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct MergeArgs {
    /// JSON reports of the parts, written by hardcase test --shard I/N --json FILE
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// Ends with the code that a single run would have had; with 3 where parts are missing.
pub(super) fn run(args: &MergeArgs) -> anyhow::Result<ExitCode> {
    let mut read = Vec::new();
    for path in &args.parts {
        read.push((path.clone(), parts::read(path)?));
    }
    let report = args.reports.begun(parts::merge(read)?);
    let conclusion = args.reports.told(&report)?;
    if report.elsewhere > 0 {
        let missing = counted(report.elsewhere, "case");
        say(&format!("hardcase: {missing} of the run in none of these reports, merge those of all parts"));
        return Ok(ExitCode::from(3));
    }
    Ok(ExitCode::from(conclusion.exit_code()))
}
