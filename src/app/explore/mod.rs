//! The current transform stack on the current frame: the transformed frame at once, then the verdict.

pub mod history;
pub(crate) mod input;
pub mod labels;
pub(crate) mod worker;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::command::ExploreCommand;
use crate::app::explore::history::TriedStacks;
use crate::app::explore::input::Given;
use crate::app::explore::worker::{Question, Work, Worker};
use crate::claims::judge::{self, Outcome};
use crate::data::cases::case::OracleSpec;
use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::{Prediction, Task};
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::search::curve::{self, CurvePoint, Subject, Tipping};
use crate::search::minimize;
use crate::transforms::{self, TransformKind, stack};

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
    /// Earlier stacks.
    pub tried: TriedStacks,
    /// Counts results, so that a view knows when to upload the image anew.
    pub generation: u64,
    pub(super) asked: Option<Question>,
    pub(super) answered: bool,
    worker: Option<Worker>,
}

/// An input before and after the transform, as images to look at.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Before.
    pub original: Image,
    /// After.
    pub changed: Image,
    /// Rendering of both sides.
    pub look: Look,
}

/// The claim; the model decides which one fits until somebody chooses.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The claim.
    pub spec: OracleSpec,
    chosen: bool,
}

impl Default for Claim {
    fn default() -> Self {
        Self { spec: OracleSpec::new("same_objects"), chosen: false }
    }
}

impl Explore {
    /// True while the verdict on screen is not yet that of the current stack.
    pub fn busy(&self) -> bool {
        self.asked.is_some() && !self.answered
    }

    /// The claim.
    pub fn claim(&self) -> &OracleSpec {
        &self.oracle.spec
    }

    pub(super) fn show(&mut self, stack: Stack, oracle: OracleSpec) {
        self.stack = stack;
        self.selected = 0;
        self.oracle = Claim { spec: oracle, chosen: true };
        self.forget();
    }

