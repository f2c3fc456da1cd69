//! Cache of decompressed blocks of recordings: neighbors in time share a block.

use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;

use crate::base::caches::BLOCKS;

/// A small cache of blocks by the place where they start.
pub(super) struct Blocks {
    kept: Mutex<LruCache<u64, Arc<Vec<u8>>>>,
}

impl Default for Blocks {
    fn default() -> Self {
        Self { kept: Mutex::new(LruCache::new(BLOCKS)) }
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
        kept.put(start, Arc::clone(&block));
        Ok(block)
    }
}
