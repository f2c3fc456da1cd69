//! Claims about a metric over a data set: `recall("pedestrian" where size < 32 and tag("night")) >= 0.8 at confidence 0.95`,
//! and about the time of a model on this machine: `latency("p99") <= 50 ms`.

use std::fmt;

use crate::base::order_statistics::part;

/// Id of the metric of time, whose bounds have a unit.
pub const LATENCY: &str = "latency";

/// Confidence of the interval where the claim names none.
const CONFIDENCE: f64 = 0.95;

/// A claim that a metric is on one side of a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricClaim {
    /// Id of the metric.
    pub metric: String,
    /// The class or the named number that it is about, the percentile of a latency; "" for all.
    pub of: String,
    /// Query that chooses the slice; "" for everything.
    pub slice: String,
    /// Side of the bound.
    pub side: Side,
    /// The bound, in the unit of the metric; of a latency in milliseconds.
    pub bound: f64,
    /// Confidence of the interval, between 0.5 and 1.
    pub confidence: f64,
}

/// Side of a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `>=`.
    AtLeast,
    /// `<=`.
    AtMost,
}

/// A claim about a metric that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the claim {text:?} {fault}, write it like recall(\"person\" where height < 40) >= 0.8 at confidence 0.95"
)]
pub struct MetricClaimError {
    text: String,
    fault: Fault,
}

/// Fault of a claim, completing "the claim …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("does not begin with the name of a metric")]
    NoMetric,
    #[error("has a ( that is not closed")]
    Parenthesis,
    #[error("has a class that is not in quotes before \"where\"")]
    Class,
    #[error("has nothing after \"where\"")]
    NoSlice,
    #[error("has no >= or <= after the metric")]
    NoSide,
    #[error("has {text:?} where a number should be")]
    NoNumber { text: String },
    #[error("has the confidence {text}, which is not between 0.5 and 1")]
    Confidence { text: String },
    #[error("has {text:?} where a time like 50 ms or 0.05 s should be")]
    NoTime { text: String },
    #[error("names the percentile {text:?}, and a latency is that of one like latency(\"p99\")")]
    NoPercentile { text: String },
}

impl MetricClaim {
    /// Reads a claim; an error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MetricClaimError> {
        Self::read(text.trim()).map_err(|fault| MetricClaimError { text: text.to_owned(), fault })
    }

    fn read(text: &str) -> Result<Self, Fault> {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
        let (metric, rest) = text.split_at(end);
        if metric.is_empty() {
            return Err(Fault::NoMetric);
        }
        let rest = rest.trim_start();
        let (inner, rest) = match rest.strip_prefix('(') {
            Some(rest) => {
                let end = closing(rest).ok_or(Fault::Parenthesis)?;
                (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default())
            }
            None => ("", rest),
        };
        let (of, slice) = chosen(inner.trim())?;
        let rest = rest.trim_start();
        let (side, rest) = match (rest.strip_prefix(">="), rest.strip_prefix("<=")) {
            (Some(rest), _) => (Side::AtLeast, rest),
            (None, Some(rest)) => (Side::AtMost, rest),
            (None, None) => return Err(Fault::NoSide),
        };
        let (bound, confidence) = match rest.split_once("at confidence") {
            Some((bound, confidence)) => (bound, confidence.trim()),
            None => (rest, ""),
        };
        let bound = if metric == LATENCY {
            part(&of).ok_or_else(|| Fault::NoPercentile { text: of.clone() })?;
            milliseconds(bound.trim())?
        } else {
            number(bound.trim())?
        };
        let confidence = if confidence.is_empty() && !rest.contains("at confidence") {
            CONFIDENCE
        } else {
            let value = number(confidence)?;
            if !(0.5..1.0).contains(&value) {
                return Err(Fault::Confidence { text: confidence.to_owned() });
            }
            value
        };
        Ok(Self { metric: metric.to_owned(), of, slice, side, bound, confidence })
    }

    /// Unit of the metric behind a number, with the space before it; "" where it has none.
    pub(super) fn unit(&self) -> &'static str {
        if self.metric == LATENCY { " ms" } else { "" }
    }

    /// The metric as it is told: `recall`, `latency p99`.
    pub(super) fn told(&self) -> String {
        if self.metric == LATENCY { format!("{} {}", self.metric, self.of) } else { self.metric.clone() }
    }
}

impl fmt::Display for MetricClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.metric)?;
        match (self.of.as_str(), self.slice.as_str()) {
            ("", "") => {}
            (of, "") => write!(f, "({})", quoted(of))?,
            ("", slice) => write!(f, "(where {slice})")?,
            (of, slice) => write!(f, "({} where {slice})", quoted(of))?,
        }
        let side = match self.side {
            Side::AtLeast => ">=",
            Side::AtMost => "<=",
        };
        write!(f, " {side} {}{} at confidence {}", self.bound, self.unit(), self.confidence)
    }
}

