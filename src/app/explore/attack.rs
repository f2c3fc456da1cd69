//! An attack as the last step of Explore, beside the stack: computed by a job on the transformed frame, kept while the steps before
//! it and the model stay the same.
//!
//! The stack itself knows transforms only, so files and command lines that hold one stay as they are.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::explore::input::InputSource;
use crate::app::jobs::JobKind;
use crate::app::{App, OpenProject};
use crate::base::errors::told;
use crate::base::files::sha256_hex;
use crate::base::params::ParamSpec;
use crate::base::progress::Progress;
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::{Prediction, Task};
use crate::inference::model::Model;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::{Asked, Outcome, Skipped};
use crate::robustness::attacks::single;
use crate::robustness::attacks::subject::Subject;
use crate::robustness::attacks::{AttackKind, KINDS, Knowledge, Settings, kind};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Attacked frames that are kept.
const KEPT: usize = 16;
/// Queries of an attack that somebody waits for.
const BUDGET: usize = 500;

/// Size of a change in the largest change of a number: gray levels of 255.
static LEVELS: ParamSpec = ParamSpec {
    id: "eps",
    title: "Epsilon",
    unit: "/255",
    min: 0.0,
    max: 64.0,
    neutral: 0.0,
    initial: 8.0,
    step: 1.0,
};
static EUCLIDEAN: ParamSpec = ParamSpec { unit: "", max: 10.0, initial: 1.0, step: 0.05, ..LEVELS };
static SUM: ParamSpec = ParamSpec { unit: "", max: 200.0, initial: 10.0, step: 1.0, ..LEVELS };
/// Queries of an attack that asks the model.
pub static QUERIES: ParamSpec = ParamSpec {
    id: "budget",
    title: "Queries",
    unit: "",
    min: 10.0,
    max: 5000.0,
    neutral: 500.0,
    initial: 500.0,
    step: 10.0,
};

/// An attack with its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackStep {
    /// Id of the attack.
    pub id: &'static str,
    /// True if it is applied.
    pub enabled: bool,
    /// Norm of the change.
    pub norm: Norm,
    /// Size of the change in units of [`AttackStep::spec`].
    pub strength: f64,
    /// Queries at most.
    pub budget: usize,
    /// Index of the wanted class; any other if absent.
    pub target: Option<usize>,
    /// Aim against a detector.
    pub objective: Objective,
}

impl AttackStep {
    /// An attack with its usual settings.
    pub fn new(kind: &'static AttackKind) -> Self {
        let norm = kind.norms.first().copied().unwrap_or(Norm::Linf);
        Self {
            id: kind.id,
            enabled: true,
            norm,
            strength: spec(norm).initial,
            budget: BUDGET,
            target: None,
            objective: Objective::Vanish,
        }
    }

    /// The attack.
    pub fn kind(&self) -> Option<&'static AttackKind> {
        kind(self.id)
    }

    /// The parameter that is its severity.
    pub fn spec(&self) -> &'static ParamSpec {
        spec(self.norm)
    }

    /// The same bounded by another norm, with the usual size of that.
    #[must_use]
    pub fn bounded_by(self, norm: Norm) -> Self {
        if norm == self.norm { self } else { Self { norm, strength: spec(norm).initial, ..self } }
    }

    /// Size of the change, numbers of an image being 0 to 1.
    pub fn eps(&self) -> f64 {
        if self.norm == Norm::Linf { self.strength / 255.0 } else { self.strength }
    }

    /// The same with this size.
    #[must_use]
    pub fn of_size(self, eps: f64) -> Self {
        let strength = if self.norm == Norm::Linf { eps * 255.0 } else { eps };
        Self { strength, ..self }
    }

    /// Size and effort.
    pub fn settings(&self) -> Settings {
        Settings { norm: self.norm, eps: self.eps(), budget: self.budget, ..Settings::default() }
    }
}

fn spec(norm: Norm) -> &'static ParamSpec {
    match norm {
        Norm::Linf => &LEVELS,
        Norm::L2 => &EUCLIDEAN,
        Norm::L1 => &SUM,
    }
}

