//! A claim about a recorded signal and not about a prediction: the signal stays within bounds at every step.
//!
//! Proximity, speed, altitude: any number recorded over time. An injected fault counts as if it had
//! been recorded.

use crate::base::params::ParamSpec;
use crate::base::time::Time;
use crate::claims::error::ClaimError;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Judge, SignalClaim, Text};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::data::time::window::Reach;

/// Value that stands for no bound.
const ENDLESS: f64 = 1e6;

const LEAST: ParamSpec = ParamSpec::setting("least", "At least", "", [-ENDLESS, ENDLESS], -ENDLESS);
const MOST: ParamSpec = ParamSpec::setting("most", "At most", "", [-ENDLESS, ENDLESS], ENDLESS);
const SECONDS: ParamSpec = ParamSpec::setting("seconds", "Time window", "s", [0.0, 3600.0], 5.0);

/// least <= value <= most at every recorded step. The subject is the name of a recorded signal.
pub static KIND: ClaimKind = ClaimKind {
    id: "signal_within",
    title: "Signal stays within",
    summary: "A recorded signal stays within bounds at every step before the frame",
    margin: "distance to the nearer bound at the worst step, in the unit of the signal; below 0 beyond it",
    params: &[LEAST, MOST, SECONDS],
    about: Task::ALL,
    subject: Subject::Signal,
    text: Text::None,
    human: None,
    reach: Some(|oracle| {
        let signals: Vec<String> = oracle.class.iter().cloned().collect();
        let seconds = if signals.is_empty() { 0.0 } else { oracle.params.value(&SECONDS) };
        Reach { signals, seconds, ..Reach::default() }
    }),
    judge: Judge::Signals(|oracle| Ok(Box::new(SignalWithin::new(oracle)?))),
};

struct SignalWithin {
    name: String,
    least: f64,
    most: f64,
}

impl SignalWithin {
    fn new(oracle: &ClaimSpec) -> Result<Self, ClaimError> {
        let name = subject(oracle, "recorded signal")?;
        if name.is_empty() {
            return Err(ClaimError::NoSubject { claim: oracle.claim.clone(), subject: "recorded signal" });
        }
        let (least, most) = (oracle.params.value(&LEAST), oracle.params.value(&MOST));
        if least > most {
            return Err(ClaimError::Bounds { claim: oracle.claim.clone(), least, most });
        }
        Ok(Self {
            name,
            least: if least > -ENDLESS { least } else { f64::NEG_INFINITY },
            most: if most < ENDLESS { most } else { f64::INFINITY },
        })
    }
}

impl SignalClaim for SignalWithin {
    fn judge(&self, input: &Input) -> Result<Judgment, Unjudged> {
        let Self { name, least, most } = self;
        let series = if let Input::Window(window) = input { window.signals.named(name) } else { None };
        let series =
            series.ok_or_else(|| format!("the signal {name:?} is not recorded beside this input"))?;
        let pairs = || series.times.iter().zip(&series.values).filter(|(_, value)| value.is_finite());
        let beyond = |value: f64| (least - value).max(value - most);
        let worst = pairs().max_by(|a, b| beyond(*a.1).total_cmp(&beyond(*b.1)));
        let (Some((time, worst)), Some(last)) = (worst, series.times.last()) else {
            return Err(format!("the signal {name:?} has no value in this window").into());
        };
        let margin = -beyond(*worst);
        if margin >= 0.0 {
            return Ok(Judgment::pass(margin));
        }
        let before = |time: Time| (*last - time).secs();
        let (word, bound) = if worst < least { ("at least", least) } else { ("at most", most) };
        let steps = pairs().filter(|(_, value)| beyond(**value) > 0.0).count();
        let why = format!(
            "{name} is {worst:.4} at {:.2} s before the end, expected {word} {bound}; out of bounds at {steps} of {} steps",
            before(*time),
            pairs().count()
        );
        Ok(Judgment::fail(margin, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::spec::reach;
    use crate::data::cases::verdict::Verdict;
    use crate::data::time::signals::{Series, Signals};
    use crate::data::time::window::Window;

    #[test]
    fn the_step_that_is_furthest_out_is_named() {
        let values = vec![1.0, 6.0, f64::NAN, -3.0, 2.0];
        let times = (0..5).map(|i| Time::from_secs(f64::from(i))).collect();
        let series = Series { name: "speed".to_owned(), times, values };
        let window = Window {
            at: Time::from_secs(4.0),
            frames: Vec::new(),
            signals: Signals { series: vec![series] },
        };
        let input = Input::Window(window.into());
        let judged = |oracle: &ClaimSpec| Judgment::from(SignalWithin::new(oracle).unwrap().judge(&input));
        let mut oracle = ClaimSpec { class: Some("speed".to_owned()), ..ClaimSpec::new("signal_within") };
        assert_eq!(judged(&oracle), Judgment { verdict: Verdict::Pass, margin: None });
        oracle.params.insert("most", 6.5);
        assert_eq!(judged(&oracle), Judgment { verdict: Verdict::Pass, margin: Some(0.5) });
        oracle.params.insert("most", 5.0);
        oracle.params.insert("least", 0.0);
        let judgment = judged(&oracle);
        assert_eq!(judgment.margin, Some(-3.0));
        let why = judgment.verdict.why();
        assert!(why.contains("speed is -3.0000 at 1.00 s") && why.contains("2 of 4 steps"), "{why}");
        oracle.class = Some("brake".to_owned());
        assert!(matches!(judged(&oracle).verdict, Verdict::Skip { .. }));
        oracle.params.insert("least", 9.0);
        assert!(SignalWithin::new(&oracle).is_err());
        assert_eq!(reach(&oracle).signals, ["brake"]);
        assert!(reach(&ClaimSpec::new("same_class")).is_single());
    }
}
