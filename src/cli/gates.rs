//! Cases about data sets: measuring them for `hardcase test`, writing them by `hardcase suite gate`.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow};
use clap::Args;

use crate::base::errors::told;
use crate::base::files::{seen_from, slug};
use crate::base::name::Name;
use crate::base::outputs;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::base::time::Span;
use crate::claims::gate::{LATENCY, MetricClaim};
use crate::claims::metric_judgment::{JudgedMetric, Straddle, judge};
use crate::cli::evaluate::sides::Sides;
use crate::cli::evaluate::{pairs, positive};
use crate::cli::{BadArgument, print, say, threads};
use crate::clips::Clip;
use crate::evaluation::gate_metrics::{MeasureError, ids};
use crate::evaluation::gates::{Draws, measure};
use crate::evaluation::gather::{Truth, gather};
use crate::evaluation::query::Query;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::terms::Terms;
use crate::evaluation::timing;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::predictions::source::Source;
use crate::project::editor::ProjectEditor;
use crate::project::is_project;
use crate::suites::files::{self, FORMAT, Suite, SuiteFile};
use crate::suites::gates::{self, DataSet, GateFile, GateResult, RecordingFile, RecordingRef};
use crate::suites::select::Selection;

/// Samples of a data set with the recordings that they come from.
type Measured = (Evaluation, BTreeMap<Name, Arc<dyn Clip>>);

/// The cases about data sets of one suite, measured.
pub(super) struct Gating<'a> {
    pub(super) suite: &'a Suite,
    /// The model under test, where it is not that of the suite.
    pub(super) model: Option<&'a Path>,
    /// True if the model may be another one than the suite names.
    pub(super) other_model: bool,
    pub(super) backend: &'a Backend,
    pub(super) progress: &'a Progress,
    /// Treatment of intervals with the bound inside; that of each case if absent.
    pub(super) straddle: Option<Straddle>,
    /// Name and SHA-256 of the model under test, once it was loaded.
    pub(super) tested: OnceCell<(String, String)>,
}

