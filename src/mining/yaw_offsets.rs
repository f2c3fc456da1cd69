//! Offsets between the clocks of sensors, by the cross-correlation of their yaw rates.

use crate::base::time::{Span, Time, TimeRange};
use crate::mining::drive::Drive;
use crate::mining::spread::median;
use crate::mining::yaw::{YawRate, yaw_rates};

/// Rate at which yaw rates are compared.
const STEP: Span = Span(10_000_000);
/// Samples of a window: 20 s.
const WINDOW: usize = 2000;
/// Largest offset in samples: 1 s.
const REACH: usize = 100;
/// Samples between two steps of the coarse search.
const COARSE: usize = 5;

/// The clock of one sensor against another one.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    /// The sensor whose clock is compared.
    pub(super) name: String,
    /// The sensor that it is compared with.
    pub(super) with: String,
    /// Seconds between two samples of the slower one.
    pub(super) period: f64,
    /// From the first to the last window.
    pub(super) range: TimeRange,
    /// Seconds after the beginning of the recording, and seconds by which the sensor is late, by window.
    pub(super) windows: Vec<(f64, f64)>,
}

/// Offsets of all sensors with a yaw rate against the fastest one, over windows of 20 s in which the vehicle turns and the
/// correlation exceeds `least`; or the reason for which there are none.
pub(super) fn offsets(drive: &Drive<'_>, least: f64) -> Result<Vec<Offsets>, NoOffsets> {
    let rates = yaw_rates(drive);
    if rates.len() < 2 {
        return Err(NoOffsets::Alone);
    }
    // The first of the fastest.
    let fastest = rates.iter().rev().min_by(|a, b| a.period.total_cmp(&b.period)).ok_or(NoOffsets::Alone)?;
    let others = rates.iter().filter(|rate| !std::ptr::eq(*rate, fastest));
    let all: Vec<Offsets> =
        others.filter_map(|other| compared(fastest, other, drive.range().start, least)).collect();
    if all.is_empty() { Err(NoOffsets::Alike) } else { Ok(all) }
}

/// Reason for which no clocks are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoOffsets {
    /// Less than two sensors tell it.
    #[error("fewer than two sensors tell the yaw rate")]
    Alone,
    /// The vehicle does not turn.
    #[error("the yaw rates are not alike in any 20 s in which the vehicle turns")]
    Alike,
}

/// Correlations of a window with another yaw rate: by offset.
struct Compared {
    seconds: f64,
    time: Time,
    best: [Option<Peak>; 2],
}

/// The best offset in seconds with its correlation.
#[derive(Clone, Copy)]
struct Peak {
    offset: f64,
    correlation: f64,
}

fn compared(reference: &YawRate, other: &YawRate, start: Time, least: f64) -> Option<Offsets> {
    let margin = Span(STEP.0 * REACH as i64);
    let first = (*reference.times.first()?).max(*other.times.first()? + margin);
    let last = (*reference.times.last()?).min(*other.times.last()? - margin);
    let whole = deviation(&reference.values);
    let long = Span(STEP.0 * WINDOW as i64);
    let mut windows: Vec<Compared> = Vec::new();
    let mut at = first;
    while at + long <= last {
        let own = reference.resampled(at, STEP, WINDOW);
        let theirs = other.resampled(at - margin, STEP, WINDOW + 2 * REACH);
        if let (Some(own), Some(theirs)) = (own, theirs)
            && deviation(&own) > 0.2 * whole
        {
            let seconds = (at - start).secs() + long.secs() / 2.0;
            let best =
                [1.0, -1.0].map(|sign| peak(&own, &theirs, sign).filter(|peak| peak.correlation > least));
            windows.push(Compared { seconds, time: at, best });
        }
        at = at + long;
    }
    // One sensor may count the other way round, but not now and then.
    let total = |sign: usize| -> f64 {
        windows.iter().filter_map(|window| window.best[sign]).map(|peak| peak.correlation).sum()
    };
    let sign = usize::from(total(1) > total(0));
    let known: Vec<(Time, f64, f64)> = windows
        .iter()
        .filter_map(|window| Some((window.time, window.seconds, window.best[sign]?.offset)))
        .collect();
    let range = TimeRange { start: known.first()?.0, end: known.last()?.0 + long };
    Some(Offsets {
        name: other.name.clone(),
        with: reference.name.clone(),
        period: reference.period.max(other.period),
        range,
        windows: known.into_iter().map(|(_, seconds, offset)| (seconds, offset)).collect(),
    })
}

