//! Result of an evaluation: summary, classes, slices and curves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::name::Name;
use crate::base::text::sentence;
use crate::base::time::Time;
use crate::clips::Clip;
use crate::data::prediction::Task;
use crate::evaluation::finder::{Corner, corners};
use crate::evaluation::gather::Gathered;
use crate::evaluation::numbers::Number;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::{Cut, Slice, slices};
use crate::metrics::classification::{Bin, ClassScores, class_scores, precision_recall, ranked, roc};
use crate::metrics::coco::ClassResult;
use crate::metrics::detection_errors::Outcome;
use crate::metrics::regression::Residuals;
use crate::metrics::scalars::{self, Classified, Scores};
use crate::predictions::source::Source;

/// Points of a curve that are kept: more are not seen.
const POINTS: usize = 400;

/// Curves of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// The class.
    pub class: String,
    /// Recall and precision.
    pub precision: Vec<[f64; 2]>,
    /// False and true positive rate; empty for detections.
    pub roc: Vec<[f64; 2]>,
}

/// An evaluated number over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberSeries {
    /// Times in ascending order.
    pub times: Vec<Time>,
    /// The number at each of them.
    pub numbers: Vec<Number>,
}

/// Recording, channel and name of a number.
type NumberKey = (Name, Name, String);

/// Result of an evaluation.
pub struct Evaluated {
    /// Unique number, so that thumbnails are never mixed up.
    pub number: u64,
    /// The model's name.
    pub model: String,
    /// Task of its predictions.
    pub task: Task,
    /// The model's names of classes or values.
    pub words: Vec<String>,
    /// Samples with ground truth and without a prediction at their time.
    pub silent: usize,
    /// Every sample and item.
    pub evaluation: Evaluation,
    /// The summary at the top: name and value.
    pub summary: Vec<(String, String)>,
    /// One row a class: name, then numbers under [`Evaluated::heads`].
    pub rows: Vec<(String, Vec<Option<f64>>)>,
    /// Names of the numbers in a row.
    pub heads: Vec<&'static str>,
    /// Row: truth; column: prediction; beyond the last class: background.
    pub confusion: Vec<Vec<usize>>,
    /// Objects beside it by class: badly placed ones, which are neither found nor missed.
    pub badly_placed: Vec<usize>,
    /// Number of items by outcome.
    pub outcomes: BTreeMap<Outcome, usize>,
    /// Curves of each class that has some.
    pub curves: Vec<Curves>,
    /// Confidence against accuracy; empty if there is none.
    pub reliability: Vec<Bin>,
    /// Slices worse than the whole, found automatically.
    pub corners: Vec<Corner>,
    /// The slices by every cut.
    pub slices: BTreeMap<Cut, Vec<Slice>>,
    /// Numbers over time by recording, channel and name.
    series: BTreeMap<NumberKey, NumberSeries>,
    /// Samples without a label.
    pub unlabeled: usize,
    /// Labeled classes without a class of the model.
    pub strange: BTreeMap<String, usize>,
    /// The recordings, opened for this.
    pub clips: BTreeMap<Name, Arc<dyn Clip>>,
}

/// The evaluated numbers over time.
fn series(evaluation: &Evaluation) -> BTreeMap<NumberKey, NumberSeries> {
    let mut all: BTreeMap<NumberKey, Vec<(Time, Number)>> = BTreeMap::new();
    for item in &evaluation.items {
        let (Some(number), Some(sample)) = (item.number, evaluation.samples.get(item.sample)) else {
            continue;
        };
        let key = (sample.clip.clone(), sample.channel.clone(), item.truth.clone());
        all.entry(key).or_default().push((sample.time, number));
    }
    let sorted = |mut pairs: Vec<(Time, Number)>| {
        pairs.sort_by_key(|(time, _)| *time);
        let (times, numbers) = pairs.into_iter().unzip();
        NumberSeries { times, numbers }
    };
    all.into_iter().map(|(key, pairs)| (key, sorted(pairs))).collect()
}

impl Evaluated {
    /// The numbers of a channel over time, by name.
    pub fn series_of(&self, clip: &str, channel: &str) -> impl Iterator<Item = (&str, &NumberSeries)> {
        let here = self.series.iter().filter(move |((of, on, _), _)| **of == *clip && **on == *channel);
        here.map(|((.., name), series)| (name.as_str(), series))
    }