impl Gating<'_> {
    /// Measures and judges those that are selected. Data sets that several cases share are evaluated once.
    pub(super) fn run(&self, selection: &Selection) -> Vec<GateResult> {
        let mut evaluated: Vec<(&DataSet, Result<Measured, String>)> = Vec::new();
        let mut results = Vec::new();
        for (id, gate) in self.suite.gates.selected(selection) {
            let begun = Instant::now();
            let outcome = gate.map_err(str::to_owned).and_then(|gate| {
                let claim = self.claim(gate).map_err(|err| told(&err))?;
                if claim.metric == LATENCY {
                    return self.timed(gate, &claim).map_err(|err| told(&err));
                }
                let at = evaluated.iter().position(|(data, _)| **data == gate.data).unwrap_or_else(|| {
                    evaluated.push((&gate.data, self.evaluated(&gate.data).map_err(|err| told(&err))));
                    evaluated.len() - 1
                });
                let measured = evaluated.get(at).and_then(|(_, measured)| measured.as_ref().ok());
                match (measured, evaluated.get(at).map(|(_, measured)| measured)) {
                    (Some(measured), _) => self.judged(gate, &claim, measured).map_err(|err| told(&err)),
                    (None, Some(Err(problem))) => Err(problem.clone()),
                    (None, _) => Err("it was not evaluated".to_owned()),
                }
            });
            let seconds = begun.elapsed().as_secs_f64();
            results.push(GateResult { id: id.to_owned(), gate: gate.ok().cloned(), outcome, seconds });
        }
        results
    }

    /// The claim of a case whose data are those that it names.
    fn claim(&self, gate: &GateFile) -> anyhow::Result<MetricClaim> {
        match gate.problem(&self.suite.folder) {
            Some(problem) => {
                Err(anyhow!("{problem}; measure it anew with hardcase suite gate if that is meant"))
            }
            None => Ok(MetricClaim::parse(&gate.claim)?),
        }
    }

    fn judged(
        &self,
        gate: &GateFile,
        claim: &MetricClaim,
        (evaluation, clips): &Measured,
    ) -> anyhow::Result<JudgedMetric> {
        let draws = Draws { count: gate.draws, seed: gate.seed, threads: threads() };
        let estimate = measure(evaluation, clips, claim, draws, self.progress)?;
        Ok(judge(claim, &estimate, self.straddle.unwrap_or(gate.straddle), gate.least))
    }

    /// Measures the time of the model under test and judges it.
    fn timed(&self, gate: &GateFile, claim: &MetricClaim) -> anyhow::Result<JudgedMetric> {
        if gate.data.predictions.is_some() {
            return Err(MeasureError::NoModel { metric: claim.metric.clone() }.into());
        }
        let place = gate.data.place_of(&self.suite.folder);
        let apart = self.loaded(true)?;
        let samples = timing::samples(&place, &gate.data.names(&place), &apart, claim)?;
        // A model that ends its process does so in the one of its own; its time is measured without the way there and back.
        if let Some(first) = samples.first() {
            apart.run(&first.input(&apart.reach())?)?;
        }
        let model = self.loaded(false)?;
        let estimate = timing::measure(&model, &samples, gate.rounds, claim, self.progress)?;
        let least = gate.least.max(timing::needed(claim));
        Ok(judge(claim, &estimate, self.straddle.unwrap_or(gate.straddle), least))
    }

    fn evaluated(&self, data: &DataSet) -> anyhow::Result<Measured> {
        let place = data.place_of(&self.suite.folder);
        let only = data.names(&place);
        let sides = Sides { place: &place, only: &only, tolerance: Span::from_secs(data.tolerance) };
        let side = |name: &str| {
            let beside = DataSet::base_of(&place).join(name);
            if beside.is_file() { beside } else { PathBuf::from(name) }
        };
        let truth = sides.truth(Some(&side(&data.truth)), self.backend)?;
        if matches!(truth, Truth::Labels) && !is_project(&place) {
            return Err(anyhow!("a recording has no labels, name a channel as truth: {}", place.display()));
        }
        let source = match &data.predictions {
            Some(name) => sides.source(&side(name), None, self.backend)?,
            None => Source::Model(Arc::new(self.loaded(true)?)),
        };
        let terms =
            Terms { classes: data.classes.clone(), signals: data.signals.clone(), ..Terms::default() };
        let gathered = gather(&place, &only, (&source, &truth), &terms, threads(), self.progress)?;
        for (class, count) in &gathered.strange {
            say(&format!(
                "warning: the predictions have no class {class:?}, {} not evaluated",
                counted(*count, "label")
            ));
        }
        if gathered.samples.is_empty() {
            return Err(anyhow!("no sample of the data set has both ground truth and a prediction"));
        }
        // Stamps of two channels need not meet; predictions that are missing for most of the truth are another data set.
        let silent = format!(
            "{} of {} of the data set have ground truth and no prediction",
            gathered.silent,
            counted(gathered.silent + gathered.samples.len(), "sample")
        );
        if gathered.silent > gathered.samples.len() {
            return Err(anyhow!("{silent}, which is most of it"));
        }
        if gathered.silent > 0 {
            say(&format!("warning: {silent}, they are left out"));
        }
        Ok((Evaluation::with_limits(gathered.samples, source.threshold(), &gathered.limits), gathered.clips))
    }

    /// The model under test; `apart` in a process of its own, so that one that ends it ends its cases only.
    fn loaded(&self, apart: bool) -> anyhow::Result<Model> {
        let own = self.suite.model_path();
        let path =
            self.model.map(Path::to_owned).or(own).ok_or_else(|| {
                anyhow!("the claim is about the model under test, name one with --model FILE")
            })?;
        if self.model.is_none() && !self.other_model {
            self.suite.model_problem().map_or(Ok(()), |problem| Err(anyhow!(problem)))?;
        }
        let card = ModelCard::beside(&path)?;
        let card = card.or_else(|| self.suite.file.model.as_ref().map(|model| model.card.clone()));
        let here = self.backend.is_server() || !apart;
        let backend = if here { self.backend.clone() } else { self.backend.apart() };
        let model = Model::load_with(&path, card, backend, 1)?;
        // Every case of the suite is about the same one.
        self.tested.get_or_init(|| (model.card.name.clone(), model.sha256.clone()));
        Ok(model)
    }
}

/// Verdict of a case whose interval has the bound inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum OnStraddle {
    /// A pass with a warning
    Warn,
    /// A failure
    Fail,
    /// A pass without a warning
    Pass,
    /// That of the value alone, whatever the interval
    Value,
}

