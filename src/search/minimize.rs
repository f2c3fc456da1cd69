//! From a failing stack to the smallest one that still fails, so that a person sees at once what it takes.
//!
//! Fewer transforms, weaker ones, rounder numbers, a smaller part of the image, and of that as few tiles, points or words as
//! needed: each step is kept only if the claim still fails (delta debugging, Zeller and Hildebrandt, IEEE TSE 28(2), 2002).

use crate::base::progress::Progress;
use crate::claims::judge::{JudgeError, judge};
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::{Parts, Region, Stack, TransformSpec};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::model::Model;
use crate::search::curve::CurveError;
use crate::transforms::catalog::Catalog;
use crate::transforms::parts::Divided as _;
use crate::transforms::{TransformKind, stack};

/// A smaller stack for which the claim still fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// The change.
    pub stack: Stack,
    /// Reason of the failure.
    pub why: String,
    /// Number of candidates.
    pub tried: usize,
}

/// Steps towards weaker transforms; each halves what is left.
const HALVINGS: usize = 8;
/// Steps of each side of the region.
const SIDE_STEPS: usize = 5;
/// Least part of a side that a region keeps.
const LEAST_SIDE: f64 = 1.0 / 32.0;
/// Most sets of parts.
const SETS: usize = 120;

struct Search<'a> {
    catalog: &'a Catalog,
    model: &'a Model,
    input: &'a Input,
    oracle: &'a ClaimSpec,
    before: &'a Prediction,
    progress: &'a Progress,
    best: Stack,
    why: String,
    tried: usize,
}

