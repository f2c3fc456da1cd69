//! `hardcase evaluate`: how good a model is on what is labelled or recorded, from a project or from COCO's files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Args;
use serde_json::{Value, json};

use crate::app::evaluating::{Gathered, Source, Terms, gather};
use crate::base::files::write_atomic;
use crate::base::progress::Progress;
use crate::base::stats::Rate;
use crate::cli::{BadArgument, print, say, say_latency, served_model, threads, with_progress_line};
use crate::data::prediction::Task;
use crate::inference::backend;
use crate::inference::model::Model;
use crate::metrics::centers::CenterAp;
use crate::metrics::classification::{calibration_error, class_scores, log_loss, reliability};
use crate::metrics::coco::{Coco, Overlap};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::segmentation::{Pixels, accuracy, mean_iou};
use crate::project::history::History;
use crate::project::is_project;
use crate::suites::evaluation::finder::{Corner, corners};
use crate::suites::evaluation::samples::Evaluation;
use crate::suites::evaluation::slices::Slice;
use crate::suites::evaluation::{coco_files, comparison, imported};
use crate::suites::painters;

mod asked;
mod compared;
mod listed;
mod preprocessing;

use asked::{Asked, By};

/// Bars of the reliability diagram.
const BINS: usize = 15;

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// A project with labels; or none, together with --truth and --predictions.
    project: Option<PathBuf>,
    /// COCO labels to compare with, without a project.
    #[arg(long, requires = "predictions", conflicts_with_all = ["project", "images"])]
    truth: Option<PathBuf>,
    /// Answers that were given elsewhere, instead of a model's: a list of COCO results, CSV, Parquet, JSON lines, rows of
    /// probabilities (.txt).
    #[arg(long)]
    predictions: Option<PathBuf>,
    /// COCO labels that say which picture and class each number in --predictions means.
    #[arg(long, requires = "predictions")]
    images: Option<PathBuf>,
    /// Another model, or a file of answers: where is only one of both right?
    #[arg(long, requires = "project", conflicts_with = "preprocessing")]
    against: Option<PathBuf>,
    /// Compare the masks of COCO's files and not the boxes.
    #[arg(long, requires = "truth")]
    masks: bool,
    /// The model file; that of the project when absent.
    #[arg(long)]
    model: Option<PathBuf>,
    /// embedded, onnxruntime, or the address of a server that speaks the Open Inference Protocol, `http://host:8000`; settings
    /// behind a colon: `onnxruntime:optimization=basic,threads=2,batch=8,provider=cuda,isolated,limit=SECONDS,memory=MB`.
    #[arg(long, default_value = "embedded")]
    backend: String,
    /// Only these recordings of the project.
    #[arg(long)]
    clip: Vec<String>,
    /// What the model calls a labelled class: `person=pedestrian`.
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// The recorded signal that a number of the model is compared with: `steering=/vehicle/steering.angle`; for a classifier
    /// `class=SIGNAL`, whose value is the position of the true class.
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// Cut the result by tag, class, size, distance, channel or clip, or by anything that can be asked: `speed`, `hour`,
    /// `area > 5000`, `tag("night") and score > 0.5`.
    #[arg(long, value_name = "CUT|EXPRESSION")]
    by: Vec<String>,
    /// List everything of which this is true: `outcome == "missed" and speed > 10`.
    #[arg(long, value_name = "EXPRESSION", requires = "project")]
    list: Option<String>,
    /// Try the usual preparations of pictures (colors, ranges of numbers, ways to fit) and say which suits the model.
    #[arg(long, requires = "project", conflicts_with = "by")]
    preprocessing: bool,
    /// Write everything as JSON to this file, or to stdout for "-".
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(super) fn run(args: &EvaluateArgs) -> anyhow::Result<ExitCode> {
    let cuts = args.by.iter().map(|text| By::read(text)).collect::<Result<Vec<By>, _>>()?;
    if let (Some(truth), Some(predictions)) = (&args.truth, &args.predictions) {
        let overlap = if args.masks { Overlap::Masks } else { Overlap::Boxes };
        let pair = coco_files::read(truth, predictions, overlap)?;
        for warning in &pair.warnings {
            say(&format!("warning: {warning}"));
        }
        let coco = pair.evaluate(overlap, threads());
        let document = json!({ "pictures": pair.pictures, "coco": coco_json(&coco, &pair.classes) });
        return finish(args, &document, || {
            print(&format!(
                "{} pictures, {} objects, {} detections",
                pair.pictures,
                pair.truths.len(),
                pair.found.len()
            ));
            coco_text(&coco, &pair.classes);
        });
    }
    let folder = args.project.as_ref().ok_or_else(|| {
        BadArgument("say what to evaluate: a project, or --truth LABELS --predictions RESULTS".to_owned())
    })?;
    if !is_project(folder) {
        return Err(BadArgument(format!(
            "not a project, open a recording first to make one: {}",
            folder.display()
        ))
        .into());
    }
    let terms = Terms { classes: pairs(&args.class)?, signals: pairs(&args.signal)?, most: None };
    let backend = backend(&args.backend)?;
    let model = || match args.model.clone().or_else(|| served_model(&args.backend)) {
        Some(model) => Ok(model),
        None => model_of(folder),
    };
    if args.preprocessing {
        return preprocessing::run(folder, &model()?, backend, &terms, args.json.is_some());
    }
    let source = match &args.predictions {
        Some(file) => Source::Imported(Arc::new(imported::read(file, args.images.as_deref())?)),
        None => Source::Model(Arc::new(Model::load(&model()?, backend, 1)?)),
    };
    let progress = Progress::default();
    let ask = |source: &Source| {
        with_progress_line("asking", &progress, || {
            gather(folder, &args.clip, source, &terms, threads(), &progress)
        })
    };
    let gathered = ask(&source)?;
    say_latency(backend.id);
    told_about(&gathered, &source)?;
    let (clips, unlabelled) = (gathered.clips, gathered.unlabelled);
    let evaluation = Evaluation::new(gathered.samples, source.threshold());
    let asked = Asked { evaluation: &evaluation, clips: &clips };
    let parts = cuts.iter().map(|by| Ok((by, by.slices(&asked)?))).collect::<anyhow::Result<Vec<_>>>()?;
    let mut document = document(&evaluation, &source, unlabelled, &parts);
    let compared = match &args.against {
        Some(other) => {
            let other = Source::load(other, None, backend)?;
            anyhow::ensure!(
                other.task() == source.task(),
                "{} answers something else than {}, so they cannot be compared",
                other.name(),
                source.name()
            );
            let theirs = Evaluation::new(ask(&other)?.samples, other.threshold());
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
        text(&evaluation, &source, &parts);
        if let Some((other, found)) = &compared {
            compared::text(source.name(), other.name(), found);
        }
        for at in listed.iter().flatten() {
            print(&listed::text(&evaluation, *at));
        }
    })
}

