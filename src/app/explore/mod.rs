//! The current transform stack on the current frame: the transformed frame at once, then the verdict.

pub mod attack;
mod attack_curve;
pub mod command;
pub mod difference;
mod frozen;
pub mod glance;
pub mod history;
pub mod input;
pub mod labels;
pub(crate) mod worker;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::explore::attack::{AttackState, Attacking};
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::difference::Difference;
use crate::app::explore::glance::Glances;
use crate::app::explore::history::StackHistory;
use crate::app::explore::input::{Compared, InputSource};
use crate::app::explore::worker::{Attacked, Question, Work, Worker};
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, OpenProject};
use crate::claims;
use crate::claims::judge::Outcome;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::input::Input;
use crate::data::prediction::{Prediction, Task};
use crate::inference::model::Model;
use crate::search::curve::{self, CurvePoint, Subject, Tipping};
use crate::search::minimize;
use crate::transforms::catalog::Catalog;
use crate::transforms::{TransformKind, stack};

/// The transform stack in hand and its results.
#[derive(Default)]
pub struct Explore {
    /// The transforms.
    pub stack: Stack,
    /// The expectation.
    pub oracle: Claim,
    /// Position of the transform that the curve and the tipping point vary.
    pub selected: usize,
    /// The transformed sample beside the original.
    pub changed: Option<Compared>,
    /// Its verdict, once the model has run.
    pub outcome: Option<Result<Outcome, String>>,
    /// The severity curve of the selected entry.
    pub curve: Vec<CurvePoint>,
    /// The tipping point: the smallest failing severity.
    pub tipping: Option<Tipping>,
    /// The attack on what the transforms make.
    pub attack: Attacking,
    /// Attacked images among unchanged ones, each for a moment.
    pub glance: Glances,
    /// Earlier stacks.
    pub history: StackHistory,
    /// Counts results, so that a view knows when to upload the image anew.
    pub generation: u64,
    difference: Difference,
    pub(super) asked: Option<Question>,
    pub(super) answered: bool,
    worker: Option<Worker>,
}

/// The claim; the model decides which one fits until somebody chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The claim.
    pub spec: ClaimSpec,
    chosen: bool,
}

impl Default for Claim {
    fn default() -> Self {
        Self { spec: ClaimSpec::new("same_objects"), chosen: false }
    }
}

impl Explore {
    /// No transform, with results counted from a number on.
    pub(super) fn counted_from(first: u64) -> Self {
        Self { generation: first, history: StackHistory::counted_from(first), ..Self::default() }
    }

    /// True while the verdict on screen is not yet that of the current stack.
    pub fn busy(&self) -> bool {
        self.asked.is_some() && !self.answered
    }

    /// The claim.
    pub fn claim(&self) -> &ClaimSpec {
        &self.oracle.spec
    }

    pub(super) fn show(&mut self, stack: Stack, oracle: ClaimSpec) {
        self.stack = stack;
        self.attack.step = None;
        self.selected = 0;
        self.oracle = Claim { spec: oracle, chosen: true };
        self.forget();
    }

    /// Choose the relation that fits the kind of model, unless a fitting one was chosen.
    pub(super) fn suit(&mut self, task: Task) {
        let fits = claims::kind(&self.claim().claim).is_some_and(|claim| claim.about.contains(&task));
        if !self.oracle.chosen || !fits {
            let spec = ClaimSpec::new(claims::usual(task).id);
            self.oracle = Claim { spec, chosen: false };
        }
        self.forget();
    }

    pub(super) fn forget(&mut self) {
        self.outcome = None;
        self.curve.clear();
        self.tipping = None;
        self.asked = None;
    }
}

impl OpenProject {
    /// The model, the input and the stack on screen.
    fn task(&self) -> anyhow::Result<SeverityTask> {
        let model = self.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let camera = self.playback.camera.ok_or(NoRecording)?;
        let Some((_, source)) = self.input_source(camera, Some(&model)) else {
            return Err(anyhow!("there is nothing to transform here"));
        };
        let (stack, position) = (self.explore.stack.clone(), self.explore.selected);
        let catalog = Arc::clone(&self.models.catalog);
        Ok(SeverityTask { catalog, model, source, stack, position, oracle: self.explore.claim().clone() })
    }

    fn vary(&self) -> anyhow::Result<SeverityTask> {
        let task = self.task()?;
        let entry =
            task.stack.transforms.get(task.position).ok_or_else(|| anyhow!("add a transform first"))?;
        if self.models.catalog.kind(&entry.transform).and_then(TransformKind::strength).is_none() {
            return Err(anyhow!("{:?} has no severity to vary, choose another transform", entry.transform));
        }
        Ok(task)
    }
}

