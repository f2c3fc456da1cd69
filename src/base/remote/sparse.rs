//! A remote file as a mapped one: a sparse file in the cache, of which only the blocks that were asked for are fetched.
//!
//! Behind the content stands a checksum for each block, 0 where nothing was fetched. Content and checksums are one file, so
//! that they come and go together whatever another process does with the cache; a block is believed only after its checksum
//! was compared, so neither a hole nor a half-written block is ever read.

use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use memmap2::Mmap;

use crate::base::progress::Progress;
use crate::base::remote::object::Object;
use crate::base::remote::small::Small;
use crate::base::remote::{Address, Identity, Piece, RemoteError, cache};

/// Bytes of a block.
pub const BLOCK: u64 = 64 << 10;
/// Blocks of the longest request: 8 MiB.
const MOST_BLOCKS: u64 = 128;
/// Bytes fetched between two looks at the limit of the cache.
const CHECKED: u64 = 256 << 20;
/// Blocks that are fetched between two looks at a job's progress.
const STEP: u64 = 8 * MOST_BLOCKS;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// Not looked at, or not there.
    Unknown,
    /// On its way.
    Coming,
    /// There, and its checksum was compared.
    Present,
}

/// A remote file, of which blocks are present.
pub struct Sparse {
    object: Object,
    identity: Identity,
    path: PathBuf,
    file: File,
    map: Mmap,
    blocks: Mutex<Vec<Block>>,
    small: Mutex<Small>,
    changed: Condvar,
    complete: AtomicBool,
    fetched: AtomicU64,
}

impl Sparse {
    /// Opens the place of an object in the cache, with the piece of it that told its identity.
    pub fn open(object: Object, piece: &Piece) -> Result<Self, RemoteError> {
        let identity = piece.identity.clone();
        let name = format!("{}.sparse", cache::file_name(object.address()));
        let path = cache::entry(object.address(), &identity)?.join(name);
        cache::make_room(piece.bytes.len() as u64)?;
        let failed = |source| RemoteError::Cache { path: path.clone(), source };
        let count = identity.size.div_ceil(BLOCK);
        let file = sized(&path, count * (BLOCK + 4)).map_err(failed)?;
        // The time of the last use decides on what is removed first; a cache that cannot say it is still right.
        drop(file.set_modified(std::time::SystemTime::now()));
        #[expect(unsafe_code, reason = "mapping a file of the cache, which is never cut while it exists")]
        // SAFETY: the program only ever writes into it or unlinks it; blocks are read after they were written as a whole.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        let blocks = Mutex::new(vec![Block::Unknown; count as usize]);
        let small = Mutex::new(Small::read(&path.with_extension("lists")));
        let sparse = Self {
            object,
            identity,
            path,
            file,
            map,
            blocks,
            small,
            changed: Condvar::new(),
            complete: AtomicBool::new(false),
            fetched: AtomicU64::new(0),
        };
        sparse.keep(piece.start, &piece.bytes)?;
        Ok(sparse)
    }

    /// Address of the object.
    pub fn address(&self) -> &Address {
        self.object.address()
    }

    /// Size of the object in bytes.
    pub fn size(&self) -> u64 {
        self.identity.size
    }

    /// The bytes up to the end of a range, which is fetched if it is not there. Only those of the range may be read.
    pub fn until(&self, range: Range<u64>) -> Result<&[u8], RemoteError> {
        let end = range.end.min(self.size());
        self.ensure(std::slice::from_ref(&range))?;
        Ok(self.map.get(..end as usize).unwrap_or_default())
    }

    /// The whole content, fetched as far as it is not there.
    pub fn whole(&self, progress: &Progress) -> Result<&[u8], RemoteError> {
        if !self.complete.load(Ordering::Acquire) {
            cache::make_room(self.size())?;
            progress.begin(self.size());
            let step = (STEP * BLOCK) as usize;
            for start in (0..self.size()).step_by(step) {
                self.until(start..start + step as u64)?;
                progress.reach((start + step as u64).min(self.size()))?;
            }
            self.complete.store(true, Ordering::Release);
        }
        Ok(self.map.get(..self.size() as usize).unwrap_or_default())
    }