    /// Choose the relation that fits the kind of model, unless a fitting one was chosen.
    pub(super) fn suit(&mut self, task: Task) {
        let fits = judge::claim(&self.claim().claim).is_some_and(|claim| claim.about.contains(&task));
        if !self.oracle.chosen || !fits {
            let spec = OracleSpec::new(judge::usual_claim(task));
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

impl App {
    pub(super) fn explore(&mut self, command: ExploreCommand) -> anyhow::Result<()> {
        let explore = &mut self.explore;
        let before = (explore.stack.clone(), explore.selected, explore.oracle.clone());
        let taken = matches!(command, ExploreCommand::Use(_));
        match command {
            ExploreCommand::Add(id) => {
                transforms::kind(&id).ok_or_else(|| anyhow!("there is no transform {id:?}"))?;
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
                    && let Some(spec) = transforms::kind(&entry.transform)
                        .and_then(|kind| kind.params.iter().find(|p| p.id == param))
                {
                    entry.params.insert(spec.id, spec.clamp(value));
                }
            }
            ExploreCommand::Remove(_) | ExploreCommand::Move(..) => {}
            ExploreCommand::Select(position) => explore.selected = position,
            ExploreCommand::Seed(seed) => explore.stack.seed = seed,
            ExploreCommand::Clear => explore.stack.transforms.clear(),
            ExploreCommand::Use(stack) => {
                explore.stack = stack;
                explore.selected = 0;
            }
            ExploreCommand::Surprise => self.surprise(),
            ExploreCommand::Favourite(stack) => {
                self.toggle_favourite(stack);
                return Ok(());
            }
            ExploreCommand::Oracle(spec) => explore.oracle = Claim { spec, chosen: true },
            ExploreCommand::Curve => return self.draw_curve(),
            ExploreCommand::FindTipping => return self.find_tipping(),
            ExploreCommand::Shrink => return self.shrink(),
            ExploreCommand::WholePicture => {
                explore.stack.region = None;
                explore.stack.parts = None;
            }
        }
        let explore = &mut self.explore;
        // Of another change the numbers of parts mean something else.
        if !taken && explore.stack != before.0 {
            explore.stack.parts = None;
        }
        let strength_only = before.1 == explore.selected
            && before.2 == explore.oracle
            && stack::with_strength(&before.0, explore.selected, 0.0)
                == stack::with_strength(&explore.stack, explore.selected, 0.0);
        // The curve runs over all severities, so it stays true while only its own slider moves.
        if !strength_only {
            explore.curve.clear();
            explore.tipping = None;
            self.jobs.cancel("curve");
            self.jobs.cancel("tipping");
        }
        Ok(())
    }

    /// Request the transformed frame and its verdict if something that they depend on has changed.
    pub(super) fn refresh_explore(&mut self) {
        if self.workspace != crate::app::Workspace::Explore {
            return;
        }
        let (Some(open), Some(camera)) = (&self.clip, self.playback.camera) else { return };
        let model = self.models.loaded.clone();
        let Some((frame, given)) = self.given(camera, model.as_deref()) else { return };
        if frame != self.playback.frame() {
            return;
        }
        let question = Question {
            clip: open.id,
            camera: camera.0,
            frame,
            stack: self.explore.stack.clone(),
            oracle: self.explore.claim().clone(),
            model: model.as_ref().map(|model| Arc::as_ptr(model) as usize),
        };
        if self.explore.asked.as_ref() == Some(&question) {
            return;
        }
        let moved_on = self.explore.asked.as_ref().is_some_and(|asked| {
            (asked.clip, asked.frame, asked.model) != (question.clip, question.frame, question.model)
        });
        if moved_on {
            self.explore.curve.clear();
            self.explore.tipping = None;
            self.jobs.cancel("curve");
            self.jobs.cancel("tipping");
        }
        let work = Work {
            given,
            before: self.models.answer(camera, frame).map(|answer| (**answer).clone()),
            question: question.clone(),
            model,
        };
        let outbox = self.jobs.outbox();
        self.explore.asked = Some(question);
        self.explore.answered = false;
        self.explore.worker.get_or_insert_with(|| Worker::new(outbox)).submit(work);
    }

    fn draw_curve(&mut self) -> anyhow::Result<()> {
        let task = self.vary()?;
        self.explore.curve.clear();
        self.jobs.spawn("curve", "Drawing the severity curve", move |progress, outbox| {
            let before = task.before()?;
            curve::curve(&task.subject(&before), progress, |point| {
                let point = point.clone();
                outbox.send(move |app| app.explore.curve.push(point));
            })?;
            Ok(())
        });
        Ok(())
    }

    fn find_tipping(&mut self) -> anyhow::Result<()> {
        let task = self.vary()?;
        let position = task.position;
        self.explore.tipping = None;
        self.jobs.spawn("tipping", "Searching for the tipping point", move |progress, outbox| {
            let before = task.before()?;
            let tipping = curve::tipping_point(&task.subject(&before), progress)?;
            outbox.send(move |app| {
                if let Tipping::Breaks { strength, .. } = &tipping {
                    app.explore.stack = stack::with_strength(&app.explore.stack, position, *strength);
                }
                app.explore.tipping = Some(tipping);
            });
            Ok(())
        });
        Ok(())
    }

    fn shrink(&mut self) -> anyhow::Result<()> {
        let task = self.task()?;
        self.jobs.spawn("shrink", "Minimizing the failing transforms", move |progress, outbox| {
            let before = task.before()?;
            let shrunk =
                minimize::shrink(&task.model, &before.0, &task.stack, &task.oracle, &before.1, progress)?;
            outbox.send(move |app| match shrunk {
                Some(shrunk) => {
                    let text = stack::describe(&shrunk.stack);
                    app.notices.done(format!("Smallest of {} tried that still fails: {text}", shrunk.tried));
                    app.explore.stack = shrunk.stack;
                    app.explore.selected = 0;
                    app.explore.curve.clear();
                    app.explore.tipping = None;
                }
                None => app.notices.warning("Nothing to minimize: the case passes".to_owned()),
            });
            Ok(())
        });
        Ok(())
    }

    fn vary(&self) -> anyhow::Result<Vary> {
        let task = self.task()?;
        let entry =
            task.stack.transforms.get(task.position).ok_or_else(|| anyhow!("add a transform first"))?;
        if transforms::kind(&entry.transform).and_then(TransformKind::strength).is_none() {
            return Err(anyhow!("{:?} has no severity to vary, choose another transform", entry.transform));
        }
        Ok(task)
    }

    /// The model, the input and the stack on screen.
    fn task(&self) -> anyhow::Result<Vary> {
        let model = self.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let camera = self.playback.camera.ok_or_else(|| anyhow!("open a recording first"))?;
        let Some((_, given)) = self.given(camera, Some(&model)) else {
            return Err(anyhow!("there is nothing to transform here"));
        };
        let (stack, position) = (self.explore.stack.clone(), self.explore.selected);
        Ok(Vary { model, given, stack, position, oracle: self.explore.claim().clone() })
    }
}

/// Inputs of a curve or a tipping point on its thread.
struct Vary {
    model: Arc<Model>,
    given: Given,
    stack: Stack,
    position: usize,
    oracle: OracleSpec,
}

impl Vary {
    /// The input, and its prediction.
    fn before(&self) -> anyhow::Result<(Input, Prediction)> {
        let input = self.given.input()?;
        let before = self.model.ask(&input)?;
        Ok((input, before))
    }

    fn subject<'a>(&'a self, (input, before): &'a (Input, Prediction)) -> Subject<'a> {
        Subject {
            model: &self.model,
            input,
            stack: &self.stack,
            position: self.position,
            oracle: &self.oracle,
            before,
        }
    }
}
