//! The state of a part beside its rows: its origin, and its summary in a form that adds up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::search::sweep::summary::Summary;
use crate::shards::error::ShardError;
use crate::shards::plan::{RunPlan, VERSION, strided};
use crate::shards::store::Store;

/// Folder of the parts in the place of a run.
pub const FOLDER: &str = "parts";

/// The state of a part. Without a clock: the same part has the same bytes wherever it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartState {
    /// Identity of the plan.
    pub plan: String,
    /// Version of the program that made it.
    pub version: String,
    /// Instruction-set level of the processor that made it.
    pub level: String,
    /// Number of the part.
    pub part: usize,
    /// SHA-256 of the file with its rows.
    pub sha256: String,
    /// Its channels, in the order of the plan.
    pub channels: Vec<ChannelState>,
}

/// The rows of one channel of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelState {
    /// Number of inputs.
    pub inputs: usize,
    /// Number of row groups; those of a channel follow those of the channel before.
    pub groups: usize,
    /// The summary of its inputs.
    pub summary: Summary,
}

/// Name of the file with the rows of a part.
pub fn rows_name(part: usize) -> String {
    format!("{FOLDER}/{part:06}.parquet")
}

/// Name of the file with the state of a part. It is written last: a part with a state is done.
pub fn state_name(part: usize) -> String {
    format!("{FOLDER}/{part:06}.state")
}

/// Numbers of the parts that are done, of a plan with so many.
pub fn done(store: &dyn Store, parts: usize) -> Result<BTreeSet<usize>, ShardError> {
    let files = store.list(FOLDER)?;
    let number = |name: &str| name.strip_suffix(".state")?.parse::<usize>().ok();
    Ok(files.iter().filter_map(|(name, _)| number(name)).filter(|part| *part < parts).collect())
}

impl PartState {
    /// The state as its file.
    pub fn bytes(&self) -> Vec<u8> {
        // Plain values always serialize.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the state of a part, which must be one of this plan, by this version, on its level; `None` if there is none.
    pub fn read(
        store: &dyn Store,
        plan: &RunPlan,
        id: &str,
        part: usize,
    ) -> Result<Option<Self>, ShardError> {
        let name = state_name(part);
        let Some(bytes) = store.read(&name)? else { return Ok(None) };
        let damaged = |problem: String| ShardError::Damaged { name: name.clone(), problem };
        let state: Self = serde_json::from_slice(&bytes).map_err(|err| damaged(err.to_string()))?;
        if state.version != VERSION {
            let own = VERSION.to_owned();
            return Err(ShardError::Version { what: name, theirs: state.version, own });
        }
        if state.plan != id {
            return Err(ShardError::Foreign { name });
        }
        if state.level != plan.level {
            return Err(ShardError::OtherLevel { name, theirs: state.level, planned: plan.level.clone() });
        }
        let fits = plan.parts.get(part).is_some_and(|planned| {
            let inputs = planned.ranges().into_iter().map(|range| strided(range, plan.every));
            state.part == part && state.channels.iter().map(|channel| channel.inputs).eq(inputs)
        });
        if !fits {
            return Err(damaged("its numbers are not those of the plan".to_owned()));
        }
        Ok(Some(state))
    }
}
