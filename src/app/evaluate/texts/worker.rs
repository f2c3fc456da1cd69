//! The worker of the template editor: sentences at once, then predictions, and only of the latest draft.

use std::sync::Arc;
use std::time::Duration;

use crate::app::evaluate::texts::draft::{Draft, Preview, PreviewRow, SHOWN};
use crate::app::jobs::Outbox;
use crate::base::errors::told;
use crate::base::progress::Progress;
use crate::base::worker::Worker;
use crate::behavior::outcome::Outcome;
use crate::behavior::report::{Column, class_name, confidence};
use crate::behavior::run::predict;
use crate::behavior::suite::{Suite, Test};
use crate::inference::model::Model;

/// Rests after the last key before the model runs.
const RESTS: usize = 12;
/// Length of a rest.
const REST: Duration = Duration::from_millis(10);

/// A draft with the suite and the model that it is for.
pub(super) struct Work {
    pub(super) draft: Draft,
    pub(super) suite: Arc<Suite>,
    pub(super) model: Option<Arc<Model>>,
}

/// A thread that serves the latest draft.
pub(super) struct PreviewWorker {
    thread: Worker<u64, Work>,
    last: u64,
}

impl PreviewWorker {
    pub(super) fn new(outbox: Outbox) -> Self {
        let work =
            move |_: &u64, work: Work, overtaken: &dyn Fn() -> bool| preview(&outbox, &work, overtaken);
        Self { thread: Worker::new("template editor", work, |_, _| {}, || {}), last: 0 }
    }

    pub(super) fn submit(&mut self, work: Work) {
        self.last += 1;
        self.thread.want([(self.last, work)]);
    }

    pub(super) fn busy(&self) -> bool {
        self.thread.busy()
    }
}

fn preview(outbox: &Outbox, work: &Work, overtaken: &dyn Fn() -> bool) {
    let send = |preview: Preview| {
        outbox.send(move |app| {
            let texts = &mut app.open.evaluate.texts;
            if texts.draft == preview.draft {
                texts.preview = Some(preview);
            }
        });
    };
    let empty =
        Preview { draft: work.draft.clone(), all: 0, rows: Vec::new(), problem: None, complete: true };
    let (test, all) = match work.draft.sketch(&work.suite, SHOWN) {
        Ok(found) => found,
        Err(err) => {
            send(Preview { problem: Some(told(&err.into())), ..empty });
            return;
        }
    };
    let rows = rows(&test);
    let filled = Preview { all, rows, complete: work.model.is_none(), ..empty };
    send(filled.clone());
    let Some(model) = &work.model else { return };
    for _ in 0..RESTS {
        if overtaken() {
            return;
        }
        std::thread::sleep(REST);
    }
    let predicted = predictions(test, &work.suite, model);
    send(match predicted {
        Ok(rows) => Preview { rows, complete: true, ..filled },
        Err(err) => Preview { problem: Some(told(&err)), complete: true, ..filled },
    });
}

fn rows(test: &Test) -> Vec<PreviewRow> {
    let row = |case: &crate::behavior::data::Case| PreviewRow {
        text: case.examples.first().map(|text| text.joined().into_owned()).unwrap_or_default(),
        prediction: None,
        copy: case.examples.get(1).map(|text| text.joined().into_owned()),
        copy_prediction: None,
        pass: None,
    };
    test.cases.iter().map(row).collect()
}

fn predictions(test: Test, suite: &Suite, model: &Model) -> anyhow::Result<Vec<PreviewRow>> {
    let classes = if suite.classes.is_empty() { model.card.labels.clone() } else { suite.classes.clone() };
    let (mut rows, judged) = (rows(&test), test.expect.is_some());
    let sizes: Vec<usize> = test.cases.iter().map(|case| case.examples.len()).collect();
    let suite = Suite { classes, tests: vec![test], ..Suite::default() };
    let column = Column::new(String::new(), &suite, predict(model, &suite, 1, &Progress::default())?);
    let said = |at: usize| {
        let guess = column.predictions.get(at)?;
        Some((class_name(&suite, guess.answer), confidence(guess)))
    };
    let failed = |case: usize| match column.outcomes.first() {
        Some(Outcome::Judged { failures, .. }) => Some(failures.iter().any(|failure| failure.case == case)),
        Some(Outcome::NotJudged(_)) | None => None,
    };
    let mut first = 0;
    for ((at, row), size) in rows.iter_mut().enumerate().zip(sizes) {
        row.prediction = said(first);
        row.copy_prediction = (size > 1).then(|| said(first + 1)).flatten();
        row.pass = judged.then(|| failed(at)).flatten().map(|failed| !failed);
        first += size;
    }
    Ok(rows)
}
