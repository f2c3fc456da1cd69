//! Subject of a sweep on the command line: what `sweep` runs and `plan` writes down.

use std::path::PathBuf;

use clap::Args;

use crate::base::progress::Progress;
use crate::claims::{self, spec};
use crate::cli::BadArgument;
use crate::cli::backend::{BackendArgs, tried};
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::data::input::Medium;
use crate::inference::model::Model;
use crate::predictions::image_models::{self, first_model, paints};
use crate::project::samples::{Asked, Source, model_files, sources, within};
use crate::search::sweep::errors;
use crate::search::sweep::plan::{Design, Plan, Variant};
use crate::search::sweep::plan_text;
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Options that say what is swept.
#[derive(Debug, Args)]
pub(in crate::cli) struct SubjectArgs {
    /// The transforms, where a value may be a range: "fog:0..1,rotate:-10..10", "fog:0.2|0.5", "rain:0.01..1log".
    /// A transform without a value goes from neutral to its strongest value; "all" stands for every transform
    #[arg(long)]
    pub(super) stack: Option<String>,
    /// Combinations of the values
    #[arg(long, value_enum, default_value_t = PlanKind::Grid)]
    plan: PlanKind,
    /// Levels per parameter of each range
    #[arg(long = "levels", alias = "steps", value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(2..))]
    steps: u16,
    /// Number of combinations with --plan random and latin-hypercube
    #[arg(long, default_value_t = 50)]
    samples: usize,
    /// Random seeds; each combination runs with each
    #[arg(long, value_name = "SEED,SEED", value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    /// The model; the project's model if absent. Several are compared
    #[arg(long, value_name = "FILE")]
    model: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) backend: BackendArgs,
    /// The claim; the usual one for the model if absent
    #[arg(long, value_name = "CLAIM")]
    claim: Option<String>,
    /// A parameter of the claim: "iou=0.7"; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_param)]
    param: Vec<(String, f64)>,
    /// The class or value that the claim is about
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Recorded signal of the human driver, for the claim `deep_test`
    #[arg(long, value_name = "SIGNAL")]
    human: Option<String>,
    /// A claim as an expression: "after.steering >= 0.9 * before.steering"
    #[arg(long, conflicts_with = "claim")]
    expression: Option<String>,
    /// Assume an unchanged prediction where a transform promises nothing, as for the steering under a small rotation
    #[arg(long)]
    assume_same: bool,
    /// Only this recording of the project
    #[arg(long, value_name = "NAME")]
    clip: Option<String>,
    /// Only this camera
    #[arg(long, value_name = "NAME")]
    channel: Option<String>,
    /// Image-to-image model, used in the stack under its card's name; may be repeated
    #[arg(long = "image-model", alias = "painter", value_name = "FILE")]
    image_model: Vec<PathBuf>,
    /// Frame stride: use every n-th frame
    #[arg(long = "stride", alias = "every", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) every: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PlanKind {
    Grid,
    Random,
    LatinHypercube,
    Pairwise,
    OneAtATime,
}

fn parse_param(text: &str) -> Result<(String, f64), BadArgument> {
    let parts = text.split_once('=').and_then(|(name, value)| Some((name, value.parse::<f64>().ok()?)));
    let (name, value) = parts.ok_or_else(|| BadArgument("expected NAME=VALUE like iou=0.7".to_owned()))?;
    Ok((name.to_owned(), value))
}

/// A sweep with everything loaded.
pub(in crate::cli) struct Subject {
    pub(in crate::cli) catalog: Catalog,
    /// Files of the transforms in the catalog that are not built in.
    pub(in crate::cli) image_models: Vec<PathBuf>,
    pub(in crate::cli) plan: Plan,
    pub(in crate::cli) variants: Vec<Variant>,
    pub(in crate::cli) models: Vec<Model>,
    pub(in crate::cli) medium: Medium,
    /// The claim with every number that comes from the data.
    pub(in crate::cli) oracle: ClaimSpec,
    pub(in crate::cli) asked: Asked,
    pub(in crate::cli) sources: Vec<Source>,
}

impl Subject {
    /// All inputs, in the order of the rows.
    pub(in crate::cli) fn inputs(&self) -> Vec<RecordedInput> {
        let own = |source: &Source| within(&source.clip, &source.name, &source.tags, &self.asked, None);
        self.sources.iter().flat_map(own).collect()
    }
}

