//! CLEAR MOT metrics as `TrackEval` 1.3 counts them.
//!
//! Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT Metrics", EURASIP JIVP
//! 2008. `TrackEval` and `py-motmetrics` differ: here MOTP is the mean similarity of the matches (1 is perfect), a
//! match is continued from the frame before alone, and a track is mostly tracked above 80 %. [`super::events`] has
//! the rules of `py-motmetrics`: MOTP as the mean distance (0 is perfect), a match is continued over any gap, and 80 %
//! are enough.

use serde::Serialize;

use crate::tracks::assignment::{Edge, heaviest};
use crate::tracks::metrics::prepared::{Pair, Prep, Prepared};

/// Similarity from which two boxes match.
pub const THRESHOLD: f64 = 0.5;

/// Counts of one or more sequences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ClearCounts {
    /// Matched boxes.
    pub tp: u64,
    /// True boxes without a match.
    #[serde(rename = "fn")]
    pub misses: u64,
    /// Tested boxes without a match.
    pub fp: u64,
    /// Identity switches: matches to another track than the last match of the object, however long ago.
    pub idsw: u64,
    /// Mostly tracked objects: matched on more than 80 % of their frames.
    pub mt: u64,
    /// Partially tracked objects.
    pub pt: u64,
    /// Mostly lost objects: matched on less than 20 % of their frames.
    pub ml: u64,
    /// Fragmentations: times that an object was matched again after a frame without a match.
    pub frag: u64,
    /// Frames; not counted for sequences without true or without tested boxes, as `TrackEval` does.
    pub frames: u64,
    /// Sum of the similarities of the matches.
    pub similarity: f64,
}

/// CLEAR metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Clear {
    /// Counts of which the others are made.
    pub counts: ClearCounts,
    /// Accuracy: 1 minus misses, false positives and switches per true box.
    pub mota: f64,
    /// Precision: mean similarity of the matches.
    pub motp: f64,
    /// Accuracy without switches.
    pub moda: f64,
    /// Recall of boxes.
    pub recall: f64,
    /// Precision of boxes.
    pub precision: f64,
    /// F1 of boxes.
    pub f1: f64,
    /// Rate of mostly tracked objects.
    pub mtr: f64,
    /// Rate of partially tracked objects.
    pub ptr: f64,
    /// Rate of mostly lost objects.
    pub mlr: f64,
    /// Accuracy in which matches count by their similarity.
    pub smota: f64,
    /// Accuracy with the logarithm of the switches.
    pub motal: f64,
    /// False positives per frame.
    pub fp_per_frame: f64,
}

impl Clear {
    /// CLEAR metrics of one class of one sequence. As with `TrackEval`, a sequence without true or without tested boxes
    /// has an accuracy of 0 by itself; its counts enter into combinations.
    pub fn new(data: &Prepared) -> Self {
        let counts =
            ClearCounts { misses: data.num_truth(), fp: data.num_tested(), ..ClearCounts::default() };
        if data.num_tested() == 0 {
            let counts = ClearCounts { ml: data.num_true_tracks() as u64, ..counts };
            return Self { counts, mlr: 1.0, ..Self::default() };
        }
        if data.num_truth() == 0 {
            return Self { counts, mlr: 1.0, ..Self::default() };
        }
        Self::from_counts(counted(data))
    }

