//! Thumbnails: a thread of their own, so that they never keep the playhead waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::data::clip::ChannelId;
use crate::data::image::Image;

/// Longer side of a thumbnail on the timeline, in pixels.
pub(in crate::app) const SIDE: u32 = 96;
/// Number of cached thumbnails; the oldest are dropped.
const KEPT: usize = 400;

/// Recording, camera and frame.
pub type Key = (u64, ChannelId, usize);

/// Render one thumbnail, or none if that is impossible.
pub(in crate::app) type Maker = Arc<dyn Fn() -> Option<Image> + Send + Sync>;

struct Shared<K> {
    wanted: Vec<(K, Maker)>,
    /// None if the thumbnail cannot be rendered.
    ready: BTreeMap<K, (Option<Image>, u64)>,
    clock: u64,
    ended: bool,
}

impl<K> Default for Shared<K> {
    fn default() -> Self {
        Self { wanted: Vec::new(), ready: BTreeMap::new(), clock: 0, ended: false }
    }
}

/// The thumbnails by their key.
pub struct Thumbnails<K: Copy + Ord + Send + 'static = Key> {
    shared: Arc<(Mutex<Shared<K>>, Condvar)>,
}

impl<K: Copy + Ord + Send + 'static> Thumbnails<K> {
    pub(in crate::app) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let shared = Arc::new((Mutex::new(Shared::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("thumbnails".to_owned()).spawn(move || work(&theirs, &*waker));
        if let Err(err) = thread {
            log::error!("no thread for thumbnails: {err}");
        }
        Self { shared }
    }

    /// A thumbnail, once it is ready.
    pub fn get(&self, key: K) -> Option<Image> {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.clock += 1;
        let now = shared.clock;
        let (image, used) = shared.ready.get_mut(&key)?;
        *used = now;
        image.clone()
    }

    /// True if nothing is left to do for a thumbnail.
    pub fn knows(&self, key: K) -> bool {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).ready.contains_key(&key)
    }

    /// True while a request is not ready yet.
    pub fn busy(&self) -> bool {
        !self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.is_empty()
    }

    /// Set the requests, most urgent first; earlier requests that are not among them are dropped.
    pub(in crate::app) fn want(&self, pictures: impl IntoIterator<Item = (K, Maker)>) {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = pictures.into_iter().filter(|(key, _)| !shared.ready.contains_key(key)).collect();
        shared.wanted = missing;
        self.shared.1.notify_one();
    }

    pub(in crate::app) fn clear(&self) {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shared = Shared { ended: shared.ended, ..Shared::default() };
    }
}

impl<K: Copy + Ord + Send + 'static> Drop for Thumbnails<K> {
    fn drop(&mut self) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.1.notify_one();
    }
}

fn work<K: Copy + Ord>(shared: &(Mutex<Shared<K>>, Condvar), waker: &(dyn Fn() + Send + Sync)) {
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if state.ended {
            return;
        }
        let Some((key, make)) = state.wanted.first().map(|(key, make)| (*key, Arc::clone(make))) else {
            state = shared.1.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(state);
        let small = make();
        drop(make);
        state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Unless somebody wants others by now, or another recording.
        if state.wanted.first().is_some_and(|(first, _)| *first == key) {
            state.wanted.remove(0);
            let now = state.clock;
            state.ready.insert(key, (small, now));
        }
        while state.ready.len() > KEPT {
            let oldest = state.ready.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            let Some(oldest) = oldest else { break };
            state.ready.remove(&oldest);
        }
        waker();
    }
}
