//! Slurm: a job array, each task a shard, and how to merge behind it.

use crate::shards::manifests::{Job, ManifestError, ManifestKind, check_shards, word};

/// Slurm.
pub static KIND: ManifestKind =
    ManifestKind { id: "slurm", title: "Slurm, a job array", usage: "sbatch array.sbatch", write };

fn write(job: &Job) -> Result<String, ManifestError> {
    // The greatest MaxArraySize that slurm.conf may have.
    check_shards(job, "Slurm", 1, 4_000_000)?;
    let Job { shards, at_once, threads, memory_gib, level, .. } = job;
    let limit = if at_once < shards { format!("%{at_once}") } else { String::new() };
    let (program, place) = (word(&job.program), word(&job.place));
    let constraint = job
        .machines
        .as_ref()
        .map_or_else(String::new, |machines| format!("#SBATCH --constraint={}\n", word(machines)));
    // Slurm's MaxArraySize is 1001 as installed, for tasks 0 to 1000.
    let note = if *shards > 1000 {
        "# MaxArraySize of slurm.conf must be greater than the last task.\n"
    } else {
        ""
    };
    Ok(format!(
        "#!/bin/sh
# Shards of a planned sweep, for processors of level {level}.
{note}# Behind it: sbatch --dependency=afterok:$JOB --wrap {}
#SBATCH --job-name=hardcase
#SBATCH --array=1-{shards}{limit}
#SBATCH --cpus-per-task={threads}
#SBATCH --mem={memory_gib}G
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=hardcase-%A-%a.txt
{constraint}
{program} sweep {place} --shard auto --jobs \"${{SLURM_CPUS_PER_TASK:-{threads}}}\" &
shard=$!
# Slurm ends a task by SIGTERM, which the shell passes on so that the shard leaves its part.
trap 'kill -TERM \"$shard\"' TERM
wait \"$shard\"
code=$?
# The signal ends the first wait, not the shard.
if kill -0 \"$shard\" 2>/dev/null; then
  wait \"$shard\"
  code=$?
fi
trap - TERM
# 3 may work next time; 4 is the wrong kind of processor, where another machine is right. At most five times.
case $code in
  3 | 4)
    if [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt 5 ]; then
      scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}\"
    fi
    ;;
esac
exit $code
",
        word(&format!("{program} merge {place} -o all.parquet"))
    ))
}
