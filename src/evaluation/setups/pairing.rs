//! The ground truth that two evaluations have in common, over one recording or over two of the same drive.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::name::Name;
use crate::base::time::{Span, Time, TimeRange};
use crate::data::geometry::objects::Detection;
use crate::evaluation::samples::{Evaluation, Fact, Item};
use crate::metrics::detection_errors::Outcome;

/// Overlap from which two boxes of the same class are one object.
const SAME_IOU: f32 = 0.5;
/// Distance in meters up to which two cuboids of the same class are one object.
const SAME_METERS: f32 = 2.0;

/// Evaluated samples with the extents of their recordings in time.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// The samples.
    pub evaluation: Evaluation,
    /// Times of each recording.
    pub ranges: BTreeMap<Name, TimeRange>,
    /// Sizes of the images of each channel of each recording; needed where the recordings are different ones.
    pub sizes: BTreeMap<(Name, Name), (u32, u32)>,
}

/// Clock by which the samples of two recordings are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// That of the stamps.
    Stamps,
    /// The time since the beginning of each recording, for their stamps have no moment in common.
    SinceBeginning,
}

/// A thing of the ground truth with the items that tell best what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Index of the item of each evaluation.
    pub items: [usize; 2],
    /// True for each evaluation that has it right.
    pub right: [bool; 2],
}

/// Everything that two evaluations have in common.
#[derive(Clone, Debug, Default)]
pub struct Paired {
    /// Indexes of samples of the same moment.
    pub samples: Vec<[usize; 2]>,
    /// The ground truth of these samples.
    pub pairs: Vec<Pair>,
    /// Samples without one at their time in the other evaluation.
    pub lone_samples: [usize; 2],
    /// Things of the ground truth of paired samples that the other side does not have.
    pub lone_objects: [usize; 2],
    /// The clocks that were used.
    pub clocks: BTreeSet<&'static str>,
    /// Largest difference of two stamps that were taken for the same moment.
    pub largest: Span,
}

/// The evaluations have nothing in common.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// No recordings belong together.
    #[error(
        "no recording of the first set-up belongs to one of the second: {first} and {second}; give one of each, or the same names"
    )]
    NoRecording {
        /// Names of the first side.
        first: String,
        /// Names of the second side.
        second: String,
    },
    /// No samples are at the same time.
    #[error(
        "no sample of the first set-up is at the time of one of the second, within {tolerance} s; look at --tolerance and --offset"
    )]
    NoSample {
        /// The tolerance in seconds.
        tolerance: String,
    },
}

/// Recording and channel of samples.
type Place = (Name, Name);

/// Rules by which two evaluations are paired.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// True if both are about the same recordings: then samples are the same by their numbers.
    pub same: bool,
    /// Largest difference of two stamps of the same moment.
    pub tolerance: Span,
    /// Span that is added to the times of the second side.
    pub offset: Span,
}

/// Pairs two evaluations.
pub fn pair(sides: [&Side; 2], rules: Rules) -> Result<Paired, PairingError> {
    let places = sides.map(|side| by_place(&side.evaluation));
    let mut paired = Paired::default();
    for together in matched_places(&places, rules.same)? {
        let [Some(own), Some(theirs)] = [0, 1].map(|side: usize| places[side].get(&together[side])) else {
            continue;
        };
        let shift = if rules.same {
            Span(0)
        } else {
            let ranges = [0, 1].map(|side: usize| sides[side].ranges.get(&together[side].0).copied());
            let (clock, shift) = shift(ranges, rules.offset);
            paired.clocks.insert(clock.title());
            shift
        };
        let times = [0, 1].map(|side: usize| {
            let of = |at: &usize| (sides[side].evaluation.samples[*at].time, *at);
            [own, theirs][side].iter().map(of).collect::<Vec<_>>()
        });
        let tolerance = if rules.same { Span(0) } else { rules.tolerance };
        let (pairs, largest) = matched_times(&times, shift, tolerance);
        paired.samples.extend(pairs);
        paired.largest = paired.largest.max(largest);
    }
    if paired.samples.is_empty() {
        return Err(PairingError::NoSample { tolerance: rules.tolerance.secs().to_string() });
    }
    paired.samples.sort_unstable();
    paired.lone_samples =
        sides.map(|side| side.evaluation.samples.len().saturating_sub(paired.samples.len()));
    let items = sides.map(|side| best_items(&side.evaluation));
    for samples in &paired.samples {
        let none = Vec::new();
        let own = [0, 1].map(|side: usize| items[side].get(&samples[side]).unwrap_or(&none));
        let scale = if rules.same { [1.0; 2] } else { scale(sides, *samples) };
        let found = matched([(sides[0], own[0]), (sides[1], own[1])], rules.same, scale);
        for (lone, own) in paired.lone_objects.iter_mut().zip(own) {
            *lone += own.len() - found.len();
        }
        paired.pairs.extend(found);
    }
    Ok(paired)
}

