//! Scores of what is on screen: the frame of Explore, failures, evaluated samples, the recording.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::guard::{Fitted, Lane};
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, Workspace};
use crate::base::parallel::in_order;
use crate::base::text::counted;
use crate::evaluation::strangeness::SampleScores;
use crate::project::samples::{Asked, of_clip};
use crate::robustness::inside::guard::Scores;
use crate::transforms::stack;

/// Frames along a recording that are scored at most, spread over all.
const ALONG: usize = 2000;
/// Failures that are told about at a time.
const SHARE: usize = 32;

impl App {
    /// Scores the transformed frame of Explore, once its verdict is there.
    pub(super) fn score_frame(&mut self, guard: &Arc<Fitted>) {
        if self.workspace != Workspace::Explore || self.open.explore.busy() || self.open.playback.playing {
            return;
        }
        let Some(Ok(outcome)) = &self.open.explore.outcome else { return };
        let key = (self.open.guarding.number, self.open.explore.generation);
        if self.open.guarding.asked_frame == Some(key) {
            return;
        }
        let (guard, input, generation) = (Arc::clone(guard), outcome.changed.clone(), key.1);
        self.open.guarding.asked_frame = Some(key);
        self.jobs.spawn(JobKind::GuardFrame, "Validating the frame", move |_, outbox| {
            let scores = guard.scores(&input);
            outbox.send(move |app| app.open.guarding.frame = Some((generation, scores)));
            Ok(())
        });
    }

    /// Scores the failures of the last sweep, those with the smallest changes first.
    pub(super) fn score_failures(&mut self, guard: &Arc<Fitted>) {
        let Some(found) = &self.open.findings.found else { return };
        let sweeping = self.jobs.is_running(JobKind::Sweep) || self.jobs.is_running(JobKind::GuardFailures);
        let key = (self.open.guarding.number, found.number, found.violations.len());
        if sweeping || found.violations.is_empty() || self.open.guarding.asked_failures == Some(key) {
            return;
        }
        let open: Vec<(usize, usize)> = found
            .violations
            .iter()
            .filter(|one| one.strange.is_none())
            .map(|one| (one.input, one.variant))
            .collect();
        let (inputs, variants) = (Arc::clone(&found.inputs), Arc::clone(&found.variants));
        let (catalog, guard, number) = (Arc::clone(&found.catalog), Arc::clone(guard), found.number);
        self.open.guarding.asked_failures = Some(key);
        let title = format!("Validating {}", counted(open.len(), "failure"));
        let threads = Self::spare_threads();
        self.jobs.spawn(JobKind::GuardFailures, title, move |progress, outbox| {
            progress.begin(open.len() as u64);
            let one = |at: usize| -> Option<Scores> {
                let (input, variant) = open[at];
                let given = inputs.get(input)?.input().ok()?;
                let changed = stack::apply(&catalog, &variants.get(variant)?.stack, &given).ok()?;
                guard.scores(&changed).ok()
            };
            let mut batch = BTreeMap::new();
            in_order(open.len(), threads, one, |at, scores| {
                batch.extend(scores.and_then(|scores| scores.validity).map(|strange| (open[at], strange)));
                if (at + 1) % SHARE == 0 || at + 1 == open.len() {
                    let batch = std::mem::take(&mut batch);
                    outbox.send(move |app| {
                        let same =
                            app.open.findings.found.as_ref().is_some_and(|found| found.number == number);
                        if same && !batch.is_empty() && app.open.guarding.guard.is_some() {
                            app.open.findings.take_strangeness(&batch);
                        }
                    });
                }
                progress.step()
            })?;
            Ok(())
        });
    }

    /// Scores the samples of the evaluation on screen.
    pub(super) fn score_samples(&mut self, guard: &Arc<Fitted>) {
        let Some(result) = self.open.evaluate.result.clone() else { return };
        let key = (self.open.guarding.number, result.number);
        if self.open.guarding.asked_samples == Some(key) || self.jobs.is_running(JobKind::Evaluate) {
            return;
        }
        self.open.guarding.asked_samples = Some(key);
        let (guard, threads) = (Arc::clone(guard), Self::spare_threads());
        let count = result.evaluation.samples.len();
        let title = format!("Scoring {}", counted(count, "sample"));
        self.jobs.spawn(JobKind::GuardSamples, title, move |progress, outbox| {
            progress.begin(count as u64);
            let reach = guard.model.reach();
            let one = |at: usize| -> Option<Scores> {
                let sample = &result.evaluation.samples[at];
                let clip = result.clips.get(&sample.clip)?;
                let channel = clip.info().channel_named(&sample.channel)?;
                guard.scores(&clip.reached(channel, sample.frame, &reach).ok()?).ok()
            };
            let mut scores = SampleScores::default();
            in_order(count, threads, one, |_, own| {
                scores.surprise.push(own.and_then(|own| own.surprise));
                scores.validity.push(own.and_then(|own| own.validity).map(|strange| strange.score));
                progress.step()
            })?;
            let (scores, number) = (Arc::new(scores), key);
            outbox.send(move |app| {
                if app.open.guarding.number == number.0 {
                    app.open.guarding.samples = Some((number.1, scores));
                    app.refresh_items();
                }
            });
            Ok(())
        });
    }

    /// Scores the frames of the recording on screen, for the timeline.
    pub(super) fn score_recording(&mut self) -> anyhow::Result<()> {
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let guard = self.open.guard_for(&model).ok_or_else(|| anyhow!("choose a reference set first"))?;
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        let camera = self.open.playback.camera.ok_or(NoRecording)?;
        let (_, channel) = self.open.current_camera()?;
        let every = self.open.playback.times.len().div_ceil(ALONG).max(1);
        let asked = Asked {
            channel: Some(channel),
            every,
            medium: Some(model.medium()),
            reach: model.reach(),
            ..Asked::default()
        };
        let (clip, name, id) = (Arc::clone(&open.clip), open.name.clone(), open.id);
        let threads = Self::spare_threads();
        self.jobs.spawn(JobKind::GuardRecording, "Scoring the recording", move |progress, outbox| {
            let inputs = of_clip(&clip, &name, None, &asked);
            progress.begin(inputs.len() as u64);
            let mut points = Vec::with_capacity(inputs.len());
            let one = |at: usize| guard.scores(&inputs[at].input().ok()?).ok();
            in_order(inputs.len(), threads, one, |at, scores| {
                let time = crate::base::time::Time(inputs[at].time_ns);
                points.extend(scores.map(|scores| (time, scores)));
                progress.step()
            })?;
            let lane = Lane { clip: id, camera: camera.0, points };
            outbox.send(move |app| app.open.guarding.lane = Some(lane));
            Ok(())
        });
        Ok(())
    }
}
