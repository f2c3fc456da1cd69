//! `hardcase sweep`: a stack over many frames, severities and seeds; every result as a row of a table.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::escape::csv::Formulas;
use crate::base::files::sha256_hex;
use crate::base::progress::Progress;
use crate::claims::{self, spec};
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::test::parse_shard;
use crate::cli::{BadArgument, print_json, say, threads, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::inference::model::Model;
use crate::predictions::image_models::{self, first_model};
use crate::project::samples::{Asked, inputs, model_files};
use crate::reports::table::{ColumnKind, EXTENSIONS, TableWriter, Value};
use crate::search::sweep::errors;
use crate::search::sweep::journal::Journal;
use crate::search::sweep::plan::{Design, Plan};
use crate::search::sweep::plan_text;
use crate::search::sweep::result::UnitResult;
use crate::search::sweep::run::{self, Sweep};
use crate::search::sweep::summary::Summary;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

mod report;

use report::{as_json, report};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(super) struct SweepArgs {
    /// A project, or recordings and images together with --model
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The transforms, where a value may be a range: "fog:0..1,rotate:-10..10", "fog:0.2|0.5", "rain:0.01..1log".
    /// A transform without a value goes from neutral to its strongest value; "all" stands for every transform
    #[arg(long)]
    stack: String,
    /// Output file with one row for each frame, variant and model: .parquet, .csv or .jsonl
    #[arg(short, long)]
    output: PathBuf,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    guard_formulas: bool,
    /// Combinations of the values
    #[arg(long, value_enum, default_value_t = PlanKind::Grid)]
    plan: PlanKind,
    /// Levels per parameter of each range
    #[arg(long = "levels", alias = "steps", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    steps: u16,
    /// Number of combinations with --plan random and latin-hypercube
    #[arg(long, default_value_t = 50)]
    samples: usize,
    /// Random seeds; each combination runs with each
    #[arg(long, value_name = "SEED,SEED", value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    /// The model; the project's model if absent. Several are compared
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// The claim; the usual one for the model if absent
    #[arg(long, value_name = "CLAIM")]
    claim: Option<String>,
    /// A parameter of the claim: "iou=0.7"; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_param)]
    param: Vec<(String, f64)>,
    /// The class or value that the claim is about
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Recorded signal of the human driver, for the claim `deep_test`
    #[arg(long, value_name = "SIGNAL")]
    human: Option<String>,
    /// A claim as an expression: "after.steering >= 0.9 * before.steering"
    #[arg(long, conflicts_with = "claim")]
    expression: Option<String>,
    /// Assume an unchanged prediction where a transform promises nothing, as for the steering under a small rotation
    #[arg(long)]
    assume_same: bool,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Image-to-image model, used in the stack under its card's name; may be repeated
    #[arg(long = "image-model", alias = "painter", value_name = "FILE")]
    image_model: Vec<PathBuf>,
    /// Frame stride: use every n-th frame
    #[arg(long = "stride", alias = "every", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// This part of the frames, from 1: "2/8"
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    shard: Option<(usize, usize)>,
    /// Frames processed concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Discard the unfinished results of an earlier run
    #[arg(long)]
    fresh: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PlanKind {
    Grid,
    Random,
    LatinHypercube,
    Pairwise,
    OneAtATime,
}

fn parse_param(text: &str) -> Result<(String, f64), BadArgument> {
    let parts = text.split_once('=').and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?)));
    let (name, value) = parts.ok_or_else(|| BadArgument("expected NAME=VALUE like iou=0.7".to_owned()))?;
    Ok((name.to_owned(), value))
}

