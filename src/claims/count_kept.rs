//! Not fewer objects are seen than before.

use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::matching::MIN_SCORE;
use crate::claims::sure_objects::objects;
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::geometry::objects::Detection;
use crate::data::prediction::Task;

/// |O(t)| <= |O(t')|: the relation of Zhou and Sun in the form that they ran, which only counts.
pub static KIND: ClaimKind = ClaimKind {
    id: "count_kept",
    title: "Not fewer objects",
    summary: "At least as many objects are detected as before, of all classes or of one",
    margin: "number of objects minus the number before",
    params: &[MIN_SCORE],
    about: &[Task::Objects],
    subject: Subject::Optional,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        let min_score = oracle.params.value(&MIN_SCORE) as f32;
        Ok(Box::new(CountKept { class: oracle.class.clone(), min_score }))
    }),
};

struct CountKept {
    class: Option<String>,
    min_score: f32,
}

impl CountKept {
    fn counts(&self, pair: &Pair<'_>) -> Result<(usize, usize), Unjudged> {
        let counted = |object: &&Detection| {
            object.score >= self.min_score && self.class.as_ref().is_none_or(|class| *class == object.class)
        };
        let (expected, after) = objects(pair, self.min_score)?;
        Ok((expected.iter().filter(counted).count(), after.iter().filter(counted).count()))
    }
}

impl PairClaim for CountKept {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let (before, after) = self.counts(pair)?;
        let margin = after as f64 - before as f64;
        if after >= before {
            return Ok(Judgment::pass(margin));
        }
        let what = self.class.as_deref().unwrap_or("objects");
        Ok(Judgment::fail(margin, format!("{what}: {before} before, {after} after")))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        match self.counts(pair) {
            Ok((before, after)) if before > 0 => (after as f32 / before as f32).min(1.0),
            _ => 0.0,
        }
    }
}
