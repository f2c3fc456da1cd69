//! Work on several threads with results in order, independent of the number of threads.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, PoisonError, mpsc};

/// Results that may be finished ahead of their turn, for each thread.
const AHEAD: usize = 2;

#[derive(Default)]
struct Turn {
    /// The next item to work on.
    next: usize,
    /// The item whose result is taken next.
    taken: usize,
    stopped: bool,
}

/// Computes `count` results on several threads and passes them to `take` on this one, in order.
///
/// An error of `take` ends the work. Threads that are far ahead wait, so that few results are in memory at the same time.
pub fn in_order<T: Send, E>(
    count: usize,
    threads: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(usize, T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, count.max(1));
    let state = (Mutex::new(Turn::default()), Condvar::new());
    let lock = || state.0.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        let (send, results) = mpsc::channel();
        for _ in 0..threads {
            let (send, make, lock, changed) = (send.clone(), &make, &lock, &state.1);
            scope.spawn(move || {
                // A panic must not leave the others waiting.
                let _on_panic = Stop(&|| {
                    if std::thread::panicking() {
                        lock().stopped = true;
                        changed.notify_all();
                    }
                });
                loop {
                    let mut turn = lock();
                    while turn.next < count && turn.next >= turn.taken + threads * AHEAD && !turn.stopped {
                        turn = changed.wait(turn).unwrap_or_else(PoisonError::into_inner);
                    }
                    if turn.next >= count || turn.stopped {
                        break;
                    }
                    let item = turn.next;
                    turn.next += 1;
                    drop(turn);
                    if send.send((item, make(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        // All threads stop, on success and on error.
        let _at_end = Stop(&|| {
            lock().stopped = true;
            state.1.notify_all();
        });
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (item, result) in results {
            early.insert(item, result);
            while let Some(result) = early.remove(&turn) {
                take(turn, result)?;
                turn += 1;
                lock().taken = turn;
                state.1.notify_all();
            }
        }
        Ok(())
    })
}

/// Runs a closure on drop.
struct Stop<'a>(&'a dyn Fn());

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_on_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let make = |i: usize| {
                // The even ones take longer.
                (0..(1 - i % 2) * 20_000).fold(i, |sum, n| std::hint::black_box(sum ^ n ^ n))
            };
            let done: Result<(), ()> = in_order(100, threads, make, |i, value| {
                assert_eq!(i, value);
                seen.push(i);
                Ok(())
            });
            assert_eq!((done, seen), (Ok(()), (0..100).collect::<Vec<_>>()));
        }
        assert_eq!(in_order(0, 3, |i| i, |_, _| Err(())), Ok(()));
    }

    #[test]
    fn an_error_ends_it_and_few_results_wait() {
        let made = std::sync::atomic::AtomicUsize::new(0);
        let make = |i: usize| made.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + i;
        let stopped = in_order(10_000, 2, make, |i, _| if i == 5 { Err("enough") } else { Ok(()) });
        assert_eq!(stopped, Err("enough"));
        assert!(made.into_inner() <= 6 + 2 * AHEAD + 2);
    }
}
