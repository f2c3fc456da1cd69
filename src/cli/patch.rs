//! `hardcase patch`: a patch to print and stick on a sign, trained over frames and placements, beside plain ones.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};

use crate::base::nearest::hint;
use crate::base::outputs;
use crate::base::stats::Rate;
use crate::base::text::counted;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::{BadArgument, call, print, print_json, say, threads, with_progress_line};
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::Task;
use crate::inference::model::Model;
use crate::predictions::image_models::first_model;
use crate::project::samples::{self, inputs, model_files};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::subject::Subject;
use crate::robustness::patches::drawn::stop_sign;
use crate::robustness::patches::placement::Ranges;
use crate::robustness::patches::print::{pdf, png, sheet};
use crate::robustness::patches::sign::{Cover, Sign};
use crate::robustness::patches::train::{PatchError, Trained, train};
use crate::robustness::patches::trial::{Dress, Trial, rates, shown, trials};
use crate::robustness::patches::wanted::Wanted;
use crate::transforms::catalog::Catalog;

/// Frames that are held in memory at most.
const FRAMES: usize = 16;
/// Trials that are saved as images.
const SAVED: usize = 6;
/// Class of the drawn sign.
const STOP: &str = "stop sign";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PatchArgs {
    /// Projects, recordings or images whose frames the sign is pasted into
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Image of the sign, transparent where it ends; a drawn stop sign if absent
    #[arg(long, value_name = "FILE")]
    sign: Option<PathBuf>,
    /// Class that the model predicts for the sign; "stop sign" for the drawn one
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Parts of the sign that the patch covers
    #[arg(long, value_enum, default_value_t = CoverName::Bars)]
    cover: CoverName,
    /// Steps of training, each with one frame and one placement
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// Placements that the patch is tried in, in frames that it was not trained on
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    trials: u32,
    /// Side of the sign in pixels, from and to
    #[arg(long, value_name = "FROM,TO", value_parser = range, default_value = "77,205")]
    side: (f32, f32),
    /// Rotation at most, in degrees to both sides
    #[arg(long, value_name = "DEGREES", default_value_t = 10.0, value_parser = degrees)]
    rotation: f32,
    /// Side of the real sign in centimeters, for printing
    #[arg(long, value_name = "CM", default_value_t = 75.0, value_parser = centimeters)]
    size_cm: f64,
    /// The model; the project's model if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder for the patch and the patched sign (PNG and PDF of their real size), images of trials and report.json
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Trials processed concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  hardcase patch street -o patch
  hardcase patch street --cover middle --steps 300 --side 60,150 -o patch
  hardcase patch drive.mcap --model signs.onnx --sign yield.png --class yield --size-cm 90 -o patch

Ends with 0 if the trained patch hides the sign no more often than plain ones, with 1 if it does.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CoverName {
    Bars,
    Middle,
    Whole,
}

impl CoverName {
    fn cover(self) -> Cover {
        match self {
            Self::Bars => Cover::Bars,
            Self::Middle => Cover::Middle,
            Self::Whole => Cover::Whole,
        }
    }
}

fn range(text: &str) -> Result<(f32, f32), BadArgument> {
    let numbers: Vec<f32> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match numbers.as_slice() {
        [low, high] if *low >= 8.0 && low <= high && *high <= 8192.0 => Ok((*low, *high)),
        _ => Err(BadArgument(format!(
            "{text:?} is no range of pixels from 8 to 8192, expected one like 77,205"
        ))),
    }
}

fn degrees(text: &str) -> Result<f32, BadArgument> {
    let value = text.parse::<f32>().ok().filter(|value| (0.0..=180.0).contains(value));
    value.ok_or_else(|| BadArgument("expected degrees from 0 to 180".to_owned()))
}

fn centimeters(text: &str) -> Result<f64, BadArgument> {
    let value = text.parse::<f64>().ok().filter(|value| (0.1..=1000.0).contains(value));
    value.ok_or_else(|| BadArgument("expected centimeters from 0.1 to 1000".to_owned()))
}

pub(super) fn run(args: &PatchArgs) -> anyhow::Result<ExitCode> {
    let mut catalog = Catalog::default();
    let own = first_model(&mut catalog, model_files(&args.inputs)?)?;
    let path = args.model.clone().or_else(|| args.backend.served_model()).or(own);
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    let model = tried(&path, &args.backend.kind()?)?;
    let subject = Subject::new(&model)?;
    subject.plan()?;
    let class = class(args, &model)?;
    let sign = sign(args)?;
    let frames = frames(args, &model)?;
    let (training, held_out) = split(&frames);
    let ranges = Ranges { side: args.side, rotation: args.rotation, ..Ranges::default() };
    let wanted = Wanted {
        sign: &sign,
        cover: args.cover.cover(),
        class: &class,
        ranges,
        steps: args.steps as usize,
        seed: args.seed,
    };
    let progress = call::stopped_by_signals();
    let trained = with_progress_line("train", &progress, || train(&subject, &wanted, &training, &progress));
    let trained = trained.map_err(|err| match err {
        PatchError::NeverSeen { .. } => anyhow::Error::from(BadArgument(err.to_string())),
        PatchError::Attack(err) => anyhow::Error::from(err),
    })?;
    let tried: Result<Vec<Trial>, AttackError> = with_progress_line("try", &progress, || {
        let jobs = args.jobs.unwrap_or_else(threads).max(1);
        trials(&subject, (&wanted, &trained.patch), (&held_out, args.trials as usize), jobs, &progress)
    });
    let tried = tried?;
    let document = document(args, &model, (&wanted, &trained), &tried);
    if let Some(folder) = &args.output {
        save(folder, args, (&wanted, &trained), &held_out, &tried)?;
        outputs::write(folder, Path::new("report.json"), format!("{document:#}\n").as_bytes())
            .with_context(|| format!("could not write {}", folder.join("report.json").display()))?;
        say(&format!("patch, signs, trials and report: {}", folder.display()));
    }
    if args.json {
        print_json(&format!("{document:#}"));
    } else {
        report(&model, (&wanted, &trained), &tried);
    }
    let all = rates(tried.iter());
    let plain = all[..4].iter().map(|rate| rate.hits).min().unwrap_or(0);
    Ok(ExitCode::from(u8::from(all[4].hits < plain)))
}

fn sign(args: &PatchArgs) -> anyhow::Result<Sign> {
    let Some(path) = &args.sign else { return Ok(stop_sign()) };
    let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    Sign::decode(&bytes).with_context(|| format!("{} is no image", path.display()))
}

/// The class of the sign, which the model must know.
fn class(args: &PatchArgs, model: &Model) -> Result<String, BadArgument> {
    let labels = || model.card.labels.iter().map(String::as_str);
    let asked = match (&args.class, &args.sign) {
        (Some(class), _) => class.as_str(),
        (None, None) => STOP,
        (None, Some(_)) => {
            return Err(BadArgument("name the class of the sign with --class CLASS".to_owned()));
        }
    };
    if labels().any(|label| label == asked) {
        return Ok(asked.to_owned());
    }
    let hint = hint(asked, labels());
    Err(BadArgument(format!(
        "the model has no class {asked:?}{hint}, name that of the sign with --class and give its image with --sign"
    )))
}

/// Frames spread over all, decoded.
fn frames(args: &PatchArgs, model: &Model) -> anyhow::Result<Vec<Image>> {
    let asked = samples::Asked {
        clip: args.clip.clone(),
        channel: args.channel.clone(),
        human: None,
        every: 1,
        medium: Some(Medium::Image),
        reach: model.reach(),
    };
    let all = inputs(&args.inputs, &asked)?;
    let count = all.len().min(FRAMES);
    let mut images = Vec::with_capacity(count);
    for at in 0..count {
        if let Input::Image(image) = all[at * all.len() / count].input()? {
            images.push(image);
        }
    }
    if images.is_empty() {
        return Err(BadArgument("no images were selected".to_owned()).into());
    }
    Ok(images)
}

/// Frames for training and for trials: each second one; a single one is both.
fn split(frames: &[Image]) -> (Vec<Image>, Vec<Image>) {
    if frames.len() == 1 {
        say("there is only one frame, so the patch is tried in the frame that it is trained on");
        return (frames.to_vec(), frames.to_vec());
    }
    let every = |first: usize| frames.iter().skip(first).step_by(2).cloned().collect();
    (every(0), every(1))
}

fn save(
    folder: &Path,
    args: &PatchArgs,
    (wanted, trained): (&Wanted<'_>, &Trained),
    frames: &[Image],
    trials: &[Trial],
) -> anyhow::Result<()> {
    let write = |name: String, content: &[u8]| {
        outputs::write(folder, Path::new(&name), content)
            .with_context(|| format!("could not write {}", folder.join(&name).display()))
    };
    for (name, whole) in [("patch", false), ("sign", true)] {
        let image = sheet(wanted.sign, &trained.patch, wanted.cover, whole);
        write(format!("{name}.png"), &png(&image, args.size_cm)?)?;
        write(format!("{name}.pdf"), &pdf(&image, args.size_cm)?)?;
    }
    for (at, trial) in trials.iter().take(SAVED).enumerate() {
        if let Some(image) = shown((wanted, &trained.patch), frames, trial) {
            let said = if trial.seen[4] { "seen" } else { "hidden" };
            write(format!("trial_{at}_{said}.jpg"), &image.to_jpeg(90)?)?;
        }
    }
    Ok(())
}

/// A part of the placements: its name, and whether a trial belongs to it.
type Part = (String, Box<dyn Fn(&Trial) -> bool>);

/// Thirds of the sizes, and both directions of rotation.
fn parts(wanted: &Wanted<'_>) -> Vec<Part> {
    let (low, high) = wanted.ranges.side;
    let third = (high - low) / 3.0;
    let mut parts: Vec<Part> = Vec::new();
    if third > 0.0 {
        for at in 0..3 {
            let (from, to) = (low + third * at as f32, low + third * (at + 1) as f32);
            let last = at == 2;
            let has = move |trial: &Trial| {
                let side = trial.placement.side;
                (side >= from || at == 0) && (side < to || last)
            };
            parts.push((format!("{from:.0} to {to:.0} px"), Box::new(has)));
        }
    }
    if wanted.ranges.rotation > 0.0 {
        let half = wanted.ranges.rotation / 2.0;
        parts.push((
            format!("up to {half:.0} degrees"),
            Box::new(move |t| t.placement.rotation.abs() <= half),
        ));
        parts
            .push((format!("above {half:.0} degrees"), Box::new(move |t| t.placement.rotation.abs() > half)));
    }
    parts
}

fn report(model: &Model, (wanted, trained): (&Wanted<'_>, &Trained), trials: &[Trial]) {
    print(&format!(
        "{}, {}: patch on {:.0} % of the sign ({}), {} of training, seed {}",
        model.card.name,
        wanted.class,
        100.0 * wanted.cover.share(wanted.sign),
        wanted.cover.id(),
        counted(trained.steps, "step"),
        wanted.seed
    ));
    let head: Vec<String> = Dress::ALL.iter().map(|dress| format!("{:>8}", dress.title())).collect();
    print(&format!("{:<22} {}", "sign seen", head.join(" ")));
    let row = |name: &str, rates: &[Rate; 5]| {
        let cells: Vec<String> =
            rates.iter().map(|rate| format!("{:>8}", format!("{}/{}", rate.hits, rate.of))).collect();
        print(&format!("{name:<22} {}", cells.join(" ")));
    };
    for (name, has) in parts(wanted) {
        row(&name, &rates(trials.iter().filter(|trial| has(trial))));
    }
    let all = rates(trials.iter());
    row("all", &all);
    if trained.unseen > 0 {
        print(&format!(
            "{} in training in which the model did not see the clean sign",
            counted(trained.unseen, "placement")
        ));
    }
    let best = all[1..4].iter().map(|rate| rate.hits).min().unwrap_or(0);
    print(&format!(
        "seen in {} of {} placements with the trained patch, in {} with none, in {best} with the best plain one",
        all[4].hits, all[4].of, all[0].hits
    ));
}

fn document(
    args: &PatchArgs,
    model: &Model,
    (wanted, trained): (&Wanted<'_>, &Trained),
    trials: &[Trial],
) -> Value {
    let rate = |rate: &Rate| json!({ "hits": rate.hits, "of": rate.of, "low": rate.low, "high": rate.high });
    let all = rates(trials.iter());
    let seen: serde_json::Map<String, Value> =
        Dress::ALL.iter().zip(&all).map(|(dress, own)| (dress.title().to_owned(), rate(own))).collect();
    let each: Vec<Value> = trials
        .iter()
        .map(|trial| {
            let own: serde_json::Map<String, Value> = Dress::ALL
                .iter()
                .zip(trial.seen)
                .map(|(d, seen)| (d.title().to_owned(), json!(seen)))
                .collect();
            json!({
                "frame": trial.frame,
                "x": trial.placement.middle.0,
                "y": trial.placement.middle.1,
                "side": trial.placement.side,
                "rotation": trial.placement.rotation,
                "brightness": trial.placement.brightness,
                "seen": own,
            })
        })
        .collect();
    json!({
        "model": model.card.name,
        "model_sha256": model.sha256,
        "class": wanted.class,
        "task": if model.task() == Task::Objects { "detection" } else { "classification" },
        "cover": wanted.cover.id(),
        "share": wanted.cover.share(wanted.sign),
        "size_cm": args.size_cm,
        "steps": trained.steps,
        "seed": wanted.seed,
        "seen_at_the_end_of_training": trained.seen_at_the_end,
        "placements_without_the_clean_sign": trained.unseen,
        "seen": seen,
        "trials": each,
    })
}
