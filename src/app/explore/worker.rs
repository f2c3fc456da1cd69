//! The worker of Explore: the transformed input at once, then the verdict.

use std::sync::Arc;

use crate::app::App;
use crate::app::explore::attack::{AttackStep, AttackedFrame};
use crate::app::explore::input::{Compared, InputSource};
use crate::app::jobs::Outbox;
use crate::base::worker;
use crate::claims::judge::{self, Outcome};
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::transforms::catalog::Catalog;
use crate::transforms::steps::Steps;

/// Everything that a verdict depends on.
#[derive(Clone, PartialEq)]
pub(in crate::app) struct Question {
    pub(in crate::app) clip: u64,
    pub(in crate::app) camera: usize,
    pub(in crate::app) frame: usize,
    pub(in crate::app) stack: Stack,
    pub(in crate::app) oracle: ClaimSpec,
    pub(in crate::app) model: Option<usize>,
    /// Identity of the catalog, which is another one after a file was loaded.
    pub(in crate::app) catalog: usize,
    /// The attack, and whether its outcome is known.
    pub(in crate::app) attack: Option<(AttackStep, bool)>,
}

/// The attack on what the transforms make.
pub(in crate::app) enum Attacked {
    /// There is none.
    Without,
    /// It is not done yet.
    Awaited,
    /// Its image.
    Done(Arc<AttackedFrame>),
    /// It cannot run.
    Failed(String),
}

impl Attacked {
    pub(in crate::app) fn is_known(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_))
    }
}

/// A request with its context.
pub(in crate::app) struct Work {
    pub(in crate::app) catalog: Arc<Catalog>,
    pub(in crate::app) source: InputSource,
    pub(in crate::app) before: Option<Prediction>,
    pub(in crate::app) question: Question,
    pub(in crate::app) attack: Attacked,
    pub(in crate::app) model: Option<Arc<Model>>,
}

/// Recording, channel, and position to read from.
type Place = (u64, usize, Option<(usize, Reach)>);

/// A thread that serves the latest request and drops the ones before it.
pub(in crate::app) struct Worker {
    thread: worker::Worker<(u64, Question), Work>,
    /// Number of the latest question.
    last: u64,
}

impl Worker {
    pub(in crate::app) fn new(outbox: Outbox) -> Self {
        let failures = outbox.clone();
        let mut answering = Answering { outbox, steps: None, kept: None };
        let thread = worker::Worker::new(
            "explore",
            move |_, work, overtaken| answering.answer(work, overtaken),
            move |(_, question): &(u64, Question), problem| {
                let question = question.clone();
                failures.send(move |app| app.take_outcome(&question, Err(problem)));
            },
            || {},
        );
        Self { thread, last: 0 }
    }

    pub(in crate::app) fn submit(&mut self, work: Work) {
        self.last += 1;
        self.thread.want([((self.last, work.question.clone()), work)]);
    }
}

struct Answering {
    outbox: Outbox,
    /// While a slider is dragged, what the transforms before it made is still there.
    steps: Option<(usize, Steps)>,
    /// The input read last stays too.
    kept: Option<(Place, Input)>,
}

impl Answering {
    fn answer(&mut self, work: Work, overtaken: &dyn Fn() -> bool) {
        let Self { outbox, steps, kept } = self;
        let Work { catalog, source, before, question, attack, model } = work;
        let place = (question.clip, question.camera, source.place());
        let read = match kept {
            Some((known, input)) if *known == place => Ok(input.clone()),
            _ => source.input().map_err(|err| err.to_string()),
        };
        if let (Ok(input), Some(_)) = (&read, &place.2) {
            *kept = Some((place, input.clone()));
        }
        let changed = read.and_then(|input| {
            let same =
                |(known, steps): &(usize, Steps)| *known == question.catalog && *steps.original() == input;
            let known = steps.take().filter(same);
            let (_, steps) =
                steps.insert(known.unwrap_or_else(|| (question.catalog, Steps::new(input.clone()))));
            let changed = steps.apply(&catalog, &question.stack).map_err(|err| err.to_string())?;
            let changed = match &attack {
                Attacked::Done(frame) => Input::Image(frame.image.clone()),
                Attacked::Without | Attacked::Awaited | Attacked::Failed(_) => changed,
            };
            Ok((input, changed))
        });
        let (input, changed) = match changed {
            Ok(both) => both,
            Err(problem) => {
                outbox.send(move |app| app.take_outcome(&question, Err(problem)));
                return;
            }
        };
        let look = Look::of(&input);
        let compared = Compared { original: look.draw(&input), changed: look.draw(&changed), look };
        let asked = question.clone();
        outbox.send(move |app| {
            // While a slider is dragged, an image that is a little late is better than none.
            if app
                .open
                .explore
                .asked
                .as_ref()
                .is_some_and(|now| now.frame == asked.frame && now.clip == asked.clip)
            {
                app.open.explore.changed = Some(compared);
                app.open.explore.generation += 1;
            }
        });
        if overtaken() {
            return;
        }
        match attack {
            Attacked::Without | Attacked::Done(_) => {}
            // A verdict without the attack would be one about something else.
            Attacked::Awaited => {
                outbox.send(move |app| app.finish_without_verdict(&question));
                return;
            }
            Attacked::Failed(problem) => {
                outbox.send(move |app| app.take_outcome(&question, Err(problem)));
                return;
            }
        }
        let Some(model) = model else {
            outbox.send(move |app| app.finish_question(&question));
            return;
        };
        let Question { stack, oracle, .. } = &question;
        let outcome = judge::judge_applied(&catalog, &model, &input, changed, stack, oracle, before.as_ref())
            .map_err(|err| err.to_string());
        outbox.send(move |app| app.take_outcome(&question, outcome));
    }
}

impl App {
    fn finish_question(&mut self, question: &Question) {
        if self.open.explore.asked.as_ref() == Some(question) {
            self.open.explore.answered = true;
        }
    }

    fn finish_without_verdict(&mut self, question: &Question) {
        if self.open.explore.asked.as_ref() == Some(question) {
            self.open.explore.outcome = None;
        }
        self.finish_question(question);
    }

    fn take_outcome(&mut self, question: &Question, outcome: Result<Outcome, String>) {
        self.finish_question(question);
        if self.open.explore.asked.as_ref() == Some(question) {
            // The history is one of stacks, which know no attack.
            if let (Ok(outcome), Some(compared), None) =
                (&outcome, &self.open.explore.changed, &question.attack)
            {
                self.open.explore.history.remember(
                    &question.stack,
                    outcome.verdict.word(),
                    &compared.changed,
                );
            }
            self.open.explore.outcome = Some(outcome);
            self.open.explore.generation += 1;
        }
    }
}
