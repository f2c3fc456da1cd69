//! A sequence as every metric needs it: ids counted from 0, and the pairs of boxes that are similar at all.

use crate::tracks::metrics::sequence::{Frame, Object, Sequence, Side, TrackingError};
use crate::tracks::metrics::similarity::Similarity;

/// A true and a tested box of one frame whose similarity is above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    /// Positions in the frame.
    pub(super) truth: u32,
    pub(super) tested: u32,
    pub(super) similarity: f64,
    /// Position in [`Prepared::meetings`].
    pub(super) meeting: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Prep {
    /// Tracks of the boxes.
    pub(super) truth: Vec<u32>,
    pub(super) tested: Vec<u32>,
    /// Scores of the tested boxes; a score that is no number counts as 0.
    pub(super) scores: Vec<f64>,
    /// By true box, then by tested box.
    pub(super) pairs: Vec<Pair>,
}

/// Numbers of boxes that were no boxes (not finite, negative size) and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Of the truth.
    pub truth: usize,
    /// Of the tested system.
    pub tested: usize,
}

/// A sequence prepared for the metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prepared {
    pub(super) frames: Vec<Prep>,
    /// Tracks that have similar boxes on at least one frame, sorted.
    pub(super) meetings: Vec<(u32, u32)>,
    /// Numbers of boxes by track.
    pub(super) truth_counts: Vec<u32>,
    pub(super) tested_counts: Vec<u32>,
    left_out: LeftOut,
}

impl Prepared {
    /// Compares all boxes of each frame.
    ///
    /// # Errors
    ///
    /// An id that is used twice on one frame of one side.
    pub fn new<B>(sequence: &Sequence<B>, similarity: &impl Similarity<B>) -> Result<Self, TrackingError> {
        let ids = |of: fn(&Frame<B>) -> &Vec<Object<B>>| {
            let kept = sequence.frames.iter().flat_map(of).filter(|object| similarity.valid(&object.shape));
            let mut ids: Vec<u64> = kept.map(|object| object.id).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let mut truth = Tracks::new(Side::Truth, ids(|frame| &frame.truth));
        let mut tested = Tracks::new(Side::Tested, ids(|frame| &frame.tested));
        let mut frames = Vec::with_capacity(sequence.frames.len());
        for (index, frame) in sequence.frames.iter().enumerate() {
            let (true_tracks, true_objects) = truth.take(index, &frame.truth, similarity)?;
            let (tested_tracks, tested_objects) = tested.take(index, &frame.tested, similarity)?;
            let mut pairs = Vec::with_capacity(true_objects.len());
            for (i, a) in true_objects.iter().enumerate() {
                for (j, b) in tested_objects.iter().enumerate() {
                    let similarity = similarity.of(&a.shape, &b.shape);
                    if similarity > 0.0 && similarity.is_finite() {
                        pairs.push(Pair { truth: i as u32, tested: j as u32, similarity, meeting: 0 });
                    }
                }
            }
            let score = |object: &&Object<B>| if object.score.is_finite() { object.score } else { 0.0 };
            let scores = tested_objects.iter().map(score).collect();
            frames.push(Prep { truth: true_tracks, tested: tested_tracks, scores, pairs });
        }
        let left_out = LeftOut { truth: truth.left_out, tested: tested.left_out };
        let (truth_counts, tested_counts) = (truth.counts, tested.counts);
        let mut all = Self { frames, meetings: Vec::new(), truth_counts, tested_counts, left_out };
        all.number_meetings();
        Ok(all)
    }

    fn number_meetings(&mut self) {
        let tracks = |frame: &Prep, pair: &Pair| {
            (frame.truth[pair.truth as usize], frame.tested[pair.tested as usize])
        };
        let width = self.tested_counts.len() as u64;
        let key = |(truth, tested): (u32, u32)| u64::from(truth) * width + u64::from(tested);
        let mut keys: Vec<u64> = Vec::new();
        for frame in &self.frames {
            keys.extend(frame.pairs.iter().map(|pair| key(tracks(frame, pair))));
            // Most are known from the frames before.
            if keys.len() > 1 << 20 {
                keys.sort_unstable();
                keys.dedup();
            }
        }
        keys.sort_unstable();
        keys.dedup();
        for frame in &mut self.frames {
            let mut pairs = std::mem::take(&mut frame.pairs);
            for pair in &mut pairs {
                pair.meeting = keys.partition_point(|other| *other < key(tracks(frame, pair))) as u32;
            }
            frame.pairs = pairs;
        }
        self.meetings = keys.iter().map(|key| ((key / width) as u32, (key % width) as u32)).collect();
    }

    /// The sequence without the tested boxes whose score is below the threshold. Numbers of tracks stay.
    pub(super) fn above(&self, threshold: f64) -> Self {
        let mut rest = self.clone();
        rest.tested_counts.fill(0);
        for frame in &mut rest.frames {
            let mut places = Vec::with_capacity(frame.tested.len());
            let mut next = 0;
            for score in &frame.scores {
                places.push((*score >= threshold).then_some(next));
                next += u32::from(*score >= threshold);
            }
            frame.pairs.retain_mut(|pair| {
                let place = places[pair.tested as usize];
                pair.tested = place.unwrap_or(pair.tested);
                place.is_some()
            });
            let mut stay = places.iter().map(Option::is_some);
            frame.tested.retain(|_| stay.next().unwrap_or(true));
            frame.scores.retain(|score| *score >= threshold);
            for track in &frame.tested {
                rest.tested_counts[*track as usize] += 1;
            }
        }
        rest
    }

    /// Boxes that were no boxes.
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }

    /// Number of frames.
    pub fn num_frames(&self) -> usize {
        self.frames.len()
    }

    /// Number of true boxes.
    pub fn num_truth(&self) -> u64 {
        self.truth_counts.iter().copied().map(u64::from).sum()
    }

    /// Number of tested boxes.
    pub fn num_tested(&self) -> u64 {
        self.tested_counts.iter().copied().map(u64::from).sum()
    }

    /// Number of true tracks.
    pub fn num_true_tracks(&self) -> usize {
        self.truth_counts.len()
    }
}

/// The tracks of a side while the frames are read.
struct Tracks {
    side: Side,
    ids: Vec<u64>,
    counts: Vec<u32>,
    last_frames: Vec<usize>,
    left_out: usize,
}

impl Tracks {
    fn new(side: Side, ids: Vec<u64>) -> Self {
        let n = ids.len();
        Self { side, ids, counts: vec![0; n], last_frames: vec![usize::MAX; n], left_out: 0 }
    }

    /// Tracks and boxes of the valid boxes of a frame.
    fn take<'a, B>(
        &mut self,
        frame: usize,
        objects: &'a [Object<B>],
        similarity: &impl Similarity<B>,
    ) -> Result<(Vec<u32>, Vec<&'a Object<B>>), TrackingError> {
        let (mut tracks, mut kept) = (Vec::with_capacity(objects.len()), Vec::with_capacity(objects.len()));
        for object in objects {
            if !similarity.valid(&object.shape) {
                self.left_out += 1;
                continue;
            }
            let track = self.ids.partition_point(|id| *id < object.id);
            if self.last_frames[track] == frame {
                return Err(TrackingError::RepeatedId { side: self.side, id: object.id, frame });
            }
            self.last_frames[track] = frame;
            self.counts[track] += 1;
            tracks.push(track as u32);
            kept.push(object);
        }
        Ok((tracks, kept))
    }
}
