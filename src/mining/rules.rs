//! Rules by example: questions that are true of tagged moments, over signals, motion, tracks and tags.
//!
//! Recordings with such a tag are cut into seconds. A rule is a conjunction of up to three comparisons and tags, found by a beam
//! search; thresholds are values of the tagged seconds, rounded to two digits. Precision and its interval count seconds, recall
//! counts tagged moments.

use std::collections::BTreeSet;

use crate::base::stats::Rate;
use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::ChannelKind;
use crate::data::labels::odd::{self, title};
use crate::data::labels::tag::{MOMENT, Tag};
use crate::mining::drive::Drive;
use crate::mining::questions::worlds::worlds;
use crate::tracks::questions::question::Question;

/// Numbers of the vehicle and of what is around it.
const NUMBERS: &[&str] = &[
    "ego.speed",
    "ego.accel",
    "abs(ego.lateral_accel)",
    "abs(ego.yaw_rate)",
    "ego.ttc(other)",
    "ego.thw(other)",
    "ego.distance(other)",
    "ego.distance(\"person\")",
    "ego.distance(\"cycle\")",
    "count(class(\"vehicle\"))",
    "count(class(\"person\"))",
    "count(class(\"cycle\"))",
];
/// Most signals that are looked at.
const SIGNALS: usize = 200;
/// Conjunctions that go on to the next round.
const BEAM: usize = 40;
/// Parts of a conjunction.
const PARTS: usize = 3;
/// Parts of the tagged seconds whose values are thresholds.
const QUANTILES: [f64; 5] = [0.0, 0.1, 0.25, 0.5, 0.75];

/// A second of a recording.
#[derive(Clone, Debug)]
struct Second {
    /// Least and greatest value of each number; not a number where it is unknown.
    values: Vec<[f64; 2]>,
    tags: BTreeSet<String>,
    /// The tagged moment that it is a part of.
    example: Option<usize>,
}

/// Seconds of recordings with examples.
#[derive(Clone, Debug, Default)]
pub struct Examples {
    numbers: Vec<String>,
    seconds: Vec<Second>,
    /// Tagged moments.
    pub count: usize,
}

/// A proposed question.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// The question.
    pub question: String,
    /// Seconds in which it is true that are tagged, of all in which it is true.
    pub precision: Rate,
    /// Tagged moments in which it is true, of all.
    pub recall: Rate,
}

impl Examples {
    /// Adds a recording; one without such a tag was not answered and is left out.
    pub fn add(&mut self, drive: &Drive<'_>, tags: &[Tag], wanted: &str) {
        let named = |tag: &Tag| title(&tag.kind).eq_ignore_ascii_case(wanted) || tag.kind == wanted;
        let extent = |tag: &Tag| match tag.end {
            Some(end) => TimeRange { start: tag.start, end },
            None => TimeRange { start: tag.start - MOMENT, end: tag.start + MOMENT },
        };
        let moments: Vec<TimeRange> = tags.iter().filter(|tag| named(tag)).map(extent).collect();
        if moments.is_empty() {
            return;
        }
        let whole = drive.range();
        let count = ((whole.end - whole.start).secs().ceil() as usize).clamp(1, 200_000);
        let second = |time: Time| {
            let at = ((time - whole.start).secs().floor()).max(0.0) as usize;
            (time >= whole.start && at < count).then_some(at)
        };
        let first = self.seconds.len();
        for at in 0..count {
            let start = whole.start + Span(at as i64 * 1_000_000_000);
            let own = TimeRange { start, end: start + Span::SECOND };
            let meets = |range: &TimeRange| range.start < own.end && own.start <= range.end;
            let others = tags.iter().filter(|tag| !named(tag));
            let held = others.filter(|tag| match odd::name_of(&tag.kind) {
                Some(_) => odd::is_present(tag),
                None => meets(&extent(tag)),
            });
            let example = moments.iter().position(meets).map(|at| at + self.count);
            let tags = held.map(|tag| title(&tag.kind).to_owned()).collect();
            self.seconds.push(Second { values: vec![[f64::NAN; 2]; self.numbers.len()], tags, example });
        }
        self.count += moments.len();
        let signals = drive.info.of_kind(ChannelKind::Signal).take(SIGNALS);
        let signals = signals.map(|(_, channel)| format!("signal(\"{}\")", channel.name));
        let all: Vec<String> = NUMBERS.iter().map(|number| (*number).to_owned()).chain(signals).collect();
        for text in all {
            let Ok(question) = Question::of_number(&text) else { continue };
            let mut notes = Vec::new();
            let Some(view) = worlds(drive, &question, tags, &mut notes).into_iter().next() else { continue };
            let (times, values) = view.world.series(&question);
            if values.iter().all(|value| value.is_nan()) {
                continue;
            }
            let number = self.number(text);
            for (time, value) in times.iter().zip(values).filter(|(_, value)| !value.is_nan()) {
                let Some(own) = second(*time).and_then(|at| self.seconds.get_mut(first + at)) else {
                    continue;
                };
                let [low, high] = &mut own.values[number];
                (*low, *high) = (low.min(value), high.max(value));
            }
        }
    }

