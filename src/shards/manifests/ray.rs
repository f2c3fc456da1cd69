//! Ray Core: a Python script with a task for each shard. Rows do not pass through Ray's store.

use crate::shards::manifests::{Job, ManifestError, ManifestKind, check_shards, quoted};

/// Ray.
pub static KIND: ManifestKind = ManifestKind {
    id: "ray",
    title: "Ray Core, a task for each shard",
    usage: "ray job submit --working-dir . -- python shards.py, or python shards.py on this machine",
    write,
};

fn write(job: &Job) -> Result<String, ManifestError> {
    check_shards(job, "Ray", 1, 1_000_000)?;
    let Job { shards, threads, level, .. } = job;
    let (program, place) = (quoted(&job.program), quoted(&job.place));
    Ok(format!(
        "\"\"\"Shards of a planned sweep, for processors of level {level}.\"\"\"
import subprocess
import sys

import ray

PROGRAM, PLACE, SHARDS = {program}, {place}, {shards}


class Again(Exception):
    \"\"\"The shard may work next time: Ray tries again only where an exception says so.\"\"\"


@ray.remote(num_cpus={threads}, max_retries=5, retry_exceptions=[Again])
def shard(number):
    command = [PROGRAM, \"sweep\", PLACE, \"--shard\", f\"{{number}}/{{SHARDS}}\", \"--jobs\", \"{threads}\"]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True)
    if done.returncode == 2:
        # Never worth another try; not an exception, which would hide the other shards.
        return number, done.stderr.strip()[-500:]
    if done.returncode != 0:
        raise Again(f\"shard {{number}} ended with {{done.returncode}}: {{done.stderr.strip()[-500:]}}\")
    return number, \"\"


if __name__ == \"__main__\":
    ray.init()
    ends = ray.get([shard.remote(number) for number in range(1, SHARDS + 1)])
    problems = [f\"shard {{number}}: {{problem}}\" for number, problem in ends if problem]
    print(\"\\n\".join(problems) or f\"{{SHARDS}} shards are done\")
    sys.exit(2 if problems else 0)
"
    ))
}
