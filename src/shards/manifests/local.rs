//! This machine: the shards as processes side by side, by a shell script.

use crate::shards::manifests::{Job, ManifestError, ManifestKind, check_shards, word};

/// This machine.
pub static KIND: ManifestKind = ManifestKind {
    id: "local",
    title: "this machine, a process for each shard",
    usage: "run at once by hardcase submit, or sh shards.sh",
    write,
};

fn write(job: &Job) -> Result<String, ManifestError> {
    check_shards(job, "this machine", 1, 1000)?;
    let Job { shards, at_once, threads, .. } = job;
    let (program, place) = (word(&job.program), word(&job.place));
    Ok(format!(
        "#!/bin/sh
# Shards of a planned sweep, {at_once} at a time.
seq 1 {shards} | xargs -P {at_once} -I @ {program} sweep {place} --shard @/{shards} --jobs {threads}
"
    ))
}
