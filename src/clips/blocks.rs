//! Cache of decompressed blocks of recordings: neighbors in time share a block.

use std::sync::{Arc, Mutex, PoisonError};

/// Number of blocks in the cache.
const KEPT: usize = 8;

/// A small cache, the most recently used last.
#[derive(Default)]
pub(super) struct Blocks {
    kept: Mutex<Vec<(u64, Arc<Vec<u8>>)>>,
}

impl Blocks {
    /// The block that starts at `start`; `make` decompresses it if it is not in the cache.
    pub(super) fn get(&self, start: u64, make: impl FnOnce() -> Option<Vec<u8>>) -> Option<Arc<Vec<u8>>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(place, _)| *place == start) {
            let block = kept.remove(at);
            kept.push(block);
        } else {
            let block = Arc::new(make()?);
            if kept.len() >= KEPT {
                kept.remove(0);
            }
            kept.push((start, block));
        }
        kept.last().map(|(_, block)| Arc::clone(block))
    }
}
