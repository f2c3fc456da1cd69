//! Small parts of a remote file, kept beside its blocks: lists of messages have some hundred bytes, and a block for each would be a
//! large part of the file.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::base::files::write_atomic;

/// Bytes before each part in the file: position, length, checksum.
const HEAD: usize = 16;

/// Parts by their position and length, in memory and in a file.
pub(super) struct Small {
    path: PathBuf,
    parts: BTreeMap<(u64, u64), Vec<u8>>,
}

impl Small {
    /// The parts that a file has; those that are damaged are left out.
    pub(super) fn read(path: &Path) -> Self {
        let bytes = fs::read(path).unwrap_or_default();
        let mut parts = BTreeMap::new();
        let mut rest = bytes.as_slice();
        while let Some((head, after)) = rest.split_at_checked(HEAD) {
            let number = |range: Range<usize>| {
                let bytes = head.get(range).unwrap_or_default();
                bytes.iter().rev().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte))
            };
            let (start, length, sum) = (number(0..8), number(8..12), number(12..16));
            let Some((part, after)) = after.split_at_checked(length as usize) else { break };
            if u64::from(crc32fast::hash(part)) == sum {
                parts.insert((start, length), part.to_vec());
            }
            rest = after;
        }
        Self { path: path.to_owned(), parts }
    }

    /// A part.
    pub(super) fn part(&self, range: &Range<u64>) -> Option<&[u8]> {
        self.parts.get(&(range.start, range.end - range.start)).map(Vec::as_slice)
    }

    /// Adds a part.
    pub(super) fn add(&mut self, start: u64, part: &[u8]) {
        self.parts.insert((start, part.len() as u64), part.to_vec());
    }

    /// Writes the file.
    pub(super) fn save(&self) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for ((start, length), part) in &self.parts {
            bytes.extend(start.to_le_bytes());
            bytes.extend((*length as u32).to_le_bytes());
            bytes.extend(crc32fast::hash(part).to_le_bytes());
            bytes.extend(part);
        }
        write_atomic(&self.path, &bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_and_damaged_ones_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lists");
        let mut small = Small::read(&path);
        small.add(5, b"first");
        small.add(1 << 40, b"second");
        small.save().unwrap();
        assert_eq!(Small::read(&path).part(&(5..10)), Some(&b"first"[..]));
        let mut bytes = fs::read(&path).unwrap();
        bytes[HEAD] ^= 1;
        fs::write(&path, bytes).unwrap();
        let again = Small::read(&path);
        assert_eq!(again.part(&(5..10)), None);
        assert_eq!(again.part(&(1 << 40..(1 << 40) + 6)), Some(&b"second"[..]));
    }
}
