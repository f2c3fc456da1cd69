//! Identity of a file that survives moving and renaming.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::base::files::sha256_hex;
use crate::base::inputs;

/// Bytes at the beginning and at the end of a file that tell it from others; reading a whole recording would take minutes.
const ENDS: u64 = 64 << 10;

/// Size of a file and the checksum of its ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the first and the last 64 KiB.
    pub ends: String,
}

impl Identity {
    /// Identity of a file; none of a folder or a file that cannot be read.
    pub fn of(path: &Path) -> Option<Self> {
        let mut file = inputs::open(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        let mut ends = Vec::new();
        file.by_ref().take(ENDS).read_to_end(&mut ends).ok()?;
        if bytes > ENDS {
            file.seek(SeekFrom::Start(bytes.saturating_sub(ENDS).max(ENDS))).ok()?;
            file.take(ENDS).read_to_end(&mut ends).ok()?;
        }
        Some(Self { bytes, ends: sha256_hex(&ends) })
    }

    /// True if the file at a path is this one. Only a file of the same size is read.
    pub fn is_of(&self, path: &Path) -> bool {
        let size = std::fs::metadata(path).map(|file| file.len());
        size.is_ok_and(|bytes| bytes == self.bytes) && Self::of(path).as_ref() == Some(self)
    }
}
