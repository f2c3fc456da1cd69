//! Fairness of predictions: a table or the evaluated samples, rates by group, and thresholds.

pub mod command;
pub mod state;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use crate::app::App;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::jobs::JobKind;
use crate::base::errors::told;
use crate::base::outputs::write_named;
use crate::base::sheet::settings::Settings;
use crate::base::sheet::{self, Sheet};
use crate::evaluation::columns::{self, ColumnError};
use crate::evaluation::fairness::choice::FairnessError;
use crate::evaluation::fairness::page::{ThresholdPart, page};
use crate::evaluation::fairness::{FairnessOptions, crossed, evaluate, rows_of, samples};
use crate::metrics::fairness::thresholds::{Explorer, Strategy};
use crate::reports::page::{html, markdown};

use command::FairnessCommand;
use state::{Explored, Fairness, FairnessChoice, FairnessResult, FairnessSource};

/// Draws of the bootstrap, and their seed.
const DRAWS: (usize, u64) = (1000, 0);
/// Points of a curve of costs.
const POINTS: usize = 100;
/// The table that ships, written by `assets/examples/make_loans.py`.
const EXAMPLE: &str = include_str!("../../../../assets/examples/loans.csv");

impl App {
    pub(super) fn fairness(&mut self, command: FairnessCommand) -> anyhow::Result<()> {
        if !matches!(command, FairnessCommand::Choose(_) | FairnessCommand::Attribute(_)) {
            self.show_page(EvaluatePage::Fairness)?;
        }
        match command {
            FairnessCommand::Open(path) => self.open_fairness_table(path),
            FairnessCommand::Example => {
                let sheet = sheet::read(EXAMPLE.as_bytes(), &Settings::default(), "loans.csv")?;
                let mut choice = guessed(&FairnessSource::new("loans.csv".to_owned(), sheet.clone()));
                choice.columns.groups = vec!["sex".to_owned(), "age".to_owned()];
                self.show_fairness_table("loans.csv".to_owned(), sheet, Some(choice));
            }
            FairnessCommand::Evaluated => {
                let result =
                    self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
                let sheet = samples::sheet(&result.evaluation);
                if sheet.lines.is_empty() {
                    return Err(anyhow!(
                        "the evaluation has no labeled classes or objects to form groups of"
                    ));
                }
                self.show_fairness_table(format!("{} on this project", result.model), sheet, None);
            }
            FairnessCommand::Choose(choice) => {
                let fairness = &mut self.open.evaluate.fairness;
                let before = std::mem::replace(&mut fairness.choice, *choice);
                // A number that is dragged is one change.
                let dragged = before.named() == fairness.choice.named()
                    && fairness.past.last().is_some_and(|last| last.named() == before.named());
                if before != fairness.choice && !dragged {
                    fairness.past.push(before);
                }
                self.run_fairness();
            }
            FairnessCommand::Attribute(at) => self.open.evaluate.fairness.attribute = at,
            FairnessCommand::Undo => {
                let fairness = &mut self.open.evaluate.fairness;
                fairness.choice = fairness.past.pop().ok_or_else(|| anyhow!("nothing was chosen yet"))?;
                self.run_fairness();
            }
            FairnessCommand::Export(path) => return self.export_fairness(path),
        }
        Ok(())
    }

    fn open_fairness_table(&mut self, path: PathBuf) {
        self.jobs.spawn(JobKind::Fairness, "Reading the table", move |_, outbox| {
            let sheet =
                columns::read(&path, &[]).with_context(|| format!("could not read {}", path.display()))?;
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            outbox.send(move |app| {
                for warning in &sheet.warnings {
                    app.notices.warning(format!("{name}: {warning}"));
                }
                app.show_fairness_table(name, sheet, None);
            });
            Ok(())
        });
    }

    fn show_fairness_table(&mut self, name: String, sheet: Sheet, choice: Option<FairnessChoice>) {
        let source = FairnessSource::new(name, sheet);
        let choice = choice.unwrap_or_else(|| guessed(&source));
        self.open.evaluate.fairness =
            Fairness { source: Some(Arc::new(source)), choice, ..Fairness::default() };
        self.run_fairness();
    }

