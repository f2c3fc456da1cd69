//! Boxes of MP4 and MOV files (ISO/IEC 14496-12, `QuickTime` File Format): names and byte ranges.

use std::ops::Range;

/// A box: its name and its content, cut at the end of the file.
#[derive(Clone)]
pub(super) struct Atom {
    pub(super) name: [u8; 4],
    /// Position of the header.
    pub(super) start: usize,
    pub(super) content: Range<usize>,
}

/// The boxes in a range, one after the other; ends at what is none.
pub(super) fn atoms(bytes: &[u8], range: Range<usize>) -> impl Iterator<Item = Atom> {
    let (mut at, end) = (range.start, range.end.min(bytes.len()));
    std::iter::from_fn(move || {
        let head = bytes.get(at..end)?;
        let short = u32::from_be_bytes(*head.first_chunk()?);
        let name = *head.get(4..)?.first_chunk()?;
        let (header, length) = match short {
            0 => (8, head.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(*head.get(8..)?.first_chunk()?)).ok()?),
            length => (8, length as usize),
        };
        // Every box is longer than its header, so the walk ends.
        let next = at.checked_add(length.max(header))?;
        let content = (at + header).min(end)..next.min(end);
        let atom = Atom { name, start: at, content };
        at = next;
        Some(atom)
    })
}

/// The first box of a name in a range.
pub(super) fn find(bytes: &[u8], range: Range<usize>, name: [u8; 4]) -> Option<Range<usize>> {
    atoms(bytes, range).find(|atom| atom.name == name).map(|atom| atom.content)
}

/// The first box on a path of names.
pub(super) fn find_in(bytes: &[u8], range: Range<usize>, path: &[&[u8; 4]]) -> Option<Range<usize>> {
    path.iter().try_fold(range, |range, name| find(bytes, range, **name))
}

/// Big-endian numbers one after the other.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl Fields<'_> {
    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*bytes))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.u32().map(u32::cast_signed)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*bytes))
    }

    /// 32 bits, or 64 in version 1 of a box.
    pub(super) fn long(&mut self, version: u8) -> Option<u64> {
        if version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// Version and flags at the beginning of many boxes.
    pub(super) fn version(&mut self) -> Option<(u8, u32)> {
        let word = self.u32()?;
        Some(((word >> 24) as u8, word & 0xFF_FFFF))
    }
}