impl SubjectArgs {
    /// Loads the models and opens the recordings.
    pub(in crate::cli) fn load(&self, places: &[PathBuf], threads: usize) -> anyhow::Result<Subject> {
        let text = self.stack.as_deref().ok_or_else(|| {
            BadArgument("no transforms, name them with --stack \"fog:0..1,rotate:-10..10\"".to_owned())
        })?;
        let design = match self.plan {
            PlanKind::Grid => Design::Grid,
            PlanKind::Random => Design::Random(self.samples),
            PlanKind::LatinHypercube => Design::LatinHypercube(self.samples),
            PlanKind::Pairwise => Design::Pairwise,
            PlanKind::OneAtATime => Design::OneAtATime,
        };
        let bad = |err: &dyn std::fmt::Display| BadArgument(err.to_string());
        let mut catalog = Catalog::default();
        for path in &self.image_model {
            image_models::load_into(&mut catalog, path)?;
        }
        let of_projects = model_files(places)?;
        let from_projects = first_model(&mut catalog, of_projects.iter().cloned())?;
        let mut files = self.image_model.clone();
        for file in of_projects {
            if paints(&file)? {
                files.push(file);
            }
        }
        let planned =
            |stack: &str| plan_text::parse(&catalog, stack, self.steps.into(), design, self.seeds.clone());
        let mut plan = planned(text).map_err(|err| bad(&err))?;
        let paths =
            if self.model.is_empty() { from_projects.into_iter().collect() } else { self.model.clone() };
        if paths.is_empty() {
            return Err(BadArgument("no model, name one with --model FILE".to_owned()).into());
        }
        let backend = self.backend.kind()?;
        // One thread inside of the model: the frames keep the processors busy.
        let models = paths.iter().map(|path| tried(path, &backend)).collect::<Result<Vec<_>, _>>()?;
        let medium = models[0].medium();
        if let Some(other) = models.iter().find(|model| model.medium() != medium) {
            let (a, b) = (medium.title(), other.medium().title());
            return Err(
                BadArgument(format!("one model takes {a}, another {b}, sweep them separately")).into()
            );
        }
        let oracle = self.oracle(&models[0]);
        if text.trim() == "all" {
            plan = planned(&plan_text::all_of(medium)).map_err(|err| bad(&err))?;
        }
        let variants = plan.variants(&catalog).map_err(|err| bad(&err))?;
        let reach = spec::reach(&oracle).with(&stack::reach(&catalog, &plan.stack));
        let asked = Asked {
            clip: self.clip.clone(),
            channel: self.channel.clone(),
            human: self.human.clone(),
            every: self.every as usize,
            medium: Some(medium),
            reach: models.iter().fold(reach, |reach, model| reach.with(&model.reach())),
        };
        let sources = sources(places, &asked)?;
        let mut subject =
            Subject { catalog, image_models: files, plan, variants, models, medium, oracle, asked, sources };
        self.complete(&mut subject, threads)?;
        Ok(subject)
    }

    fn oracle(&self, model: &Model) -> ClaimSpec {
        let claim = match (&self.claim, &self.expression) {
            (Some(claim), _) => claim.as_str(),
            (None, Some(_)) => "expression",
            (None, None) => claims::usual(model.task()).id,
        };
        let mut oracle = ClaimSpec {
            class: self.class.clone(),
            expression: self.expression.clone(),
            assume_same: self.assume_same,
            ..ClaimSpec::new(claim)
        };
        for (name, value) in &self.param {
            oracle.params.insert(name, *value);
        }
        oracle
    }

    /// Puts into the claim what is a property of all inputs, before anybody takes a part of them.
    fn complete(&self, subject: &mut Subject, threads: usize) -> anyhow::Result<()> {
        let inputs = subject.inputs();
        if inputs.is_empty() {
            return Err(BadArgument(format!("no {} were selected", subject.medium.title())).into());
        }
        if let Some(signal) = &self.human {
            if inputs.iter().all(|input| input.human.is_none()) {
                return Err(BadArgument(format!("no recording has a signal {signal:?}")).into());
            }
            let name = subject.oracle.class.clone().unwrap_or_default();
            if let Some(human) = spec::human(&subject.oracle)
                && !subject.oracle.params.0.contains_key(human.usual_error.id)
            {
                let progress = Progress::default();
                let usual = errors::usual_error(&inputs, &subject.models[0], &name, threads, &progress)?;
                subject.oracle.params.insert(human.usual_error.id, usual.unwrap_or_default());
            }
        }
        spec::check(&subject.oracle).map_err(|err| BadArgument(err.to_string()))?;
        Ok(())
    }
}