/// Everything that an attacked frame depends on.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) struct AttackKey {
    pub(in crate::app) clip: u64,
    pub(in crate::app) camera: usize,
    pub(in crate::app) frame: usize,
    /// The transforms that are applied, and the seed.
    pub(in crate::app) stack: Stack,
    pub(in crate::app) model: usize,
    pub(in crate::app) catalog: usize,
    pub(in crate::app) step: AttackStep,
}

/// A frame that was attacked.
#[derive(Clone, Debug)]
pub struct AttackedFrame {
    /// The image on 8 bits.
    pub image: Image,
    /// The outcome without its image; none of an image that a case brought along.
    pub outcome: Option<Outcome>,
    /// Forward runs of the model.
    pub queries: usize,
    /// The image as PNG, and the checksum of that.
    pub(in crate::app) png: (Vec<u8>, String),
}

/// An attacked frame, or the reason why there is none.
#[derive(Clone, Debug)]
pub(in crate::app) enum AttackedResult {
    Done(Arc<AttackedFrame>),
    Failed { why: String },
}

/// The attacks that fit the loaded model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// Reason why it cannot be attacked at all.
    pub none: Option<String>,
    /// Reason why attacks that need gradients cannot run.
    pub no_gradients: Option<String>,
    /// True for a detector, which some attacks do not know.
    pub detector: bool,
}

impl Support {
    /// Reason why an attack cannot run.
    pub fn problem(&self, kind: &AttackKind) -> Option<&str> {
        if let Some(none) = &self.none {
            return Some(none);
        }
        if self.detector && !kind.objects {
            return Some("it moves to the boundary of a class and is no attack on a detector");
        }
        self.no_gradients.as_deref().filter(|_| kind.knows == Knowledge::Gradients)
    }
}

/// The attack of Explore and what came of it.
#[derive(Default)]
pub struct Attacking {
    /// The attack; none without.
    pub step: Option<AttackStep>,
    /// Attacked frames, the newest last.
    results: VecDeque<(AttackKey, AttackedResult)>,
    /// The frame that was asked for last.
    asked: Option<AttackKey>,
    /// Attacks that fit a model, by that.
    support: Option<(usize, Option<Support>)>,
    /// An image that a case brought along, for the next frame that is attacked by this step.
    frozen: Option<(usize, AttackStep, Arc<AttackedFrame>)>,
}

impl Attacking {
    /// The attack, if it is applied.
    pub fn active(&self) -> Option<&AttackStep> {
        self.step.as_ref().filter(|step| step.enabled)
    }

    pub(in crate::app) fn result(&self, key: &AttackKey) -> Option<&AttackedResult> {
        self.results.iter().find(|(known, _)| known == key).map(|(_, result)| result)
    }

    fn take(&mut self, key: AttackKey, result: AttackedResult) {
        self.results.retain(|(known, _)| *known != key);
        self.results.push_back((key, result));
        while self.results.len() > KEPT {
            self.results.pop_front();
        }
    }

    /// The attack of a case with its frozen image, which is shown in place of a new one.
    pub(in crate::app) fn freeze(&mut self, step: AttackStep, frame: usize, image: AttackedFrame) {
        self.step = Some(step.clone());
        self.frozen = Some((frame, step, Arc::new(image)));
    }
}

/// State of the attack on screen.
#[derive(Clone, Debug)]
pub enum AttackState {
    /// There is none, or no model that it could attack.
    None,
    /// It waits for the recording to stand still.
    Playing,
    /// It runs.
    Running,
    /// Somebody stopped it.
    Stopped,
    /// It is done.
    Done(Arc<AttackedFrame>),
    /// It cannot run.
    Failed(String),
}

impl OpenProject {
    /// Everything that the attacked frame on screen depends on; none without an attack or a model.
    pub(in crate::app) fn attack_key(&self) -> Option<AttackKey> {
        let step = self.explore.attack.active()?.clone();
        let (model, clip) = (self.models.loaded.as_ref()?, self.clip.as_ref()?);
        let mut stack = self.explore.stack.clone();
        stack.transforms.retain(|entry| entry.enabled);
        Some(AttackKey {
            clip: clip.id,
            camera: self.playback.camera?.0,
            frame: self.playback.frame(),
            stack,
            model: Arc::as_ptr(model) as usize,
            catalog: Arc::as_ptr(&self.models.catalog) as usize,
            step,
        })
    }

