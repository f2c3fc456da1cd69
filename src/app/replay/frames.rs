//! Decoded images and point clouds: a thread that decodes current and coming frames, and a cache with a byte budget.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::clips::Clip;
use crate::data::clip::{ChannelId, Sample};
use crate::data::image::Image;
use crate::data::input::Input;

/// Bytes of pixels and points that stay decoded.
const BUDGET_BYTES: usize = 96 << 20;

/// An image or point cloud, or the reason why there is none.
pub type Frame = Result<Sample, String>;

type Key = (u64, ChannelId, usize);

#[derive(Default)]
struct Shared {
    /// Requests, most urgent first.
    wanted: Vec<(Key, Arc<dyn Clip>)>,
    cache: BTreeMap<Key, (Frame, u64)>,
    bytes: usize,
    /// Counts uses, for forgetting the oldest.
    clock: u64,
    working: bool,
    ended: bool,
}

/// Decoded frames.
pub struct Frames {
    shared: Arc<(Mutex<Shared>, Condvar)>,
    /// The latest frame that was ready, by camera.
    shown: BTreeMap<ChannelId, (Key, Frame)>,
    /// Frames dropped while playing because decoding could not keep up.
    pub dropped: u64,
}

impl Frames {
    pub(in crate::app) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let shared = Arc::new((Mutex::new(Shared::default()), Condvar::new()));
        let theirs = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("decode".to_owned()).spawn(move || decode(&theirs, &*waker));
        if let Err(err) = thread {
            log::error!("no thread for decoding: {err}");
        }
        Self { shared, shown: BTreeMap::new(), dropped: 0 }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True while a request is not decoded yet.
    pub fn busy(&self) -> bool {
        let shared = self.lock();
        shared.working || !shared.wanted.is_empty()
    }

    /// Forgets everything, for another recording.
    pub(in crate::app) fn clear(&mut self) {
        *self.lock() = Shared { clock: 1, ..Shared::default() };
        self.shown.clear();
        self.dropped = 0;
    }

    /// Set the requests, most urgent first.
    pub(in crate::app) fn want(&self, clip_id: u64, clip: &Arc<dyn Clip>, wanted: &[(ChannelId, usize)]) {
        let mut shared = self.lock();
        let missing: Vec<(Key, Arc<dyn Clip>)> = wanted
            .iter()
            .map(|(channel, index)| (clip_id, *channel, *index))
            .filter(|key| !shared.cache.contains_key(key))
            .map(|key| (key, Arc::clone(clip)))
            .collect();
        let changed = missing.iter().map(|(key, _)| *key).ne(shared.wanted.iter().map(|(key, _)| *key));
        if changed {
            shared.wanted = missing;
            self.shared.1.notify_one();
        }
    }

    /// Take in decoded frames; `playing` decides if a jump counts as dropped frames.
    pub(in crate::app) fn take_ready(&mut self, clip_id: u64, current: &[(ChannelId, usize)], playing: bool) {
        for (channel, index) in current {
            let key = (clip_id, *channel, *index);
            if self.shown.get(channel).is_some_and(|(shown, _)| *shown == key) {
                continue;
            }
            let ready = {
                let mut shared = self.lock();
                shared.clock += 1;
                let now = shared.clock;
                shared.cache.get_mut(&key).map(|(frame, used)| {
                    *used = now;
                    frame.clone()
                })
            };
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

impl Drop for Frames {
    fn drop(&mut self) {
        self.lock().ended = true;
        self.shared.1.notify_one();
    }
}

fn decode(shared: &(Mutex<Shared>, Condvar), waker: &(dyn Fn() + Send + Sync)) {
    let mut state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if state.ended {
            return;
        }
        if state.wanted.is_empty() {
            state = shared.1.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let (key, clip) = state.wanted.remove(0);
        state.working = true;
        drop(state);
        let frame = clip.read(key.1, key.2).map_err(|err| err.to_string());
        drop(clip);
        state = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.working = false;
        state.clock += 1;
        let now = state.clock;
        state.bytes += bytes_of(&frame);
        if let Some((before, _)) = state.cache.insert(key, (frame, now)) {
            state.bytes = state.bytes.saturating_sub(bytes_of(&before));
        }
        while state.bytes > BUDGET_BYTES && state.cache.len() > 1 {
            let oldest = state.cache.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| *key);
            let Some((frame, _)) = oldest.and_then(|key| state.cache.remove(&key)) else { break };
            state.bytes = state.bytes.saturating_sub(bytes_of(&frame));
        }
        waker();
    }
}

fn bytes_of(frame: &Frame) -> usize {
    frame.as_ref().map_or(64, Sample::bytes)
}
