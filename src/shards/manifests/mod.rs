//! Manifests that make existing engines run the shards of a plan. An engine is a kind: one file ending in a
//! `static KIND`, and its line below.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::base::escape::json;

pub mod argo;
pub mod aws_batch;
pub mod kubernetes;
pub mod local;
pub mod ray;
pub mod slurm;

/// Contents of a manifest, for any engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Place of the run, as every machine names it.
    pub place: String,
    /// Number of shards.
    pub shards: usize,
    /// Shards at the same time, where the engine has such a limit.
    pub at_once: usize,
    /// Processors of a shard.
    pub threads: usize,
    /// Memory of a shard in GiB.
    pub memory_gib: usize,
    /// The program, or in a container its name there.
    pub program: String,
    /// Container image with the program, for engines that run containers.
    pub image: String,
    /// Type of the machines, where the engine may choose between several.
    pub machines: Option<String>,
    /// Volumes that containers see: name and mount point.
    pub volumes: Vec<(String, PathBuf)>,
    /// Paths that a shard reads and writes, for engines that run containers.
    pub paths: Vec<PathBuf>,
    /// Instruction-set level of the plan.
    pub level: String,
}

/// A kind of engines.
#[derive(Debug)]
pub struct ManifestKind {
    /// Id on the command line.
    pub id: &'static str,
    /// Name in documents.
    pub title: &'static str,
    /// Command that starts it.
    pub usage: &'static str,
    /// The text of the manifest.
    pub write: fn(&Job) -> Result<String, ManifestError>,
}

/// Every engine.
pub static KINDS: &[&ManifestKind] =
    &[&kubernetes::KIND, &slurm::KIND, &aws_batch::KIND, &ray::KIND, &argo::KIND, &local::KIND];

/// Reason why an engine cannot run a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// A container does not see a path.
    #[error("a container cannot see this path, name the volume that holds it with --volume NAME=/mount/point: {}", path.display())]
    Unseen {
        /// The path.
        path: PathBuf,
    },
    /// The engine has no such number of shards.
    #[error("{engine} takes {least} to {most} shards, not {shards}")]
    Shards {
        /// Name of the engine.
        engine: &'static str,
        /// The least number.
        least: usize,
        /// The greatest number.
        most: usize,
        /// The number that was asked for.
        shards: usize,
    },
}

/// An error if the number of shards is not one that an engine takes.
fn check_shards(job: &Job, engine: &'static str, least: usize, most: usize) -> Result<(), ManifestError> {
    if (least..=most).contains(&job.shards) {
        return Ok(());
    }
    Err(ManifestError::Shards { engine, least, most, shards: job.shards })
}

/// An error if a path lies on no volume.
fn check_volumes(job: &Job) -> Result<(), ManifestError> {
    let seen = |path: &Path| job.volumes.iter().any(|(_, mount)| path.starts_with(mount));
    match job.paths.iter().find(|path| !seen(path)) {
        Some(path) => Err(ManifestError::Unseen { path: path.clone() }),
        None => Ok(()),
    }
}

/// Text as a string of YAML, JSON and Python.
fn quoted(text: &str) -> String {
    json::string(text)
}

/// Text as one word of a POSIX shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:=+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Lines of YAML that mount the volumes, as claims, each line with this indentation: those of the container, those of the pod.
fn mounts(job: &Job, container: &str, pod: &str) -> (String, String) {
    let (mut inside, mut outside) = (String::new(), String::new());
    for (name, mount) in &job.volumes {
        let (name, mount) = (quoted(name), quoted(&mount.to_string_lossy()));
        // Writing to a string cannot fail.
        writeln!(inside, "{container}- {{ name: {name}, mountPath: {mount} }}").unwrap_or_default();
        writeln!(outside, "{pod}- {{ name: {name}, persistentVolumeClaim: {{ claimName: {name} }} }}")
            .unwrap_or_default();
    }
    (inside, outside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            place: "/mnt/data/it's a run".to_owned(),
            shards: 8,
            at_once: 4,
            threads: 2,
            memory_gib: 4,
            program: "hardcase".to_owned(),
            image: "registry.example.com/hardcase:0.1.0".to_owned(),
            machines: None,
            volumes: vec![("data".to_owned(), "/mnt/data".into())],
            paths: vec!["/mnt/data/it's a run".into(), "/mnt/data/drive.mcap".into()],
            level: "x86_64+avx2+fma".to_owned(),
        }
    }

    #[test]
    fn every_engine_is_told_the_place_and_the_shards() {
        for kind in KINDS {
            let text = (kind.write)(&job()).unwrap();
            assert!(
                text.contains('8') && text.contains("--shard") && text.contains("sweep"),
                "{}: {text}",
                kind.id
            );
            assert!(text.contains("it's a run") || text.contains("it'\\''s a run"), "{}: {text}", kind.id);
            assert!(!text.contains('\t') && text.ends_with('\n'), "{}", kind.id);
        }
    }

    #[test]
    fn containers_need_volumes_and_arrays_have_limits() {
        let unseen = Job { volumes: Vec::new(), ..job() };
        for kind in [&kubernetes::KIND, &argo::KIND, &aws_batch::KIND] {
            assert!(matches!((kind.write)(&unseen), Err(ManifestError::Unseen { .. })), "{}", kind.id);
        }
        assert!((slurm::KIND.write)(&unseen).is_ok());
        for (kind, shards) in
            [(&kubernetes::KIND, 100_001), (&aws_batch::KIND, 1), (&aws_batch::KIND, 10_001)]
        {
            assert!((kind.write)(&Job { shards, ..job() }).is_err(), "{} {shards}", kind.id);
        }
    }
}
