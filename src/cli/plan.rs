//! `hardcase plan`: a sweep written down and divided into parts, with what it will cost.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;

use crate::base::files::sha256_of;
use crate::base::processor;
use crate::base::progress::Progress;
use crate::base::remote::download::absolute;
use crate::base::text::{counted, grouped};
use crate::cli::sweep::subject::{Subject, SubjectArgs};
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::inference::model::Model;
use crate::search::sweep::plan::Variant;
use crate::search::sweep::run::{self, Sweep};
use crate::shards::cost::{Cost, Extent, Prices, inputs_of_part};
use crate::shards::error::ShardError;
use crate::shards::plan::{PlannedFile, PlannedModel, RunPlan, VERSION, numbers, short};
use crate::shards::{planning, store};

/// Examples below the help.
const EXAMPLES: &str = "Examples:
  hardcase plan drives/*.mcap --model lights.onnx --stack \"fog:0..1,rotate:-10..10\" -o /mnt/run
  hardcase plan my_project --stack \"rain:0..1\" -o /mnt/run --prices vcpu-hour=0.018
  hardcase submit /mnt/run --for slurm -n 100";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlanArgs {
    /// A project, or recordings and images together with --model
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Place of the run: a folder that every machine sees under the same path
    #[arg(short, long, value_name = "PLACE")]
    output: PathBuf,
    /// Inputs of a part; about ten minutes of work, by a measurement of 8 inputs, if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    part_frames: Option<u32>,
    /// Prices in dollars: "vcpu-hour=0.018,gigabyte=0.02"; others are reads and writes (of 1,000 requests) and overhead (part
    /// of the time)
    #[arg(long, value_name = "NAME=PRICE,…")]
    prices: Option<Prices>,
    /// Threads of what has to be computed for the plan; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
}

pub(super) fn run(args: &PlanArgs) -> anyhow::Result<ExitCode> {
    let backend = args.subject.backend.kind()?;
    if backend.is_server() {
        let what = "a model on a server cannot be planned, for its results may change between shards; name a model file";
        return Err(BadArgument(what.to_owned()).into());
    }
    // The place is checked before the work.
    let store = store::open(&args.output)?;
    let threads = args.jobs.unwrap_or_else(threads).max(1);
    let subject = args.subject.load(&args.inputs, threads)?;
    let inputs = subject.inputs();
    let speed = measured(&subject, &inputs);
    let target = match (args.part_frames, speed) {
        (Some(frames), _) => frames as usize,
        (None, Some(speed)) => inputs_of_part(speed),
        (None, None) => {
            let what = "none of 8 inputs could be read, so nothing is known of the speed: look at the recordings, or give --part-frames";
            return Err(BadArgument(what.to_owned()).into());
        }
    };
    let plan = planned(&subject, backend.id, target)?;
    let id = plan.write(&*store, &args.output)?;
    tell(&plan, &subject, speed, &args.prices.unwrap_or_default());
    say(&format!("plan {}: {}", short(&id), args.output.display()));
    Ok(ExitCode::SUCCESS)
}

fn planned(subject: &Subject, backend: String, target: usize) -> anyhow::Result<RunPlan> {
    let progress = Progress::default();
    progress.begin(subject.sources.len() as u64);
    let recordings = with_progress_line("checksums of recordings", &progress, || {
        let one = |source| -> Result<_, ShardError> {
            let recording = planning::recording(source, &subject.asked)?;
            progress.step()?;
            Ok(recording)
        };
        subject.sources.iter().map(one).collect::<Result<Vec<_>, _>>()
    })?;
    let file = |path: &PathBuf| -> anyhow::Result<PlannedFile> {
        let sha256 = sha256_of(path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(PlannedFile { path: absolute(path)?, sha256 })
    };
    let model = |model: &Model| -> anyhow::Result<PlannedModel> {
        let path = absolute(&model.path)?;
        Ok(PlannedModel { path, sha256: model.sha256.clone(), card: model.card.clone() })
    };
    Ok(RunPlan {
        version: VERSION.to_owned(),
        level: processor::level(),
        backend,
        sweep: subject.plan.clone(),
        numbers: numbers(&subject.oracle),
        claim: subject.oracle.clone(),
        models: subject.models.iter().map(model).collect::<Result<_, _>>()?,
        image_models: subject.image_models.iter().map(file).collect::<Result<_, _>>()?,
        medium: subject.medium,
        channel: subject.asked.channel.clone(),
        human: subject.asked.human.clone(),
        every: subject.asked.every,
        parts: planning::parts(&subject.sources, &subject.asked, target),
        recordings,
    })
}

/// Seconds of one processor for an input with all its variants, by up to 8 inputs spread over all of them; none if not one
/// could be read.
fn measured(subject: &Subject, inputs: &[RecordedInput]) -> Option<f64> {
    /// Inputs that are measured.
    const INPUTS: usize = 8;
    /// Variants that are measured with each; more are counted by these.
    const VARIANTS: usize = 16;
    let spread =
        |count: usize, most: usize| (0..count.min(most)).map(move |at| at * count / count.min(most).max(1));
    let few: Vec<RecordedInput> = spread(inputs.len(), INPUTS).map(|at| inputs[at].clone()).collect();
    let variants: Vec<Variant> =
        spread(subject.variants.len(), VARIANTS).map(|at| subject.variants[at].clone()).collect();
    let models: Vec<&Model> = subject.models.iter().collect();
    let sweep = Sweep {
        validation: None,
        catalog: &subject.catalog,
        inputs: &few,
        variants: &variants,
        models: &models,
        oracle: &subject.oracle,
        threads: 1,
    };
    let mut read = 0;
    let begin = Instant::now();
    let progress = Progress::default();
    let done = with_progress_line("measuring", &progress, || {
        run::run(&sweep, &std::collections::BTreeSet::new(), &progress, |result| {
            read += usize::from(result.problem.is_empty());
            Ok(())
        })
    });
    let secs = begin.elapsed().as_secs_f64();
    // The original costs about as much as a variant.
    let scale = (subject.variants.len() + 1) as f64 / (variants.len() + 1) as f64;
    (done.is_ok() && read > 0).then(|| secs / read as f64 * scale)
}

fn tell(plan: &RunPlan, subject: &Subject, speed: Option<f64>, prices: &Prices) {
    let frames = plan.inputs();
    let extent = Extent {
        frames,
        predictions: frames * (subject.variants.len() + 1) * subject.models.len(),
        parts: plan.parts.len(),
        bytes: plan.recordings.iter().map(|recording| recording.bytes).sum(),
        secs_per_frame: speed.unwrap_or_default(),
    };
    let cost = Cost::of(&extent, prices);
    print(&format!(
        "{} of {}, {} {} of {}",
        counted(plan.parts.len(), "part"),
        counted(plan.recordings.len(), "recording"),
        grouped(frames),
        plan.medium.samples(),
        counted(subject.variants.len(), "variant")
    ));
    print(&format!("{} predictions", grouped(extent.predictions)));
    print(&format!(
        "{} bytes, {} reads of 8 MiB, {} writes",
        grouped(extent.bytes as usize),
        grouped(cost.reads as usize),
        grouped(cost.writes as usize)
    ));
    match speed {
        Some(speed) => {
            print(&format!(
                "{speed:.4} s for each of the {} on one processor: {:.2} processor hours",
                plan.medium.samples(),
                cost.core_hours
            ));
            print(&format!(
                "${:.2} for processors ($ {} a hour, {} % lost) and ${:.2} for storage ($ {} for 1,000 reads, $ {} for 1,000 writes, $ {} a gigabyte)",
                cost.compute,
                prices.vcpu_hour,
                100.0 * prices.overhead,
                cost.storage,
                prices.reads,
                prices.writes,
                prices.gigabyte
            ));
        }
        None => print("hours and dollars are not known: none of 8 inputs could be read"),
    }
}
