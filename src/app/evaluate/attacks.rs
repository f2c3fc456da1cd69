//! Attacks on the loaded model: evaluated samples, attacked at several sizes, with results that arrive one by one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::App;
use crate::app::evaluate::results::Evaluated;
use crate::app::jobs::JobKind;
use crate::app::suites::replaced;
use crate::base::files::{seen_from, slug};
use crate::base::text::counted;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::evaluation::samples::Fact;
use crate::inference::model::Model;
use crate::robustness::attacks::cases::{Names, Origin, case};
use crate::robustness::attacks::curve::curve;
use crate::robustness::attacks::error::Unreadable;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::{self, Asked, Given, Outcome};
use crate::robustness::attacks::subject::Subject;
use crate::robustness::attacks::summary::{Summary, summary};
use crate::robustness::attacks::{AttackKind, Settings};
use crate::suites::files::SuiteModel;
use crate::suites::freeze::export_images;

/// Longer side of a thumbnail, in pixels.
const THUMBNAIL: u32 = 150;
/// Gain of the shown difference.
const GAIN: u16 = 10;

/// Attacks that are asked for.
#[derive(Clone, Debug)]
pub struct AttackPlan {
    /// The attacks.
    pub kinds: Vec<&'static AttackKind>,
    /// Norm of the changes.
    pub norm: Norm,
    /// Their sizes, growing.
    pub sizes: Vec<f64>,
    /// Images at most, spread over all evaluated samples.
    pub images: usize,
    /// Index of the class that images are to be turned into.
    pub target: Option<usize>,
    /// Aim of attacks on a detector.
    pub objective: Objective,
    /// Queries for each image, for attacks that ask the model.
    pub budget: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl AttackPlan {
    fn settings(&self, eps: f64) -> Settings {
        Settings { norm: self.norm, eps, budget: self.budget, ..Settings::default() }
    }
}

/// Results of attacks so far.
pub struct Attacked {
    /// Number of the evaluation that the samples are of.
    pub number: u64,
    /// The attacks.
    pub plan: AttackPlan,
    /// The model.
    pub model: Arc<Model>,
    /// Indices of the attacked samples in the evaluation.
    pub samples: Vec<usize>,
    /// Outcomes by size, without their images.
    pub outcomes: Vec<Vec<Outcome>>,
    /// Their summaries.
    pub summaries: Vec<Summary>,
    /// Images that fell, each at the smallest size at which an attack succeeded.
    pub fallen: Vec<Fallen>,
    /// True once every image was attacked at every size.
    pub complete: bool,
    run: u64,
}

/// An image that an attack made wrong.
pub struct Fallen {
    /// Index of the sample in the evaluation.
    pub sample: usize,
    /// Size at which it fell.
    pub eps: f64,
    /// The outcome, without its image.
    pub outcome: Outcome,
    /// Thumbnails: clean, attacked, and their difference times ten.
    pub thumbnails: [Image; 3],
    /// The attacked image as PNG.
    png: Vec<u8>,
}

impl Attacked {
    /// Number of the run, unique in the project.
    pub fn run(&self) -> u64 {
        self.run
    }