pub(super) fn run(args: &SweepArgs) -> anyhow::Result<ExitCode> {
    let extension = args.output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    if !EXTENSIONS.contains(&extension) {
        let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
        return Err(BadArgument(format!("cannot write .{extension} files, known are {known}")).into());
    }
    let design = match args.plan {
        PlanKind::Grid => Design::Grid,
        PlanKind::Random => Design::Random(args.samples),
        PlanKind::LatinHypercube => Design::LatinHypercube(args.samples),
        PlanKind::Pairwise => Design::Pairwise,
        PlanKind::OneAtATime => Design::OneAtATime,
    };
    let bad = |err: &dyn std::fmt::Display| BadArgument(err.to_string());
    let mut catalog = Catalog::default();
    for path in &args.image_model {
        image_models::load_into(&mut catalog, path)?;
    }
    let from_projects = first_model(&mut catalog, model_files(&args.inputs)?)?;
    let planned =
        |stack: &str| plan_text::parse(&catalog, stack, args.steps.into(), design, args.seeds.clone());
    let mut plan = planned(&args.stack).map_err(|err| bad(&err))?;
    let paths = if args.model.is_empty() { from_projects.into_iter().collect() } else { args.model.clone() };
    if paths.is_empty() {
        return Err(BadArgument("no model, name one with --model FILE".to_owned()).into());
    }
    let threads = args.jobs.unwrap_or_else(threads).max(1);
    let backend = args.backend.kind()?;
    // One thread inside of the model: the frames keep the processors busy.
    let models = paths.iter().map(|path| tried(path, &backend)).collect::<Result<Vec<_>, _>>()?;
    let medium = models[0].medium();
    if let Some(other) = models.iter().find(|model| model.medium() != medium) {
        let (a, b) = (medium.title(), other.medium().title());
        return Err(BadArgument(format!("one model takes {a}, another {b}, sweep them separately")).into());
    }
    let mut oracle = oracle(args, &models[0]);
    if args.stack.trim() == "all" {
        plan = planned(&plan_text::all_of(medium)).map_err(|err| bad(&err))?;
    }
    let variants = plan.variants(&catalog).map_err(|err| bad(&err))?;
    let reach = spec::reach(&oracle).with(&stack::reach(&catalog, &plan.stack));
    let mut inputs = inputs(
        &args.inputs,
        &Asked {
            clip: args.clip.clone(),
            channel: args.channel.clone(),
            human: args.human.clone(),
            every: args.every as usize,
            medium: Some(medium),
            reach: models.iter().fold(reach, |reach, model| reach.with(&model.reach())),
        },
    )?;
    if let Some((part, parts)) = args.shard {
        inputs.retain(|input| input.frame / args.every as usize % parts == part - 1);
    }
    if inputs.is_empty() {
        return Err(BadArgument(format!("no {} were selected", medium.title())).into());
    }
    if let Some(signal) = &args.human {
        if inputs.iter().all(|input| input.human.is_none()) {
            return Err(BadArgument(format!("no recording has a signal {signal:?}")).into());
        }
        let name = oracle.class.clone().unwrap_or_default();
        if let Some(human) = spec::human(&oracle)
            && !oracle.params.0.contains_key(human.usual_error.id)
        {
            let usual = errors::usual_error(&inputs, &models[0], &name, &Progress::default())?;
            oracle.params.insert(human.usual_error.id, usual.unwrap_or_default());
        }
    }
    spec::check(&oracle).map_err(|err| bad(&err))?;
    let asked: Vec<&Model> = models.iter().collect();
    let sweep = Sweep {
        catalog: &catalog,
        inputs: &inputs,
        variants: &variants,
        models: &asked,
        oracle: &oracle,
        threads,
    };
    let journal = journal(args, &sweep, &plan)?;
    let done = journal.done()?;
    if !done.is_empty() {
        say(&format!("resuming after {} of {} {}", done.len(), inputs.len(), medium.samples()));
    }
    let progress = Progress::default();
    let swept = with_progress_line("sweep", &progress, || {
        run::run(&sweep, &done, &progress, |result| Ok(journal.put(&result)?)).map(|()| journal)
    });
    let journal = swept?;
    let mut summary = Summary::new(models.len(), variants.len());
    write_table(args, &sweep, &plan, &journal, &mut summary)?;
    journal.remove().context("could not remove the unfinished results")?;
    if args.json {
        print_json(&format!("{:#}", as_json(&summary, &sweep, &plan)));
    } else {
        report(&summary, &sweep, &plan);
        say(&format!("results: {}", args.output.display()));
    }
    Ok(ExitCode::SUCCESS)
}

