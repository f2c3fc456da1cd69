//! Black frame: an image without light, of a camera that fails or is covered.

use crate::base::params::ParamSpec;
use crate::base::time::Span;
use crate::mining::events::EventTerms;
use crate::mining::finding::{FinderKind, Look};
use crate::mining::measured::{Measured, Side};
use crate::mining::reduced::Reduced;

const PART: ParamSpec = ParamSpec::setting("part", "Black part of the pixels", "", [0.5, 1.0], 0.98);
const LEVEL: ParamSpec = ParamSpec::setting("level", "Luma of a black pixel, below", "", [0.0, 0.5], 0.1);

/// 98 % of the pixels below a tenth of the range; one image is enough.
pub(super) static KIND: FinderKind = FinderKind {
    id: "black_frame",
    title: "Black frame",
    summary: "Nearly all pixels of an image are black",
    false_alarms: "tunnels and unlit roads at night",
    source: "blackdetect of FFmpeg, its ratio of black pixels 0.98, its threshold of black 0.10",
    params: &[PART, LEVEL],
    look: Look::Frames(|params| {
        let level = params.value(&LEVEL);
        // The threshold itself counts.
        let part = params.value(&PART) - 1e-9;
        Box::new(Measured {
            kind: &KIND,
            name: "black_part",
            measure: move |view: &Reduced| view.part_below(level),
            side: Side::Above,
            terms: EventTerms { lo: Some(part), ..EventTerms::above(part, part.max(0.999), Span(0)) },
            sentence: |part, secs| format!("{:.1} % of the image is black, for {secs:.1} s", part * 100.0),
            times: Vec::new(),
            values: Vec::new(),
        })
    }),
    sensor: true,
    claim: None,
};
