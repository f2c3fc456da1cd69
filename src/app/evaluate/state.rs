//! The evaluation on screen: its result, what the data is cut by, and the items that are shown, in order.

use std::sync::Arc;

use crate::app::evaluate::attacks::Attacked;
use crate::app::evaluate::card::Card;
use crate::app::evaluate::compare::Compared;
use crate::app::evaluate::embeddings::ItemMap;
use crate::app::evaluate::fairness::state::Fairness;
use crate::app::evaluate::filter::{ItemFilter, Order};
use crate::app::evaluate::page::EvaluatePage;
use crate::app::evaluate::results::Evaluated;
use crate::app::evaluate::sides::Sides;
use crate::app::evaluate::texts::state::Texts;
use crate::app::replay::thumbnails::Thumbnails;
use crate::data::prediction::Prediction;
use crate::evaluation::intervals::Interval;
use crate::evaluation::query::{Query, QueryError};
use crate::evaluation::samples::{Evaluation, Item};
use crate::evaluation::slices::{Cut, Slice, names};
use crate::evaluation::strangeness::SampleScores;
use crate::evaluation::terms::Terms;
use crate::metrics::detection_errors::Outcome;
use crate::predictions::imported::Imported;

/// The evaluation and its view.
pub struct Evaluate {
    /// Result of the last evaluation.
    pub result: Option<Arc<Evaluated>>,
    /// Mapping of labels and signals to the outputs of the model.
    pub terms: Terms,
    /// The two sides of the comparison.
    pub sides: Sides,
    /// Slicing of the data.
    pub cut: Cut,
    /// Filter of the shown items.
    pub filter: ItemFilter,
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
    pub asked: Option<(String, Result<Vec<Slice>, QueryError>)>,
    /// Intervals of the numbers as a whole, and the measurement that they are about.
    pub intervals: Option<(u64, Vec<Interval>)>,
    /// Attacks on the model and what they found.
    pub attacked: Option<Attacked>,
    /// The page that is shown.
    pub page: EvaluatePage,
    /// Behavioral suites for texts.
    pub texts: Texts,
    /// Fairness of predictions.
    pub fairness: Fairness,
    /// The model card of the project.
    pub card: Card,
    pub(super) count: u64,
}

impl Evaluate {
    pub(in crate::app) fn new(first: u64, waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            result: None,
            terms: Terms::default(),
            sides: Sides::default(),
            cut: Cut::Class,
            filter: ItemFilter::default(),
            shown: Vec::new(),
            selected: None,
            pictures: Thumbnails::new(waker),
            map: ItemMap::default(),
            imported: None,
            comparison: None,
            query_problem: None,
            asked: None,
            intervals: None,
            attacked: None,
            page: EvaluatePage::default(),
            texts: Texts::default(),
            fairness: Fairness::default(),
            card: Card::default(),
            count: first,
        }
    }

    /// The selected item.
    pub fn item(&self) -> Option<&Item> {
        self.result.as_ref()?.evaluation.items.get(self.selected?)
    }
}

