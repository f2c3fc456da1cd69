//! Plan jump: the plan of one moment and the next lead to different places at the same time.

use glam::DVec3;

use crate::base::params::ParamSpec;
use crate::base::time::{Span, Time};
use crate::data::geometry::frames::FrameTree;
use crate::data::geometry::path::PlannedPath;
use crate::mining::drive::{Drive, Plans};
use crate::mining::events::{EventTerms, events, stretched};
use crate::mining::finding::{FinderKind, Found, Look};

const LATERAL: ParamSpec = ParamSpec::setting("lateral", "Lateral deviation", "m", [0.1, 20.0], 1.0);
const ALONG: ParamSpec = ParamSpec::setting("along", "Longitudinal deviation", "m", [0.1, 50.0], 2.0);

/// More than 1 m to the side or 2 m along.
pub(super) static KIND: FinderKind = FinderKind {
    id: "plan_jump",
    title: "Plan jump",
    summary: "Consecutive plans lead to places far apart at the same time",
    false_alarms: "a new route or goal, late stamps",
    source: "trajectory jump, auto-tags of Uber ATG",
    params: &[LATERAL, ALONG],
    look: Look::Drive(|drive, params| {
        if drive.plans.is_empty() {
            return Found::skipped("the recording has no planned paths");
        }
        let limits = [params.value(&LATERAL), params.value(&ALONG)];
        let mut found = Found::default();
        for plans in &drive.plans {
            found.add(find(drive, plans, limits));
        }
        found
    }),
    sensor: false,
    claim: None,
};

/// Points of a plan with seconds after its stamp.
type Timed = Vec<(f64, DVec3)>;

fn find(drive: &Drive<'_>, plans: &Plans, [lateral, along]: [f64; 2]) -> Found {
    let frames = drive.clip.frames();
    let placed: Vec<(Time, Option<Timed>)> =
        plans.plans.iter().map(|(time, plan)| (*time, timed(*time, plan, &frames))).collect();
    if placed.iter().all(|(_, plan)| plan.is_none()) {
        return Found::skipped(format!(
            "{}: its plans have neither times nor speeds, or no transform to the map",
            plans.channel
        ));
    }
    let (mut times, mut ratios, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for pair in placed.windows(2) {
        let ((before, Some(a)), (now, Some(b))) = (&pair[0], &pair[1]) else { continue };
        // Plans that are long apart are not of one mind.
        if *now - *before > Span::SECOND {
            continue;
        }
        let Some([side, way]) = deviation(a, b, (*now - *before).secs()) else { continue };
        times.push(*now);
        ratios.push((side / lateral).max(way / along));
        parts.push([side, way]);
    }
    let terms = EventTerms { join: Span(500_000_000), ..EventTerms::above(1.0, 5.0, Span(0)) };
    let mut found = Found { looked_at: vec![plans.channel.clone()], ..Found::default() };
    for event in events(&times, &ratios, &terms) {
        let at = times.partition_point(|time| *time < event.peak);
        let [side, way] = parts.get(at).copied().unwrap_or_default();
        let sentence = format!("the plan jumps by {side:.2} m to the side and {way:.2} m along");
        let range = stretched(event.range, event.peak);
        let finding = KIND.finding(range, event.peak, terms.severity(event.value), sentence);
        found.findings.push(finding.on(&plans.channel).with("lateral", side).with("along", way));
    }
    found
}

/// The points of a plan in the frame that stands, with seconds after its stamp.
fn timed(time: Time, plan: &PlannedPath, frames: &FrameTree) -> Option<Timed> {
    let seconds = plan.seconds()?;
    let pose = frames.pose(&plan.frame, frames.root(&plan.frame), time)?;
    let points = plan.points.iter().map(|point| pose.apply(point.place));
    Some(seconds.into_iter().zip(points).filter(|(secs, _)| secs.is_finite()).collect())
}

/// Largest lateral and longitudinal distance of two plans over the time that both cover; the second is `later` seconds later.
fn deviation(a: &[(f64, DVec3)], b: &[(f64, DVec3)], later: f64) -> Option<[f64; 2]> {
    let mut most: Option<[f64; 2]> = None;
    for (at, (secs, place)) in b.iter().enumerate() {
        let Some(before) = place_at(a, secs + later) else { continue };
        let ahead = b.get(at + 1).map_or_else(|| place - b[at.saturating_sub(1)].1, |next| next.1 - place);
        let direction = ahead.truncate().normalize_or_zero();
        let apart = (place - before).truncate();
        let way = apart.dot(direction).abs();
        let side = apart.perp_dot(direction).abs();
        let known = most.get_or_insert([0.0, 0.0]);
        *known = [known[0].max(side), known[1].max(way)];
    }
    most
}

/// The place of a plan at a time, between its points.
fn place_at(plan: &[(f64, DVec3)], secs: f64) -> Option<DVec3> {
    let after = plan.iter().position(|(at, _)| *at >= secs)?;
    let (t1, p1) = plan[after];
    match after.checked_sub(1).map(|before| plan[before]) {
        None => (secs >= t1).then_some(p1),
        Some((t0, p0)) if t1 > t0 => Some(p0.lerp(p1, (secs - t0) / (t1 - t0))),
        Some((_, p0)) => Some(p0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_goes_on_does_not_deviate_and_one_that_steps_aside_does() {
        let plan = |x: f64, y: f64| -> Vec<(f64, DVec3)> {
            (0..20)
                .map(|i| (f64::from(i) * 0.25, DVec3::new(x + 10.0 * f64::from(i) * 0.25, y, 0.0)))
                .collect()
        };
        let [side, way] = deviation(&plan(0.0, 0.0), &plan(1.0, 0.0), 0.1).unwrap();
        assert!(side < 1e-9 && way < 1e-9, "{side} {way}");
        let [side, way] = deviation(&plan(0.0, 0.0), &plan(4.0, 1.5), 0.1).unwrap();
        assert!((side - 1.5).abs() < 1e-9 && (way - 3.0).abs() < 1e-9, "{side} {way}");
        assert_eq!(deviation(&plan(0.0, 0.0), &plan(0.0, 0.0), 99.0), None);
    }
}
