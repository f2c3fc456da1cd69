//! Near duplicate: a stretch looks like an earlier one of the same camera.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::image::Image;
use crate::mining::events::stretched;
use crate::mining::finding::{FinderKind, Found, Look};
use crate::mining::frames::{FrameWatcher, Watched};
use crate::mining::hash::hash;
use crate::mining::reduced::Reduced;

const DISTANCE: ParamSpec = ParamSpec::setting("distance", "Hamming distance", "bits", [0.0, 32.0], 10.0);
const APART: ParamSpec = ParamSpec::setting("apart", "At least apart", "s", [0.0, 3600.0], 2.0);
const EVERY: ParamSpec = ParamSpec::setting("every", "A frame each", "s", [0.0, 60.0], 0.1);
const FRAMES: ParamSpec = ParamSpec::setting("frames", "Frames in a row", "", [1.0, 100.0], 3.0);
const SPEED: ParamSpec = ParamSpec::setting("speed", "While faster than", "m/s", [0.0, 20.0], 0.5);

/// Perceptual hashes that differ in at most 10 of 64 bits, more than 2 s of driving apart, for three frames in a row.
///
/// Single frames are alike by chance. Frames of a vehicle that stands do not count where its speed is known.
pub(super) static KIND: FinderKind = FinderKind {
    id: "near_duplicate",
    title: "Near duplicate",
    summary: "Frames look like much earlier ones of the same camera",
    false_alarms: "standing at a light without a recorded speed, empty motorways, night",
    source: "imagededup, perceptual hash, 10 bits",
    params: &[DISTANCE, APART, EVERY, FRAMES, SPEED],
    look: Look::Frames(|params| Box::new(Duplicates { params: params.clone(), hashes: Vec::new() })),
    sensor: true,
    claim: None,
};

struct Duplicates {
    params: Params,
    hashes: Vec<(Time, u64)>,
}

impl FrameWatcher for Duplicates {
    fn see(&mut self, time: Time, _image: &Image, view: &Reduced) {
        let every = Span::from_secs(self.params.value(&EVERY));
        if self.hashes.last().is_some_and(|(last, _)| time - *last < every) {
            return;
        }
        // An image in which nothing can be seen looks like all others of its kind.
        if !view.is_blank() {
            self.hashes.extend(hash(view).map(|hash| (time, hash)));
        }
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let (limit, apart) =
            (self.params.value(&DISTANCE) as u32, Span::from_secs(self.params.value(&APART)));
        let fast = self.params.value(&SPEED);
        let moves =
            |time: Time| watched.speed.is_none_or(|speed| speed.at(time).is_none_or(|value| value > fast));
        // Seconds of driving: frames before and after a standstill look alike and are not far apart.
        let (mut driven, mut last) = (Span(0), None::<Time>);
        let mut moving: Vec<(Time, u64, Span)> = Vec::new();
        for (time, hash) in &self.hashes {
            if moves(*time) {
                driven = Span(driven.0 + last.map_or(0, |last| (*time - last).0.min(Span::SECOND.0)));
                moving.push((*time, *hash, driven));
            }
            last = Some(*time);
        }
        let mut stretches: Vec<Stretch> = Vec::new();
        for (at, (time, own, driven)) in moving.iter().enumerate() {
            let earlier = moving[..at].iter().take_while(|(_, _, other)| driven.0 - other.0 > apart.0);
            let best = earlier.map(|(other, hash, _)| ((own ^ hash).count_ones(), *other)).min();
            let Some((bits, like)) = best.filter(|(bits, _)| *bits <= limit) else { continue };
            match stretches.last_mut() {
                Some(last) if *time - last.range.end <= apart => last.add(*time, like, bits),
                _ => stretches.push(Stretch {
                    range: TimeRange { start: *time, end: *time },
                    peak: *time,
                    like,
                    bits,
                    frames: 1,
                }),
            }
        }
        let mut found = Found::default();
        let least = self.params.value(&FRAMES).round() as usize;
        for stretch in stretches.into_iter().filter(|stretch| stretch.frames >= least) {
            found.findings.push(stretch.finding(watched));
        }
        found
    }
}

/// Frames in a row that have a near duplicate.
struct Stretch {
    range: TimeRange,
    peak: Time,
    like: Time,
    bits: u32,
    frames: usize,
}

impl Stretch {
    fn add(&mut self, time: Time, like: Time, bits: u32) {
        self.range.end = time;
        self.frames += 1;
        if bits < self.bits {
            (self.peak, self.like, self.bits) = (time, like, bits);
        }
    }

    fn finding(&self, watched: &Watched<'_>) -> crate::mining::finding::Finding {
        let start = watched.times.first().copied().unwrap_or_default();
        let sentence =
            format!("the frames look like the one at {}, {} of 64 bits differ", self.like - start, self.bits);
        // Ten seconds at ten frames a second are as bad as it gets.
        let severity = self.frames as f64 / 100.0;
        let finding = KIND.finding(stretched(self.range, self.peak), self.peak, severity, sentence);
        finding
            .on(watched.channel)
            .with("bits", f64::from(self.bits))
            .with("frames", self.frames as f64)
            .with("like", (self.like - start).secs())
    }
}
