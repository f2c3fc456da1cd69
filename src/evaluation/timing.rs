//! Latency of a model on the samples of a data set, as a metric of claims.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use crate::base::name::Name;
use crate::base::order_statistics::{interval, least, part, rank};
use crate::base::processor;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::claims::gate::MetricClaim;
use crate::claims::metric_judgment::Estimate;
use crate::clips::{Clip, ClipError};
use crate::data::clip::ChannelId;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::evaluation::gate_metrics::{MeasureError, definition};
use crate::evaluation::query::Query;
use crate::evaluation::samples::{Evaluation, Fact, Sample};
use crate::evaluation::work::Work;
use crate::inference::model::Model;
use crate::predictions::source::channels;
use crate::project::samples::opened;

/// Predictions before the first one that counts: memory is allocated and caches are filled.
const WARM_UP: usize = 3;
/// Samples that are run at most, evenly spaced over those of the slice.
const MOST: usize = 2000;

/// A sample of a recording to run a model on.
#[derive(Clone)]
pub struct Timed {
    clip: Arc<dyn Clip>,
    channel: ChannelId,
    frame: usize,
}

impl Timed {
    /// The input of a model that reaches this far. Blocks.
    pub fn input(&self, reach: &Reach) -> Result<Input, ClipError> {
        self.clip.reached(self.channel, self.frame, reach)
    }
}

/// The samples of a project's recordings, or of a recording, that a model can run on and that are in the slice of a claim, at
/// most two thousand of them, evenly spaced. They need no ground truth. Blocks.
pub fn samples(
    place: &Path,
    only: &[String],
    model: &Model,
    claim: &MetricClaim,
) -> anyhow::Result<Vec<Timed>> {
    let work = Work::open(place)?;
    let project = work.project();
    let mut clips: BTreeMap<Name, Arc<dyn Clip>> = BTreeMap::new();
    let (mut all, mut places) = (Vec::new(), Vec::new());
    for of in project.clips.iter().filter(|clip| only.is_empty() || only.contains(&clip.name)) {
        let clip: Arc<dyn Clip> = opened(project, of)?;
        for (id, channel) in channels(&*clip, model) {
            for (frame, time) in clip.times(id).iter().enumerate() {
                all.push(Sample {
                    clip: Name::from(&of.name),
                    channel: Name::from(&channel),
                    frame,
                    time: *time,
                    tags: project.tags_at(&of.name, *time),
                    vehicle: [0.0; 2],
                    fact: Fact::Objects(Vec::new()),
                    answer: Prediction::Objects { objects: Vec::new() },
                });
                places.push(Timed { clip: Arc::clone(&clip), channel: id, frame });
            }
        }
        clips.insert(Name::from(&of.name), clip);
    }
    if all.is_empty() {
        return Err(anyhow!("the data set has no {} for the model", model.medium().title()));
    }
    if !claim.slice.is_empty() {
        let chosen = in_slice(&Evaluation::new(all, 0.0), &clips, claim)?;
        places = chosen.into_iter().filter_map(|at| places.get(at).cloned()).collect();
    }
    let count = places.len();
    let spaced = (0..count.min(MOST)).map(|at| at * count / count.min(MOST));
    Ok(spaced.filter_map(|at| places.get(at).cloned()).collect())
}

fn in_slice(
    evaluation: &Evaluation,
    clips: &BTreeMap<Name, Arc<dyn Clip>>,
    claim: &MetricClaim,
) -> Result<Vec<usize>, MeasureError> {
    let slice = |source| MeasureError::Slice { slice: claim.slice.clone(), source: Box::new(source) };
    let query = Query::parse(&claim.slice).map_err(slice)?;
    let bound = query.bind(evaluation, clips).map_err(slice)?;
    if let Some(field) = bound.names_of_items().first() {
        return Err(MeasureError::OfItems { metric: claim.metric.clone(), field: (*field).to_owned() });
    }
    bound.samples().map_err(slice)
}

/// Durations of runs over some samples, one after the other, so many rounds; a few runs before are not counted.
///
/// `run` runs the sample at a position and gives the time it took, or nothing for one that cannot be read. Blocks.
pub fn durations(
    samples: usize,
    rounds: usize,
    progress: &Progress,
    mut run: impl FnMut(usize) -> anyhow::Result<Option<Duration>>,
) -> anyhow::Result<Vec<Duration>> {
    for at in 0..samples.min(WARM_UP) {
        run(at)?;
    }
    progress.begin((samples * rounds) as u64);
    let mut all = Vec::with_capacity(samples * rounds);
    for at in (0..rounds).flat_map(|_| 0..samples) {
        all.extend(run(at)?);
        progress.step()?;
    }
    Ok(all)
}

