//! `hardcase evaluate`: evaluation of a model on labeled or recorded data, from a project or from COCO files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::{Value, json};

use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::base::time::Span;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::{
    BadArgument, print, print_columns, print_json, say, say_latency, threads, with_progress_line,
};
use crate::data::prediction::Task;
use crate::evaluation::finder::corners;
use crate::evaluation::gather::{Gathered, gather};
use crate::evaluation::intervals::{Interval, bootstrap};
use crate::evaluation::samples::Evaluation;
use crate::evaluation::terms::{Region, Terms};
use crate::evaluation::tracking::Tracking;
use crate::evaluation::{self, coco_files, comparison};
use crate::inference::functions;
use crate::metrics::coco::Overlap;
use crate::predictions::image_models;
use crate::predictions::source::Source;
use crate::project::editor::ProjectEditor;
use crate::project::remote::local_folder;
use crate::transforms::catalog::Catalog;

mod asked;
mod compared;
mod document;
mod listed;
mod preprocessing;
pub(super) mod sides;
mod text;
mod tracking;

use asked::{Asked, By};
use document::{coco_json, document};
use sides::{Sides, say_alignment};
use text::{coco_text, text};

pub(super) fn positive(text: &str) -> Result<f64, BadArgument> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| BadArgument("expected a number above 0, like 2".to_owned()))
}

