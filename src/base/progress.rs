//! Progress of a job, and its cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Progress shared between the worker thread and the one that watches.
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

/// Error of a job that was canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("canceled")]
pub struct Cancelled;

impl Progress {
    /// Sets the total number of steps.
    pub fn begin(&self, total: u64) {
        self.inner.total.store(total, Ordering::Relaxed);
        self.inner.done.store(0, Ordering::Relaxed);
    }

    /// Records one step; an error if the job was canceled.
    pub fn step(&self) -> Result<(), Cancelled> {
        self.inner.done.fetch_add(1, Ordering::Relaxed);
        self.check()
    }

    /// Records that `done` steps are done; an error if the job was canceled.
    pub fn reach(&self, done: u64) -> Result<(), Cancelled> {
        self.inner.done.store(done, Ordering::Relaxed);
        self.check()
    }

    /// An error if the job was canceled.
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Cancels the job.
    pub fn cancel(&self) {
        self.inner.cancelled.store(true, Ordering::Relaxed);
    }

    /// True if the job was canceled.
    pub fn cancelled(&self) -> bool {
        self.inner.cancelled.load(Ordering::Relaxed)
    }

    /// Steps done and steps in all; the second is 0 while the total is unknown.
    pub fn state(&self) -> (u64, u64) {
        (self.inner.done.load(Ordering::Relaxed), self.inner.total.load(Ordering::Relaxed))
    }
}
