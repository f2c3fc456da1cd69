//! Thumbnails: a thread of their own, so that they never keep the playhead waiting.

use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::base::caches::THUMBNAILS;
use crate::base::worker::Worker;
use crate::data::clip::ChannelId;
use crate::data::image::Image;

/// Longer side of a thumbnail on the timeline, in pixels.
pub(in crate::app) const SIDE: u32 = 96;

/// Recording, camera and frame.
pub type Key = (u64, ChannelId, usize);

/// Render one thumbnail, or none if that is impossible.
pub(in crate::app) type Maker = Arc<dyn Fn() -> Option<Image> + Send + Sync>;

/// Opening that a small picture was wanted in, and its key.
type Wanted<K> = (u64, K);

struct Ready<K> {
    /// None if the thumbnail cannot be rendered.
    pictures: LruCache<K, Option<Image>>,
    /// Grows when everything is forgotten, so that what is still being made then is not kept.
    opening: u64,
}

/// The thumbnails by their key.
pub struct Thumbnails<K: Copy + Eq + Hash + Send + 'static = Key> {
    worker: Worker<Wanted<K>, Maker>,
    ready: Arc<Mutex<Ready<K>>>,
}

impl<K: Copy + Eq + Hash + Send + 'static> Thumbnails<K> {
    pub(in crate::app) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let ready = Arc::new(Mutex::new(Ready { pictures: LruCache::new(THUMBNAILS), opening: 0 }));
        let put = |ready: &Mutex<Ready<K>>, (opening, key): &Wanted<K>, picture: Option<Image>| {
            let mut ready = ready.lock().unwrap_or_else(PoisonError::into_inner);
            if ready.opening == *opening {
                ready.pictures.put(*key, picture);
            }
        };
        let (made, failed) = (Arc::clone(&ready), Arc::clone(&ready));
        let worker = Worker::new(
            "thumbnails",
            move |wanted: &Wanted<K>, make: Maker, _| put(&made, wanted, make()),
            move |wanted, _| put(&failed, wanted, None),
            move || waker(),
        );
        Self { worker, ready }
    }

    fn ready(&self) -> MutexGuard<'_, Ready<K>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thumbnail, once it is ready.
    pub fn get(&self, key: K) -> Option<Image> {
        self.ready().pictures.get(&key).cloned().flatten()
    }

    /// True if nothing is left to do for a thumbnail.
    pub fn knows(&self, key: K) -> bool {
        self.ready().pictures.contains(&key)
    }

    /// True while a request is not ready yet.
    pub fn busy(&self) -> bool {
        self.worker.busy()
    }

    /// Set the requests, most urgent first; earlier requests that are not among them are dropped.
    pub(in crate::app) fn want(&self, pictures: impl IntoIterator<Item = (K, Maker)>) {
        let missing: Vec<(Wanted<K>, Maker)> = {
            let ready = self.ready();
            let pictures = pictures.into_iter().filter(|(key, _)| !ready.pictures.contains(key));
            pictures.map(|(key, maker)| ((ready.opening, key), maker)).collect()
        };
        self.worker.want(missing);
    }

    pub(in crate::app) fn clear(&self) {
        self.worker.want([]);
        let mut ready = self.ready();
        ready.pictures.clear();
        ready.opening += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_cannot_be_made_is_not_asked_for_again() {
        let (wake, woken) = std::sync::mpsc::channel();
        let wake = Mutex::new(wake);
        let thumbnails: Thumbnails<u8> = Thumbnails::new(Arc::new(move || {
            wake.lock().unwrap().send(()).unwrap();
        }));
        thumbnails.want([(1, Arc::new(|| -> Option<Image> { panic!("a damaged file") }) as Maker)]);
        woken.recv().unwrap();
        assert!(thumbnails.knows(1) && thumbnails.get(1).is_none() && !thumbnails.busy());
        thumbnails.clear();
        assert!(!thumbnails.knows(1));
        let image = Image::from_rgb(1, 1, vec![7; 3]).unwrap();
        let made = image.clone();
        thumbnails.want([(1, Arc::new(move || Some(made.clone())) as Maker)]);
        woken.recv().unwrap();
        assert_eq!(thumbnails.get(1), Some(image));
    }
}
