//! A behavioral suite on screen: its tests, a column for each model, and what is looked at.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::app::evaluate::texts::draft::{Draft, Preview};
use crate::app::evaluate::texts::worker::PreviewWorker;
use crate::behavior::outcome::{Failure, Outcome};
use crate::behavior::predictions::Form;
use crate::behavior::report::{Column, capabilities, class_name};
use crate::behavior::suggestions::Suggestion;
use crate::behavior::suite::{Suite, Test, TestKind};
use crate::inference::model::Model;

/// A suite with its place on disk and the model columns beside it: what can be taken back as a whole.
#[derive(Clone, Default)]
pub(super) struct Version {
    pub(super) suite: Option<Arc<Suite>>,
    pub(super) columns: Vec<TextColumn>,
    /// Folder of the suite; none of an imported or a new one that was not saved.
    pub(super) folder: Option<PathBuf>,
    /// Number of its tests that are on disk.
    pub(super) saved: usize,
    /// Remarks of an import.
    pub(super) remarks: Arc<Vec<String>>,
}

/// Words that a masked-language model suggests for a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggested {
    /// The tag.
    pub tag: String,
    /// The words, the most probable first.
    pub words: Vec<Suggestion>,
}

/// A model, or a file of predictions, in the table.
#[derive(Clone)]
pub struct TextColumn {
    /// Predictions and outcomes.
    pub column: Arc<Column>,
    /// The model; none of a file of predictions.
    pub model: Option<Arc<Model>>,
}

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextCell {
    /// The capability.
    pub capability: String,
    /// The type of the tests.
    pub kind: TestKind,
    /// Position of the model.
    pub column: usize,
}

/// Filter of the failed cases of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureFilter {
    /// Part of a sentence, in any case.
    pub text: String,
    /// The predicted class of the failing sentence.
    pub predicted: Option<String>,
}

/// Behavioral suites for texts.
#[derive(Default)]
pub struct Texts {
    pub(super) now: Version,
    /// Number of sentences of the suite.
    pub sentences: usize,
    /// The masked-language model that suggests words.
    pub masked: Option<Arc<Model>>,
    /// Its latest suggestions.
    pub suggested: Option<Suggested>,
    /// The selected cell.
    pub cell: Option<TextCell>,
    /// The selected test.
    pub test: Option<usize>,
    /// The selected failed case, by its place in the list.
    pub failure: Option<usize>,
    /// Filter of the failed cases.
    pub filter: FailureFilter,
    /// Form in which files of predictions are read.
    pub form: Form,
    /// Limit of the tests that state none.
    pub limit: Option<f64>,
    /// True while the template editor is shown.
    pub editor: bool,
    /// The test that is being written.
    pub draft: Draft,
    /// Its sentences and their predictions.
    pub preview: Option<Preview>,
    /// The failed cases that are listed, by their positions in the outcome.
    pub(super) shown: Vec<usize>,
    /// Classes that the failing sentences of the test are predicted to be.
    pub(super) predicted: Vec<String>,
    pub(super) past: Vec<Version>,
    pub(super) worker: Option<PreviewWorker>,
}

impl Texts {
    /// The suite.
    pub fn suite(&self) -> Option<&Arc<Suite>> {
        self.now.suite.as_ref()
    }

    /// Folder of the suite, if it has one.
    pub fn folder(&self) -> Option<&PathBuf> {
        self.now.folder.as_ref()
    }

    /// Remarks of the import.
    pub fn remarks(&self) -> &[String] {
        &self.now.remarks
    }

    /// The models beside it.
    pub fn columns(&self) -> &[TextColumn] {
        &self.now.columns
    }

    /// The column that is looked at.
    pub fn column(&self) -> Option<&TextColumn> {
        let at = self.cell.as_ref().map_or(0, |cell| cell.column);
        self.now.columns.get(at).or_else(|| self.now.columns.first())
    }

    /// The model that predicts the sentences of the editor, if it is one of the columns.
    pub fn model(&self) -> Option<&Arc<Model>> {
        let own = self.column().and_then(|column| column.model.as_ref());
        own.or_else(|| self.now.columns.iter().find_map(|column| column.model.as_ref()))
    }