fn finish(args: &EvaluateArgs, document: &Value, text: impl FnOnce()) -> anyhow::Result<ExitCode> {
    match &args.json {
        Some(path) if path.as_os_str() == "-" => print(&format!("{document:#}")),
        Some(path) => {
            write_atomic(path, format!("{document:#}\n").as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            text();
        }
        None => text(),
    }
    Ok(ExitCode::SUCCESS)
}

fn pairs(texts: &[String]) -> Result<BTreeMap<String, String>, BadArgument> {
    let pair = |text: &String| {
        let (name, other) = text.split_once('=')?;
        (!name.is_empty() && !other.is_empty()).then(|| (name.to_owned(), other.to_owned()))
    };
    let wrong = |text: &String| BadArgument(format!("{text:?} is not NAME=NAME"));
    texts.iter().map(|text| pair(text).ok_or_else(|| wrong(text))).collect()
}

fn model_of(folder: &std::path::Path) -> anyhow::Result<PathBuf> {
    let history = History::open(folder)?;
    let project = history.project();
    let own = project.models.iter().map(|model| project.resolve(&model.path));
    painters::first_model(own)?
        .ok_or_else(|| BadArgument("the project has no model, name one with --model FILE".to_owned()).into())
}

/// Says what was left out; an error when nothing is left.
fn told_about(gathered: &Gathered, source: &Source) -> anyhow::Result<()> {
    for (class, count) in &gathered.strange {
        say(&format!(
            "warning: the model has no class {class:?}, {count} labels are left out; say its word with --class WORD={class}"
        ));
    }
    if gathered.unlabelled > 0 {
        say(&format!(
            "{} samples have no label and do not count, {} do",
            gathered.unlabelled,
            gathered.samples.len()
        ));
    }
    if gathered.samples.is_empty() {
        let what = match source.task() {
            Task::Objects => "objects are labelled",
            Task::Classes => {
                "pictures have a class (key W, a tag with the name of a class, or --signal class=SIGNAL)"
            }
            Task::Values => "numbers are recorded, name the signals with --signal NUMBER=SIGNAL",
            Task::Segments => "areas are labelled (outlines or masks)",
            Task::Vector => "label says what a vector has to be, compare with `hardcase diff`",
        };
        return Err(anyhow!("there is nothing to compare the model with: no {what}"));
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

fn rate(rate: &Rate) -> String {
    if rate.of == 0 {
        return "-".to_owned();
    }
    format!("{:.3} [{:.3} {:.3}] of {}", rate.share(), rate.low, rate.high, rate.of)
}

fn text(evaluation: &Evaluation, source: &Source, parts: &[(&By, Vec<Slice>)]) {
    print(&format!("{} on {} samples", source.name(), evaluation.samples.len()));
    match source.task() {
        Task::Objects => {
            if let Some(found) = evaluation.detections(|_| true, threads()) {
                coco_text(&found.coco, &evaluation.classes);
                print("");
                for outcome in Outcome::ALL {
                    let count = found.outcomes.get(&outcome).copied().unwrap_or(0);
                    print(&format!("{:<26} {count:>8}", outcome.title()));
                }
            }
            centers_text(&evaluation.centers(|_| true));
        }
        Task::Classes => classes_text(evaluation),
        Task::Segments => areas_text(evaluation),
        Task::Vector => {}
        Task::Values => {
            print(&format!(
                "{:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
                "number", "count", "MAE", "RMSE", "90 %", "max", "bias", "R2"
            ));
            for (name, e) in evaluation.values(|_| true) {
                print(&format!(
                    "{name:<20} {:>7} {:>9.4} {:>9.4} {:>9.4} {:>9.4} {:>9.4} {:>7}",
                    e.count,
                    e.mae,
                    e.rmse,
                    e.quantiles[1],
                    e.max,
                    e.bias,
                    number(e.r2)
                ));
            }
        }
    }
    let corners = corners(evaluation);
    if !corners.is_empty() {
        print(&format!("\n{:<44} {:<32} lost by it", "worse than elsewhere", "recall"));
        for corner in &corners {
            print(&format!("{:<44} {:<32} {:.0}", corner.name(), rate(&corner.recall), corner.excess));
        }
    }
    for (by, parts) in parts {
        print(&format!("\nby {:<22} {:<32} precision", by.name(), "recall"));
        for slice in parts {
            let few = if slice.supported() { "" } else { "  few" };
            print(&format!("{:<25} {:<32} {}{few}", slice.name, rate(&slice.recall), rate(&slice.precision)));
        }
    }
}

/// Boxes in space by the distance of their centers, as nuScenes counts.
fn centers_text(classes: &BTreeMap<String, CenterAp>) {
    if classes.is_empty() {
        return;
    }
    print(&format!(
        "\n{:<20} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "by center", "objects", "AP 0.5 m", "AP 1 m", "AP 2 m", "AP 4 m", "mean", "error in m"
    ));
    for (name, ap) in classes {
        let at = ap.ap.map(|ap| format!("{ap:>9.4}")).join(" ");
        print(&format!("{name:<20} {:>8} {at} {:>9.4} {:>11}", ap.objects, ap.mean(), number(ap.distance)));
    }
}

fn areas_text(evaluation: &Evaluation) {
    let found = evaluation.areas(|_| true);
    print(&format!("mean IoU              {}", number(mean_iou(&found))));
    print(&format!("right pixels          {}", number(accuracy(&found))));
    print(&format!("\n{:<20} {:>10} {:>9} {:>9} {:>9}", "class", "pixels", "IoU", "recall", "precision"));
    for (name, p) in found.iter().filter(|(_, pixels)| pixels.truth > 0) {
        print(&format!(
            "{name:<20} {:>10} {:>9} {:>9} {:>9}",
            p.truth,
            number(p.iou()),
            number(p.recall()),
            number(p.precision())
        ));
    }
}

fn classes_text(evaluation: &Evaluation) {
    let Some(confusion) = evaluation.confusion(|_| true) else { return };
    let answers = evaluation.answers(|_| true);
    let bars = reliability(&answers, BINS);
    print(&format!("accuracy              {}", rate(&confusion.accuracy())));
    print(&format!("balanced accuracy     {}", number(confusion.balanced_accuracy())));
    print(&format!("calibration error     {}", number(calibration_error(&bars))));
    print(&format!("log loss              {}", number(log_loss(&answers))));
    print(&format!(
        "\n{:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "class", "support", "precision", "recall", "F1", "ROC AUC", "AP"
    ));
    for (at, class) in evaluation.classes.iter().enumerate() {
        let s = class_scores(&answers, &confusion, at);
        print(&format!(
            "{class:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9}",
            s.support,
            number(s.precision),
            number(s.recall),
            number(s.f1),
            number(s.roc_auc),
            number(s.average_precision)
        ));
    }
    let head: Vec<String> = evaluation.classes.iter().map(|class| format!("{class:>12}")).collect();
    print(&format!("\n{:<20}{} {:>12}", "truth, answer", head.join(""), "none"));
    for (class, row) in evaluation.classes.iter().zip(&confusion.counts) {
        let row: Vec<String> = row.iter().map(|count| format!("{count:>12}")).collect();
        print(&format!("{class:<20}{}", row.join("")));
    }
}

fn coco_text(coco: &Coco, classes: &[String]) {
    for (name, value) in coco.summary() {
        print(&format!("{name:<22} {}", number((value >= 0.0).then_some(value))));
    }
    print(&format!("\n{:<20} {:>8} {:>9} {:>9} {:>9}", "class", "objects", "AP", "AP50", "AR 100"));
    for (name, class) in classes.iter().zip(&coco.classes).filter(|(_, class)| class.objects[0] > 0) {
        print(&format!(
            "{name:<20} {:>8} {:>9} {:>9} {:>9}",
            class.objects[0],
            number(class.ap(0, None)),
            number(class.ap(0, Some(0))),
            number(class.ar(0, 2))
        ));
    }
}

fn coco_json(coco: &Coco, classes: &[String]) -> Value {
    let summary: serde_json::Map<String, Value> = coco
        .summary()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!((*value >= 0.0).then_some(value))))
        .collect();
    let classes: Vec<Value> = classes
        .iter()
        .zip(&coco.classes)
        .map(|(name, c)| json!({ "class": name, "objects": c.objects[0], "ap": c.ap(0, None), "ap50": c.ap(0, Some(0)), "ap75": c.ap(0, Some(5)), "ar100": c.ar(0, 2) }))
        .collect();
    json!({ "summary": summary, "classes": classes })
}

fn rate_json(rate: &Rate) -> Value {
    json!({ "share": (rate.of > 0).then(|| rate.share()), "low": rate.low, "high": rate.high, "of": rate.of })
}

fn document(
    evaluation: &Evaluation,
    source: &Source,
    unlabelled: usize,
    parts: &[(&By, Vec<Slice>)],
) -> Value {
    let model = source.model();
    let mut document = json!({
        "model": {
            "name": source.name(),
            "sha256": model.map(|model| &model.sha256),
            "backend": model.map(|model| model.backend.id),
        },
        "samples": evaluation.samples.len(),
        "unlabelled": unlabelled,
        "classes": evaluation.classes,
    });
    match source.task() {
        Task::Objects => {
            if let Some(found) = evaluation.detections(|_| true, threads()) {
                document["coco"] = coco_json(&found.coco, &evaluation.classes);
                let outcomes: serde_json::Map<String, Value> = Outcome::ALL
                    .iter()
                    .map(|o| (o.title().to_owned(), json!(found.outcomes.get(o).copied().unwrap_or(0))))
                    .collect();
                document["outcomes"] = Value::Object(outcomes);
                document["confusion"] = json!(evaluation.detection_confusion(|_| true));
            }
            let class = |(name, ap): (&String, &CenterAp)| json!({ "class": name, "objects": ap.objects, "ap": ap.ap, "mean": ap.mean(), "distance": ap.distance });
            let centers: Vec<Value> = evaluation.centers(|_| true).iter().map(class).collect();
            if !centers.is_empty() {
                document["centers"] = json!(centers);
            }
        }
        Task::Classes => {
            if let Some(confusion) = evaluation.confusion(|_| true) {
                let answers = evaluation.answers(|_| true);
                let bars = reliability(&answers, BINS);
                let scores: Vec<Value> = evaluation
                    .classes
                    .iter()
                    .enumerate()
                    .map(|(at, class)| json!({ "class": class, "scores": class_scores(&answers, &confusion, at) }))
                    .collect();
                document["classification"] = json!({
                    "accuracy": rate_json(&confusion.accuracy()),
                    "balanced_accuracy": confusion.balanced_accuracy(),
                    "calibration_error": calibration_error(&bars),
                    "reliability": bars,
                    "log_loss": log_loss(&answers),
                    "classes": scores,
                });
                document["confusion"] = json!(confusion.counts);
            }
        }
        Task::Values => document["values"] = json!(evaluation.values(|_| true)),
        Task::Segments => {
            let found = evaluation.areas(|_| true);
            let class = |(name, p): (&String, &Pixels)| json!({ "class": name, "pixels": p, "iou": p.iou() });
            document["areas"] = json!({
                "mean_iou": mean_iou(&found),
                "accuracy": accuracy(&found),
                "classes": found.iter().map(class).collect::<Vec<_>>(),
            });
        }
        Task::Vector => {}
    }
    let by: serde_json::Map<String, Value> = parts
        .iter()
        .map(|(by, parts)| {
            let parts: Vec<Value> = parts
                .iter()
                .map(|s| json!({ "name": s.name, "recall": rate_json(&s.recall), "precision": rate_json(&s.precision), "supported": s.supported() }))
                .collect();
            (by.name().to_owned(), json!(parts))
        })
        .collect();
    let corner = |corner: &Corner| {
        let of: serde_json::Map<String, Value> =
            corner.of.iter().map(|(cut, name)| (cut.id().to_owned(), json!(name))).collect();
        json!({ "of": of, "recall": rate_json(&corner.recall), "excess": corner.excess })
    };
    document["worse"] = corners(evaluation).iter().map(corner).collect();
    if !by.is_empty() {
        document["slices"] = Value::Object(by);
    }
    document
}
