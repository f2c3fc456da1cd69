//! Errors of runs on many machines, each with the exit code that tells an engine what to do.

use std::path::PathBuf;

use crate::base::errors::told;
use crate::base::progress::Cancelled;
use crate::claims::error::ClaimError;
use crate::inference::ModelError;
use crate::reports::table::TableError;
use crate::search::sweep::plan::PlanError;
use crate::search::sweep::run::SweepError;
use crate::shards::store::StoreError;

/// Reason why a plan, a shard or a merge stopped.
#[derive(Debug, thiserror::Error)]
pub enum ShardError {
    /// The place cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no plan at the place.
    #[error("no run is planned here, make one with hardcase plan INPUT … -o PLACE: {place}")]
    NoPlan {
        /// The place.
        place: String,
    },
    /// There is another plan at the place.
    #[error("another run is planned here ({id}), choose another place: {place}")]
    AnotherPlan {
        /// Identity of the plan that is there.
        id: String,
        /// The place.
        place: String,
    },
    /// The plan is damaged.
    #[error("plan.json is not a plan, restore it or plan again ({problem}): {place}")]
    NotAPlan {
        /// The problem.
        problem: String,
        /// The place.
        place: String,
    },
    /// The plan cannot be written as JSON.
    #[error("the plan cannot be written ({problem}), rename the files that it names")]
    Unwritable {
        /// The problem.
        problem: String,
    },
    /// The plan or a part was made by another version.
    #[error("{what} was made by hardcase {theirs}, this is {own}: results of two versions are never mixed")]
    Version {
        /// The plan or the part.
        what: String,
        /// Version that made it.
        theirs: String,
        /// Version of this program.
        own: String,
    },
    /// The plan is for another kind of processor.
    #[error(
        "the plan is for processors with {planned}, this one has {own}, run the shard on another machine"
    )]
    Level {
        /// Instruction-set level of the plan.
        planned: String,
        /// Level of this machine.
        own: String,
    },
    /// A file is not the one that was planned.
    #[error("{what} is not the one that was planned, restore it or plan again: {}", path.display())]
    Changed {
        /// The file, as a noun.
        what: &'static str,
        /// Path of the file.
        path: PathBuf,
    },
    /// A part was made on another kind of processor than the plan is for.
    #[error(
        "{name} was made on a processor with {theirs}, the plan is for {planned}: remove it and run its shard again"
    )]
    OtherLevel {
        /// Name of the file.
        name: String,
        /// Instruction-set level of the part.
        theirs: String,
        /// Level of the plan.
        planned: String,
    },
    /// A recording cannot be read.
    #[error("could not open a recording of the plan: {}: {}", told(source), path.display())]
    Recording {
        /// Path of the recording.
        path: PathBuf,
        /// The reason.
        source: anyhow::Error,
    },
    /// Two runs of one part gave different results.
    #[error(
        "not deterministic: {name} was made before with other content, look for a backend, a driver or a file that differs \
         between the machines"
    )]
    NotDeterministic {
        /// Name of the file.
        name: String,
    },
    /// Too many inputs of a part could not be read.
    #[error(
        "{problems} of {inputs} inputs of part {part} could not be read, more than the {limit} of --most-problems; the first: {first}"
    )]
    Problems {
        /// Number of the part.
        part: usize,
        /// Number of inputs that could not be read.
        problems: usize,
        /// Number of inputs.
        inputs: usize,
        /// The limit as it was given.
        limit: String,
        /// The first problem.
        first: String,
    },
    /// Parts that are not there yet.
    #[error(
        "{missing} of {parts} parts are missing ({numbers}), run their shards again or merge with --allow-missing"
    )]
    Missing {
        /// Number of missing parts.
        missing: usize,
        /// Number of parts.
        parts: usize,
        /// Their numbers as ranges.
        numbers: String,
    },
    /// No part is there.
    #[error("no part of the run is there yet, run its shards first")]
    Nothing,
    /// A part belongs to another plan.
    #[error("{name} belongs to another plan, remove it or choose another place")]
    Foreign {
        /// Name of the file.
        name: String,
    },
    /// A file of a part is damaged.
    #[error("{name} is damaged ({problem}), remove it and run its shard again")]
    Damaged {
        /// Name of the file.
        name: String,
        /// The problem.
        problem: String,
    },
    /// A model cannot be loaded.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The claim of the plan cannot be judged.
    #[error(transparent)]
    Claim(#[from] ClaimError),
    /// The stack of the plan cannot be varied.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The sweep stopped.
    #[error(transparent)]
    Sweep(SweepError),
    /// A table cannot be written.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A temporary file cannot be written.
    #[error("could not write a temporary file, is there room? {source}")]
    Temporary {
        /// The reason.
        #[from]
        source: std::io::Error,
    },
    /// The work was ended from outside.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<SweepError> for ShardError {
    fn from(err: SweepError) -> Self {
        match err {
            SweepError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            SweepError::Judge(_) | SweepError::Keep { .. } => Self::Sweep(err),
        }
    }
}

impl ShardError {
    /// Exit code of the program: 2 if trying again is no use, 3 if it is, 4 on a processor of another kind, 143 after SIGTERM.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Store(StoreError::Scheme { .. } | StoreError::Address { .. })
            | Self::NoPlan { .. }
            | Self::AnotherPlan { .. }
            | Self::NotAPlan { .. }
            | Self::Unwritable { .. }
            | Self::Version { .. }
            | Self::Changed { .. }
            | Self::Foreign { .. }
            | Self::OtherLevel { .. }
            | Self::Claim(_)
            | Self::Plan(_)
            | Self::Sweep(SweepError::Judge(_))
            | Self::Model(ModelError::UnknownBackend { .. } | ModelError::UnknownSetting { .. }) => 2,
            Self::Level { .. } => 4,
            Self::Cancelled(_) => 143,
            Self::Store(_)
            | Self::Recording { .. }
            | Self::NotDeterministic { .. }
            | Self::Problems { .. }
            | Self::Missing { .. }
            | Self::Nothing
            | Self::Damaged { .. }
            | Self::Model(_)
            | Self::Sweep(_)
            | Self::Table(_)
            | Self::Temporary { .. } => 3,
        }
    }
}
