//! Existence flicker: a thing comes and goes again and again, under one id or several.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::boxes::{Boxes, in_boxes};
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::links::{LinkTerms, links, things};

const TIMES: ParamSpec = ParamSpec::setting("times", "Times gone", "", [1.0, 50.0], 3.0);
const WITHIN: ParamSpec = ParamSpec::setting("within", "Within", "s", [0.5, 60.0], 5.0);

/// Gone three times within 5 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "existence_flicker",
    title: "Existence flicker",
    summary: "A thing comes and goes again and again, under one id or several",
    false_alarms: "things behind a fence or a row of parked cars",
    source: "existence of Autoware's perception evaluator; limits are defaults of Hardcase",
    params: &[TIMES, WITHIN],
    look: Look::Drive(|drive, params| in_boxes(drive, |boxes| find(boxes, params))),
    sensor: false,
    claim: None,
};

fn find(boxes: &Boxes<'_>, params: &Params) -> Vec<Finding> {
    let (least, within) = (params.value(&TIMES) as usize, Span::from_secs(params.value(&WITHIN)));
    let links = links(boxes, &LinkTerms { seen: 1, ..LinkTerms::default() });
    let mut found = Vec::new();
    for thing in things(boxes, &links) {
        let gone = gaps(boxes, &thing);
        let mut at = 0;
        while at + least <= gone.len() {
            let mut end = at + least - 1;
            if gone[end] - gone[at] > within {
                at += 1;
                continue;
            }
            while end + 1 < gone.len() && gone[end + 1] - gone[end] <= within {
                end += 1;
            }
            found.extend(finding(boxes, &thing, &gone[at..=end]));
            at = end + 1;
        }
    }
    found
}

/// Moments at which a thing is not seen any more and comes back later.
fn gaps(boxes: &Boxes<'_>, thing: &[usize]) -> Vec<Time> {
    let states = thing.iter().filter_map(|number| boxes.tracks.get(*number)).flat_map(|track| &track.states);
    let seen: Vec<(usize, Time)> = states.map(|state| (state.sample, state.time)).collect();
    seen.windows(2).filter(|pair| pair[1].0 > pair[0].0 + 1).map(|pair| pair[0].1).collect()
}

fn finding(boxes: &Boxes<'_>, thing: &[usize], gone: &[Time]) -> Option<Finding> {
    let track = boxes.tracks.get(*thing.first()?)?;
    let range = TimeRange { start: *gone.first()?, end: *gone.last()? };
    let peak = gone[gone.len() / 2];
    let sentence = format!(
        "{} {} comes and goes {} times in {:.1} s",
        track.class(),
        track.id,
        gone.len(),
        range.span().secs()
    );
    let finding = KIND.finding(stretched(range, peak), peak, gone.len() as f64 / 10.0, sentence);
    let finding = finding.with("times", gone.len() as f64);
    let ids = thing.iter().filter_map(|number| boxes.tracks.get(*number));
    Some(ids.fold(finding, |finding, track| finding.about(&track.id)))
}