impl App {
    pub(super) fn explore(&mut self, command: ExploreCommand) -> anyhow::Result<()> {
        let catalog = Arc::clone(&self.open.models.catalog);
        let explore = &mut self.open.explore;
        let before = (explore.stack.clone(), explore.selected, explore.oracle.clone());
        let taken = matches!(command, ExploreCommand::Use(_));
        match command {
            ExploreCommand::Add(id) => {
                catalog.kind(&id).ok_or_else(|| anyhow!("there is no transform {id:?}"))?;
                explore.stack.transforms.push(TransformSpec::new(&id));
                explore.selected = explore.stack.transforms.len() - 1;
            }
            ExploreCommand::Remove(position) if position < explore.stack.transforms.len() => {
                explore.stack.transforms.remove(position);
                explore.selected = explore.selected.min(explore.stack.transforms.len().saturating_sub(1));
            }
            ExploreCommand::Move(from, to) if from.max(to) < explore.stack.transforms.len() => {
                let entry = explore.stack.transforms.remove(from);
                explore.stack.transforms.insert(to, entry);
                explore.selected = to;
            }
            ExploreCommand::Toggle(position) => {
                if let Some(entry) = explore.stack.transforms.get_mut(position) {
                    entry.enabled = !entry.enabled;
                }
            }
            ExploreCommand::Set { position, param, value } => {
                if let Some(entry) = explore.stack.transforms.get_mut(position)
                    && let Some(spec) = catalog
                        .kind(&entry.transform)
                        .and_then(|kind| kind.params.iter().find(|p| p.id == param))
                {
                    entry.params.insert(spec.id, spec.clamp(value));
                }
            }
            ExploreCommand::Remove(_) | ExploreCommand::Move(..) => {}
            ExploreCommand::Select(position) => explore.selected = position,
            ExploreCommand::Seed(seed) => explore.stack.seed = seed,
            ExploreCommand::Clear => {
                explore.stack.transforms.clear();
                explore.attack.step = None;
            }
            ExploreCommand::Use(stack) => {
                explore.stack = stack;
                explore.attack.step = None;
                explore.selected = 0;
            }
            ExploreCommand::Surprise => self.open.surprise(),
            ExploreCommand::Favorite(stack) => {
                self.toggle_favorite(stack);
                return Ok(());
            }
            ExploreCommand::Oracle(spec) => explore.oracle = Claim { spec, chosen: true },
            ExploreCommand::Difference => {
                self.compute_difference();
                return Ok(());
            }
            ExploreCommand::Attack(step) => return self.set_attack(step),
            ExploreCommand::AttackAgain => {
                self.attack_again();
                return Ok(());
            }
            ExploreCommand::StopAttack => {
                self.jobs.cancel(JobKind::AttackStep);
                return Ok(());
            }
            ExploreCommand::AttackSupport => {
                self.find_attack_support();
                return Ok(());
            }
            ExploreCommand::Glance(command) => return self.glance_at(command),
            ExploreCommand::Curve => return self.draw_curve(),
            ExploreCommand::FindTipping => return self.find_tipping(),
            ExploreCommand::Minimize => return self.minimize(),
            ExploreCommand::WholePicture => {
                explore.stack.region = None;
                explore.stack.parts = None;
            }
        }
        let explore = &mut self.open.explore;
        // Of another change the numbers of parts mean something else.
        if !taken && explore.stack != before.0 {
            explore.stack.parts = None;
        }
        let strength_only = explore.attack.active().is_none()
            && before.1 == explore.selected
            && before.2 == explore.oracle
            && stack::with_strength(&catalog, &before.0, explore.selected, 0.0)
                == stack::with_strength(&catalog, &explore.stack, explore.selected, 0.0);
        // The curve runs over all severities, so it stays true while only its own slider moves.
        if !strength_only {
            explore.curve.clear();
            explore.tipping = None;
            self.jobs.cancel(JobKind::Curve);
            self.jobs.cancel(JobKind::TippingPoint);
        }
        Ok(())
    }