    /// The attacks that fit the loaded model; none while that is not known.
    pub fn attack_support(&self) -> Option<&Support> {
        let model = Arc::as_ptr(self.models.loaded.as_ref()?) as usize;
        self.explore.attack.support.as_ref().filter(|(known, _)| *known == model)?.1.as_ref()
    }

    /// True if nobody has asked yet which attacks fit the loaded model.
    pub fn wants_attack_support(&self) -> bool {
        let model = self.models.loaded.as_ref().map(|model| Arc::as_ptr(model) as usize);
        model.is_some() && self.medium() == Medium::Image && {
            self.explore.attack.support.as_ref().map(|(known, _)| *known) != model
        }
    }
}

impl App {
    /// State of the attack on the frame on screen.
    pub fn attack_state(&self) -> AttackState {
        let Some(key) = self.open.attack_key() else { return AttackState::None };
        match self.open.explore.attack.result(&key) {
            Some(AttackedResult::Done(frame)) => AttackState::Done(Arc::clone(frame)),
            Some(AttackedResult::Failed { why }) => AttackState::Failed(why.clone()),
            None if self.open.playback.playing => AttackState::Playing,
            None if self.jobs.is_running(JobKind::AttackStep) => AttackState::Running,
            None => AttackState::Stopped,
        }
    }

    /// Changes the attack.
    pub(super) fn set_attack(&mut self, step: Option<AttackStep>) -> anyhow::Result<()> {
        if let Some(step) = &step {
            let known = step.kind().ok_or_else(|| anyhow!("there is no attack {:?}", step.id))?;
            if let Some(problem) = self.open.attack_support().and_then(|support| support.problem(known)) {
                return Err(anyhow!("{} cannot run: {problem}", known.title));
            }
        }
        let flat = |step: &Option<AttackStep>| step.clone().map(|step| AttackStep { strength: 0.0, ..step });
        let before = std::mem::replace(&mut self.open.explore.attack.step, step);
        // The curve runs over all sizes, so it stays true while only its own slider moves.
        if flat(&before) != flat(&self.open.explore.attack.step) {
            self.open.explore.curve.clear();
            self.open.explore.tipping = None;
            self.jobs.cancel(JobKind::Curve);
            self.jobs.cancel(JobKind::TippingPoint);
        }
        Ok(())
    }

    /// Finds out on a thread which attacks fit the loaded model.
    pub(super) fn find_attack_support(&mut self) {
        if !self.open.wants_attack_support() {
            return;
        }
        let Some(model) = self.open.models.loaded.clone() else { return };
        let key = Arc::as_ptr(&model) as usize;
        self.open.explore.attack.support = Some((key, None));
        self.jobs.spawn(JobKind::AttackSupport, "Looking for gradients of the model", move |_, outbox| {
            let subject = Subject::new(&model);
            let support = Support {
                none: subject.as_ref().err().map(ToString::to_string),
                no_gradients: subject
                    .as_ref()
                    .ok()
                    .and_then(|subject| subject.plan().err())
                    .map(|err| err.to_string()),
                detector: model.task() == Task::Objects,
            };
            outbox.send(move |app| {
                let known = &mut app.open.explore.attack.support;
                if known.as_ref().is_some_and(|(known, _)| *known == key) {
                    *known = Some((key, Some(support)));
                }
            });
            Ok(())
        });
    }

    /// Runs the stopped or failed attack on screen again.
    pub(super) fn attack_again(&mut self) {
        if let Some(key) = self.open.attack_key() {
            self.open.explore.attack.results.retain(|(known, _)| *known != key);
        }
        self.open.explore.attack.asked = None;
    }

