//! The whole program without a window: state, commands that change it, and work in the background.
//!
//! One turn: [`App::poll`] takes in finished work, a front end reads `&App` and collects [`Command`]s, then

//! each is given to [`App::dispatch`]. Whatever a click does, a test and a script can do.

use std::sync::Arc;

use crate::base::errors::told;
use crate::base::remote::is_remote;
use crate::base::time::Span;
use crate::data::clip::ChannelId;
use crate::imaging::look::Look;
use crate::project::Project;

use command::Command;
use jobs::{JobKind, Jobs};
use notices::Notices;
use replay::thumbnails;
use session::Session;

pub mod command;
pub mod evaluate;
pub mod explore;
pub mod findings;
pub mod guard;
pub mod jobs;
pub mod label;
pub mod model;
pub mod notices;
pub mod open;
pub mod price;
pub mod replay;
pub mod samples;
pub mod session;
pub mod suites;
pub mod table;
pub mod tour;
mod workspace;

pub use open::project::OpenProject;
pub use workspace::Workspace;

/// The state of the program.
pub struct App {
    /// Everything that belongs to the open project; replaced as a whole when that is closed.
    pub open: OpenProject,
    /// The workspace that is shown.
    pub workspace: Workspace,
    /// Work in the background.
    pub jobs: Jobs,
    /// Messages for people.
    pub notices: Notices,
    /// Settings and places that are remembered between runs.
    pub session: Session,
    /// The tour, while it is taken.
    pub tour: Option<tour::Tour>,
    /// True if a model predicts along the recording on request only, not as soon as it is loaded.
    pub only_when_asked: bool,
    /// The server that runs new models, until the program ends or another backend is chosen.
    server: Option<String>,
    /// Called from other threads when there is something to take in.
    waker: Arc<dyn Fn() + Send + Sync>,
}

/// Error of a command that needs a recording while none is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("open a recording first")]
pub struct NoRecording;

impl OpenProject {
    fn want_thumbnails(&self, camera: ChannelId, pictures: &[usize]) {
        // Each of them would fetch a part of a remote recording.
        let Some(open) = self.clip.as_ref().filter(|open| !is_remote(&open.path)) else { return };
        self.thumbnails.want(pictures.iter().map(|index| {
            let (clip, index) = (Arc::clone(&open.clip), *index);
            let small = move || {
                // Scans have no image; they are drawn from above.
                let drawn = || clip.input(camera, index).map(|input| Look::of(&input).draw(&input));
                let picture = clip.preview(camera, index).or_else(|_| drawn()).ok()?;
                Some(picture.thumbnail(thumbnails::SIDE))
            };
            ((open.id, camera, index), Arc::new(small) as thumbnails::Maker)
        }));
    }
}

impl App {
    /// The program with nothing open. `waker` is called from other threads when there is something to take in.
    pub fn new(session: Session, waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let mut jobs = Jobs::new(Arc::clone(&waker));
        let mut app = Self {
            open: OpenProject::nothing(jobs.begin_opening(), &waker),
            workspace: Workspace::default(),
            jobs,
            notices: Notices::default(),
            session,
            tour: None,
            only_when_asked: false,
            server: None,
            waker,
        };
        app.recall_first_run();
        app
    }

    /// The open project.
    pub fn project(&self) -> Option<&Project> {
        self.open.project()
    }

    /// Takes in what other threads finished and lets `elapsed` time pass.
    pub fn poll(&mut self, elapsed: Span) {
        self.take_mail();
        if let Err(err) = self.open.follow_others() {
            // Somebody is in the middle of writing; the next poll sees it whole.
            log::debug!("the project cannot be read again yet: {}", told(&err));
        }
        self.open.follow_missing();
        self.follow_clip();
        self.open.playback.advance(elapsed);
        self.open.explore.glance.advance(elapsed);
        self.open.playback.note_direction();
        self.open.follow_playhead();
        self.open.request_frames();
        self.open.want_messages(|| self.jobs.outbox());
        self.open.follow_motions();
        self.refresh_explore();
        self.follow_guard();
    }

    /// Run a command. An error becomes a notification.
    pub fn dispatch(&mut self, command: Command) {
        let outcome = match command {
            Command::Open(command) => self.open(command),
            Command::Play(command) => {
                self.play(command);
                Ok(())
            }
            Command::Label(command) => self.label(command),
            Command::Exchange(command) => self.exchange(command),
            Command::Model(command) => self.model(command),
            Command::Explore(command) => self.explore(command),
            Command::Findings(command) => self.find(command),
            Command::Mine(command) => self.mine(command),
            Command::Evaluate(command) => self.evaluate(command),
            Command::Guard(command) => self.guard(command),
            Command::Price(command) => self.price(command),
            Command::Session(command) => {
                self.change_session(command);
                Ok(())
            }
            Command::Suite(command) => self.suite(command),
            Command::Thumbnails { camera, pictures } => {
                self.open.want_thumbnails(camera, &pictures);
                Ok(())
            }
            Command::Tour(command) => {
                self.change_tour(command);
                Ok(())
            }
            Command::Tiles(command) => self.change_tiles(command),
            Command::Arrange(views) => {
                if let Some(open) = &mut self.open.clip {
                    open.views = views;
                }
                Ok(())
            }
            Command::Plot { signal, shown } => {
                if let Some(open) = &mut self.open.clip {
                    open.plots.insert(signal, shown);
                }
                Ok(())
            }
            Command::Show(workspace) => {
                self.workspace = workspace;
                Ok(())
            }
        };
        if let Err(err) = outcome {
            let opening = self.jobs.is_running(JobKind::OpenRecording) && err.is::<NoRecording>();
            self.notices.error(if opening {
                "the recording is still being opened, try again in a moment".to_owned()
            } else {
                told(&err)
            });
        }
        self.open.playback.note_direction();
        self.open.request_frames();
        self.refresh_explore();
    }

    /// Carries out several commands in order.
    pub fn dispatch_all(&mut self, commands: impl IntoIterator<Item = Command>) {
        for command in commands {
            self.dispatch(command);
        }
    }

    /// Lets background work finish; for scripts and tests. Gives up when nothing changes for `patience` polls.
    pub fn settle(&mut self, patience: usize) {
        let mut idle = 0;
        while idle < patience {
            self.poll(Span(0));
            if self.busy() {
                idle = 0;
            } else {
                idle += 1;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// True while another thread works for this program.
    pub fn busy(&self) -> bool {
        self.jobs.any()
            || self.open.frames.busy()
            || self.open.thumbnails.busy()
            || self.open.findings.busy()
            || self.open.evaluate.pictures.busy()
            || self.open.evaluate.texts.busy()
            || self.open.explore.busy()
            || self.open.clip.as_ref().is_some_and(|open| open.messages.busy())
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Who leaves in the middle of loading a model did not crash.
        self.end_first_run();
    }
}