    /// Computes what follows from the choice, if it is complete.
    fn run_fairness(&mut self) {
        let fairness = &mut self.open.evaluate.fairness;
        fairness.problem = None;
        let Some(source) = fairness.source.clone() else { return };
        let choice = fairness.choice.clone();
        if !choice.is_complete() {
            fairness.result = None;
            self.jobs.cancel(JobKind::Fairness);
            return;
        }
        self.jobs.spawn(JobKind::Fairness, "Computing rates by group", move |_, outbox| {
            let found = result(&source, choice.clone());
            outbox.send(move |app| {
                let fairness = &mut app.open.evaluate.fairness;
                if fairness.choice != choice {
                    return;
                }
                match found {
                    Ok(found) => {
                        fairness.attribute =
                            fairness.attribute.min(found.report.attributes.len().saturating_sub(1));
                        (fairness.result, fairness.problem) = (Some(Arc::new(found)), None);
                    }
                    Err(err) => {
                        let no_truth = matches!(&err, FairnessError::Column(ColumnError::NoTruth { .. }));
                        let more = if no_truth { "; choose the positive value" } else { "" };
                        fairness.result = None;
                        fairness.problem = Some(format!("{}{more}", told(&err.into())));
                    }
                }
            });
            Ok(())
        });
    }

    fn export_fairness(&mut self, path: PathBuf) -> anyhow::Result<()> {
        let fairness = &self.open.evaluate.fairness;
        let (Some(source), Some(result)) = (fairness.source.clone(), fairness.result.clone()) else {
            return Err(anyhow!("choose the columns of a table first"));
        };
        let at = fairness.attribute;
        let ending = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default().to_lowercase();
        if !["html", "htm", "md", "markdown", "json"].contains(&ending.as_str()) {
            return Err(anyhow!(
                "the report is written as .html, .md or .json, and {} is none of them",
                path.display()
            ));
        }
        self.jobs.spawn(JobKind::ExportReport, "Writing the report", move |_, outbox| {
            let explored = result.explored.get(at).zip(result.report.attributes.get(at));
            let text = if ending == "json" {
                let mut document = serde_json::json!(result.report);
                if let Some((explored, attribute)) = explored {
                    document["thresholds"] = serde_json::json!({
                        "attribute": attribute.name,
                        "groups": explored.groups,
                        "costs": result.choice.costs,
                        "strategies": explored.strategies,
                    });
                }
                format!("{document:#}\n")
            } else {
                let part = explored.map(|(explored, attribute)| ThresholdPart {
                    attribute: &attribute.name,
                    groups: &explored.groups,
                    strategies: &explored.strategies,
                });
                let page = page(&source.name, &result.report, result.choice.min_support, part);
                if ending.starts_with("htm") { html::render(&page) } else { markdown::render(&page) }
            };
            write_named(&path, text.as_bytes())
                .with_context(|| format!("could not write {}", path.display()))?;
            outbox.done(format!("Report written to {}", path.display()));
            Ok(())
        });
        Ok(())
    }
}

/// Rates, gaps and thresholds of a choice.
fn result(source: &FairnessSource, choice: FairnessChoice) -> Result<FairnessResult, FairnessError> {
    let read = choice.columns.table(&source.sheet)?;
    let (table, remarks) = (read.table, read.remarks);
    let options = FairnessOptions { min_support: choice.min_support, bootstrap: DRAWS.0, seed: DRAWS.1 };
    let report = evaluate(&table, options);
    let mut attributes = table.attributes.clone();
    if attributes.len() > 1 {
        attributes.push(crossed(&table));
    }
    let explore = |(_, values): &(String, Vec<String>)| {
        let rows = rows_of(&table, values);
        let explorer = Explorer::new(&rows, choice.min_support)?;
        let places = (0..rows.names.len()).map(Some).chain([None]);
        Some(Explored {
            costs: places.map(|group| explorer.costs(group, choice.costs, POINTS)).collect(),
            strategies: Strategy::ALL.map(|strategy| explorer.thresholds(strategy, choice.costs)).to_vec(),
            groups: rows.names,
        })
    };
    let explored = attributes.iter().filter_map(explore).collect();
    Ok(FairnessResult { choice, report, explored, remarks })
}

/// The columns that are probably meant, by their names; groups are left to people.
fn guessed(source: &FairnessSource) -> FairnessChoice {
    let find = |words: &[&str]| {
        let called = |word: &&str| source.columns().find(|name| name.eq_ignore_ascii_case(word));
        words.iter().find_map(called).map(str::to_owned)
    };
    let mut choice = FairnessChoice::default();
    choice.columns.truth =
        find(&[samples::TRUTH, "truth", "label", "target", "y", "repaid", "outcome"]).unwrap_or_default();
    choice.columns.prediction = find(&[samples::PREDICTION, "predicted", "pred", "y_pred"]);
    choice.columns.score = find(&["score", "probability", "prob", "confidence", "y_score"]);
    let values = source.values_of(&choice.columns.truth).unwrap_or_default();
    let usual = |value: &String| {
        ["0", "1", "true", "false", "yes", "no", "positive", "negative", "0.0", "1.0"]
            .contains(&value.to_lowercase().as_str())
    };
    if !values.iter().all(usual) {
        choice.columns.positive = values.first().cloned();
    }
    choice
}
