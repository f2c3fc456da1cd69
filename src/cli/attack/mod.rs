//! `hardcase attack`: adversarial changes of recorded images, rechecked on 8 bits, beside noise of the same size.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::base::errors::told;
use crate::base::escape::csv::Formulas;
use crate::base::files::slug;
use crate::base::nearest::hint;
use crate::base::outputs;
use crate::base::text::counted;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::{BadArgument, call, print, say, say_latency, threads, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::data::input::{Input, Medium};
use crate::data::prediction::Task;
use crate::evaluation::gather::{Place, facts_of};
use crate::evaluation::samples::Fact;
use crate::evaluation::terms::Terms;
use crate::inference::model::Model;
use crate::predictions::image_models::first_model;
use crate::predictions::source::Source;
use crate::project::is_project;
use crate::project::samples::{self, inputs, model_files};
use crate::reports::table::EXTENSIONS;
use crate::robustness::attacks::cases::{Names, Origin};
use crate::robustness::attacks::curve::curve;
use crate::robustness::attacks::error::{AttackError, Unreadable};
use crate::robustness::attacks::norm::{Norm, parse_sizes};
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::{self, Asked, Given, Outcome};
use crate::robustness::attacks::subject::Subject;
use crate::robustness::attacks::summary::{Summary, summary};
use crate::robustness::attacks::{AttackKind, KINDS, Settings, kind, unknown};
use crate::transforms::catalog::Catalog;

mod kept;
mod report;
mod table;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(super) struct AttackArgs {
    /// Projects, recordings or images
    #[arg(required_unless_present = "list")]
    inputs: Vec<PathBuf>,
    /// The attacks: "pgd", "pgd,square,deepfool"; see --list
    #[arg(long, value_name = "ID,ID", value_delimiter = ',', default_value = "pgd")]
    attack: Vec<String>,
    /// Norm of the change over all numbers of an image, each 0 to 1
    #[arg(long, value_enum, default_value_t = NormName::Linf)]
    norm: NormName,
    /// Size of the change: "8/255", "0.03". If absent 8/255 for linf, 1 for l2, 10 for l1. Several, like "1/255,2/255,4/255",
    /// make a curve, and the largest counts for the last line and the exit code
    #[arg(long, value_name = "SIZE,SIZE")]
    eps: Option<String>,
    /// Steps; as usual for each attack if absent
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: Option<u32>,
    /// Length of a step in parts of eps; as usual for each attack if absent
    #[arg(long, value_parser = positive)]
    step: Option<f64>,
    /// Queries for each image, for attacks that only ask the model
    #[arg(long, value_name = "QUERIES", default_value_t = 2500, value_parser = clap::value_parser!(u32).range(1..))]
    budget: u32,
    /// Random starts of pgd, of which the first that succeeds counts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    restarts: u32,
    /// Start pgd at the image itself
    #[arg(long)]
    no_random_start: bool,
    /// The class that images are to be turned into; any other class if absent
    #[arg(long, value_name = "CLASS")]
    targeted: Option<String>,
    /// Aim of an attack on a detector: objects vanish, are fabricated, are mislabeled, or the surest one vanishes alone
    #[arg(long, value_enum, default_value_t = ObjectiveName::Vanish)]
    objective: ObjectiveName,
    /// The model; the project's model if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Another model that is asked about the attacked images: does the attack transfer?
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Frame stride: use every n-th frame
    #[arg(long = "stride", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// At most this many frames, the first ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    most: Option<u32>,
    /// Random seed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    seed: u64,
    /// Output file with one row for each image and attack: .parquet, .csv or .jsonl
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    guard_formulas: bool,
    /// Folder for the attacked images of successes, as PNG
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Folder of a suite that the successes are frozen into, as cases that run without a gradient
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Batches of images processed concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// List the attacks with what they have to know
    #[arg(long)]
    list: bool,
}

/// Exit code of a run that judged nothing.
const NOTHING: u8 = 5;

const EXAMPLES: &str = "\
Examples:
  hardcase attack lights --attack pgd --eps 8/255 -o results.parquet
  hardcase attack lights --attack pgd,square --eps 4/255 --budget 2500 --images attacked
  hardcase attack lights --attack fgsm,pgd --eps 1/255,2/255,4/255,8/255
  hardcase attack lights --attack deepfool,hop_skip_jump --norm l2 --eps 1.5
  hardcase attack lights --attack bim --targeted green
  hardcase attack street --attack pgd --eps 2/255 --objective vanish --stride 50

Ends with 0 if every image holds, with 1 if one does not, with 5 if none could be attacked.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum NormName {
    Linf,
    L2,
    L1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ObjectiveName {
    Vanish,
    Fabricate,
    Mislabel,
    One,
}

fn positive(text: &str) -> Result<f64, BadArgument> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| BadArgument("expected a number above 0, like 0.1".to_owned()))
}

