//! History lost: a thing gets a new id, and with it loses its speed and its past.

use crate::base::params::ParamSpec;
use crate::base::time::{Span, TimeRange};
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::carry::{Near, velocity};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::links::{Link, LinkTerms, links};

const WITHIN: ParamSpec = ParamSpec::setting("within", "Begins within", "s", [0.01, 3.0], 0.5);
const NEAR: ParamSpec = ParamSpec::setting("near", "Largest distance", "m", [0.1, 20.0], 2.0);
const IOU: ParamSpec = ParamSpec::setting("iou", "Least overlap in images", "IoU", [0.05, 0.95], 0.3);
const SEEN: ParamSpec = ParamSpec::setting("seen", "Least observations before", "", [1.0, 100.0], 3.0);
const BAD: ParamSpec = ParamSpec::setting("bad", "Way of severity 1", "m", [1.0, 500.0], 50.0);

/// Longest history that counts, in seconds.
const MEMORY: f64 = 5.0;

/// One ends, another begins within 0.5 s and 2 m.
pub(super) static KIND: FinderKind = FinderKind {
    id: "history_lost",
    title: "History lost",
    summary: "A track ends and another begins in its place at once",
    false_alarms: "cars parked side by side, of which one leaves the view as the next enters",
    source: "auto-tags of Uber ATG; NTSB/HAR-19/03",
    params: &[WITHIN, NEAR, IOU, SEEN, BAD],
    look: Look::Drive(|drive, params| {
        let terms = LinkTerms {
            within: Span::from_secs(params.value(&WITHIN)),
            near: Near { meters: params.value(&NEAR), iou: params.value(&IOU) },
            seen: params.value(&SEEN) as usize,
        };
        let bad = params.value(&BAD);
        in_boxes(drive, |boxes| {
            links(boxes, &terms).iter().filter_map(|link| finding(boxes, link, bad)).collect()
        })
    }),
    sensor: false,
    claim: None,
};

fn finding(boxes: &Boxes<'_>, link: &Link, bad: f64) -> Option<Finding> {
    let (lost, new) = (boxes.tracks.get(link.from)?, boxes.tracks.get(link.to)?);
    // What appears for a moment only did not take over.
    if new.states.len() < 2 {
        return None;
    }
    let history = (lost.end() - lost.start()).secs().min(MEMORY);
    // A thing in an image counts as one that moves as fast as a person runs.
    let speed = velocity(lost, lost.states.len() - 1).map_or(5.0, glam::DVec2::length);
    let range = TimeRange { start: lost.end(), end: new.start() };
    let (before, after) = (lost.states.last()?, new.states.first()?);
    let same = if before.class == after.class {
        before.class.to_string()
    } else {
        format!("{}, then {}", before.class, after.class)
    };
    let sentence = format!(
        "track {} ends and {} begins in its place ({same}): {history:.1} s of history lost",
        lost.id, new.id
    );
    let finding = KIND.finding(stretched(range, range.end), range.end, history * speed / bad, sentence);
    Some(
        finding
            .about(&lost.id)
            .about(&new.id)
            .with("history", history)
            .with("speed", speed)
            .with("gap", range.span().secs())
            .with("apart", link.apart),
    )
}
