//! `hardcase predict`: a model's answers about pictures or recordings, one JSON object or CSV row each.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;

use crate::base::files::write_atomic;
use crate::base::progress::Progress;
use crate::cli::{BadArgument, print, say, threads, with_progress_line};
use crate::clips;
use crate::data::clip::ChannelKind;
use crate::data::prediction::Prediction;
use crate::inference::{backend, model::Model};
use crate::project::history::History;
use crate::project::is_project;

#[derive(Debug, Args)]
pub(super) struct PredictArgs {
    /// A project, or recordings and pictures together with --model.
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// The model file; that of the project when absent.
    #[arg(long)]
    model: Option<PathBuf>,
    /// embedded or onnxruntime.
    #[arg(long, default_value = "embedded")]
    backend: String,
    /// Where to write: .jsonl or .csv; JSON lines on stdout when absent.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

struct Answer {
    clip: String,
    channel: String,
    frame: usize,
    time_ns: i64,
    prediction: Prediction,
}

pub(super) fn run(args: &PredictArgs) -> anyhow::Result<ExitCode> {
    let csv = match args.output.as_deref().and_then(Path::extension).and_then(|ext| ext.to_str()) {
        None | Some("jsonl") => false,
        Some("csv") => true,
        Some(other) => {
            return Err(BadArgument(format!("cannot write .{other} files, known are .jsonl and .csv")).into());
        }
    };
    let (clips, model) = sources(args)?;
    let model = Model::load(&model, backend(&args.backend)?, threads())?;
    let progress = Progress::default();
    let answers = with_progress_line("predicting", &progress, || answers(&clips, &model, &progress))?;
    let text = if csv { as_csv(&answers) } else { as_jsonl(&answers) };
    match &args.output {
        Some(path) => write_atomic(path, text.as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?,
        None => print(text.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(args: &PredictArgs) -> anyhow::Result<(Vec<PathBuf>, PathBuf)> {
    let (mut clips, mut model) = (Vec::new(), args.model.clone());
    for input in &args.inputs {
        if is_project(input) {
            let history = History::open(input)?;
            let project = history.project();
            clips.extend(project.clips.iter().map(|clip| project.resolve(&clip.path)));
            model = model.or_else(|| project.models.first().map(|m| project.resolve(&m.path)));
        } else {
            clips.push(input.clone());
        }
    }
    let model = model.ok_or_else(|| BadArgument("say which model to ask with --model FILE".to_owned()))?;
    Ok((clips, model))
}

fn answers(clips: &[PathBuf], model: &Model, progress: &Progress) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for path in clips {
        let clip = clips::open(path)?;
        clip.index(&Progress::default())?;
        let info = clip.info();
        for (id, channel) in info.of_kind(ChannelKind::Camera) {
            let times = clip.times(id);
            progress.begin(times.len() as u64);
            for (frame, time) in times.iter().enumerate() {
                progress.step()?;
                let image = match clip.picture(id, frame) {
                    Ok(image) => image,
                    Err(err) => {
                        say(&format!("left out: {err}"));
                        continue;
                    }
                };
                answers.push(Answer {
                    clip: info.name.clone(),
                    channel: channel.name.clone(),
                    frame,
                    time_ns: time.0,
                    prediction: model.predict(&image)?,
                });
            }
        }
    }
    Ok(answers)
}

fn as_jsonl(answers: &[Answer]) -> String {
    answers.iter().fold(String::new(), |mut text, a| {
        let line = json!({ "clip": a.clip, "channel": a.channel, "frame": a.frame, "time_ns": a.time_ns, "prediction": a.prediction });
        // Writing to a string cannot fail.
        writeln!(text, "{line}").unwrap_or_default();
        text
    })
}

fn as_csv(answers: &[Answer]) -> String {
    let mut text = "clip,channel,frame,time_ns,class,score,x0,y0,x1,y1\n".to_owned();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    for a in answers {
        let start = format!("{},{},{},{}", quoted(&a.clip), quoted(&a.channel), a.frame, a.time_ns);
        let rows: Vec<String> = match &a.prediction {
            Prediction::Classes { top } => {
                top.iter().map(|c| format!("{start},{},{},,,,", quoted(&c.class), c.score)).collect()
            }
            Prediction::Values { values } => {
                values.iter().map(|v| format!("{start},{},{},,,,", quoted(&v.name), v.value)).collect()
            }
            Prediction::Objects { objects } => objects
                .iter()
                .map(|o| {
                    format!(
                        "{start},{},{},{},{},{},{}",
                        quoted(&o.class),
                        o.score,
                        o.bbox.x0,
                        o.bbox.y0,
                        o.bbox.x1,
                        o.bbox.y1
                    )
                })
                .collect(),
        };
        for row in rows {
            text.push_str(&row);
            text.push('\n');
        }
    }
    text
}
