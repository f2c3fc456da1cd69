//! Suites from files and into files, and reports.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::evaluate::texts::draft::Draft;
use crate::app::evaluate::texts::state::{Texts, Version};
use crate::app::jobs::JobKind;
use crate::app::{App, samples};
use crate::base::outputs::write_named;
use crate::base::text::counted;
use crate::behavior::report::{Column, TextReport, html, markdown};
use crate::behavior::suite::Suite;
use crate::behavior::{checklist, files};

/// Failed cases that a report lists of each test and model.
const LISTED: usize = 10;

/// Format of a report, by the ending of its name.
#[derive(Clone, Copy)]
enum Form {
    Html,
    Markdown,
    Json,
}

impl App {
    /// Reads a suite, or imports one of `CheckList`.
    pub(super) fn open_text_suite(&mut self, path: PathBuf) {
        self.jobs.spawn(JobKind::TextSuite, "Reading the suite of texts", move |_, outbox| {
            let own = path.is_dir() || path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("toml"));
            if own {
                let suite = Arc::new(files::read(&path)?);
                let folder =
                    if path.is_dir() { path } else { path.parent().map(PathBuf::from).unwrap_or_default() };
                let saved = suite.tests.len();
                outbox.send(move |app| app.show_text_suite(suite, Some(folder), saved, Vec::new()));
                return Ok(());
            }
            let imported =
                checklist::import(&path).with_context(|| format!("could not import {}", path.display()))?;
            let noted = imported.suite.tests.iter().filter(|test| !test.note.is_empty());
            let mut remarks: Vec<String> =
                noted.map(|test| format!("{}: {}", test.name, test.note)).collect();
            remarks.extend(imported.left_out.iter().map(|part| format!("left out: {part}")));
            let suite = Arc::new(imported.suite);
            outbox.send(move |app| app.show_text_suite(suite, None, 0, remarks));
            Ok(())
        });
    }

    /// Puts a suite on screen in the place of the one before.
    pub(super) fn show_text_suite(
        &mut self,
        suite: Arc<Suite>,
        folder: Option<PathBuf>,
        saved: usize,
        remarks: Vec<String>,
    ) {
        self.jobs.cancel(JobKind::TextRun);
        let mut before = std::mem::take(&mut self.open.evaluate.texts);
        // The suite before comes back by an undo, with what was not saved of it.
        if before.now.suite.is_some() {
            before.past.push(before.now);
        }
        let now =
            Version { suite: Some(suite), folder, saved, remarks: Arc::new(remarks), ..Version::default() };
        let mut texts = Texts {
            now,
            form: before.form,
            limit: before.limit,
            masked: before.masked,
            past: before.past,
            worker: before.worker,
            ..Texts::default()
        };
        texts.refresh();
        self.open.evaluate.texts = texts;
    }

    /// The suite that ships, with the model of the sample that it is about.
    pub(super) fn open_text_example(&mut self) -> anyhow::Result<()> {
        let home = self
            .session
            .folder()
            .ok_or_else(|| anyhow!("there is no folder for copies of samples, set HARDCASE_HOME"))?;
        let (folder, model) = samples::text_suite(home).context("could not copy the sample")?;
        let suite = Arc::new(files::read(&folder)?);
        let saved = suite.tests.len();
        self.show_text_suite(suite, Some(folder), saved, Vec::new());
        self.open.evaluate.texts.draft = Draft {
            template: "{first_name} stands at the crossing in {city}.".to_owned(),
            class: "pedestrian".to_owned(),
            name: "People at a crossing".to_owned(),
            ..Draft::default()
        };
        self.run_text_model(model)
    }

    /// Writes the suite: tests are added to the folder that it is from, and a folder that somebody chose gets all of it.
    pub(super) fn save_text_suite(&mut self, folder: Option<PathBuf>) -> anyhow::Result<()> {
        let texts = &self.open.evaluate.texts;
        let suite = texts.suite().cloned().ok_or_else(|| anyhow!("open a suite of texts first"))?;
        let known = texts.now.folder.clone().filter(|known| folder.as_ref().is_none_or(|to| to == known));
        let from = texts.now.saved.min(suite.tests.len());
        let to = folder
            .or_else(|| texts.now.folder.clone())
            .ok_or_else(|| anyhow!("choose a folder for the suite first"))?;
        self.jobs.spawn(JobKind::TextSuite, "Saving the suite of texts", move |_, outbox| {
            if known.is_some() {
                if from < suite.tests.len() {
                    files::append(&suite, from, &to)?;
                }
            } else {
                if to.join(files::FILE).symlink_metadata().is_ok() {
                    return Err(anyhow!(
                        "there is a suite in {} already, choose another folder",
                        to.display()
                    ));
                }
                files::write(&suite, &to)?;
            }
            outbox.done(format!("{} saved in {}", counted(suite.tests.len(), "test"), to.display()));
            outbox.send(move |app| {
                let texts = &mut app.open.evaluate.texts;
                // Who went on meanwhile has more tests than were saved.
                if texts.suite().is_some_and(|now| now.name == suite.name) {
                    (texts.now.folder, texts.now.saved) = (Some(to), suite.tests.len());
                    texts.past.clear();
                }
            });
            Ok(())
        });
        Ok(())
    }

    /// Writes the results as `hardcase text run` does.
    pub(super) fn export_texts(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let texts = &self.open.evaluate.texts;
        let suite = texts.suite().cloned().ok_or_else(|| anyhow!("open a suite of texts first"))?;
        if texts.columns().is_empty() {
            return Err(anyhow!("run a model on the suite first, or open its predictions"));
        }
        let ending = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_lowercase();
        let form = match ending.as_str() {
            "html" | "htm" => Form::Html,
            "md" | "markdown" => Form::Markdown,
            "json" => Form::Json,
            _ => {
                return Err(anyhow!(
                    "the report is written as .html, .md or .json, and {} is none of them",
                    path.display()
                ));
            }
        };
        let columns: Vec<Arc<Column>> =
            texts.columns().iter().map(|column| Arc::clone(&column.column)).collect();
        let limit = texts.limit;
        self.jobs.spawn(JobKind::ExportReport, "Writing the report", move |_, outbox| {
            let columns = columns.iter().map(|column| Column::clone(column)).collect();
            let report = TextReport { suite: &suite, columns, limit, listed: LISTED };
            let text = match form {
                Form::Html => html::render(&report),
                Form::Markdown => markdown::render(&report),
                Form::Json => format!("{:#}\n", report.json()),
            };
            write_named(&path, text.as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            outbox.done(format!("Report written to {}", path.display()));
            Ok(())
        });
        Ok(())
    }
}
