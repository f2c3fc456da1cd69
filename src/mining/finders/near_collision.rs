//! Near collision: the time until the boxes of the vehicle and of another actor touch is short.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::{EventTerms, events_below, stretched};
use crate::mining::finding::{FinderKind, Found, Look};
use crate::tracks::criticality::metric::Metric;
use crate::tracks::scene::EgoMotion;

const TTC: ParamSpec = ParamSpec::setting("ttc", "Time to collision", "s", [0.1, 10.0], 1.5);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.1);

/// Below 1.5 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "near_collision",
    title: "Near collision",
    summary: "The time to collision of the boxes in the plane is short",
    false_alarms: "boxes that jump, actors on another level",
    source: "time to collision, criticality-metrics.readthedocs.io",
    params: &[TTC, HOLD],
    look: Look::Drive(|drive, params| {
        let (limit, hold) = (params.value(&TTC), Span::from_secs(params.value(&HOLD)));
        let mut found = Found::default();
        for scene in &drive.scenes {
            let reading = scene.readings.series.iter().find(|reading| reading.metric == Metric::Ttc2d);
            let Some(reading) = reading else {
                let why = match &scene.ego {
                    EgoMotion::Unknown(why) => why.as_str(),
                    EgoMotion::Known(_) | EgoMotion::Relative => "it has no boxes with ids",
                };
                found.not_looked_at.push(format!("{}: {why}", scene.channel));
                continue;
            };
            found.looked_at.push(scene.channel.clone());
            let times = &scene.readings.times;
            let terms = EventTerms::above(limit, limit / 3.0, hold);
            for event in events_below(times, &reading.values, &terms) {
                let at = times.partition_point(|time| *time < event.peak);
                let actor = reading.actors.get(at).copied().flatten();
                let track = actor.and_then(|actor| scene.tracks.tracks.get(actor as usize));
                let what =
                    track.map_or_else(String::new, |track| format!(" with {} {}", track.class(), track.id));
                let sentence = format!("the time to collision{what} falls to {:.2} s", event.value);
                let range = stretched(event.range, event.peak);
                let mut finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
                finding = finding.on(&scene.channel).with("ttc", event.value).with("limit", limit);
                found.findings.push(track.iter().fold(finding, |finding, track| finding.about(&track.id)));
            }
        }
        if drive.scenes.is_empty() {
            found.not_looked_at.push("the recording has no boxes in space".to_owned());
        }
        found
    }),
    sensor: false,
    claim: Some(|finding| {
        let channel = finding.channels.first()?;
        let limit = finding.numbers.get("limit")?;
        Some(format!("always(signal(\"{channel}/ttc_2d\") > {limit})"))
    }),
};
