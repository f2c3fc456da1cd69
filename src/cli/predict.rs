//! `hardcase predict`: predictions of a model for images or recordings, one JSON object or CSV row each.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::escape::csv::Formulas;
use crate::base::outputs::write_named;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::remote::is_remote;
use crate::cli::backend::BackendArgs;
use crate::cli::{BadArgument, print_json, say, say_latency, threads, with_faults, with_progress_line};
use crate::clips::{self, Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::geometry::objects::Detection;
use crate::data::input::{Input, Medium};
use crate::data::prediction::Prediction;
use crate::inference::{ModelError, model::Model};
use crate::predictions::image_models;
use crate::project::editor::ProjectEditor;
use crate::project::faults::Fault;
use crate::project::is_project;
use crate::project::remote::expanded;
use crate::reports::table::{ColumnKind, TableWriter, Value};
use crate::transforms::catalog::Catalog;

#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    /// A project, or recordings and images together with --model
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The model file; the project's model if absent
    #[arg(long)]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Fault to inject into the recording: `/camera=freeze@10..12`, `/lidar=lost_sector:60`, `/gps=jump:30,-10@5..8`
    #[arg(long, value_name = "CHANNEL=FAULT[@FROM..UNTIL]")]
    fault: Vec<Fault>,
    /// Output file: .jsonl, .csv or .parquet; JSON lines on stdout if absent
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    guard_formulas: bool,
}

/// Concurrent requests to a server.
const SERVED_CALLERS: usize = 8;

struct Answer {
    clip: String,
    channel: String,
    frame: usize,
    time_ns: i64,
    prediction: Prediction,
}

