//! Class flip-flop: a thing changes its class again and again, and with it loses its history.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::carry::{Near, carried};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::links::{LinkTerms, links, merged, things};
use crate::tracks::classes::{superclass, vulnerable};
use crate::tracks::track::{ClassChange, State, Track};

const CHANGES: ParamSpec = ParamSpec::setting("changes", "Changes", "", [1.0, 20.0], 2.0);
const WITHIN: ParamSpec = ParamSpec::setting("within", "Within", "s", [0.1, 60.0], 2.0);
const SCORE: ParamSpec = ParamSpec::setting("score", "Minimum score", "", [0.0, 1.0], 0.3);
const SUPERCLASSES: ParamSpec =
    ParamSpec::setting("superclasses", "Only between superclasses", ParamSpec::SWITCH, [0.0, 1.0], 1.0);

/// Two ids that swap: a box that is farther from where its motion leads.
const SWAP: Near = Near { meters: 2.0, iou: 0.3 };

/// At least two changes in two seconds on one track, also one that goes on under new ids.
pub(super) static KIND: FinderKind = FinderKind {
    id: "class_flip",
    title: "Class flip-flop",
    summary: "A thing changes its class several times within a short time, also under new ids",
    false_alarms: "classes of one hierarchy and two things that swap their ids; both are left out",
    source: "auto-tags of Uber ATG; NTSB/HAR-19/03",
    params: &[CHANGES, WITHIN, SCORE, SUPERCLASSES],
    look: Look::Drive(|drive, params| in_boxes(drive, |boxes| find(boxes, params))),
    sensor: false,
    claim: None,
};

fn find(boxes: &Boxes<'_>, params: &Params) -> Vec<Finding> {
    let links = links(boxes, &LinkTerms { seen: 1, ..LinkTerms::default() });
    let mut found = Vec::new();
    for thing in things(boxes, &links) {
        let Some(track) = merged(boxes, &thing) else { continue };
        let ids = |run: &[ClassChange]| {
            let during = |number: &&usize| {
                let part = boxes.tracks.get(**number);
                part.is_some_and(|part| run.iter().any(|change| part.at(change.time, Span::SECOND).is_some()))
            };
            let all = thing.iter().filter(during).filter_map(|number| boxes.tracks.get(*number));
            all.map(|track| track.id.to_string()).collect::<Vec<_>>()
        };
        found.extend(flips(&track, params).into_iter().map(|run| finding(&track, &run, &ids(&run))));
    }
    found
}

/// The stretches of a thing in which its class flips.
fn flips(track: &Track, params: &Params) -> Vec<Vec<ClassChange>> {
    let (least, within) = (params.value(&CHANGES) as usize, Span::from_secs(params.value(&WITHIN)));
    let changes = changes(track, params);
    let mut found = Vec::new();
    let mut at = 0;
    while at < changes.len() {
        // Changes that follow each other closely are one flip-flop.
        let mut end = at;
        while end + 1 < changes.len() && changes[end + 1].time - changes[end].time <= within {
            end += 1;
        }
        let run = &changes[at..=end];
        let dense = run
            .windows(least.max(1))
            .any(|part| part.first().zip(part.last()).is_some_and(|(a, b)| b.time - a.time <= within));
        if run.len() >= least && dense {
            found.push(run.to_vec());
        }
        at = end + 1;
    }
    found
}

/// Changes of the class between sure observations, without those that a swap of ids or a hierarchy explains.
fn changes(track: &Track, params: &Params) -> Vec<ClassChange> {
    let sure = |state: &State| state.score.is_none_or(|score| score >= params.value(&SCORE));
    let kind = |state: &State| {
        if params.value(&SUPERCLASSES) > 0.5 { superclass(&state.class) } else { state.class.to_string() }
    };
    let mut found = Vec::new();
    let mut last: Option<(usize, String)> = None;
    for (at, state) in track.states.iter().enumerate().filter(|(_, state)| sure(state)) {
        let now = kind(state);
        if let Some((before, known)) = &last
            && *known != now
        {
            let expected = carried(track, *before, state.time);
            let stays = expected.is_some_and(|expected| SWAP.apart(&expected, &state.place).is_some());
            let from = track.states[*before].class.clone();
            if stays {
                found.push(ClassChange { time: state.time, from, to: state.class.clone() });
            }
        }
        last = Some((at, now));
    }
    found
}

fn finding(track: &Track, run: &[ClassChange], ids: &[String]) -> Finding {
    let times: Vec<Time> = run.iter().map(|change| change.time).collect();
    let (first, last) =
        (times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default());
    let mut classes: Vec<&str> = Vec::new();
    for change in run {
        for class in [&change.from, &change.to] {
            if !classes.contains(&class.as_str()) {
                classes.push(class);
            }
        }
    }
    let weight = if classes.iter().any(|class| vulnerable(class)) { 2.0 } else { 1.0 };
    // Ten changes of a person are as bad as it gets.
    let severity = weight * run.len() as f64 / 20.0;
    let peak = times.get(times.len() / 2).copied().unwrap_or(first);
    let sentence = format!(
        "track {} changes its class {} times in {:.1} s: {}",
        track.id,
        run.len(),
        (last - first).secs(),
        classes.join(", ")
    );
    let finding = KIND
        .finding(stretched(TimeRange { start: first, end: last }, peak), peak, severity, sentence)
        .with("changes", run.len() as f64)
        .with("seconds", (last - first).secs());
    let known = if ids.is_empty() { vec![track.id.to_string()] } else { ids.to_vec() };
    known.iter().fold(finding, |finding, id| finding.about(id))
}
