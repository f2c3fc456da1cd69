//! `hardcase compare`: a project, a recording or a suite under two set-ups.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs::write_named;
use crate::base::text::probability;
use crate::base::time::Span;
use crate::cli::backend::BackendArgs;
use crate::cli::columns::{JsonArg, put_json, share};
use crate::cli::evaluate::{limits, pairs, positive};
use crate::cli::{BadArgument, print, say};
use crate::data::cases::stack::Stack;
use crate::evaluation::comparison::Tally;
use crate::evaluation::setups::document::document;
use crate::evaluation::setups::page::{self, Facts, Shown};
use crate::evaluation::setups::verdict::{Compared, PartTally, lost};
use crate::evaluation::slices::Cut;
use crate::evaluation::terms::{Injected, Region, Terms};
use crate::project::faults::Fault;
use crate::reports::page::html;
use crate::suites::files;
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::stack;

mod recordings;
mod suites;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hardcase compare street --with smaller.onnx --html compare.html\n  \
    hardcase compare street --stack 'pixelate:2' --fail-on worse\n  \
    hardcase compare june.mcap july.mcap --truth /truth --predictions /objects --tolerance 0.02\n  \
    hardcase compare lights.suite --model lights.onnx --with lights_int8.onnx")]
pub(super) struct CompareArgs {
    /// A project, a recording or a suite: the first set-up
    first: PathBuf,
    /// The one of the second set-up, if it is another: the same drive with another sensor
    second: Option<PathBuf>,
    /// Model of the first set-up; that of the project or suite if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Predictions of the first set-up instead of those of a model: a channel of the recording, or a file made elsewhere
    #[arg(long, value_name = "CHANNEL|FILE", conflicts_with = "model")]
    predictions: Option<PathBuf>,
    /// Predictions of the second set-up: another model, a channel or a file; those of the first if absent
    #[arg(long, value_name = "FILE|CHANNEL")]
    with: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Backend of the second set-up; that of the first if absent
    #[arg(long, value_name = "BACKEND")]
    against: Option<String>,
    /// Transforms of every sample that the second set-up predicts: 'pixelate:2' halves the resolution
    #[arg(long, value_name = "STACK")]
    stack: Option<String>,
    /// Channel that the second set-up lacks: its images are black, its scans empty; may be repeated
    #[arg(long, value_name = "CHANNEL")]
    without: Vec<String>,
    /// Fault of a channel in the second set-up, like `/camera=freeze@10..12`; may be repeated
    #[arg(long = "fault", value_name = "CHANNEL=FAULT")]
    faults: Vec<String>,
    /// Ground truth: a channel of the recording, `labels`, a file of predictions, a model; the labels of the project if absent
    #[arg(long, value_name = "CHANNEL|FILE")]
    truth: Option<PathBuf>,
    /// Largest difference in seconds of two stamps that count as the same moment
    #[arg(long, default_value_t = 0.05, value_parser = positive, value_name = "SECONDS")]
    tolerance: f64,
    /// Seconds to add to the times of the second recording
    #[arg(long, default_value_t = 0.0, value_name = "SECONDS", allow_negative_numbers = true)]
    offset: f64,
    /// Only these recordings of the projects
    #[arg(long, value_name = "NAME")]
    clip: Vec<String>,
    /// Class of the model for a class of the labels: `person=pedestrian`
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// Recorded signal as ground truth of a value: `steering=/vehicle/steering.angle`
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// Largest error of a number that counts as right: `steering=0.05`; half the standard deviation of the true values if absent
    #[arg(long, value_name = "NUMBER=LIMIT")]
    limit: Vec<String>,
    /// Only objects within this distance of the vehicle, for channels of the recording
    #[arg(long, value_parser = positive, value_name = "METERS")]
    roi: Option<f64>,
    /// Only true boxes with at least so many LIDAR points inside, for channels of the recording
    #[arg(long, value_name = "N")]
    min_points: Option<usize>,
    /// Recording for cases about stretches, in place of the kept ones
    #[arg(long, value_name = "CLIP")]
    recording: Option<PathBuf>,
    /// The same of the second set-up
    #[arg(long, value_name = "CLIP")]
    with_recording: Option<PathBuf>,
    /// Level of the tests, their p-values adjusted for their number
    #[arg(long, default_value_t = 0.05, value_name = "LEVEL", value_parser = share)]
    alpha: f64,
    /// Examples of lost and of gained things, each
    #[arg(long, default_value_t = 12, value_name = "N")]
    examples: usize,
    /// End with 1 if a test shows that the second set-up is worse, that both differ, or if it lost anything at all
    #[arg(long, value_enum, value_name = "WHEN")]
    fail_on: Option<FailOn>,
    /// Write the comparison as one HTML page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArg,
}