    /// Positions of the tests of the selected cell.
    pub fn tests(&self) -> Vec<usize> {
        let (Some(suite), Some(cell)) = (&self.now.suite, &self.cell) else { return Vec::new() };
        let all = suite.tests.iter().enumerate();
        let of = all.filter(|(_, test)| test.capability == cell.capability && test.kind == cell.kind);
        of.map(|(at, _)| at).collect()
    }

    /// The selected test.
    pub fn selected(&self) -> Option<&Test> {
        self.now.suite.as_ref()?.tests.get(self.test?)
    }

    /// All failed cases of the selected test.
    pub fn failures(&self) -> &[Failure] {
        let outcome =
            self.test.zip(self.column()).and_then(|(test, column)| column.column.outcomes.get(test));
        match outcome {
            Some(Outcome::Judged { failures, .. }) => failures,
            Some(Outcome::NotJudged(_)) | None => &[],
        }
    }

    /// The failed cases that are listed, by their positions among all.
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Classes that the failing sentences are predicted to be.
    pub fn predicted(&self) -> &[String] {
        &self.predicted
    }

    /// True if tests were added that are not on disk.
    pub fn unsaved(&self) -> bool {
        self.now.suite.as_ref().is_some_and(|suite| suite.tests.len() > self.now.saved)
    }

    /// True if there is a change to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Keeps what is shown in line with suite and columns after they were changed.
    pub(super) fn refresh(&mut self) {
        self.shown.clear();
        self.predicted.clear();
        let Some(suite) = self.now.suite.clone() else { return };
        self.sentences = suite.examples();
        if self.cell.as_ref().is_some_and(|cell| cell.column >= self.now.columns.len().max(1)) {
            self.cell = None;
        }
        if self.cell.is_none() {
            self.cell = self.worst_cell(&suite);
        }
        let tests = self.tests();
        if self.test.is_none_or(|test| !tests.contains(&test)) {
            let rate = |test: usize| {
                let outcome = self.column().and_then(|column| column.column.outcomes.get(test));
                outcome.and_then(Outcome::failed).map_or(-1.0, |rate| rate.share())
            };
            let worst =
                tests.iter().copied().reduce(|best, next| if rate(next) > rate(best) { next } else { best });
            self.test = worst;
            self.failure = None;
        }
        let (Some(test), Some(column)) = (self.selected(), self.column()) else { return };
        let wanted = self.filter.text.trim().to_lowercase();
        let (mut shown, mut classes) = (Vec::new(), BTreeSet::new());
        for (at, failure) in self.failures().iter().enumerate() {
            let guess = column.column.predictions.get(failure.first + failure.example);
            let class = guess.map(|guess| class_name(&suite, guess.answer)).unwrap_or_default();
            let of_class = self.filter.predicted.as_ref().is_none_or(|wanted| *wanted == class);
            let text = || {
                let examples = test.cases.get(failure.case).map(|case| case.examples.as_slice());
                [0, failure.example].iter().any(|at| {
                    let example = examples.and_then(|examples| examples.get(*at));
                    example.is_some_and(|example| example.joined().to_lowercase().contains(&wanted))
                })
            };
            if of_class && (wanted.is_empty() || text()) {
                shown.push(at);
            }
            classes.insert(class);
        }
        (self.shown, self.predicted) = (shown, classes.into_iter().collect());
        self.failure = self.failure.filter(|at| *at < self.shown.len());
    }

    /// The cell with the highest failure rate, or the first one.
    fn worst_cell(&self, suite: &Suite) -> Option<TextCell> {
        let mut best: Option<(f64, TextCell)> = None;
        for (capability, tests) in capabilities(suite) {
            for kind in TestKind::ALL {
                if !tests.iter().any(|test| suite.tests[*test].kind == kind) {
                    continue;
                }
                for column in 0..self.now.columns.len().max(1) {
                    let of = self.now.columns.get(column);
                    let worst = of.and_then(|of| of.column.worst(suite, &tests, kind));
                    let rate = worst.map_or(-1.0, |(rate, _)| rate.share());
                    if best.as_ref().is_none_or(|(known, _)| rate > *known) {
                        best = Some((rate, TextCell { capability: capability.to_owned(), kind, column }));
                    }
                }
            }
        }
        best.map(|(_, cell)| cell)
    }
}
