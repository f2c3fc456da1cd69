//! Answers to questions as findings.

use crate::base::text::counted;
use crate::base::time::{Span, TimeRange};
use crate::data::labels::tag::Tag;
use crate::mining::drive::Drive;
use crate::mining::events::stretched;
use crate::mining::finders;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::questions::nuplan;
use crate::mining::questions::worlds::{View, described, worlds};
use crate::tracks::questions::intervals::Interval;
use crate::tracks::questions::question::{About, Question};

/// Gaps below this are joined.
const JOIN: Span = Span(500_000_000);
/// Numbers that a sentence tells.
const TOLD: usize = 3;

/// The finder of every question. Its findings bear the name of the question.
pub static KIND: FinderKind = FinderKind {
    id: "ask",
    title: "Question",
    summary: "A question about tracks, signals and tags",
    false_alarms: "those of the question",
    source: "question language of Hardcase; predicates after RefAV (Davidson et al. 2025)",
    params: &[],
    look: Look::Drive(|_, _| Found::skipped("no question was asked")),
    sensor: false,
    claim: None,
};

/// A question with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// Name in findings: `ask`, or the name under which it is saved.
    pub name: String,
    /// The question.
    pub question: Question,
    /// Tags of the recording that it is asked of.
    pub tags: Vec<Tag>,
}

impl Named {
    /// A question that is asked without a name.
    pub fn unnamed(question: Question) -> Self {
        Self { name: KIND.id.to_owned(), question, tags: Vec::new() }
    }
}

/// A name that a question cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotName {
    /// Other characters than letters, digits and `_`.
    #[error("{0:?} cannot name a question: use letters, digits and _, a letter first")]
    Letters(String),
    /// A scenario type of nuPlan has this name, or it begins as they do.
    #[error("{0:?} is the name of a scenario type of nuPlan, choose another name for the question")]
    Scenario(String),
    /// A finder has this name.
    #[error("{0:?} is the name of a finder, choose another name for the question")]
    Finder(String),
}

/// Checks a name for a question.
pub fn check_name(name: &str) -> Result<(), NotName> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().next().is_some_and(|first| first.is_ascii_alphabetic()) || !name.chars().all(plain) {
        return Err(NotName::Letters(name.to_owned()));
    }
    if name == KIND.id || finders::kind(name).is_some() {
        return Err(NotName::Finder(name.to_owned()));
    }
    let all = nuplan::PREFIX.trim_end_matches('_');
    if name == all || name.starts_with(nuplan::PREFIX) || nuplan::TYPES.iter().any(|(own, _)| *own == name) {
        return Err(NotName::Scenario(name.to_owned()));
    }
    Ok(())
}

/// Asks a question of a recording: gaps below 0.5 s are joined, single samples dropped, short stretches widened to 1.5 s.
pub fn ask(drive: &Drive<'_>, named: &Named) -> Found {
    let mut found = Found::default();
    let views = worlds(drive, &named.question, &named.tags, &mut found.not_looked_at);
    if views.is_empty() {
        found.not_looked_at.push("the recording has no boxes with ids".to_owned());
    }
    for view in &views {
        let answer = view.world.ask(&named.question);
        if named.question.about() == About::Vehicle && named.question.needs_motion() && !view.world.relative {
            let times = view.world.ego().map(|ego| ego.times.as_slice()).unwrap_or_default();
            found.not_looked_at.extend(drive.unknown_motion("ego", times));
        }
        found.looked_at.push(described(view));
        found.not_looked_at.extend(answer.notes);
        for interval in joined(answer.intervals) {
            if interval.samples > 1 || named.question.has_edges() {
                found.findings.push(finding(view, &interval, named));
            }
        }
    }
    found.not_looked_at.sort();
    found.not_looked_at.dedup();
    found
}

/// Intervals of one subject with short gaps between them become one.
fn joined(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut all: Vec<Interval> = Vec::new();
    for interval in intervals {
        match all.last_mut() {
            Some(last) if last.subject == interval.subject && interval.from - last.to < JOIN => {
                last.to = interval.to;
                last.samples += interval.samples;
                for other in interval.others {
                    if !last.others.contains(&other) {
                        last.others.push(other);
                    }
                }
                if interval.severity > last.severity {
                    (last.peak, last.severity) = (interval.peak, interval.severity);
                    last.numbers = interval.numbers;
                }
            }
            _ => all.push(interval),
        }
    }
    all
}

fn finding(view: &View, interval: &Interval, named: &Named) -> Finding {
    let actors = view.world.actors();
    let name = |at: usize| {
        let actor = actors.get(at)?;
        Some(if actor.is_ego { "the vehicle".to_owned() } else { format!("{} {}", actor.class(), actor.id) })
    };
    let subject = interval.subject.and_then(name).unwrap_or_else(|| "the vehicle".to_owned());
    let others: Vec<String> = interval.others.iter().filter_map(|other| name(*other)).collect();
    let with = match others.as_slice() {
        [] => String::new(),
        [only] => format!(", with {only}"),
        [first, ..] => format!(", with {first} and {}", counted(others.len() - 1, "other")),
    };
    let numbers: Vec<String> =
        interval.numbers.iter().take(TOLD).map(|(name, value)| format!("{name} {value:.2}")).collect();
    let numbers = if numbers.is_empty() { String::new() } else { format!(", {}", numbers.join(", ")) };
    let (secs, what) = ((interval.to - interval.from).secs(), shown(named));
    let sentence = format!("{subject}: {what} for {secs:.1} s{with}{numbers}");
    let range = stretched(TimeRange { start: interval.from, end: interval.to }, interval.peak);
    let mut finding = KIND.finding(range, interval.peak, interval.severity, sentence);
    finding.finder.clone_from(&named.name);
    finding.channels.extend(view.channel.clone());
    let tracks = interval.subject.iter().chain(&interval.others).filter_map(|at| actors.get(*at));
    finding.tracks.extend(tracks.filter(|actor| !actor.is_ego).map(|actor| actor.id.clone()));
    for (name, value) in &interval.numbers {
        finding = finding.with(name, *value);
    }
    finding.with("duration", secs)
}

fn shown(named: &Named) -> String {
    if named.name == KIND.id { named.question.text().to_owned() } else { named.name.replace('_', " ") }
}