    /// The bytes of small ranges, one after the other. What is neither in a block nor kept as a part of its own is fetched to the byte,
    /// many at once.
    pub fn exact(&self, ranges: &[Range<u64>]) -> Result<Vec<Vec<u8>>, RemoteError> {
        let mut small = self.small.lock().unwrap_or_else(PoisonError::into_inner);
        let inside = |range: &Range<u64>| range.start.min(self.size())..range.end.min(self.size());
        let ranges: Vec<Range<u64>> = ranges.iter().map(inside).collect();
        let missing: Vec<Range<u64>> = ranges
            .iter()
            .filter(|range| !range.is_empty() && small.part(range).is_none() && !self.is_present(range))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.object.ranges(&self.identity, &missing, &mut |range, bytes| {
                small.add(range.start, bytes);
                Ok(())
            })?;
            let path = self.path.with_extension("lists");
            small.save().map_err(|source| RemoteError::Cache { path, source })?;
        }
        let bytes = |range: &Range<u64>| {
            let mapped = || self.map.get(range.start as usize..range.end as usize).unwrap_or_default();
            small.part(range).unwrap_or_else(mapped).to_vec()
        };
        Ok(ranges.iter().map(bytes).collect())
    }

    /// True if every block of a range is there.
    fn is_present(&self, range: &Range<u64>) -> bool {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        (range.start / BLOCK..range.end.div_ceil(BLOCK)).all(|block| {
            let Some(state) = blocks.get_mut(block as usize) else { return false };
            if *state == Block::Unknown && self.is_kept(block) {
                *state = Block::Present;
            }
            *state == Block::Present
        })
    }

    /// Fetches what is missing of these ranges: gaps of one block are fetched with their neighbors, longer parts than 8 MiB in
    /// several requests, several at once. What another thread fetches is waited for.
    pub fn ensure(&self, ranges: &[Range<u64>]) -> Result<(), RemoteError> {
        if self.complete.load(Ordering::Acquire) {
            return Ok(());
        }
        loop {
            let (mine, waiting) = self.claim(ranges);
            if mine.is_empty() {
                if !waiting {
                    return Ok(());
                }
                continue;
            }
            let outcome = self.fetch(&mine);
            // What did not come can be asked for again.
            let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
            for block in mine {
                if let Some(state) = blocks.get_mut(block as usize).filter(|state| **state == Block::Coming) {
                    *state = Block::Unknown;
                }
            }
            drop(blocks);
            self.changed.notify_all();
            outcome?;
        }
    }

    /// Missing blocks of the ranges, which are the caller's to fetch from now on. If there are none, but others are fetching some, it
    /// waits for a change and says so.
    fn claim(&self, ranges: &[Range<u64>]) -> (Vec<u64>, bool) {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut mine, mut waiting) = (Vec::new(), false);
        for range in ranges.iter().filter(|range| range.start < range.end) {
            for block in range.start / BLOCK..range.end.min(self.size()).div_ceil(BLOCK) {
                let Some(state) = blocks.get_mut(block as usize) else { continue };
                match state {
                    Block::Present => {}
                    Block::Coming => waiting |= !mine.contains(&block),
                    Block::Unknown if self.is_kept(block) => *state = Block::Present,
                    Block::Unknown => {
                        *state = Block::Coming;
                        mine.push(block);
                    }
                }
            }
        }
        if mine.is_empty() && waiting {
            drop(self.changed.wait(blocks).unwrap_or_else(PoisonError::into_inner));
        }
        mine.sort_unstable();
        (mine, waiting)
    }

    fn fetch(&self, mine: &[u64]) -> Result<(), RemoteError> {
        let requests: Vec<Range<u64>> = requests(mine)
            .into_iter()
            .map(|blocks| blocks.start * BLOCK..(blocks.end * BLOCK).min(self.size()))
            .collect();
        let bytes: u64 = requests.iter().map(|range| range.end - range.start).sum();
        let before = self.fetched.fetch_add(bytes, Ordering::Relaxed);
        if (before + bytes) / CHECKED > before / CHECKED {
            cache::make_room(bytes)?;
        }
        self.object.ranges(&self.identity, &requests, &mut |range, bytes| self.keep(range.start, bytes))
    }

    /// True if the block is in the cache and undamaged.
    fn is_kept(&self, block: u64) -> bool {
        let at = self.sum_at(block) as usize;
        let sum = self.map.get(at..at + 4).and_then(|sum| sum.try_into().ok()).map_or(0, u32::from_le_bytes);
        let range = (block * BLOCK) as usize..((block + 1) * BLOCK).min(self.size()) as usize;
        sum != 0 && self.map.get(range).is_some_and(|bytes| checksum(bytes) == sum)
    }

    fn sum_at(&self, block: u64) -> u64 {
        self.size().div_ceil(BLOCK) * BLOCK + block * 4
    }

    /// Writes the whole blocks of some bytes that start at a position.
    fn keep(&self, start: u64, bytes: &[u8]) -> Result<(), RemoteError> {
        let failed = |source| RemoteError::Cache { path: self.path.clone(), source };
        let first = start.div_ceil(BLOCK);
        let end = start + bytes.len() as u64;
        let last = if end >= self.size() { end.div_ceil(BLOCK) } else { end / BLOCK };
        if first >= last {
            return Ok(());
        }
        let from = first * BLOCK;
        let whole = bytes.get((from - start) as usize..((last * BLOCK).min(end) - start) as usize);
        let whole = whole.unwrap_or_default();
        // A full disk is an error here; through the map it would end the process.
        write_at(&self.file, from, whole).map_err(failed)?;
        for (block, content) in (first..last).zip(whole.chunks(BLOCK as usize)) {
            write_at(&self.file, self.sum_at(block), &checksum(content).to_le_bytes()).map_err(failed)?;
        }
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        for block in first..last {
            if let Some(state) = blocks.get_mut(block as usize) {
                *state = Block::Present;
            }
        }
        drop(blocks);
        self.changed.notify_all();
        Ok(())
    }
}