    /// CLEAR metrics of several sequences, or of several classes weighted by their boxes: counts are added.
    pub fn combined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::from_counts(ClearCounts::sum(parts.into_iter().map(|part| &part.counts)))
    }

    /// CLEAR metrics of several classes of equal weight, `None` without any: counts are added, rates averaged. Classes
    /// without boxes count like others unless they are left out.
    pub fn class_averaged<'a>(
        classes: impl IntoIterator<Item = &'a Self>,
        leave_out_empty: bool,
    ) -> Option<Self> {
        let boxes = |part: &Self| part.counts.tp + part.counts.misses + part.counts.fp;
        let parts: Vec<&Self> =
            classes.into_iter().filter(|part| !leave_out_empty || boxes(part) > 0).collect();
        let mean = |of: fn(&Self) -> f64| parts.iter().map(|part| of(part)).sum::<f64>() / parts.len() as f64;
        (!parts.is_empty()).then(|| Self {
            counts: ClearCounts::sum(parts.iter().map(|part| &part.counts)),
            mota: mean(|part| part.mota),
            motp: mean(|part| part.motp),
            moda: mean(|part| part.moda),
            recall: mean(|part| part.recall),
            precision: mean(|part| part.precision),
            f1: mean(|part| part.f1),
            mtr: mean(|part| part.mtr),
            ptr: mean(|part| part.ptr),
            mlr: mean(|part| part.mlr),
            smota: mean(|part| part.smota),
            motal: mean(|part| part.motal),
            fp_per_frame: mean(|part| part.fp_per_frame),
        })
    }

    fn from_counts(counts: ClearCounts) -> Self {
        let (tp, misses, fp) = (counts.tp as f64, counts.misses as f64, counts.fp as f64);
        let switches = counts.idsw as f64;
        let truth = (tp + misses).max(1.0);
        let tracks = ((counts.mt + counts.pt + counts.ml) as f64).max(1.0);
        let log_switches = if counts.idsw > 0 { libm::log10(switches) } else { 0.0 };
        Self {
            counts,
            mota: (tp - fp - switches) / truth,
            motp: counts.similarity / tp.max(1.0),
            moda: (tp - fp) / truth,
            recall: tp / truth,
            precision: tp / (tp + fp).max(1.0),
            f1: tp / (tp + 0.5 * misses + 0.5 * fp).max(1.0),
            mtr: counts.mt as f64 / tracks,
            ptr: counts.pt as f64 / tracks,
            mlr: counts.ml as f64 / tracks,
            smota: (counts.similarity - fp - switches) / truth,
            motal: (tp - fp - log_switches) / truth,
            fp_per_frame: fp / (counts.frames as f64).max(1.0),
        }
    }
}

impl ClearCounts {
    fn sum<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        parts.fold(Self::default(), |all, part| Self {
            tp: all.tp + part.tp,
            misses: all.misses + part.misses,
            fp: all.fp + part.fp,
            idsw: all.idsw + part.idsw,
            mt: all.mt + part.mt,
            pt: all.pt + part.pt,
            ml: all.ml + part.ml,
            frag: all.frag + part.frag,
            frames: all.frames + part.frames,
            similarity: all.similarity + part.similarity,
        })
    }
}

/// An object while the frames are read.
#[derive(Clone, Default)]
struct Followed {
    matched: u32,
    /// Times that matches began.
    begun: u32,
    /// Track of the last match.
    last: Option<u32>,
    /// Track of the match on the frame before. Frames without true or without tested boxes do not count as frames.
    before: Option<u32>,
}

fn counted(data: &Prepared) -> ClearCounts {
    let mut counts = ClearCounts { frames: data.num_frames() as u64, ..ClearCounts::default() };
    let mut objects = vec![Followed::default(); data.num_true_tracks()];
    for frame in data.frames.iter().filter(|frame| !frame.truth.is_empty() && !frame.tested.is_empty()) {
        let mut now: Vec<Option<u32>> = vec![None; objects.len()];
        for pair in matched(frame, &objects) {
            let (track, tested) = (frame.truth[pair.truth as usize], frame.tested[pair.tested as usize]);
            let object = &mut objects[track as usize];
            counts.tp += 1;
            counts.similarity += pair.similarity;
            counts.idsw += u64::from(object.last.is_some_and(|last| last != tested));
            object.matched += 1;
            object.last = Some(tested);
            now[track as usize] = Some(tested);
        }
        for (object, now) in objects.iter_mut().zip(now) {
            object.begun += u32::from(object.before.is_none() && now.is_some());
            object.before = now;
        }
    }
    counts.misses = data.num_truth() - counts.tp;
    counts.fp = data.num_tested() - counts.tp;
    for (object, count) in objects.iter().zip(&data.truth_counts) {
        let part = f64::from(object.matched) / f64::from(*count);
        *(if part > 0.8 {
            &mut counts.mt
        } else if part >= 0.2 {
            &mut counts.pt
        } else {
            &mut counts.ml
        }) += 1;
        counts.frag += u64::from(object.begun.saturating_sub(1));
    }
    counts
}

/// The matches of a frame: those of the frame before first, then by similarity.
fn matched<'a>(frame: &'a Prep, objects: &[Followed]) -> Vec<&'a Pair> {
    let near: Vec<&Pair> =
        frame.pairs.iter().filter(|pair| pair.similarity >= THRESHOLD - f64::EPSILON).collect();
    let edges: Vec<Edge> = near
        .iter()
        .map(|pair| {
            let before = objects[frame.truth[pair.truth as usize] as usize].before;
            let same = before == Some(frame.tested[pair.tested as usize]);
            let weight = pair.similarity + if same { 1000.0 } else { 0.0 };
            Edge { row: pair.truth, column: pair.tested, weight }
        })
        .collect();
    heaviest(&edges).into_iter().map(|index| near[index]).collect()
}
