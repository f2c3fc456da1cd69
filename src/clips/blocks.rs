//! Cache of decompressed blocks of recordings: neighbors in time share a block.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::base::caches::BLOCK_BYTES;

/// Bytes in the caches of all recordings, which share one budget.
static KEPT: AtomicUsize = AtomicUsize::new(0);

/// A cache of blocks by the place where they start.
pub(super) struct Blocks {
    kept: Mutex<LruCache<u64, Arc<Vec<u8>>>>,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { kept: Mutex::new(LruCache::unbounded()) }
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        let kept = self.kept.get_mut().unwrap_or_else(PoisonError::into_inner);
        KEPT.fetch_sub(kept.iter().map(|(_, block)| block.len()).sum(), Ordering::Relaxed);
    }
}

impl Blocks {
    /// The block that starts at `start`; `make` decompresses it if it is not in the cache.
    pub(super) fn get<E>(
        &self,
        start: u64,
        make: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Vec<u8>>, E> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = kept.get(&start) {
            return Ok(Arc::clone(block));
        }
        let block = Arc::new(make()?);
        KEPT.fetch_add(block.len(), Ordering::Relaxed);
        kept.put(start, Arc::clone(&block));
        // The block that is read from stays, however large it is and whatever other recordings keep.
        while KEPT.load(Ordering::Relaxed) > BLOCK_BYTES && kept.len() > 1 {
            let Some((_, oldest)) = kept.pop_lru() else { break };
            KEPT.fetch_sub(oldest.len(), Ordering::Relaxed);
        }
        Ok(block)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_all_recordings_share_a_budget() {
        let (first, second) = (Blocks::default(), Blocks::default());
        let part = BLOCK_BYTES / 3 + 1;
        for start in 0..9 {
            for blocks in [&first, &second] {
                assert_eq!(blocks.get(start, || Ok::<_, ()>(vec![0; part])).unwrap().len(), part);
            }
        }
        let count = |blocks: &Blocks| blocks.kept.lock().unwrap().len();
        assert!(count(&first) >= 1 && count(&second) >= 1);
        assert!(count(&first) + count(&second) <= 3, "{} and {}", count(&first), count(&second));
        let large = second.get(99, || Ok::<_, ()>(vec![0; 2 * BLOCK_BYTES])).unwrap();
        assert_eq!((large.len(), count(&second)), (2 * BLOCK_BYTES, 1));
    }
}
