//! Events in a series: on above a threshold, off below a lower one, held, joined, and quiet afterwards.

use crate::base::time::{Span, Time, TimeRange};

/// Terms of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventTerms {
    /// Value above which an event begins.
    pub hi: f64,
    /// Value below which it ends: 0.8 of `hi` if absent.
    pub lo: Option<f64>,
    /// Value of severity 1.
    pub bad: f64,
    /// Least duration.
    pub hold: Span,
    /// Gaps shorter than this are joined.
    pub join: Span,
    /// Time after an event in which only a worse one is told, 5 s as in openpilot.
    pub cool_down: Span,
}

impl EventTerms {
    /// Events of values above `hi`, of severity 1 at `bad`: gaps below 0.5 s joined, 5 s after each in which only worse ones count.
    pub const fn above(hi: f64, bad: f64, hold: Span) -> Self {
        let (join, cool_down) = (Span(500_000_000), Span(5_000_000_000));
        Self { hi, lo: None, bad, hold, join, cool_down }
    }

    /// Severity of a value, 0 at the threshold, 1 where it is bad.
    pub fn severity(&self, value: f64) -> f64 {
        let part = (value - self.hi) / (self.bad - self.hi);
        if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) }
    }
}

/// One event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// From the first to the last sample above.
    pub range: TimeRange,
    /// The sample with the greatest value.
    pub peak: Time,
    /// The greatest value.
    pub value: f64,
}

/// Shortest duration of a finding; shorter ones are stretched around their peak.
const SHORTEST: Span = Span(1_500_000_000);

/// Steps of a series, in medians, that are a gap in it: nothing is known about the time between.
const GAP: i64 = 5;

/// The longest time between two samples over which an event goes on.
fn longest_step(times: &[Time], join: Span) -> Span {
    let mut steps: Vec<Span> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = steps.len() / 2;
    if steps.is_empty() {
        return join;
    }
    let usual = *steps.select_nth_unstable(middle).1;
    join.max(Span(usual.0.saturating_mul(GAP)))
}

/// The events of a series, in the order of time.
///
/// Values that are no numbers end an event, and so does a gap in the series; infinite ones count. After an event, one that begins
/// within the cool-down is told only if it is worse.
pub fn events(times: &[Time], values: &[f64], terms: &EventTerms) -> Vec<Event> {
    let lo = terms.lo.unwrap_or(if terms.hi >= 0.0 { 0.8 * terms.hi } else { 1.25 * terms.hi });
    let longest = longest_step(times, terms.join);
    let mut raw: Vec<Event> = Vec::new();
    let mut open: Option<Event> = None;
    for (time, value) in times.iter().zip(values) {
        if open.as_ref().is_some_and(|event| *time - event.range.end > longest) {
            raw.extend(open.take());
        }
        match &mut open {
            Some(event) if *value >= lo => {
                event.range.end = *time;
                if *value > event.value {
                    (event.peak, event.value) = (*time, *value);
                }
            }
            Some(_) => raw.extend(open.take()),
            None if *value > terms.hi => {
                open =
                    Some(Event { range: TimeRange { start: *time, end: *time }, peak: *time, value: *value });
            }
            None => {}
        }
    }
    raw.extend(open);
    let mut joined: Vec<Event> = Vec::new();
    for event in raw {
        match joined.last_mut() {
            Some(last) if event.range.start - last.range.end < terms.join => {
                last.range.end = event.range.end;
                if event.value > last.value {
                    (last.peak, last.value) = (event.peak, event.value);
                }
            }
            _ => joined.push(event),
        }
    }
    let mut kept: Vec<Event> = Vec::new();
    for event in joined.into_iter().filter(|event| event.range.span() >= terms.hold) {
        let quiet = |last: &Event| event.range.start - last.range.end < terms.cool_down;
        if kept.last().is_none_or(|last| !quiet(last) || event.value > last.value) {
            kept.push(event);
        }
    }
    kept
}