/// Outcome that fails the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Worse,
    Different,
    Lost,
}

pub(super) fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    if args.alpha <= 0.0 || args.alpha >= 1.0 {
        return Err(BadArgument("--alpha must be above 0 and below 1".to_owned()).into());
    }
    if !args.offset.is_finite() {
        return Err(BadArgument("--offset must be a number of seconds".to_owned()).into());
    }
    if files::is_suite(&args.first) { suites::run(args) } else { recordings::run(args) }
}

impl CompareArgs {
    /// The transforms of the second set-up; an error if labels would no longer lie on the objects.
    fn stack(&self) -> anyhow::Result<Option<Stack>> {
        let Some(text) = &self.stack else { return Ok(None) };
        let stack = stack::parse(&BUILT_IN, text, 1)?;
        let moves = |id: &str| BUILT_IN.kind(id).is_some_and(|kind| kind.geometric);
        if let Some((_, spec)) = stack.active().find(|(_, spec)| moves(&spec.transform)) {
            return Err(BadArgument(format!(
                "transform {:?} moves objects away from their labels, which would count as lost; transforms of light, weather, \
                 noise, blur and the sensor do not",
                spec.transform
            ))
            .into());
        }
        if stack.active().next().is_none() {
            return Err(BadArgument("--stack names no transform".to_owned()).into());
        }
        Ok(Some(stack))
    }

    /// The changes of the recordings of the second set-up.
    fn injected(&self) -> anyhow::Result<Injected> {
        self.stack()?;
        let removed = self.without.iter().map(|channel| format!("{channel}=black"));
        let faults: Vec<String> = removed.chain(self.faults.iter().cloned()).collect();
        for text in &faults {
            text.parse::<Fault>().map_err(|err| BadArgument(err.to_string()))?;
        }
        Ok(Injected { stack: self.stack.clone(), faults })
    }

    fn terms(&self) -> Result<Terms, BadArgument> {
        let reach_mm = self.roi.map(|meters| (meters * 1e3).round().min(f64::from(u32::MAX)) as u32);
        let region = Region { reach_mm, min_points: self.min_points };
        Ok(Terms {
            classes: pairs(&self.class)?,
            signals: pairs(&self.signal)?,
            limits: limits(&self.limit)?,
            region,
            ..Terms::default()
        })
    }

    fn tolerance(&self) -> Span {
        Span::from_secs(self.tolerance)
    }

    /// Names of both set-ups: what is different about them, in a few words.
    fn names(&self, predictors: [&str; 2]) -> [String; 2] {
        let file = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if let Some(second) = &self.second {
            let names = [file(&self.first), file(second)];
            return if names[0] == names[1] {
                [&self.first, second].map(|path| path.display().to_string())
            } else {
                names
            };
        }
        if let Some(with) = &self.with {
            if predictors[0] != predictors[1] {
                return predictors.map(str::to_owned);
            }
            return [
                self.model.as_ref().map_or_else(|| predictors[0].to_owned(), |path| file(path)),
                file(with),
            ];
        }
        let changes: Vec<String> = self
            .stack
            .iter()
            .cloned()
            .chain(self.without.iter().map(|channel| format!("without {channel}")))
            .chain(self.faults.iter().cloned())
            .collect();
        if !changes.is_empty() {
            return ["as recorded".to_owned(), changes.join(", ")];
        }
        if let Some(second) = &self.with_recording {
            return [self.recording.as_deref().map_or_else(|| "as saved".to_owned(), file), file(second)];
        }
        [self.backend.name().to_owned(), self.against.clone().unwrap_or_default()]
    }

