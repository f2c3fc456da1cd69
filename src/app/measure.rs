//! Measuring the loaded model on everything that is labelled, and looking at what it got wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::command::{MeasureCommand, OpenCommand, PlayCommand};
use crate::app::crops;
use crate::app::evaluating::{Gathered, Terms, gather};
use crate::app::thumbnails::{Maker, Thumbnails};
use crate::app::{App, Workspace};
use crate::base::name::Name;
use crate::clips::Clip;
use crate::data::label::Attributes;
use crate::data::prediction::Task;
use crate::data::tag::Tag;
use crate::inference::model::Model;
use crate::metrics::classification::{ClassScores, calibration_error, class_scores, log_loss, reliability};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::segmentation::{accuracy, mean_iou};
use crate::project::edit::Edit;
use crate::suites::evaluation::samples::{Evaluation, Item};
use crate::suites::evaluation::slices::{Cut, Slice, names, slices};

/// Bars of the reliability diagram.
const BINS: usize = 15;

/// In which order mistakes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The surest mistakes first.
    #[default]
    Confidence,
    /// The least overlap first.
    Overlap,
    /// As they were recorded.
    Time,
}

/// Which items are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Only this outcome; without one every mistake.
    pub outcome: Option<Outcome>,
    /// Only a cell of the confusion matrix: true and answered class, "" for nothing.
    pub cell: Option<(String, String)>,
    /// Only this part of the data.
    pub slice: Option<(Cut, String)>,
    /// In which order.
    pub order: Order,
}

/// What a measurement found.
pub struct Measured {
    /// No two measurements share it, so that pictures are never mixed up.
    pub number: u64,
    /// The model's name.
    pub model: String,
    /// What kind of answer it gives.
    pub task: Task,
    /// The model's words for classes or numbers.
    pub words: Vec<String>,
    /// Every sample and item.
    pub evaluation: Evaluation,
    /// What is shown at the top: name and value.
    pub summary: Vec<(String, String)>,
    /// One row a class: name, then numbers under [`Measured::heads`].
    pub rows: Vec<(String, Vec<Option<f64>>)>,
    /// Names of the numbers in a row.
    pub heads: Vec<&'static str>,
    /// Row: truth; column: answer; beyond the last class: nothing.
    pub confusion: Vec<Vec<usize>>,
    /// The data by every cut that says something.
    pub slices: BTreeMap<Cut, Vec<Slice>>,
    /// Samples without a label.
    pub unlabelled: usize,
    /// Labelled classes that the model has no word for.
    pub strange: BTreeMap<String, usize>,
    /// The recordings, opened for this.
    pub clips: BTreeMap<Name, Arc<dyn Clip>>,
}

/// The measurement and what is looked at of it.
pub struct Measure {
    /// What was found last.
    pub result: Option<Arc<Measured>>,
    /// What is compared with what.
    pub terms: Terms,
    /// What the data is cut by.
    pub cut: Cut,
    /// Which items are shown.
    pub filter: Shown,
    /// Their positions, in order.
    pub shown: Vec<usize>,
    /// The item that is looked at.
    pub selected: Option<usize>,
    /// Small pictures of items.
    pub pictures: Thumbnails<(u64, usize)>,
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
    }

    /// The item that is looked at.
    pub fn item(&self) -> Option<&Item> {
        self.result.as_ref()?.evaluation.items.get(self.selected?)
    }

    fn refresh(&mut self) {
        let Some(result) = &self.result else { return };
        let all = &result.evaluation.items;
        let fits = |item: &Item| {
            let outcome =
                self.filter.outcome.map_or(item.outcome != Outcome::Right, |wanted| item.outcome == wanted);
            let cell =
                self.filter.cell.as_ref().map(|cell| cell_of(item) == (cell.0.as_str(), cell.1.as_str()));
            let slice = self.filter.slice.as_ref();
            let slice = slice.is_none_or(|(cut, name)| names(&result.evaluation, item, *cut).contains(name));
            cell.unwrap_or(outcome) && slice
        };
        self.shown = (0..all.len()).filter(|at| fits(&all[*at])).collect();
        match self.filter.order {
            Order::Confidence => self.shown.sort_by(|a, b| all[*b].score.total_cmp(&all[*a].score)),
            Order::Overlap => self.shown.sort_by(|a, b| all[*a].iou.total_cmp(&all[*b].iou)),
            Order::Time => {}
        }
        self.selected = self.selected.filter(|at| self.shown.contains(at));
    }
}