/// Checks that the table can be written in its format.
fn check_output(args: &AttackArgs) -> Result<(), BadArgument> {
    let Some(output) = &args.output else { return Ok(()) };
    let extension = output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    if EXTENSIONS.contains(&extension) {
        return Ok(());
    }
    let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
    Err(BadArgument(format!("cannot write .{extension} files, known are {known}")))
}

/// The attacks; one that is named twice runs once.
fn kinds(args: &AttackArgs) -> Result<Vec<&'static AttackKind>, BadArgument> {
    let mut kinds: Vec<&'static AttackKind> = Vec::new();
    for id in args.attack.iter().map(|id| id.trim()) {
        let found = kind(id).ok_or_else(|| BadArgument(unknown(id)))?;
        if !kinds.iter().any(|known| known.id == found.id) {
            kinds.push(found);
        }
    }
    Ok(kinds)
}

pub(super) fn run(args: &AttackArgs) -> anyhow::Result<ExitCode> {
    if args.list {
        for kind in KINDS {
            listed(kind);
        }
        return Ok(ExitCode::SUCCESS);
    }
    check_output(args)?;
    let kinds = kinds(args)?;
    let sizes = sizes(args)?;
    let settings = settings(args, &sizes);
    let mut catalog = Catalog::default();
    let own = first_model(&mut catalog, model_files(&args.inputs)?)?;
    let path = args.model.clone().or_else(|| args.backend.served_model()).or(own);
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    let backend = args.backend.kind()?;
    let model = Arc::new(tried(&path, &backend)?);
    let against = args.against.as_ref().map(|path| tried(path, &backend)).transpose()?;
    if let Some(other) = &against
        && other.card.labels != model.card.labels
    {
        let what = "--against is for a model of the same classes in the same order, this one has others";
        return Err(BadArgument(what.to_owned()).into());
    }
    let target = target(args, &model)?;
    let subject = Subject::new(&model)?;
    let frames = frames(args, &model)?;
    let truths = truths(args, &model)?;
    let asked = Asked {
        kinds: &kinds,
        settings: &settings,
        target,
        objective: objective(args.objective),
        seed: args.seed,
        against: against.as_ref(),
        threads: args.jobs.unwrap_or_else(threads).max(1),
    };
    run::check(&subject, &asked).map_err(|err| {
        if matches!(
            err,
            AttackError::Norm { .. } | AttackError::Objects { .. } | AttackError::BelowLevel { .. }
        ) {
            return anyhow::Error::from(BadArgument(err.to_string()));
        }
        anyhow::Error::from(err)
    })?;
    let place = |frame: &RecordedInput| -> Place {
        (frame.clip_name.clone(), frame.channel_name.clone(), frame.frame)
    };
    let untold = frames.iter().filter(|frame| !truths.contains_key(&place(frame))).count();
    if untold > 0 && model.task() == Task::Classes {
        say(&format!(
            "of {untold} of {} no label or tag says what they are, so the model's own predictions for the clean ones count",
            counted(frames.len(), "image")
        ));
    }
    let load = |at: usize| -> Result<Given, Unreadable> {
        let frame: &RecordedInput = &frames[at];
        match frame.input().map_err(|err| Unreadable { what: told(&err.into()) })? {
            Input::Image(image) => Ok(Given { image, truth: truths.get(&place(frame)).cloned() }),
            Input::Points(_) | Input::Window(_) | Input::Text(_) => {
                Err(Unreadable { what: "it is no image".to_owned() })
            }
        }
    };
    let progress = call::stopped_by_signals();
    let mut runs: Vec<Sized> = sizes.iter().map(|eps| Sized { eps: *eps, outcomes: Vec::new() }).collect();
    let done = with_progress_line("attack", &progress, || {
        curve(&subject, &asked, &sizes, (frames.len(), &load), &progress, |at, outcome| {
            runs[at].outcomes.push(lighter(args, outcome));
        })
    });
    let stopped = match done {
        Err(AttackError::Cancelled(_)) => true,
        other => {
            other?;
            false
        }
    };
    say_latency(&model);
    let summaries: Vec<Summary> = runs.iter().map(|run| summary(&kinds, &run.outcomes)).collect();
    report::report(args.json, &asked, &model, (&frames, &runs), &summaries);
    if stopped {
        let done =
            runs.iter().map(|run| run.outcomes.chunk_by(|a, b| a.image == b.image).count()).sum::<usize>();
        say(&format!("stopped after {done} of {} images", frames.len() * runs.len()));
    }
    written(args, (&asked, &model), &frames, &runs)?;
    let last = summaries.last().map_or(0, |summary| summary.all.images);
    if last == 0 && !stopped {
        say("no image was attacked, see above for the reasons");
        return Ok(ExitCode::from(NOTHING));
    }
    let holds = summaries.last().is_none_or(|summary| summary.all.holds == summary.all.images);
    Ok(ExitCode::from(u8::from(stopped || !holds)))
}

