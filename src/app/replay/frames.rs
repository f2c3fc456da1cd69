//! Decoded images and point clouds: a thread that decodes current and coming frames, and a cache with a byte budget.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use crate::base::caches::FRAME_BYTES;
use crate::base::worker::Worker;
use crate::clips::Clip;
use crate::data::clip::{ChannelId, Sample};
use crate::data::image::Image;
use crate::data::input::Input;

/// An image or point cloud, or the reason why there is none.
pub type Frame = Result<Sample, String>;

type Key = (u64, ChannelId, usize);

/// Frames that stay decoded, with the least recently used forgotten first.
struct Cache {
    frames: LruCache<Key, Frame>,
    bytes: usize,
}

impl Cache {
    fn new() -> Self {
        Self { frames: LruCache::unbounded(), bytes: 0 }
    }

    fn put(&mut self, key: Key, frame: Frame) {
        self.bytes += bytes_of(&frame);
        if let Some(before) = self.frames.put(key, frame) {
            self.bytes -= bytes_of(&before);
        }
        while self.bytes > FRAME_BYTES && self.frames.len() > 1 {
            let Some((_, oldest)) = self.frames.pop_lru() else { break };
            self.bytes -= bytes_of(&oldest);
        }
    }
}

/// Decoded frames.
pub struct Frames {
    worker: Worker<Key, Arc<dyn Clip>>,
    cache: Arc<Mutex<Cache>>,
    /// The last picture of each camera that was ready.
    shown: BTreeMap<ChannelId, (Key, Frame)>,
    /// Frames dropped since playback began because decoding could not keep up; 0 while it stands.
    pub dropped: u64,
}

impl Frames {
    pub(in crate::app) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let cache = Arc::new(Mutex::new(Cache::new()));
        let put = |cache: &Mutex<Cache>, key: &Key, frame: Frame| {
            cache.lock().unwrap_or_else(PoisonError::into_inner).put(*key, frame);
        };
        let (decoded, failed) = (Arc::clone(&cache), Arc::clone(&cache));
        let worker = Worker::new(
            "decode",
            move |key: &Key, clip: Arc<dyn Clip>, _| {
                put(&decoded, key, clip.read(key.1, key.2).map_err(|err| err.to_string()));
            },
            move |key, problem| put(&failed, key, Err(problem)),
            move || waker(),
        );
        Self { worker, cache, shown: BTreeMap::new(), dropped: 0 }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True while a request is not decoded yet.
    pub fn busy(&self) -> bool {
        self.worker.busy()
    }

    /// Forgets everything, for another recording.
    pub(in crate::app) fn clear(&mut self) {
        self.worker.want([]);
        *self.cache() = Cache::new();
        self.shown.clear();
        self.dropped = 0;
    }

    /// Set the requests, most urgent first.
    pub(in crate::app) fn want(&self, clip_id: u64, clip: &Arc<dyn Clip>, wanted: &[(ChannelId, usize)]) {
        let keys = wanted.iter().map(|(channel, index)| (clip_id, *channel, *index));
        let missing: Vec<Key> = {
            let cache = self.cache();
            keys.filter(|key| !cache.frames.contains(key)).collect()
        };
        self.worker.want(missing.into_iter().map(|key| (key, Arc::clone(clip))));
    }

    /// Take in decoded frames; `playing` decides if a jump counts as dropped frames.
    pub(in crate::app) fn take_ready(&mut self, clip_id: u64, current: &[(ChannelId, usize)], playing: bool) {
        if !playing {
            // Standing still, every frame is shown in the end.
            self.dropped = 0;
        }
        for (channel, index) in current {
            let key = (clip_id, *channel, *index);
            if self.shown.get(channel).is_some_and(|(shown, _)| *shown == key) {
                continue;
            }
            let ready = self.cache().frames.get(&key).cloned();
            if let Some(frame) = ready {
                if let Some(((clip, _, last), _)) = self.shown.get(channel)
                    && playing
                    && *clip == clip_id
                    && *index > last + 1
                    && index - last < 50
                {
                    self.dropped += (index - last - 1) as u64;
                }
                self.shown.insert(*channel, (key, frame));
            }
        }
    }

    /// The shown frame of a camera, and its number.
    pub fn picture(&self, camera: ChannelId) -> Option<(usize, Result<&Image, &str>)> {
        let (index, frame) = self.shown(camera)?;
        Some(match frame {
            Ok(Sample::Image(image)) => (index, Ok(image)),
            Ok(_) => (index, Err("the channel holds no images")),
            Err(problem) => (index, Err(problem.as_str())),
        })
    }

    /// The shown image, point cloud or text of a channel, as a model takes it, and its number.
    pub fn input(&self, channel: ChannelId) -> Option<(usize, Result<Input, &str>)> {
        let (index, frame) = self.shown(channel)?;
        Some(match frame {
            Ok(Sample::Image(image)) => (index, Ok(Input::Image(image.clone()))),
            Ok(Sample::Points(cloud)) => (index, Ok(Input::Points(Arc::clone(cloud)))),
            Ok(Sample::Log(line)) => (index, Ok(Input::Text(line.text.as_str().into()))),
            Ok(_) => (index, Err("the channel holds no images, no point clouds and no texts")),
            Err(problem) => (index, Err(problem.as_str())),
        })
    }

    /// The shown frame of a channel and its number; an older one while the right one is decoded.
    pub fn shown(&self, channel: ChannelId) -> Option<(usize, &Frame)> {
        self.shown.get(&channel).map(|((_, _, index), frame)| (*index, frame))
    }
}

fn bytes_of(frame: &Frame) -> usize {
    frame.as_ref().map_or(64, Sample::bytes)
}
