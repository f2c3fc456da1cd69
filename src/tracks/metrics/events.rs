//! CLEAR MOT metrics as `py-motmetrics` counts them; the nuScenes tracking task builds on them.
//!
//! See [`super::clear`] for the differences from `TrackEval`. Identity metrics are the same in both
//! ([`super::identity`]).

use serde::Serialize;

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::metrics::prepared::{Prep, Prepared};

/// Rules of matching.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventSettings {
    /// Distance of two boxes whose similarity is 0; distances are this times 1 minus the similarity.
    pub scale: f64,
    /// Largest distance of a match.
    pub max_distance: f64,
    /// Leave out frames without true and tested boxes, as the nuScenes devkit does.
    pub skip_empty: bool,
}

impl Default for EventSettings {
    /// Distance 1 minus intersection over union, at most 0.5.
    fn default() -> Self {
        Self { scale: 1.0, max_distance: 0.5, skip_empty: false }
    }
}

/// Counts of one or more sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Events {
    /// Frames.
    pub frames: u64,
    /// True boxes.
    pub objects: u64,
    /// Tested boxes.
    pub predictions: u64,
    /// True tracks.
    pub tracks: u64,
    /// Matches without a switch.
    pub matches: u64,
    /// Matches to another track than the last match of the object.
    pub switches: u64,
    /// Tested boxes without a match.
    pub false_positives: u64,
    /// True boxes without a match.
    pub misses: u64,
    /// Objects matched on 80 % or more of their frames.
    pub mostly_tracked: u64,
    /// Objects between.
    pub partially_tracked: u64,
    /// Objects matched on less than 20 % of their frames.
    pub mostly_lost: u64,
    /// Gaps between the matches of an object.
    pub fragmentations: u64,
    /// Matches of a tested track to another object than its last.
    pub transfers: u64,
    /// Switches to a track that had no match before.
    pub ascends: u64,
    /// Transfers to an object that had no match before.
    pub migrates: u64,
    /// Sum of the distances of matches and switches.
    pub distance: f64,
    /// True tracks with a match.
    pub found_tracks: u64,
    /// Sum over these of the frames until the first match.
    pub initial_frames: u64,
    /// Sum over these of the frames of the longest gap.
    pub gap_frames: u64,
}

impl Events {
    /// Counts of one class of one sequence.
    pub fn new(data: &Prepared, settings: &EventSettings) -> Self {
        followed(data, settings, |_| ())
    }

    /// Counts of several sequences.
    pub fn combined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        parts.into_iter().fold(Self::default(), |all, part| Self {
            frames: all.frames + part.frames,
            objects: all.objects + part.objects,
            predictions: all.predictions + part.predictions,
            tracks: all.tracks + part.tracks,
            matches: all.matches + part.matches,
            switches: all.switches + part.switches,
            false_positives: all.false_positives + part.false_positives,
            misses: all.misses + part.misses,
            mostly_tracked: all.mostly_tracked + part.mostly_tracked,
            partially_tracked: all.partially_tracked + part.partially_tracked,
            mostly_lost: all.mostly_lost + part.mostly_lost,
            fragmentations: all.fragmentations + part.fragmentations,
            transfers: all.transfers + part.transfers,
            ascends: all.ascends + part.ascends,
            migrates: all.migrates + part.migrates,
            distance: all.distance + part.distance,
            found_tracks: all.found_tracks + part.found_tracks,
            initial_frames: all.initial_frames + part.initial_frames,
            gap_frames: all.gap_frames + part.gap_frames,
        })
    }

    /// Accuracy: 1 minus misses, false positives and switches per true box; `None` without true boxes.
    pub fn mota(&self) -> Option<f64> {
        let wrong = (self.misses + self.false_positives + self.switches) as f64;
        (self.objects > 0).then(|| 1.0 - wrong / self.objects as f64)
    }

    /// Mean distance of matches and switches; `None` without any.
    pub fn motp(&self) -> Option<f64> {
        (self.detections() > 0).then(|| self.distance / self.detections() as f64)
    }

    /// Fraction of the true boxes with a match; `None` without true boxes.
    pub fn recall(&self) -> Option<f64> {
        (self.objects > 0).then(|| self.detections() as f64 / self.objects as f64)
    }

    /// Fraction of the tested boxes with a match; `None` without tested boxes.
    pub fn precision(&self) -> Option<f64> {
        let all = self.detections() + self.false_positives;
        (all > 0).then(|| self.detections() as f64 / all as f64)
    }

    /// Matches and switches.
    pub fn detections(&self) -> u64 {
        self.matches + self.switches
    }
}

/// A match of a frame.
#[derive(Clone, Copy)]
pub(super) struct Match {
    /// Score of the tested box.
    pub(super) score: f64,
    pub(super) switch: bool,
}

/// An object while the frames are read.
#[derive(Clone, Default)]
struct Followed {
    /// Track that it belongs to.
    track: Option<u32>,
    seen: u32,
    matched: u32,
    first_frame: u64,
    first_match: Option<u64>,
    last_match: u64,
    /// The object was seen without a match after its last match.
    missed: bool,
    fragmentations: u64,
    longest_gap: u64,
    last_frame: u64,
}