/// Seed of bootstrap draws.
const SEED: u64 = 1;

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// A project with labels, or a recording; absent if --truth and --predictions are files of COCO
    project: Option<PathBuf>,
    /// Ground truth: a channel of the recording, `labels`, a file of predictions, a model; without a project a file of COCO
    /// labels. The labels of the project if absent
    #[arg(long)]
    truth: Option<PathBuf>,
    /// Predictions instead of those of a model: a channel of the recording, or a file made elsewhere (COCO results, CSV,
    /// Parquet, JSON lines, rows of probabilities in .txt)
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// Largest difference in seconds of two stamps that count as the same moment, for channels of the recording
    #[arg(long, default_value_t = 0.05, value_parser = positive, value_name = "SECONDS")]
    tolerance: f64,
    /// Only objects within this distance of the vehicle, for channels of the recording
    #[arg(long, value_parser = positive, value_name = "METERS")]
    roi: Option<f64>,
    /// Only true boxes with at least so many LIDAR points inside, for channels of the recording
    #[arg(long, value_name = "N")]
    min_points: Option<usize>,
    /// COCO labels that give the image and class of each id in --predictions
    #[arg(long, requires = "predictions")]
    images: Option<PathBuf>,
    /// Another model, file of predictions or channel to compare with
    #[arg(long, requires = "project", conflicts_with = "preprocessing")]
    against: Option<PathBuf>,
    /// Compare the masks of COCO files instead of the boxes
    #[arg(long, requires = "truth")]
    masks: bool,
    /// The model file; the project's model if absent
    #[arg(long)]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Only these recordings of the project
    #[arg(long)]
    clip: Vec<String>,
    /// Class of the model for a class of the labels: `person=pedestrian`
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// Recorded signal as ground truth of a value: `steering=/vehicle/steering.angle`; for a classifier
    /// `class=SIGNAL`, whose value is the index of the true class
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// Largest error of a number that counts as right: `steering=0.05`; half the standard deviation of the true values if absent
    #[arg(long, value_name = "NUMBER=LIMIT")]
    limit: Vec<String>,
    /// Slice the result by tag, class, size, distance, channel or clip, or by any query: `speed`, `hour`,
    /// `area > 5000`, `tag("night") and score > 0.5`
    #[arg(long, value_name = "CUT|EXPRESSION")]
    by: Vec<String>,
    /// List all samples that match: `outcome == "missed" and speed > 10`
    #[arg(long, value_name = "EXPRESSION", requires = "project")]
    list: Option<String>,
    /// Weight of recall against precision in the F score of each class
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    beta: f64,
    /// Confidence intervals of the overall numbers by this many bootstrap draws over the samples; 0 for none
    #[arg(long, default_value_t = 0, value_name = "DRAWS", requires = "project")]
    bootstrap: usize,
    /// Compare the usual preprocessing variants (colors, value ranges, ways to fit) and report which suits the model
    #[arg(long, requires = "project", conflicts_with = "by")]
    preprocessing: bool,
    /// Write JSON to this file, or to stdout for "-"
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    let cuts = args.by.iter().map(|text| By::read(text)).collect::<Result<Vec<By>, _>>()?;
    if let (None, Some(truth), Some(predictions)) = (&args.project, &args.truth, &args.predictions) {
        return coco_run(args, truth, predictions);
    }
    let folder = args.project.as_ref().ok_or_else(|| {
        let what =
            "nothing to evaluate, name a project or a recording, or --truth LABELS --predictions RESULTS";
        BadArgument(what.to_owned())
    })?;
    let folder = &local_folder(folder, &Progress::default())?;
    let reach_mm = args.roi.map(|meters| (meters * 1e3).round().min(f64::from(u32::MAX)) as u32);
    let region = Region { reach_mm, min_points: args.min_points };
    let terms = Terms {
        classes: pairs(&args.class)?,
        signals: pairs(&args.signal)?,
        limits: limits(&args.limit)?,
        region,
        ..Terms::default()
    };
    let backend = args.backend.kind()?;
    let model = || match args.model.clone().or_else(|| args.backend.served_model()) {
        Some(model) => Ok(model),
        None => model_of(folder),
    };
    if args.preprocessing {
        let model = model()?;
        if functions::registered(&model).is_some() {
            let what = "a callable has no preprocessing to vary, --preprocessing needs a model file";
            return Err(BadArgument(what.to_owned()).into());
        }
        return preprocessing::run(folder, &model, &backend, &terms, args.json.is_some());
    }
    let tolerance = Span::from_secs(args.tolerance);
    let sides = Sides { place: folder, only: &args.clip, tolerance };
    let truth = sides.truth(args.truth.as_deref(), &backend)?;
    let source = match &args.predictions {
        Some(name) => sides.source(name, args.images.as_deref(), &backend)?,
        None => Source::Model(Arc::new(tried(&model()?, &backend)?)),
    };
    let progress = Progress::default();
    let ask = |source: &Source| {
        with_progress_line("predicting", &progress, || {
            gather(folder, &args.clip, (source, &truth), &terms, threads(), &progress)
        })
    };
    let gathered = ask(&source)?;
    if let Some(model) = source.model() {
        say_latency(model);
    }
    say_alignment(&gathered, tolerance);
    told_about(&gathered, &source)?;
    let (clips, unlabeled) = (gathered.clips, gathered.unlabeled);
    let evaluation = Evaluation::with_limits(gathered.samples, source.threshold(), &terms.limits);
    let asked = Asked { evaluation: &evaluation, clips: &clips };
    let parts = cuts.iter().map(|by| Ok((by, by.slices(&asked)?))).collect::<anyhow::Result<Vec<_>>>()?;
    let corners = corners(&evaluation);
    let mut document = document(&evaluation, &source, unlabeled, &parts, &corners);
    document::add_latency(&mut document, &source);
    document::add_f_beta(&mut document, &evaluation, args.beta);
    let intervals = intervals(args, &evaluation, &progress)?;
    document::add_intervals(&mut document, &intervals);
    let tracked = tracked(&evaluation)?;
    if let Some(tracked) = &tracked {
        tracking::add(&mut document, tracked);
    }
    let compared = match &args.against {
        Some(other) => {
            let other = sides.source(other, None, &backend)?;
            anyhow::ensure!(
                other.task() == source.task(),
                "{} and {} have different outputs and cannot be compared",
                other.name(),
                source.name()
            );
            let theirs = Evaluation::with_limits(ask(&other)?.samples, other.threshold(), &terms.limits);
            Some((other, comparison::compare(&evaluation, &theirs)))
        }
        None => None,
    };
    if let Some((other, found)) = &compared {
        document["comparison"] = compared::document(other.name(), found);
    }
    let listed = args.list.as_ref().map(|text| asked.list(text)).transpose()?;
    if let Some(listed) = &listed {
        document["listed"] = listed.iter().map(|at| listed::document(&evaluation, *at)).collect();
    }
    finish(args, &document, || {
        text(&evaluation, &source, &parts, &corners, args.beta);
        if let Some(tracked) = &tracked {
            tracking::text(tracked);
        }
        text::intervals_text(&intervals, args.bootstrap);
        if let Some((other, found)) = &compared {
            compared::text(source.name(), other.name(), found);
        }
        for at in listed.iter().flatten() {
            print_columns(&listed::columns(&evaluation, *at));
        }
    })
}

