//! `hardcase attack`: adversarial changes of recorded images, rechecked on 8 bits, beside noise of the same size.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;

use crate::base::errors::told;
use crate::base::escape::csv::Formulas;
use crate::base::files::slug;
use crate::base::outputs;
use crate::base::text::counted;
use crate::cli::attack::args::{check_output, kinds, objective, settings, sizes, target};
use crate::cli::backend::tried;
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
use crate::robustness::attacks::cases::{Names, Origin};
use crate::robustness::attacks::curve::curve;
use crate::robustness::attacks::error::{AttackError, Unreadable};
use crate::robustness::attacks::run::{self, Asked, Given, Outcome};
use crate::robustness::attacks::subject::Subject;
use crate::robustness::attacks::summary::{Summary, summary};
use crate::robustness::attacks::{AttackKind, KINDS, Settings};
use crate::transforms::catalog::Catalog;

mod args;
mod kept;
mod report;
mod table;

pub(super) use args::AttackArgs;

/// Exit code of a run that judged nothing.
const NOTHING: u8 = 5;

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
