//! Judgment of a claim about a metric: an estimate with its interval against the bound.

use serde::{Deserialize, Serialize};

use crate::claims::gate::{MetricClaim, Side};
use crate::data::cases::verdict::Verdict;

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
    /// Conditions of the measurement, which it depends on: the machine of a latency; "" where there are none.
    pub conditions: String,
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
    /// It passes without a warning.
    Pass,
    /// The value alone decides, whatever the interval.
    Value,
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
    /// Confidence of the interval.
    pub confidence: f64,
    /// True if the interval has the bound inside, whatever comes of that.
    pub open: bool,
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
    let (told, unit) = (claim.told(), claim.unit());
    let interval = match estimate.ends {
        Some([low, high]) => format!(" [{low:.4}, {high:.4}]"),
        None => String::new(),
    };
    let conditions = match estimate.conditions.as_str() {
        "" => String::new(),
        conditions => format!(", {conditions}"),
    };
    let measured = format!(
        "{told} is {:.4}{interval}{unit} of {} {}{conditions}",
        estimate.value, estimate.support, estimate.counted
    );
    let bound = format!("{measured}, {side} {}{unit} is wanted", claim.bound);
    let open = worst < 0.0 && best >= 0.0;
    let fails = |why: String| Verdict::Fail { why };
    let verdict = if estimate.support < least {
        let why = format!(
            "{} {} in the slice of {told}, at least {least} are needed",
            estimate.support, estimate.counted
        );
        Verdict::Skip { why }
    } else if !(worst.is_finite() && best.is_finite()) {
        Verdict::Skip { why: format!("{told} is no number here") }
    } else {
        match straddle {
            Straddle::Value if margin < 0.0 => fails(bound.clone()),
            Straddle::Value => Verdict::Pass,
            _ if worst >= 0.0 => Verdict::Pass,
            _ if best < 0.0 => fails(bound.clone()),
            Straddle::Fail => fails(format!("{bound}, which its interval does not show")),
            Straddle::Warn | Straddle::Pass => Verdict::Pass,
        }
    };
    let warns = open && straddle == Straddle::Warn && verdict == Verdict::Pass;
    let measured = if warns { format!("warning: {bound}, which its interval leaves open") } else { measured };
    JudgedMetric {
        verdict,
        measured,
        margin,
        estimate: estimate.clone(),
        bound: claim.bound,
        confidence: claim.confidence,
        open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate() -> Estimate {
        let conditions = String::new();
        Estimate { value: 1.0, ends: None, support: 50, counted: "objects", definition: "", conditions }
    }

    #[test]
    fn a_latency_is_told_with_its_unit_and_its_machine() {
        let claim = MetricClaim::parse("latency(\"p99\") <= 0.05s").unwrap();
        let slow = Estimate {
            value: 62.5,
            ends: Some([60.0, 70.0]),
            support: 200,
            counted: "predictions",
            conditions: "on this machine (two cores)".to_owned(),
            ..estimate()
        };
        let judged = judge(&claim, &slow, Straddle::Warn, 100);
        assert_eq!(
            judged.verdict.why(),
            "latency p99 is 62.5000 [60.0000, 70.0000] ms of 200 predictions, on this machine (two cores), at most 50 ms is wanted"
        );
        let few = judge(&claim, &Estimate { support: 99, ..slow }, Straddle::Warn, 100);
        assert_eq!(few.verdict.why(), "99 predictions in the slice of latency p99, at least 100 are needed");
    }

    #[test]
    fn only_a_whole_interval_on_the_wrong_side_fails() {
        let check = |claim: &str, ends: [f64; 2], straddle, expected: &str| {
            let claim = MetricClaim::parse(claim).unwrap();
            let value = f64::midpoint(ends[0], ends[1]);
            let estimate =
                Estimate { value, ends: Some(ends), support: 50, counted: "objects", ..estimate() };
            let judged = judge(&claim, &estimate, straddle, 1);
            assert_eq!(judged.verdict.word(), expected, "{claim} {ends:?}: {judged:?}");
            judged
        };
        check("recall >= 0.8", [0.8, 0.9], Straddle::Warn, "pass");
        check("recall >= 0.8", [0.6, 0.79], Straddle::Warn, "fail");
        let open = check("recall >= 0.8", [0.7, 0.8], Straddle::Warn, "pass");
        assert!(open.measured.starts_with("warning: ") && open.margin < 0.0, "{open:?}");
        assert!(open.open);
        check("recall >= 0.8", [0.7, 0.9], Straddle::Fail, "fail");
        let silent = check("recall >= 0.8", [0.7, 0.9], Straddle::Pass, "pass");
        assert!(silent.open && silent.measured.starts_with("recall is 0.8000"), "{silent:?}");
        // The value alone: on the right side although the interval is not, and the other way round.
        check("recall >= 0.8", [0.79, 0.83], Straddle::Value, "pass");
        check("recall >= 0.8", [0.75, 0.81], Straddle::Value, "fail");
        check("recall >= 0.8", [0.6, 0.79], Straddle::Pass, "fail");
        check("mae <= 2", [1.0, 2.0], Straddle::Warn, "pass");
        check("mae <= 2", [2.1, 3.0], Straddle::Warn, "fail");
        let few = MetricClaim::parse("recall >= 0.1").unwrap();
        let estimate = Estimate { support: 3, ..estimate() };
        assert_eq!(judge(&few, &estimate, Straddle::Warn, 20).verdict.word(), "skip");
    }
}
