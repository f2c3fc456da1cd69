//! Common parts of the finders of shadow mode: pairs of signals, when they count, and how they are told.

use crate::base::time::{Span, Time};
use crate::mining::drive::{Drive, Role, Signal};
use crate::mining::finding::Found;
use crate::mining::sides::{Aligned, RULE};

/// Time after a blinker that does not count, as in openpilot.
const QUIET: Span = Span(5_000_000_000);

/// Moments that count: the vehicle drives, and nobody signals a turn.
pub(super) struct Counts {
    speed: Option<Signal>,
    least: f64,
    blinkers: Vec<Signal>,
}

impl Counts {
    pub(super) fn of(drive: &Drive<'_>, least: f64) -> Self {
        let words = ["blinker", "turn_signal", "turnsignal", "turn_indicator"];
        let is_blinker = |signal: &Signal| words.iter().any(|word| signal.name.to_lowercase().contains(word));
        let blinkers = drive.recorded_signals().into_iter().filter(is_blinker).collect();
        Self { speed: drive.speed(), least, blinkers }
    }

    /// The same without blinkers.
    pub(super) fn driving(drive: &Drive<'_>, least: f64) -> Self {
        Self { speed: drive.speed(), least, blinkers: Vec::new() }
    }

    /// Speed at a moment, where it is known.
    pub(super) fn speed(&self, time: Time) -> Option<f64> {
        self.speed.as_ref()?.at(time)
    }

    pub(super) fn at(&self, time: Time) -> bool {
        let drives = self.speed(time).is_none_or(|speed| speed > self.least);
        drives && !self.blinkers.iter().any(|signal| recently(signal, time))
    }

    /// Unknown parts of the moments, for users.
    pub(super) fn unknown(&self) -> Option<String> {
        let why = "the speed is not recorded, every moment counts as driving";
        self.speed.is_none().then(|| why.to_owned())
    }
}

/// True if a blinker was on at a time or within 5 s before.
fn recently(signal: &Signal, time: Time) -> bool {
    let from = signal.times.partition_point(|other| *other < time - QUIET).saturating_sub(1);
    let to = signal.times.partition_point(|other| *other <= time);
    signal.values.get(from..to).is_some_and(|values| values.iter().any(|value| *value > 0.5))
}

/// No pair of the role, with the rule by which names are read.
pub(super) fn no_pair(drive: &Drive<'_>, role: Role) -> Found {
    let names: Vec<String> = drive.signals(role).into_iter().map(|signal| signal.name).collect();
    let known = if names.is_empty() { "none of this kind".to_owned() } else { names.join(", ") };
    Found::skipped(format!("no signal of a human beside one of the stack ({known} recorded): {RULE}"))
}

/// The aligned pair, for users.
pub(super) fn told(title: &str, aligned: &Aligned) -> String {
    let turned = if aligned.turned { ", signs opposite" } else { "" };
    format!("{title}, lag {:.2} s{turned}", aligned.lag)
}
