//! Path deviation: a thing goes elsewhere than its own speed predicted.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::mining::boxes::in_space;
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finders::constant_velocity::told;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::tracks::track::Track;

const HORIZON: ParamSpec = ParamSpec::setting("horizon", "Horizon", "s", [0.2, 10.0], 2.0);
const DEVIATION: ParamSpec = ParamSpec::setting("deviation", "Mean distance", "m", [0.2, 50.0], 2.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 5.0], 0.3);

/// On average 2 m off over two seconds.
pub(super) static KIND: FinderKind = FinderKind {
    id: "path_deviation",
    title: "Path deviation",
    summary: "A thing goes elsewhere than its speed predicted",
    false_alarms: "paths are predicted at constant velocity: things that turn or brake deviate rightly",
    source: "predicted path deviation of Autoware's perception evaluator; limits are defaults of Hardcase",
    params: &[HORIZON, DEVIATION, HOLD],
    look: Look::Drive(|drive, params| {
        in_space(drive, |boxes| boxes.tracks.iter().flat_map(|track| deviations(track, params)).collect())
    }),
    sensor: false,
    claim: None,
};

fn deviations(track: &Track, params: &Params) -> Vec<Finding> {
    let horizon = Span::from_secs(params.value(&HORIZON));
    let (mut times, mut values): (Vec<Time>, Vec<f64>) = Default::default();
    for (at, state) in track.states.iter().enumerate() {
        let Some(placed) = state.place.world() else { return Vec::new() };
        let until = track.states.partition_point(|other| other.time <= state.time + horizon);
        // Judged only where the thing is seen over the horizon.
        let seen = until < track.states.len() && until > at + 1;
        // A speed of few observations is no prediction.
        let known = placed.velocity.is_some() || at >= 4;
        let Some(velocity) = told(track, at).filter(|_| seen && known) else { continue };
        let later = &track.states[at + 1..until];
        let off = later.iter().filter_map(|other| {
            let predicted = placed.center.truncate() + velocity * (other.time - state.time).secs();
            Some((other.place.world()?.center.truncate() - predicted).length())
        });
        times.push(state.time);
        values.push(off.sum::<f64>() / later.len() as f64);
    }
    let limit = params.value(&DEVIATION);
    let terms = EventTerms::above(limit, 4.0 * limit, Span::from_secs(params.value(&HOLD)));
    let found = events(&times, &values, &terms).into_iter();
    found
        .map(|event| {
            let sentence = format!(
                "{} {} goes {:.1} m off its predicted path on average",
                track.class(),
                track.id,
                event.value
            );
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
            finding.about(&track.id).with("deviation", event.value)
        })
        .collect()
}