impl Followed {
    fn see(&mut self, frame: u64, matched: bool) {
        if self.seen == 0 {
            self.first_frame = frame;
        }
        self.seen += 1;
        self.last_frame = frame;
        if !matched {
            self.missed = true;
            return;
        }
        self.matched += 1;
        if self.first_match.is_some() {
            self.fragmentations += u64::from(self.missed);
            self.longest_gap = self.longest_gap.max(frame - self.last_match - 1);
        } else {
            self.first_match = Some(frame);
            self.longest_gap = frame - self.first_frame;
        }
        self.last_match = frame;
        self.missed = false;
    }

    fn add_to(&self, counts: &mut Events) {
        if self.seen == 0 {
            return;
        }
        counts.tracks += 1;
        let part = f64::from(self.matched) / f64::from(self.seen);
        counts.mostly_tracked += u64::from(part >= 0.8);
        counts.partially_tracked += u64::from((0.2..0.8).contains(&part));
        counts.mostly_lost += u64::from(part < 0.2);
        counts.fragmentations += self.fragmentations;
        if let Some(first) = self.first_match {
            counts.found_tracks += 1;
            counts.initial_frames += first - self.first_frame;
            counts.gap_frames += self.longest_gap.max(self.last_frame - self.last_match);
        }
    }
}

/// Matches frame by frame, tells `each` of every match, and counts.
pub(super) fn followed(data: &Prepared, settings: &EventSettings, mut each: impl FnMut(Match)) -> Events {
    let mut counts = Events::default();
    let mut objects = vec![Followed::default(); data.num_true_tracks()];
    // The object of the last new match of each tested track, and whether it ever matched.
    let mut owners: Vec<Option<u32>> = vec![None; data.tested_counts.len()];
    let mut known = vec![false; data.tested_counts.len()];
    for frame in &data.frames {
        if settings.skip_empty && frame.truth.is_empty() && frame.tested.is_empty() {
            continue;
        }
        let (kept, new) = matched(frame, &objects, settings);
        let mut matched = vec![false; frame.truth.len()];
        for (old, (place, tested, distance)) in
            kept.iter().map(|kept| (true, *kept)).chain(new.iter().map(|new| (false, *new)))
        {
            let (object, track) = (frame.truth[place as usize], frame.tested[tested as usize]);
            let followed = &mut objects[object as usize];
            let switch = !old && followed.track.is_some_and(|before| before != track);
            if !old {
                let transfer = owners[track as usize].is_some_and(|owner| owner != object);
                counts.ascends += u64::from(switch && !known[track as usize]);
                counts.transfers += u64::from(transfer);
                counts.migrates += u64::from(transfer && followed.first_match.is_none());
                owners[track as usize] = Some(object);
            }
            counts.matches += u64::from(!switch);
            counts.switches += u64::from(switch);
            counts.distance += distance;
            followed.track = Some(track);
            known[track as usize] = true;
            matched[place as usize] = true;
            each(Match { score: frame.scores[tested as usize], switch });
        }
        for (object, matched) in frame.truth.iter().zip(&matched) {
            objects[*object as usize].see(counts.frames, *matched);
        }
        let found = (kept.len() + new.len()) as u64;
        counts.objects += frame.truth.len() as u64;
        counts.predictions += frame.tested.len() as u64;
        counts.misses += frame.truth.len() as u64 - found;
        counts.false_positives += frame.tested.len() as u64 - found;
        counts.frames += 1;
    }
    for object in &objects {
        object.add_to(&mut counts);
    }
    counts
}

/// True box, tested box, distance.
type Matched = (u32, u32, f64);

/// The matches of a frame that continue earlier ones, and the new ones: as many as possible, and of these the nearest.
fn matched(frame: &Prep, objects: &[Followed], settings: &EventSettings) -> (Vec<Matched>, Vec<Matched>) {
    let pairs: Vec<Matched> = frame
        .pairs
        .iter()
        .map(|pair| (pair.truth, pair.tested, settings.scale * (1.0 - pair.similarity)))
        .filter(|(_, _, distance)| *distance <= settings.max_distance)
        .collect();
    let mut free_rows = vec![true; frame.truth.len()];
    let mut free_columns = vec![true; frame.tested.len()];
    let mut kept = Vec::new();
    for pair in &pairs {
        let (row, column) = (pair.0 as usize, pair.1 as usize);
        let belongs = objects[frame.truth[row] as usize].track == Some(frame.tested[column]);
        if belongs && free_columns[column] {
            (free_rows[row], free_columns[column]) = (false, false);
            kept.push(*pair);
        }
    }
    let rest: Vec<Matched> = pairs
        .into_iter()
        .filter(|pair| free_rows[pair.0 as usize] && free_columns[pair.1 as usize])
        .collect();
    // One match more outweighs all distances.
    let most = rest.iter().fold(0.0_f64, |most, pair| most.max(pair.2)) + 1.0;
    let much = 2.0 * frame.truth.len().min(frame.tested.len()) as f64 * most + 1.0;
    let edges: Vec<Edge> =
        rest.iter().map(|pair| Edge { row: pair.0, column: pair.1, weight: much - pair.2 }).collect();
    let new = heaviest(&edges).into_iter().map(|index| rest[index]).collect();
    (kept, new)
}
