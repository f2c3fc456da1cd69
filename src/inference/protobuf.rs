//! The wire format of model files, for editing a file without a full schema.
//!
//! Format: <https://protobuf.dev/programming-guides/encoding/>.

use std::ops::Range;

use tempfile::TempPath;

use crate::base::temporary;
use crate::inference::error::GraphError;

/// One field of a protobuf message.
pub(super) struct Field {
    /// Its start, tag included.
    pub start: usize,
    pub number: u64,
    /// Its bytes if it has a length, otherwise its value.
    pub body: Result<Range<usize>, u64>,
}

/// The fields of a message in a range of bytes; `None` if it is damaged.
pub(super) fn fields(bytes: &[u8], message: Range<usize>) -> Option<Vec<Field>> {
    each(bytes, message).collect()
}

/// The fields of a message one by one; `None`, which is the last, where it is damaged.
pub(super) fn each(bytes: &[u8], message: Range<usize>) -> impl Iterator<Item = Option<Field>> {
    let (mut at, end) = (message.start, message.end);
    std::iter::from_fn(move || {
        let start = at;
        let field = (start < end).then(|| field_at(bytes, &mut at, end));
        if field.as_ref().is_some_and(Option::is_none) {
            at = end;
        }
        field
    })
}

/// The field at a position, which moves behind it; `None` if it does not end before the message.
fn field_at(bytes: &[u8], at: &mut usize, message_end: usize) -> Option<Field> {
    let start = *at;
    let varint = |at: &mut usize| -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.get(*at).filter(|_| *at < message_end)?;
            *at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    };
    let inside = |end: &usize| *end <= message_end;
    let tag = varint(at)?;
    let body = match tag & 7 {
        0 => Err(varint(at)?),
        kind @ (1 | 5) => {
            *at = at.checked_add(if kind == 1 { 8 } else { 4 }).filter(inside)?;
            Err(0)
        }
        2 => {
            let length = usize::try_from(varint(at)?).ok()?;
            let end = at.checked_add(length).filter(inside)?;
            let body = *at..end;
            *at = end;
            Ok(body)
        }
        _ => return None,
    };
    Some(Field { start, number: tag >> 3, body })
}

/// A tag and a length before a message or string of this length.
pub(super) fn header(number: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut value in [number << 3 | 2, length as u64] {
        while value >= 128 {
            bytes.push((value & 127) as u8 | 128);
            value >>= 7;
        }
        bytes.push(value as u8);
    }
    bytes
}

/// Writes an edited model to a temporary file, which is deleted when the path is dropped.
pub(super) fn copy(bytes: &[u8]) -> Result<TempPath, GraphError> {
    let file = temporary::file(".onnx");
    let written = file.and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        Ok(file.into_temp_path())
    });
    written.map_err(|source| GraphError::Copy { source })
}