impl Search<'_> {
    /// True if the claim fails under this stack; then it is the best one so far.
    fn accept(&mut self, candidate: Stack) -> Result<bool, CurveError> {
        self.progress.step()?;
        self.tried += 1;
        let outcome =
            judge(self.catalog, self.model, self.input, &candidate, self.oracle, Some(self.before))?;
        let Verdict::Fail { why } = outcome.verdict else { return Ok(false) };
        (self.best, self.why) = (candidate, why);
        Ok(true)
    }

    fn fewer_transforms(&mut self) -> Result<(), CurveError> {
        // Those that take no part go without a question.
        self.best.transforms.retain(|entry| entry.enabled);
        let mut position = self.best.transforms.len();
        while position > 0 {
            position -= 1;
            if self.best.transforms.len() > 1 {
                let mut without = self.best.clone();
                without.transforms.remove(position);
                self.accept(without)?;
            }
        }
        Ok(())
    }

    /// Towards neutral, and to a round number there.
    fn weaker(&mut self, position: usize) -> Result<(), CurveError> {
        let Some(entry) = self.best.transforms.get(position) else { return Ok(()) };
        let Some(spec) = self.catalog.kind(&entry.transform).and_then(TransformKind::strength) else {
            return Ok(());
        };
        let with = |stack: &Stack, value: f64| {
            let mut stack = stack.clone();
            if let Some(entry) = stack.transforms.get_mut(position) {
                entry.params.insert(spec.id, value);
            }
            stack
        };
        let (mut holds, mut breaks) = (spec.neutral, entry.params.value(spec));
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(holds, breaks);
            if self.accept(with(&self.best, middle))? {
                breaks = middle;
            } else {
                holds = middle;
            }
        }
        // From coarse to fine, away from neutral: the first round number that fails is the one.
        let away = if breaks >= spec.neutral { 1.0 } else { -1.0 };
        for steps in [100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0] {
            let unit = spec.step * steps;
            let round = if unit > 0.0 { (breaks * away / unit).ceil() * unit * away } else { breaks };
            let value = spec.clamp(round);
            // Not much stronger than the known failure.
            let little = (value - breaks).abs() <= 0.1 * (breaks - spec.neutral).abs();
            if little && self.accept(with(&self.best, value))? {
                break;
            }
        }
        Ok(())
    }

    /// Parameters other than the severity back to where a new stack has them.
    fn plainer(&mut self, position: usize) -> Result<(), CurveError> {
        let Some(entry) = self.best.transforms.get(position) else { return Ok(()) };
        let Some(kind) = self.catalog.kind(&entry.transform) else { return Ok(()) };
        for spec in kind.params.iter().skip(1) {
            let mut plain = self.best.clone();
            let removed = plain.transforms.get_mut(position).and_then(|entry| entry.params.0.remove(spec.id));
            if removed.is_some() {
                self.accept(plain)?;
            }
        }
        Ok(())
    }

    /// True if the transform moves things: a tile that was moved is no longer a tile of the image.
    fn moves(&self) -> bool {
        let geometric = |(_, entry): (usize, &TransformSpec)| {
            self.catalog.kind(&entry.transform).is_some_and(|kind| kind.geometric)
        };
        self.best.active().any(geometric)
    }

    /// As few tiles, points or words as it takes: delta debugging over the parts in which the change shows (ddmin).
    fn fewer_parts(&mut self) -> Result<(), CurveError> {
        if self.moves() {
            return Ok(());
        }
        self.best.parts = None;
        let changed = stack::apply(self.catalog, &self.best, self.input).map_err(JudgeError::from)?;
        let mut parts = self.input.parts(&changed, &self.best);
        let (mut pieces, last) = (2, self.tried + SETS);
        'smaller: while parts.len() > 1 && self.tried < last {
            let size = parts.len().div_ceil(pieces);
            let (mut some, mut others) = (Vec::new(), Vec::new());
            for (number, piece) in parts.chunks(size).enumerate() {
                some.push(piece.to_vec());
                if pieces > 2 {
                    let end = (number * size + piece.len()).min(parts.len());
                    others.push([&parts[..number * size], &parts[end..]].concat());
                }
            }
            let first_of_rest = some.len();
            for (number, fewer) in some.into_iter().chain(others).enumerate() {
                if self.tried >= last {
                    break 'smaller;
                }
                if self.accept(Stack { parts: Some(Parts::of(&fewer)), ..self.best.clone() })? {
                    pieces = if number < first_of_rest { 2 } else { (pieces - 1).max(2) };
                    parts = fewer;
                    continue 'smaller;
                }
            }
            if pieces >= parts.len() {
                break;
            }
            pieces = (pieces * 2).min(parts.len());
        }
        Ok(())
    }

    /// The smallest part of the image that must change, one side after the other.
    fn smaller_region(&mut self) -> Result<(), CurveError> {
        if self.moves() || self.input.image().is_none() {
            return Ok(());
        }
        for side in 0..4 {
            let start = self.best.region.unwrap_or(Region::WHOLE);
            let [x0, y0, x1, y1] = start.edges();
            // The edge moves from where it is towards the opposite one.
            let (from, to) = match side {
                0 => (x0, x1 - LEAST_SIDE),
                1 => (y0, y1 - LEAST_SIDE),
                2 => (x1, x0 + LEAST_SIDE),
                _ => (y1, y0 + LEAST_SIDE),
            };
            let (mut breaks, mut holds) = (from, to);
            for _ in 0..SIDE_STEPS {
                let middle = f64::midpoint(breaks, holds);
                let mut edges = start.edges();
                edges[side] = middle;
                let smaller = Stack { region: Some(Region::from_edges(edges)), ..self.best.clone() };
                if self.accept(smaller)? {
                    breaks = middle;
                } else {
                    holds = middle;
                }
            }
        }
        Ok(())
    }
}

/// The smallest stack for which the claim fails; none if it passes as it is.
pub fn shrink(
    catalog: &Catalog,
    model: &Model,
    input: &Input,
    change: &Stack,
    oracle: &ClaimSpec,
    before: &Prediction,
    progress: &Progress,
) -> Result<Option<Shrunk>, CurveError> {
    let entries = change.transforms.len();
    progress.begin((1 + entries * (2 + HALVINGS + 7) + 4 * SIDE_STEPS + SETS) as u64);
    let (best, why) = (change.clone(), String::new());
    let mut search = Search { catalog, model, input, oracle, before, progress, best, why, tried: 0 };
    if !search.accept(change.clone())? {
        return Ok(None);
    }
    search.fewer_transforms()?;
    for position in 0..search.best.transforms.len() {
        search.plainer(position)?;
        search.weaker(position)?;
    }
    search.smaller_region()?;
    search.fewer_parts()?;
    Ok(Some(Shrunk { stack: search.best, why: search.why, tried: search.tried }))
}