/// The percentile of a claim over durations, in milliseconds.
pub fn estimate(durations: &[Duration], claim: &MetricClaim, conditions: String) -> anyhow::Result<Estimate> {
    let of = part(&claim.of).ok_or_else(|| anyhow!("{:?} is no percentile", claim.of))?;
    let mut millis: Vec<f64> = durations.iter().map(|took| 1e3 * took.as_secs_f64()).collect();
    millis.sort_by(f64::total_cmp);
    let count = millis.len();
    let at = |rank: usize| millis.get(rank).copied().unwrap_or(f64::NAN);
    let ends = interval(count, of, claim.confidence).map(|ends| ends.map(at));
    let value = if count == 0 { f64::NAN } else { at(rank(count, of)) };
    let definition = definition(&claim.metric);
    Ok(Estimate { value, ends, support: count, counted: "predictions", definition, conditions })
}

/// Number of predictions that the percentile of a claim takes: with fewer it is not judged.
pub fn needed(claim: &MetricClaim) -> usize {
    part(&claim.of).map_or(1, least)
}

/// Measures the latency of a model that was loaded, from decoded samples to predictions, one at a time. Blocks.
pub fn measure(
    model: &Model,
    samples: &[Timed],
    rounds: usize,
    claim: &MetricClaim,
    progress: &Progress,
) -> anyhow::Result<Estimate> {
    let reach = model.reach();
    let all = durations(samples.len(), rounds, progress, |at| {
        let Some(Ok(input)) = samples.get(at).map(|sample| sample.input(&reach)) else { return Ok(None) };
        model.timed(&input).map(Some).with_context(|| format!("sample {at} cannot be run"))
    })?;
    estimate(&all, claim, conditions(model))
}

/// The machine and the backend that a latency is of.
fn conditions(model: &Model) -> String {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let processors = counted(processors, "thread");
    format!("on this machine ({}, {processors}) by {}", processor::name(), model.backend.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(text: &str) -> MetricClaim {
        MetricClaim::parse(text).unwrap()
    }

    #[test]
    fn the_first_runs_are_not_counted_and_rounds_are() {
        let mut runs = Vec::new();
        let all = durations(5, 2, &Progress::default(), |at| {
            runs.push(at);
            // The first time is slow, and the third sample cannot be read.
            let slow = if runs.len() <= 3 { 1000 } else { 0 };
            Ok((at != 2).then(|| Duration::from_millis(slow + at as u64)))
        })
        .unwrap();
        assert_eq!(runs, [0, 1, 2, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
        assert_eq!(all, [0, 1, 3, 4, 0, 1, 3, 4].map(Duration::from_millis));
    }

    #[test]
    fn percentiles_are_nearest_ranks_with_intervals_of_order_statistics() {
        let all: Vec<Duration> = (1..=1000).rev().map(Duration::from_millis).collect();
        let found = estimate(&all, &claim("latency(\"p99\") <= 1 s"), String::new()).unwrap();
        assert!((found.value - 990.0).abs() < 1e-9, "{found:?}");
        // R: qbinom(c(0.025, 0.975), 1000, 0.99) is 983 and 996.
        assert_eq!(found.ends.map(|ends| ends.map(f64::round)), Some([983.0, 997.0]));
        assert_eq!((found.support, found.counted), (1000, "predictions"));
        // A hundred have a p99, but no upper end of it.
        let few = estimate(&all[..100], &claim("latency(\"p99\") <= 1 s"), String::new()).unwrap();
        assert!((few.value - 999.0).abs() < 1e-9 && few.ends.is_none(), "{few:?}");
        assert!(estimate(&[], &claim("latency(\"p50\") <= 1 s"), String::new()).unwrap().value.is_nan());
        assert_eq!(needed(&claim("latency(\"p999\") <= 1 s")), 1000);
    }

    #[test]
    fn a_model_that_fails_is_an_error_and_no_short_latency() {
        let failed = durations(2, 1, &Progress::default(), |_| Err(anyhow!("out of memory")));
        assert_eq!(failed.unwrap_err().to_string(), "out of memory");
    }
}