impl Clock {
    /// Text for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Stamps => "stamps",
            Self::SinceBeginning => "time since the beginning",
        }
    }
}

/// Indexes of the samples of each recording and channel, by time.
fn by_place(evaluation: &Evaluation) -> BTreeMap<Place, Vec<usize>> {
    let mut places: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
    for (at, sample) in evaluation.samples.iter().enumerate() {
        places.entry((sample.clip.clone(), sample.channel.clone())).or_default().push(at);
    }
    for all in places.values_mut() {
        all.sort_by_key(|at| evaluation.samples[*at].time);
    }
    places
}

/// Recordings and channels that belong together: those of the same name, else the only ones on both sides.
fn matched_places(
    places: &[BTreeMap<Place, Vec<usize>>; 2],
    same: bool,
) -> Result<Vec<[Place; 2]>, PairingError> {
    let clips = |at: usize| places[at].keys().map(|(clip, _)| clip.clone()).collect::<BTreeSet<Name>>();
    let [first, second] = [clips(0), clips(1)];
    let only = first.len() == 1 && second.len() == 1 && !same;
    let mut together = Vec::new();
    for place in places[0].keys() {
        let other =
            places[1].keys().find(|(clip, channel)| *channel == place.1 && (only || *clip == place.0));
        together.extend(other.map(|other| [place.clone(), other.clone()]));
    }
    if together.is_empty()
        && !same
        && let ([a], [b]) =
            (&places[0].keys().collect::<Vec<_>>()[..], &places[1].keys().collect::<Vec<_>>()[..])
    {
        together.push([(*a).clone(), (*b).clone()]);
    }
    if together.is_empty() {
        let named = |clips: &BTreeSet<Name>| clips.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        return Err(PairingError::NoRecording { first: named(&first), second: named(&second) });
    }
    Ok(together)
}

/// Span that is added to the times of the second recording.
fn shift(ranges: [Option<TimeRange>; 2], offset: Span) -> (Clock, Span) {
    let [Some(first), Some(second)] = ranges else { return (Clock::Stamps, offset) };
    let moved = TimeRange { start: second.start + offset, end: second.end + offset };
    if moved.start < first.end && first.start < moved.end {
        return (Clock::Stamps, offset);
    }
    (Clock::SinceBeginning, Span((first.start - second.start).0 + offset.0))
}

/// Samples of two channels at the same time, each at most once, the nearest ones first, and the largest difference of their times.
/// Times are sorted; `shift` is added to the second ones.
fn matched_times(times: &[Vec<(Time, usize)>; 2], shift: Span, tolerance: Span) -> (Vec<[usize; 2]>, Span) {
    let [own, theirs] = times;
    let mut wishes = Vec::new();
    for (time, at) in own {
        let from = theirs.partition_point(|(other, _)| *other + shift < *time - tolerance);
        let near = theirs.iter().skip(from).take_while(|(other, _)| *other + shift <= *time + tolerance);
        wishes.extend(near.map(|(other, their)| ((*other + shift - *time).0.abs(), *at, *their)));
    }
    wishes.sort_unstable();
    let (mut taken, mut given) = (BTreeSet::new(), BTreeSet::new());
    let (mut pairs, mut largest) = (Vec::new(), 0);
    for (apart, own, their) in wishes {
        if !taken.contains(&own) && !given.contains(&their) {
            taken.insert(own);
            given.insert(their);
            pairs.push([own, their]);
            largest = largest.max(apart);
        }
    }
    (pairs, Span(largest))
}

/// Factors by which boxes of the second sample are enlarged to be in the image of the first.
fn scale(sides: [&Side; 2], samples: [usize; 2]) -> [f32; 2] {
    let size = |at: usize| {
        let sample = &sides[at].evaluation.samples[samples[at]];
        sides[at].sizes.get(&(sample.clip.clone(), sample.channel.clone())).copied()
    };
    let (Some(own), Some(theirs)) = (size(0), size(1)) else { return [1.0; 2] };
    [own.0 as f32 / theirs.0.max(1) as f32, own.1 as f32 / theirs.1.max(1) as f32]
}