/// The offset with the largest correlation: coarse, then fine, then by a parabola. `None` at the end of the reach.
fn peak(own: &[f64], theirs: &[f64], sign: f64) -> Option<Peak> {
    let correlation = |lag: usize, step: usize| {
        sign * correlated(
            own.iter().step_by(step),
            theirs.get(lag..).unwrap_or_default().iter().step_by(step),
        )
    };
    let best = |lags: &mut dyn Iterator<Item = usize>, step: usize| {
        lags.map(|lag| (correlation(lag, step), lag)).max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let (_, coarse) = best(&mut (0..=2 * REACH).step_by(COARSE), COARSE)?;
    let (top, lag) = best(&mut (coarse.saturating_sub(COARSE)..=(coarse + COARSE).min(2 * REACH)), 1)?;
    if lag == 0 || lag == 2 * REACH {
        return None;
    }
    let (before, after) = (correlation(lag - 1, 1), correlation(lag + 1, 1));
    let bend = before - 2.0 * top + after;
    let part = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
    let offset = (lag as f64 - REACH as f64 + part) * STEP.secs();
    Some(Peak { offset, correlation: top })
}

/// Correlation of two series as long as the first; 0 where one of them does not move.
fn correlated<'a>(a: impl Iterator<Item = &'a f64>, b: impl Iterator<Item = &'a f64>) -> f64 {
    let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in a.zip(b) {
        n += 1.0;
        sa += a;
        sb += b;
        saa += a * a;
        sbb += b * b;
        sab += a * b;
    }
    let spread: f64 = (n * saa - sa * sa) * (n * sbb - sb * sb);
    if spread > 1e-30 { (n * sab - sa * sb) / spread.sqrt() } else { 0.0 }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt()
}

/// The middle of the values of all sensors and of the one that they are compared with, which has 0: of two sensors the other
/// one departs, of three the one that the others contradict.
pub(super) fn agreed(values: &[f64]) -> f64 {
    let mut all: Vec<f64> = values.iter().copied().chain([0.0]).collect();
    if all.len() < 3 { 0.0 } else { median(&mut all).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;

    fn rate(late: f64, hz: f64, sign: f64) -> YawRate {
        let rng = Rng::new(5);
        let wave = |secs: f64| -> f64 {
            (0..12_u64)
                .map(|n| {
                    let (own, phase) =
                        (0.05 + 0.6 * rng.unit_at(2 * n), std::f64::consts::TAU * rng.unit_at(2 * n + 1));
                    libm::sin(std::f64::consts::TAU * own * secs + phase)
                })
                .sum()
        };
        let count = (100.0 * hz) as usize;
        let secs: Vec<f64> = (0..count).map(|n| n as f64 / hz).collect();
        YawRate {
            name: String::new(),
            times: secs.iter().map(|secs| Time::from_secs(*secs)).collect(),
            values: secs.iter().map(|secs| sign * wave(secs - late)).collect(),
            period: 1.0 / hz,
        }
    }

    #[test]
    fn the_offset_of_a_late_clock_is_found_to_a_few_milliseconds() {
        for (late, hz, sign) in
            [(0.123, 100.0, 1.0), (-0.4, 10.0, 1.0), (0.0, 20.0, -1.0), (0.25, 50.0, -3.0)]
        {
            let found = compared(&rate(0.0, 100.0, 1.0), &rate(late, hz, sign), Time(0), 0.7).unwrap();
            assert!(found.windows.len() >= 3);
            for (_, offset) in &found.windows {
                assert!((offset - late).abs() < 0.005, "{late} at {hz} Hz: {offset}");
            }
        }
        assert!(
            compared(&rate(0.0, 100.0, 1.0), &rate(3.0, 100.0, 1.0), Time(0), 0.7)
                .is_none_or(|found| found.windows.is_empty())
        );
    }

    #[test]
    fn of_three_clocks_the_one_departs_that_the_others_contradict() {
        assert!(agreed(&[0.2]).abs() < 1e-12);
        assert!((agreed(&[0.2, 0.21]) - 0.2).abs() < 1e-12);
        assert!(agreed(&[0.0, 0.3]).abs() < 1e-12);
    }
}
