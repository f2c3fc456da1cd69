//! Violations of RSS: both safe distances, along and across, are not kept.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::clips::derived::Scene;
use crate::mining::events::{EventTerms, events_below, stretched};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::tracks::criticality::metric::Metric;
use crate::tracks::scene::EgoMotion;

const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.3);
const MARGIN: ParamSpec = ParamSpec::setting("margin", "Margin below", "m", [-50.0, 50.0], 0.0);
const BAD: ParamSpec = ParamSpec::setting("bad", "Missing meters of severity 1", "m", [0.5, 100.0], 10.0);

/// A negative margin for 0.3 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "rss",
    title: "RSS violation",
    summary: "Neither the safe distance along nor the one across is kept",
    false_alarms: "junctions, where lanes would be needed; usual following in dense traffic",
    source: "Shalev-Shwartz et al. 2017; parameters suggested by ad-rss 5.0.0",
    params: &[HOLD, MARGIN, BAD],
    look: Look::Drive(|drive, params| {
        let mut found = Found::default();
        for scene in &drive.scenes {
            let series = scene.readings.series.iter().any(|reading| reading.metric == Metric::Rss);
            if series {
                found.looked_at.push(scene.channel.clone());
                found.findings.extend(violations(scene, params));
                continue;
            }
            let why = match &scene.ego {
                EgoMotion::Unknown(why) => why.as_str(),
                EgoMotion::Relative => "the speed of the vehicle over ground is not known",
                EgoMotion::Known(_) => "it has no boxes with ids",
            };
            found.not_looked_at.push(format!("{}: {why}", scene.channel));
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
        Some(format!("always(signal(\"{channel}/rss\") > {limit})"))
    }),
};

fn violations(scene: &Scene, params: &Params) -> Vec<Finding> {
    let Some(reading) = scene.readings.series.iter().find(|reading| reading.metric == Metric::Rss) else {
        return Vec::new();
    };
    let margin = params.value(&MARGIN);
    let hold = Span::from_secs(params.value(&HOLD));
    let above = EventTerms::above(margin, margin - params.value(&BAD), hold);
    let terms = EventTerms { lo: Some(margin + 0.2), ..above };
    let times = &scene.readings.times;
    let found = events_below(times, &reading.values, &terms).into_iter();
    found
        .map(|event| {
            let at = times.partition_point(|time| *time < event.peak);
            let actor = reading.actors.get(at).copied().flatten();
            let track = actor.and_then(|actor| scene.tracks.tracks.get(actor as usize));
            let whom = track.map_or_else(String::new, |track| format!(" to {} {}", track.class(), track.id));
            let sentence = format!("the safe distance{whom} lacks {:.1} m", -event.value);
            let range = stretched(event.range, event.peak);
            let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
            let finding = finding.on(&scene.channel).with("margin", event.value).with("limit", margin);
            track.iter().fold(finding, |finding, track| finding.about(&track.id))
        })
        .collect()
}
