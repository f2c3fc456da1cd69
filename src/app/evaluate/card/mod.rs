//! The model card of the open project: statements of people, and what was evaluated of each source of bias.

pub mod command;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::evaluate::results::Evaluated;
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::base::outputs::{self, write_named};
use crate::evaluation::intervals::Interval;
use crate::evaluation::label_issues::issues;
use crate::evaluation::model_card::biases::BIASES;
use crate::evaluation::model_card::given::Given;
use crate::evaluation::model_card::page;
use crate::evaluation::model_card::statements::{FILE, Statements};
use crate::predictions::source::Source;
use crate::project::editor::ProjectEditor;
use crate::quality::LabelIssue;
use crate::reports::page::{Part, Section, html, markdown};
use crate::reports::parts;
use crate::reports::report::Report;

use command::CardCommand;

/// Evaluation of a source of bias.
#[derive(Clone, Debug, Default)]
pub struct BiasFound {
    /// The parts; empty if nothing was evaluated.
    pub parts: Vec<Part>,
}

/// Facts that the project tells by itself.
pub struct CardFacts {
    /// Number of the evaluation that it is of.
    pub number: u64,
    /// Each source of bias, in the order of the checklist.
    pub biases: Vec<BiasFound>,
    source: Source,
    issues: Vec<LabelIssue>,
}

/// The model card.
#[derive(Default)]
pub struct Card {
    /// The statements.
    pub statements: Statements,
    /// Facts of the project.
    pub facts: Option<Arc<CardFacts>>,
    /// Report of `hardcase test`.
    pub results: Option<Arc<Report>>,
    /// True once the statements were read.
    pub loaded: bool,
    saved: Statements,
    past: Vec<((&'static str, &'static str), Statements)>,
}

impl Card {
    /// True if statements were changed and not written yet.
    pub fn unsaved(&self) -> bool {
        self.statements != self.saved
    }

    /// True if there is a statement to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }
}

/// The intervals of an evaluation, if they were drawn.
fn intervals_of(app: &App, result: &Evaluated) -> Vec<Interval> {
    let known = app.open.evaluate.intervals.as_ref().filter(|(number, _)| *number == result.number);
    known.map(|(_, intervals)| intervals.clone()).unwrap_or_default()
}

impl App {
    pub(super) fn card(&mut self, command: CardCommand) -> anyhow::Result<()> {
        match command {
            CardCommand::Load => return self.load_card(),
            CardCommand::State { key, text } => {
                let card = &mut self.open.evaluate.card;
                let before = card.statements.clone();
                card.statements.set(key, text);
                // A sentence that is typed is one change.
                let typed = card.past.last().is_some_and(|(last, _)| *last == key);
                if before != card.statements && !typed {
                    card.past.push((key, before));
                }
            }
            CardCommand::Undo => {
                let card = &mut self.open.evaluate.card;
                card.statements = card.past.pop().ok_or_else(|| anyhow!("no statement was changed"))?.1;
            }
            CardCommand::Save => {
                let folder = self.project().ok_or(NoRecording)?.folder.clone();
                if self.open.is_read_only() {
                    return Err(anyhow!("the project is read-only, make a writable copy first"));
                }
                let card = &mut self.open.evaluate.card;
                outputs::write(&folder, Path::new(FILE), card.statements.text().as_bytes())
                    .with_context(|| format!("could not write {}", folder.join(FILE).display()))?;
                card.saved = card.statements.clone();
                self.notices.done(format!("Statements saved in {FILE}"));
            }
            CardCommand::Results(path) => {
                self.open.evaluate.card.results = Some(Arc::new(parts::read(&path)?));
                return self.load_card();
            }
            CardCommand::Export(path) => return self.export_card(path),
        }
        Ok(())
    }

    /// Reads the statements once, and looks at the latest evaluation.
    fn load_card(&mut self) -> anyhow::Result<()> {
        let folder = self.project().ok_or(NoRecording)?.folder.clone();
        if !self.open.evaluate.card.loaded {
            let statements = Statements::read(&folder)?;
            let card = &mut self.open.evaluate.card;
            (card.saved, card.statements, card.loaded) = (statements.clone(), statements, true);
        }
        let Some(result) = self.open.evaluate.result.clone() else { return Ok(()) };
        let wanted = self.wanted_sides()?;
        let (intervals, results) = (intervals_of(self, &result), self.open.evaluate.card.results.clone());
        self.jobs.spawn(JobKind::ModelCard, "Looking at the sources of bias", move |_, outbox| {
            let source = wanted.source()?;
            let mut editor = ProjectEditor::open(&folder)?;
            let (issues, warnings) = issues(&mut editor);
            let statements = Statements::default();
            let given =
                given(&editor, &result, &source, (&intervals, &issues, results.as_deref()), &statements);
            let found = BIASES.iter().map(|bias| {
                let mut section = Section::new(bias.title);
                let any = (bias.measure)(&given, &mut section);
                BiasFound { parts: if any { section.parts } else { Vec::new() } }
            });
            let biases = found.collect();
            let facts = Arc::new(CardFacts { number: result.number, biases, source, issues });
            outbox.send(move |app| {
                for warning in warnings {
                    app.notices.warning(warning);
                }
                app.open.evaluate.card.facts = Some(facts);
            });
            Ok(())
        });
        Ok(())
    }

    fn export_card(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let folder = self.project().ok_or(NoRecording)?.folder.clone();
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let facts = self.open.evaluate.card.facts.clone().filter(|facts| facts.number == result.number);
        let facts = facts.ok_or_else(|| anyhow!("the sources of bias are still being looked at"))?;
        let ending = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_lowercase();
        if !["html", "htm", "md", "markdown"].contains(&ending.as_str()) {
            return Err(anyhow!("the page is written as .html or .md, and {} is neither", path.display()));
        }
        let (intervals, card) = (intervals_of(self, &result), &self.open.evaluate.card);
        let (statements, results) = (card.statements.clone(), card.results.clone());
        self.jobs.spawn(JobKind::ModelCard, "Writing the model card", move |_, outbox| {
            let editor = ProjectEditor::open(&folder)?;
            let about = (intervals.as_slice(), facts.issues.as_slice(), results.as_deref());
            let page = page(&given(&editor, &result, &facts.source, about, &statements));
            let text = if ending.starts_with("htm") { html::render(&page) } else { markdown::render(&page) };
            write_named(&path, text.as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            outbox.done(format!("Model card written to {}", path.display()));
            Ok(())
        });
        Ok(())
    }
}

fn given<'a>(
    editor: &'a ProjectEditor,
    result: &'a Evaluated,
    source: &'a Source,
    (intervals, issues, results): (&'a [Interval], &'a [LabelIssue], Option<&'a Report>),
    statements: &'a Statements,
) -> Given<'a> {
    Given {
        project: editor.project(),
        source,
        evaluation: &result.evaluation,
        unlabeled: result.unlabeled,
        silent: result.silent,
        strange: &result.strange,
        intervals,
        draws: if intervals.is_empty() { 0 } else { crate::app::evaluate::DRAWS.0 },
        issues: Some(issues),
        results,
        statements,
    }
}
