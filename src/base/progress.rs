//! How far a piece of work is, and whether it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared between the thread that works and the one that watches.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

/// Somebody asked the work to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Progress {
    /// Says how many steps there will be.
    pub fn begin(&self, total: u64) {
        self.inner.total.store(total, Ordering::Relaxed);
        self.inner.done.store(0, Ordering::Relaxed);
    }

    /// One step is done; an error when the work should stop.
    pub fn step(&self) -> Result<(), Cancelled> {
        self.inner.done.fetch_add(1, Ordering::Relaxed);
        self.check()
    }

    /// `done` steps are done; an error when the work should stop.
    pub fn reach(&self, done: u64) -> Result<(), Cancelled> {
        self.inner.done.store(done, Ordering::Relaxed);
        self.check()
    }

    /// An error when the work should stop.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked the work to stop.
    pub fn cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed)
    }

    /// Steps done and steps in all; the second is 0 while nobody knows.
    pub fn state(&self) -> (u64, u64) {
        (self.inner.done.load(Ordering::Relaxed), self.inner.total.load(Ordering::Relaxed))
    }
}
