//! Small pictures for the timeline: a thread of their own, so that they never keep the playhead waiting.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::clips::Clip;
use crate::data::clip::ChannelId;
use crate::data::image::Image;

/// Longer side of a small picture in pixels.
const SIDE: u32 = 96;
/// Small pictures kept; the oldest are forgotten.
const KEPT: usize = 400;

/// Recording, camera and picture.
pub type Key = (u64, ChannelId, usize);

#[derive(Default)]
struct Shared {
    wanted: Vec<(Key, Arc<dyn Clip>)>,
    /// None where the picture cannot be decoded.
    ready: BTreeMap<Key, (Option<Image>, u64)>,
    clock: u64,
    ended: bool,
}

/// The small pictures.
pub struct Thumbnails {
    shared: Arc<(Mutex<Shared>, Condvar)>,
}

impl Thumbnails {
    pub(super) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let shared = Arc::new((Mutex::new(Shared::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("thumbnails".to_owned()).spawn(move || work(&theirs, &*waker));
        if let Err(err) = thread {
            log::error!("no thread for thumbnails: {err}");
        }
        Self { shared }
    }

    /// A small picture, when it is ready.
    pub fn get(&self, key: Key) -> Option<Image> {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.clock += 1;
        let now = shared.clock;
        let (image, used) = shared.ready.get_mut(&key)?;
        *used = now;
        image.clone()
    }

    /// Whether there is nothing left to do for a picture.
    pub fn knows(&self, key: Key) -> bool {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).ready.contains_key(&key)
    }

    /// Whether something wanted is not ready yet.
    pub fn busy(&self) -> bool {
        !self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.is_empty()
    }

    /// Says which are wanted, most urgent first; what was wanted before and is not now is left undone.
    pub(super) fn want(&self, clip_id: u64, clip: &Arc<dyn Clip>, camera: ChannelId, pictures: &[usize]) {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = pictures.iter().map(|index| (clip_id, camera, *index));
        let missing = keys.filter(|key| !shared.ready.contains_key(key)).map(|key| (key, Arc::clone(clip)));
        shared.wanted = missing.collect();
        self.shared.1.notify_one();
    }

    pub(super) fn clear(&self) {
        let mut shared = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        *shared = Shared { ended: shared.ended, ..Shared::default() };
    }
}

impl Drop for Thumbnails {
    fn drop(&mut self) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.shared.1.notify_one();
    }
}

fn work(shared: &(Mutex<Shared>, Condvar), waker: &(dyn Fn() + Send + Sync)) {
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if state.ended {
            return;
        }
        let Some((key, clip)) = state.wanted.first().map(|(key, clip)| (*key, Arc::clone(clip))) else {
            state = shared.1.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        drop(state);
        let small = clip.preview(key.1, key.2).ok().map(|picture| picture.thumbnail(SIDE));
        drop(clip);
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
