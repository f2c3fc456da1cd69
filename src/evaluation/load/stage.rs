//! Results at one rate: latencies, errors, and the rate that was reached.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::base::order_statistics::{interval, rank};
use crate::base::stats::Rate;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The moment at which it was due, from the begin of its stage on.
    pub due: Duration,
    /// The moment at which it was sent.
    pub sent: Duration,
    /// The moment at which its prediction was there, or its error.
    pub done: Duration,
    /// The error, if there was one.
    pub error: Option<String>,
}

/// A quantile of latencies with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quantile {
    /// The part, 0 to 1.
    pub part: f64,
    /// The latency in seconds by nearest rank.
    pub seconds: f64,
    /// The interval of 95 % by order statistics in seconds; `None` where there are too few requests for one.
    pub interval: Option<[f64; 2]>,
}

/// Results at one rate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageResult {
    /// Requests a second that were due.
    pub rate: f64,
    /// Number of requests.
    pub requests: usize,
    /// Errors by their text.
    pub errors: BTreeMap<String, usize>,
    /// Predictions a second, from the first request to the last prediction.
    pub reached: f64,
    /// Requests that were sent more than a tenth of a second late, because all connections were busy.
    pub late: usize,
    /// Latencies in seconds of the requests without an error, from the moment at which they were due, sorted.
    #[serde(skip)]
    pub latencies: Vec<f64>,
    /// Median time in seconds from sending to the prediction, without the wait for a connection.
    pub service: Option<f64>,
}

/// Parts that are shown.
pub const PARTS: [f64; 4] = [0.5, 0.9, 0.95, 0.99];
/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;
/// Delay from which a request counts as sent late.
const LATE: Duration = Duration::from_millis(100);
/// Share of the offered rate that a stage has to reach to hold.
const REACHED: f64 = 0.95;

impl StageResult {
    /// The results of requests at a rate.
    pub fn of(rate: f64, requests: &[Request]) -> Self {
        let mut errors: BTreeMap<String, usize> = BTreeMap::new();
        for error in requests.iter().filter_map(|request| request.error.as_ref()) {
            *errors.entry(error.clone()).or_default() += 1;
        }
        let good: Vec<&Request> = requests.iter().filter(|request| request.error.is_none()).collect();
        let mut latencies: Vec<f64> =
            good.iter().map(|one| one.done.saturating_sub(one.due).as_secs_f64()).collect();
        latencies.sort_by(f64::total_cmp);
        let mut served: Vec<f64> =
            good.iter().map(|one| one.done.saturating_sub(one.sent).as_secs_f64()).collect();
        served.sort_by(f64::total_cmp);
        let begin = requests.iter().map(|one| one.due).min().unwrap_or_default();
        let end = good.iter().map(|one| one.done).max().unwrap_or_default();
        // The last arrival stands for the distance behind it, so that a server that keeps up reaches the whole rate.
        let span = end.saturating_sub(begin).as_secs_f64().max(requests.len() as f64 / rate);
        Self {
            rate,
            requests: requests.len(),
            errors,
            reached: if requests.is_empty() { 0.0 } else { good.len() as f64 / span },
            late: requests.iter().filter(|one| one.sent.saturating_sub(one.due) > LATE).count(),
            service: (!served.is_empty()).then(|| served[rank(served.len(), 0.5)]),
            latencies,
        }
    }

    /// The share of errors.
    pub fn error_rate(&self) -> Rate {
        Rate::wilson(self.errors.values().sum(), self.requests)
    }

    /// A quantile of the latencies; `None` if there are too few requests to have one: the p99 takes a hundred.
    pub fn quantile(&self, part: f64) -> Option<Quantile> {
        let count = self.latencies.len();
        if count == 0 || (1.0 - part) * (count as f64) < 1.0 - 1e-9 {
            return None;
        }
        let ends = interval(count, part, CONFIDENCE).map(|ends| ends.map(|rank| self.latencies[rank]));
        Some(Quantile { part, seconds: self.latencies[rank(count, part)], interval: ends })
    }

    /// True if the server kept up with the arrivals.
    pub fn kept_up(&self) -> bool {
        self.reached >= REACHED * self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    /// One server that takes 30 ms a request, asked by one connection.
    fn queue(rate: f64, count: usize, service: u64) -> Vec<Request> {
        let mut free = Duration::ZERO;
        (0..count)
            .map(|number| {
                let due = Duration::from_secs_f64(number as f64 / rate);
                let sent = free.max(due);
                free = sent + millis(service);
                Request { due, sent, done: free, error: None }
            })
            .collect()
    }

    #[test]
    fn a_server_that_keeps_up_reaches_the_rate_and_one_that_does_not_shows_its_own() {
        let slow = StageResult::of(20.0, &queue(20.0, 200, 30));
        assert!(slow.kept_up());
        assert!((slow.quantile(0.99).unwrap().seconds - 0.03).abs() < 1e-9);
        assert_eq!(slow.late, 0);
        // 50 a second are more than the 33 that it can do; what was due earlier waits longer and longer.
        let over = StageResult::of(50.0, &queue(50.0, 200, 30));
        assert!(!over.kept_up());
        assert!((over.reached - 33.3).abs() < 0.5, "{}", over.reached);
        // The last request is due at 3.98 s and done at 6 s.
        assert!((over.latencies[199] - 2.02).abs() < 1e-9, "{}", over.latencies[199]);
        assert!((over.service.unwrap() - 0.03).abs() < 1e-9);
        assert!(over.late > 180);
    }

    #[test]
    fn a_stall_counts_for_all_that_were_due_meanwhile() {
        // A closed loop would see one slow request of 100.
        let mut requests = queue(100.0, 100, 1);
        for one in &mut requests[50..] {
            let resumed = millis(1500);
            one.sent = one.sent.max(resumed);
            one.done = one.done.max(resumed + millis(1));
        }
        let result = StageResult::of(100.0, &requests);
        assert!(result.quantile(0.9).unwrap().seconds > 0.8, "{:?}", result.quantile(0.9));
    }

    #[test]
    fn quantiles_take_enough_requests_and_have_intervals() {
        let result = |count: usize| StageResult::of(100.0, &queue(100.0, count, 1));
        assert_eq!(result(99).quantile(0.99), None);
        assert!(result(100).quantile(0.99).is_some());
    }

    #[test]
    fn errors_are_counted_by_their_text_and_take_no_part_in_latencies() {
        let mut requests = queue(10.0, 10, 5);
        requests[3].error = Some("503".to_owned());
        requests[4].error = Some("503".to_owned());
        let result = StageResult::of(10.0, &requests);
        assert_eq!(result.errors, BTreeMap::from([("503".to_owned(), 2)]));
        assert_eq!((result.error_rate().hits, result.error_rate().of, result.latencies.len()), (2, 10, 8));
        assert!(!result.kept_up(), "predictions count, not requests");
    }
}
