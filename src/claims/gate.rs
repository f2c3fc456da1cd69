//! Claims about a metric over a data set: `recall("pedestrian" where size < 32 and tag("night")) >= 0.8 at confidence 0.95`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::data::cases::verdict::Verdict;

/// Confidence of the interval where the claim names none.
const CONFIDENCE: f64 = 0.95;

/// A claim that a metric is on one side of a bound.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricClaim {
    /// Id of the metric.
    pub metric: String,
    /// The class or the named number that it is about; "" for all.
    pub of: String,
    /// Query that chooses the slice; "" for everything.
    pub slice: String,
    /// Side of the bound.
    pub side: Side,
    /// The bound, in the unit of the metric.
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
        let bound = number(bound.trim())?;
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
        write!(f, " {side} {} at confidence {}", self.bound, self.confidence)
    }
}

/// The number in a text; not a NaN.
fn number(text: &str) -> Result<f64, Fault> {
    let found = text.parse::<f64>().ok().filter(|number| number.is_finite());
    found.ok_or_else(|| Fault::NoNumber { text: text.to_owned() })
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

/// A metric as it was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// For all that was measured.
    pub value: f64,
    /// Ends of the interval at the confidence of the claim; none where the metric has none.
    pub ends: Option<[f64; 2]>,
    /// Number of things that were measured.
    pub support: usize,
    /// The things that were counted, in the plural.
    pub counted: &'static str,
    /// Definition of the metric in a sentence.
    pub definition: &'static str,
}

/// Treatment of an interval with the bound inside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Straddle {
    /// It passes with a warning.
    #[default]
    Warn,
    /// It fails: the data have to show that the claim holds.
    Fail,
}

/// A claim about a metric, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedMetric {
    /// Pass, fail or skip.
    pub verdict: Verdict,
    /// The measured number with its interval and support in a sentence, whatever the verdict.
    pub measured: String,
    /// Value minus bound, or bound minus value for `<=`; above 0 the value is on the right side.
    pub margin: f64,
    /// The number itself.
    pub estimate: Estimate,
    /// The bound of the claim.
    pub bound: f64,
}

/// Judges an estimate: it fails if its whole interval is on the wrong side, and passes if the whole is on the right one.
/// Fewer than `least` things are a skip.
pub fn judge(claim: &MetricClaim, estimate: &Estimate, straddle: Straddle, least: usize) -> JudgedMetric {
    let [low, high] = estimate.ends.unwrap_or([estimate.value; 2]);
    // On the right side of the bound: both ends, some, or none.
    let (worst, best, side) = match claim.side {
        Side::AtLeast => (low - claim.bound, high - claim.bound, "at least"),
        Side::AtMost => (claim.bound - high, claim.bound - low, "at most"),
    };
    let margin = match claim.side {
        Side::AtLeast => estimate.value - claim.bound,
        Side::AtMost => claim.bound - estimate.value,
    };
    let interval = match estimate.ends {
        Some([low, high]) => format!(" [{low:.4}, {high:.4}]"),
        None => String::new(),
    };
    let measured = format!(
        "{} is {:.4}{interval} of {} {}",
        claim.metric, estimate.value, estimate.support, estimate.counted
    );
    let bound = format!("{measured}, {side} {} is wanted", claim.bound);
    let verdict = if !(worst.is_finite() && best.is_finite()) {
        Verdict::Skip { why: format!("{} is no number here", claim.metric) }
    } else if estimate.support < least {
        Verdict::Skip {
            why: format!(
                "{} {} in the slice of {}, at least {least} are needed",
                estimate.support, estimate.counted, claim.metric
            ),
        }
    } else if worst >= 0.0 {
        Verdict::Pass
    } else if best < 0.0 {
        Verdict::Fail { why: bound.clone() }
    } else {
        match straddle {
            Straddle::Fail => Verdict::Fail { why: format!("{bound}, which its interval does not show") },
            Straddle::Warn => Verdict::Pass,
        }
    };
    let open = verdict == Verdict::Pass && worst < 0.0;
    let measured = if open { format!("warning: {bound}, which its interval leaves open") } else { measured };
    JudgedMetric { verdict, measured, margin, estimate: estimate.clone(), bound: claim.bound }
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
        ] {
            let err = MetricClaim::parse(text).unwrap_err().to_string();
            assert!(err.contains(problem), "{text}: {err}");
        }
    }

    #[test]
    fn only_a_whole_interval_on_the_wrong_side_fails() {
        let check = |claim: &str, ends: [f64; 2], straddle, expected: &str| {
            let claim = MetricClaim::parse(claim).unwrap();
            let value = f64::midpoint(ends[0], ends[1]);
            let estimate =
                Estimate { value, ends: Some(ends), support: 50, counted: "objects", definition: "" };
            let judged = judge(&claim, &estimate, straddle, 1);
            assert_eq!(judged.verdict.word(), expected, "{claim} {ends:?}: {judged:?}");
            judged
        };
        check("recall >= 0.8", [0.8, 0.9], Straddle::Warn, "pass");
        check("recall >= 0.8", [0.6, 0.79], Straddle::Warn, "fail");
        let open = check("recall >= 0.8", [0.7, 0.8], Straddle::Warn, "pass");
        assert!(open.measured.starts_with("warning: ") && open.margin < 0.0, "{open:?}");
        check("recall >= 0.8", [0.7, 0.9], Straddle::Fail, "fail");
        check("mae <= 2", [1.0, 2.0], Straddle::Warn, "pass");
        check("mae <= 2", [2.1, 3.0], Straddle::Warn, "fail");
        let few = MetricClaim::parse("recall >= 0.1").unwrap();
        let estimate = Estimate { value: 1.0, ends: None, support: 3, counted: "objects", definition: "" };
        assert_eq!(judge(&few, &estimate, Straddle::Warn, 20).verdict.word(), "skip");
    }
}