    pub(crate) fn new(number: u64, source: &Source, gathered: Gathered, threads: usize) -> Self {
        let Gathered { samples, unlabeled, strange, silent, clips, limits, .. } = gathered;
        let evaluation = Evaluation::with_limits(samples, source.threshold(), &limits);
        let mut measured = Self {
            number,
            model: source.name().to_owned(),
            task: source.task(),
            words: source.labels().to_vec(),
            summary: Vec::new(),
            rows: Vec::new(),
            heads: Vec::new(),
            confusion: Vec::new(),
            badly_placed: Vec::new(),
            outcomes: BTreeMap::new(),
            corners: Vec::new(),
            curves: Vec::new(),
            reliability: Vec::new(),
            slices: BTreeMap::new(),
            series: series(&evaluation),
            unlabeled,
            silent,
            strange,
            clips,
            evaluation,
        };
        for item in &measured.evaluation.items {
            *measured.outcomes.entry(item.outcome).or_default() += 1;
        }
        match measured.task {
            Task::Objects => measured.add_detections(threads),
            Task::Classes => measured.add_classes(),
            Task::Values => measured.add_values(),
            Task::Segments => measured.add_areas(),
            Task::Vector => {}
        }
        measured.corners = corners(&measured.evaluation);
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
        // At an IoU of 0.5, of a hundred detections a frame.
        let curve = |(name, class): (&String, &ClassResult)| {
            let row = class.precision.first()?.first()?;
            let points =
                row.iter().enumerate().map(|(at, precision)| [at as f64 / 100.0, precision.max(0.0)]);
            let there = class.objects[0] > 0;
            there.then(|| Curves { class: name.clone(), precision: points.collect(), roc: Vec::new() })
        };
        self.curves = self.evaluation.classes.iter().zip(&found.coco.classes).filter_map(curve).collect();
        self.confusion = self.evaluation.detection_confusion(|_| true);
        self.badly_placed = self.evaluation.badly_placed(|_| true);
    }

    fn add_classes(&mut self) {
        let Some(classified) = self.evaluation.classified(|_| true) else { return };
        let accuracy = classified.confusion.accuracy();
        let spread = format!("{:.3} [{:.3} {:.3}]", accuracy.share(), accuracy.low, accuracy.high);
        self.summary = vec![("Accuracy".to_owned(), spread)];
        self.summary.extend(summary(scalars::of_classes(&classified)));
        let Classified { answers, confusion, reliability } = classified;
        self.heads = vec!["samples", "precision", "recall", "F1", "ROC AUC"];
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
        let curves = |(at, class): (usize, &String)| {
            let ranked = ranked(&answers, at);
            let (precision, roc) = (thinned(precision_recall(&ranked)), thinned(roc(&ranked)));
            (!precision.is_empty()).then(|| Curves { class: class.clone(), precision, roc })
        };
        self.curves = self.evaluation.classes.iter().enumerate().filter_map(curves).collect();
        self.reliability = reliability;
        self.confusion = confusion.counts;
    }

    fn add_areas(&mut self) {
        let found = self.evaluation.areas(|_| true);
        self.summary = summary(scalars::of_segments(&found)).collect();
        self.heads = vec!["pixels", "IoU", "recall", "precision"];
        let there = found.into_iter().filter(|(_, pixels)| pixels.truth > 0);
        self.rows = there
            .map(|(name, p)| (name, vec![Some(p.truth as f64), p.iou(), p.recall(), p.precision()]))
            .collect();
    }

    fn add_values(&mut self) {
        let values = self.evaluation.values(|_| true);
        self.heads = vec!["count"];
        if let Some(residuals) = values.values().next() {
            self.heads.extend(scalars::of_values(residuals).iter().map(|(kind, _)| kind.title));
        }
        let row = |residuals: &Residuals| {
            let scores = scalars::of_values(residuals).into_iter().map(|(_, value)| value);
            [Some(residuals.count() as f64)].into_iter().chain(scores).collect()
        };
        self.rows = values.iter().map(|(name, residuals)| (name.clone(), row(residuals))).collect();
    }
}

/// Metrics with their values as text.
fn summary(scores: Scores) -> impl Iterator<Item = (String, String)> {
    let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"));
    scores.into_iter().map(move |(kind, value)| (sentence(kind.title), number(value)))
}

/// As many points of a curve as are seen, its ends among them.
fn thinned(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let every = points.len().div_ceil(POINTS).max(1);
    let last = points.len().saturating_sub(1);
    let kept = |(at, point)| (at % every == 0 || at == last).then_some(point);
    points.into_iter().enumerate().filter_map(kept).collect()
}
