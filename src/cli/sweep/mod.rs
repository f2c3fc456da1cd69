//! `hardcase sweep`: a stack over many frames, severities and seeds; every result as a row of a table. Also a shard of a
//! planned run, see `shard`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::json;

use crate::base::escape::csv::Formulas;
use crate::base::files::sha256_hex;
use crate::base::progress::Progress;
use crate::base::text::{counted, short_number};
use crate::cli::reference::ReferenceArgs;
use crate::cli::{BadArgument, print_json, say, threads, with_progress_line};
use crate::data::input::Input;
use crate::inference::model::Model;
use crate::reports::table::{EXTENSIONS, TableWriter};
use crate::robustness::inside::guard::Guard;
use crate::search::sweep::journal::Journal;
use crate::search::sweep::plan::Plan;
use crate::search::sweep::rows;
use crate::search::sweep::run::{self, Sweep, Validation};
use crate::search::sweep::summary::Summary;

mod page;
pub(super) mod report;
pub(super) mod shard;
pub(super) mod subject;

use report::{Swept, as_json, report};
use shard::{Shard, Share};
use subject::SubjectArgs;

/// Examples below the help.
const EXAMPLES: &str = "Examples:
  hardcase sweep drive.mcap --model lights.onnx --stack \"fog:0..1,rotate:-10..10\" -o all.parquet
  hardcase plan drive.mcap --model lights.onnx --stack \"fog:0..1\" -o /mnt/run
  hardcase sweep /mnt/run --shard 2/8

A shard of a planned run ends with 0 when its parts are there, 2 when trying again is no use, 3 when it is, 4 on a processor
of another instruction-set level, and 143 after SIGTERM";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct SweepArgs {
    /// A project, or recordings and images together with --model; or the place of a planned run, alone
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    subject: SubjectArgs,
    /// Output file with one row for each frame, variant and model: .parquet, .csv or .jsonl
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    guard_formulas: bool,
    /// This part of the frames, from 1: "2/8"; of a planned run also "auto", from the environment of Kubernetes, AWS Batch or
    /// Slurm
    #[arg(long, value_name = "I/N")]
    shard: Option<Share>,
    #[command(flatten)]
    planned: Shard,
    /// Frames processed concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Discard the unfinished results of an earlier run
    #[arg(long)]
    fresh: bool,
    #[command(flatten)]
    reference: ReferenceArgs,
    /// Write an HTML page into a folder: curves, worst slices, images of failures to filter by tag
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SweepArgs) -> anyhow::Result<ExitCode> {
    let threads = args.jobs.unwrap_or_else(threads).max(1);
    if let ([place], None, None) = (args.inputs.as_slice(), &args.subject.stack, &args.output) {
        return shard::run(place, args.shard, &args.planned, threads);
    }
    if args.planned.is_set() {
        let what = "--most-problems and --no-stealing are for shards of a planned run: hardcase sweep PLACE --shard I/N";
        return Err(BadArgument(what.to_owned()).into());
    }
    let output = args.output.as_deref().ok_or_else(|| {
        BadArgument(
            "no output, name a file with -o, or the place of a planned run without --stack".to_owned(),
        )
    })?;
    let extension = output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
        return Err(BadArgument(format!("cannot write .{extension} files, known are {known}")).into());
    }
    let subject = args.subject.load(&args.inputs, threads)?;
    let mut inputs = subject.inputs();
    if let Some(share) = args.shard {
        let (part, parts) = share.resolved()?;
        inputs.retain(|input| input.frame / args.subject.every as usize % parts == part - 1);
    }
    let asked: Vec<&Model> = subject.models.iter().collect();
    if args.reference.is_some() && asked.len() > 1 {
        let what = "--reference is about one model, several are swept: name one with --model";
        return Err(BadArgument(what.to_owned()).into());
    }
    let example = || {
        let first = inputs.iter().find_map(|input| input.input().ok());
        first.ok_or_else(|| anyhow!("no input can be decoded"))
    };
    let guard =
        asked.first().map(|model| args.reference.guard(model, example, threads)).transpose()?.flatten();
    let score = |input: &Input| {
        let scores = guard.as_ref()?.scores(asked.first()?, input).ok()?;
        scores.validity.map(|strange| (strange.score, strange.is_strange()))
    };
    let limit = guard.as_ref().map(Guard::threshold);
    let validation = limit.map(|(_, limit)| Validation { limit, score: &score });
    let sweep = Sweep {
        validation,
        catalog: &subject.catalog,
        inputs: &inputs,
        variants: &subject.variants,
        models: &asked,
        oracle: &subject.oracle,
        threads,
    };
    let plan = &subject.plan;
    let journal = journal(args, output, &sweep, plan)?;
    let done = journal.done()?;
    if !done.is_empty() {
        say(&format!("resuming after {} of {} {}", done.len(), inputs.len(), subject.medium.samples()));
    }
    let progress = Progress::default();
    let swept = with_progress_line("sweep", &progress, || {
        run::run(&sweep, &done, &progress, |result| Ok(journal.put(&result)?)).map(|()| journal)
    });
    let journal = swept?;
    let mut summary = Summary::new(subject.models.len(), subject.variants.len());
    let strange = write_table(args, output, &sweep, plan, &journal, &mut summary)?;
    let stack = args.subject.stack.as_deref().unwrap_or_default();
    page::page(args.html.as_deref(), stack, (&sweep, plan), &journal, &summary)?;
    journal.remove().context("could not remove the unfinished results")?;
    let swept = Swept {
        inputs: inputs.len(),
        medium: Some(subject.medium),
        catalog: &subject.catalog,
        plan,
        variants: &subject.variants,
        models: asked.iter().map(|model| (model.card.name.as_str(), model.sha256.as_str())).collect(),
        oracle: &subject.oracle,
    };
    if args.json {
        print_json(&format!("{:#}", as_json(&summary, &swept)));
    } else {
        report(&summary, &swept);
        if let Some((score, limit)) = limit {
            say(&format!(
                "{} of {} on inputs that are probably no longer valid ({score} above {})",
                strange.0,
                counted(strange.1, "failure"),
                short_number(limit)
            ));
        }
        say(&format!("results: {}", output.display()));
    }
    Ok(ExitCode::SUCCESS)
}

