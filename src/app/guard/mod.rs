//! Reference set of the open project: how strange and how surprising inputs are to the model, wherever they are shown.

pub mod command;
mod fit;
mod scored;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::guard::command::GuardCommand;
use crate::app::jobs::JobKind;
use crate::app::{App, OpenProject};
use crate::base::time::Time;
use crate::data::input::Input;
use crate::evaluation::strangeness::SampleScores;
use crate::inference::model::Model;
use crate::metrics::classification::{roc, roc_auc};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::validity::{self, ValidityKind};
use crate::robustness::inside::guard::{Guard, Scores, Strangeness};
use crate::robustness::inside::lens::LensError;

pub use command::Reference;

/// A reference set that was fitted to a model.
pub struct Fitted {
    /// The model.
    pub model: Arc<Model>,
    /// The reference set.
    pub guard: Guard,
}

impl Fitted {
    /// Scores of an input.
    pub(in crate::app) fn scores(&self, input: &Input) -> Result<Scores, LensError> {
        self.guard.scores(&self.model, input)
    }
}

/// Scores of the frames of a recording along time.
pub struct Lane {
    /// Number of the recording.
    clip: u64,
    camera: usize,
    /// Time and scores of each frame that was looked at.
    pub points: Vec<(Time, Scores)>,
}

/// The reference set and what it says.
pub struct Guarding {
    /// The chosen reference set.
    pub reference: Option<Reference>,
    /// Score of validity.
    pub score: &'static ValidityKind,
    /// Name of a valid input: "a road"; "" for none.
    pub what: String,
    /// The fitted reference set.
    pub guard: Option<Arc<Fitted>>,
    /// Counts fitted reference sets.
    number: u64,
    /// The sweep whose failures were asked about last, with how many there were.
    asked_failures: Option<(u64, u64, usize)>,
    /// The evaluation whose samples were asked about last.
    asked_samples: Option<(u64, u64)>,
    /// Scores of the samples of an evaluation, by its number.
    samples: Option<(u64, Arc<SampleScores>)>,
    /// Result of Explore that was asked about last.
    asked_frame: Option<(u64, u64)>,
    /// Scores of a result of Explore.
    frame: Option<(u64, Result<Scores, LensError>)>,
    lane: Option<Lane>,
}

impl Default for Guarding {
    fn default() -> Self {
        Self {
            reference: None,
            score: &validity::knn::KIND,
            what: String::new(),
            guard: None,
            number: 0,
            asked_failures: None,
            asked_samples: None,
            samples: None,
            asked_frame: None,
            frame: None,
            lane: None,
        }
    }
}

impl Guarding {
    fn forget(&mut self) {
        let (what, score) = (std::mem::take(&mut self.what), self.score);
        *self = Self { what, score, number: self.number + 1, ..Self::default() };
    }
}

/// Curve of surprise as a detector of wrong samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistakes {
    /// False and true positive rate, from the most surprising sample on.
    pub curve: Vec<[f64; 2]>,
    /// Area under it.
    pub auc: f64,
    /// Samples with a score.
    pub samples: usize,
    /// Those that the model is wrong about.
    pub wrong: usize,
}

impl OpenProject {
    /// Curve of surprise as a detector of the samples that the model is wrong about; none unless some are right and some wrong.
    pub fn mistakes_curve(&self) -> Option<Mistakes> {
        let (result, scores) = (self.evaluate.result.as_ref()?, self.sample_scores()?);
        let mut wrong = vec![false; result.evaluation.samples.len()];
        for item in result.evaluation.items.iter().filter(|item| item.outcome != Outcome::Right) {
            if let Some(wrong) = wrong.get_mut(item.sample) {
                *wrong = true;
            }
        }
        let both = scores.surprise.iter().zip(&wrong);
        let mut ranked: Vec<(f64, bool)> = both
            .filter_map(|(score, wrong)| Some(((*score)?, *wrong)))
            .filter(|(s, _)| !s.is_nan())
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let auc = roc_auc(&ranked)?;
        let wrong = ranked.iter().filter(|(_, wrong)| *wrong).count();
        Some(Mistakes { curve: roc(&ranked), auc, samples: ranked.len(), wrong })
    }

    /// Scores of the transformed frame of Explore.
    pub fn frame_scores(&self) -> Option<&Result<Scores, LensError>> {
        let (generation, scores) = self.guarding.frame.as_ref()?;
        (*generation == self.explore.generation).then_some(scores)
    }

    /// Scores of the samples of the evaluation on screen.
    pub fn sample_scores(&self) -> Option<&Arc<SampleScores>> {
        let number = self.evaluate.result.as_ref()?.number;
        self.guarding.samples.as_ref().filter(|(known, _)| *known == number).map(|(_, scores)| scores)
    }

    /// Scores along the recording on screen.
    pub fn lane_scores(&self) -> Option<&Lane> {
        let (clip, camera) = (self.clip.as_ref()?.id, self.playback.camera?.0);
        self.guarding.lane.as_ref().filter(|lane| lane.clip == clip && lane.camera == camera)
    }

    /// Strangeness of a failure, as it was found.
    pub fn in_words(&self, strange: &Strangeness) -> String {
        strange.describe(&self.guarding.what)
    }

    fn guard_for(&self, model: &Arc<Model>) -> Option<Arc<Fitted>> {
        self.guarding.guard.clone().filter(|fitted| Arc::ptr_eq(&fitted.model, model))
    }
}

impl App {
    pub(super) fn guard(&mut self, command: GuardCommand) -> anyhow::Result<()> {
        match command {
            GuardCommand::Use(reference) => return self.use_reference(reference),
            GuardCommand::Score(id) => {
                self.open.guarding.score =
                    validity::kind(&id).ok_or_else(|| anyhow!("there is no score {id:?}"))?;
                if let Some(reference) = self.open.guarding.reference.clone() {
                    return self.use_reference(reference);
                }
            }
            GuardCommand::Name(what) => self.open.guarding.what = what,
            GuardCommand::Clear => {
                for kind in [JobKind::Reference, JobKind::GuardFailures, JobKind::GuardSamples] {
                    self.jobs.cancel(kind);
                }
                self.open.guarding.reference = None;
                self.open.guarding.forget();
                self.open.findings.take_strangeness(&BTreeMap::new());
            }
            GuardCommand::ScoreRecording => return self.score_recording(),
        }
        Ok(())
    }

    /// Looks at whatever is on screen and was not looked at yet.
    pub(super) fn follow_guard(&mut self) {
        let Some(model) = self.open.models.loaded.clone() else { return };
        let Some(guard) = self.open.guard_for(&model) else { return };
        self.score_frame(&guard);
        self.score_failures(&guard);
        self.score_samples(&guard);
    }
}
