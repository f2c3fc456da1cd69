//! `hardcase submit`: a manifest that makes an engine run the shards of a plan; on this machine they run at once.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs;
use crate::base::parallel::in_order;
use crate::base::text::counted;
use crate::cli::{BadArgument, print_raw, say, threads};
use crate::shards::manifests::{self, Job, KINDS, ManifestKind};
use crate::shards::plan::RunPlan;
use crate::shards::store::{self, folder, parted};

/// Examples below the help.
const EXAMPLES: &str = "Examples:
  hardcase submit /mnt/run --for slurm -n 100 -o array.sbatch && sbatch array.sbatch
  hardcase submit /mnt/run --for kubernetes -n 1000 --image registry/hardcase:0.1.0 --volume drives=/mnt -o job.yaml
  hardcase submit /mnt/run --for local -n 8";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SubmitArgs {
    /// Place of the run
    place: PathBuf,
    #[arg(long = "for", value_name = "ENGINE", value_parser = engine, help = engines())]
    engine: &'static ManifestKind,
    /// Number of shards
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    shards: u32,
    /// Output file of the manifest; the standard output if absent
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Shards at the same time; all, on this machine as many as it has processors for, if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    parallel: Option<u32>,
    /// Processors of a shard
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    jobs: u32,
    /// Memory of a shard in GiB
    #[arg(long, value_name = "GIB", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    memory: u32,
    /// Container image with the program as `hardcase`, for Kubernetes, AWS Batch and Argo
    #[arg(long, value_name = "IMAGE", default_value = concat!("hardcase:", env!("CARGO_PKG_VERSION")))]
    image: String,
    /// Type of the machines (Kubernetes, Argo), or a feature of theirs (Slurm), so that all have one instruction-set level
    #[arg(long, value_name = "TYPE")]
    machines: Option<String>,
    /// Volume that containers see: the name of a claim, for AWS Batch of a file system, and its mount point; may be repeated
    #[arg(long, value_name = "NAME=/PATH", value_parser = volume)]
    volume: Vec<(String, PathBuf)>,
}

fn engines() -> String {
    let all: Vec<String> = KINDS.iter().map(|kind| format!("{} ({})", kind.id, kind.title)).collect();
    format!("Engine that runs the shards: {}", all.join("; "))
}

fn engine(text: &str) -> Result<&'static ManifestKind, BadArgument> {
    let known = || KINDS.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", ");
    let kind = KINDS.iter().find(|kind| kind.id == text).copied();
    kind.ok_or_else(|| BadArgument(format!("unknown engine {text:?}, expected one of {}", known())))
}

fn volume(text: &str) -> Result<(String, PathBuf), BadArgument> {
    let parts = text.split_once('=').filter(|(name, path)| !name.is_empty() && path.starts_with('/'));
    let (name, path) =
        parts.ok_or_else(|| BadArgument("expected NAME=/mount/point like drives=/mnt".to_owned()))?;
    Ok((name.to_owned(), PathBuf::from(path)))
}

pub(super) fn run(args: &SubmitArgs) -> anyhow::Result<ExitCode> {
    let store = store::open(&args.place)?;
    let (plan, _) = RunPlan::read(&*store, &args.place)?;
    let job = job(args, &plan)?;
    let text = (args.engine.write)(&job).map_err(|err| BadArgument(err.to_string()))?;
    let local = args.engine.id == manifests::local::KIND.id;
    if let Some(path) = &args.output {
        outputs::write_named(path, text.as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
        if !local {
            say(&format!("{}: start it with {}", path.display(), args.engine.usage));
        }
    } else if !local {
        print_raw(text.trim_end());
    }
    if local { started(&job) } else { Ok(ExitCode::SUCCESS) }
}

fn job(args: &SubmitArgs, plan: &RunPlan) -> anyhow::Result<Job> {
    let contained = ["kubernetes", "argo", "aws-batch"].contains(&args.engine.id);
    let text = args.place.to_string_lossy();
    let mut paths = Vec::new();
    let place = match parted(&text) {
        ("" | "file" | "FILE", _) => {
            let path = std::path::absolute(folder::path_of(&args.place)?)?;
            paths.push(path.clone());
            path.to_string_lossy().into_owned()
        }
        _ => text.into_owned(),
    };
    let shards = args.shards as usize;
    let threads_each = args.jobs as usize;
    let here = args.engine.id == manifests::local::KIND.id;
    let usual = if here { (threads() / threads_each).clamp(1, shards) } else { shards };
    let clips = plan.recordings.iter().map(|recording| &recording.files);
    paths.extend(
        clips
            .flat_map(|clip| std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path)))
            .cloned(),
    );
    paths.extend(plan.models.iter().map(|model| model.path.clone()));
    paths.extend(plan.image_models.iter().map(|file| file.path.clone()));
    let own = std::env::current_exe().unwrap_or_else(|_err| Path::new("hardcase").to_owned());
    Ok(Job {
        place,
        shards,
        at_once: args.parallel.map_or(usual, |parallel| (parallel as usize).min(shards)),
        threads: threads_each,
        memory_gib: args.memory as usize,
        program: if contained { "hardcase".to_owned() } else { own.to_string_lossy().into_owned() },
        image: args.image.clone(),
        machines: args.machines.clone(),
        volumes: args.volume.clone(),
        paths,
        level: plan.level.clone(),
    })
}

/// Runs the shards as processes of this program and waits for them; returns the code of the worst.
fn started(job: &Job) -> anyhow::Result<ExitCode> {
    let one = |at: usize| {
        let shard = format!("{}/{}", at + 1, job.shards);
        let mut command = Command::new(&job.program);
        command.args(["sweep", &job.place, "--shard", &shard, "--jobs", &job.threads.to_string()]);
        command.stdin(Stdio::null()).status()
    };
    let mut worst: Option<i32> = None;
    let mut failed = 0;
    in_order(job.shards, job.at_once, one, |_, status| -> anyhow::Result<()> {
        let status = status.with_context(|| format!("could not start {}", job.program))?;
        if !status.success() {
            failed += 1;
            // Of several, the one that trying again does not mend.
            let code = status.code().unwrap_or(3);
            worst =
                Some(worst.map_or(code, |worst| if worst == 2 || code == 2 { 2 } else { worst.max(code) }));
        }
        Ok(())
    })?;
    match worst {
        None => Ok(ExitCode::SUCCESS),
        Some(code) => {
            say(&format!("{} of {} failed", failed, counted(job.shards, "shard")));
            Ok(ExitCode::from(u8::try_from(code).unwrap_or(3)))
        }
    }
}