/// For each thing of the ground truth of each sample the item that tells best if it was found: a right one, else the surest.
fn best_items(evaluation: &Evaluation) -> BTreeMap<usize, Vec<usize>> {
    let mut best: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (at, item) in evaluation.items.iter().enumerate() {
        let Some(object) = item.object_at else { continue };
        if is_ignored(evaluation, item.sample, object) {
            continue;
        }
        let rank = |item: &Item| (item.outcome == Outcome::Right, item.score);
        let entry = best.entry((item.sample, object)).or_insert(at);
        let (new, old) = (rank(item), rank(&evaluation.items[*entry]));
        if new.0.cmp(&old.0).then(new.1.total_cmp(&old.1)).is_gt() {
            *entry = at;
        }
    }
    let mut samples: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for ((sample, _), item) in best {
        samples.entry(sample).or_default().push(item);
    }
    samples
}

fn is_ignored(evaluation: &Evaluation, sample: usize, object: usize) -> bool {
    match evaluation.samples.get(sample).map(|sample| &sample.fact) {
        Some(Fact::Objects(objects)) => objects.get(object).is_some_and(|object| object.ignored),
        _ => false,
    }
}

/// Things of the ground truth of two samples that are the same, each at most once: by the id where the ground truth is the same,
/// else the most alike of a class. Ids of two recordings are counted anew in each.
fn matched(sides: [(&Side, &Vec<usize>); 2], ids: bool, scale: [f32; 2]) -> Vec<Pair> {
    let item = |side: usize, at: usize| &sides[side].0.evaluation.items[at];
    // What is the only number of both is the same number, whatever each of them calls it.
    let only = sides.iter().all(|(_, items)| items.len() == 1);
    let mut wishes: Vec<(bool, f32, usize, usize)> = Vec::new();
    for (own, a) in sides[0].1.iter().enumerate() {
        for (their, b) in sides[1].1.iter().enumerate() {
            let likeness = likeness(item(0, *a), item(1, *b), ids, scale, only);
            wishes.extend(likeness.map(|(by_id, value)| (by_id, value, own, their)));
        }
    }
    // The ids first, then the most alike; the order of the things decides between equals.
    wishes.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)).then(a.3.cmp(&b.3)));
    let (mut taken, mut given) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for (_, _, own, their) in wishes {
        if taken.contains(&own) || given.contains(&their) {
            continue;
        }
        taken.insert(own);
        given.insert(their);
        let items = [sides[0].1[own], sides[1].1[their]];
        let right = [0, 1].map(|side: usize| item(side, items[side]).outcome == Outcome::Right);
        found.push(Pair { items, right });
    }
    found.sort_by_key(|pair| pair.items);
    found
}

/// True with 1 for things with the same id; else false with how alike they are, 0 to 1; `None` for different things.
fn likeness(own: &Item, theirs: &Item, ids: bool, scale: [f32; 2], only: bool) -> Option<(bool, f32)> {
    match (&own.object, &theirs.object) {
        (Some(a), Some(b)) if ids && !a.id.is_empty() && !b.id.is_empty() => {
            (a.id == b.id).then_some((true, 1.0))
        }
        (Some(a), Some(b)) if own.truth == theirs.truth => alike(a, b, scale).map(|value| (false, value)),
        // The class of a whole sample, the areas of a class.
        (None, None) if own.truth == theirs.truth => Some((false, 1.0)),
        (None, None) if only && own.number.is_some() && theirs.number.is_some() => Some((false, 1.0)),
        _ => None,
    }
}

fn alike(a: &Detection, b: &Detection, [x, y]: [f32; 2]) -> Option<f32> {
    if let (Some(one), Some(other)) = (&a.solid, &b.solid) {
        let apart = libm::hypotf(one.center[0] - other.center[0], one.center[1] - other.center[1]);
        return (apart <= SAME_METERS).then_some(1.0 - apart / (2.0 * SAME_METERS));
    }
    let mut scaled = b.bbox;
    (scaled.x0, scaled.x1) = (scaled.x0 * x, scaled.x1 * x);
    (scaled.y0, scaled.y1) = (scaled.y0 * y, scaled.y1 * y);
    let iou = a.bbox.iou(&scaled);
    (iou >= SAME_IOU).then_some(iou)
}