/// Outcomes at one size.
struct Sized {
    eps: f64,
    outcomes: Vec<Outcome>,
}

impl Sized {
    fn settings(&self, asked: &Asked<'_>) -> Settings {
        Settings { eps: self.eps, ..asked.settings.clone() }
    }

    /// The size, where names need it because there are several.
    fn named(&self, runs: &[Self]) -> Option<f64> {
        (runs.len() > 1).then_some(self.eps)
    }
}

fn origin(frame: &RecordedInput) -> Origin<'_> {
    Origin { clip: &frame.clip_name, channel: &frame.channel_name, frame: frame.frame }
}

/// Writes what was asked for: the table, the attacked images, a suite.
fn written(
    args: &AttackArgs,
    (asked, model): (&Asked<'_>, &Model),
    frames: &[RecordedInput],
    runs: &[Sized],
) -> anyhow::Result<()> {
    if let Some(output) = &args.output {
        table::write(output, Formulas::guarded_if(args.guard_formulas), asked, model, frames, runs)?;
        say(&format!("results: {}", output.display()));
    }
    if let Some(folder) = &args.images {
        save_images(folder, frames, runs)?;
    }
    if let Some(folder) = &args.keep {
        let count = kept::freeze(folder, model, asked, frames, runs)?;
        say(&format!("{count} cases: {}", folder.display()));
    }
    Ok(())
}

/// Images are kept in memory only where they are written.
fn lighter(args: &AttackArgs, outcome: Outcome) -> Outcome {
    let wanted = (args.images.is_some() || args.keep.is_some()) && outcome.success;
    Outcome { changed: outcome.changed.filter(|_| wanted), ..outcome }
}

fn listed(kind: &AttackKind) {
    let norms: Vec<&str> = kind.norms.iter().map(|norm| norm.id()).collect();
    let norms = if norms.is_empty() { "any size".to_owned() } else { norms.join(", ") };
    let knows = kind.knows.title();
    print(&format!("{:<16} {}; {norms}; needs {knows}; {}", kind.id, kind.summary, kind.source));
}

fn norm(args: &AttackArgs) -> Norm {
    match args.norm {
        NormName::Linf => Norm::Linf,
        NormName::L2 => Norm::L2,
        NormName::L1 => Norm::L1,
    }
}

fn sizes(args: &AttackArgs) -> Result<Vec<f64>, BadArgument> {
    let norm = norm(args);
    let Some(text) = &args.eps else { return Ok(vec![norm.usual_eps()]) };
    parse_sizes(text, norm).map_err(|err| BadArgument(err.to_string()))
}

/// Settings at the largest of the sizes.
fn settings(args: &AttackArgs, sizes: &[f64]) -> Settings {
    let norm = norm(args);
    Settings {
        norm,
        eps: sizes.last().copied().unwrap_or_else(|| norm.usual_eps()),
        steps: args.steps.map(|steps| steps as usize),
        step: args.step,
        budget: args.budget as usize,
        restarts: args.restarts as usize,
        random_start: !args.no_random_start,
    }
}

fn objective(name: ObjectiveName) -> Objective {
    match name {
        ObjectiveName::Vanish => Objective::Vanish,
        ObjectiveName::Fabricate => Objective::Fabricate,
        ObjectiveName::Mislabel => Objective::Mislabel,
        ObjectiveName::One => Objective::One,
    }
}

fn target(args: &AttackArgs, model: &Model) -> Result<Option<usize>, BadArgument> {
    let Some(class) = &args.targeted else { return Ok(None) };
    if model.task() != Task::Classes {
        return Err(BadArgument("--targeted is for classifiers, --objective for detectors".to_owned()));
    }
    let labels = || model.card.labels.iter().map(String::as_str);
    let found = labels().position(|label| label == class);
    found.map(Some).ok_or_else(|| {
        let hint = hint(class, labels());
        BadArgument(format!(
            "the model has no class {class:?}{hint}, it has {}",
            model.card.labels.join(", ")
        ))
    })
}

/// The frames that are attacked.
fn frames(args: &AttackArgs, model: &Model) -> anyhow::Result<Vec<RecordedInput>> {
    let asked = samples::Asked {
        clip: args.clip.clone(),
        channel: args.channel.clone(),
        human: None,
        every: args.every as usize,
        medium: Some(Medium::Image),
        reach: model.reach(),
    };
    let mut frames = inputs(&args.inputs, &asked)?;
    if let Some(most) = args.most {
        frames.truncate(most as usize);
    }
    if frames.is_empty() {
        return Err(BadArgument("no images were selected".to_owned()).into());
    }
    Ok(frames)
}

/// The classes of labeled and tagged frames of projects.
fn truths(args: &AttackArgs, model: &Arc<Model>) -> anyhow::Result<BTreeMap<Place, String>> {
    let mut truths = BTreeMap::new();
    if model.task() != Task::Classes {
        return Ok(truths);
    }
    let source = Source::Model(Arc::clone(model));
    for place in args.inputs.iter().filter(|place| is_project(place)) {
        for (place, fact) in facts_of(place, &source, &Terms::default())? {
            if let Fact::Class(class) = fact {
                truths.insert(place, class);
            }
        }
    }
    Ok(truths)
}

fn save_images(folder: &Path, frames: &[RecordedInput], runs: &[Sized]) -> anyhow::Result<()> {
    let (mut count, mut names) = (0, Names::default());
    for run in runs {
        for outcome in run.outcomes.iter().filter(|outcome| outcome.success) {
            let Some(image) = &outcome.changed else { continue };
            let name = names.unique(slug(&origin(&frames[outcome.image]).name(outcome, run.named(runs))));
            let file = PathBuf::from(format!("{name}.png"));
            outputs::write(folder, &file, &image.to_png()?)
                .with_context(|| format!("could not write {}", folder.join(&file).display()))?;
            count += 1;
        }
    }
    say(&format!("{count} images: {}", folder.display()));
    Ok(())
}
