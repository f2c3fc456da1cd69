//! Behavioral suites for texts: opened or imported, run on models, looked at by cell, test and failed case, and written by
//! templates.

pub mod command;
pub mod draft;
mod files;
mod run;
pub mod state;
mod suggest;
mod worker;

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::jobs::JobKind;
use crate::behavior::suite::Suite;
use crate::inference::model::Model;

use command::{TextCommand, TextLook};
use worker::{PreviewWorker, Work};

impl App {
    pub(super) fn texts(&mut self, command: TextCommand) -> anyhow::Result<()> {
        if matches!(command, TextCommand::Open(_) | TextCommand::Example | TextCommand::New) {
            self.show_page(EvaluatePage::Texts)?;
        }
        match command {
            TextCommand::Open(path) => self.open_text_suite(path),
            TextCommand::Example => return self.open_text_example(),
            TextCommand::New => self.new_text_suite(),
            TextCommand::Save(folder) => return self.save_text_suite(folder),
            TextCommand::Undo => return self.undo_text_change(),
            TextCommand::AddModel(path) => return self.run_text_model(path),
            TextCommand::AddLoaded => return self.run_loaded_on_texts(),
            TextCommand::AddPredictions { path, form } => return self.judge_text_predictions(path, form),
            TextCommand::RemoveColumn(at) => self.remove_text_column(at),
            TextCommand::Stop => self.jobs.cancel(JobKind::TextRun),
            TextCommand::Suggest(tag) => {
                let model = self.open.evaluate.texts.masked.clone();
                let model = model.ok_or_else(|| anyhow!("choose a masked-language model first"))?;
                self.suggest_words(tag, move || Ok(model));
            }
            TextCommand::SuggestWith { model, tag } => {
                let backend = self.backend_for(&model);
                self.suggest_words(tag, move || Ok(Arc::new(Model::load(&model, backend, 1)?)));
            }
            TextCommand::AddTest => self.add_text_test(),
            TextCommand::Export(path) => return self.export_texts(path),
            TextCommand::Draft(draft) => {
                self.open.evaluate.texts.draft = *draft;
                self.preview_texts();
            }
            TextCommand::Editor(shown) => {
                self.open.evaluate.texts.editor = shown;
                if shown {
                    self.preview_texts();
                }
            }
            TextCommand::Look(look) => self.open.evaluate.texts.look(look),
        }
        Ok(())
    }

    /// Has the sentences of the draft made and predicted.
    pub(super) fn preview_texts(&mut self) {
        let outbox = self.jobs.outbox();
        let loaded = self.loaded_text_model();
        let texts = &mut self.open.evaluate.texts;
        if texts.draft.template.trim().is_empty() {
            texts.preview = None;
            return;
        }
        let suite = texts.suite().cloned().unwrap_or_default();
        let work = Work { draft: texts.draft.clone(), suite, model: texts.model().cloned().or(loaded) };
        texts.worker.get_or_insert_with(|| PreviewWorker::new(outbox)).submit(work);
    }

    fn new_text_suite(&mut self) {
        let suite = Suite { name: "New suite".to_owned(), ..Suite::default() };
        self.show_text_suite(Arc::new(suite), None, 0, Vec::new());
        self.open.evaluate.texts.editor = true;
        self.preview_texts();
    }

    fn undo_text_change(&mut self) -> anyhow::Result<()> {
        let texts = &mut self.open.evaluate.texts;
        texts.now = texts.past.pop().ok_or_else(|| anyhow!("nothing of the suite was changed"))?;
        texts.refresh();
        self.preview_texts();
        Ok(())
    }

    fn remove_text_column(&mut self, at: usize) {
        let texts = &mut self.open.evaluate.texts;
        if at < texts.now.columns.len() {
            texts.past.push(texts.now.clone());
            texts.now.columns.remove(at);
            texts.refresh();
        }
    }
}

impl state::Texts {
    /// True while the editor makes sentences.
    pub(in crate::app) fn busy(&self) -> bool {
        self.worker.as_ref().is_some_and(PreviewWorker::busy)
    }

    /// Changes the view.
    fn look(&mut self, look: TextLook) {
        match look {
            TextLook::Cell(cell) => {
                (self.cell, self.test, self.failure) = (Some(cell), None, None);
                self.filter.predicted = None;
            }
            TextLook::Test(test) => {
                (self.test, self.failure) = (Some(test), None);
                self.filter.predicted = None;
            }
            TextLook::Filter(filter) => self.filter = filter,
            TextLook::Form(form) => self.form = form,
            TextLook::Limit(limit) => self.limit = limit,
            TextLook::Failure(at) => self.failure = Some(at).filter(|at| *at < self.shown.len()),
            TextLook::Step(by) => {
                let last = self.shown.len().saturating_sub(1);
                let next = self.failure.map_or(0, |at| at.saturating_add_signed(by).min(last));
                self.failure = (!self.shown.is_empty()).then_some(next);
            }
        }
        self.refresh();
    }
}
