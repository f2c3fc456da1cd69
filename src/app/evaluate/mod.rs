//! Evaluation of the loaded model on labeled data, and a look at its errors.

pub(crate) mod compare;
pub(crate) mod crops;
pub(crate) mod embeddings;
pub(crate) mod filter;
pub(crate) mod results;
pub(crate) mod saving;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::command::{MeasureCommand, OpenCommand, PlayCommand};
use crate::app::replay::thumbnails::{Maker, Thumbnails};
use crate::app::{App, Workspace};
use crate::base::errors::told;
use crate::evaluation::gather::{Terms, gather};
use crate::evaluation::intervals::{self, Interval};
use crate::evaluation::query::Query;
use crate::evaluation::samples::Item;
use crate::evaluation::slices::{Cut, Slice};
use crate::predictions::imported::{self, Imported};
use crate::predictions::source::Source;

pub use compare::Compared;
pub use embeddings::{ItemMap, Mapped};
pub use filter::{Order, Shown, View};
pub use results::{Curves, Measured};

/// The evaluation and its view.
pub struct Measure {
    /// The latest result.
    pub result: Option<Arc<Measured>>,
    /// Mapping of labels to classes of the model.
    pub terms: Terms,
    /// The cut into slices.
    pub cut: Cut,
    /// Selection of the shown items.
    pub filter: Shown,
    /// Their positions, in order.
    pub shown: Vec<usize>,
    /// The selected item.
    pub selected: Option<usize>,
    /// Thumbnails of items.
    pub pictures: Thumbnails<(u64, usize)>,
    /// Items as points of a map.
    pub map: ItemMap,
    /// Predictions from a file, evaluated instead of the loaded model.
    pub imported: Option<Arc<Imported>>,
    /// Another model beside this one.
    pub comparison: Option<Arc<Compared>>,
    /// Problem with the current query, if any.
    pub query_problem: Option<String>,
    /// Slices by a query: its text, and the slices or the problem.
    pub asked: Option<(String, Result<Vec<Slice>, String>)>,
    /// Intervals of the numbers as a whole, and the measurement that they are about.
    pub intervals: Option<(u64, Vec<Interval>)>,
    count: u64,
}

impl Measure {
    pub(super) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            result: None,
            terms: Terms::default(),
            cut: Cut::Class,
            filter: Shown::default(),
            shown: Vec::new(),
            selected: None,
            pictures: Thumbnails::new(waker),
            map: ItemMap::default(),
            imported: None,
            comparison: None,
            query_problem: None,
            asked: None,
            intervals: None,
            count: 0,
        }
    }

    pub(super) fn forget(&mut self) {
        self.result = None;
        self.terms = Terms::default();
        self.filter = Shown::default();
        self.shown.clear();
        self.selected = None;
        self.pictures.clear();
        self.map = ItemMap::default();
        self.imported = None;
        self.comparison = None;
        self.query_problem = None;
        self.asked = None;
        self.intervals = None;
    }

    /// The selected item.
    pub fn item(&self) -> Option<&Item> {
        self.result.as_ref()?.evaluation.items.get(self.selected?)
    }
}

/// Draws of the bootstrap, and their seed.
const DRAWS: (usize, u64) = (500, 1);

impl App {
    /// Finds out how far the numbers as a whole could be from those of more data.
    fn draw_intervals(&mut self) -> anyhow::Result<()> {
        let result = self.measure.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        self.jobs.spawn("intervals", "Computing confidence intervals", move |progress, outbox| {
            let (draws, seed) = DRAWS;
            let found = intervals::bootstrap(&result.evaluation, draws, seed, Self::threads(), progress)?;
            let number = result.number;
            outbox.send(move |app| app.measure.intervals = Some((number, found)));
            Ok(())
        });
        Ok(())
    }

