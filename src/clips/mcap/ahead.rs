//! Chunks of a remote MCAP file in the order of time: what is fetched ahead of a player, and single samples without the whole index.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::time::Time;
use crate::clips::content::Content;
use crate::clips::mcap::index::time_of;
use crate::clips::mcap::indexed::Indexed;

/// Chunks that are fetched ahead.
const AHEAD: usize = 8;
/// Distance, in chunks, of two samples of one who plays.
const NEAR: usize = 2;
/// Bytes of a message index record without its entries, and those of an entry.
const LIST_BYTES: u64 = 15;
const ENTRY_BYTES: u64 = 16;

/// A chunk with the number of messages of each channel.
struct Known {
    chunk: Range<usize>,
    first: Time,
    last: Time,
    counts: Vec<(u16, u64)>,
}

/// The chunks of a file that is fetched by parts.
pub(super) struct Ahead {
    chunks: Vec<Known>,
    places: BTreeMap<usize, usize>,
    /// True if chunks do not overlap in time and their lists say how many messages they have.
    ordered: bool,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The chunk that was read last, by channel.
    last: Mutex<BTreeMap<u16, usize>>,
    wish: Mutex<Vec<Range<usize>>>,
    running: AtomicBool,
}

impl Ahead {
    /// Of the chunks in the order of time.
    pub(super) fn new<'a>(chunks: impl Iterator<Item = &'a Indexed>) -> Self {
        let mut ordered = true;
        let known = |chunk: &Indexed| {
            let counts = counts(chunk);
            ordered &= counts.is_some();
            Known {
                chunk: chunk.start..chunk.behind.start,
                first: time_of(chunk.times.0),
                last: time_of(chunk.times.1),
                counts: counts.unwrap_or_else(|| chunk.lists.iter().map(|(id, _)| (*id, 0)).collect()),
            }
        };
        let chunks: Vec<Known> = chunks.map(known).collect();
        // Chunks of schemas and channels alone have no times.
        let chunks: Vec<Known> = chunks.into_iter().filter(|known| !known.counts.is_empty()).collect();
        ordered &= chunks.windows(2).all(|pair| pair[0].last <= pair[1].first);
        let places = chunks.iter().enumerate().map(|(at, known)| (known.chunk.start, at)).collect();
        Self { chunks, places, ordered, state: Arc::default() }
    }

    /// The end of the chunk that starts at a position, as the index of the file has it.
    pub(super) fn end(&self, start: usize) -> usize {
        self.places.get(&start).and_then(|at| self.chunks.get(*at)).map_or(start, |known| known.chunk.end)
    }

    /// True if samples can be located by the index of the chunks alone.
    pub(super) fn is_ordered(&self) -> bool {
        self.ordered
    }

    /// The chunk with a sample of some channels, by its position among all of them; and the number of samples before the chunk.
    pub(super) fn chunk_of_index(&self, channels: &[u32], index: u64) -> Option<(usize, u64)> {
        let mut before = 0;
        for known in &self.chunks {
            let count = known.count(channels);
            if index < before + count {
                return Some((known.chunk.start, before));
            }
            before += count;
        }
        None
    }

    /// Position of a sample among those of the chunks that are not pending; `None` if these have another number of samples than
    /// `total`.
    pub(super) fn known(
        &self,
        channels: &[u32],
        index: u64,
        pending: &BTreeSet<usize>,
        total: u64,
    ) -> Option<usize> {
        let (chunk, first) = self.chunk_of_index(channels, index)?;
        let at = *self.places.get(&chunk)?;
        let of = |chunks: &[Known]| -> u64 {
            let known = chunks.iter().filter(|known| !pending.contains(&known.chunk.start));
            known.map(|known| known.count(channels)).sum()
        };
        let before = of(self.chunks.get(..at)?);
        (of(&self.chunks) == total).then_some((before + index - first) as usize)
    }

    /// The chunks that can hold the last sample of some channels at or before a time: the latest first, two at most.
    pub(super) fn chunks_of_time(&self, channels: &[u32], time: Time) -> Vec<usize> {
        let before = self.chunks.partition_point(|known| known.first <= time);
        let with = |known: &&Known| known.count(channels) > 0;
        let found = self.chunks[..before].iter().rev().filter(with).take(2);
        let found: Vec<usize> = found.map(|known| known.chunk.start).collect();
        if found.is_empty() {
            // The first one of all.
            return self.chunks.iter().find(with).map(|known| known.chunk.start).into_iter().collect();
        }
        found
    }

    /// Fetches what comes next for one who plays a channel: it was read here, and a little before or behind the last time. A
    /// jump fetches nothing ahead.
    pub(super) fn was_read(&self, content: &Content, start: usize, channel: u16) {
        let Some(at) = self.places.get(&start).copied() else { return };
        let last = self.state.last.lock().unwrap_or_else(PoisonError::into_inner).insert(channel, at);
        let Some(last) = last.filter(|last| *last != at && last.abs_diff(at) <= NEAR) else { return };
        let with = |known: &&Known| known.counts.iter().any(|(id, _)| *id == channel);
        let next: Vec<Range<usize>> = if at > last {
            self.chunks[at + 1..].iter().filter(with).take(AHEAD).map(|known| known.chunk.clone()).collect()
        } else {
            self.chunks[..at].iter().rev().filter(with).take(AHEAD).map(|known| known.chunk.clone()).collect()
        };
        *self.state.wish.lock().unwrap_or_else(PoisonError::into_inner) = next;
        if !self.state.running.swap(true, Ordering::AcqRel) {
            let (content, state) = (content.clone(), Arc::clone(&self.state));
            let spawned = std::thread::Builder::new()
                .name("fetch ahead".to_owned())
                .spawn(move || state.fetch(&content));
            // Without a thread everything is fetched when it is read.
            if spawned.is_err() {
                self.state.running.store(false, Ordering::Release);
            }
        }
    }
}

