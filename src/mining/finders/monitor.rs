//! Monitor: the model contradicts itself about an image that was changed a little.

use std::sync::LazyLock;

use crate::base::errors::told;
use crate::base::params::{ParamSpec, Params};
use crate::base::time::Span;
use crate::claims::judge::judge;
use crate::claims::usual;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::predicted::{EVERY, ModelLook, NoRating, Predicted};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

const SHARE: ParamSpec = ParamSpec::setting("share", "Share of broken relations above", "", [0.0, 0.99], 0.5);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.2);

/// Cheap changes under which the usual claim of the task has to hold.
const CHANGES: [&str; 3] = ["mirror", "brightness:bias=25", "gaussian_blur:sigma=1"];

/// More than half of the relations broken for 0.2 s.
pub(super) static KIND: FinderKind = FinderKind {
    id: "monitor",
    title: "Monitor",
    summary: "The model contradicts itself about the same image mirrored, a little brighter or a little blurred",
    false_alarms: "scenes in which left and right differ, objects of a few pixels, scores near the threshold",
    source: "metamorphic relations as run-time monitors: Ayerdi et al., MarMot, 2024; the changes and limits are defaults of Hardcase",
    params: &[SHARE, HOLD, EVERY],
    look: Look::Models(ModelLook {
        models: 1,
        more: CHANGES.len(),
        rate,
        terms: |params| EventTerms::above(params.value(&SHARE), 1.0, Span::from_secs(params.value(&HOLD))),
        name: "broken_share",
        sentence: |share, secs| {
            format!(
                "the model contradicts itself about {:.0} % of small changes for {secs:.1} s",
                100.0 * share
            )
        },
    }),
    sensor: false,
    claim: None,
};

/// Transforms that are built in, and the changes as stacks; a change that the catalog does not know is left out.
static STACKS: LazyLock<(Catalog, Vec<Stack>)> = LazyLock::new(|| {
    let catalog = Catalog::default();
    let stacks = CHANGES.iter().filter_map(|text| stack::parse(&catalog, text, 1).ok()).collect();
    (catalog, stacks)
});

/// The share of the changes under which the usual claim of the first model's task does not hold.
fn rate(seen: &Predicted<'_>, _params: &Params) -> Result<f64, NoRating> {
    let (Some(model), Some(before)) = (seen.models.first(), seen.predictions.first()) else {
        return Err(NoRating::new("no model was given"));
    };
    let claim = ClaimSpec::new(usual(model.task()).id);
    let (catalog, stacks) = &*STACKS;
    let (mut judged, mut broken) = (0, 0);
    for change in stacks {
        let outcome = judge(catalog, model, seen.input, change, &claim, Some(before))
            .map_err(|err| NoRating::new(told(&err.into())))?;
        match outcome.verdict {
            Verdict::Pass => judged += 1,
            Verdict::Fail { .. } => (judged, broken) = (judged + 1, broken + 1),
            Verdict::Skip { .. } => {}
        }
    }
    if judged == 0 {
        return Err(NoRating::new("no change could be judged"));
    }
    Ok(f64::from(broken) / f64::from(judged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_known() {
        assert_eq!(STACKS.1.len(), CHANGES.len());
    }
}
