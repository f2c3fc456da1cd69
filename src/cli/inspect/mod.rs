//! `hardcase inspect`: what the inside of a model says about inputs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;

use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::rng::Rng;
use crate::base::text::counted;
use crate::claims;
use crate::cli::backend::{BackendArgs, tried};
use crate::cli::evaluate::pairs;
use crate::cli::{BadArgument, print_json, say, threads, with_progress_line};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::time::window::Reach;
use crate::evaluation::gather::{Place, facts_of};
use crate::evaluation::samples::Fact;
use crate::evaluation::terms::Terms;
use crate::predictions::image_models::first_model;
use crate::predictions::source::Source;
use crate::project::is_project;
use crate::project::samples::{Asked, inputs, model_files};
use crate::robustness::attacks;
use crate::robustness::inside::inspection::{Attacker, Inspection, Subject, Truth};
use crate::robustness::inside::run::inspect;
use crate::transforms::catalog::Catalog;

mod attack;
mod document;
mod request;
mod stacks;
mod text;

/// Words that begin a random number stream of their own.
const SPLIT_STREAM: u64 = 0x7370_6c69_7400;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hardcase inspect drive --coverage nc,kmnc:k=100,nbc:m=0.5 --surprise lsa,dsa\n  \
    hardcase inspect drive --reference training --validity deeproad,knn --stack \"fog:0.5\" --json found.json\n  \
    hardcase inspect drive --conformal lac,raps --alpha 0.1 --temperature\n\n\
    Coverage describes a set of inputs and is no measure of the quality of a model; no option makes it a gate.")]
