//! A synthetic drive with planted events of every finder of tracks, signals and plans, at known times.
//!
//! The drive is a row of blocks of 25 s. In each, up to one event is planted in what the vehicle meets (`road`), in the boxes
//! around it (`space`), in the boxes of a camera (`camera`) and in signals and plans (`signals`). Between them are
//! decoys that no finder should take for an event.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each user takes a part"
)]

mod camera;
mod memory;
mod road;
mod signals;
mod space;

use std::collections::BTreeMap;
use std::sync::Arc;

use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::base::time::Time;
use hardcase::mining::finders::KINDS;
use hardcase::mining::finding::Effort;
use hardcase::mining::run::{Asked, Mined, mine};
use hardcase::tracks::scene::SceneTerms;
use memory::{Content, Memory};

/// Seconds of a block.
pub const BLOCK: f64 = 25.0;
/// Seconds between two samples of boxes.
pub const STEP: f64 = 0.1;

/// An event that a finder should find, or may.
#[derive(Clone, Debug)]
pub struct Event {
    pub finder: &'static str,
    pub from: f64,
    pub to: f64,
    /// Counts for recall; others follow from what was planted, and are no false alarms.
    pub planted: bool,
}

/// A drive with its events.
pub struct Planted {
    pub clip: Memory,
    pub events: Vec<Event>,
}

/// Random numbers of a drive.
pub struct Noise(pub Rng);

impl Noise {
    pub fn unit(&mut self) -> f64 {
        self.0.unit()
    }

    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.0.unit()
    }

    /// About normal, of this deviation.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        (0..3).map(|_| 2.0 * self.0.unit() - 1.0).sum::<f64>() * deviation
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.0.bits() % of.len() as u64) as usize]
    }
}

