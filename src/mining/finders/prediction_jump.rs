//! Prediction jump: from one sample to the next a thing is predicted elsewhere for the same time.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time};
use crate::mining::boxes::{Boxes, in_space};
use crate::mining::deviations::Deviations;
use crate::mining::finders::constant_velocity::told;
use crate::mining::finding::{FinderKind, Finding, Look};
use crate::mining::links::{LinkTerms, links, things};

const HORIZON: ParamSpec = ParamSpec::setting("horizon", "Horizon", "s", [0.1, 10.0], 2.0);
const DEVIATION: ParamSpec = ParamSpec::setting("deviation", "Difference there", "m", [0.2, 50.0], 3.0);

/// Two seconds on, 3 m elsewhere than a sample before.
pub(super) static KIND: FinderKind = FinderKind {
    id: "prediction_jump",
    title: "Prediction jump",
    summary: "From one sample to the next a thing is predicted elsewhere for the same time, also under a new id",
    false_alarms: "speeds derived from few noisy places, things that start or stop abruptly",
    source: "trajectory jump of Uber ATG, for others; NTSB/HAR-19/03; limits are defaults of Hardcase",
    params: &[HORIZON, DEVIATION],
    look: Look::Drive(|drive, params| in_space(drive, |boxes| find(boxes, params))),
    sensor: false,
    claim: None,
};

fn find(boxes: &Boxes<'_>, params: &Params) -> Vec<Finding> {
    let links = links(boxes, &LinkTerms { seen: 1, ..LinkTerms::default() });
    things(boxes, &links).iter().flat_map(|thing| jumps(boxes, thing, params)).collect()
}

fn jumps(boxes: &Boxes<'_>, thing: &[usize], params: &Params) -> Vec<Finding> {
    let horizon = params.value(&HORIZON);
    let mut deviations = Deviations::default();
    // Place and velocity a sample before.
    let mut before: Option<(Time, glam::DVec2, glam::DVec2)> = None;
    for number in thing {
        let Some(track) = boxes.tracks.get(*number) else { continue };
        for (own, state) in track.states.iter().enumerate() {
            let Some(placed) = state.place.world() else { continue };
            // A new track without a recorded velocity is taken for one that stands.
            let velocity = told(track, own).unwrap_or_default();
            let place = placed.center.truncate();
            if let Some((time, last, speed)) = before {
                let secs = (state.time - time).secs();
                let off = (place + velocity * horizon - last - speed * (horizon + secs)).length();
                // The first speed of a track that is new in the world is no jump.
                let first = own == 1 && placed.velocity.is_none() && thing.first() == Some(number);
                deviations.push(state.time, if first { 0.0 } else { off }, *number);
            }
            before = Some((state.time, place, velocity));
        }
    }
    let limit = (params.value(&DEVIATION), Span(0));
    deviations.findings(&KIND, boxes, limit, |track, value| {
        format!("the prediction of {} {} jumps by {value:.1} m, {horizon} s on", track.class(), track.id)
    })
}
