//! The embedding of the input keeps its direction.

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::{Prediction, Task};

/// The cosine similarity of both embeddings is at least this.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_vector",
    title: "Same embedding",
    summary: "The embedding keeps its direction: the cosine with the one expected is at least this",
    margin: "cosine minus the least that is asked for",
    params: &[COSINE],
    about: &[Task::Vector],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| Ok(Box::new(SameVector { least: oracle.params.value(&COSINE) }))),
};

const COSINE: ParamSpec = ParamSpec {
    id: "cosine",
    title: "Cosine",
    unit: "",
    min: -1.0,
    max: 1.0,
    neutral: 0.9,
    initial: 0.9,
    step: 0.01,
};

struct SameVector {
    least: f64,
}

fn cosine(pair: &Pair<'_>) -> Result<f64, Unjudged> {
    let (Prediction::Vector { vector: a }, Prediction::Vector { vector: b }) = (pair.expected, pair.after)
    else {
        return Err("the prediction has no embedding to compare".into());
    };
    if a.len() != b.len() {
        return Err(format!("the embeddings have {} and {} numbers", a.len(), b.len()).into());
    }
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let length = (dot(a, a) * dot(b, b)).sqrt();
    if length > 0.0 { Ok(dot(a, b) / length) } else { Err("a vector of zeros has no direction".into()) }
}

impl PairClaim for SameVector {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let cosine = cosine(pair)?;
        let margin = cosine - self.least;
        if cosine >= self.least {
            return Ok(Judgment::pass(margin));
        }
        let why = format!("cosine similarity {cosine:.3}, expected at least {:.3}", self.least);
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        cosine(pair).unwrap_or(0.0).max(0.0) as f32
    }
}