    /// Position of a number, which is new to all seconds if it was not known.
    fn number(&mut self, text: String) -> usize {
        if let Some(at) = self.numbers.iter().position(|known| *known == text) {
            return at;
        }
        self.numbers.push(text);
        for second in &mut self.seconds {
            second.values.push([f64::NAN; 2]);
        }
        self.numbers.len() - 1
    }

    /// The best rules, the most certain first.
    pub fn rules(&self, most: usize) -> Vec<Rule> {
        let parts = self.parts();
        let mut beam: Vec<(f64, Vec<usize>, Vec<bool>)> =
            vec![(0.0, Vec::new(), vec![true; self.seconds.len()])];
        let mut best: Vec<(f64, Vec<usize>)> = Vec::new();
        for _ in 0..PARTS {
            let mut next: Vec<(f64, Vec<usize>, Vec<bool>)> = Vec::new();
            for (before, chosen, holds) in &beam {
                let first = chosen.last().map_or(0, |last| last + 1);
                for at in first..parts.len() {
                    // One number is compared to one side once.
                    if chosen.iter().any(|own| parts[*own].same(&parts[at])) {
                        continue;
                    }
                    let holds: Vec<bool> =
                        holds.iter().zip(&parts[at].holds).map(|(a, b)| *a && *b).collect();
                    let score = self.score(&holds);
                    // A further part has to be worth its words.
                    if score > before + 0.02 {
                        let mut chosen = chosen.clone();
                        chosen.push(at);
                        next.push((score, chosen, holds));
                    }
                }
            }
            next.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            next.truncate(BEAM);
            best.extend(next.iter().map(|(score, chosen, _)| (*score, chosen.clone())));
            beam = next;
        }
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1.len(), &a.1).cmp(&(b.1.len(), &b.1))));
        let mut found: Vec<Rule> = Vec::new();
        let mut seen: Vec<Vec<bool>> = Vec::new();
        for (_, chosen) in best {
            let mut holds = vec![true; self.seconds.len()];
            for part in &chosen {
                for (all, own) in holds.iter_mut().zip(&parts[*part].holds) {
                    *all &= own;
                }
            }
            // Rules that say the same are told once.
            if seen.contains(&holds) {
                continue;
            }
            let question =
                chosen.iter().map(|part| parts[*part].text.clone()).collect::<Vec<_>>().join(" and ");
            found.push(Rule { question, precision: self.precision(&holds), recall: self.recall(&holds) });
            seen.push(holds);
            if found.len() == most {
                break;
            }
        }
        found
    }

    fn precision(&self, holds: &[bool]) -> Rate {
        let (mut hits, mut all) = (0, 0);
        for (second, _) in self.seconds.iter().zip(holds).filter(|(_, holds)| **holds) {
            all += 1;
            hits += usize::from(second.example.is_some());
        }
        Rate::wilson(hits, all)
    }

    fn recall(&self, holds: &[bool]) -> Rate {
        let seconds = self.seconds.iter().zip(holds).filter(|(_, holds)| **holds);
        let found: BTreeSet<usize> = seconds.filter_map(|(second, _)| second.example).collect();
        Rate::wilson(found.len(), self.count)
    }

    /// Harmonic mean of precision, of which its lower end counts half, and recall.
    fn score(&self, holds: &[bool]) -> f64 {
        let (precision, recall) = (self.precision(holds), self.recall(holds));
        let sure = f64::midpoint(precision.share(), precision.low);
        let sum = sure + recall.share();
        if precision.of > 0 && sum > 0.0 { 2.0 * sure * recall.share() / sum } else { 0.0 }
    }

    /// Every comparison and every tag.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        let tags: BTreeSet<&String> = self.seconds.iter().flat_map(|second| &second.tags).collect();
        for tag in tags {
            let holds = self.seconds.iter().map(|second| second.tags.contains(tag)).collect();
            parts.push(Part { text: format!("tag(\"{tag}\")"), key: None, holds });
        }
        for (number, text) in self.numbers.iter().enumerate() {
            for above in [true, false] {
                let reach = |second: &Second| second.values[number][usize::from(above)];
                let tagged = self.seconds.iter().filter(|second| second.example.is_some());
                let mut values: Vec<f64> = tagged.map(reach).filter(|value| value.is_finite()).collect();
                values.sort_by(|a, b| if above { a.total_cmp(b) } else { b.total_cmp(a) });
                let mut steps: Vec<f64> = QUANTILES
                    .iter()
                    .filter_map(|part| values.get((part * values.len().saturating_sub(1) as f64) as usize))
                    .map(|value| rounded(*value, !above))
                    .collect();
                steps.dedup();
                for step in steps {
                    let sign = if above { ">" } else { "<" };
                    let holds: Vec<bool> = self
                        .seconds
                        .iter()
                        .map(|second| if above { reach(second) > step } else { reach(second) < step })
                        .collect();
                    // What always holds says nothing.
                    if !holds.iter().all(|holds| *holds) {
                        parts.push(Part {
                            text: format!("{text} {sign} {step}"),
                            key: Some((number, above)),
                            holds,
                        });
                    }
                }
            }
        }
        parts
    }
}

