//! Weights in the element types and places that the built-in runtime reads.

use std::path::{Component, Path};

use super::error::LoweringError;
use super::proto::Stored;
use super::values::{element, wholes};

use crate::base::inputs;

/// Puts the numbers of another file into the model; true if there were any.
pub(super) fn inline(stored: &mut Stored, folder: &Path) -> Result<bool, LoweringError> {
    if stored.data_location != 1 {
        return Ok(false);
    }
    let entry = |key: &str| {
        stored.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
    };
    let location = entry("location")
        .ok_or_else(|| LoweringError::damaged(format!("the weights {:?} name no file", stored.name)))?;
    let inside = Path::new(&location)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(LoweringError::damaged(format!(
            "the weights {:?} lie outside of the model's folder: {location}",
            stored.name
        )));
    }
    let path = folder.join(&location);
    let number = |key: &str| -> Result<Option<u64>, LoweringError> {
        let parse = |text: String| {
            text.parse().map_err(|_err| {
                LoweringError::damaged(format!(
                    "the {key} {text:?} of the weights {:?} is no number",
                    stored.name
                ))
            })
        };
        entry(key).map(parse).transpose()
    };
    let (offset, length) = (number("offset")?.unwrap_or(0), number("length")?);
    let trouble = |source| LoweringError::Weights { name: stored.name.clone(), path: path.clone(), source };
    let bytes = part(&path, offset, length).map_err(trouble)?;
    stored.raw_data = Some(bytes);
    stored.external_data.clear();
    stored.data_location = 0;
    Ok(true)
}

fn part(path: &Path, offset: u64, length: Option<u64>) -> std::io::Result<Vec<u8>> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let mut file = inputs::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(offset))?;
    let most = size.saturating_sub(offset);
    let length = length.unwrap_or(most);
    if length > most {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let mut bytes = Vec::with_capacity(length as usize);
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Turns element types that the runtime does not know into those that hold the same numbers; true if it did.
pub(super) fn convert(stored: &mut Stored) -> Result<bool, LoweringError> {
    match stored.data_type {
        element::UINT16 | element::INT16 | element::UINT32 | element::UINT64 => {
            let narrow = |v: i64| {
                i32::try_from(v).map_err(|_beyond| {
                    LoweringError::number(format!(
                        "the weights {:?} hold {v} of type {}, the built-in runtime has 32 bits",
                        stored.name,
                        element::name(stored.data_type)
                    ))
                })
            };
            stored.int32_data = wholes(stored).into_iter().map(narrow).collect::<Result<_, _>>()?;
            stored.raw_data = None;
            stored.uint64_data.clear();
            stored.data_type = element::INT32;
            Ok(true)
        }
        // bfloat16: the upper half of a 32-bit number.
        16 => {
            let bits: Vec<u16> = match stored.raw_data.as_deref() {
                Some(raw) => raw.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)).collect(),
                None => stored.int32_data.iter().map(|v| *v as u16).collect(),
            };
            stored.float_data = bits.into_iter().map(|bits| f32::from_bits(u32::from(bits) << 16)).collect();
            stored.raw_data = None;
            stored.int32_data.clear();
            stored.data_type = element::FLOAT;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// A 64-bit integer that 32 bits do not hold.
pub(super) fn beyond(stored: &Stored) -> Option<i64> {
    if stored.data_type != element::INT64 {
        return None;
    }
    wholes(stored).into_iter().find(|value| i32::try_from(*value).is_err())
}

/// True if a step gives the same result for an integer capped at 32 bits as for a huge one: "to the end", "no limit".
pub(super) fn may_be_capped(operator: &str) -> bool {
    matches!(
        operator,
        "Slice"
            | "Unsqueeze"
            | "Squeeze"
            | "Concat"
            | "Gather"
            | "Reshape"
            | "Identity"
            | "Clip"
            | "Min"
            | "Max"
            | "Greater"
            | "GreaterOrEqual"
            | "Less"
            | "LessOrEqual"
            | "Loop"
            | "If"
            | "NonMaxSuppression"
    )
}
