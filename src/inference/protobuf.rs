//! The wire format of model files, for editing a file without a full schema.
//!
//! Format: <https://protobuf.dev/programming-guides/encoding/>.

use std::ops::Range;

use tempfile::TempPath;

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
    let mut at = message.start;
    let varint = |at: &mut usize| -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.get(*at).filter(|_| *at < message.end)?;
            *at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(value);
            }
        }
        None
    };
    let mut all = Vec::new();
    while at < message.end {
        let start = at;
        let tag = varint(&mut at)?;
        let body = match tag & 7 {
            0 => Err(varint(&mut at)?),
            kind @ (1 | 5) => {
                at = at.checked_add(if kind == 1 { 8 } else { 4 })?;
                Err(0)
            }
            2 => {
                let length = usize::try_from(varint(&mut at)?).ok()?;
                let end = at.checked_add(length).filter(|end| *end <= message.end)?;
                let body = at..end;
                at = end;
                Ok(body)
            }
            _ => return None,
        };
        all.push(Field { start, number: tag >> 3, body });
    }
    (at == message.end).then_some(all)
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
    let file = tempfile::Builder::new().prefix("hardcase-").suffix(".onnx").tempfile();
    let written = file.and_then(|mut file| {
        std::io::Write::write_all(&mut file, bytes)?;
        Ok(file.into_temp_path())
    });
    written.map_err(|source| GraphError::Copy { source })
}