/// The journal of exactly this sweep.
fn journal(args: &SweepArgs, output: &Path, sweep: &Sweep<'_>, plan: &Plan) -> anyhow::Result<Journal> {
    let place = Journal::path_for(output);
    if args.fresh {
        Journal::forget(&place).with_context(|| format!("could not remove {}", place.display()))?;
    }
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("could not write {}", folder.display()))?;
    }
    let inputs: Vec<_> = sweep
        .inputs
        .iter()
        .map(|input| (&input.clip_name, &input.channel_name, input.frame, input.time_ns))
        .collect();
    let models: Vec<_> =
        sweep.models.iter().map(|model| (&model.sha256, &model.card, &model.backend.id)).collect();
    let mut identity = json!({ "inputs": inputs, "plan": plan, "models": models, "oracle": sweep.oracle, "version": env!("CARGO_PKG_VERSION") });
    // A sweep without a reference set goes on where one of an earlier version was interrupted.
    if let Some(validation) = &sweep.validation {
        identity["validity"] = json!([args.reference.describe(), validation.limit.to_bits()]);
    }
    Ok(Journal::open(&place, &sha256_hex(identity.to_string().as_bytes()))?)
}

fn write_table(
    args: &SweepArgs,
    output: &Path,
    sweep: &Sweep<'_>,
    plan: &Plan,
    journal: &Journal,
    summary: &mut Summary,
) -> anyhow::Result<(usize, usize)> {
    let about = rows::about(sweep.oracle, sweep.models.iter().map(|model| model.sha256.as_str()), plan);
    let columns =
        if sweep.validation.is_some() { rows::columns_with_validity(plan) } else { rows::columns(plan) };
    let mut strange = (0, 0);
    let mut writer =
        TableWriter::create(output, columns, &about)?.with(Formulas::guarded_if(args.guard_formulas));
    journal.each(|result| -> anyhow::Result<()> {
        let Some(input) = sweep.inputs.get(result.input) else { return Ok(()) };
        for cell in result.cells.iter().filter(|cell| cell.verdict.failed()) {
            strange.0 += usize::from(cell.strange);
            strange.1 += 1;
        }
        summary.add(&result, input, sweep.variants);
        Ok(rows::write(&mut writer, sweep, input, &result)?)
    })?;
    writer.finish()?;
    Ok(strange)
}
