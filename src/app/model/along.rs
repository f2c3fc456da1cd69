//! Predictions of the loaded model along the recording.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::model::failure::ModelFailure;
use crate::app::{App, NoRecording};
use crate::data::clip::{ChannelId, ClipInfo};
use crate::evaluation::gather::recording_of;
use crate::inference::model::Model;
use crate::predictions::keeper::Keeper;
use crate::predictions::store::{Answers, AnswersError, Key};
use crate::project::{Project, samples};

/// Failed inputs after which a model is not run any further.
const FAILURES: usize = 3;

impl App {
    /// Starts answering along the open recording, unless that is only done on request.
    pub(in crate::app) fn answer_along(&mut self) -> anyhow::Result<()> {
        if self.open.clip.is_none() || self.open.models.loaded.is_none() || self.only_when_asked {
            return Ok(());
        }
        self.predict_all()
    }

    /// Run from the playhead to the end, then from the beginning, wherever the playhead goes meanwhile;
    /// predicted frames are skipped.
    pub(super) fn predict_all(&mut self) -> anyhow::Result<()> {
        let model =
            Arc::clone(self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?);
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        let Some(camera) = self.open.playback.camera else { return Ok(()) };
        let (name, clip_id) = (open.name.clone(), open.id);
        let project = self.project().cloned().ok_or(NoRecording)?;
        let count = self.open.playback.times.len();
        let mut missing: BTreeSet<usize> =
            (0..count).filter(|frame| self.open.models.answer(camera, *frame).is_none()).collect();
        let cursor = Arc::clone(&self.open.models.cursor);
        let title = format!("Running {} on the recording", model.card.name);
        let reach = model.reach();
        self.jobs.spawn(JobKind::Predict, title, move |progress, outbox| {
            // An own opening, so that reading ahead here does not move the decoder that the window uses.
            let of = project.clips.iter().find(|clip| clip.name == name);
            let clip = samples::opened(&project, of.ok_or_else(|| anyhow!("the recording is gone"))?)?;
            // Cached predictions are taken from the store, also after a restart.
            let mut store = store_of(&project, &name, &clip.info(), camera, &model);
            let mut keeper = Keeper::new(store.as_mut().map(|(store, key)| (store, key.clone())));
            let known = keeper.known().unwrap_or_default();
            let known: Vec<_> = known.into_iter().filter(|(frame, _)| missing.remove(frame)).collect();
            outbox.send(move |app| {
                if app.open.clip.as_ref().is_some_and(|open| open.id == clip_id) {
                    for (frame, answer) in known {
                        app.open.models.insert(camera, frame, answer);
                    }
                }
            });
            progress.begin(missing.len() as u64);
            let mut failed = 0;
            let mut last_problem = None;
            loop {
                let at = cursor.load(Ordering::Relaxed);
                let next = missing.range(at..).next().or_else(|| missing.first()).copied();
                let Some(frame) = next.filter(|frame| missing.remove(frame)) else { break };
                progress.step()?;
                let Ok(input) = clip.reached(camera, frame, &reach) else { continue };
                match model.run(&input) {
                    Ok(answer) => {
                        if let Err(err) = keeper.add(frame, &answer) {
                            log::warn!("{err}");
                        }
                        outbox.send(move |app| {
                            app.end_first_run();
                            if app.open.clip.as_ref().is_some_and(|open| open.id == clip_id) {
                                app.open.models.insert(camera, frame, answer);
                            }
                        });
                    }
                    Err(err) => {
                        outbox.send(Self::end_first_run);
                        failed += 1;
                        last_problem = Some(err);
                        if failed == FAILURES {
                            break;
                        }
                    }
                }
            }
            let Some(err) = last_problem else { return Ok(()) };
            let err = err.into();
            // Single inputs may be beyond a model; one that fails on each is said to fail.
            if failed == FAILURES {
                let failure = ModelFailure::of(&model.path, &err);
                outbox.send(move |app| app.model_failed(failure));
            }
            Err(err)
        });
        Ok(())
    }
}

/// The store of a project and the key of a model about a camera; none where the project's folder cannot be written, and nothing
/// is said then.
fn store_of(
    project: &Project,
    name: &str,
    info: &ClipInfo,
    camera: ChannelId,
    model: &Model,
) -> Option<(Answers, Key)> {
    let (clip, channel) = project.clips.iter().find(|clip| clip.name == name).zip(info.channel(camera))?;
    let opened = || {
        let store = Answers::open(&project.folder)?;
        let recording = recording_of(&store, project, clip)?;
        Ok((store, Key::new(model, &recording, &channel.name)))
    };
    opened().inspect_err(|err: &AnswersError| log::debug!("predictions are not cached: {err}")).ok()
}
