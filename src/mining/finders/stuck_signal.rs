//! Stuck signal: a number repeats for long while one that usually moves with it goes on moving.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::mining::drive::{Drive, Signal};
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::partners::Partners;

const TIMES: ParamSpec = ParamSpec::setting("times", "Times its own 95th percentile", "", [1.0, 100.0], 5.0);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.1, 600.0], 2.0);
const CORRELATION: ParamSpec =
    ParamSpec::setting("correlation", "Partner with correlation", "", [0.1, 1.0], 0.5);

/// One value for at least five times the 95th percentile of its own runs of equal values and 2 s, while a partner with an
/// absolute correlation above 0.5 moves. A value at which it rests elsewhere as well is none at which it is stuck.
pub(super) static KIND: FinderKind = FinderKind {
    id: "stuck_signal",
    title: "Stuck signal",
    summary: "A signal keeps one value for unusually long while a signal that moves with it goes on moving",
    false_alarms: "a signal at its limit, a setting that is changed by hand",
    source: "proposed here: 5 times the 95th percentile of runs, 2 s, partner with |r| above 0.5",
    params: &[TIMES, HOLD, CORRELATION],
    look: Look::Drive(find),
    sensor: true,
    claim: None,
};

/// Samples with one value, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Run {
    first: usize,
    last: usize,
}

fn find(drive: &Drive<'_>, params: &Params) -> Found {
    let signals = drive.recorded_signals();
    if signals.len() < 2 {
        return Found::skipped("fewer than two signals are recorded, and a partner is needed");
    }
    let hold = Span::from_secs(params.value(&HOLD));
    let stuck: Vec<Vec<Run>> =
        signals.iter().map(|signal| suspects(signal, params.value(&TIMES), hold)).collect();
    let mut found =
        Found { looked_at: signals.iter().map(|signal| signal.name.clone()).collect(), ..Found::default() };
    if stuck.iter().all(Vec::is_empty) {
        return found;
    }
    let ranges: Vec<Vec<TimeRange>> = signals
        .iter()
        .zip(&stuck)
        .map(|(signal, runs)| runs.iter().map(|run| range(signal, *run)).collect())
        .collect();
    let partners = Partners::new(&signals, &ranges, drive.range());
    for (at, signal) in signals.iter().enumerate() {
        for run in &stuck[at] {
            let range = range(signal, *run);
            let partner = partners.moving(at, range, params.value(&CORRELATION));
            found.findings.extend(partner.map(|(other, r)| finding(signal, *run, (&signals[other], r))));
        }
    }
    found
}

fn range(signal: &Signal, run: Run) -> TimeRange {
    let at = |index: usize| signal.times.get(index).copied().unwrap_or_default();
    TimeRange { start: at(run.first), end: at(run.last) }
}

/// The runs that are unusually long for a signal, without those at a value at which it often rests.
fn suspects(signal: &Signal, times: f64, hold: Span) -> Vec<Run> {
    let values: &Arc<Vec<f64>> = &signal.values;
    let mut runs: Vec<Run> = Vec::new();
    for (at, value) in values.iter().enumerate().take(signal.times.len()) {
        match runs.last_mut() {
            Some(run) if values[run.first].to_bits() == value.to_bits() => run.last = at,
            _ => runs.push(Run { first: at, last: at }),
        }
    }
    let length = |run: &Run| run.last - run.first + 1;
    let mut lengths: Vec<usize> = runs.iter().map(length).collect();
    if lengths.len() < 2 {
        return Vec::new();
    }
    let at = (lengths.len() - 1) * 95 / 100;
    let usual = *lengths.select_nth_unstable(at).1;
    let long: Vec<Run> = runs
        .into_iter()
        .filter(|run| range(signal, *run).span() >= hold && values[run.first].is_finite())
        .collect();
    let rests = |run: &Run| {
        let same =
            |other: &&Run| **other != *run && values[other.first].to_bits() == values[run.first].to_bits();
        long.iter().filter(same).any(|other| length(other) * 2 >= length(run))
    };
    long.iter().copied().filter(|run| length(run) as f64 >= times * usual as f64 && !rests(run)).collect()
}

fn finding(signal: &Signal, run: Run, (partner, r): (&Signal, f64)) -> Finding {
    let range = range(signal, run);
    let (seconds, value) = (range.span().secs(), signal.values.get(run.first).copied().unwrap_or(f64::NAN));
    let sentence = format!(
        "{} stays at {value} for {seconds:.1} s while {} moves, with which it has a correlation of {r:.2}",
        signal.name, partner.name
    );
    let peak: Time = range.start;
    let finding = KIND.finding(range, peak, seconds / 20.0, sentence).on(&signal.name).on(&partner.name);
    finding.with("seconds", seconds).with("value", value).with("correlation", r)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(values: Vec<f64>) -> Signal {
        let times = (0..values.len()).map(|n| Time::from_secs(n as f64 * 0.1)).collect();
        Signal { name: String::new(), times: Arc::new(times), values: Arc::new(values) }
    }

    #[test]
    fn a_value_at_which_a_signal_rests_often_is_no_suspect() {
        let moving = |n: usize| (n * 7 % 100) as f64 + 0.5;
        let hold = Span::from_secs(2.0);
        let stuck = |at: &[(std::ops::Range<usize>, f64)]| {
            let value = |n: usize| {
                at.iter().find(|(range, _)| range.contains(&n)).map_or_else(|| moving(n), |(_, value)| *value)
            };
            suspects(&signal((0..600).map(value).collect()), 5.0, hold)
        };
        assert_eq!(stuck(&[(100..140, 3.0)]), [Run { first: 100, last: 139 }]);
        assert_eq!(stuck(&[(100..110, 3.0)]), []);
        assert_eq!(stuck(&[(100..140, 0.0), (300..330, 0.0)]), []);
        assert_eq!(stuck(&[(100..140, 0.0), (300..330, f64::NAN)]).len(), 1);
        // All of the recording has one value: nothing says that it should move.
        assert_eq!(stuck(&[(0..600, 1.0)]), []);
    }
}
