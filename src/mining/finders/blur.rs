//! Blur: an image without edges, of a lens that is out of focus, wet or dirty.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::measured::{Measured, Side};
use crate::mining::reduced::Reduced;

const LIMIT: ParamSpec = ParamSpec::setting("sharpness", "Sharpness", "", [0.0, 1.0], 0.3);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.3);

/// 1 - exp(-0.001 v) is below 0.3, where v is the variance of the Laplacian of the reduced image: v < 357. A weak blur that the
/// reduction itself hides is not found.
pub(super) static KIND: FinderKind = FinderKind {
    id: "blur",
    title: "Blur",
    summary: "The image has no sharp edges",
    false_alarms: "fog, an empty road, a wall; a weak blur is not found",
    source: "cleanvision, blurry images: 1 - exp(-0.001 variance of the Laplacian) below 0.3",
    params: &[LIMIT, HOLD],
    look: Look::Frames(|params| {
        let hold = Span::from_secs(params.value(&HOLD));
        Box::new(Measured {
            kind: &KIND,
            name: "sharpness",
            measure: sharpness,
            side: Side::Below,
            terms: EventTerms::above(params.value(&LIMIT), 0.0, hold),
            sentence: |value, secs| {
                format!("the image is blurred for {secs:.1} s, its sharpness is {value:.2}")
            },
            times: Vec::new(),
            values: Vec::new(),
        })
    }),
    sensor: true,
    claim: None,
};

/// Sharpness of an image, 0 to 1; NaN of one in which nothing can be seen, which is a finding of its own.
fn sharpness(view: &Reduced) -> f64 {
    let unseen = view.brightness(0.99) < 0.22 || view.brightness(0.05) > 0.95;
    if unseen { f64::NAN } else { 1.0 - libm::exp(-0.001 * view.edges()) }
}
