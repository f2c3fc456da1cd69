//! Limits of a load test: `p99=100ms`, `errors=1%`.

use std::str::FromStr;

use crate::base::order_statistics::{least, part, percent};
use crate::evaluation::load::stage::StageResult;

/// A limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Longest latency in seconds of a part of the requests, 0 to 1.
    Latency {
        /// The part.
        part: f64,
        /// The latency.
        seconds: f64,
    },
    /// Largest share of errors, the error budget.
    Errors(f64),
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no limit, expected something like p99=100ms, p50=0.5s or errors=1%")]
pub struct NoLimit(String);

impl FromStr for Limit {
    type Err = NoLimit;

    fn from_str(text: &str) -> Result<Self, NoLimit> {
        parse(text).ok_or_else(|| NoLimit(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Limit> {
    let (name, value) = text.split_once('=')?;
    let number =
        |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if name == "errors" {
        let share = match value.strip_suffix('%') {
            Some(percent) => number(percent)? / 100.0,
            None => number(value)?,
        };
        return (share <= 1.0).then_some(Limit::Errors(share));
    }
    let part = part(name)?;
    let seconds = match (value.strip_suffix("ms"), value.strip_suffix('s')) {
        (Some(millis), _) => number(millis)? / 1e3,
        (None, Some(seconds)) => number(seconds)?,
        (None, None) => return None,
    };
    (seconds > 0.0).then_some(Limit::Latency { part, seconds })
}

/// Judgment of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgment {
    /// It holds.
    Holds,
    /// It does not; the reason in a sentence.
    Exceeded(String),
    /// There are too few requests; the reason in a sentence.
    Unknown(String),
}

impl Limit {
    /// The judgment of results at one rate.
    pub fn judge(self, result: &StageResult) -> Judgment {
        match self {
            Self::Errors(most) => {
                let rate = result.error_rate();
                if rate.share() <= most {
                    return Judgment::Holds;
                }
                Judgment::Exceeded(format!(
                    "{} of {} requests failed, {:.2} %, and the limit is {:.2} %",
                    rate.hits,
                    rate.of,
                    100.0 * rate.share(),
                    100.0 * most
                ))
            }
            Self::Latency { part, seconds } => match result.quantile(part) {
                None => Judgment::Unknown(format!(
                    "{} are too few for the p{}, which takes {}",
                    crate::base::text::counted(result.latencies.len(), "prediction"),
                    percent(part),
                    least(part)
                )),
                Some(found) if found.seconds <= seconds => Judgment::Holds,
                Some(found) => Judgment::Exceeded(format!(
                    "the p{} is {:.1} ms, and the limit is {:.1} ms",
                    percent(part),
                    1e3 * found.seconds,
                    1e3 * seconds
                )),
            },
        }
    }
}

/// The largest rate that held, and the smallest one that did not.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Saturation {
    /// Largest rate below every one that failed.
    pub held: Option<f64>,
    /// Smallest rate that failed.
    pub failed: Option<f64>,
}

/// The rates between which a server is saturated: it no longer keeps up, or exceeds a limit.
pub fn saturation(results: &[StageResult], limits: &[Limit]) -> Saturation {
    let fails = |result: &StageResult| {
        !result.kept_up() || limits.iter().any(|limit| matches!(limit.judge(result), Judgment::Exceeded(_)))
    };
    let failed = results.iter().filter(|result| fails(result)).map(|result| result.rate).reduce(f64::min);
    let below =
        results.iter().map(|result| result.rate).filter(|rate| failed.is_none_or(|failed| *rate < failed));
    Saturation { held: below.reduce(f64::max), failed }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::evaluation::load::stage::Request;

    fn result(rate: f64, count: usize, millis: u64) -> StageResult {
        let requests: Vec<Request> = (0..count)
            .map(|number| {
                let due = Duration::from_secs_f64(number as f64 / rate);
                Request { due, sent: due, done: due + Duration::from_millis(millis), error: None }
            })
            .collect();
        StageResult::of(rate, &requests)
    }

    #[test]
    fn limits_are_read_with_their_units() {
        let latency = |part, seconds| Ok(Limit::Latency { part, seconds });
        assert_eq!("p99=100ms".parse(), latency(0.99, 0.1));
        assert_eq!("p50=2s".parse(), latency(0.5, 2.0));
        assert_eq!("p999=1.5s".parse(), latency(0.999, 1.5));
        assert_eq!("errors=1%".parse(), Ok(Limit::Errors(0.01)));
        assert_eq!("errors=0".parse(), Ok(Limit::Errors(0.0)));
        for wrong in
            ["p99=100", "p100=1s", "p0=1s", "q99=1s", "errors=200%", "errors=NaN", "p99=-1s", "p99", "p=1s"]
        {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_holds_is_exceeded_or_cannot_be_judged() {
        let limit: Limit = "p99=10ms".parse().unwrap();
        assert_eq!(limit.judge(&result(50.0, 100, 10)), Judgment::Holds);
        assert!(
            matches!(limit.judge(&result(50.0, 100, 11)), Judgment::Exceeded(why) if why.contains("11.0 ms"))
        );
        assert!(
            matches!(limit.judge(&result(50.0, 99, 1)), Judgment::Unknown(why) if why.contains("which takes 100"))
        );
    }

    #[test]
    fn saturation_lies_between_the_last_rate_that_holds_and_the_first_that_does_not() {
        let limits = ["p50=20ms".parse().unwrap()];
        let results = [result(10.0, 50, 5), result(20.0, 50, 10), result(40.0, 50, 30), result(80.0, 50, 5)];
        assert_eq!(saturation(&results, &limits), Saturation { held: Some(20.0), failed: Some(40.0) });
        assert_eq!(saturation(&results, &[]), Saturation { held: Some(80.0), failed: None });
    }
}
