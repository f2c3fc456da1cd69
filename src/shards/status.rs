//! Progress of a run, by the files in its place.

use std::fmt::Write as _;

use serde::Serialize;

use crate::base::escape::json;
use crate::shards::error::ShardError;
use crate::shards::gaps::{gaps, shown};
use crate::shards::plan::RunPlan;
use crate::shards::state::{FOLDER, done};
use crate::shards::store::Store;

/// Progress of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Identity of the plan.
    pub plan: String,
    /// Number of parts.
    pub parts: usize,
    /// Number of parts that are done.
    pub parts_done: usize,
    /// Number of inputs.
    pub frames: usize,
    /// Number of inputs of the parts that are done.
    pub frames_done: usize,
    /// Bytes of the rows of the parts that are done.
    pub bytes: u64,
    /// Missing parts: the first of each run, and one after its last.
    pub missing: Vec<[usize; 2]>,
    /// True if every part is done.
    pub complete: bool,
}

/// The progress of a run; reads names and sizes only.
pub fn status(store: &dyn Store, (plan, id): (&RunPlan, &str)) -> Result<Status, ShardError> {
    let there = done(store, plan.parts.len())?;
    let files = store.list(FOLDER)?;
    let bytes = files.iter().filter_map(|(name, bytes)| {
        let part = name.strip_suffix(".parquet")?.parse::<usize>().ok()?;
        there.contains(&part).then_some(*bytes)
    });
    let frames = |part: &usize| plan.parts.get(*part).map_or(0, |part| part.inputs(plan.every));
    Ok(Status {
        plan: id.to_owned(),
        parts: plan.parts.len(),
        parts_done: there.len(),
        frames: plan.inputs(),
        frames_done: there.iter().map(frames).sum(),
        bytes: bytes.sum(),
        missing: gaps(plan.parts.len(), &there).into_iter().map(|gap| [gap.start, gap.end]).collect(),
        complete: there.len() == plan.parts.len(),
    })
}

impl Status {
    /// Missing parts as ranges for people.
    pub fn missing_text(&self) -> String {
        shown(&self.missing.iter().map(|[start, end]| *start..*end).collect::<Vec<_>>())
    }

    /// The numbers as `OpenMetrics` text (version 1.0.0), for Prometheus and its kind.
    pub fn openmetrics(&self) -> String {
        let gauges = [
            ("parts", "Parts of the run", self.parts as u64),
            ("parts_done", "Parts that are done", self.parts_done as u64),
            ("frames", "Inputs of the run", self.frames as u64),
            ("frames_done", "Inputs of the parts that are done", self.frames_done as u64),
            ("rows_bytes", "Size of the rows of the parts that are done", self.bytes),
        ];
        let label = json::string(&self.plan);
        let mut text = String::new();
        for (name, help, value) in gauges {
            // Writing to a string cannot fail.
            writeln!(
                text,
                "# HELP hardcase_run_{name} {help}.\n# TYPE hardcase_run_{name} gauge\n\
                 hardcase_run_{name}{{plan={label}}} {value}"
            )
            .unwrap_or_default();
        }
        text.push_str("# EOF\n");
        text
    }
}