    /// Request the transformed frame and its verdict if something that they depend on has changed.
    pub(super) fn refresh_explore(&mut self) {
        if self.workspace != crate::app::Workspace::Explore {
            return;
        }
        let (Some(open), Some(camera)) = (&self.open.clip, self.open.playback.camera) else { return };
        let model = self.open.models.loaded.clone();
        let Some((frame, source)) = self.open.input_source(camera, model.as_deref()) else { return };
        if frame != self.open.playback.frame() {
            return;
        }
        let question_clip = open.id;
        let key = self.open.attack_key();
        self.refresh_attack(key.as_ref());
        let attack = match (&key, self.attack_state()) {
            (None, _) | (_, AttackState::None) => Attacked::Without,
            (_, AttackState::Done(frame)) => Attacked::Done(frame),
            (_, AttackState::Failed(problem)) => Attacked::Failed(problem),
            (_, AttackState::Playing | AttackState::Running | AttackState::Stopped) => Attacked::Awaited,
        };
        let question = Question {
            clip: question_clip,
            camera: camera.0,
            frame,
            stack: self.open.explore.stack.clone(),
            oracle: self.open.explore.claim().clone(),
            model: model.as_ref().map(|model| Arc::as_ptr(model) as usize),
            catalog: Arc::as_ptr(&self.open.models.catalog) as usize,
            attack: key.map(|key| (key.step, attack.is_known())),
        };
        if self.open.explore.asked.as_ref() == Some(&question) {
            return;
        }
        let moved_on = self.open.explore.asked.as_ref().is_some_and(|asked| {
            (asked.clip, asked.frame, asked.model) != (question.clip, question.frame, question.model)
        });
        if moved_on {
            self.open.explore.curve.clear();
            self.open.explore.tipping = None;
            self.jobs.cancel(JobKind::Curve);
            self.jobs.cancel(JobKind::TippingPoint);
        }
        let work = Work {
            catalog: Arc::clone(&self.open.models.catalog),
            source,
            before: self.open.models.answer(camera, frame).map(|answer| (**answer).clone()),
            question: question.clone(),
            attack,
            model,
        };
        let outbox = self.jobs.outbox();
        self.open.explore.asked = Some(question);
        self.open.explore.answered = false;
        self.open.explore.worker.get_or_insert_with(|| Worker::new(outbox)).submit(work);
    }

    fn draw_curve(&mut self) -> anyhow::Result<()> {
        if self.open.explore.attack.active().is_some() {
            return self.draw_attack_curve();
        }
        let task = self.open.vary()?;
        self.open.explore.curve.clear();
        self.jobs.spawn(JobKind::Curve, "Drawing the severity curve", move |progress, outbox| {
            let before = task.before()?;
            curve::curve(&task.subject(&before), progress, |point| {
                let point = point.clone();
                outbox.send(move |app| app.open.explore.curve.push(point));
            })?;
            Ok(())
        });
        Ok(())
    }

    fn find_tipping(&mut self) -> anyhow::Result<()> {
        if self.open.explore.attack.active().is_some() {
            return self.find_attack_tipping();
        }
        let task = self.open.vary()?;
        let position = task.position;
        self.open.explore.tipping = None;
        self.jobs.spawn(JobKind::TippingPoint, "Searching for the tipping point", move |progress, outbox| {
            let before = task.before()?;
            let tipping = curve::tipping_point(&task.subject(&before), progress)?;
            outbox.send(move |app| {
                if let Tipping::Breaks { strength, .. } = &tipping {
                    app.open.explore.stack = stack::with_strength(
                        &app.open.models.catalog,
                        &app.open.explore.stack,
                        position,
                        *strength,
                    );
                }
                app.open.explore.tipping = Some(tipping);
            });
            Ok(())
        });
        Ok(())
    }

    fn minimize(&mut self) -> anyhow::Result<()> {
        let task = self.open.task()?;
        if self.open.explore.attack.active().is_some() {
            return Err(anyhow!("transforms are minimized without the attack, switch the attack off first"));
        }
        self.jobs.spawn(JobKind::Minimize, "Minimizing the failing transforms", move |progress, outbox| {
            let before = task.before()?;
            let shrunk = minimize::shrink(
                &task.catalog,
                &task.model,
                &before.0,
                &task.stack,
                &task.oracle,
                &before.1,
                progress,
            )?;
            outbox.send(move |app| match shrunk {
                Some(shrunk) => {
                    let text = stack::describe(&task.catalog, &shrunk.stack);
                    app.notices.done(format!("Smallest of {} tried that still fails: {text}", shrunk.tried));
                    app.open.explore.stack = shrunk.stack;
                    app.open.explore.selected = 0;
                    app.open.explore.curve.clear();
                    app.open.explore.tipping = None;
                }
                None => app.notices.warning("Nothing to minimize: the case passes".to_owned()),
            });
            Ok(())
        });
        Ok(())
    }
}

/// Inputs of a curve or a tipping point on its thread.
struct SeverityTask {
    catalog: Arc<Catalog>,
    model: Arc<Model>,
    source: InputSource,
    stack: Stack,
    position: usize,
    oracle: ClaimSpec,
}

impl SeverityTask {
    /// The input, and its prediction.
    fn before(&self) -> anyhow::Result<(Input, Prediction)> {
        let input = self.source.input()?;
        let before = self.model.run(&input)?;
        Ok((input, before))
    }

    fn subject<'a>(&'a self, (input, before): &'a (Input, Prediction)) -> Subject<'a> {
        Subject {
            catalog: &self.catalog,
            model: &self.model,
            input,
            stack: &self.stack,
            position: self.position,
            oracle: &self.oracle,
            before,
        }
    }
}