/// The cell of the confusion matrix that an item is counted in.
fn cell_of(item: &Item) -> (&str, &str) {
    match item.outcome {
        Outcome::Right | Outcome::WrongClass => (&item.truth, &item.answer),
        Outcome::Missed => (&item.truth, ""),
        Outcome::Background | Outcome::BadlyPlaced | Outcome::WrongAndBadlyPlaced | Outcome::Duplicate => {
            ("", &item.answer)
        }
    }
}

impl App {
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
                self.measure.refresh();
            }
            MeasureCommand::Select(at) => self.measure.selected = Some(at),
            MeasureCommand::Open(at) => return self.open_item(at),
            MeasureCommand::Tag(kind) => return self.tag_items(&kind),
            MeasureCommand::Pictures(wanted) => self.want_crops(&wanted),
        }
        Ok(())
    }

    fn remember_terms(&mut self) {
        let Some(folder) = self.project().map(|project| project.folder.clone()) else { return };
        self.session.terms.insert(folder, self.measure.terms.clone());
        self.session.save();
    }

    fn run_measurement(&mut self) -> anyhow::Result<()> {
        let model = Arc::clone(self.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?);
        let folder = self.project().ok_or_else(|| anyhow!("open a recording first"))?.folder.clone();
        if let Some(known) = self.session.terms.get(&folder) {
            self.measure.terms = known.clone();
        }
        let terms = self.measure.terms.clone();
        self.measure.count += 1;
        let number = self.measure.count;
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let title = format!("Measuring {}", model.card.name);
        self.jobs.spawn("measure", title, move |progress, outbox| {
            let gathered = gather(&folder, &[], &model, &terms, threads, progress)?;
            let measured = Arc::new(Measured::new(number, &model, gathered, threads));
            outbox.send(move |app| {
                app.measure.result = Some(measured);
                app.measure.filter = Shown { order: app.measure.filter.order, ..Shown::default() };
                app.measure.refresh();
            });
            Ok(())
        });
        Ok(())
    }

    /// Goes to the moment of an item in the recording, to look at it or to correct its label.
    fn open_item(&mut self, at: usize) -> anyhow::Result<()> {
        let result = self.measure.result.clone().ok_or_else(|| anyhow!("measure a model first"))?;
        let item =
            result.evaluation.items.get(at).ok_or_else(|| anyhow!("the picture is no longer there"))?;
        let sample = &result.evaluation.samples[item.sample];
        if self.clip.as_ref().is_none_or(|open| sample.clip != open.name) {
            self.open(OpenCommand::Clip(sample.clip.to_string()))?;
            self.notices
                .done(format!("{} is opened, choose the picture again when it is there", sample.clip));
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

    /// Tags the moments of everything that is shown, each once, as one step.
    fn tag_items(&mut self, kind: &str) -> anyhow::Result<()> {
        let result = self.measure.result.clone().ok_or_else(|| anyhow!("measure a model first"))?;
        let project = self.project().ok_or_else(|| anyhow!("open a recording first"))?;
        let samples: BTreeSet<usize> =
            self.measure.shown.iter().map(|at| result.evaluation.items[*at].sample).collect();
        let mut id = project.fresh_id();
        let mut edits = Vec::new();
        for sample in samples {
            let sample = &result.evaluation.samples[sample];
            let there = |tag: &Tag| *sample.clip == *tag.clip && tag.kind == kind && tag.start == sample.time;
            if project.tags.iter().any(there) {
                continue;
            }
            edits.push(Edit::AddTag(Tag {
                id,
                clip: sample.clip.to_string(),
                kind: kind.to_owned(),
                start: sample.time,
                end: None,
                note: format!("{}, measured", result.model),
                attributes: Attributes::new(),
            }));
            id += 1;
        }
        let count = edits.len();
        self.commit_all("Tag what is shown", edits)?;
        self.notices.done(format!("{count} moments are tagged {kind:?}; Ctrl+Z takes them back"));
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

impl Measured {
    fn new(number: u64, model: &Model, gathered: Gathered, threads: usize) -> Self {
        let Gathered { samples, unlabelled, strange, clips } = gathered;
        let evaluation = Evaluation::new(samples, model.card.threshold);
        let mut measured = Self {
            number,
            model: model.card.name.clone(),
            task: model.task(),
            words: model.card.labels.clone(),
            summary: Vec::new(),
            rows: Vec::new(),
            heads: Vec::new(),
            confusion: Vec::new(),
            slices: BTreeMap::new(),
            unlabelled,
            strange,
            clips,
            evaluation,
        };
        match measured.task {
            Task::Objects => measured.add_detections(threads),
            Task::Classes => measured.add_classes(),
            Task::Values => measured.add_values(),
            Task::Segments => measured.add_areas(),
            Task::Vector => {}
        }
        for cut in Cut::ALL {
            let parts = slices(&measured.evaluation, cut);
            if !parts.is_empty() {
                measured.slices.insert(cut, parts);
            }
        }
        measured
    }

    fn add_detections(&mut self, threads: usize) {
        let Some(found) = self.evaluation.detections(|_| true, threads) else { return };
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        self.summary = vec![
            ("AP".to_owned(), number(found.coco.ap(0, None))),
            ("AP50".to_owned(), number(found.coco.ap(0, Some(0)))),
            ("AP75".to_owned(), number(found.coco.ap(0, Some(5)))),
            ("AR".to_owned(), number(found.coco.ar(0, 2))),
        ];
        self.heads = vec!["objects", "AP", "AP50", "AR"];
        let rows = self.evaluation.classes.iter().zip(&found.coco.classes);
        let rows = rows.filter(|(_, class)| class.objects[0] > 0);
        self.rows = rows
            .map(|(name, class)| {
                let objects = Some(class.objects[0] as f64);
                (name.clone(), vec![objects, class.ap(0, None), class.ap(0, Some(0)), class.ar(0, 2)])
            })
            .collect();
        self.confusion = self.evaluation.detection_confusion(|_| true);
    }

    fn add_classes(&mut self) {
        let Some(confusion) = self.evaluation.confusion(|_| true) else { return };
        let answers = self.evaluation.answers(|_| true);
        let (accuracy, bars) = (confusion.accuracy(), reliability(&answers, BINS));
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        let spread = format!("{:.3} [{:.3} {:.3}]", accuracy.share(), accuracy.low, accuracy.high);
        self.summary = vec![
            ("Accuracy".to_owned(), spread),
            ("Balanced".to_owned(), number(confusion.balanced_accuracy())),
            ("Calibration error".to_owned(), number(calibration_error(&bars))),
            ("Log loss".to_owned(), number(log_loss(&answers))),
        ];
        self.heads = vec!["pictures", "precision", "recall", "F1", "ROC AUC"];
        self.rows = self
            .evaluation
            .classes
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let ClassScores { support, precision, recall, f1, roc_auc, .. } =
                    class_scores(&answers, &confusion, at);
                (name.clone(), vec![Some(support as f64), precision, recall, f1, roc_auc])
            })
            .collect();
        self.confusion = confusion.counts;
    }

    fn add_areas(&mut self) {
        let found = self.evaluation.areas(|_| true);
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
        self.summary = vec![
            ("Mean overlap".to_owned(), number(mean_iou(&found))),
            ("Right pixels".to_owned(), number(accuracy(&found))),
        ];
        self.heads = vec!["pixels", "overlap", "recall", "precision"];
        let there = found.into_iter().filter(|(_, pixels)| pixels.truth > 0);
        self.rows = there
            .map(|(name, p)| (name, vec![Some(p.truth as f64), p.iou(), p.recall(), p.precision()]))
            .collect();
    }

    fn add_values(&mut self) {
        self.heads = vec!["count", "MAE", "RMSE", "90 %", "max", "bias"];
        self.rows = self
            .evaluation
            .values(|_| true)
            .into_iter()
            .map(|(name, e)| {
                let numbers = [e.count as f64, e.mae, e.rmse, e.quantiles[1], e.max, e.bias];
                (name, numbers.map(Some).to_vec())
            })
            .collect();
    }
}
