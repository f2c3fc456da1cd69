//! Glare: even the darkest pixels are white.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::measured::{Measured, Side};
use crate::mining::reduced::Reduced;

const LIMIT: ParamSpec =
    ParamSpec::setting("brightness", "5th percentile of brightness", "", [0.0, 1.0], 0.95);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.3);

/// The 5th percentile of brightness is above 0.95.
pub(super) static KIND: FinderKind = FinderKind {
    id: "glare",
    title: "Glare",
    summary: "Even the darkest pixels of the image are white",
    false_alarms: "fog, snow, the end of a tunnel",
    source: "cleanvision, light images, threshold 0.05",
    params: &[LIMIT, HOLD],
    look: Look::Frames(|params| {
        let (limit, hold) = (params.value(&LIMIT), Span::from_secs(params.value(&HOLD)));
        Box::new(Measured {
            kind: &KIND,
            name: "brightness",
            measure: |view: &Reduced| view.brightness(0.05),
            side: Side::Above,
            terms: EventTerms { lo: Some(0.98 * limit), ..EventTerms::above(limit, 1.0, hold) },
            sentence: |value, secs| {
                format!("95 % of the pixels are brighter than {value:.2} of the range, for {secs:.1} s")
            },
            times: Vec::new(),
            values: Vec::new(),
        })
    }),
    sensor: true,
    claim: None,
};
