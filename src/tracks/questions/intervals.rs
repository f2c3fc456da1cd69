//! Answers to a question: intervals of subjects.

use std::collections::BTreeMap;

use crate::base::time::Time;
use crate::tracks::questions::evaluate::Evaluation;
use crate::tracks::questions::grid::Grid;
use crate::tracks::questions::over_time::runs;
use crate::tracks::questions::question::{About, Question};
use crate::tracks::questions::tree::{Comparison, Truth, TruthKind};
use crate::tracks::questions::world::World;

/// A stretch of time in which a question is true of a subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// Position of the track among the actors of the world; none for the vehicle or the recording.
    pub subject: Option<usize>,
    /// Its first moment.
    pub from: Time,
    /// Its last moment.
    pub to: Time,
    /// The moment at which the comparisons of the question have the most room; its first one where there are none.
    pub peak: Time,
    /// Number of moments at which it is true.
    pub samples: usize,
    /// Others that it is about at its peak.
    pub others: Vec<usize>,
    /// Numbers that the question compares, at its peak.
    pub numbers: BTreeMap<String, f64>,
    /// Room of the comparisons at the peak as a part of their bounds, 0 to 1; 0.5 without comparisons.
    pub severity: f64,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Intervals in the order of subjects and times.
    pub intervals: Vec<Interval>,
    /// Missing things, one sentence each.
    pub notes: Vec<String>,
}

impl World {
    /// Asks a question. Signals, tags and findings that it names have to be in the world before.
    pub fn ask(&self, question: &Question) -> Answer {
        let signals = question.signals();
        let evaluation = Evaluation::new(self, &signals);
        let mut intervals = Vec::new();
        match question.about() {
            About::Vehicle => Self::of(&evaluation, question, Grid::Moments, None, &mut intervals),
            About::Tracks | About::OtherTracks => {
                for (at, actor) in self.actors.iter().enumerate() {
                    if !(actor.is_ego && question.about() == About::OtherTracks) {
                        Self::of(&evaluation, question, Grid::Of(at), Some(at), &mut intervals);
                    }
                }
                if self.actors.is_empty() {
                    evaluation.note("the recording has no tracks");
                }
            }
        }
        Answer { intervals, notes: evaluation.notes.into_inner().into_iter().collect() }
    }

    /// The number that a question of [`Question::of_number`] is about, at the moments of the vehicle.
    pub fn series(&self, question: &Question) -> (Vec<Time>, Vec<f64>) {
        let evaluation = Evaluation::new(self, &question.signals());
        let values = question.first_number().map(|number| evaluation.number(number, Grid::Moments));
        (evaluation.times(Grid::Moments).to_vec(), values.unwrap_or_default())
    }

    fn of(
        evaluation: &Evaluation<'_>,
        question: &Question,
        grid: Grid,
        subject: Option<usize>,
        intervals: &mut Vec<Interval>,
    ) {
        let truth = question.body();
        let (times, values) = (evaluation.times(grid), evaluation.truth(truth, grid));
        let runs = runs(times, &values);
        if runs.is_empty() {
            return;
        }
        let mut comparisons = Vec::new();
        collect(truth, &mut comparisons);
        let measured: Vec<Measured> =
            comparisons.into_iter().map(|of| Measured::of(evaluation, of, grid)).collect();
        for (from, to) in runs {
            let room = |at: usize| measured.iter().map(|of| of.room(at)).fold(f64::INFINITY, f64::min);
            let mut peak = (from, room(from));
            for at in from + 1..=to {
                let room = room(at);
                if room > peak.1 {
                    peak = (at, room);
                }
            }
            let numbers = measured.iter().map(|of| (of.label.clone(), of.values[peak.0]));
            let mut others = Vec::new();
            evaluation.partners(truth, grid, peak.0, &mut others);
            others.retain(|other| Some(*other) != subject);
            intervals.push(Interval {
                subject,
                from: times[from],
                to: times[to],
                peak: times[peak.0],
                samples: to - from + 1,
                others,
                numbers: numbers.filter(|(_, value)| value.is_finite()).collect(),
                severity: if measured.is_empty() { 0.5 } else { peak.1.clamp(0.0, 1.0) },
            });
        }
    }
}

/// A comparison over time.
struct Measured {
    label: String,
    values: Vec<f64>,
    /// Room as a part of the bound.
    rooms: Vec<f64>,
}

impl Measured {
    fn of(evaluation: &Evaluation<'_>, of: &Comparison, grid: Grid) -> Self {
        let values = evaluation.number(&of.a, grid);
        let bounds = evaluation.number(&of.b, grid);
        let margins = evaluation.compared(of, grid);
        let room = |((_, margin), bound): ((Option<bool>, f64), f64)| {
            let part = margin / bound.abs().max(1e-9);
            if part.is_nan() { 0.0 } else { part }
        };
        let rooms = margins.into_iter().zip(bounds).map(room).collect();
        Self { label: of.label.clone(), values, rooms }
    }

    fn room(&self, at: usize) -> f64 {
        self.rooms.get(at).copied().unwrap_or(0.0)
    }
}

/// Comparisons that all have to hold, or one of which has to.
fn collect<'a>(truth: &'a Truth, found: &mut Vec<&'a Comparison>) {
    match &truth.kind {
        TruthKind::Compare(comparison) => found.push(comparison),
        TruthKind::And(a, b)
        | TruthKind::Or(a, b)
        | TruthKind::Then(a, b, _)
        | TruthKind::Before(a, b, _) => {
            collect(a, found);
            collect(b, found);
        }
        TruthKind::For(p, _) | TruthKind::Rises(p) | TruthKind::Falls(p) => collect(p, found),
        TruthKind::Constant(_)
        | TruthKind::Not(_)
        | TruthKind::Single(..)
        | TruthKind::Related(..)
        | TruthKind::Reverse(..)
        | TruthKind::Tag(_)
        | TruthKind::Finder(_)
        | TruthKind::Any(_)
        | TruthKind::All(_) => {}
    }
}
