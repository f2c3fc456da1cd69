//! `hardcase sweep PLACE --shard I/N`: a shard of a planned run.

use std::path::Path;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;

use crate::base::errors::told;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::cli::test::parse_shard;
use crate::cli::{BadArgument, say, with_progress_line};
use crate::shards::error::ShardError;
use crate::shards::plan::RunPlan;
use crate::shards::shard::{self, Limit, Outcome, Task};
use crate::shards::store;

/// Options of a shard of a planned run.
#[derive(Debug, Args)]
pub(super) struct Shard {
    /// Fail a part of a planned run of which more inputs than this share cannot be read: "0.1%"
    #[arg(long, value_name = "SHARE")]
    most_problems: Option<Limit>,
    /// End when the parts of this shard of a planned run are there, without making parts of others
    #[arg(long)]
    no_stealing: bool,
}

impl Shard {
    /// True if one of them is given.
    pub(super) fn is_set(&self) -> bool {
        self.most_problems.is_some() || self.no_stealing
    }
}

/// A share of the work on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Share {
    /// Number from 1, and number of shards.
    Fixed(usize, usize),
    /// From the environment of an engine.
    Auto,
}

impl FromStr for Share {
    type Err = BadArgument;

    fn from_str(text: &str) -> Result<Self, BadArgument> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let wrong = |_err| BadArgument("expected I/N like 2/8, or auto".to_owned());
        parse_shard(text).map(|(shard, shards)| Self::Fixed(shard, shards)).map_err(wrong)
    }
}

impl Share {
    /// Number of the shard from 1, and number of shards.
    pub(in crate::cli) fn resolved(self) -> Result<(usize, usize), BadArgument> {
        match self {
            Self::Fixed(shard, shards) => Ok((shard, shards)),
            Self::Auto => of_environment(&|name| std::env::var(name).ok()),
        }
    }
}

/// The shard that an engine gave to this process, by its variables.
fn of_environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<(usize, usize), BadArgument> {
    let number = |name: &str| -> Result<Option<usize>, BadArgument> {
        let Some(text) = variable(name) else { return Ok(None) };
        let wrong = |_err| BadArgument(format!("{name} is {text:?}, expected a number"));
        text.trim().parse().map(Some).map_err(wrong)
    };
    let (shard, shards) = if let Some(index) = number("JOB_COMPLETION_INDEX")? {
        (index + 1, None)
    } else if let Some(index) = number("AWS_BATCH_JOB_ARRAY_INDEX")? {
        (index + 1, number("AWS_BATCH_JOB_ARRAY_SIZE")?)
    } else if let Some(task) = number("SLURM_ARRAY_TASK_ID")? {
        if number("SLURM_ARRAY_TASK_MIN")?.unwrap_or(1) != 1 {
            let what = "the Slurm array does not start at 1, submit it with --array=1-N or give --shard I/N";
            return Err(BadArgument(what.to_owned()));
        }
        (task, number("SLURM_ARRAY_TASK_MAX")?)
    } else {
        let what = "--shard auto needs JOB_COMPLETION_INDEX (Kubernetes), AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID \
                    in the environment, give --shard I/N elsewhere";
        return Err(BadArgument(what.to_owned()));
    };
    let Some(shards) = number("HARDCASE_SHARDS")?.or(shards) else {
        let what =
            "the engine does not say how many shards there are, set HARDCASE_SHARDS or give --shard I/N";
        return Err(BadArgument(what.to_owned()));
    };
    if !(1..=shards).contains(&shard) {
        return Err(BadArgument(format!(
            "the engine gave shard {shard} of {shards}, expected 1 to {shards}"
        )));
    }
    Ok((shard, shards))
}

/// Runs a shard. Its exit code says what an engine is to do.
pub(super) fn run(
    place: &Path,
    share: Option<Share>,
    options: &Shard,
    threads: usize,
) -> anyhow::Result<ExitCode> {
    let (shard, shards) = share.map_or(Ok((1, 1)), Share::resolved)?;
    let task =
        Task { shard, shards, steals: !options.no_stealing, most_problems: options.most_problems.clone() };
    let progress = Progress::default();
    let stop = progress.clone();
    // Where there is no such signal, or a handler already, a run is ended as any other program.
    drop(ctrlc::set_handler(move || stop.cancel()));
    let done = with_progress_line(
        &format!("shard {shard}/{shards}"),
        &progress,
        || -> Result<Outcome, ShardError> {
            let store = store::open(place)?;
            let (plan, id) = RunPlan::read(&*store, place)?;
            shard::run(&*store, (&plan, &id), &task, threads, &progress)
        },
    );
    match done {
        Ok(outcome) => {
            let stolen =
                if outcome.stolen > 0 { format!(", {} of others", outcome.stolen) } else { String::new() };
            let made = counted(outcome.made, "part");
            say(&format!("shard {shard}/{shards}: {made} made{stolen}, {} by others", outcome.by_others));
            if outcome.problems > 0 {
                say(&format!("{} could not be read", counted(outcome.problems, "input")));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(ShardError::Cancelled(_)) => {
            say(&format!("shard {shard}/{shards}: stopped, the part that was begun is left to others"));
            Ok(ExitCode::from(143))
        }
        Err(err) => {
            let code = err.exit_code();
            say(&format!("hardcase: {}", told(&anyhow::Error::from(err))));
            Ok(ExitCode::from(code))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_number_their_shards() {
        let shard = |variables: &[(&str, &str)]| {
            let value =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, v)| (*v).to_owned());
            of_environment(&value).map_err(|err| err.to_string())
        };
        assert_eq!(shard(&[("JOB_COMPLETION_INDEX", "0"), ("HARDCASE_SHARDS", "3")]), Ok((1, 3)));
        assert_eq!(
            shard(&[("AWS_BATCH_JOB_ARRAY_INDEX", "6"), ("AWS_BATCH_JOB_ARRAY_SIZE", "7")]),
            Ok((7, 7))
        );
        let slurm =
            [("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_MIN", "1"), ("SLURM_ARRAY_TASK_MAX", "4")];
        assert_eq!(shard(&slurm), Ok((2, 4)));
        let from_zero =
            [("SLURM_ARRAY_TASK_ID", "2"), ("SLURM_ARRAY_TASK_MIN", "0"), ("SLURM_ARRAY_TASK_MAX", "4")];
        assert!(shard(&from_zero).unwrap_err().contains("start at 1"));
        assert!(shard(&[]).unwrap_err().contains("--shard I/N"));
        assert!(shard(&[("JOB_COMPLETION_INDEX", "0")]).unwrap_err().contains("HARDCASE_SHARDS"));
        assert!(
            shard(&[("JOB_COMPLETION_INDEX", "3"), ("HARDCASE_SHARDS", "3")]).unwrap_err().contains("1 to 3")
        );
        assert!(shard(&[("JOB_COMPLETION_INDEX", "x")]).unwrap_err().contains("expected a number"));
    }
}