impl Evaluate {
    /// Select the shown items anew. A problem with the query is stored beside it.
    pub(crate) fn refresh(&mut self, scores: Option<&SampleScores>, threads: usize) {
        let Some(result) = self.result.clone() else { return };
        let (evaluation, filter) = (&result.evaluation, &self.filter);
        let all = &evaluation.items;
        self.query_problem = None;
        let asked = if filter.query.trim().is_empty() {
            None
        } else {
            let query = Query::parse(&filter.query);
            let found =
                query.and_then(|query| query.bind_with(evaluation, &result.clips, scores)?.fitting(threads));
            found.map_err(|problem| self.query_problem = Some(problem.to_string())).ok()
        };
        let compared = filter.compared.and_then(|which| Some(self.comparison.as_ref()?.found.of(which)));
        // Asked in words, chosen on the map or compared: then nothing else is left out unasked.
        let free = asked.is_some() || compared.is_some() || filter.only.is_some();
        let fits = |at: &usize| {
            let item = &all[*at];
            let outcome = filter
                .outcome
                .map_or(free || item.outcome != Outcome::Right, |wanted| item.outcome == wanted);
            let cell = filter.cell.as_ref().map(|cell| cell_of(item) == (cell.0.as_str(), cell.1.as_str()));
            let mut slices = filter.slice.iter().chain(&filter.and);
            let slice = slices.all(|(cut, name)| names(evaluation, item, *cut).contains(name));
            let only = filter.only.as_ref().is_none_or(|only| only.contains(at));
            cell.unwrap_or(outcome) && slice && only
        };
        let within = |found: &Vec<usize>, at: &usize| found.binary_search(at).is_ok();
        self.shown = match (&asked, &compared) {
            (Some(asked), None) => asked.iter().copied().filter(fits).collect(),
            (None, Some(compared)) => compared.iter().copied().filter(fits).collect(),
            (Some(asked), Some(compared)) => {
                asked.iter().copied().filter(|at| within(compared, at) && fits(at)).collect()
            }
            (None, None) => (0..all.len()).filter(fits).collect(),
        };
        let map = self.map.result.as_ref();
        let rank = |of: Option<&Vec<Option<f32>>>, at: usize, least_first: bool| {
            let value = of.and_then(|values| values.get(at).copied().flatten());
            value.map_or(f32::INFINITY, |value| if least_first { value } else { -value })
        };
        match filter.order {
            Order::Confidence => self.shown.sort_by(|a, b| rank_of(&all[*b]).total_cmp(&rank_of(&all[*a]))),
            Order::Overlap => self.shown.sort_by(|a, b| all[*a].iou.total_cmp(&all[*b].iou)),
            Order::Time => {}
            Order::Loss => {
                self.shown.sort_by_cached_key(|at| ordered(certainty_of_truth(evaluation, &all[*at])));
            }
            Order::Surprise => {
                let surprise = map.map(|map| &map.surprise);
                self.shown.sort_by_cached_key(|at| ordered(rank(surprise, *at, false)));
            }
            Order::Strange | Order::Invalid => {
                let name = if filter.order == Order::Strange { "surprise" } else { "validity" };
                let scores = scores.and_then(|scores| scores.field(name));
                let of = |at: usize| scores?.get(all[at].sample).copied().flatten();
                self.shown.sort_by(|a, b| {
                    let score = |at: usize| of(at).unwrap_or(f64::NEG_INFINITY);
                    score(*b).total_cmp(&score(*a)).then(a.cmp(b))
                });
            }
            Order::Likeness => {
                let far = map.and_then(|map| map.likeness.as_ref()).map(|(_, far)| far);
                self.shown.sort_by_cached_key(|at| ordered(rank(far, *at, true)));
            }
        }
        self.selected = self.selected.filter(|at| self.shown.contains(at));
    }
}

/// Confidence of a prediction; for a number, which has none, the size of its error in limits.
fn rank_of(item: &Item) -> f64 {
    item.number.map_or_else(
        || f64::from(item.score),
        |number| {
            let excess = number.excess();
            // What is no number is the worst.
            if excess.is_nan() { f64::INFINITY } else { excess }
        },
    )
}

/// Numbers in an order in which they can be sorted by key.
fn ordered(value: f32) -> i32 {
    let bits = value.to_bits() as i32;
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

/// Confidence of the model in the true class.
fn certainty_of_truth(evaluation: &Evaluation, item: &Item) -> f32 {
    let answer = evaluation.samples.get(item.sample).map(|sample| &sample.answer);
    match answer {
        Some(Prediction::Classes { top }) => {
            top.iter().find(|class| class.class == item.truth).map_or(0.0, |class| class.score)
        }
        _ if item.outcome == Outcome::Right => item.score,
        // The surer of something wrong, the worse.
        _ => -item.score,
    }
}

/// The cell of the confusion matrix that an item is counted in.
fn cell_of(item: &Item) -> (&str, &str) {
    match item.outcome {
        Outcome::Right | Outcome::WrongClass | Outcome::LargeError => (&item.truth, &item.answer),
        Outcome::Missed => (&item.truth, ""),
        Outcome::Background | Outcome::BadlyPlaced | Outcome::WrongAndBadlyPlaced | Outcome::Duplicate => {
            ("", &item.answer)
        }
    }
}
