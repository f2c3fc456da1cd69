//! `hardcase diff`: one model in two ways on the same inputs, and the step at which they part.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use clap::Args;
use serde_json::json;

use crate::base::progress::Progress;
use crate::claims::differential::along::{Tolerance, along};
use crate::claims::differential::{CLASS_LIMIT, localized};
use crate::cli::backend::BackendArgs;
use crate::cli::{BadArgument, print, print_json, say, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::data::prediction::Task;
use crate::evaluation::gather;
use crate::evaluation::samples::Fact;
use crate::evaluation::terms::Terms;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::predictions::image_models::first_model;
use crate::predictions::source::Source;
use crate::project::is_project;
use crate::project::samples::{Asked, inputs, model_files};
use crate::transforms::catalog::Catalog;

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// Projects, recordings or images to run on
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The model file; the project's model if absent
    #[arg(long)]
    model: Option<PathBuf>,
    /// Another file of the same architecture to compare with
    #[arg(long)]
    with: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// The second backend; the same one if absent
    #[arg(long)]
    against: Option<String>,
    /// Threads of the second backend
    #[arg(long)]
    threads: Option<usize>,
    /// Frame stride: use every n-th frame
    #[arg(long = "stride", alias = "every", value_name = "N", default_value_t = 1)]
    every: usize,
    /// Runs of the first input, to check that the model is deterministic
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Absolute tolerance.
    #[arg(long, default_value_t = 1e-4)]
    atol: f64,
    /// Relative tolerance.
    #[arg(long, default_value_t = 1e-4)]
    rtol: f64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    let named = args.model.clone().or_else(|| args.backend.served_model());
    let path = match named {
        Some(model) => Some(model),
        None => first_model(&mut Catalog::default(), model_files(&args.inputs)?)?,
    };
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    let other = args.with.clone().unwrap_or_else(|| path.clone());
    let against = args.against.as_deref().unwrap_or_else(|| args.backend.name());
    let a = Arc::new(Model::load(&path, args.backend.kind()?.apart(), 1)?);
    // Both are given the same: what the card says of the first.
    let b = Model::load_with(
        &other,
        Some(a.card.clone()),
        Backend::named(against)?.apart(),
        args.threads.unwrap_or(1),
    )?;
    let asked = Asked { every: args.every, medium: Some(a.medium()), reach: a.reach(), ..Asked::default() };
    let sources = inputs(&args.inputs, &asked)?;
    let tolerance = Tolerance { absolute: args.atol, relative: args.rtol, runs: args.runs };
    let truths = truths(&args.inputs, &a)?;
    let truth = |source: &RecordedInput| {
        let class = truths.get(&(source.clip_name.clone(), source.channel_name.clone(), source.frame))?;
        let at = a.card.labels.iter().position(|label| label == class)?;
        Some((0..a.card.labels.len()).map(|label| if label == at { 1.0 } else { 0.0 }).collect())
    };
    let progress = Progress::default();
    let along = with_progress_line("comparing", &progress, || {
        along((&a, &b), &sources, &tolerance, truth, &progress)
    })?;
    if let Some((problem, count)) = &along.left_out {
        say(&format!("skipped {count}, the first: {problem}"));
    }
    let worst = along.worst.and_then(|at| sources.get(at));
    let worst = worst.ok_or_else(|| anyhow!("no input fits the model"))?;
    let place = format!("{} {} {}", worst.clip_name, worst.channel_name, worst.frame);
    let (summary, noise, differs) = (&along.summary, along.noise, along.differs(&tolerance));
    let found = &summary.worst;
    let begun = if differs {
        let prepared = a.prepared(&worst.input()?)?;
        match localized(&a, &b, &prepared, [1, args.threads.unwrap_or(1)]) {
            Ok((steps, at)) => at.and_then(|at| steps.get(at).cloned()),
            Err(problem) => {
                say(&format!("the node where they diverge was not searched: {problem}"));
                None
            }
        }
    } else {
        None
    };
    if args.json {
        let step = begun.as_ref().map(|found| {
            json!({ "name": found.step.name, "operator": found.step.operator, "mean": found.mean, "inputs": found.step.inputs })
        });
        print_json(&format!(
            "{:#}",
            json!({
                "first": { "model": path, "backend": a.backend.id, "repeated": noise[0] },
                "second": { "model": other, "backend": b.backend.id, "repeated": noise[1], "threads": args.threads },
                "inputs": summary.inputs, "equal": summary.equal, "flips": summary.flips,
                "max_abs": found.apart.most, "max_rel": found.apart.most_relative, "mean_abs": found.apart.mean,
                "d_class": found.class, "d_mad": along.mad.map(|(most, _)| most), "differing": along.differing.len(), "worst": place, "begins_at": step, "differs": differs,
            })
        ));
        return Ok(ExitCode::from(u8::from(differs)));
    }
    print(&format!(
        "{} on {} against {} on {}",
        path.display(),
        a.backend.title,
        other.display(),
        b.backend.title
    ));
    print(&format!("inputs                {}, {} bit-identical", summary.inputs, summary.equal));
    for (name, noise) in [("first", noise[0]), ("second", noise[1])] {
        let text = if noise > 0.0 { format!("differs by {noise:.2e}") } else { "bit-identical".to_owned() };
        print(&format!("{name:<6} repeated       {text} ({} runs)", args.runs));
    }
    print(&format!(
        "largest difference    {:.3e}, relative {:.3e}, at {place}",
        found.apart.most, found.apart.most_relative
    ));
    print(&format!("max. mean difference  {:.3e}", found.apart.mean));
    print(&format!("top-1 changes         {} of {}", summary.flips, summary.inputs));
    print(&format!("max. D_CLASS          {:.1} (limit {CLASS_LIMIT})", found.class));
    if let Some((most, count)) = along.mad {
        print(&format!("max. D_MAD            {most:.4} over {count} with a known class"));
    }
    if let Some(begun) = begun {
        print(&format!(
            "diverges at           {} ({}), mean difference {:.3e}",
            begun.step.name,
            begun.step.operator,
            begun.mean.unwrap_or(0.0)
        ));
    }
    print(if differs { "they differ" } else { "they agree" });
    Ok(ExitCode::from(u8::from(differs)))
}

/// Known classes of the samples in these projects, by recording, channel and number.
type Truths = BTreeMap<gather::Place, String>;

fn truths(places: &[PathBuf], model: &Arc<Model>) -> anyhow::Result<Truths> {
    let mut truths = BTreeMap::new();
    if model.task() != Task::Classes {
        return Ok(truths);
    }
    for place in places.iter().filter(|place| is_project(place)) {
        for (sample, fact) in gather::facts_of(place, &Source::Model(Arc::clone(model)), &Terms::default())? {
            if let Fact::Class(class) = fact {
                truths.insert(sample, class);
            }
        }
    }
    Ok(truths)
}
