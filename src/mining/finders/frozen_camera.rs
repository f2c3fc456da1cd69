//! Frozen camera: the image stands still while the vehicle drives, or is the very same several times.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::image::Image;
use crate::mining::drive::Signal;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::frames::{FrameWatcher, Watched};
use crate::mining::reduced::Reduced;

const NOISE: ParamSpec = ParamSpec::setting("noise", "Mean difference", "of the range", [0.0, 0.1], 0.001);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.1, 60.0], 2.0);
const SPEED: ParamSpec = ParamSpec::setting("speed", "While faster than", "m/s", [0.0, 20.0], 0.5);
const SAME: ParamSpec = ParamSpec::setting("same", "Or frames with the same bytes", "", [2.0, 100.0], 3.0);

/// A mean difference of at most 0.001 of the range for 2 s while the vehicle moves, or three frames of the same bytes.
pub(super) static KIND: FinderKind = FinderKind {
    id: "frozen_camera",
    title: "Frozen camera",
    summary: "The image stands still while the vehicle moves, or frames repeat byte by byte",
    false_alarms: "compressed video of a standing scene, a camera that sees the vehicle only",
    source: "freezedetect of FFmpeg, noise 0.001, 2 s",
    params: &[NOISE, HOLD, SPEED, SAME],
    look: Look::Frames(|params| Box::new(Frozen { params: params.clone(), ..Frozen::default() })),
    sensor: true,
    claim: None,
};

/// Frames that are alike.
#[derive(Clone, Copy)]
struct Run {
    range: TimeRange,
    frames: usize,
}

#[derive(Default)]
struct Frozen {
    params: Params,
    last: Option<(Time, Image, Reduced)>,
    still: Runs,
    same: Runs,
}

/// Runs of alike frames, the last of which may go on.
#[derive(Default)]
struct Runs {
    open: Option<Run>,
    done: Vec<Run>,
}

impl Runs {
    fn push(&mut self, alike: bool, before: Time, now: Time, keep: impl Fn(&Run) -> bool) {
        match &mut self.open {
            Some(run) if alike => {
                run.range.end = now;
                run.frames += 1;
            }
            None if alike => {
                self.open = Some(Run { range: TimeRange { start: before, end: now }, frames: 2 });
            }
            _ => self.done.extend(self.open.take().filter(keep)),
        }
    }

    fn finish(&mut self, keep: impl Fn(&Run) -> bool) -> Vec<Run> {
        self.done.extend(self.open.take().filter(keep));
        std::mem::take(&mut self.done)
    }
}

impl Frozen {
    fn long(&self) -> impl Fn(&Run) -> bool + use<> {
        let hold = Span::from_secs(self.params.value(&HOLD));
        move |run| run.range.span() >= hold
    }

    fn several(&self) -> impl Fn(&Run) -> bool + use<> {
        let least = self.params.value(&SAME).round() as usize;
        move |run| run.frames >= least
    }
}

impl FrameWatcher for Frozen {
    fn see(&mut self, time: Time, image: &Image, view: &Reduced) {
        let (long, several) = (self.long(), self.several());
        // Black and white images are alike and findings of their own.
        let pair = self.last.take().filter(|_| !view.is_blank());
        let before = pair.as_ref().map_or(time, |(before, ..)| *before);
        let noise = self.params.value(&NOISE);
        let apart = pair.as_ref().and_then(|(.., last)| view.difference(last));
        let still = apart.is_some_and(|apart| apart <= noise);
        let same = apart.is_some_and(|apart| apart <= 0.0)
            && pair
                .is_some_and(|(_, last, _)| last.size() == image.size() && last.pixels() == image.pixels());
        self.still.push(still, before, time, long);
        self.same.push(same, before, time, several);
        self.last = Some((time, image.clone(), view.clone()));
    }

    fn finish(mut self: Box<Self>, watched: &Watched<'_>) -> Found {
        let (long, several) = (self.long(), self.several());
        let (still, same) = (self.still.finish(long), self.same.finish(several));
        let mut found = Found::default();
        let mut all: Vec<(TimeRange, bool)> = same.iter().map(|run| (run.range, true)).collect();
        match watched.speed {
            Some(speed) => {
                let hold = Span::from_secs(self.params.value(&HOLD));
                let fast = self.params.value(&SPEED);
                all.extend(
                    still
                        .iter()
                        .flat_map(|run| moving(speed, run.range, fast, hold))
                        .map(|range| (range, false)),
                );
            }
            None => found.not_looked_at.push(format!(
                "{}: the speed is unknown, only frames of the same bytes count as frozen",
                watched.channel
            )),
        }
        for (range, same) in merged(all) {
            let seconds = range.span().secs();
            let why = if same {
                "the very same frame is repeated"
            } else {
                "the image stands still while the vehicle moves"
            };
            let sentence = format!("{why}, for {seconds:.1} s");
            let finding = KIND.finding(stretched(range, range.start), range.start, seconds / 10.0, sentence);
            found.findings.push(finding.on(watched.channel).with("seconds", seconds));
        }
        found
    }
}

/// The parts of a range, at least `hold` long, in which the vehicle is faster than `fast`.
fn moving(speed: &Signal, range: TimeRange, fast: f64, hold: Span) -> Vec<TimeRange> {
    let mut parts: Vec<TimeRange> = Vec::new();
    let mut open = speed.at(range.start).is_some_and(|value| value > fast).then_some(range.start);
    let first = speed.times.partition_point(|time| *time <= range.start);
    for (time, value) in speed.times.iter().zip(&*speed.values).skip(first) {
        if *time >= range.end {
            break;
        }
        match (open, *value > fast) {
            (None, true) => open = Some(*time),
            (Some(start), false) => {
                parts.push(TimeRange { start, end: *time });
                open = None;
            }
            _ => {}
        }
    }
    parts.extend(open.map(|start| TimeRange { start, end: range.end }));
    parts.retain(|part| part.span() >= hold);
    parts
}

/// Ranges that touch, as one.
fn merged(mut all: Vec<(TimeRange, bool)>) -> Vec<(TimeRange, bool)> {
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let mut merged: Vec<(TimeRange, bool)> = Vec::new();
    for (range, same) in all {
        match merged.last_mut() {
            Some((last, known)) if range.start <= last.end => {
                last.end = last.end.max(range.end);
                *known |= same;
            }
            _ => merged.push((range, same)),
        }
    }
    merged
}
