//! A claim about a recorded signal and not about a prediction: the signal stays within bounds at every step.
//!
//! Proximity, speed, altitude: any number recorded over time. An injected fault counts as if it had
//! been recorded.

use crate::base::params::ParamSpec;
use crate::base::time::Time;
use crate::claims::judge::ClaimKind;
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Task;
use crate::data::time::window::Reach;

/// Value that stands for no bound.
const ENDLESS: f64 = 1e6;

const LEAST: ParamSpec = ParamSpec::setting("least", "At least", "", [-ENDLESS, ENDLESS], -ENDLESS);
const MOST: ParamSpec = ParamSpec::setting("most", "At most", "", [-ENDLESS, ENDLESS], ENDLESS);
const SECONDS: ParamSpec = ParamSpec::setting("seconds", "Time window", "s", [0.0, 3600.0], 5.0);

/// The claim. Its subject is the name of a recorded signal.
pub const SIGNAL_WITHIN: ClaimKind = ClaimKind {
    id: "signal_within",
    title: "Signal stays within",
    params: &[LEAST, MOST, SECONDS],
    about: Task::ALL,
    subject: Subject::Needed,
    relation: false,
};

/// Window that the claim needs, beside that of the model.
pub fn reach(oracle: &OracleSpec) -> Reach {
    let signal = oracle.class.clone().filter(|_| oracle.claim == SIGNAL_WITHIN.id);
    let seconds = if signal.is_some() { oracle.params.value(&SECONDS) } else { 0.0 };
    Reach { signals: signal.into_iter().collect(), seconds, ..Reach::default() }
}

/// An error if the claim is incomplete.
pub fn check(oracle: &OracleSpec) -> Result<(), String> {
    if oracle.class.as_deref().unwrap_or_default().is_empty() {
        return Err("the claim \"signal_within\" needs the name of a recorded signal".to_owned());
    }
    let (least, most) = (oracle.params.value(&LEAST), oracle.params.value(&MOST));
    if least > most {
        return Err(format!(
            "the claim \"signal_within\" has a lower bound {least} above its upper bound {most}"
        ));
    }
    Ok(())
}

/// Judges the claim about an input that was read with [`reach`].
pub fn judge(input: &Input, oracle: &OracleSpec) -> Verdict {
    let name = oracle.class.as_deref().unwrap_or_default();
    let series = if let Input::Window(window) = input { window.signals.named(name) } else { None };
    let Some(series) = series else {
        return Verdict::Skip { why: format!("the signal {name:?} is not recorded beside this input") };
    };
    let (least, most) = (oracle.params.value(&LEAST), oracle.params.value(&MOST));
    let pairs = || series.times.iter().zip(&series.values).filter(|(_, value)| value.is_finite());
    let beyond = |value: f64| (least - value).max(value - most);
    let worst = pairs().max_by(|a, b| beyond(*a.1).total_cmp(&beyond(*b.1)));
    let (Some((time, worst)), Some(last)) = (worst, series.times.last()) else {
        return Verdict::Skip { why: format!("the signal {name:?} has no value in this window") };
    };
    if beyond(*worst) <= 0.0 {
        return Verdict::Pass;
    }
    let before = |time: Time| (*last - time).secs();
    let (word, bound) = if *worst < least { ("at least", least) } else { ("at most", most) };
    let steps = pairs().filter(|(_, value)| beyond(**value) > 0.0).count();
    Verdict::Fail {
        why: format!(
            "{name} is {worst:.4} at {:.2} s before the end, expected {word} {bound}; out of bounds at {steps} of {} steps",
            before(*time),
            pairs().count()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let mut oracle = OracleSpec { class: Some("speed".to_owned()), ..OracleSpec::new("signal_within") };
        assert_eq!(judge(&input, &oracle), Verdict::Pass);
        oracle.params.insert("most", 5.0);
        oracle.params.insert("least", 0.0);
        let why = judge(&input, &oracle).why().to_owned();
        assert!(why.contains("speed is -3.0000 at 1.00 s") && why.contains("2 of 4 steps"), "{why}");
        oracle.class = Some("brake".to_owned());
        assert!(matches!(judge(&input, &oracle), Verdict::Skip { .. }));
        oracle.params.insert("least", 9.0);
        assert!(check(&oracle).is_err());
        assert_eq!(reach(&oracle).signals, ["brake"]);
        assert!(reach(&OracleSpec::new("same_class")).is_single());
    }
}
