//! Kubernetes: an Indexed Job, each index a shard (batch/v1, Kubernetes 1.30 and later; retries by index are stable since 1.33).

use crate::shards::manifests::{
    Job, ManifestError, ManifestKind, check_shards, check_volumes, mounts, quoted,
};

/// Kubernetes.
pub static KIND: ManifestKind = ManifestKind {
    id: "kubernetes",
    title: "Kubernetes, an Indexed Job",
    usage: "kubectl create -f job.yaml",
    write,
};

fn write(job: &Job) -> Result<String, ManifestError> {
    // The limit of completions in Indexed mode.
    check_shards(job, "Kubernetes", 1, 100_000)?;
    check_volumes(job)?;
    let (inside, outside) = mounts(job, "            ", "        ");
    let Job { shards, at_once, threads, memory_gib, .. } = job;
    let machines = match &job.machines {
        Some(machines) => {
            format!("      nodeSelector:\n        node.kubernetes.io/instance-type: {}\n", quoted(machines))
        }
        None => String::new(),
    };
    // More failed indexes than one in a hundred are no accident.
    let failed = (shards / 100).max(1);
    let (image, place, count, level) =
        (quoted(&job.image), quoted(&job.place), quoted(&shards.to_string()), quoted(&job.level));
    let (jobs, program) = (quoted(&threads.to_string()), quoted(&job.program));
    Ok(format!(
        "# Shards of a planned sweep. Exit codes: 2 never works, 3 may work next time, 4 needs a processor of level
# {level}, so give the machines one type.
apiVersion: batch/v1
kind: Job
metadata:
  generateName: hardcase-sweep-
  labels: {{ app.kubernetes.io/name: hardcase }}
spec:
  completionMode: Indexed
  completions: {shards}
  parallelism: {at_once}
  backoffLimitPerIndex: 5
  maxFailedIndexes: {failed}
  podReplacementPolicy: Failed
  ttlSecondsAfterFinished: 604800
  podFailurePolicy:
    rules:
      # A machine that was taken away is nobody's failure.
      - action: Ignore
        onPodConditions:
          - {{ type: DisruptionTarget, status: \"True\" }}
      # Wrong arguments are wrong for every shard.
      - action: FailJob
        onExitCodes: {{ containerName: shard, operator: In, values: [2] }}
  template:
    metadata:
      labels: {{ app.kubernetes.io/name: hardcase }}
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      # A part that was begun is left after SIGTERM.
      terminationGracePeriodSeconds: 60
{machines}      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        fsGroup: 65532
        seccompProfile: {{ type: RuntimeDefault }}
      containers:
        - name: shard
          image: {image}
          command: [{program}]
          args: [\"sweep\", {place}, \"--shard\", \"auto\", \"--jobs\", {jobs}]
          env:
            - {{ name: HARDCASE_SHARDS, value: {count} }}
            - {{ name: HARDCASE_HOME, value: \"/tmp/hardcase\" }}
          resources:
            requests: {{ cpu: {jobs}, memory: {memory_gib}Gi, ephemeral-storage: 2Gi }}
            limits: {{ memory: {memory_gib}Gi }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{ drop: [ALL] }}
          volumeMounts:
            - {{ name: scratch, mountPath: /tmp }}
{inside}      volumes:
        - {{ name: scratch, emptyDir: {{ sizeLimit: 2Gi }} }}
{outside}"
    ))
}
