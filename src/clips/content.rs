//! Bytes of a recording: a mapped file, or a remote one of which parts are fetched as they are read.

use std::ops::Range;
use std::sync::Arc;

use memmap2::Mmap;

use crate::base::progress::Progress;
use crate::base::remote::RemoteError;
use crate::base::remote::sparse::Sparse;

/// The bytes of a recording.
#[derive(Clone)]
pub(super) enum Content {
    /// A file of this machine.
    Mapped(Arc<Mmap>),
    /// A file in object storage.
    Remote(Arc<Sparse>),
}

impl From<Mmap> for Content {
    fn from(map: Mmap) -> Self {
        Self::Mapped(Arc::new(map))
    }
}

impl Content {
    /// Number of bytes.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Mapped(map) => map.len(),
            Self::Remote(sparse) => sparse.size() as usize,
        }
    }

    /// The bytes up to the end of a range; all bytes of a file of this machine. Of a remote file the range is fetched, and nothing
    /// before it may be read.
    pub(super) fn until(&self, range: Range<usize>) -> Result<&[u8], RemoteError> {
        match self {
            Self::Mapped(map) => Ok(map),
            Self::Remote(sparse) => sparse.until(range.start as u64..range.end as u64),
        }
    }

    /// All bytes; a remote file is fetched as far as it is not there.
    pub(super) fn whole(&self, progress: &Progress) -> Result<&[u8], RemoteError> {
        match self {
            Self::Mapped(map) => Ok(map),
            Self::Remote(sparse) => sparse.whole(progress),
        }
    }

    /// Fetches ranges of a remote file, several at once.
    pub(super) fn ensure(&self, ranges: &[Range<usize>]) -> Result<(), RemoteError> {
        match self {
            Self::Mapped(_) => Ok(()),
            Self::Remote(sparse) => {
                let ranges: Vec<_> = ranges.iter().map(|r| r.start as u64..r.end as u64).collect();
                sparse.ensure(&ranges)
            }
        }
    }

    /// The bytes of small ranges of a remote file, each fetched to the byte; empty for a file of this machine.
    pub(super) fn exact(&self, ranges: &[Range<usize>]) -> Result<Vec<Vec<u8>>, RemoteError> {
        match self {
            Self::Mapped(_) => Ok(Vec::new()),
            Self::Remote(sparse) => {
                let ranges: Vec<_> = ranges.iter().map(|r| r.start as u64..r.end as u64).collect();
                sparse.exact(&ranges)
            }
        }
    }

    /// True for a file in object storage.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Remote(_))
    }
}
