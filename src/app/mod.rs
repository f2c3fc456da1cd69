//! The whole program without a window: state, commands that change it, and work in the background.
//!
//! One turn: [`App::poll`] takes in finished work, a front end reads `&App` and collects [`Command`]s, then
//! each is given to [`App::dispatch`]. Whatever a click does, a test and a script can do.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::errors::told;
use crate::base::time::Span;
use crate::data::clip::ChannelId;
use crate::imaging::look::Look;
use crate::project::Project;
use crate::project::editor::ProjectEditor;

use command::Command;
use evaluate::Measure;
use explore::Explore;
use findings::Findings;
use jobs::Jobs;
use label::Labelling;
use model::Models;
use notices::Notices;
use replay::frames::Frames;
use replay::open_clip::OpenClip;
use replay::playback::Playback;
use replay::thumbnails::{self, Thumbnails};
use session::Session;
use suites::Suites;

pub mod command;
pub mod evaluate;
pub mod explore;
pub mod findings;
pub mod jobs;
pub mod label;
pub mod model;
pub mod notices;
pub mod open;
pub mod replay;
pub mod samples;
pub mod session;
pub mod suites;
pub mod table;

/// The pages of the window; they share clip, playhead and selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workspace {
    /// Watch and tag.
    #[default]
    Label,
    /// Change the input and compare.
    Explore,
    /// Search for failures.
    Findings,
    /// Cases kept so far.
    Suites,
    /// Quality of the model on labeled data.
    Measure,
}

/// The state of the program.
pub struct App {
    /// The open project, with its past.
    pub editor: Option<ProjectEditor>,
    /// The open recording.
    pub clip: Option<OpenClip>,
    /// The playhead.
    pub playback: Playback,
    /// Decoded frames.
    pub frames: Frames,
    /// Small ones for the timeline.
    pub thumbnails: Thumbnails,
    /// State of labeling.
    pub labelling: Labelling,
    /// Labels on their way in or out.
    pub exchange: label::exchange::Exchange,
    /// The loaded model and its predictions.
    pub models: Models,
    /// The current transform stack and its results.
    pub explore: Explore,
    /// Results of sweeps.
    pub findings: Findings,
    /// Evaluation of the model.
    pub measure: Measure,
    /// Cases kept, and their verdicts.
    pub suites: Suites,
    /// The shown workspace.
    pub workspace: Workspace,
    /// Work in the background.
    pub jobs: Jobs,
    /// Notifications.
    pub notices: Notices,
    /// Settings that persist between runs.
    pub session: Session,
    /// Recordings shown since the start; no two share a number, so that caches never mix them up.
    opened: u64,
}

impl App {
    /// The program with nothing open. `waker` is called from other threads when there is something to take in.
    pub fn new(session: Session, waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        let mut app = Self {
            editor: None,
            clip: None,
            playback: Playback::default(),
            frames: Frames::new(Arc::clone(&waker)),
            thumbnails: Thumbnails::new(Arc::clone(&waker)),
            labelling: Labelling::default(),
            exchange: label::exchange::Exchange::default(),
            models: Models::default(),
            explore: Explore::default(),
            findings: Findings::new(Arc::clone(&waker)),
            measure: Measure::new(Arc::clone(&waker)),
            suites: Suites::default(),
            workspace: Workspace::default(),
            jobs: Jobs::new(waker),
            notices: Notices::default(),
            session,
            opened: 0,
        };
        app.recall_trying();
        app
    }

    /// The open project.
    pub fn project(&self) -> Option<&Project> {
        self.editor.as_ref().map(ProjectEditor::project)
    }

    /// Takes in what other threads finished and lets `elapsed` time pass.
    pub fn poll(&mut self, elapsed: Span) {
        for update in self.jobs.updates() {
            update(self);
        }
        if let Err(err) = self.follow_others() {
            // Somebody is in the middle of writing; the next poll sees it whole.
            log::debug!("the project cannot be read again yet: {}", told(&err));
        }
        self.follow_clip();
        self.playback.advance(elapsed);
        self.playback.note_direction();
        self.follow_playhead();
        self.request_frames();
        self.follow_motions();
        self.refresh_explore();
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
            Command::Measure(command) => self.measure(command),
            Command::Suite(command) => self.suite(command),
            Command::Thumbnails { camera, pictures } => {
                self.want_thumbnails(camera, &pictures);
                Ok(())
            }
            Command::Arrange(views) => {
                if let Some(open) = &mut self.clip {
                    open.views = views;
                }
                Ok(())
            }
            Command::Plot { signal, shown } => {
                if let Some(open) = &mut self.clip {
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
            self.notices.error(told(&err));
        }
        self.playback.note_direction();
        self.request_frames();
        self.refresh_explore();
    }

    fn want_thumbnails(&self, camera: ChannelId, pictures: &[usize]) {
        let Some(open) = &self.clip else { return };
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
            || self.frames.busy()
            || self.thumbnails.busy()
            || self.findings.busy()
            || self.measure.pictures.busy()
            || self.explore.busy()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Who leaves in the middle of loading a model did not crash.
        self.end_trying();
    }
}
