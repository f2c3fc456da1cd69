//! The process that runs a model apart from everything else; started by the program itself.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::inference::backend::Backend;
use crate::inference::isolated;
use crate::suites::hosted;

#[derive(Debug, Args)]
pub(super) struct HostArgs {
    /// The model file.
    model: PathBuf,
    /// The backend.
    #[arg(long)]
    backend: String,
    /// Number of threads.
    #[arg(long)]
    threads: usize,
}

/// Judge cases as requested over the standard input.
pub(super) fn judge_cases() -> anyhow::Result<ExitCode> {
    hosted::serve()?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn run(args: &HostArgs) -> anyhow::Result<ExitCode> {
    isolated::serve(Backend::named(&args.backend)?.graph(&args.model, args.threads))?;
    Ok(ExitCode::SUCCESS)
}