fn oracle(args: &SweepArgs, model: &Model) -> ClaimSpec {
    let claim = match (&args.claim, &args.expression) {
        (Some(claim), _) => claim.as_str(),
        (None, Some(_)) => "expression",
        (None, None) => claims::usual(model.task()).id,
    };
    let mut oracle = ClaimSpec {
        class: args.class.clone(),
        expression: args.expression.clone(),
        assume_same: args.assume_same,
        ..ClaimSpec::new(claim)
    };
    for (name, value) in &args.param {
        oracle.params.insert(name, *value);
    }
    oracle
}

/// The journal of exactly this sweep.
fn journal(args: &SweepArgs, sweep: &Sweep<'_>, plan: &Plan) -> anyhow::Result<Journal> {
    let place = Journal::path_for(&args.output);
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
    let identity = json!({ "inputs": inputs, "plan": plan, "models": models, "oracle": sweep.oracle, "version": env!("CARGO_PKG_VERSION") });
    Ok(Journal::open(&place, &sha256_hex(identity.to_string().as_bytes()))?)
}

fn write_table(
    args: &SweepArgs,
    sweep: &Sweep<'_>,
    plan: &Plan,
    journal: &Journal,
    summary: &mut Summary,
) -> anyhow::Result<()> {
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let number = |name: String| (name, ColumnKind::Number);
    let integer = |name: &str| (name.to_owned(), ColumnKind::Integer);
    let mut columns = vec![text("clip"), text("channel"), integer("frame"), integer("time_ns"), text("tags")];
    columns.extend([text("model"), text("class"), text("before"), text("change"), integer("seed")]);
    columns.extend(plan.axes.iter().map(|axis| number(axis.name(&plan.stack))));
    columns.push(number("strength".to_owned()));
    columns.extend([text("verdict"), text("why"), text("after")]);
    columns.extend(["confidence", "change_rms", "margin"].map(|name| number(name.to_owned())));
    let claim = serde_json::to_string(sweep.oracle)?;
    let hashes: Vec<&str> = sweep.models.iter().map(|model| model.sha256.as_str()).collect();
    let about = [("hardcase.claim", claim), ("hardcase.models", hashes.join(","))];
    let mut writer =
        TableWriter::create(&args.output, columns, &about)?.with(Formulas::guarded_if(args.guard_formulas));
    journal.each(|result| -> anyhow::Result<()> {
        let Some(input) = sweep.inputs.get(result.input) else { return Ok(()) };
        summary.add(&result, input, sweep.variants);
        write_rows(&mut writer, sweep, input, &result)
    })?;
    Ok(writer.finish()?)
}

fn write_rows(
    writer: &mut TableWriter,
    sweep: &Sweep<'_>,
    input: &RecordedInput,
    result: &UnitResult,
) -> anyhow::Result<()> {
    let tags = input.tags.join(";");
    let frame = Value::Integer(input.frame as i64);
    for cell in &result.cells {
        let Some(variant) = sweep.variants.get(cell.variant) else { continue };
        let change = stack::describe(sweep.catalog, &variant.stack);
        let word = |words: &[String]| words.get(cell.model).cloned().unwrap_or_default();
        let (class, before) = (word(&result.classes), word(&result.before));
        let mut row = vec![
            Value::Text(&input.clip_name),
            Value::Text(&input.channel_name),
            frame.clone(),
            Value::Integer(input.time_ns),
            Value::Text(&tags),
            Value::Text(&sweep.models[cell.model].card.name),
            Value::Text(&class),
            Value::Text(&before),
            Value::Text(&change),
            Value::Integer(variant.stack.seed as i64),
        ];
        row.extend(variant.values.iter().map(|value| Value::Number(Some(*value))));
        row.extend([
            Value::Number(Some(variant.strength)),
            Value::Text(cell.verdict.word()),
            Value::Text(cell.verdict.why()),
            Value::Text(&cell.answer),
            Value::Number(cell.confidence.map(f64::from)),
            Value::Number(Some(f64::from(cell.change_rms))),
            Value::Number(cell.margin),
        ]);
        writer.row(&row)?;
    }
    Ok(())
}