    /// The changes in words.
    fn changes(&self) -> Facts {
        let mut facts = Facts::new();
        let mut add = |name: &str, value: String| facts.push((name.to_owned(), value));
        if let Some(stack) = &self.stack {
            add("Transformed by", stack.clone());
        }
        if !self.without.is_empty() {
            add("Without", self.without.join(", "));
        }
        if !self.faults.is_empty() {
            add("Faults", self.faults.join(", "));
        }
        if self.offset.abs() > 0.0 {
            add("Offset", format!("{} s", self.offset));
        }
        facts
    }
}

/// Prints and writes the comparison; the exit code follows from what should fail.
fn finish(args: &CompareArgs, compared: &Compared, shown: &Shown<'_>) -> anyhow::Result<ExitCode> {
    if let Some(path) = &args.html {
        write_named(path, html::render(&page::page(compared, shown)).as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
        say(&format!("report: {}", path.display()));
    }
    if let Some(place) = &args.json.json {
        put_json(place, &document(compared, shown))?;
    }
    if args.json.json.as_ref().is_none_or(|place| place != Path::new("-")) {
        text(compared, shown);
    }
    let failed = match args.fail_on {
        None => false,
        Some(FailOn::Worse) => compared.is_worse(args.alpha),
        Some(FailOn::Different) => compared.differs(args.alpha),
        Some(FailOn::Lost) => compared.all.first > 0,
    };
    Ok(ExitCode::from(u8::from(failed)))
}

fn text(compared: &Compared, shown: &Shown<'_>) {
    let [first, second] = shown.names;
    print(&format!("{first} and {second}"));
    let all = &compared.all;
    if all.all() > 0 {
        for (what, count) in [
            ("both correct", all.both),
            ("lost: only the first", all.first),
            ("gained: only the second", all.second),
            ("neither", all.neither),
        ] {
            print(&format!("{what:<26} {count:>8}"));
        }
    }
    for one in &compared.decisions {
        let direction = if one.worse { "second worse" } else { "second not worse" };
        print(&format!(
            "{:<26} p {}, adjusted {}, {direction} ({})",
            one.name,
            probability(one.p),
            probability(one.p_adjusted),
            one.test
        ));
    }
    for cut in [Cut::Distance, Cut::Size, Cut::Class, Cut::Tag] {
        for part in compared.parts.get(&cut).into_iter().flatten().filter(|part| part.tally.all() > 0) {
            print(&format!("{:<9} {:<16} {}", cut.id(), part.name, told(part)));
        }
    }
    for number in &compared.numbers {
        let interval =
            number.interval.map_or_else(String::new, |[low, high]| format!(" [{low:+.4} {high:+.4}]"));
        print(&format!(
            "{:<26} {:.4} and {:.4}, second minus first {:+.4}{interval}, signed ranks p {}",
            number.name,
            number.means[0],
            number.means[1],
            number.difference,
            probability(number.p_signed_rank)
        ));
    }
    print(&page::about(compared, shown));
}

fn told(part: &PartTally) -> String {
    let Tally { second, .. } = part.tally;
    let rate = lost(&part.tally);
    format!(
        "lost {:>5} of {:>5}, {:.3} [{:.3} {:.3}], gained {second}, p {}",
        rate.hits,
        rate.of,
        rate.share(),
        rate.low,
        rate.high,
        probability(part.p_adjusted)
    )
}
