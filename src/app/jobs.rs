//! Threads, and the way back from them: a job sends closures that the next poll runs on the program, as long as the project
//! that was open when the job began is still open.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use crate::app::App;
use crate::app::notices::{Level, Notice};
use crate::base::errors::{panic_text, told};
use crate::base::pace::Pace;
use crate::base::progress::Progress;

/// The kinds of work; starting another job of the same kind stops the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Opens a recording.
    OpenRecording,
    /// Copies a project.
    CopyProject,
    /// Searches for missing files.
    FindFiles,
    /// Reads the stamps in the headers of a channel.
    HeaderStamps,
    /// Indexes a recording.
    Index,
    /// Reads labels from a file, or imports them.
    ImportLabels,
    /// Looks for what a label format cannot hold.
    CheckExport,
    /// Writes labels into a file.
    ExportLabels,
    /// Compares the labels of two people.
    Agreement,
    /// Looks for labels that seem wrong.
    LabelIssues,
    /// Fits a cuboid around points.
    FitCuboid,
    /// Loads a model.
    LoadModel,
    /// Loads an image-to-image model.
    LoadImageModel,
    /// Fetches ONNX Runtime.
    FetchRuntime,
    /// Measures the model and counts predictions.
    Price,
    /// Predicts along the recording.
    Predict,
    /// Computes a saliency map.
    Saliency,
    /// Runs the model with another backend and compares.
    Differential,
    /// Runs the model once on any input.
    SingleRun,
    /// Computes the difference of two images.
    Difference,
    /// Draws the severity curve.
    Curve,
    /// Looks for the smallest failing severity.
    TippingPoint,
    /// Minimizes a failing stack.
    Minimize,
    /// Computes criticality and tracks of the recording.
    Derive,
    /// Computes curves of formulas.
    Formulas,
    /// Mines the recording for moments that nobody tagged.
    Mine,
    /// Sweeps or searches for failures.
    Sweep,
    /// Evaluates the model on everything that is labeled.
    Evaluate,
    /// Computes confidence intervals.
    Intervals,
    /// Reads predictions from a file.
    ImportPredictions,
    /// Computes the embedding map.
    Embeddings,
    /// Evaluates another model on the same labels.
    CompareModels,
    /// Attacks the model.
    Attack,
    /// Reads, imports or saves a suite of texts.
    TextSuite,
    /// Runs a model on a suite of texts.
    TextRun,
    /// Suggests words for a template.
    TextSuggest,
    /// Computes rates by group.
    Fairness,
    /// Looks at the sources of bias, or writes the model card.
    ModelCard,
    /// Writes a report.
    ExportReport,
    /// Attacks the frame on screen.
    AttackStep,
    /// Finds out which attacks fit the model.
    AttackSupport,
    /// Prepares a human check.
    Glance,
    /// Fits a reference set.
    Reference,
    /// Validates the frame on screen.
    GuardFrame,
    /// Validates failures.
    GuardFailures,
    /// Scores evaluated samples.
    GuardSamples,
    /// Scores a recording.
    GuardRecording,
    /// Exports samples for training.
    ExportSamples,
    /// Runs a suite.
    RunSuite,
    /// Makes the images of a case.
    PreviewCase,
    /// Writes a suite into a folder.
    ExportSuite,
}

impl JobKind {
    /// True for work on the recording on screen: its results mean nothing for another recording.
    fn about_recording(self) -> bool {
        matches!(
            self,
            Self::HeaderStamps
                | Self::Index
                | Self::LabelIssues
                | Self::FitCuboid
                | Self::Predict
                | Self::Price
                | Self::Saliency
                | Self::Differential
                | Self::Derive
                | Self::Formulas
                | Self::Mine
                | Self::Sweep
                | Self::AttackStep
                | Self::GuardFrame
                | Self::GuardFailures
                | Self::GuardRecording
                | Self::Glance
        )
    }
}

/// The number of an opening: from one closing of a project to the next. Only [`Jobs`] makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening(u64);

impl Opening {
    /// A number above all that were counted up from that of an opening before.
    pub(super) fn first_number(self) -> u64 {
        self.0 << 32
    }
}

/// A change that a job makes to the program.
pub(super) type Update = Box<dyn FnOnce(&mut App) + Send>;

/// Something that has to be open still when a result arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scope {
    opening: Opening,
    /// Number of the recording on screen; none if the result does not depend on it.
    recording: Option<u64>,
}

/// Something on its way from a job to the program.
enum Mail {
    /// A result; it counts only while what it belongs to is open.
    Result(Scope, Update),
    /// A message for people, whatever is open.
    Notice(Notice),
    /// The end of a job, and what to tell of it.
    End(u64, Option<Notice>),
}

/// Takes the results of a job.
#[derive(Clone)]
pub struct Outbox {
    scope: Scope,
    sender: Sender<Mail>,
    waker: Arc<dyn Fn() + Send + Sync>,
}

impl Outbox {
    /// Has something done at the next poll, unless the project, or the recording that the job is about, was closed by then.
    pub fn send(&self, update: impl FnOnce(&mut App) + Send + 'static) {
        self.post(Mail::Result(self.scope, Box::new(update)));
    }

    /// Tells people what is done on disk, also after the project was closed.
    pub fn done(&self, text: impl Into<String>) {
        self.post(Mail::Notice(Notice { level: Level::Done, text: text.into() }));
    }