/// Evaluates two files of COCO.
fn coco_run(args: &EvaluateArgs, truth: &Path, predictions: &Path) -> anyhow::Result<ExitCode> {
    let overlap = if args.masks { Overlap::Masks } else { Overlap::Boxes };
    let pair = coco_files::read(truth, predictions, overlap)?;
    for warning in &pair.warnings {
        say(&format!("warning: {warning}"));
    }
    let coco = pair.evaluate(overlap, threads());
    let document = json!({ "pictures": pair.pictures, "coco": coco_json(&coco, &pair.classes) });
    finish(args, &document, || {
        print(&format!(
            "{}, {}, {}",
            counted(pair.pictures, "image"),
            counted(pair.truths.len(), "object"),
            counted(pair.found.len(), "detection")
        ));
        coco_text(&coco, &pair.classes);
    })
}

/// Tracking metrics where both sides have ids; the id that is twice on a frame is named.
fn tracked(evaluation: &Evaluation) -> anyhow::Result<Option<Tracking>> {
    let found = evaluation::tracking::tracking(&evaluation.samples, evaluation.threshold);
    found.context("the tracks cannot be evaluated")
}

/// Intervals of the numbers as a whole, where they are asked for.
fn intervals(
    args: &EvaluateArgs,
    evaluation: &Evaluation,
    progress: &Progress,
) -> anyhow::Result<Vec<Interval>> {
    if args.bootstrap == 0 {
        return Ok(Vec::new());
    }
    Ok(with_progress_line("drawing", progress, || {
        bootstrap(evaluation, args.bootstrap, SEED, threads(), progress)
    })?)
}

fn finish(args: &EvaluateArgs, document: &Value, text: impl FnOnce()) -> anyhow::Result<ExitCode> {
    match &args.json {
        Some(path) if path.as_os_str() == "-" => print_json(&format!("{document:#}")),
        Some(path) => {
            write_named(path, format!("{document:#}\n").as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            text();
        }
        None => text(),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn pairs(texts: &[String]) -> Result<BTreeMap<String, String>, BadArgument> {
    let pair = |text: &String| {
        let (name, other) = text.split_once('=')?;
        (!name.is_empty() && !other.is_empty()).then(|| (name.to_owned(), other.to_owned()))
    };
    let wrong = |text: &String| BadArgument(format!("{text:?} does not have the form NAME=NAME"));
    texts.iter().map(|text| pair(text).ok_or_else(|| wrong(text))).collect()
}

/// Limits of errors by the name of the number.
pub(super) fn limits(texts: &[String]) -> Result<BTreeMap<String, f64>, BadArgument> {
    let limit = |(name, value): (String, String)| Ok((name, positive(&value)?));
    pairs(texts)?.into_iter().map(limit).collect()
}

pub(super) fn model_of(folder: &Path) -> anyhow::Result<PathBuf> {
    let editor = ProjectEditor::open(folder)?;
    let project = editor.project();
    let own = project.models.iter().map(|model| project.resolve(&model.path));
    image_models::first_model(&mut Catalog::default(), own)?
        .ok_or_else(|| BadArgument("the project has no model, name one with --model FILE".to_owned()).into())
}

/// Report the skipped samples; an error if nothing is left.
pub(super) fn told_about(gathered: &Gathered, source: &Source) -> anyhow::Result<()> {
    for (class, count) in &gathered.strange {
        say(&format!(
            "warning: the model has no class {class:?}, {} not evaluated; map it with --class MODEL_CLASS={class}",
            counted(*count, "label")
        ));
    }
    if gathered.unlabeled > 0 {
        say(&format!(
            "{} without ground truth, {} evaluated",
            counted(gathered.unlabeled, "sample"),
            gathered.samples.len()
        ));
    }
    if gathered.samples.is_empty() {
        let what = match source.task() {
            Task::Objects => "objects are labeled",
            Task::Classes => {
                "frames have a class (key W, a tag with the name of a class, or --signal class=SIGNAL)"
            }
            Task::Values => "values are recorded, name the signals with --signal NAME=SIGNAL",
            Task::Segments => "areas are labeled (polygons or masks)",
            Task::Vector => "embedding can be labeled, compare with `hardcase diff`",
        };
        return Err(anyhow!("there is no ground truth: no {what}"));
    }
    Ok(())
}
