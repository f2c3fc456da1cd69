//! Work without the GIL that Ctrl+C interrupts.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use hardcase::base::errors::quietly;
use pyo3::prelude::*;

use crate::errors::error;

/// Interval at which the calling thread looks for signals.
const LOOK: Duration = Duration::from_millis(30);

/// Number of works that were interrupted and have not ended yet.
static ENDING: AtomicU64 = AtomicU64::new(0);

/// True while interrupted work is about to end; who waits for a callable gives up then.
pub(crate) fn ending() -> bool {
    ENDING.load(Ordering::SeqCst) > 0
}

/// Runs work on a thread of its own without the GIL. At a signal `cancel` is called, the work is waited for, and the exception of
/// the signal's handler is raised, which is `KeyboardInterrupt` for Ctrl+C. A panic of the work is an error.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    cancel: impl Fn() + Sync,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    let mut interrupted = None;
    let outcome = std::thread::scope(|scope| {
        let (tell, told) = channel::<()>();
        let told = std::sync::Mutex::new(told);
        let thread = scope.spawn(move || {
            let outcome = quietly(work);
            drop(tell);
            outcome
        });
        loop {
            let over: Result<(), RecvTimeoutError> = py.detach(|| {
                told.lock().map_or(Err(RecvTimeoutError::Disconnected), |told| told.recv_timeout(LOOK))
            });
            if over != Err(RecvTimeoutError::Timeout) {
                break;
            }
            if interrupted.is_none()
                && let Err(signal) = py.check_signals()
            {
                interrupted = Some(signal);
                ENDING.fetch_add(1, Ordering::SeqCst);
                cancel();
            }
        }
        py.detach(|| thread.join()).unwrap_or_else(|panic| resume_unwind(panic))
    });
    match interrupted {
        Some(signal) => {
            ENDING.fetch_sub(1, Ordering::SeqCst);
            Err(signal)
        }
        None => outcome.map_err(error),
    }
}