/// The same for values below a threshold: `hi`, `lo` and `bad` are on the other side. 1.25 of `hi` ends an event.
pub fn events_below(times: &[Time], values: &[f64], terms: &EventTerms) -> Vec<Event> {
    let turned: Vec<f64> = values.iter().map(|value| -value).collect();
    let lo = terms.lo.unwrap_or(if terms.hi >= 0.0 { 1.25 * terms.hi } else { 0.8 * terms.hi });
    let terms = EventTerms { hi: -terms.hi, lo: Some(-lo), bad: -terms.bad, ..*terms };
    let found = events(times, &turned, &terms).into_iter();
    found.map(|event| Event { value: -event.value, ..event }).collect()
}

/// A range that is long enough to look at, around a moment.
pub fn stretched(range: TimeRange, peak: Time) -> TimeRange {
    if range.span() >= SHORTEST {
        return range;
    }
    let half = Span(SHORTEST.0 / 2);
    TimeRange { start: range.start.min(peak - half), end: range.end.max(peak + half) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: f64) -> Time {
        Time::from_secs(secs)
    }

    #[test]
    fn an_event_begins_high_ends_low_is_held_and_is_followed_by_worse_ones_alone() {
        let times: Vec<Time> = (0..200).map(|i| at(f64::from(i) * 0.1)).collect();
        let value = |i: i32| match i {
            10..=14 => 2.0,
            // Between the thresholds, which keeps an event and begins none.
            15..=17 | 60..=70 => 0.9,
            // A gap of 0.2 s is joined.
            20..=22 => 3.0,
            // Within the quiet time: one that is worse, and one that is not.
            40..=45 => 5.0,
            52..=58 => 4.0,
            // A single sample.
            100 => 9.0,
            120..=130 => 2.5,
            _ => 0.0,
        };
        let values: Vec<f64> = (0..200).map(value).collect();
        let terms = EventTerms::above(1.0, 3.0, Span::from_secs(0.3));
        let found = events(&times, &values, &terms);
        let shown: Vec<_> = found.iter().map(|e| (e.range.start, e.range.end, e.peak, e.value)).collect();
        assert_eq!(
            shown,
            [
                (at(1.0), at(2.2), at(2.0), 3.0),
                (at(4.0), at(4.5), at(4.0), 5.0),
                (at(12.0), at(13.0), at(12.0), 2.5)
            ]
        );
        assert_eq!(found.iter().map(|e| terms.severity(e.value)).collect::<Vec<_>>(), [1.0, 1.0, 0.75]);
    }

    #[test]
    fn an_event_does_not_last_over_a_gap_of_the_series() {
        let mut times: Vec<Time> = (0..10).map(|i| at(f64::from(i) * 0.1)).collect();
        times.extend((0..10).map(|i| at(600.0 + f64::from(i) * 0.1)));
        let found = events(&times, &[2.0; 20], &EventTerms::above(1.0, 3.0, Span::from_secs(0.3)));
        let shown: Vec<_> = found.iter().map(|event| (event.range.start, event.range.end)).collect();
        assert_eq!(shown, [(at(0.0), at(0.9)), (at(600.0), at(600.9))]);
        // One sample a minute is no gap where every step is a minute.
        let times: Vec<Time> = (0..5).map(|i| at(f64::from(i) * 60.0)).collect();
        let found = events(&times, &[2.0; 5], &EventTerms::above(1.0, 3.0, Span(0)));
        assert_eq!((found.len(), found[0].range.end), (1, at(240.0)));
    }

    #[test]
    fn values_below_are_events_as_well() {
        let times: Vec<Time> = (0..50).map(|i| at(f64::from(i) * 0.1)).collect();
        let ttc: Vec<f64> =
            (0..50).map(|i| if (20..30).contains(&i) { 0.8 } else { f64::INFINITY }).collect();
        let terms = EventTerms::above(1.5, 0.5, Span(0));
        let found = events_below(&times, &ttc, &terms);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].range.start, found[0].range.end, found[0].value), (at(2.0), at(2.9), 0.8));
        assert!((terms.severity(found[0].value) - 0.7).abs() < 1e-12);
    }
}