pub(super) struct InspectArgs {
    /// A project, a recording, or images together with --model
    #[arg(required_unless_present = "list")]
    place: Option<PathBuf>,
    /// The model file; the project's model if absent
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    backend: BackendArgs,
    /// Criteria of structural coverage with their settings: "nc,kmnc:k=100,nbc:m=0.5:strict=0"
    #[arg(long, value_name = "KINDS")]
    coverage: Option<String>,
    /// Scores of surprise: "lsa:most=20,dsa"
    #[arg(long, value_name = "KINDS")]
    surprise: Option<String>,
    /// Scores of input validation: "deeproad,knn:k=5,mahalanobis,energy,softmax"
    #[arg(long, value_name = "KINDS")]
    validity: Option<String>,
    /// Conformal sets of classes (lac, aps, raps) or intervals of numbers (residual, weighted, cqr); needs ground truth
    #[arg(long, value_name = "KINDS")]
    conformal: Option<String>,
    /// Inputs that the model is used to: a project or recording, or "split" for a random half of the inputs
    #[arg(long, value_name = "PLACE|split", default_value = "split")]
    reference: String,
    /// Keep the profile of the reference set in this file, and use it again while model, conventions and inputs are the same by
    /// their checksums
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Layers whose neurons are covered: "activations", "all", or names of values with commas between them
    #[arg(long, value_name = "CHOICE", default_value = "activations")]
    layers: String,
    /// Meaning of a neuron of a feature map
    #[arg(long, value_enum, default_value_t = NeuronArg::Channel)]
    neurons: NeuronArg,
    /// Layer of surprise and of distances; the last one of --layers if absent
    #[arg(long, value_name = "NAME")]
    layer: Option<String>,
    /// Layer whose values are the content of an input for `deeproad`; that of --layer if absent
    #[arg(long, value_name = "NAME")]
    content: Option<String>,
    /// Feature map whose Gram matrix is the style of an input for `deeproad`; none if absent
    #[arg(long, value_name = "NAME")]
    style: Option<String>,
    /// Threshold of validity by the reference scores: "gamma:0.95", "empirical:0.99"; gamma for distances and empirical for
    /// others, at 0.95, if absent
    #[arg(long, value_name = "RULE:LEVEL")]
    threshold: Option<String>,
    /// Error rates of conformal sets
    #[arg(long, value_name = "RATE,RATE", value_delimiter = ',', default_value = "0.1")]
    alpha: Vec<f64>,
    /// Fit a temperature on half of the labeled reference inputs before the sets
    #[arg(long)]
    temperature: bool,
    /// Transforms of the tested inputs as in `sweep`, a file with one such stack a line, "random" for a random one each, or "none"
    #[arg(long, value_name = "STACK", default_value = "random")]
    stack: String,
    /// Levels per parameter of each range of --stack
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    levels: u16,
    /// Also attack the tested images and show what they cover in a column of their own: an attack of `hardcase attack`
    #[arg(long, value_name = "ATTACK")]
    attack: Option<String>,
    /// Size of the attack in its first norm: 8/255 for linf
    #[arg(long, value_name = "SIZE", requires = "attack")]
    eps: Option<String>,
    /// Random seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Frame stride: use every n-th frame
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    stride: u32,
    /// Class of the model for a class of the labels: `person=pedestrian`
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// Recorded signal as ground truth of a value: `steering=/vehicle/steering.angle`; for a classifier `class=SIGNAL`
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// Inputs processed concurrently; the number of processors if absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Write JSON to this file, or to stdout for "-"
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// List all kinds with their settings and sources
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum NeuronArg {
    /// The mean of each channel
    Channel,
    /// Every number
    Unit,
}

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<ExitCode> {
    if args.list {
        text::listed();
        return Ok(ExitCode::SUCCESS);
    }
    let place = args.place.clone().unwrap_or_default();
    let mut request = request::request(args)?;
    request.threads = args.jobs.unwrap_or_else(threads).max(1);
    let terms = Terms { classes: pairs(&args.class)?, signals: pairs(&args.signal)?, ..Terms::default() };
    let mut catalog = Catalog::default();
    let files = model_files(std::slice::from_ref(&place))?;
    let own = first_model(&mut catalog, files)?;
    let path = args.model.clone().or_else(|| args.backend.served_model()).or(own);
    let path = path.ok_or_else(|| BadArgument("no model, name one with --model FILE".to_owned()))?;
    let model = Arc::new(tried(&path, &args.backend.kind()?)?);
    let stacks = stacks::stacks(&args.stack, args.levels.into(), args.seed, &catalog, model.medium())?;
    let oracle = ClaimSpec { assume_same: true, ..ClaimSpec::new(claims::usual(model.task()).id) };
    let source = Source::Model(Arc::clone(&model));
    let asked = Asked {
        clip: args.clip.clone(),
        channel: args.channel.clone(),
        every: args.stride as usize,
        medium: Some(model.medium()),
        reach: Reach { depth: !stacks.is_empty(), ..model.reach() },
        ..Asked::default()
    };
    let all = subjects(&place, &asked, &source, &terms)?;
    if all.is_empty() {
        return Err(BadArgument(format!("no {} were selected", model.medium().title())).into());
    }
    let (reference, tested) = if args.reference == "split" {
        halves(all, args.seed)
    } else {
        let other = PathBuf::from(&args.reference);
        let asked = Asked { clip: None, channel: None, ..asked };
        let reference = subjects(&other, &asked, &source, &terms)
            .with_context(|| format!("the reference set {:?} cannot be opened", args.reference))?;
        let before = reference.len();
        let reference = without(reference, &all);
        if reference.len() < before {
            let left = counted(before - reference.len(), "input");
            say(&format!("{left} of the reference set are tested as well and were left out of it"));
        }
        (reference, all)
    };
    if reference.is_empty() || tested.is_empty() {
        let what =
            "too few inputs to split them into a reference set and a tested one, name one with --reference";
        return Err(BadArgument(what.to_owned()).into());
    }
    let attack = attack::attack(args)?;
    let under_attack = attack.as_ref().map(|_| attacks::subject::Subject::new(&model)).transpose()?;
    let attacker = attack.zip(under_attack.as_ref()).map(|((kind, settings), subject)| Attacker {
        kind,
        settings,
        subject,
    });
    if let Some(attacker) = &attacker {
        attack::check(attacker)?;
    }
    let inspection = Inspection {
        attacker,
        model: &model,
        reference: &reference,
        tested: &tested,
        stacks: &stacks,
        catalog: &catalog,
        oracle: &oracle,
        profile: args.profile.as_deref(),
    };
    let progress = Progress::default();
    let report = with_progress_line("inspecting", &progress, || inspect(&inspection, &request, &progress))?;
    if report.kept {
        say("the profile of the reference set is the kept one");
    }
    for problem in &report.problems {
        say(&format!("skipped: {problem}"));
    }
    let about = text::About { args, request: &request, model: &model, tested: &tested };
    match &args.json {
        Some(path) if path.as_os_str() == "-" => {
            print_json(&format!("{:#}", document::document(&report, &about)));
        }
        Some(path) => {
            let document = format!("{:#}\n", document::document(&report, &about));
            write_named(path, document.as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            text::report(&report, &about);
            say(&format!("results: {}", path.display()));
        }
        None => text::report(&report, &about),
    }
    Ok(ExitCode::SUCCESS)
}

/// The inputs of a place with their ground truth, as far as it is known.
fn subjects(place: &Path, asked: &Asked, source: &Source, terms: &Terms) -> anyhow::Result<Vec<Subject>> {
    let all = inputs(&[place.to_owned()], asked)?;
    let known: BTreeMap<Place, Fact> = if is_project(place) {
        facts_of(place, source, terms)?.into_iter().collect()
    } else {
        BTreeMap::new()
    };
    let labels = source.labels();
    let subject = |input: RecordedInput| {
        let key = (input.clip_name.clone(), input.channel_name.clone(), input.frame);
        let truth = match known.get(&key) {
            Some(Fact::Class(class)) => {
                Truth { class: labels.iter().position(|label| label == class), ..Truth::default() }
            }
            Some(Fact::Values(values)) => Truth { class: None, values: by_label(labels, values) },
            Some(Fact::Objects(_) | Fact::Areas(_)) | None => Truth::default(),
        };
        Subject { input, truth }
    };
    Ok(all.into_iter().map(subject).collect())
}

/// True numbers in the order of the model's.
fn by_label(labels: &[String], values: &[(String, f64)]) -> Vec<Option<f64>> {
    let of = |label: &String| values.iter().find(|(name, _)| name == label).map(|(_, value)| *value);
    labels.iter().map(of).collect()
}

/// The reference inputs that are not among the tested ones: an input is no surprise beside itself.
fn without(reference: Vec<Subject>, tested: &[Subject]) -> Vec<Subject> {
    let mut by_time: BTreeMap<(i64, usize), Vec<&Subject>> = BTreeMap::new();
    for subject in tested {
        by_time.entry((subject.input.time_ns, subject.input.frame)).or_default().push(subject);
    }
    let is_tested = |subject: &Subject| {
        let alike = by_time.get(&(subject.input.time_ns, subject.input.frame));
        let own = alike.and_then(|_| subject.input.input().ok());
        own.is_some_and(|own| {
            alike.into_iter().flatten().any(|other| other.input.input().is_ok_and(|other| other == own))
        })
    };
    reference.into_iter().filter(|subject| !is_tested(subject)).collect()
}

/// A random half as reference set and the rest, each in the order of the whole.
fn halves(all: Vec<Subject>, seed: u64) -> (Vec<Subject>, Vec<Subject>) {
    let rng = Rng::split(seed, SPLIT_STREAM);
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| rng.at(*at as u64));
    let mut first = vec![false; all.len()];
    order.iter().take(all.len() / 2).for_each(|at| first[*at] = true);
    let (reference, tested): (Vec<_>, Vec<_>) = all.into_iter().zip(first).partition(|(_, first)| *first);
    let plain = |part: Vec<(Subject, bool)>| part.into_iter().map(|(subject, _)| subject).collect();
    (plain(reference), plain(tested))
}