/// The number in a text; not a NaN.
fn number(text: &str) -> Result<f64, Fault> {
    let found = text.parse::<f64>().ok().filter(|number| number.is_finite());
    found.ok_or_else(|| Fault::NoNumber { text: text.to_owned() })
}

/// The milliseconds in a text with a unit; a bare number would be taken for either.
fn milliseconds(text: &str) -> Result<f64, Fault> {
    let fault = |_| Fault::NoTime { text: text.to_owned() };
    match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => number(millis.trim()).map_err(fault),
        (None, Some(seconds)) => number(seconds.trim()).map(|seconds| seconds * 1e3).map_err(fault),
        (None, None) => Err(Fault::NoTime { text: text.to_owned() }),
    }
}

/// Position of the parenthesis that closes what has been opened, outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0_usize, false);
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        let literal = escaped;
        escaped = quoted && !literal && letter == '\\';
        match letter {
            '"' if !literal => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => return Some(at),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The class and the query between the parentheses.
fn chosen(inner: &str) -> Result<(String, String), Fault> {
    let (of, rest) = match inner.strip_prefix('"') {
        Some(rest) => {
            let (of, rest) = unquoted(rest).ok_or(Fault::Class)?;
            (of, rest.trim())
        }
        None => (String::new(), inner),
    };
    match rest.strip_prefix("where") {
        Some(slice) if slice.trim().is_empty() => Err(Fault::NoSlice),
        Some(slice) if slice.starts_with([' ', '(']) => Ok((of, slice.trim().to_owned())),
        _ if rest.is_empty() => Ok((of, String::new())),
        _ => Err(Fault::Class),
    }
}

/// The text up to the closing quote, with `\\` before a quote or another backslash taken out, and what follows; as it is written.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut out, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((out, text.get(at + 1..)?)),
            '\\' if text.get(at + 1..).is_some_and(|rest| rest.starts_with(['"', '\\'])) => {
                out.push(letters.next()?.1);
            }
            _ => out.push(letter),
        }
    }
    None
}

/// Text in quotes, as it is read.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_and_written_back() {
        for (text, metric, of, slice, bound, confidence) in [
            ("recall >= 0.8", "recall", "", "", 0.8, 0.95),
            ("recall(\"person\") >= .8 at confidence 0.9", "recall", "person", "", 0.8, 0.9),
            (
                "recall(\"pedestrian\" where size < 32 and tag(\"night)\")) >= 0.8 at confidence 0.95",
                "recall",
                "pedestrian",
                "size < 32 and tag(\"night)\")",
                0.8,
                0.95,
            ),
            ("mae(where (hour > 20)) <= 2.5", "mae", "", "(hour > 20)", 2.5, 0.95),
            ("latency(\"p99\") <= 50ms", "latency", "p99", "", 50.0, 0.95),
            (
                "latency(\"p999\" where tag(\"night\")) <= 0.25 s at confidence 0.8",
                "latency",
                "p999",
                "tag(\"night\")",
                250.0,
                0.8,
            ),
        ] {
            let claim = MetricClaim::parse(text).unwrap();
            assert_eq!((claim.metric.as_str(), claim.of.as_str(), claim.slice.as_str()), (metric, of, slice));
            assert!((claim.bound - bound).abs() + (claim.confidence - confidence).abs() < 1e-12, "{claim}");
            assert_eq!(MetricClaim::parse(&claim.to_string()).unwrap(), claim);
        }
        for (text, problem) in [
            ("", "begin with the name of a metric"),
            ("recall(\"a\" >= 1", "not closed"),
            ("recall(person) >= 1", "not in quotes"),
            ("recall(where) >= 1", "nothing after"),
            ("recall > 1", "no >= or <="),
            ("recall >= often", "\"often\" where a number"),
            ("recall >= NaN", "where a number"),
            ("recall >= 0.5 at confidence 95", "between 0.5 and 1"),
            ("recall >= 0.5 at confidence", "\"\" where a number"),
            ("latency(\"p99\") <= 50", "\"50\" where a time"),
            ("latency(\"p99\") <= soon s", "\"soon s\" where a time"),
            ("latency <= 50 ms", "the percentile \"\""),
            ("latency(\"p100\") <= 50 ms", "the percentile \"p100\""),
            ("recall >= 50 ms", "where a number"),
        ] {
            let err = MetricClaim::parse(text).unwrap_err().to_string();
            assert!(err.contains(problem), "{text}: {err}");
        }
    }
}