pub(super) fn run(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let table = match args.output.as_deref().and_then(Path::extension).and_then(|ext| ext.to_str()) {
        None | Some("jsonl") => false,
        Some("csv" | "parquet") => true,
        Some(other) => {
            let known = ".jsonl, .csv, .parquet";
            return Err(BadArgument(format!("cannot write .{other} files, known are {known}")).into());
        }
    };
    let (clips, model) = sources(args)?;
    let model = Model::load(&model, args.backend.kind()?.apart(), 1)?;
    let progress = Progress::default();
    let answers =
        with_progress_line("predicting", &progress, || answers(&clips, &args.fault, &model, &progress))?;
    say_latency(&model);
    match &args.output {
        Some(path) if table => write_table(path, Formulas::guarded_if(args.guard_formulas), &answers)?,
        Some(path) => write_named(path, as_jsonl(&answers).as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?,
        None => print_json(as_jsonl(&answers).trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(args: &PredictArgs) -> anyhow::Result<(Vec<PathBuf>, PathBuf)> {
    let (mut clips, mut model) = (Vec::new(), args.model.clone());
    for input in &expanded(&args.inputs, &Progress::default())? {
        if is_project(input) {
            let editor = ProjectEditor::open(input)?;
            let project = editor.project();
            clips.extend(project.clips.iter().map(|clip| project.resolve(&clip.path)));
            let own = project.models.iter().map(|m| project.resolve(&m.path));
            model = model.or(image_models::first_model(&mut Catalog::default(), own)?);
        } else {
            clips.push(input.clone());
        }
    }
    let model = model
        .or_else(|| args.backend.served_model())
        .ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    Ok((clips, model))
}

fn answers(
    clips: &[PathBuf],
    faults: &[Fault],
    model: &Model,
    progress: &Progress,
) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for path in clips {
        let clip = clips::open(path)?;
        // Signals are in the contents of messages, frames are not.
        let plain = model.reach().is_plain() && model.medium() != Medium::Signals && faults.is_empty();
        if is_remote(path) && plain {
            clip.index_samples(&Progress::default())?;
        } else {
            clip.index(&Progress::default())?;
        }
        let clip = with_faults(clip, faults)?;
        let info = clip.info();
        for (id, channel) in info.asked(model.medium(), &model.reach()) {
            let times = clip.times(id);
            progress.begin(times.len() as u64);
            let callers = callers(model);
            let (count, batch) = (times.len(), model.batch());
            let ask = |part: usize| asked(&*clip, id, part * batch..((part + 1) * batch).min(count), model);
            in_order(count.div_ceil(batch), callers, ask, |part, found| -> anyhow::Result<()> {
                for (at, answer) in found.into_iter().enumerate() {
                    let frame = part * batch + at;
                    progress.step()?;
                    match answer {
                        Ok(answer) => answers.push(Answer {
                            clip: info.name.clone(),
                            channel: channel.name.clone(),
                            frame,
                            time_ns: times[frame].0,
                            prediction: answer?,
                        }),
                        Err(err) => say(&format!("skipped: {err}")),
                    }
                }
                Ok(())
            })?;
        }
    }
    Ok(answers)
}

/// Number of samples that are read and predicted concurrently: a server takes several requests, and locally there is
/// work for each processor.
fn callers(model: &Model) -> usize {
    if model.backend.is_server() {
        return SERVED_CALLERS;
    }
    (threads() / model.backend.settings.threads.unwrap_or(1)).max(1)
}

/// Predictions for some samples of a channel, run together; none for a sample that cannot be read.
fn asked(
    clip: &dyn Clip,
    channel: ChannelId,
    frames: Range<usize>,
    model: &Model,
) -> Vec<Result<Result<Prediction, ModelError>, ClipError>> {
    let inputs: Vec<Result<Input, ClipError>> =
        frames.map(|frame| clip.reached(channel, frame, &model.reach())).collect();
    let readable: Vec<&Input> = inputs.iter().filter_map(|input| input.as_ref().ok()).collect();
    let mut answers = model.run_all(&readable).into_iter();
    // There are as many predictions as inputs.
    let joined = inputs.into_iter().map(|input| input.map(|_| answers.next()).transpose());
    joined.flatten().collect()
}

fn as_jsonl(answers: &[Answer]) -> String {
    answers.iter().fold(String::new(), |mut text, a| {
        let line = json!({ "clip": a.clip, "channel": a.channel, "frame": a.frame, "time_ns": a.time_ns, "prediction": a.prediction });
        // Writing to a string cannot fail.
        writeln!(text, "{line}").unwrap_or_default();
        text
    })
}

/// Columns of each row: score (share of the frame for areas, the number for values and embeddings), box in pixels (top view in meters for point clouds), cuboid.
const NUMBERS: [&str; 12] =
    ["score", "x0", "y0", "x1", "y1", "x", "y", "z", "length", "width", "height", "yaw"];

/// One row for each class, object or number.
fn write_table(path: &Path, formulas: Formulas, answers: &[Answer]) -> anyhow::Result<()> {
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let integer = |name: &str| (name.to_owned(), ColumnKind::Integer);
    let mut columns =
        vec![text("clip"), text("channel"), integer("frame"), integer("time_ns"), text("class")];
    columns.extend(NUMBERS.map(|name| (name.to_owned(), ColumnKind::Number)));
    let mut writer = TableWriter::create(path, columns, &[])?.with(formulas);
    for a in answers {
        let mut row = |name: &str, score: f32, object: Option<&Detection>| {
            let flat = object.map(|o| [o.bbox.x0, o.bbox.y0, o.bbox.x1, o.bbox.y1]);
            let upright = object.and_then(|o| o.solid).map(|s| {
                let ([x, y, z], [length, width, height]) = (s.center, s.size);
                [x, y, z, length, width, height, s.yaw]
            });
            let mut row = vec![
                Value::Text(&a.clip),
                Value::Text(&a.channel),
                Value::Integer(a.frame as i64),
                Value::Integer(a.time_ns),
                Value::Text(name),
                Value::Number(Some(shortest(score))),
            ];
            row.extend((0..4).map(|i| Value::Number(flat.map(|place| shortest(place[i])))));
            row.extend((0..7).map(|i| Value::Number(upright.map(|place| shortest(place[i])))));
            writer.row(&row)
        };
        match &a.prediction {
            Prediction::Classes { top } => top.iter().try_for_each(|c| row(&c.class, c.score, None))?,
            Prediction::Values { values } => values.iter().try_for_each(|v| row(&v.name, v.value, None))?,
            Prediction::Objects { objects } => {
                objects.iter().try_for_each(|o| row(&o.class, o.score, Some(o)))?;
            }
            Prediction::Segments { segments } => {
                segments.iter().try_for_each(|s| row(&s.class, s.share() as f32, None))?;
            }
            Prediction::Vector { vector } => {
                vector.iter().enumerate().try_for_each(|(at, v)| row(&at.to_string(), *v, None))?;
            }
        }
    }
    Ok(writer.finish()?)
}

/// The number of 64 bits that is written with as few digits as the one of 32 bits.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}
