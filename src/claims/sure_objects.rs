//! Objects of the predictions that a claim compares.

use crate::claims::Pair;
use crate::claims::judgment::Unjudged;
use crate::data::geometry::objects::Detection;
use crate::data::prediction::Prediction;

/// The sure objects among those expected, and all that are detected now.
pub(super) fn objects(pair: &Pair<'_>, min_score: f32) -> Result<(Vec<Detection>, Vec<Detection>), Unjudged> {
    let (Prediction::Objects { objects: expected }, Prediction::Objects { objects: after }) =
        (pair.expected, pair.after)
    else {
        return Err("the prediction has no objects".into());
    };
    let sure: Vec<Detection> = expected.iter().filter(|object| object.score >= min_score).cloned().collect();
    if sure.is_empty() {
        return Err(format!("no object with a score of {min_score:.2} or more to compare").into());
    }
    Ok((sure, after.clone()))
}
