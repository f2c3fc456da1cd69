//! Rare scene: a second whose speed, motion and company are seldom together in this recording.

use std::collections::BTreeMap;

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::quantile;
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::boxes::Boxes;
use crate::mining::drive::Drive;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::tracks::classes::superclass;

const TOP: ParamSpec = ParamSpec::setting("top", "Rarest part", "", [0.001, 0.5], 0.01);
const LEAST: ParamSpec =
    ParamSpec::setting("least", "Least seconds of a recording", "s", [10.0, 3600.0], 100.0);
const BITS: ParamSpec = ParamSpec::setting("bits", "Least bits above the median", "bits", [0.0, 50.0], 6.0);

/// Bits above the median of severity 1.
const BAD: f64 = 30.0;
/// Distance of actors that are company, in meters.
const NEAR: f64 = 30.0;

/// The rarest hundredth by the bits of its values.
pub(super) static KIND: FinderKind = FinderKind {
    id: "rare_scene",
    title: "Rare scene",
    summary: "A second whose speed, motion and actors around are seldom in this recording",
    false_alarms: "the rarest part of an uneventful drive; tags of a project are not looked at",
    source: "sum of -log2 of the frequency of each value, add-one; bins are defaults of Hardcase",
    params: &[TOP, LEAST, BITS],
    look: Look::Drive(look),
    sensor: false,
    claim: None,
};

type Values = BTreeMap<&'static str, String>;

fn look(drive: &Drive<'_>, params: &Params) -> Found {
    let range = drive.range();
    let count = (range.span().secs().ceil()).max(0.0) as usize;
    let mut seconds: Vec<Values> = vec![Values::new(); count];
    let mut found = Found::default();
    motion(drive, &mut seconds, &mut found);
    company(drive, &mut seconds, &mut found);
    if found.looked_at.is_empty() {
        return Found::skipped("neither the motion of the vehicle nor boxes around it are known");
    }
    if (count as f64) < params.value(&LEAST) {
        return Found::skipped(format!("{count} s are too short to say what is rare"));
    }
    let bits = bits(&seconds);
    let mut sorted: Vec<f64> = bits.clone();
    sorted.sort_by(f64::total_cmp);
    let limit = quantile(&sorted, 1.0 - params.value(&TOP)).unwrap_or(f64::INFINITY);
    let usual = quantile(&sorted, 0.5).unwrap_or_default();
    let mut run: Option<(usize, usize)> = None;
    for second in 0..=count {
        let rare = bits.get(second).is_some_and(|b| *b >= limit && *b > usual + params.value(&BITS));
        match (&mut run, rare) {
            (Some((_, end)), true) => *end = second,
            (None, true) => run = Some((second, second)),
            (Some(_), false) => {
                found
                    .findings
                    .extend(run.take().map(|run| finding(range.start, run, &bits, &seconds, usual)));
            }
            (None, false) => {}
        }
    }
    found
}

fn finding(
    start: Time,
    (first, last): (usize, usize),
    bits: &[f64],
    seconds: &[Values],
    usual: f64,
) -> Finding {
    let peak = (first..=last).fold(first, |best, at| if bits[at] > bits[best] { at } else { best });
    let at = |second: usize| start + Span(Span::SECOND.0 * second as i64);
    let values: Vec<String> = seconds[peak].iter().map(|(name, value)| format!("{name} {value}")).collect();
    let sentence = format!("seldom together: {}", values.join(", "));
    let range = TimeRange { start: at(first), end: at(last + 1) };
    KIND.finding(range, at(peak) + Span(500_000_000), (bits[peak] - usual) / BAD, sentence)
        .with("bits", bits[peak])
        .with("usual_bits", usual)
}

/// Bins of speed, acceleration and lateral acceleration.
fn motion(drive: &Drive<'_>, seconds: &mut [Values], found: &mut Found) {
    let Some(scene) = drive.scenes.iter().find(|scene| !scene.readings.ego.is_empty()) else { return };
    found.looked_at.push(format!("motion of the vehicle in {}", scene.channel));
    let bin = |value: f64, width: f64| format!("{:.0}", (value / width).round() * width + 0.0);
    for (time, (_, motion)) in scene.readings.ego_times.iter().zip(&scene.readings.ego) {
        let Some(values) = second(drive, *time).and_then(|at| seconds.get_mut(at)) else { continue };
        values.entry("speed").or_insert_with(|| bin(motion.speed(), 5.0));
        values.entry("acceleration").or_insert_with(|| bin(motion.acceleration, 2.0));
        values.entry("lateral").or_insert_with(|| bin(motion.speed() * motion.yaw_rate, 2.0));
    }
}

/// Numbers of actors near by superclass.
fn company(drive: &Drive<'_>, seconds: &mut [Values], found: &mut Found) {
    let all = Boxes::of(drive);
    let Some(boxes) = all.iter().find(|boxes| boxes.scene.is_some() && !boxes.tracks.is_empty()) else {
        return;
    };
    found.looked_at.push(boxes.channel.to_owned());
    let samples = boxes.by_sample();
    let mut before = None;
    for (sample, time) in boxes.moments.iter().enumerate() {
        let Some(at) = second(drive, *time) else { continue };
        if before.replace(at) == Some(at) {
            continue;
        }
        let mut counts: BTreeMap<&'static str, usize> =
            [("vehicles", 0), ("persons", 0), ("cycles", 0), ("others", 0)].into();
        let near =
            samples.get(sample).into_iter().flatten().filter_map(|at| boxes.state(*at)).filter(|state| {
                let apart = state.place.world().zip(boxes.eye(*time));
                apart.is_some_and(|(placed, eye)| (placed.center.truncate() - eye).length() < NEAR)
            });
        for state in near {
            let name = match superclass(&state.class).as_str() {
                "vehicle" => "vehicles",
                "person" => "persons",
                "cycle" => "cycles",
                _ => "others",
            };
            *counts.entry(name).or_default() += 1;
        }
        let Some(values) = seconds.get_mut(at) else { continue };
        values.extend(counts.into_iter().map(|(name, count)| (name, count.min(6).to_string())));
    }
}

fn second(drive: &Drive<'_>, time: Time) -> Option<usize> {
    usize::try_from((time - drive.range().start).0 / Span::SECOND.0).ok()
}

/// Bits of each second: the sum of -log2 of the frequencies of its values, add-one.
fn bits(seconds: &[Values]) -> Vec<f64> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (name, value) in seconds.iter().flatten() {
        *counts.entry((name, value)).or_default() += 1;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in counts.keys() {
        *kinds.entry(name).or_default() += 1;
    }
    let of = |values: &Values| {
        let one = |(name, value): (&&'static str, &String)| {
            let count = counts.get(&(*name, value.as_str())).copied().unwrap_or_default() as f64;
            let all = seconds.len() as f64 + kinds.get(name).copied().unwrap_or_default() as f64;
            -libm::log2((count + 1.0) / all)
        };
        values.iter().map(one).sum()
    };
    seconds.iter().map(of).collect()
}
