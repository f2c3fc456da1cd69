//! Dropped frames: samples that are missing, twice there or out of order, by their stamps.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::clip::ChannelKind;
use crate::mining::drive::Drive;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::rhythm::{Rhythm, recorder_gaps, rhythms};

const FACTOR: ParamSpec =
    ParamSpec::setting("factor", "Time between samples, above", "median", [1.1, 10.0], 1.5);
const JITTER: ParamSpec = ParamSpec::setting("jitter", "Jitter, MAD over median", "", [0.0, 1.0], 0.1);
const JOIN: ParamSpec = ParamSpec::setting("join", "One finding within", "s", [0.0, 60.0], 5.0);
const END: ParamSpec = ParamSpec::setting("end", "Ends too early by", "s", [0.5, 600.0], 5.0);

/// More than 1.5 times the median between two samples: round(dt / median) - 1 are lost. Equal stamps, stamps in headers that go
/// backwards, jitter of more than 0.1, and a channel that ends early.
pub(super) static KIND: FinderKind = FinderKind {
    id: "dropped_frames",
    title: "Dropped frames",
    summary: "Samples are missing, repeated or out of order by their stamps",
    false_alarms: "sensors that are triggered or change their rate, files of different length",
    source: "proposed here: 1.5 times the median, MAD over median 0.1",
    params: &[FACTOR, JITTER, JOIN, END],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

/// Trouble between two samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Trouble {
    lost: u64,
    equal: u64,
    backwards: u64,
}

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let rhythms = rhythms(drive);
    let silent = recorder_gaps(&rhythms, Span(500_000_000)).unwrap_or_default();
    let mut found = Found::default();
    for rhythm in &rhythms {
        // Numbers that come when they change have no rhythm.
        if rhythm.kind == ChannelKind::Signal && !rhythm.is_steady() {
            continue;
        }
        found.looked_at.push(rhythm.name.clone());
        let jitter = rhythm.jitter > params.value(&JITTER);
        if jitter {
            found.findings.push(jittering(rhythm));
        }
        // Uneven stamps are further apart now and then.
        let factor = params.value(&FACTOR).max(if jitter { 3.0 } else { 0.0 });
        let all = troubles(drive, rhythm, (factor, &silent));
        found.findings.extend(joined(rhythm, &all, Span::from_secs(params.value(&JOIN))));
        found.findings.extend(early(drive, rhythm, Span::from_secs(params.value(&END))));
    }
    if rhythms.is_empty() {
        found.not_looked_at.push("no channel has twenty samples".to_owned());
    }
    found
}

fn troubles(
    drive: &Drive<'_>,
    rhythm: &Rhythm,
    (factor, silent): (f64, &[TimeRange]),
) -> Vec<(TimeRange, Trouble)> {
    let signal = rhythm.kind == ChannelKind::Signal;
    // Numbers are lost one by one on a bus; a few in a row are not.
    let least = if signal { 5 } else { 1 };
    let stamps = drive.stamps(rhythm.channel).filter(|stamps| stamps.len() == rhythm.times.len());
    let mut all = Vec::new();
    for (at, pair) in rhythm.times.windows(2).enumerate() {
        let range = TimeRange { start: pair[0], end: pair[1] };
        let parts = range.span().0 as f64 / rhythm.period.0 as f64;
        let mut trouble = Trouble::default();
        if parts > factor && !silent.iter().any(|gap| gap.start < range.end && range.start < gap.end) {
            trouble.lost = Some(parts.round() as u64 - 1).filter(|lost| *lost >= least).unwrap_or(0);
        }
        let header = stamps.as_ref().and_then(|stamps| Some((*stamps.get(at)?, *stamps.get(at + 1)?)));
        trouble.backwards = u64::from(header.is_some_and(|(before, now)| now < before));
        let same = header.map_or_else(|| range.span().0 == 0, |(before, now)| before == now);
        trouble.equal = u64::from(same && !signal);
        if trouble != Trouble::default() {
            all.push((range, trouble));
        }
    }
    all
}

/// Findings of troubles, those that are near as one.
fn joined(rhythm: &Rhythm, all: &[(TimeRange, Trouble)], join: Span) -> Vec<Finding> {
    let mut groups: Vec<(TimeRange, Time, u64, Trouble)> = Vec::new();
    for (range, trouble) in all {
        match groups.last_mut() {
            Some((whole, peak, most, sum)) if range.start - whole.end <= join => {
                whole.end = range.end;
                if trouble.lost > *most {
                    (*peak, *most) = (range.start, trouble.lost);
                }
                sum.lost += trouble.lost;
                sum.equal += trouble.equal;
                sum.backwards += trouble.backwards;
            }
            _ => groups.push((*range, range.start, trouble.lost, *trouble)),
        }
    }
    groups.into_iter().map(|(range, peak, _, sum)| finding(rhythm, (range, peak), sum)).collect()
}

fn finding(rhythm: &Rhythm, (range, peak): (TimeRange, Time), sum: Trouble) -> Finding {
    let one_or = |count: u64, one: &str, more: &str| match count {
        0 => None,
        1 => Some(one.to_owned()),
        _ => Some(format!("{count} {more}")),
    };
    let parts = [
        one_or(sum.lost, "1 sample is lost", "samples are lost"),
        one_or(sum.equal, "1 stamp repeats the one before", "stamps repeat the one before"),
        one_or(sum.backwards, "1 stamp goes backwards", "stamps go backwards"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let sentence = format!("{} within {:.2} s", parts.join(", "), range.span().secs());
    // A second without samples is as bad as it gets.
    let missing = (sum.lost + sum.equal + sum.backwards) as f64 * rhythm.period.secs();
    KIND.finding(stretched(range, peak), peak, missing, sentence)
        .on(&rhythm.name)
        .with("lost", sum.lost as f64)
        .with("equal", sum.equal as f64)
        .with("backwards", sum.backwards as f64)
        .with("period", rhythm.period.secs())
}

fn jittering(rhythm: &Rhythm) -> Finding {
    let first = rhythm.times.first().copied().unwrap_or_default();
    let last = rhythm.times.last().copied().unwrap_or_default();
    let sentence = format!(
        "samples come unevenly: the time between two of them deviates by {:.0} % of its median, {:.1} ms",
        rhythm.jitter * 100.0,
        rhythm.period.secs() * 1e3
    );
    let finding = KIND.finding(TimeRange { start: first, end: last }, first, rhythm.jitter, sentence);
    finding.on(&rhythm.name).with("jitter", rhythm.jitter).with("period", rhythm.period.secs())
}

/// A channel whose samples end long before the recording does.
fn early(drive: &Drive<'_>, rhythm: &Rhythm, least: Span) -> Option<Finding> {
    let (last, end) = (*rhythm.times.last()?, drive.range().end);
    let silent = end - last;
    let long = silent > least && silent.0 > rhythm.period.0.saturating_mul(10);
    long.then(|| {
        let sentence =
            format!("the last sample comes {:.1} s before the end of the recording", silent.secs());
        let finding = KIND.finding(TimeRange { start: last, end }, last, silent.secs() / 60.0, sentence);
        finding.on(&rhythm.name).with("silent", silent.secs())
    })
}
