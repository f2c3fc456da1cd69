//! Ensemble: several models do not say the same about an image.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::claims::spec::{Claim, build};
use crate::claims::{Pair, usual};
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::verdict::Verdict;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::predicted::{EVERY, ModelLook, NoRating, Predicted};

const SHARE: ParamSpec =
    ParamSpec::setting("share", "Share of pairs that differ above", "", [0.0, 0.99], 0.3);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.2);

/// More than three tenths of the pairs of models differ for 0.2 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "ensemble",
    title: "Ensemble disagreement",
    summary: "Two or more models of one task do not say the same about an image",
    false_alarms: "models with other thresholds, or of which one is much weaker",
    source: "deep ensembles: Lakshminarayanan et al., 2017; differential testing: Pei et al., DeepXplore, 2017; limits are defaults of \
             Hardcase",
    params: &[SHARE, HOLD, EVERY],
    look: Look::Models(ModelLook {
        models: 2,
        more: 0,
        rate,
        terms: |params| EventTerms::above(params.value(&SHARE), 1.0, Span::from_secs(params.value(&HOLD))),
        name: "differing_share",
        sentence: |share, secs| {
            format!("{:.0} % of the pairs of models disagree for {secs:.1} s", 100.0 * share)
        },
    }),
    sensor: false,
    claim: None,
};

/// The share of pairs of models about which the usual claim of their task does not hold, in either direction.
fn rate(seen: &Predicted<'_>, _params: &Params) -> Result<f64, NoRating> {
    let Some(first) = seen.models.first() else { return Err(NoRating::new("no model was given")) };
    if let Some(other) = seen.models.iter().find(|model| model.task() != first.task()) {
        let what = format!("{} and {} have different outputs", first.card.name, other.card.name);
        return Err(NoRating::new(what));
    }
    let claim = ClaimSpec::new(usual(first.task()).id);
    let Ok(Claim::Pair(claim)) = build(&claim) else {
        return Err(NoRating::new("the task has no claim about pairs"));
    };
    let (mut pairs, mut differ) = (0, 0);
    for (at, one) in seen.predictions.iter().enumerate() {
        for other in &seen.predictions[at + 1..] {
            let fails = |before, after| {
                let judged = claim.judge(&Pair { before, expected: before, after });
                judged.map(|judged| matches!(judged.verdict, Verdict::Fail { .. }))
            };
            let both = [fails(one, other), fails(other, one)];
            let judged: Vec<bool> = both.into_iter().filter_map(Result::ok).collect();
            pairs += usize::from(!judged.is_empty());
            differ += usize::from(judged.contains(&true));
        }
    }
    if pairs == 0 {
        return Err(NoRating::new("no pair of predictions could be compared"));
    }
    Ok(differ as f64 / pairs as f64)
}
