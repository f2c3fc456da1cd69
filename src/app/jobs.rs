//! Threads, and the way back from them: a job sends closures that the next poll runs on the program.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::app::App;
use crate::base::errors::told;
use crate::base::progress::Progress;

/// Change of the program that a thread asks for.
pub type Update = Box<dyn FnOnce(&mut App) + Send>;

/// Queue of a thread for its updates.
#[derive(Clone)]
pub struct Outbox {
    sender: Sender<Update>,
    waker: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// Has something done at the next poll.
    pub fn send(&self, update: impl FnOnce(&mut App) + Send + 'static) {
        // When nobody listens any more, the program is ending and the result is not needed.
        if self.sender.send(Box::new(update)).is_ok() {
            (self.waker)();
        }
    }
}

/// One piece of work that people can watch and stop.
pub struct Job {
    /// Number within this run.
    pub id: u64,
    /// Title for people.
    pub title: String,
    /// Kind of job; starting another of the same kind stops this one.
    pub kind: &'static str,
    /// Its progress.
    pub progress: Progress,
    /// Start of the job; it is shown only after a moment.
    pub begun: Instant,
}

/// The running work.
pub struct Jobs {
    running: Vec<Job>,
    next_id: u64,
    outbox: Outbox,
    inbox: Receiver<Update>,
}

impl Jobs {
    pub(super) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (sender, inbox) = channel();
        Self { running: Vec::new(), next_id: 0, outbox: Outbox { sender, waker }, inbox }
    }

    /// The running jobs, oldest first.
    pub fn running(&self) -> &[Job] {
        &self.running
    }

    /// True while any job runs.
    pub fn any(&self) -> bool {
        !self.running.is_empty()
    }

    /// True while a job of this kind runs.
    pub fn is_running(&self, kind: &str) -> bool {
        self.running.iter().any(|job| job.kind == kind)
    }

    /// Asks the jobs of a kind to stop.
    pub fn cancel(&self, kind: &str) {
        for job in self.running.iter().filter(|job| job.kind == kind) {
            job.progress.cancel();
        }
    }

    pub(super) fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    pub(super) fn updates(&self) -> Vec<Update> {
        self.inbox.try_iter().collect()
    }

    /// Start work on a thread of its own. An error or a panic becomes a notification; a canceled job is silent.
    pub(super) fn spawn(
        &mut self,
        kind: &'static str,
        title: impl Into<String>,
        work: impl FnOnce(&Progress, &Outbox) -> anyhow::Result<()> + Send + 'static,
    ) {
        self.cancel(kind);
        let (id, title, progress) = (self.next_id, title.into(), Progress::default());
        self.next_id += 1;
        let job = Job { id, title: title.clone(), kind, progress: progress.clone(), begun: Instant::now() };
        let outbox = self.outbox.clone();
        let thread = std::thread::Builder::new().name(kind.to_owned()).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&progress, &outbox)));
            outbox.send(move |app| {
                app.jobs.running.retain(|job| job.id != id);
                match outcome {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) if progress.cancelled() => {}
                    Ok(Err(err)) => app.notices.error(told(&err)),
                    Err(panic) => {
                        let text = panic.downcast_ref::<String>().map(String::as_str);
                        let text =
                            text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                        app.notices.error(format!("{title}: internal error, the job was stopped: {text}"));
                    }
                }
            });
        });
        if thread.is_ok() {
            self.running.push(job);
        }
    }
}

impl App {
    /// Threads for work that somebody waits for.
    pub(super) fn threads() -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// Threads for work that goes on for long: one processor is left to the window.
    pub(super) fn spare_threads() -> usize {
        Self::threads().saturating_sub(1).max(1)
    }
}