impl OnStraddle {
    pub(super) fn treatment(self) -> Straddle {
        match self {
            Self::Warn => Straddle::Warn,
            Self::Fail => Straddle::Fail,
            Self::Pass => Straddle::Pass,
            Self::Value => Straddle::Value,
        }
    }
}

/// Options of `hardcase suite gate`.
#[derive(Debug, Args)]
pub(super) struct GateArgs {
    /// Folder of the suite; made if absent
    suite: PathBuf,
    /// The data set: a project with labels, or a recording
    place: PathBuf,
    /// Claim about a metric: 'recall("pedestrian" where size < 32 and tag("night")) >= 0.8 at confidence 0.95'; or about the time
    /// of the model on the machine that runs the test: 'latency("p99") <= 50 ms'
    #[arg(long)]
    claim: String,
    /// Name of the case; made from the claim if absent
    #[arg(long)]
    id: Option<String>,
    /// Tag of the case; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// Reason to keep it
    #[arg(long, default_value = "")]
    why: String,
    /// Only these recordings of the project; may be repeated
    #[arg(long)]
    clip: Vec<String>,
    /// Ground truth: a channel of the recordings, a file of predictions; the labels if absent
    #[arg(long, default_value = "labels")]
    truth: String,
    /// Predictions: a channel of the recordings, or a file; the model under test if absent
    #[arg(long)]
    predictions: Option<String>,
    /// Largest difference in seconds of two stamps that count as the same moment, for channels
    #[arg(long, default_value_t = 0.05, value_parser = positive, value_name = "SECONDS")]
    tolerance: f64,
    /// Class of the model for a class of the labels: `person=pedestrian`
    #[arg(long, value_name = "MODEL=LABEL")]
    class: Vec<String>,
    /// Recorded signal as ground truth of a value: `steering=/vehicle/steering.angle`
    #[arg(long, value_name = "NUMBER=SIGNAL")]
    signal: Vec<String>,
    /// Fail where the interval has the bound inside, like --straddle fail
    #[arg(long, conflicts_with = "straddle")]
    strict: bool,
    /// Verdict where the interval has the bound inside; a pass with a warning if absent
    #[arg(long, value_enum, value_name = "VERDICT")]
    straddle: Option<OnStraddle>,
    /// Times that each sample is run, for a latency
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Skip the case where fewer things are measured
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    least: u32,
    /// Resamples of the interval, for metrics that are no share
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    draws: u32,
}

