//! Search for the preprocessing that a model was trained with: the usual variants run on labeled images, the best shows.

use std::path::Path;
use std::sync::Arc;

use crate::base::progress::Progress;
use crate::data::input::Medium;
use crate::data::prediction::Task;
use crate::evaluation::gather::{Truth, gather};
use crate::evaluation::samples::Evaluation;
use crate::evaluation::terms::Terms;
use crate::inference::ModelError;
use crate::inference::backend::Backend;
use crate::inference::card::{Colors, Fit, ModelCard};
use crate::inference::model::Model;
use crate::metrics::scalars::mae::mae;
use crate::metrics::segmentation::mean_iou;
use crate::predictions::source::Source;

/// Number of labeled images to run on, spread over all of them.
const PICTURES: usize = 200;

/// A preprocessing variant, and the quality of the model with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The card with this preparation.
    pub card: ModelCard,
    /// Normalization of pixel values.
    pub numbers: &'static str,
    /// Accuracy of a classifier, AP50 of a detector, minus the mean absolute error of numbers.
    pub score: f64,
    /// True for the variant of the current card.
    pub current: bool,
}

/// Normalizations of channels of 0 to 255: a name, the subtracted mean and the divisor.
const NUMBERS: [(&str, [f32; 3], [f32; 3]); 4] = [
    ("0 to 255", [0.0; 3], [1.0; 3]),
    ("0 to 1", [0.0; 3], [255.0; 3]),
    ("-1 to 1", [127.5; 3], [127.5; 3]),
    ("ImageNet mean and deviation", [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]),
];

/// Run orders of colors with normalizations, then ways to fit with the best of these; the best first. Blocks.
pub fn attempts(
    folder: &Path,
    path: &Path,
    backend: &Backend,
    terms: &Terms,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Vec<Attempt>> {
    let own = Model::load(path, backend, 1)?.card;
    anyhow::ensure!(
        own.medium() == Medium::Image,
        "the model takes {}, preprocessing can be compared for images only",
        own.medium().title()
    );
    let mut found: Vec<Attempt> = Vec::new();
    let try_one = |card: ModelCard, numbers: &'static str, found: &mut Vec<Attempt>| -> anyhow::Result<()> {
        if found.iter().any(|attempt| attempt.card == card) {
            return Ok(());
        }
        let score = score(folder, path, &card, backend, terms, threads, progress)?;
        found.push(Attempt { current: card == own, card, numbers, score });
        Ok(())
    };
    try_one(own.clone(), "model card", &mut found)?;
    let colors: &[Colors] =
        if own.input.colors == Colors::Gray { &[Colors::Gray] } else { &[Colors::Rgb, Colors::Bgr] };
    for color in colors {
        for (name, mean, std) in NUMBERS {
            let mut card = own.clone();
            card.input.colors = *color;
            // Mean and deviation belong to the channels, in whichever order these come.
            let turned = |mut three: [f32; 3]| {
                if *color == Colors::Bgr {
                    three.reverse();
                }
                three
            };
            (card.input.mean, card.input.std) = (turned(mean), turned(std));
            try_one(card, name, &mut found)?;
        }
    }
    sort(&mut found);
    if let Some(best) = found.first().cloned() {
        for fit in [Fit::Stretch, Fit::Letterbox, Fit::CenterCrop] {
            let mut card = best.card.clone();
            card.input.fit = fit;
            try_one(card, best.numbers, &mut found)?;
        }
    }
    sort(&mut found);
    Ok(found)
}

/// The best first; among equals the current card.
fn sort(found: &mut [Attempt]) {
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(b.current.cmp(&a.current)));
}

fn score(
    folder: &Path,
    path: &Path,
    card: &ModelCard,
    backend: &Backend,
    terms: &Terms,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<f64> {
    let source = Source::Model(Arc::new(Model::load_with(path, Some(card.clone()), backend, 1)?));
    let terms = Terms { most: Some(PICTURES), ..terms.clone() };
    let gathered = match gather(folder, &[], (&source, &Truth::Labels), &terms, threads, progress) {
        Ok(gathered) => gathered,
        // Values of another range can be too much for a model, which is a result too.
        Err(err) if matches!(err.downcast_ref(), Some(ModelError::NotFinite { .. })) => {
            return Ok(f64::NEG_INFINITY);
        }
        Err(err) => return Err(err),
    };
    anyhow::ensure!(
        !gathered.samples.is_empty(),
        "nothing labeled fits the outputs of the model, so nothing can be compared"
    );
    let evaluation = Evaluation::with_limits(gathered.samples, card.threshold, &gathered.limits);
    Ok(match source.task() {
        Task::Classes => evaluation.confusion(|_| true).map_or(0.0, |found| found.accuracy().share()),
        Task::Objects => {
            let found = evaluation.detections(|_| true, threads);
            found.and_then(|found| found.coco.ap(0, Some(0))).unwrap_or(0.0)
        }
        Task::Segments => mean_iou(&evaluation.areas(|_| true)).unwrap_or(0.0),
        // There is no ground truth for an embedding, so there were no samples.
        Task::Vector => 0.0,
        Task::Values => {
            let values = evaluation.values(|_| true);
            -values.values().map(mae).sum::<f64>() / values.len().max(1) as f64
        }
    })
}