/// A comparison or a tag.
struct Part {
    text: String,
    /// The number and the side that it is compared to.
    key: Option<(usize, bool)>,
    holds: Vec<bool>,
}

impl Part {
    fn same(&self, other: &Self) -> bool {
        self.key.is_some() && self.key == other.key
    }
}

/// Two digits of a value, rounded so that the value itself is inside: up or down.
fn rounded(value: f64, up: bool) -> f64 {
    if value == 0.0 {
        return if up { 0.01 } else { -0.01 };
    }
    let digits = 1 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(digits);
    let scaled = value * scale;
    let whole = if up { (scaled + 1e-6).floor() + 1.0 } else { (scaled - 1e-6).ceil() - 1.0 };
    // Powers of ten divide exactly where they multiply with an error.
    if digits >= 0 { whole / scale } else { whole * 10_f64.powi(-digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_have_two_digits_and_leave_the_value_inside() {
        for (value, up, expected) in [
            (3.456, false, 3.4),
            (3.456, true, 3.5),
            (-4.2, true, -4.1),
            (1234.0, false, 1200.0),
            (0.0123, true, 0.013),
        ] {
            let found = rounded(value, up);
            assert!((found - expected).abs() < 1e-12, "{value}: {found}");
        }
    }

    #[test]
    fn a_rule_of_two_parts_is_found() {
        let second = |at: usize| {
            let (speed, brake) = ((at % 20) as f64, if at.is_multiple_of(7) { 1.0 } else { 0.0 });
            let example = (speed > 12.0 && brake > 0.5).then_some(at);
            Second { values: vec![[speed; 2], [brake; 2]], tags: BTreeSet::new(), example }
        };
        let seconds: Vec<Second> = (0..700).map(second).collect();
        let count = seconds.iter().filter(|second| second.example.is_some()).count();
        let mut seconds = seconds;
        for (number, second) in seconds.iter_mut().filter(|second| second.example.is_some()).enumerate() {
            second.example = Some(number);
        }
        let numbers = vec!["ego.speed".to_owned(), "signal(\"brake\")".to_owned()];
        let rules = Examples { numbers, seconds, count }.rules(3);
        let first = &rules[0];
        assert!(
            first.question.contains("ego.speed > 12") && first.question.contains("signal(\"brake\") >"),
            "{first:?}"
        );
        assert!(Question::parse(&first.question).is_ok());
        assert_eq!((first.precision.share(), first.recall.share()), (1.0, 1.0));
    }
}
