//! Models and files of predictions on a suite, and tests that are added to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::evaluate::texts::state::{TextCell, TextColumn, Version};
use crate::app::jobs::JobKind;
use crate::base::progress::Progress;
use crate::behavior::predictions::{Form, Predictions};
use crate::behavior::report::Column;
use crate::behavior::run::predict;
use crate::behavior::suite::Suite;
use crate::data::input::Medium;
use crate::inference::model::Model;
use crate::predictions::source::Source;

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A suite that has names for the classes of a model.
fn with_classes(suite: &Arc<Suite>, model: &Model) -> Arc<Suite> {
    if !suite.classes.is_empty() {
        return Arc::clone(suite);
    }
    let classes = model.card.labels.clone();
    Arc::new(Suite { classes, ..Suite::clone(suite) })
}

/// A column of a model: its predictions for all of a suite.
fn column(
    name: String,
    suite: &Arc<Suite>,
    model: Arc<Model>,
    progress: &Progress,
) -> anyhow::Result<(Arc<Suite>, TextColumn)> {
    let predictions = predict(&model, suite, App::spare_threads(), progress)?;
    let suite = with_classes(suite, &model);
    let column = Arc::new(Column::new(name, &suite, predictions));
    Ok((suite, TextColumn { column, model: Some(model) }))
}

impl App {
    /// The loaded model, if it reads texts.
    pub fn loaded_text_model(&self) -> Option<Arc<Model>> {
        self.open.models.loaded.clone().filter(|model| model.medium() == Medium::Text)
    }

    fn text_suite(&self) -> anyhow::Result<Arc<Suite>> {
        self.open.evaluate.texts.suite().cloned().ok_or_else(|| anyhow!("open a suite of texts first"))
    }

    pub(super) fn run_text_model(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let suite = self.text_suite()?;
        let (name, backend) = (name_of(&path), self.backend_for(&path));
        self.jobs.spawn(JobKind::TextRun, format!("Running {name} on the suite"), move |progress, outbox| {
            let source = Source::load(&path, None, backend)?;
            let model = source.model().cloned().ok_or_else(|| anyhow!("{} is no model", path.display()))?;
            let (now, made) = column(name, &suite, model, progress)?;
            outbox.send(move |app| app.take_text_column(&suite, now, made));
            Ok(())
        });
        Ok(())
    }

    pub(super) fn run_loaded_on_texts(&mut self) -> anyhow::Result<()> {
        let suite = self.text_suite()?;
        let model = self.loaded_text_model().ok_or_else(|| anyhow!("load a model that reads texts first"))?;
        let name = name_of(&model.path);
        self.jobs.spawn(JobKind::TextRun, format!("Running {name} on the suite"), move |progress, outbox| {
            let (now, made) = column(name, &suite, model, progress)?;
            outbox.send(move |app| app.take_text_column(&suite, now, made));
            Ok(())
        });
        Ok(())
    }

    pub(super) fn judge_text_predictions(&mut self, path: PathBuf, form: Form) -> anyhow::Result<()> {
        let suite = self.text_suite()?;
        self.open.evaluate.texts.form = form;
        self.jobs.spawn(JobKind::TextRun, "Reading predictions of the suite", move |_, outbox| {
            let predictions = Predictions::read(&path, form, false, &suite)?;
            let name = name_of(&path);
            let (wrong, all) = (predictions.contradictions(), predictions.len());
            let made = TextColumn { column: Arc::new(Column::new(name.clone(), &suite, predictions)), model: None };
            outbox.send(move |app| {
                if wrong * 100 > all {
                    app.notices.warning(format!(
                        "{name}: {wrong} of {all} classes are not the most probable ones, are the probabilities in the order of the classes?"
                    ));
                }
                let now = Arc::clone(&suite);
                app.take_text_column(&suite, now, made);
            });
            Ok(())
        });
        Ok(())
    }

    /// Puts a column into the table, in the place of an earlier one of its name, if the suite is still on screen.
    fn take_text_column(&mut self, of: &Arc<Suite>, now: Arc<Suite>, made: TextColumn) {
        let texts = &mut self.open.evaluate.texts;
        if !texts.now.suite.as_ref().is_some_and(|suite| Arc::ptr_eq(suite, of)) {
            return;
        }
        let first = texts.now.columns.is_empty();
        texts.now.suite = Some(now);
        match texts.now.columns.iter_mut().find(|known| known.column.name == made.column.name) {
            Some(known) => *known = made,
            None => texts.now.columns.push(made),
        }
        if first {
            (texts.cell, texts.test) = (None, None);
        }
        texts.refresh();
        self.preview_texts();
    }

    /// Adds the test of the editor; the models of the table run on it alone.
    pub(super) fn add_text_test(&mut self) {
        let texts = &self.open.evaluate.texts;
        let (draft, version) = (texts.draft.clone(), texts.now.clone());
        let loaded = self.loaded_text_model();
        let suite = version
            .suite
            .clone()
            .unwrap_or_else(|| Arc::new(Suite { name: "New suite".to_owned(), ..Suite::default() }));
        self.jobs.spawn(JobKind::TextRun, "Adding the test to the suite", move |progress, outbox| {
            let mut new = Suite::clone(&suite);
            let model = version.columns.iter().find_map(|column| column.model.clone()).or(loaded);
            if let Some(model) = model.filter(|_| new.classes.is_empty()) {
                new.classes.clone_from(&model.card.labels);
            }
            let test = draft.test(&new)?;
            let (name, capability, kind) = (test.name.clone(), test.capability.clone(), test.kind);
            let alone = Suite { classes: new.classes.clone(), tests: vec![test.clone()], ..Suite::default() };
            new.tests.push(test);
            let mut columns = Vec::with_capacity(version.columns.len());
            for known in &version.columns {
                let mut predictions = known.column.predictions.clone();
                if let Some(model) = &known.model {
                    let more = predict(model, &alone, Self::spare_threads(), progress)?;
                    if !predictions.append(&more) {
                        return Err(anyhow!("{} has other classes now, run it again", known.column.name));
                    }
                }
                let column = Arc::new(Column::new(known.column.name.clone(), &new, predictions));
                columns.push(TextColumn { column, model: known.model.clone() });
            }
            let (new, of) = (Arc::new(new), version.suite.clone());
            outbox.send(move |app| {
                let texts = &mut app.open.evaluate.texts;
                let same = match (&texts.now.suite, &of) {
                    (Some(now), Some(of)) => Arc::ptr_eq(now, of),
                    (None, None) => true,
                    _ => false,
                };
                if !same {
                    return;
                }
                texts.past.push(texts.now.clone());
                let at = new.tests.len() - 1;
                texts.now = Version { suite: Some(new), columns, ..texts.now.clone() };
                let column = texts.cell.as_ref().map_or(0, |cell| cell.column);
                texts.cell = Some(TextCell { capability, kind, column });
                texts.test = Some(at);
                texts.failure = None;
                texts.refresh();
                app.notices.done(format!("Test {name:?} added, not yet saved"));
            });
            Ok(())
        });
    }
}