    /// Starts the attack on the frame on screen unless its result is known, or it runs or was stopped.
    pub(super) fn refresh_attack(&mut self, key: Option<&AttackKey>) {
        let attack = &mut self.open.explore.attack;
        let Some(key) = key.filter(|_| !self.open.playback.playing) else {
            if attack.asked.take().is_some() {
                self.jobs.cancel(JobKind::AttackStep);
            }
            return;
        };
        if let Some((_, _, image)) =
            attack.frozen.take_if(|(frame, step, _)| *frame == key.frame && *step == key.step)
        {
            attack.take(key.clone(), AttackedResult::Done(image));
        }
        if attack.result(key).is_some() {
            // What still runs is about something else.
            if attack.asked.as_ref().is_some_and(|asked| asked != key) {
                attack.asked = None;
                self.jobs.cancel(JobKind::AttackStep);
            }
            return;
        }
        if attack.asked.as_ref() == Some(key) {
            return;
        }
        let Some(model) = self.open.models.loaded.clone() else { return };
        let Some(camera) = self.open.playback.camera else { return };
        let Some((frame, source)) = self.open.input_source(camera, Some(&model)) else { return };
        if frame != key.frame {
            return;
        }
        let Some(known) = key.step.kind() else { return };
        self.open.explore.attack.asked = Some(key.clone());
        let (catalog, key) = (Arc::clone(&self.open.models.catalog), key.clone());
        let title = format!("{} on frame {frame}", known.title);
        self.jobs.spawn(JobKind::AttackStep, title, move |progress, outbox| {
            let result = attacked(&catalog, &model, &source, &key, progress);
            // One that was stopped stays asked, so that it is not begun again by itself.
            progress.check()?;
            let result = match result {
                Ok(frame) => AttackedResult::Done(Arc::new(frame)),
                Err(err) => AttackedResult::Failed { why: told(&err) },
            };
            outbox.send(move |app| app.open.explore.attack.take(key, result));
            Ok(())
        });
    }
}

/// Transforms the frame and attacks it. Blocks.
fn attacked(
    catalog: &Catalog,
    model: &Model,
    source: &InputSource,
    key: &AttackKey,
    progress: &Progress,
) -> anyhow::Result<AttackedFrame> {
    let input = source.input()?;
    let changed = stack::apply(catalog, &key.stack, &input)?;
    let Input::Image(image) = &changed else {
        return Err(anyhow!("attacks change images, this is {}", changed.medium().title()));
    };
    apply(model, &key.step, (&model.run(&input)?, image), key.stack.seed, progress)
}

/// Attacks an image; `clean` is the prediction for the frame before its transforms, whose class it has. Blocks.
pub(super) fn apply(
    model: &Model,
    step: &AttackStep,
    (clean, image): (&Prediction, &Image),
    seed: u64,
    progress: &Progress,
) -> anyhow::Result<AttackedFrame> {
    let kind = step.kind().ok_or_else(|| anyhow!("there is no attack {:?}", step.id))?;
    let subject = Subject::new(model)?;
    let settings = step.settings();
    let class =
        (model.task() == Task::Classes).then(|| clean.best().map(|(class, _)| class.to_owned())).flatten();
    let asked = Asked {
        kinds: &[kind],
        settings: &settings,
        target: step.target.filter(|_| model.task() == Task::Classes),
        objective: step.objective,
        seed,
        against: None,
        threads: 1,
    };
    let mut outcome = single::one(&subject, &asked, (image, class.as_deref()), progress)?;
    if let Some(Skipped::Problem(problem)) = &outcome.skipped {
        return Err(anyhow!("{problem}"));
    }
    let attacked = outcome.changed.take().unwrap_or_else(|| image.clone());
    let png = attacked.to_png()?;
    let sha256 = sha256_hex(&png);
    let queries = outcome.queries;
    Ok(AttackedFrame { image: attacked, queries, outcome: Some(outcome), png: (png, sha256) })
}

/// The attacks by what they have to know, for menus.
pub fn by_knowledge() -> [(&'static str, Vec<&'static AttackKind>); 3] {
    let of = |knows: Knowledge| KINDS.iter().copied().filter(|kind| kind.knows == knows).collect();
    [
        ("Attacks by gradients", of(Knowledge::Gradients)),
        ("Attacks by scores", of(Knowledge::Scores)),
        ("Attacks by class", of(Knowledge::Label)),
    ]
}