/// What is planted in a block.
#[derive(Clone, Debug)]
pub struct Block {
    pub number: usize,
    pub start: f64,
    pub road: (&'static str, f64),
    pub space: (&'static str, f64),
    pub camera: (&'static str, f64),
    pub signals: (&'static str, f64),
    pub crowd: bool,
    /// Size of the events, 0 just over their thresholds to 1.
    pub much: f64,
}

/// A drive of some seconds.
pub fn drive(seed: u64, seconds: f64) -> Planted {
    let mut noise = Noise(Rng::new(seed));
    let count = (seconds / BLOCK).ceil() as usize;
    let blocks: Vec<Block> = (0..count).map(|number| block(number, &mut noise)).collect();
    let mut events = Vec::new();
    let way = road::way(&blocks, &mut events);
    let mut clip = Memory::default();
    let frames: usize = (count as f64 * BLOCK / STEP) as usize;
    let times: Arc<Vec<Time>> = Arc::new((0..frames).map(|i| Time::from_secs(i as f64 * STEP)).collect());
    clip.frames = Arc::new(way.frames(&times));
    let (objects, truth) = space::boxes(&blocks, &way, &times, &mut noise, &mut events);
    clip.add("/objects", &times, Content::Cuboids(objects));
    clip.add("/labels", &times, Content::Cuboids(truth));
    clip.add(
        "/camera/boxes",
        &times,
        Content::Boxes(camera::boxes(&blocks, &times, &mut noise, &mut events)),
    );
    signals::add(&mut clip, &blocks, &way, &mut noise, &mut events);
    Planted { clip, events }
}

fn block(number: usize, noise: &mut Noise) -> Block {
    // Every kind in turn, so that a short drive has all of them.
    let turn = |kinds: &[&'static str], noise: &mut Noise| {
        let at = noise.within(9.0, 11.0);
        (kinds[number % kinds.len()], (at / STEP).round() * STEP)
    };
    let road = turn(road::KINDS, noise);
    let mut space = turn(space::KINDS, noise);
    let mut signals = turn(signals::KINDS, noise);
    let camera = turn(camera::KINDS, noise);
    if signals.0 == "temporal_outlier" {
        signals.1 = signals::calm(number as f64 * BLOCK, signals.1);
    }
    let drives_on = !road::BRAKES.contains(&road.0);
    // What the vehicle does would hide these, or be taken for them.
    if !drives_on && signals::STEADY.contains(&signals.0) {
        signals.0 = "shadow_steering";
    }
    if !drives_on && space::STEADY.contains(&space.0) {
        space.0 = "class_flip";
    }
    let crowd = road.0 == "calm" && number % 24 == 16;
    let much = noise.unit();
    Block { number, start: number as f64 * BLOCK, road, space, camera, signals, crowd, much }
}

/// Everything that the finders of tracks, signals and plans find in a drive.
pub fn mined(drive: &Planted, threads: usize) -> Vec<Mined> {
    let cheap = KINDS.iter().filter(|kind| kind.effort() == Effort::Cheap && !kind.sensor);
    let asked: Vec<Asked> = cheap.map(|kind| Asked::usual(kind)).collect();
    let terms = SceneTerms::default();
    mine(&drive.clip, "planted", &asked, (&terms, threads), &Progress::default(), &|_| {}).unwrap()
}

impl Block {
    /// A size between that of the smallest and of the largest event.
    pub fn sized(&self, small: f64, large: f64) -> f64 {
        small + (large - small) * self.much
    }
}

/// Score of a finder: events found of those planted, right findings of all.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub planted: usize,
    pub recalled: usize,
    pub findings: usize,
    pub right: usize,
    /// Right ones that only follow from other events.
    pub following: usize,
    pub missed: Vec<(f64, f64)>,
    pub wrong: Vec<(f64, String)>,
}

impl Score {
    pub fn recall(&self) -> f64 {
        self.recalled as f64 / (self.planted as f64).max(1.0)
    }

    pub fn precision(&self) -> f64 {
        if self.findings == 0 { 1.0 } else { self.right as f64 / self.findings as f64 }
    }
}

/// Slack in seconds before and after an event.
const SLACK: [f64; 2] = [0.6, 1.0];

/// Compares what was found with what was planted, by finder.
pub fn scores(drive: &Planted, mined: &[Mined]) -> BTreeMap<&'static str, Score> {
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    for mined in mined {
        let score = scores.entry(mined.kind.id).or_default();
        let events: Vec<&Event> = drive.events.iter().filter(|event| event.finder == mined.kind.id).collect();
        let found: Vec<(f64, f64)> =
            mined.found.findings.iter().map(|finding| (finding.t0.secs(), finding.t1.secs())).collect();
        let meet = |event: &Event, (from, to): (f64, f64)| {
            from <= event.to + SLACK[1] && to >= event.from - SLACK[0]
        };
        for event in events.iter().filter(|event| event.planted) {
            score.planted += 1;
            if found.iter().any(|finding| meet(event, *finding)) {
                score.recalled += 1;
            } else {
                score.missed.push((event.from, event.to));
            }
        }
        for (at, finding) in found.iter().enumerate() {
            score.findings += 1;
            if events.iter().any(|event| meet(event, *finding)) {
                score.right += 1;
                let own = events.iter().any(|event| event.planted && meet(event, *finding));
                score.following += usize::from(!own);
            } else {
                score.wrong.push((finding.0, mined.found.findings[at].sentence.clone()));
            }
        }
    }
    scores
}

/// Adds an event that was planted, and those that follow from it.
pub fn plant(events: &mut Vec<Event>, finder: &'static str, (from, to): (f64, f64), also: &[&'static str]) {
    events.push(Event { finder, from, to, planted: true });
    events.extend(also.iter().map(|finder| Event { finder, from, to, planted: false }));
}

/// Adds what a finder may find besides.
pub fn follows(events: &mut Vec<Event>, finder: &'static str, (from, to): (f64, f64)) {
    events.push(Event { finder, from, to, planted: false });
}
