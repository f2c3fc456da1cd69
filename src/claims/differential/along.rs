//! Differential testing of two ways to run a model on many inputs.

use crate::base::progress::Progress;
use crate::claims::differential::{CLASS_LIMIT, Difference, Summary, compare, repeated};
use crate::clips::recorded_input::RecordedInput;
use crate::data::input::Input;
use crate::inference::decoders::classes::softmax;
use crate::inference::model::Model;
use crate::metrics::differential::mad_distance;

/// Tolerance for differences of floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Absolute tolerance.
    pub absolute: f64,
    /// Relative tolerance.
    pub relative: f64,
    /// Number of runs on the first input, to measure if both are deterministic.
    pub runs: usize,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 1e-4, relative: 1e-4, runs: 5 }
    }
}

impl Tolerance {
    /// True if a difference exceeds the tolerance. Non-determinism widens the tolerance: three
    /// times the noise is allowed.
    pub fn is_exceeded(&self, found: &Difference, noise: [f64; 2]) -> bool {
        let absolute = self.absolute.max(3.0 * noise[0]).max(3.0 * noise[1]);
        (found.apart.most > absolute && found.apart.most_relative > self.relative)
            || found.flipped
            || found.class > CLASS_LIMIT
    }
}

/// Differences of two ways to run a model on the samples of recordings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Along {
    /// Summary over all samples.
    pub summary: Summary,
    /// Non-determinism of each of both, measured on the first sample.
    pub noise: [f64; 2],
    /// Position of the sample with the largest difference.
    pub worst: Option<usize>,
    /// Samples whose difference exceeds the tolerance, by position, the first thousand.
    pub differing: Vec<usize>,
    /// Largest `D_MAD` over samples with ground truth, and their number.
    pub mad: Option<(f64, usize)>,
    /// Samples that could not be read: the first error, and their number.
    pub left_out: Option<(String, usize)>,
}

/// Maximum number of stored positions of differing samples.
const KEPT: usize = 1000;

impl Along {
    /// True if any difference exceeds the tolerance.
    pub fn differs(&self, tolerance: &Tolerance) -> bool {
        self.summary.flips > 0 || tolerance.is_exceeded(&self.summary.worst, self.noise)
    }
}

/// Runs both on every source; `truth` returns the ground truth in the form of the first output, if known.
pub fn along(
    (a, b): (&Model, &Model),
    sources: &[RecordedInput],
    tolerance: &Tolerance,
    truth: impl Fn(&RecordedInput) -> Option<Vec<f32>>,
    progress: &Progress,
) -> anyhow::Result<Along> {
    let mut found = Along::default();
    progress.begin(sources.len() as u64);
    let batch = a.batch().max(b.batch());
    for (part, given) in sources.chunks(batch).enumerate() {
        let mut read: Vec<(usize, &RecordedInput, Input)> = Vec::new();
        for (at, source) in given.iter().enumerate() {
            progress.step()?;
            match source.input() {
                Ok(input) => read.push((part * batch + at, source, input)),
                Err(err) => found.left_out.get_or_insert_with(|| (err.to_string(), 0)).1 += 1,
            }
        }
        if let (0, Some((_, _, input))) = (found.summary.inputs, read.first()) {
            found.noise =
                [repeated(a, input, tolerance.runs)?.most, repeated(b, input, tolerance.runs)?.most];
        }
        let prepared = read.iter().map(|(_, _, input)| a.prepared(input)).collect::<Result<Vec<_>, _>>()?;
        let both = a.outputs_of(&prepared)?.into_iter().zip(b.outputs_of(&prepared)?);
        for ((own, other), (at, source, _)) in both.zip(read) {
            let difference = compare(&own, &other);
            let before = found.summary.inputs;
            found.summary.add(difference);
            if found.summary.worst_at == before {
                found.worst = Some(at);
            }
            if tolerance.is_exceeded(&difference, found.noise) && found.differing.len() < KEPT {
                found.differing.push(at);
            }
            if let (Some(truth), Some(own), Some(other)) = (truth(source), own.first(), other.first()) {
                let mad = mad_distance(&scaled(&own.data), &scaled(&other.data), &truth);
                let (most, count) = found.mad.unwrap_or((0.0, 0));
                found.mad = Some((most.max(mad), count + 1));
            }
        }
    }
    Ok(found)
}

/// Scores as probabilities, comparable with a one-hot ground truth.
fn scaled(scores: &[f32]) -> Vec<f32> {
    let sum: f64 = scores.iter().map(|score| f64::from(*score)).sum();
    let already = scores.iter().all(|score| (0.0..=1.0).contains(score)) && (sum - 1.0).abs() < 1e-2;
    if already { scores.to_vec() } else { softmax(scores) }
}
