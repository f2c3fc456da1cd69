//! Dark image: even its brightest pixels are dark.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::measured::{Measured, Side};
use crate::mining::reduced::Reduced;

const LIMIT: ParamSpec =
    ParamSpec::setting("brightness", "99th percentile of brightness", "", [0.0, 1.0], 0.22);
const HOLD: ParamSpec = ParamSpec::setting("hold", "For at least", "s", [0.0, 10.0], 0.3);

/// The 99th percentile of brightness is below 0.22.
pub(super) static KIND: FinderKind = FinderKind {
    id: "dark_image",
    title: "Dark image",
    summary: "Even the brightest pixels of the image are dark",
    false_alarms: "night without street lights",
    source: "cleanvision, dark images, threshold 0.22",
    params: &[LIMIT, HOLD],
    look: Look::Frames(|params| {
        let hold = Span::from_secs(params.value(&HOLD));
        Box::new(Measured {
            kind: &KIND,
            name: "brightness",
            // A black frame is a finding of its own.
            measure: |view: &Reduced| if view.is_black() { f64::NAN } else { view.brightness(0.99) },
            side: Side::Below,
            terms: EventTerms::above(params.value(&LIMIT), 0.0, hold),
            sentence: |value, secs| {
                format!("99 % of the pixels are darker than {value:.2} of the range, for {secs:.1} s")
            },
            times: Vec::new(),
            values: Vec::new(),
        })
    }),
    sensor: true,
    claim: None,
};
