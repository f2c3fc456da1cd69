//! AWS Batch: a job definition and an array job as the arguments of two calls, in one JSON file.

use serde_json::{Value, json};

use crate::shards::manifests::{Job, ManifestError, ManifestKind, check_shards, check_volumes};

/// AWS Batch.
pub static KIND: ManifestKind = ManifestKind {
    id: "aws-batch",
    title: "AWS Batch, an array job",
    usage: "jq .definition batch.json > d.json && aws batch register-job-definition --cli-input-json file://d.json, then \
            jq .job batch.json > j.json && aws batch submit-job --job-queue QUEUE --cli-input-json file://j.json",
    write,
};

fn write(job: &Job) -> Result<String, ManifestError> {
    // Sizes of array jobs.
    check_shards(job, "AWS Batch", 2, 10_000)?;
    check_volumes(job)?;
    let volumes: Vec<Value> = job
        .volumes
        .iter()
        .map(|(name, _)| json!({ "name": name, "efsVolumeConfiguration": { "fileSystemId": name, "transitEncryption": "ENABLED" } }))
        .collect();
    let mounts: Vec<Value> = job
        .volumes
        .iter()
        .map(|(name, mount)| json!({ "sourceVolume": name, "containerPath": mount, "readOnly": false }))
        .collect();
    let threads = job.threads.to_string();
    let document = json!({
        "definition": {
            "jobDefinitionName": "hardcase-sweep",
            "type": "container",
            "containerProperties": {
                "image": job.image,
                "command": [job.program, "sweep", job.place, "--shard", "auto", "--jobs", threads],
                "environment": [
                    { "name": "HARDCASE_SHARDS", "value": job.shards.to_string() },
                    { "name": "HARDCASE_HOME", "value": "/tmp/hardcase" },
                ],
                "resourceRequirements": [
                    { "type": "VCPU", "value": threads },
                    { "type": "MEMORY", "value": (job.memory_gib * 1024).to_string() },
                ],
                "user": "65532",
                "volumes": volumes,
                "mountPoints": mounts,
            },
            "retryStrategy": {
                "attempts": 6,
                "evaluateOnExit": [
                    { "onExitCode": "2", "action": "EXIT" },
                    { "onStatusReason": "Host EC2*", "action": "RETRY" },
                    { "onExitCode": "*", "action": "RETRY" },
                ],
            },
        },
        "job": {
            "jobName": "hardcase-sweep",
            "jobDefinition": "hardcase-sweep",
            "arrayProperties": { "size": job.shards },
        },
    });
    Ok(format!("{document:#}\n"))
}
