//! Fitting a reference set: its inputs decoded and looked at by a job.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::guard::{Fitted, Guarding, Reference};
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::base::text::counted;
use crate::clips::recorded_input::RecordedInput;
use crate::project::samples::{Asked, of_clip, opened};
use crate::robustness::inside::guard::{Guard, Wanted};

/// Inputs of a reference set at most, spread over all of it.
const MOST: usize = 2000;

impl App {
    pub(super) fn use_reference(&mut self, reference: Reference) -> anyhow::Result<()> {
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        let (here, here_name) = (Arc::clone(&open.clip), open.name.clone());
        let project = self.project().cloned().ok_or(NoRecording)?;
        let (_, channel) = self.open.current_camera()?;
        let asked = Asked {
            clip: None,
            channel: Some(channel),
            every: 1,
            medium: Some(model.medium()),
            reach: model.reach(),
            ..Asked::default()
        };
        self.jobs.cancel(JobKind::GuardFailures);
        self.open.findings.take_strangeness(&BTreeMap::new());
        let guarding = &mut self.open.guarding;
        guarding.forget();
        guarding.reference = Some(reference.clone());
        let wanted = Wanted { validity: guarding.score, ..Wanted::default() };
        let number = guarding.number;
        let threads = Self::spare_threads();
        let title = format!("Looking at the reference set, {}", reference.title());
        self.jobs.spawn(JobKind::Reference, title, move |progress, outbox| {
            let place = |name: &str| {
                let clip = project.clips.iter().find(|clip| clip.name == name);
                clip.ok_or_else(|| anyhow!("the project has no recording {name:?} anymore"))
            };
            let of_here = || of_clip(&here, &here_name, Some(&project), &asked);
            let mut inputs: Vec<RecordedInput> = match &reference {
                Reference::Recording => of_here(),
                Reference::Other(name) => {
                    let clip = opened(&project, place(name)?)?;
                    of_clip(&clip, name, Some(&project), &Asked { channel: None, ..asked.clone() })
                }
                Reference::Labeled => {
                    let mut all = Vec::new();
                    for part in &project.clips {
                        let clip = opened(&project, part)?;
                        let of = of_clip(
                            &clip,
                            &part.name,
                            Some(&project),
                            &Asked { channel: None, ..asked.clone() },
                        );
                        all.extend(of.into_iter().filter(|input| {
                            let (clip, channel) = (&input.clip_name, &input.channel_name);
                            !project.labels_on(clip, channel, input.frame).is_empty()
                        }));
                    }
                    all
                }
                Reference::File(_) => of_here().into_iter().take(1).collect(),
            };
            if inputs.is_empty() {
                return Err(anyhow!("the reference set {} has no inputs", reference.title()));
            }
            let step = inputs.len().div_ceil(MOST).max(1);
            let mut at = 0;
            inputs.retain(|_| {
                at += 1;
                (at - 1) % step == 0
            });
            let guard = if let Reference::File(path) = &reference {
                Guard::read(&model, path, &inputs[0].input()?, wanted, threads)?
            } else {
                let load = |at: usize| inputs[at].input();
                Guard::fit(&model, (inputs.len(), &load), wanted, threads, progress)?
            };
            let fitted = Arc::new(Fitted { model, guard });
            outbox.send(move |app| {
                if app.open.guarding.number != number {
                    return;
                }
                for problem in fitted.guard.problems.iter().take(1) {
                    app.notices.warning(format!("Reference set: {problem}"));
                }
                app.notices.done(format!("Reference set of {}", counted(fitted.guard.count, "input")));
                app.open.guarding.guard = Some(fitted);
            });
            Ok(())
        });
        Ok(())
    }
}

impl Guarding {
    /// True while no guard is fitted to the chosen reference set.
    pub fn is_missing(&self) -> bool {
        self.reference.is_some() && self.guard.is_none()
    }
}