impl State {
    fn fetch(&self, content: &Content) {
        loop {
            let wish = std::mem::take(&mut *self.wish.lock().unwrap_or_else(PoisonError::into_inner));
            // An error is told when the sample is read.
            let done = wish.is_empty() || content.ensure(&wish).is_err();
            if done {
                self.running.store(false, Ordering::Release);
                return;
            }
        }
    }
}

impl Known {
    fn count(&self, channels: &[u32]) -> u64 {
        let of = |(id, _): &&(u16, u64)| channels.contains(&u32::from(*id));
        self.counts.iter().filter(of).map(|(_, count)| count).sum()
    }
}

/// Numbers of messages by channel, from the distances of the message index records; `None` if they do not follow the chunk without
/// gaps.
fn counts(chunk: &Indexed) -> Option<Vec<(u16, u64)>> {
    let mut lists = chunk.lists.clone();
    if lists.is_empty() && chunk.times == (0, 0) {
        return Some(Vec::new());
    }
    lists.sort_unstable_by_key(|(_, at)| *at);
    if lists.first()?.1 != chunk.behind.start as u64 {
        return None;
    }
    let ends = lists.iter().skip(1).map(|(_, at)| *at).chain([chunk.behind.end as u64]);
    let count = |((id, at), end): (&(u16, u64), u64)| {
        let entries = end.checked_sub(*at)?.checked_sub(LIST_BYTES)?;
        (entries % ENTRY_BYTES == 0).then_some((*id, entries / ENTRY_BYTES))
    };
    lists.iter().zip(ends).map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(start: usize, times: (u64, u64), counts: &[(u16, u64)]) -> Indexed {
        let mut at = start + 1_000;
        let mut lists = Vec::new();
        for (id, count) in counts {
            lists.push((*id, at as u64));
            at += (LIST_BYTES + ENTRY_BYTES * count) as usize;
        }
        Indexed { start, behind: start + 1_000..at, times, lists }
    }

    #[test]
    fn samples_are_located_by_chunks() {
        let chunks = [
            chunk(100, (0, 9), &[(1, 3), (2, 1)]),
            chunk(2_000, (10, 19), &[(2, 5)]),
            chunk(4_000, (20, 29), &[(1, 2)]),
        ];
        let empty = Indexed { start: 50, behind: 90..90, times: (0, 0), lists: Vec::new() };
        let ahead = Ahead::new([empty].iter().chain(&chunks));
        assert!(ahead.is_ordered());
        assert_eq!(ahead.end(2_000), 3_000);
        assert_eq!(ahead.chunk_of_index(&[1], 2), Some((100, 0)));
        assert_eq!(ahead.chunk_of_index(&[1], 3), Some((4_000, 3)));
        assert_eq!(ahead.chunk_of_index(&[1], 5), None);
        assert_eq!(ahead.chunk_of_index(&[1, 2], 4), Some((2_000, 4)));
        // Of the first chunk nothing is known.
        let pending = BTreeSet::from([100]);
        assert_eq!(ahead.known(&[1], 4, &pending, 2), Some(1));
        assert_eq!(ahead.known(&[1], 4, &pending, 3), None);
        assert_eq!(ahead.known(&[1], 4, &BTreeSet::new(), 5), Some(4));
        assert_eq!(ahead.chunks_of_time(&[1], Time(25)), [4_000, 100]);
        assert_eq!(ahead.chunks_of_time(&[1], Time(19)), [100]);
        assert_eq!(ahead.chunks_of_time(&[1], Time(-5)), [100]);
    }

    #[test]
    fn overlapping_chunks_and_odd_lists_are_not_trusted() {
        let overlapping = [chunk(100, (0, 9), &[(1, 3)]), chunk(2_000, (8, 19), &[(1, 5)])];
        assert!(!Ahead::new(overlapping.iter()).is_ordered());
        let mut odd = chunk(100, (0, 9), &[(1, 3)]);
        odd.behind.end += 1;
        assert!(!Ahead::new([odd].iter()).is_ordered());
    }
}