/// Writes a case about a data set into a suite.
pub(super) fn write(args: &GateArgs) -> anyhow::Result<ExitCode> {
    let claim = MetricClaim::parse(&args.claim).map_err(|err| BadArgument(err.to_string()))?;
    if !ids().contains(&claim.metric.as_str()) {
        let known = ids().join(", ");
        return Err(BadArgument(format!("{:?} is no metric, known are {known}", claim.metric)).into());
    }
    if !claim.slice.is_empty() {
        Query::parse(&claim.slice).map_err(|err| BadArgument(err.to_string()))?;
    }
    if args.rounds > 1 && claim.metric != LATENCY {
        return Err(BadArgument(format!("--rounds is about latency, and not about {}", claim.metric)).into());
    }
    if claim.metric == LATENCY && args.predictions.is_some() {
        return Err(BadArgument(MeasureError::NoModel { metric: claim.metric }.to_string()).into());
    }
    if !args.place.exists() {
        return Err(BadArgument(format!("{} does not exist", args.place.display())).into());
    }
    let (suite, place) = (std::path::absolute(&args.suite)?, std::path::absolute(&args.place)?);
    let seen = seen_from(&suite, &place)
        .ok_or_else(|| BadArgument("the suite and its data have to be on one drive".to_owned()))?;
    let known = if files::is_suite(&suite) { Some(files::read(&suite)?) } else { None };
    let taken = |id: &str| {
        known.as_ref().is_some_and(|suite| {
            suite.cases.iter().any(|(name, _)| name == id) || suite.gates.names().any(|name| name == id)
        })
    };
    let id = match &args.id {
        Some(id) if taken(&slug(id)) => {
            return Err(BadArgument(format!("the suite has a case {:?} already", slug(id))).into());
        }
        Some(id) => slug(id),
        None => {
            let wish = slug(&args.claim);
            let numbered = (2..).map(|number| format!("{wish}-{number}"));
            std::iter::once(wish.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(wish)
        }
    };
    let mut files = Vec::new();
    let truth = side(&place, &args.truth, &mut files)?;
    let predictions = args.predictions.as_ref().map(|name| side(&place, name, &mut files)).transpose()?;
    let mut data = DataSet {
        place: seen,
        recordings: recordings(&place, &args.clip)?,
        truth,
        predictions,
        files,
        labels_sha256: None,
        tolerance: args.tolerance,
        classes: pairs(&args.class)?,
        signals: pairs(&args.signal)?,
    };
    data.labels_sha256 = data.work(&claim).map(|work| data.labels(&place, work)).transpose()?;
    let straddle = args.straddle.map(OnStraddle::treatment);
    let gate = GateFile {
        claim: claim.to_string(),
        tags: args.tag.clone(),
        why: args.why.clone(),
        straddle: straddle.unwrap_or(if args.strict { Straddle::Fail } else { Straddle::Warn }),
        least: args.least as usize,
        draws: args.draws as usize,
        seed: 0,
        rounds: args.rounds as usize,
        known_failure: None,
        data,
    };
    let name = || suite.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = match known {
        Some(known) => SuiteFile { format: FORMAT, ..known.file },
        None => SuiteFile {
            format: FORMAT,
            name: name(),
            critical: Vec::new(),
            model: None,
            image_models: Vec::new(),
            validity: None,
            limits: None,
        },
    };
    let put = |file: &Path, text: String| {
        let failed = || format!("could not write {}", suite.join(file).display());
        outputs::write(&suite, file, text.as_bytes()).with_context(failed)
    };
    put(Path::new("suite.toml"), toml::to_string_pretty(&file)?)?;
    put(&Path::new(gates::FOLDER).join(format!("{id}.toml")), toml::to_string_pretty(&gate)?)?;
    print(&format!("{id} added: {} over {}", gate.claim, counted(gate.data.recordings.len(), "recording")));
    Ok(ExitCode::SUCCESS)
}

/// A side as the case names it: a file relative to the place, with its checksum, or the name of a channel.
fn side(place: &Path, name: &str, files: &mut Vec<RecordingFile>) -> anyhow::Result<String> {
    let base = DataSet::base_of(place);
    let Some(path) = [PathBuf::from(name), base.join(name)].into_iter().find(|path| path.is_file()) else {
        return Ok(name.to_owned());
    };
    let path = std::path::absolute(path)?;
    let seen = seen_from(&base, &path)
        .ok_or_else(|| BadArgument("files and data have to be on one drive".to_owned()))?;
    let failed = || format!("a file cannot be read: {}", path.display());
    files.push(RecordingFile { path: seen.clone(), sha256: gates::checksum(&path).with_context(failed)? });
    Ok(seen.to_string_lossy().into_owned())
}

/// The recordings of a place with the checksums of their files.
fn recordings(place: &Path, only: &[String]) -> anyhow::Result<Vec<RecordingRef>> {
    let summed = |path: &Path| {
        let failed = || format!("a recording cannot be read: {}", path.display());
        gates::checksum(path).with_context(failed)
    };
    if !is_project(place) {
        let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = RecordingFile { path: PathBuf::from("."), sha256: summed(place)? };
        return Ok(vec![RecordingRef { name, files: vec![file] }]);
    }
    let editor = ProjectEditor::open(place)?;
    let project = editor.project();
    if let Some(strange) = only.iter().find(|name| !project.clips.iter().any(|clip| clip.name == **name)) {
        return Err(BadArgument(format!("the project has no recording {strange:?}")).into());
    }
    let wanted = project.clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.name));
    let of = |clip: &crate::project::ClipRef| {
        let paths = std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path));
        let file = |path: &PathBuf| {
            let path = std::path::absolute(project.resolve(path))?;
            let seen = seen_from(place, &path).ok_or_else(|| {
                anyhow!("the recording is on another drive than its project: {}", path.display())
            })?;
            Ok(RecordingFile { path: seen, sha256: summed(&path)? })
        };
        let files = paths.map(file).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(RecordingRef { name: clip.name.clone(), files })
    };
    let found = wanted.map(of).collect::<anyhow::Result<Vec<RecordingRef>>>()?;
    if found.is_empty() {
        return Err(BadArgument(format!("the project has no recording: {}", place.display())).into());
    }
    Ok(found)
}
