//! The area of a claim as one line of text: `120x60: 0 2400 4800`, the size of the image and the runs of the mask.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

use crate::data::geometry::shape::Mask;

/// Writes the mask.
#[expect(clippy::ref_option, reason = "serde hands the field over as it is")]
pub(super) fn serialize<S: Serializer>(area: &Option<Mask>, serializer: S) -> Result<S::Ok, S::Error> {
    let Some(Mask { size: [width, height], runs }) = area else { return serializer.serialize_none() };
    let runs: Vec<String> = runs.iter().map(u32::to_string).collect();
    serializer.serialize_str(&format!("{width}x{height}: {}", runs.join(" ")))
}

/// Reads the mask; [`Mask::valid`] says if its runs cover the image.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Mask>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    let mask = || {
        let (size, runs) = text.split_once(':')?;
        let (width, height) = size.split_once('x')?;
        let size = [width.trim().parse().ok()?, height.trim().parse().ok()?];
        let runs = runs.split_whitespace().map(|run| run.parse().ok()).collect::<Option<Vec<u32>>>()?;
        Some(Mask { size, runs })
    };
    let start: String = text.chars().take(40).collect();
    let wrong =
        || D::Error::custom(format!("the area {start:?} does not have the form \"120x60: 0 2400 4800\""));
    mask().map(Some).ok_or_else(wrong)
}