    fn take(&mut self, at: usize, outcome: Outcome, fallen: Option<Fallen>) {
        let Some(own) = self.outcomes.get_mut(at) else { return };
        own.push(outcome);
        if let Some(kept) = self.summaries.get_mut(at) {
            *kept = summary(&self.plan.kinds, own);
        }
        self.fallen.extend(fallen);
    }
}

/// Indices of the samples that are attacked: evenly spread over all.
fn spread(all: usize, most: usize) -> Vec<usize> {
    let count = all.min(most);
    (0..count).map(|at| at * all / count).collect()
}

/// The image of a sample.
fn image_of(result: &Evaluated, at: usize) -> Result<Image, Unreadable> {
    let gone = || Unreadable { what: "its recording is gone".to_owned() };
    let sample = result.evaluation.samples.get(at).ok_or_else(gone)?;
    let clip = result.clips.get(&sample.clip).ok_or_else(gone)?;
    let channel = clip.info().channel_named(&sample.channel).ok_or_else(gone)?;
    match clip.input(channel, sample.frame).map_err(|err| Unreadable { what: err.to_string() })? {
        Input::Image(image) => Ok(image),
        Input::Points(_) | Input::Window(_) | Input::Text(_) => {
            Err(Unreadable { what: "it is no image".to_owned() })
        }
    }
}

fn given(result: &Evaluated, at: usize) -> Result<Given, Unreadable> {
    let truth = match &result.evaluation.samples[at].fact {
        Fact::Class(class) => Some(class.clone()),
        Fact::Objects(_) | Fact::Values(_) | Fact::Areas(_) => None,
    };
    Ok(Given { image: image_of(result, at)?, truth })
}

/// A success with its thumbnails; none if its images cannot be had any more.
fn fallen(
    result: &Evaluated,
    sample: usize,
    eps: f64,
    outcome: &Outcome,
    attacked: &Image,
) -> Option<Fallen> {
    let clean = image_of(result, sample).ok()?;
    let thumbnails =
        [&clean, attacked, &clean.difference(attacked, GAIN)].map(|image| image.thumbnail(THUMBNAIL));
    Some(Fallen { sample, eps, outcome: outcome.clone(), thumbnails, png: attacked.to_png().ok()? })
}

impl App {
    /// Attacks evaluated samples; the results arrive one by one.
    pub(super) fn attack(&mut self, plan: AttackPlan) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load the model again first"))?;
        if plan.kinds.is_empty() || plan.sizes.is_empty() {
            return Err(anyhow!("choose an attack and a size first"));
        }
        let samples = spread(result.evaluation.samples.len(), plan.images);
        if samples.is_empty() {
            return Err(anyhow!("there are no samples to attack: nothing is labeled"));
        }
        self.open.evaluate.count += 1;
        let run = self.open.evaluate.count;
        self.open.evaluate.attacked = Some(Attacked {
            number: result.number,
            plan: plan.clone(),
            model: Arc::clone(&model),
            samples: samples.clone(),
            outcomes: vec![Vec::new(); plan.sizes.len()],
            summaries: vec![Summary::default(); plan.sizes.len()],
            fallen: Vec::new(),
            complete: false,
            run,
        });
        let title = format!("Attacking {}", counted(samples.len(), "image"));
        self.jobs.spawn(JobKind::Attack, title, move |progress, outbox| {
            let subject = Subject::new(&model)?;
            let settings = plan.settings(plan.sizes.last().copied().unwrap_or_default());
            let asked = Asked {
                kinds: &plan.kinds,
                settings: &settings,
                target: plan.target.filter(|_| model.task() == Task::Classes),
                objective: plan.objective,
                seed: plan.seed,
                against: None,
                threads: Self::threads(),
            };
            run::check(&subject, &asked)?;
            let mut known = BTreeSet::new();
            let load = |at: usize| given(&result, samples[at]);
            curve(&subject, &asked, &plan.sizes, (samples.len(), &load), progress, |at, mut outcome| {
                let (sample, eps) = (samples[outcome.image], plan.sizes[at]);
                let changed = outcome.changed.take().filter(|_| outcome.success);
                let first = changed.filter(|_| known.insert((outcome.image, outcome.kind.id)));
                let found = first.and_then(|image| fallen(&result, sample, eps, &outcome, &image));
                outbox.send(move |app| {
                    if let Some(attacked) = app.attacked_in(run) {
                        attacked.take(at, outcome, found);
                    }
                });
            })?;
            outbox.send(move |app| {
                if let Some(attacked) = app.attacked_in(run) {
                    attacked.complete = true;
                }
            });
            Ok(())
        });
        Ok(())
    }

    fn attacked_in(&mut self, run: u64) -> Option<&mut Attacked> {
        self.open.evaluate.attacked.as_mut().filter(|attacked| attacked.run == run)
    }

    /// Writes the images that fell as a suite, each with the claim that the attack broke.
    pub(super) fn export_attacked(&mut self, folder: PathBuf) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let attacked =
            self.open.evaluate.attacked.as_ref().filter(|attacked| attacked.number == result.number);
        let attacked = attacked.ok_or_else(|| anyhow!("attack the model first"))?;
        let (mut cases, mut names) = (Vec::new(), Names::default());
        for fallen in &attacked.fallen {
            let sample = &result.evaluation.samples[fallen.sample];
            let origin = Origin { clip: &sample.clip, channel: &sample.channel, frame: sample.frame };
            let id = names.unique(slug(&origin.name(&fallen.outcome, None)));
            let (settings, seed) = (attacked.plan.settings(fallen.eps), attacked.plan.seed);
            let case = case(&origin, id, &fallen.outcome, &settings, seed);
            cases.extend(case.map(|case| (case, fallen.png.clone())));
        }
        if cases.is_empty() {
            return Err(anyhow!("no image fell, so there is nothing to save"));
        }
        let model = Arc::clone(&attacked.model);
        self.jobs.spawn(JobKind::ExportSuite, "Exporting the attacked images", move |progress, outbox| {
            let file = seen_from(&folder, &model.path).or_else(|| model.path.file_name().map(PathBuf::from));
            let file = file.unwrap_or_else(|| model.path.clone());
            let suite = SuiteModel { file, sha256: model.sha256.clone(), card: model.card.clone() };
            let images = cases.into_iter().map(|(case, png)| Ok((case, Image::decode(&png)?)));
            let given = images.collect::<anyhow::Result<Vec<_>>>()?;
            let count = counted(given.len(), "case");
            export_images(&folder, "attacks", suite, given, progress)
                .with_context(|| format!("could not export to {}", folder.display()))?;
            outbox.done(format!("{count} exported to {}{}", folder.display(), replaced()));
            Ok(())
        });
        Ok(())
    }
}
