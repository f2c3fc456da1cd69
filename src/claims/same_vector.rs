//! The embedding of the input keeps its direction.

use crate::base::params::ParamSpec;
use crate::claims::pairs::{Pair, Relation, RelationKind};
use crate::data::cases::case::Subject;
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// The cosine similarity of both embeddings is at least this.
pub static KIND: RelationKind = RelationKind {
    id: "same_vector",
    title: "Same embedding",
    params: &[COSINE],
    about: &[Task::Vector],
    subject: Subject::None,
    build: |oracle| Ok(Box::new(SameVector { least: oracle.params.value(&COSINE) })),
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

fn cosine(pair: &Pair<'_>) -> Result<f64, String> {
    let (Prediction::Vector { vector: a }, Prediction::Vector { vector: b }) = (pair.expected, pair.after)
    else {
        return Err("the prediction has no embedding to compare".to_owned());
    };
    if a.len() != b.len() {
        return Err(format!("the embeddings have {} and {} numbers", a.len(), b.len()));
    }
    let dot =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let length = (dot(a, a) * dot(b, b)).sqrt();
    if length > 0.0 {
        Ok(dot(a, b) / length)
    } else {
        Err("an embedding of zeros has no direction".to_owned())
    }
}

impl Relation for SameVector {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        match cosine(pair) {
            Err(why) => Verdict::Skip { why },
            Ok(cosine) if cosine >= self.least => Verdict::Pass,
            Ok(cosine) => Verdict::Fail {
                why: format!("cosine similarity {cosine:.3}, expected at least {:.3}", self.least),
            },
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        cosine(pair).unwrap_or(0.0).max(0.0) as f32
    }
}
