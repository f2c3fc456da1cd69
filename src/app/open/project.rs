//! The open project: everything that belongs to it lives here and is dropped with it.

use std::sync::Arc;

use crate::app::evaluate::state::Evaluate;
use crate::app::explore::Explore;
use crate::app::findings::moments::Moments;
use crate::app::findings::results::Findings;
use crate::app::guard::Guarding;
use crate::app::jobs::Opening;
use crate::app::label::Labeling;
use crate::app::label::exchange::Exchange;
use crate::app::model::Models;
use crate::app::open::missing::Missing;
use crate::app::price::Offer;
use crate::app::replay::frames::Frames;
use crate::app::replay::open_clip::OpenClip;
use crate::app::replay::playback::Playback;
use crate::app::replay::thumbnails::Thumbnails;
use crate::app::suites::Suites;
use crate::project::Project;
use crate::project::editor::ProjectEditor;

/// A project with its recording, its model and whatever people look at of it; also what is loaded before there is one.
pub struct OpenProject {
    /// The project, with its past.
    pub editor: Option<ProjectEditor>,
    /// The open recording.
    pub clip: Option<OpenClip>,
    /// The playhead.
    pub playback: Playback,
    /// Recordings and models whose files are gone.
    pub missing: Missing,
    /// Decoded frames.
    pub frames: Frames,
    /// Small ones for the timeline.
    pub thumbnails: Thumbnails,
    /// The selection and the tools of labeling.
    pub labeling: Labeling,
    /// Labels on their way in or out.
    pub exchange: Exchange,
    /// The loaded model and its predictions.
    pub models: Models,
    /// The stack of transforms on screen and what came of it.
    pub explore: Explore,
    /// Failures that sweeps found.
    pub findings: Findings,
    /// Moments that were mined.
    pub moments: Moments,
    /// Long work that waits for somebody who decides.
    pub offer: Option<Offer>,
    /// The evaluation of the model.
    pub evaluate: Evaluate,
    /// The reference set, and scores of what is on screen.
    pub guarding: Guarding,
    /// Cases and their verdicts.
    pub suites: Suites,
    /// True once somebody was told that closing loses something.
    pub(super) asked_to_leave: bool,
    /// Number of the recording that was shown last; no two share one, so that caches never mix them up.
    pub(in crate::app) last_clip: u64,
}

impl OpenProject {
    /// Nothing, ready to be opened. Only [`Jobs`](crate::app::jobs::Jobs) hands out openings, so the results of the jobs of
    /// the one before are thrown away from then on. Numbers that caches go by are never used again.
    pub(in crate::app) fn nothing(opening: Opening, waker: &Arc<dyn Fn() + Send + Sync>) -> Self {
        let first = opening.first_number();
        Self {
            editor: None,
            clip: None,
            playback: Playback::default(),
            missing: Missing::default(),
            frames: Frames::new(Arc::clone(waker)),
            thumbnails: Thumbnails::new(Arc::clone(waker)),
            labeling: Labeling::default(),
            exchange: Exchange::default(),
            models: Models::counted_from(first),
            explore: Explore::counted_from(first),
            findings: Findings::new(first, Arc::clone(waker)),
            moments: Moments::default(),
            evaluate: Evaluate::new(first, Arc::clone(waker)),
            guarding: Guarding::default(),
            offer: None,
            suites: Suites::default(),
            asked_to_leave: false,
            last_clip: first,
        }
    }

    /// True if there is a project that cannot be changed.
    pub fn is_read_only(&self) -> bool {
        self.editor.as_ref().is_some_and(ProjectEditor::read_only)
    }

    /// The project itself.
    pub fn project(&self) -> Option<&Project> {
        self.editor.as_ref().map(ProjectEditor::project)
    }
}
