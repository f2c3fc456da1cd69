//! The worker of Explore: the transformed input at once, then the verdict.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::app::App;
use crate::app::explore::Compared;
use crate::app::explore::input::Given;
use crate::app::jobs::Outbox;
use crate::claims::judge::{self, Outcome};
use crate::data::cases::case::OracleSpec;
use crate::data::cases::stack::Stack;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::imaging::look::Look;
use crate::inference::model::Model;
use crate::transforms::steps::Steps;

/// Everything that a verdict depends on.
#[derive(Clone, PartialEq)]
pub(in crate::app) struct Question {
    pub(in crate::app) clip: u64,
    pub(in crate::app) camera: usize,
    pub(in crate::app) frame: usize,
    pub(in crate::app) stack: Stack,
    pub(in crate::app) oracle: OracleSpec,
    pub(in crate::app) model: Option<usize>,
}

/// A request with its context.
pub(in crate::app) struct Work {
    pub(in crate::app) given: Given,
    pub(in crate::app) before: Option<Prediction>,
    pub(in crate::app) question: Question,
    pub(in crate::app) model: Option<Arc<Model>>,
}

/// Recording, channel, and position to read from.
type Place = (u64, usize, Option<(usize, Reach)>);

type Slot = Arc<(Mutex<(Option<Work>, bool)>, Condvar)>;

/// A thread that serves the latest request and drops the ones before it.
pub(in crate::app) struct Worker {
    slot: Slot,
}

impl Worker {
    pub(in crate::app) fn new(outbox: Outbox) -> Self {
        let slot: Slot = Arc::default();
        let theirs = Arc::clone(&slot);
        let thread =
            std::thread::Builder::new().name("explore".to_owned()).spawn(move || answer(&theirs, &outbox));
        if let Err(err) = thread {
            log::error!("no thread for transforms: {err}");
        }
        Self { slot }
    }

    pub(in crate::app) fn submit(&self, work: Work) {
        self.slot.0.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(work);
        self.slot.1.notify_one();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.slot.0.lock().unwrap_or_else(PoisonError::into_inner).1 = true;
        self.slot.1.notify_one();
    }
}

fn answer(slot: &Slot, outbox: &Outbox) {
    // While a slider is dragged, what the transforms before it made is still there.
    let mut steps: Option<Steps> = None;
    // What had to be read anew stays too.
    let mut kept: Option<(Place, Input)> = None;
    loop {
        let work = {
            let mut state = slot.0.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if state.1 {
                    return;
                }
                if let Some(work) = state.0.take() {
                    break work;
                }
                state = slot.1.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let Work { given, before, question, model } = work;
        let place = (question.clip, question.camera, given.place());
        let read = match &kept {
            Some((known, input)) if *known == place => Ok(input.clone()),
            _ => given.input().map_err(|err| err.to_string()),
        };
        if let (Ok(input), Some(_)) = (&read, &place.2) {
            kept = Some((place, input.clone()));
        }
        let changed = read.and_then(|input| {
            let known = steps.take().filter(|steps| *steps.original() == input);
            let steps = steps.insert(known.unwrap_or_else(|| Steps::new(input.clone())));
            let changed = steps.apply(&question.stack).map_err(|err| err.to_string())?;
            Ok((input, changed))
        });
        let (input, changed) = match changed {
            Ok(both) => both,
            Err(problem) => {
                outbox.send(move |app| app.take_outcome(&question, Err(problem)));
                continue;
            }
        };
        let look = Look::of(&input);
        let compared = Compared { original: look.draw(&input), changed: look.draw(&changed), look };
        let asked = question.clone();
        outbox.send(move |app| {
            // While a slider is dragged, an image that is a little late is better than none.
            if app
                .explore
                .asked
                .as_ref()
                .is_some_and(|now| now.frame == asked.frame && now.clip == asked.clip)
            {
                app.explore.changed = Some(compared);
                app.explore.generation += 1;
            }
        });
        if slot.0.lock().unwrap_or_else(PoisonError::into_inner).0.is_some() {
            continue;
        }
        let Some(model) = model else {
            outbox.send(move |app| app.finish_question(&question));
            continue;
        };
        let Question { stack, oracle, .. } = &question;
        let outcome = judge::judge_applied(&model, &input, changed, stack, oracle, before.as_ref())
            .map_err(|err| err.to_string());
        outbox.send(move |app| app.take_outcome(&question, outcome));
    }
}

impl App {
    fn finish_question(&mut self, question: &Question) {
        if self.explore.asked.as_ref() == Some(question) {
            self.explore.answered = true;
        }
    }

    fn take_outcome(&mut self, question: &Question, outcome: Result<Outcome, String>) {
        self.finish_question(question);
        if self.explore.asked.as_ref() == Some(question) {
            if let (Ok(outcome), Some(compared)) = (&outcome, &self.explore.changed) {
                self.explore.tried.remember(&question.stack, outcome.verdict.word(), &compared.changed);
            }
            self.explore.outcome = Some(outcome);
            self.explore.generation += 1;
        }
    }
}
