//! Items as points of a map, by what a model makes of them inside; and what lies near each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::evaluate::crops;
use crate::app::evaluate::filter::{ItemFilter, Order};
use crate::app::evaluate::results::Evaluated;
use crate::app::jobs::JobKind;
use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::inference::layers::{Layer, Vectorizer, layers};
use crate::inference::model::Model;
use crate::metrics::detection_errors::Outcome;
use crate::metrics::neighbors::{Vectors, nearest};
use crate::metrics::projection::principal;
use crate::metrics::projection::umap::{Settings, umap};
use crate::metrics::surprise::dsa::ratios;

/// Items of a map at most; more are spread evenly over all.
const MOST: usize = 10_000;
/// Items that are shown as like another one.
const LIKE: usize = 100;

/// The map and what it is made of.
#[derive(Default)]
pub struct ItemMap {
    /// The map that was made last.
    pub result: Option<Arc<Mapped>>,
}

/// A map of items.
#[derive(Clone)]
pub struct Mapped {
    /// The measurement that it is of.
    pub number: u64,
    /// The layers that a map can be made of.
    pub layers: Vec<Layer>,
    /// Index of the embedded layer.
    pub layer: usize,
    /// The items, by position in the measurement.
    pub items: Vec<usize>,
    /// Position of each item by neighborhood (UMAP).
    pub near: Vec<[f32; 2]>,
    /// Position of each item along the two principal components (PCA).
    pub wide: Vec<[f32; 2]>,
    /// The parts of the variance along these.
    pub parts: [f64; 2],
    /// Surprise of each item: its distance from correct predictions; none if unknown.
    pub surprise: Vec<Option<f32>>,
    /// A chosen item, and how far every item of the measurement is from it.
    pub likeness: Option<(usize, Vec<Option<f32>>)>,
    vectors: Arc<Vectors>,
}

impl App {
    /// Makes a map of the items, from one layer of the model or from the one that suits best.
    pub(crate) fn make_map(&mut self, layer: Option<String>) -> anyhow::Result<()> {
        let result = self.open.evaluate.result.clone().ok_or_else(|| anyhow!("evaluate a model first"))?;
        let model = Arc::clone(
            self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load the model again first"))?,
        );
        if result.evaluation.items.is_empty() {
            return Err(anyhow!("there are no samples to embed: nothing is labeled with classes or boxes"));
        }
        self.jobs.spawn(JobKind::Embeddings, "Computing embedding map", move |progress, outbox| {
            let mapped = Arc::new(mapped(&result, &model, layer.as_deref(), progress)?);
            outbox.send(move |app| {
                if app.open.evaluate.result.as_ref().is_some_and(|result| result.number == mapped.number) {
                    app.open.evaluate.map.result = Some(mapped);
                    app.refresh_items();
                }
            });
            Ok(())
        });
        Ok(())
    }

    /// Shows what is most like an item; without a map one is made first.
    pub(crate) fn show_like(&mut self, item: usize) -> anyhow::Result<()> {
        let map = self.open.evaluate.map.result.clone();
        let Some(map) = map else {
            self.notices.done("Computing the embedding map first, try again when it is done");
            return self.make_map(None);
        };
        let place = map.items.iter().position(|at| *at == item);
        let place = place
            .ok_or_else(|| anyhow!("this sample is not on the embedding map, which holds {MOST} of all"))?;
        let asked = Vectors::new(map.vectors.length(), map.vectors.at(place));
        let all = nearest(&map.vectors, &asked, map.items.len(), 1);
        let mut far =
            vec![None; self.open.evaluate.result.as_ref().map_or(0, |result| result.evaluation.items.len())];
        let mut near = BTreeSet::new();
        for one in all.iter().flatten() {
            let at = map.items[one.at];
            far[at] = Some(one.distance);
            if near.len() < LIKE {
                near.insert(at);
            }
        }
        self.open.evaluate.map.result =
            Some(Arc::new(Mapped { likeness: Some((item, far)), ..(*map).clone() }));
        self.open.evaluate.filter =
            ItemFilter { only: Some(Arc::new(near)), order: Order::Likeness, ..ItemFilter::default() };
        self.refresh_items();
        self.open.evaluate.selected = Some(item);
        Ok(())
    }
}

fn mapped(
    result: &Evaluated,
    model: &Model,
    layer: Option<&str>,
    progress: &Progress,
) -> anyhow::Result<Mapped> {
    let all = &result.evaluation.items;
    let every = all.len().div_ceil(MOST).max(1);
    let wanted: Vec<usize> = (0..all.len()).step_by(every).collect();
    let example = wanted.iter().find_map(|at| crops::input_of(result, *at));
    let example = example.ok_or_else(|| anyhow!("no recording can be read anymore"))?;
    let (layers, best) = layers(model, &example)?;
    let chosen = layer.and_then(|name| layers.iter().position(|layer| layer.name == name)).unwrap_or(best);
    let vectorizer = Vectorizer::new(model, &layers[chosen])?;
    let length = layers[chosen].length;
    let (mut items, mut data) = (Vec::new(), Vec::new());
    progress.begin(wanted.len() as u64);
    let make = |at: usize| crops::input_of(result, wanted[at]).map(|input| vectorizer.vector(&input));
    in_order(wanted.len(), App::threads(), make, |at, vector| -> anyhow::Result<()> {
        progress.step()?;
        if let Some(vector) = vector {
            let vector = vector.map_err(|problem| anyhow!(problem))?;
            if vector.len() == length && vector.iter().all(|value| value.is_finite()) {
                items.push(wanted[at]);
                data.extend(vector);
            }
        }
        Ok(())
    })?;
    let vectors = Vectors::new(length, &data);
    let (wide, parts) = principal(&vectors, progress)?;
    let near = umap(&vectors, Settings::default(), App::threads(), progress)?;
    Ok(Mapped {
        number: result.number,
        layers,
        layer: chosen,
        surprise: surprises(result, &items, &vectors),
        items,
        near,
        wide,
        parts,
        likeness: None,
        vectors: Arc::new(vectors),
    })
}

/// Distance of each item from the correct predictions of its class.
fn surprises(result: &Evaluated, items: &[usize], vectors: &Vectors) -> Vec<Option<f32>> {
    let all = &result.evaluation.items;
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    // The predicted class; the true class if nothing was predicted.
    let class = |at: usize| {
        let item = &all[at];
        if item.answer.is_empty() { item.truth.as_str() } else { item.answer.as_str() }
    };
    for at in items {
        let next = numbers.len();
        numbers.entry(class(*at)).or_insert(next);
    }
    let mut found = vec![None; all.len()];
    let right: Vec<usize> =
        (0..items.len()).filter(|place| all[items[*place]].outcome == Outcome::Right).collect();
    let wrong: Vec<usize> =
        (0..items.len()).filter(|place| all[items[*place]].outcome != Outcome::Right).collect();
    let part = |places: &[usize]| {
        let data: Vec<f32> = places.iter().flat_map(|place| vectors.at(*place).iter().copied()).collect();
        let classes: Vec<usize> = places.iter().map(|place| numbers[class(items[*place])]).collect();
        (Vectors::new(vectors.length(), &data), classes)
    };
    let ((known, known_classes), (asked, asked_classes)) = (part(&right), part(&wrong));
    let values = ratios(&known, &known_classes, &asked, &asked_classes, App::threads());
    for (place, value) in wrong.iter().zip(values) {
        found[items[*place]] = value.map(|value| value as f32);
    }
    found
}
