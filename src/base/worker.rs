//! A thread that does what is wanted now, most urgent first, and forgets what nobody wants any more.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::base::errors::panic_text;

struct Queue<K, T> {
    wanted: VecDeque<(K, T)>,
    current: Option<K>,
    ended: bool,
}

struct Shared<K, T> {
    queue: Mutex<Queue<K, T>>,
    changed: Condvar,
}

impl<K, T> Shared<K, T> {
    fn lock(&self) -> MutexGuard<'_, Queue<K, T>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread with a list of tasks by key; dropping it ends the thread after the task in progress.
pub struct Worker<K, T> {
    shared: Arc<Shared<K, T>>,
}

impl<K, T> Worker<K, T> {
    /// Replaces all tasks that wait, the most urgent first. The task in progress goes on and is not begun again.
    pub fn want(&self, tasks: impl IntoIterator<Item = (K, T)>)
    where
        K: PartialEq,
    {
        let mut queue = self.shared.lock();
        let current = queue.current.take();
        queue.wanted = tasks.into_iter().filter(|(key, _)| current.as_ref() != Some(key)).collect();
        queue.current = current;
        self.shared.changed.notify_one();
    }

    /// True if a task waits or is in progress.
    pub fn busy(&self) -> bool {
        let queue = self.shared.lock();
        queue.current.is_some() || !queue.wanted.is_empty()
    }
}

impl<K: Clone + Send + 'static, T: Send + 'static> Worker<K, T> {
    /// Starts a thread that gives every task to `work`, together with a test of whether another task waits by now.
    ///
    /// A task that panics ends alone: `failed` is told its key and the message. `waker` is called after every task.
    pub fn new(
        name: &str,
        mut work: impl FnMut(&K, T, &dyn Fn() -> bool) + Send + 'static,
        mut failed: impl FnMut(&K, String) + Send + 'static,
        waker: impl Fn() + Send + 'static,
    ) -> Self {
        let queue = Queue { wanted: VecDeque::new(), current: None, ended: false };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), changed: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let overtaken = || !theirs.lock().wanted.is_empty();
            while let Some((key, task)) = theirs.next() {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(&key, task, &overtaken))) {
                    let problem = format!("internal error: {}", panic_text(&*panic));
                    log::error!("{problem}");
                    failed(&key, problem);
                }
                theirs.lock().current = None;
                waker();
            }
        });
        if let Err(err) = thread {
            log::error!("could not start the thread {name:?}: {err}");
        }
        Self { shared }
    }
}

impl<K: Clone, T> Shared<K, T> {
    /// Waits for a task; none when the thread is to end.
    fn next(&self) -> Option<(K, T)> {
        let mut queue = self.lock();
        loop {
            if queue.ended {
                return None;
            }
            if let Some((key, task)) = queue.wanted.pop_front() {
                queue.current = Some(key.clone());
                return Some((key, task));
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<K, T> Drop for Worker<K, T> {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.ended = true;
        queue.wanted.clear();
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// A worker whose tasks wait for a word, and what it says and is told.
    struct Bench {
        worker: Worker<u32, &'static str>,
        go: Sender<()>,
        said: Receiver<String>,
        woken: Receiver<()>,
    }

    fn bench() -> Bench {
        let (go, gone) = channel::<()>();
        let (say, said) = channel();
        let (wake, woken) = channel();
        let failures = say.clone();
        let worker = Worker::new(
            "bench",
            move |key: &u32, task: &'static str, overtaken| {
                say.send(format!("{key} begins")).unwrap();
                gone.recv().unwrap();
                assert!(task != "bad", "a bad task");
                say.send(format!("{key} {task}{}", if overtaken() { ", overtaken" } else { "" })).unwrap();
            },
            move |key, problem| failures.send(format!("{key} {problem}")).unwrap(),
            move || wake.send(()).unwrap(),
        );
        Bench { worker, go, said, woken }
    }

    #[test]
    fn what_is_wanted_now_replaces_what_was_wanted_before() {
        let Bench { worker, go, said, woken } = bench();
        worker.want([(1, "one"), (2, "two"), (3, "three")]);
        assert_eq!(said.recv().unwrap(), "1 begins");
        assert!(worker.busy());
        // The first is in progress and is not begun again, the second is forgotten.
        worker.want([(1, "one"), (4, "four"), (3, "three")]);
        for _ in 0..3 {
            go.send(()).unwrap();
            woken.recv().unwrap();
        }
        let all: Vec<String> = said.try_iter().collect();
        assert_eq!(all, ["1 one, overtaken", "4 begins", "4 four, overtaken", "3 begins", "3 three"]);
        assert!(!worker.busy());
    }

    #[test]
    fn a_panic_is_reported_and_the_next_task_is_done() {
        let Bench { worker, go, said, woken } = bench();
        worker.want([(1, "bad"), (2, "good")]);
        for _ in 0..2 {
            go.send(()).unwrap();
            woken.recv().unwrap();
        }
        let all: Vec<String> = said.try_iter().collect();
        assert_eq!(all, ["1 begins", "1 internal error: a bad task", "2 begins", "2 good"]);
        assert!(!worker.busy());
    }

    #[test]
    fn the_thread_ends_with_its_worker() {
        let Bench { worker, go, said, woken } = bench();
        worker.want([(1, "one"), (2, "two")]);
        assert_eq!(said.recv().unwrap(), "1 begins");
        drop(worker);
        go.send(()).unwrap();
        woken.recv().unwrap();
        assert_eq!(said.iter().collect::<Vec<_>>(), ["1 one"]);
    }
}