/// Checksum of a block, never 0.
fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes).max(1)
}

/// The blocks as requests: gaps of one block are in them, none is longer than [`MOST_BLOCKS`].
fn requests(blocks: &[u64]) -> Vec<Range<u64>> {
    let mut merged: Vec<Range<u64>> = Vec::new();
    for block in blocks {
        match merged.last_mut() {
            Some(last) if *block <= last.end + 1 && block + 1 - last.start <= MOST_BLOCKS => {
                last.end = block + 1;
            }
            _ => merged.push(*block..block + 1),
        }
    }
    merged
}

/// The file with its length; one of another length is replaced.
fn sized(path: &Path, length: u64) -> io::Result<File> {
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = open()?;
    let found = file.metadata()?.len();
    if found != length && found != 0 {
        drop(file);
        // It may be mapped by somebody: it is never cut.
        std::fs::remove_file(path)?;
        file = open()?;
    }
    if found != length {
        file.set_len(length)?;
    }
    Ok(file)
}

#[cfg(unix)]
fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt as _;
    file.write_all_at(bytes, at)
}

/// Through a view of its own: views of one file agree with each other, but not with what is written beside them. The space was
/// taken when the file got its length.
#[cfg(not(unix))]
fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    #[expect(unsafe_code, reason = "writing through a view of a file of the cache")]
    // SAFETY: the file has its length already and is never cut; a block is read after it was written as a whole.
    let mut view = unsafe { memmap2::MmapOptions::new().offset(at).len(bytes.len()).map_mut(file) }?;
    view.copy_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_of_a_block_are_merged_and_requests_are_not_too_long() {
        assert_eq!(requests(&[0, 1, 3, 6, 7]), [0..4, 6..8]);
        let many: Vec<u64> = (0..300).collect();
        assert_eq!(requests(&many), [0..128, 128..256, 256..300]);
        assert!(requests(&[]).is_empty());
    }

    #[test]
    fn a_file_of_another_length_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sparse");
        std::fs::write(&path, b"abc").unwrap();
        let file = sized(&path, 10).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), [0; 10]);
        write_at(&file, 4, b"xy").unwrap();
        drop(file);
        let again = sized(&path, 10).unwrap();
        assert_eq!(again.metadata().unwrap().len(), 10);
        assert_eq!(std::fs::read(&path).unwrap(), b"\0\0\0\0xy\0\0\0\0");
    }
}
