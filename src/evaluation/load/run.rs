//! Requests at a rate over many connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::progress::{Cancelled, Progress};
use crate::evaluation::load::stage::Request;

/// Longest sleep before a look at whether the test was cancelled.
const NAP: Duration = Duration::from_millis(50);

/// A request that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RequestError {
    /// The reason in a sentence.
    pub what: String,
}

/// Sends a request at each of these moments, `ask` with its number, over at most so many connections. Blocks until all are
/// done; the results are in the order of the moments.
///
/// # Errors
///
/// If it was cancelled; requests that are under way are finished before.
pub fn stage(
    moments: &[Duration],
    connections: usize,
    progress: &Progress,
    ask: &(impl Fn(usize) -> Result<(), RequestError> + Sync),
) -> Result<Vec<Request>, Cancelled> {
    let begun = Instant::now();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Request)>> = Mutex::new(Vec::with_capacity(moments.len()));
    let connection = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(due) = moments.get(number).copied() else { return Ok(()) };
            while let Some(left) = due.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
                progress.check()?;
                std::thread::sleep(left.min(NAP));
            }
            progress.check()?;
            let sent = begun.elapsed();
            let error = ask(number).err().map(|err| err.what);
            let request = Request { due, sent, done: begun.elapsed(), error };
            done.lock().unwrap_or_else(PoisonError::into_inner).push((number, request));
            progress.step()?;
        }
    };
    std::thread::scope(|scope| {
        let connections = connections.clamp(1, moments.len().max(1));
        let running: Vec<_> = (0..connections).map(|_| scope.spawn(connection)).collect();
        running.into_iter().map(|one| one.join().unwrap_or(Ok(()))).collect::<Result<Vec<()>, Cancelled>>()
    })?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, request)| request).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_sent_once_and_none_before_it_is_due() {
        let moments: Vec<Duration> = (0..40).map(Duration::from_millis).collect();
        let asked = Mutex::new(Vec::new());
        let ask = |number: usize| {
            asked.lock().unwrap().push(number);
            if number == 7 { Err(RequestError { what: "broken".to_owned() }) } else { Ok(()) }
        };
        let requests = stage(&moments, 4, &Progress::default(), &ask).unwrap();
        let mut asked = asked.into_inner().unwrap();
        asked.sort_unstable();
        assert_eq!(asked, (0..40).collect::<Vec<_>>());
        assert!(requests.iter().zip(&moments).all(|(one, due)| one.due == *due && one.sent >= *due));
        assert!(requests.iter().all(|one| one.done >= one.sent));
        let errors: Vec<usize> = (0..40).filter(|at| requests[*at].error.is_some()).collect();
        assert_eq!(errors, [7]);
    }

    #[test]
    fn a_cancelled_test_ends() {
        let progress = Progress::default();
        progress.cancel();
        let far = [Duration::from_hours(1)];
        assert!(stage(&far, 1, &progress, &|_| Ok(())).is_err());
    }
}
