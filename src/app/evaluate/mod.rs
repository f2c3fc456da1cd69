//! Evaluation of the loaded model on labeled data, and a look at its errors.

pub mod attacks;
pub mod card;
pub mod command;
pub(crate) mod compare;
pub(crate) mod crops;
pub(crate) mod embeddings;
pub mod fairness;
pub(crate) mod filter;
pub mod page;
pub(crate) mod results;
pub(crate) mod saving;
pub(crate) mod sides;
pub(crate) mod state;
pub mod texts;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::evaluate::command::EvaluateCommand;
use crate::app::jobs::JobKind;
use crate::app::open::command::OpenCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::thumbnails::Maker;
use crate::app::{App, NoRecording, OpenProject, Workspace};
use crate::base::errors::told;
use crate::evaluation::gather::gather;
use crate::evaluation::intervals;
use crate::evaluation::query::Query;
use crate::evaluation::terms::Terms;
use crate::predictions::imported;

pub use attacks::{AttackPlan, Attacked, Fallen};
pub use compare::Compared;
pub use embeddings::{ItemMap, Mapped};
pub use filter::{ItemFilter, Order, View};
pub use results::{Curves, Evaluated, NumberSeries};
pub use sides::Sides;
pub use state::Evaluate;

/// Draws of the bootstrap, and their seed.
const DRAWS: (usize, u64) = (500, 1);

impl OpenProject {
    fn want_crops(&self, wanted: &[usize]) {
        let Some(result) = &self.evaluate.result else { return };
        self.evaluate.pictures.want(wanted.iter().map(|at| {
            let (result, at) = (Arc::clone(result), *at);
            let number = result.number;
            ((number, at), Arc::new(move || crops::of(&result, at)) as Maker)
        }));
    }

    /// Slice the data by the value of a query.
    fn cut_by(&mut self, question: String) {
        let Some(result) = &self.evaluate.result else { return };
        let scores = self.sample_scores().cloned();
        let parts = Query::parse(&question).and_then(|query| {
            query.bind_with(&result.evaluation, &result.clips, scores.as_deref())?.slices()
        });
        self.evaluate.asked = Some((question, parts));
    }
}