    pub(super) fn measure(&mut self, command: MeasureCommand) -> anyhow::Result<()> {
        match command {
            MeasureCommand::Run => return self.run_measurement(),
            MeasureCommand::Class { label, word } => {
                self.measure.terms.classes.retain(|_, known| *known != label);
                if let Some(word) = word {
                    self.measure.terms.classes.insert(word, label);
                }
                self.remember_terms();
                return self.run_measurement();
            }
            MeasureCommand::Signal { number, signal } => {
                match signal {
                    Some(signal) => self.measure.terms.signals.insert(number, signal),
                    None => self.measure.terms.signals.remove(&number),
                };
                self.remember_terms();
                return self.run_measurement();
            }
            MeasureCommand::Cut(cut) => self.measure.cut = cut,
            MeasureCommand::Show(filter) => {
                self.measure.filter = filter;
                self.measure.refresh(Self::threads());
            }
            MeasureCommand::Select(at) => self.measure.selected = Some(at),
            MeasureCommand::Open(at) => return self.open_item(at),
            MeasureCommand::Tag(kind) => return self.tag_items(&kind),
            MeasureCommand::Pictures(wanted) => self.want_crops(&wanted),
            MeasureCommand::Import(path) => self.import_answers(path),
            MeasureCommand::ForgetImported => {
                self.measure.imported = None;
                self.measure.result = None;
            }
            MeasureCommand::Keep => return self.keep_items(),
            MeasureCommand::Export(folder) => return self.export_items(folder),
            MeasureCommand::Map(layer) => return self.make_map(layer),
            MeasureCommand::Like(at) => return self.show_like(at),
            MeasureCommand::Compare(path) => return self.compare_with(path),
            MeasureCommand::Intervals => return self.draw_intervals(),
            MeasureCommand::Slices(question) => self.cut_by(question),
            MeasureCommand::SaveView(view) => self.save_view(view),
            MeasureCommand::ForgetView(name) => {
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

    /// Slice the data by the value of a query.
    fn cut_by(&mut self, question: String) {
        let Some(result) = &self.measure.result else { return };
        let parts =
            Query::parse(&question).and_then(|query| query.bind(&result.evaluation, &result.clips)?.slices());
        self.measure.asked = Some((question, parts));
    }

    fn remember_terms(&mut self) {
        let Some(folder) = self.project().map(|project| project.folder.clone()) else { return };
        self.session.terms.insert(folder, self.measure.terms.clone());
        self.session.save();
    }

    /// Evaluate predictions made elsewhere, until a model is evaluated again.
    fn import_answers(&mut self, path: PathBuf) {
        self.jobs.spawn("import answers", "Reading predictions", move |_, outbox| {
            // COCO's results are explained by the only other file of labels beside them, where there is one.
            let images = imported::explained_by(&path);
            let answers = Arc::new(imported::read(&path, images.as_deref())?);
            outbox.send(move |app| {
                app.measure.imported = Some(answers);
                if let Err(err) = app.run_measurement() {
                    app.notices.error(told(&err));
                }
            });
            Ok(())
        });
    }

    fn run_measurement(&mut self) -> anyhow::Result<()> {
        let source = match (&self.measure.imported, &self.models.loaded) {
            (Some(imported), _) => Source::Imported(Arc::clone(imported)),
            (None, Some(model)) => Source::Model(Arc::clone(model)),
            (None, None) => return Err(anyhow!("load a model first, or import predictions from a file")),
        };
        let folder = self.project().ok_or_else(|| anyhow!("open a recording first"))?.folder.clone();
        if let Some(known) = self.session.terms.get(&folder) {
            self.measure.terms = known.clone();
        }
        let terms = self.measure.terms.clone();
        self.measure.count += 1;
        let number = self.measure.count;
        let threads = Self::threads();
        let title = format!("Evaluating {}", source.name());
        self.jobs.spawn("measure", title, move |progress, outbox| {
            let gathered = gather(&folder, &[], &source, &terms, threads, progress)?;
            let measured = Arc::new(Measured::new(number, &source, gathered, threads));
            outbox.send(move |app| {
                app.measure.result = Some(measured);
                app.measure.filter = Shown { order: app.measure.filter.order, ..Shown::default() };
                app.measure.map = ItemMap::default();
                app.measure.comparison = None;
                app.measure.asked = None;
                app.measure.refresh(threads);
            });
            Ok(())
        });
        Ok(())
    }

    /// Goes to the moment of an item in the recording, to look at it or to correct its label.
    fn open_item(&mut self, at: usize) -> anyhow::Result<()> {
        let result = self.measure.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let item = result.evaluation.items.get(at).ok_or_else(|| anyhow!("the sample is no longer there"))?;
        let sample = &result.evaluation.samples[item.sample];
        if self.clip.as_ref().is_none_or(|open| sample.clip != open.name) {
            self.open(OpenCommand::Clip(sample.clip.to_string()))?;
            self.notices.done(format!("Opening {}, choose the sample again when it is open", sample.clip));
            return Ok(());
        }
        let channel = self.clip.as_ref().and_then(|open| open.info.channel_named(&sample.channel));
        if let Some(channel) = channel {
            self.play(PlayCommand::Camera(channel));
        }
        self.play(PlayCommand::SeekFrame(sample.frame));
        self.measure.selected = Some(at);
        self.workspace = Workspace::Label;
        Ok(())
    }

    fn want_crops(&self, wanted: &[usize]) {
        let Some(result) = &self.measure.result else { return };
        self.measure.pictures.want(wanted.iter().map(|at| {
            let (result, at) = (Arc::clone(result), *at);
            let number = result.number;
            ((number, at), Arc::new(move || crops::of(&result, at)) as Maker)
        }));
    }
}
