//! The pickle inside of a released archive: `.pkl`, `.pkl.gz`, `.tar` or `.tar.gz`.

use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::base::inputs;
use crate::behavior::error::BehaviorError;
use crate::behavior::pickle::MOST_BYTES;

/// Bytes of a block of a tar archive.
const BLOCK: usize = 512;

/// The bytes of the pickle of a file, at most [`MOST_BYTES`] with what is around them.
pub fn pickle_of(path: &Path) -> Result<Vec<u8>, BehaviorError> {
    let failed = |source| BehaviorError::Io { path: path.to_owned(), source };
    let mut file = inputs::open(path).map_err(failed)?.take(MOST_BYTES as u64 + 1);
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(failed)?;
    inner(bytes)
}

/// The pickle in bytes that may be compressed and may be an archive.
pub fn inner(bytes: Vec<u8>) -> Result<Vec<u8>, BehaviorError> {
    let damaged = |problem: &str| BehaviorError::Archive { problem: problem.to_owned() };
    if bytes.len() > MOST_BYTES {
        return Err(damaged("it is longer than 1 GiB"));
    }
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        MultiGzDecoder::new(bytes.as_slice())
            .take(MOST_BYTES as u64 + 1)
            .read_to_end(&mut unpacked)
            .map_err(|err| damaged(&err.to_string()))?;
        if unpacked.len() > MOST_BYTES {
            return Err(damaged("it unpacks to more than 1 GiB"));
        }
        unpacked
    } else {
        bytes
    };
    // Protocols from 2 on begin with their number.
    if bytes.first() == Some(&0x80) {
        return Ok(bytes);
    }
    member(&bytes)
}

/// The first file of a tar archive that is a pickle.
fn member(bytes: &[u8]) -> Result<Vec<u8>, BehaviorError> {
    let mut at = 0;
    while let Some(header) = bytes.get(at..at + BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            break;
        }
        if header.get(257..262) != Some(b"ustar") {
            return Err(BehaviorError::NoPickle);
        }
        let digits = header.get(124..136).unwrap_or_default();
        let digits = String::from_utf8_lossy(digits);
        let size = usize::from_str_radix(digits.trim_matches(['\0', ' ']), 8).map_err(|_not_octal| {
            BehaviorError::Archive { problem: format!("the size of a file is {digits:?}") }
        })?;
        let truncated = || BehaviorError::Archive { problem: "it is truncated".to_owned() };
        let start = at + BLOCK;
        let end = start.checked_add(size).ok_or_else(truncated)?;
        let content = bytes.get(start..end).ok_or_else(truncated)?;
        let regular = matches!(header.get(156), Some(b'0' | 0));
        if regular && content.first() == Some(&0x80) {
            return Ok(content.to_vec());
        }
        at = start + size.div_ceil(BLOCK) * BLOCK;
    }
    Err(BehaviorError::NoPickle)
}
