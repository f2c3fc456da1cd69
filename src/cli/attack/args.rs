//! Arguments of `hardcase attack`, and their meaning.

use std::path::PathBuf;

use clap::Args;

use crate::base::nearest::hint;
use crate::cli::BadArgument;
use crate::cli::backend::BackendArgs;
use crate::data::prediction::Task;
use crate::inference::model::Model;
use crate::reports::table::EXTENSIONS;
use crate::robustness::attacks::norm::{Norm, parse_sizes};
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::{AttackKind, Settings, kind, unknown};

const EXAMPLES: &str = "\
Examples:
  hardcase attack lights --attack pgd --eps 8/255 -o results.parquet
  hardcase attack lights --attack pgd,square --eps 4/255 --budget 2500 --images attacked
  hardcase attack lights --attack fgsm,pgd --eps 1/255,2/255,4/255,8/255
  hardcase attack lights --attack deepfool,hop_skip_jump --norm l2 --eps 1.5
  hardcase attack lights --attack bim --targeted green
  hardcase attack street --attack pgd --eps 2/255 --objective vanish --stride 50

Ends with 0 if every image holds, with 1 if one does not, with 5 if none could be attacked.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "independent options")]
pub(in crate::cli) struct AttackArgs {
    /// Projects, recordings or images
    #[arg(required_unless_present = "list")]
    pub(super) inputs: Vec<PathBuf>,
    /// The attacks: "pgd", "pgd,square,deepfool"; see --list
    #[arg(long, value_name = "ID,ID", value_delimiter = ',', default_value = "pgd")]
    pub(super) attack: Vec<String>,
    /// Norm of the change over all numbers of an image, each 0 to 1
    #[arg(long, value_enum, default_value_t = NormName::Linf)]
    pub(super) norm: NormName,
    /// Size of the change: "8/255", "0.03". If absent 8/255 for linf, 1 for l2, 10 for l1. Several, like "1/255,2/255,4/255",
    /// make a curve, and the largest counts for the last line and the exit code
    #[arg(long, value_name = "SIZE,SIZE")]
    pub(super) eps: Option<String>,
    /// Steps; as usual for each attack if absent
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(super) steps: Option<u32>,
    /// Length of a step in parts of eps; as usual for each attack if absent
    #[arg(long, value_parser = positive)]
    pub(super) step: Option<f64>,
    /// Queries for each image, for attacks that only ask the model
    #[arg(long, value_name = "QUERIES", default_value_t = 2500, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) budget: u32,
    /// Random starts of pgd, of which the first that succeeds counts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(super) restarts: u32,
    /// Start pgd at the image itself
    #[arg(long)]
    pub(super) no_random_start: bool,
    /// The class that images are to be turned into; any other class if absent
    #[arg(long, value_name = "CLASS")]
    pub(super) targeted: Option<String>,
    /// Aim of an attack on a detector: objects vanish, are fabricated, are mislabeled, or the surest one vanishes alone
    #[arg(long, value_enum, default_value_t = ObjectiveName::Vanish)]
    pub(super) objective: ObjectiveName,
    /// The model; the project's model if absent
    #[arg(long, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
    #[command(flatten)]
    pub(super) backend: BackendArgs,
    /// Another model that is asked about the attacked images: does the attack transfer?
    #[arg(long, value_name = "FILE")]
    pub(super) against: Option<PathBuf>,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    pub(super) clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    pub(super) channel: Option<String>,
    /// Frame stride: use every n-th frame
    #[arg(long = "stride", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) every: u32,
    /// At most this many frames, the first ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) most: Option<u32>,
    /// Random seed
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub(super) seed: u64,
    /// Output file with one row for each image and attack: .parquet, .csv or .jsonl
    #[arg(short, long)]
    pub(super) output: Option<PathBuf>,
    /// Write an apostrophe before text that a spreadsheet would take for a formula, in .csv files
    #[arg(long)]
    pub(super) guard_formulas: bool,
    /// Folder for the attacked images of successes, as PNG
    #[arg(long, value_name = "FOLDER")]
    pub(super) images: Option<PathBuf>,
    /// Folder of a suite that the successes are frozen into, as cases that run without a gradient
    #[arg(long, value_name = "FOLDER")]
    pub(super) keep: Option<PathBuf>,
    /// Batches of images processed concurrently; the number of processors if absent
    #[arg(long)]
    pub(super) jobs: Option<usize>,
    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
    /// List the attacks with what they have to know
    #[arg(long)]
    pub(super) list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum NormName {
    Linf,
    L2,
    L1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ObjectiveName {
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
pub(super) fn check_output(args: &AttackArgs) -> Result<(), BadArgument> {
    let Some(output) = &args.output else { return Ok(()) };
    let extension = output.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
    if EXTENSIONS.contains(&extension) {
        return Ok(());
    }
    let known = EXTENSIONS.map(|ext| format!(".{ext}")).join(", ");
    Err(BadArgument(format!("cannot write .{extension} files, known are {known}")))
}

/// The attacks; one that is named twice runs once.
pub(super) fn kinds(args: &AttackArgs) -> Result<Vec<&'static AttackKind>, BadArgument> {
    let mut kinds: Vec<&'static AttackKind> = Vec::new();
    for id in args.attack.iter().map(|id| id.trim()) {
        let found = kind(id).ok_or_else(|| BadArgument(unknown(id)))?;
        if !kinds.iter().any(|known| known.id == found.id) {
            kinds.push(found);
        }
    }
    Ok(kinds)
}

fn norm(args: &AttackArgs) -> Norm {
    match args.norm {
        NormName::Linf => Norm::Linf,
        NormName::L2 => Norm::L2,
        NormName::L1 => Norm::L1,
    }
}

pub(super) fn sizes(args: &AttackArgs) -> Result<Vec<f64>, BadArgument> {
    let norm = norm(args);
    let Some(text) = &args.eps else { return Ok(vec![norm.usual_eps()]) };
    parse_sizes(text, norm).map_err(|err| BadArgument(err.to_string()))
}

/// Settings at the largest of the sizes.
pub(super) fn settings(args: &AttackArgs, sizes: &[f64]) -> Settings {
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

pub(super) fn objective(name: ObjectiveName) -> Objective {
    match name {
        ObjectiveName::Vanish => Objective::Vanish,
        ObjectiveName::Fabricate => Objective::Fabricate,
        ObjectiveName::Mislabel => Objective::Mislabel,
        ObjectiveName::One => Objective::One,
    }
}

pub(super) fn target(args: &AttackArgs, model: &Model) -> Result<Option<usize>, BadArgument> {
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