    fn post(&self, mail: Mail) {
        // When nobody listens any more, the program is ending and the result is not needed.
        if self.sender.send(mail).is_ok() {
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
    /// The kind of work.
    pub kind: JobKind,
    /// The opening that its results belong to.
    pub opening: Opening,
    /// Its progress.
    pub progress: Progress,
    /// Start of the job; it is shown only after a moment.
    pub begun: Instant,
    /// Times of its steps.
    pace: Pace,
}

impl Job {
    /// Seconds until the job ends, as far as its steps tell.
    pub fn left_secs(&self) -> Option<f64> {
        let (_, total) = self.progress.state();
        self.pace.left_secs(self.begun.elapsed().as_secs_f64(), total)
    }
}

/// The running work.
pub struct Jobs {
    running: Vec<Job>,
    next_id: u64,
    /// Number of the recording on screen.
    recording: u64,
    outbox: Outbox,
    inbox: Receiver<Mail>,
}

impl Jobs {
    pub(super) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (sender, inbox) = channel();
        let scope = Scope { opening: Opening(0), recording: None };
        let outbox = Outbox { scope, sender, waker };
        Self { running: Vec::new(), next_id: 0, recording: 0, outbox, inbox }
    }

    /// The current opening.
    pub fn opening(&self) -> Opening {
        self.outbox.scope.opening
    }

    /// Begins another opening: every job is asked to stop, and what one still sends is thrown away.
    pub(super) fn begin_opening(&mut self) -> Opening {
        for job in &self.running {
            job.progress.cancel();
        }
        self.outbox.scope.opening.0 += 1;
        self.opening()
    }

    /// Begins with another recording on screen: jobs about the one before are asked to stop, and what they still send is thrown
    /// away.
    pub(super) fn begin_recording(&mut self) {
        for job in self.running.iter().filter(|job| job.kind.about_recording()) {
            job.progress.cancel();
        }
        self.recording += 1;
    }

    fn is_open(&self, scope: Scope) -> bool {
        scope.opening == self.opening() && scope.recording.is_none_or(|number| number == self.recording)
    }

    /// The running jobs, oldest first.
    pub fn running(&self) -> &[Job] {
        &self.running
    }

    /// True while any job runs.
    pub fn any(&self) -> bool {
        !self.running.is_empty()
    }

    /// True if a job of this kind is running for the open project.
    pub fn is_running(&self, kind: JobKind) -> bool {
        self.running.iter().any(|job| job.kind == kind && job.opening == self.opening())
    }

    /// Asks the jobs of a kind to stop.
    pub fn cancel(&self, kind: JobKind) {
        for job in self.running.iter().filter(|job| job.kind == kind) {
            job.progress.cancel();
        }
    }

    pub(super) fn outbox(&self) -> Outbox {
        self.outbox.clone()
    }

    /// Start work on a thread of its own. An error or a panic becomes a notification; a canceled job is silent.
    pub(super) fn spawn(
        &mut self,
        kind: JobKind,
        title: impl Into<String>,
        work: impl FnOnce(&Progress, &Outbox) -> anyhow::Result<()> + Send + 'static,
    ) {
        self.cancel(kind);
        let (id, title, progress) = (self.next_id, title.into(), Progress::default());
        self.next_id += 1;
        let mut outbox = self.outbox();
        outbox.scope.recording = kind.about_recording().then_some(self.recording);
        let job = Job {
            id,
            title: title.clone(),
            kind,
            opening: outbox.scope.opening,
            progress: progress.clone(),
            begun: Instant::now(),
            pace: Pace::default(),
        };
        let thread = std::thread::Builder::new().name(format!("{kind:?}")).spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&progress, &outbox)));
            let text = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(_)) if progress.cancelled() => None,
                Ok(Err(err)) => Some(told(&err)),
                Err(panic) => {
                    let text = panic_text(&*panic);
                    Some(format!("{title}: internal error, the job was stopped: {text}"))
                }
            };
            outbox.post(Mail::End(id, text.map(|text| Notice { level: Level::Error, text })));
        });
        if thread.is_ok() {
            self.running.push(job);
        }
    }
}

impl App {
    /// Takes in what jobs sent since the last poll. The result of a job of another opening, or about another
    /// recording, is thrown away.
    pub(super) fn take_mail(&mut self) {
        for job in &mut self.jobs.running {
            let (done, _) = job.progress.state();
            job.pace.note(job.begun.elapsed().as_secs_f64(), done);
        }
        let mails: Vec<Mail> = self.jobs.inbox.try_iter().collect();
        for mail in mails {
            match mail {
                Mail::Result(scope, update) if self.jobs.is_open(scope) => update(self),
                Mail::Result(..) => {}
                Mail::Notice(notice) => self.notices.push(notice),
                Mail::End(id, notice) => {
                    self.jobs.running.retain(|job| job.id != id);
                    if let Some(notice) = notice {
                        self.notices.push(notice);
                    }
                }
            }
        }
    }

    /// Threads for work that somebody waits for.
    pub(super) fn threads() -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    /// Threads for work that goes on for long: one processor is left to the window.
    pub(super) fn spare_threads() -> usize {
        Self::threads().saturating_sub(1).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::session::Session;

    /// Notices of results that arrive after another recording was shown.
    fn arriving_late(kind: JobKind) -> usize {
        let mut app = App::new(Session::default(), Arc::new(|| {}));
        let (release, held) = channel::<()>();
        app.jobs.spawn(kind, "held", move |_, outbox| {
            held.recv()?;
            outbox.send(|app| app.notices.warning("taken"));
            Ok(())
        });
        app.jobs.begin_recording();
        release.send(()).unwrap();
        while app.jobs.any() {
            app.take_mail();
            std::thread::yield_now();
        }
        app.notices.list().len()
    }

    #[test]
    fn results_about_another_recording_are_thrown_away() {
        assert_eq!(arriving_late(JobKind::LabelIssues), 0);
        assert_eq!(arriving_late(JobKind::Predict), 0);
        assert_eq!(arriving_late(JobKind::Evaluate), 1);
    }
}
