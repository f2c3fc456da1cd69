//! Argo Workflows: a workflow that runs the shards side by side.

use crate::shards::manifests::{
    Job, ManifestError, ManifestKind, check_shards, check_volumes, mounts, quoted,
};

/// Argo Workflows.
pub static KIND: ManifestKind = ManifestKind {
    id: "argo",
    title: "Argo Workflows, a step for each shard",
    usage: "argo submit workflow.yaml",
    write,
};

fn write(job: &Job) -> Result<String, ManifestError> {
    // A workflow is one object of at most a megabyte, with a status for each step.
    check_shards(job, "Argo", 1, 5_000)?;
    check_volumes(job)?;
    let (inside, outside) = mounts(job, "          ", "    ");
    let Job { shards, at_once, memory_gib, .. } = job;
    let (image, place, level) = (quoted(&job.image), quoted(&job.place), quoted(&job.level));
    let (jobs, program, count) =
        (quoted(&job.threads.to_string()), quoted(&job.program), quoted(&shards.to_string()));
    let machines = job.machines.as_ref().map_or_else(String::new, |machines| {
        format!("  nodeSelector:\n    node.kubernetes.io/instance-type: {}\n", quoted(machines))
    });
    Ok(format!(
        "# Shards of a planned sweep. Exit codes: 2 never works, 3 may work next time, 4 needs a processor of level
# {level}, so give the machines one type.
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: hardcase-sweep-
spec:
  entrypoint: shards
  parallelism: {at_once}
{machines}  securityContext: {{ runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: {{ type: RuntimeDefault }} }}
  volumes:
    - {{ name: scratch, emptyDir: {{ sizeLimit: 2Gi }} }}
{outside}  templates:
    - name: shards
      steps:
        - - name: shard
            template: shard
            arguments:
              parameters: [{{ name: number, value: \"{{{{item}}}}\" }}]
            withSequence: {{ start: \"1\", end: {count} }}
    - name: shard
      inputs:
        parameters: [{{ name: number }}]
      retryStrategy:
        limit: \"5\"
        retryPolicy: Always
        expression: 'lastRetry.exitCode != \"2\"'
      container:
        image: {image}
        command: [{program}]
        args: [\"sweep\", {place}, \"--shard\", \"{{{{inputs.parameters.number}}}}/{shards}\", \"--jobs\", {jobs}]
        env:
          - {{ name: HARDCASE_HOME, value: \"/tmp/hardcase\" }}
        resources:
          requests: {{ cpu: {jobs}, memory: {memory_gib}Gi, ephemeral-storage: 2Gi }}
          limits: {{ memory: {memory_gib}Gi }}
        securityContext: {{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {{ drop: [ALL] }} }}
        volumeMounts:
          - {{ name: scratch, mountPath: /tmp }}
{inside}"
    ))
}
