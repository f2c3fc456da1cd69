//! Finders that run models on every image of a camera: a number of each image by its predictions, and the findings of its events.

use std::sync::Arc;

use crate::base::errors::{quietly, told};
use crate::base::parallel::in_order;
use crate::base::params::Params;
use crate::base::progress::{Cancelled, Progress};
use crate::base::text::counted;
use crate::base::time::Time;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::data::input::Medium;
use crate::inference::model::Model;
use crate::mining::drive::Drive;
use crate::mining::events::{events, stretched};
use crate::mining::finding::{FinderKind, Found};
use crate::mining::predicted::{ModelLook, NoRating, Predicted, stride};

/// A finder with its thresholds.
#[derive(Clone, Copy)]
pub(super) struct Rater<'a> {
    pub(super) kind: &'static FinderKind,
    pub(super) look: ModelLook,
    pub(super) params: &'a Params,
}

/// Runs finders with the same models and stride over all cameras. Each image is decoded once, and each model runs on it once for all of them.
pub(super) fn rated(
    drive: &Drive<'_>,
    raters: &[Rater<'_>],
    models: &[Arc<Model>],
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Found>, Cancelled> {
    let mut found: Vec<Found> = raters
        .iter()
        .map(|rater| {
            if models.len() >= rater.look.models {
                return Found::default();
            }
            Found::skipped(format!("{} needed, name them with --model", counted(rater.look.models, "model")))
        })
        .collect();
    let able: Vec<usize> = (0..raters.len()).filter(|at| models.len() >= raters[*at].look.models).collect();
    if able.is_empty() {
        return Ok(found);
    }
    if let Some(other) = models.iter().find(|model| model.medium() != Medium::Image) {
        let what = format!(
            "{} takes {}, and only models of images are run",
            other.card.name,
            other.medium().title()
        );
        for at in able {
            found[at] = Found::skipped(what.clone());
        }
        return Ok(found);
    }
    let cameras: Vec<ChannelId> = drive.info.of_kind(ChannelKind::Camera).map(|(id, _)| id).collect();
    let every = raters.first().map_or(1, |rater| stride(rater.params));
    progress.begin(cameras.iter().map(|id| drive.clip.times(*id).len().div_ceil(every) as u64).sum());
    for id in &cameras {
        let chosen: Vec<Rater<'_>> = able.iter().map(|at| raters[*at]).collect();
        for (at, more) in able.iter().zip(camera(drive, (*id, every), &chosen, models, threads, progress)?) {
            found[*at].add(more);
        }
    }
    if cameras.is_empty() {
        for at in able {
            found[at] = Found::skipped("the recording has no camera");
        }
    }
    Ok(found)
}

/// The numbers of one image, one a finder.
type Numbers = Vec<Result<f64, NoRating>>;

fn camera(
    drive: &Drive<'_>,
    (id, every): (ChannelId, usize),
    raters: &[Rater<'_>],
    models: &[Arc<Model>],
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Found>, Cancelled> {
    let times: Vec<Time> = drive.clip.times(id).iter().copied().step_by(every).collect();
    let name = drive.info.channel(id).map(|channel| channel.name.clone()).unwrap_or_default();
    let all = |why: &str| raters.iter().map(|_| Err(NoRating::new(why))).collect::<Numbers>();
    let numbers = |frame: usize| -> Numbers {
        let run = || -> Result<Numbers, NoRating> {
            let no = |err: String| NoRating::new(err);
            let mut predictions = Vec::with_capacity(models.len());
            let mut first = None;
            for model in models {
                // A model with a memory gets the images before this one.
                let input = drive
                    .clip
                    .reached(id, frame * every, &model.reach())
                    .map_err(|err| no(told(&err.into())))?;
                predictions.push(model.run(&input).map_err(|err| no(told(&err.into())))?);
                first.get_or_insert(input);
            }
            let Some(input) = first else { return Ok(all("no model was given")) };
            let predicted = Predicted { input: &input, models, predictions: &predictions };
            Ok(raters.iter().map(|rater| (rater.look.rate)(&predicted, rater.params)).collect())
        };
        match quietly(run) {
            Ok(Ok(numbers)) => numbers,
            Ok(Err(why)) => all(&why.what),
            Err(panic) => all(&format!("internal error: {panic}")),
        }
    };
    let mut series: Vec<Vec<f64>> = vec![Vec::with_capacity(times.len()); raters.len()];
    let mut missing: Vec<(usize, Option<NoRating>)> = vec![(0, None); raters.len()];
    in_order(times.len(), threads, numbers, |_, numbers| {
        for ((values, missing), number) in series.iter_mut().zip(&mut missing).zip(numbers) {
            match number {
                Ok(number) => values.push(number),
                Err(why) => {
                    values.push(f64::NAN);
                    missing.0 += 1;
                    missing.1.get_or_insert(why);
                }
            }
        }
        progress.step()
    })?;
    let each = raters.iter().zip(&series).zip(missing);
    Ok(each.map(|((rater, values), missing)| told_of(rater, &name, (&times, values), missing)).collect())
}

/// The findings of a series, and how much of it is missing.
fn told_of(
    rater: &Rater<'_>,
    channel: &str,
    (times, values): (&[Time], &[f64]),
    (missing, why): (usize, Option<NoRating>),
) -> Found {
    let mut found = Found { looked_at: vec![channel.to_owned()], ..Found::default() };
    let terms = (rater.look.terms)(rater.params);
    for event in events(times, values, &terms) {
        let sentence = (rater.look.sentence)(event.value, event.range.span().secs());
        let range = stretched(event.range, event.peak);
        let finding = rater.kind.finding(range, event.peak, terms.severity(event.value), sentence);
        found.findings.push(finding.on(channel).with(rater.look.name, event.value));
    }
    if let Some(why) = why {
        found.not_looked_at.push(format!("{channel}: {missing} of {} images: {why}", times.len()));
    }
    found
}