impl App {
    /// Finds out how far the numbers as a whole could be from those of more data.
    fn draw_intervals(&mut self) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        self.jobs.spawn(JobKind::Intervals, "Computing confidence intervals", move |progress, outbox| {
            let (draws, seed) = DRAWS;
            let found = intervals::bootstrap(&result.evaluation, draws, seed, Self::threads(), progress)?;
            let number = result.number;
            outbox.send(move |app| app.open.evaluate.intervals = Some((number, found)));
            Ok(())
        });
        Ok(())
    }

    /// Selects the shown items anew.
    pub(super) fn refresh_items(&mut self) {
        let scores = self.open.sample_scores().cloned();
        self.open.evaluate.refresh(scores.as_deref(), Self::threads());
    }

    pub(super) fn evaluate(&mut self, command: EvaluateCommand) -> anyhow::Result<()> {
        match command {
            EvaluateCommand::Run => return self.run_measurement(None),
            EvaluateCommand::RunSample(most) => return self.run_measurement(Some(most)),
            EvaluateCommand::Class { label, word } => {
                self.open.evaluate.terms.classes.retain(|_, known| *known != label);
                if let Some(word) = word {
                    self.open.evaluate.terms.classes.insert(word, label);
                }
                self.remember_terms();
                return self.run_measurement(None);
            }
            EvaluateCommand::Signal { number, signal } => {
                match signal {
                    Some(signal) => self.open.evaluate.terms.signals.insert(number, signal),
                    None => self.open.evaluate.terms.signals.remove(&number),
                };
                self.remember_terms();
                return self.run_measurement(None);
            }
            EvaluateCommand::Limit { number, limit } => {
                self.open.evaluate.terms.limits.remove(&number);
                if let Some(limit) = limit {
                    anyhow::ensure!(
                        limit.is_finite() && limit > 0.0,
                        "the limit of {number} must be a number above 0"
                    );
                    self.open.evaluate.terms.limits.insert(number, limit);
                }
                self.remember_terms();
                return self.run_measurement(None);
            }
            EvaluateCommand::Truth(channel) => self.open.evaluate.sides.truth = channel,
            EvaluateCommand::Tested(channel) => self.open.evaluate.sides.tested = channel,
            EvaluateCommand::Cut(cut) => self.open.evaluate.cut = cut,
            EvaluateCommand::Show(filter) => {
                self.open.evaluate.filter = filter;
                self.refresh_items();
            }
            EvaluateCommand::Select(at) => self.open.evaluate.selected = Some(at),
            EvaluateCommand::Open(at) => return self.open_item(at),
            EvaluateCommand::Tag(kind) => return self.tag_items(&kind),
            EvaluateCommand::Pictures(wanted) => self.open.want_crops(&wanted),
            EvaluateCommand::Import(path) => self.import_answers(path),
            EvaluateCommand::ForgetImported => {
                self.open.evaluate.imported = None;
                self.open.evaluate.result = None;
            }
            EvaluateCommand::Keep => return self.keep_items(),
            EvaluateCommand::Export(folder) => return self.export_items(folder),
            EvaluateCommand::Map(layer) => return self.make_map(layer),
            EvaluateCommand::Like(at) => return self.show_like(at),
            EvaluateCommand::Compare(path) => return self.compare_with(path),
            EvaluateCommand::Intervals => return self.draw_intervals(),
            EvaluateCommand::Attack(plan) => return self.attack(plan),
            EvaluateCommand::StopAttack => self.jobs.cancel(JobKind::Attack),
            EvaluateCommand::ExportAttacked(folder) => return self.export_attacked(folder),
            EvaluateCommand::Slices(question) => self.open.cut_by(question),
            EvaluateCommand::Page(page) => return self.show_page(page),
            EvaluateCommand::Texts(command) => return self.texts(command),
            EvaluateCommand::Fairness(command) => return self.fairness(command),
            EvaluateCommand::Card(command) => return self.card(command),
            EvaluateCommand::SaveView(view) => self.save_view(view),
            EvaluateCommand::ForgetView(name) => {
                self.views_mut(|views| views.retain(|view| view.name != name));
            }
        }
        Ok(())
    }

    /// The named filters of the open project.
    pub fn views(&self) -> &[View] {
        let folder = self.project().map(|project| &project.folder);
        folder.and_then(|folder| self.session.views.get(folder)).map_or(&[], Vec::as_slice)
    }

    fn views_mut(&mut self, change: impl FnOnce(&mut Vec<View>)) {
        let Some(folder) = self.project().map(|project| project.folder.clone()) else { return };
        change(self.session.views.entry(folder).or_default());
        self.session.save();
    }

    fn save_view(&mut self, view: View) {
        self.views_mut(|views| {
            views.retain(|known| known.name != view.name);
            views.push(view);
        });
    }

    fn remember_terms(&mut self) {
        let Some(folder) = self.project().map(|project| project.folder.clone()) else { return };
        self.session.terms.insert(folder, self.open.evaluate.terms.clone());
        self.session.save();
    }

    /// Evaluate predictions made elsewhere, until a model is evaluated again.
    fn import_answers(&mut self, path: PathBuf) {
        self.jobs.spawn(JobKind::ImportPredictions, "Reading predictions", move |_, outbox| {
            // COCO's results are explained by the only other file of labels beside them, where there is one.
            let images = imported::explained_by(&path);
            let answers = Arc::new(imported::read(&path, images.as_deref())?);
            outbox.send(move |app| {
                app.open.evaluate.imported = Some(answers);
                if let Err(err) = app.run_measurement(None) {
                    app.notices.error(told(&err));
                }
            });
            Ok(())
        });
    }

    fn run_measurement(&mut self, most: Option<usize>) -> anyhow::Result<()> {
        let wanted = self.wanted_sides()?;
        let folder = self.project().ok_or(NoRecording)?.folder.clone();
        if let Some(known) = self.session.terms.get(&folder) {
            self.open.evaluate.terms = known.clone();
        }
        let terms = Terms { most, ..self.open.evaluate.terms.clone() };
        self.open.evaluate.count += 1;
        let number = self.open.evaluate.count;
        let threads = Self::threads();
        let title = format!("Evaluating {}", wanted.name());
        self.jobs.spawn(JobKind::Evaluate, title, move |progress, outbox| {
            let (source, truth) = (wanted.source()?, wanted.truth()?);
            let gathered = gather(&folder, &[], (&source, &truth), &terms, threads, progress)?;
            let measured = Arc::new(Evaluated::new(number, &source, gathered, threads));
            outbox.send(move |app| {
                app.open.evaluate.result = Some(measured);
                app.open.evaluate.filter =
                    ItemFilter { order: app.open.evaluate.filter.order, ..ItemFilter::default() };
                app.open.evaluate.map = ItemMap::default();
                app.open.evaluate.comparison = None;
                app.open.evaluate.asked = None;
                app.refresh_items();
            });
            Ok(())
        });
        Ok(())
    }

    /// Goes to the moment of an item in the recording, to look at it or to correct its label.
    fn open_item(&mut self, at: usize) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let item = result.evaluation.items.get(at).ok_or_else(|| anyhow!("the sample is no longer there"))?;
        let sample = &result.evaluation.samples[item.sample];
        if self.open.clip.as_ref().is_none_or(|open| sample.clip != open.name) {
            self.open(OpenCommand::Clip(sample.clip.to_string()))?;
            self.notices.done(format!("Opening {}, choose the sample again when it is open", sample.clip));
            return Ok(());
        }
        let channel = self.open.clip.as_ref().and_then(|open| open.info.channel_named(&sample.channel));
        if let Some(channel) = channel {
            self.play(PlayCommand::Camera(channel));
        }
        self.play(PlayCommand::SeekFrame(sample.frame));
        self.open.evaluate.selected = Some(at);
        self.workspace = Workspace::Label;
        Ok(())
    }
}
