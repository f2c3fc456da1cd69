//! Differential test of the loaded model along the open recording.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::claims::differential::along::{Along, Tolerance, along};
use crate::claims::differential::{StepDifference, localized};
use crate::clips::recorded_input::RecordedInput;
use crate::data::clip::ChannelId;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::project::samples::{Asked, of_clip};

/// Result of a differential test.
#[derive(Debug)]
pub struct DifferentialResult {
    /// The other way, as a backend's name with its settings.
    pub with: String,
    /// The comparison along the recording.
    pub along: Along,
    /// True if the difference is significant.
    pub differs: bool,
    /// The graph node at which the difference begins, if it is significant; a sentence if it was not found.
    pub begun: Option<anyhow::Result<StepDifference>>,
    /// Channel and number of the compared samples.
    pub samples: Vec<(ChannelId, usize)>,
}

impl App {
    /// Run the model on a second backend, with a stride over the active channel.
    pub(in crate::app) fn run_differential(&mut self, with: String, every: usize) -> anyhow::Result<()> {
        let model =
            Arc::clone(self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?);
        let other = Backend::named(&with)?;
        let (name, channel) = self.open.current_camera()?;
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        let asked = Asked {
            channel: Some(channel),
            every,
            medium: Some(model.medium()),
            reach: model.reach(),
            ..Asked::default()
        };
        let sources = of_clip(&open.clip, &name, None, &asked);
        if sources.is_empty() {
            return Err(anyhow!("the active channel holds no {} to run on", model.medium().title()));
        }
        self.open.models.differential = None;
        self.jobs.spawn(JobKind::Differential, format!("Comparing with {with}"), move |progress, outbox| {
            let compared = || -> anyhow::Result<DifferentialResult> {
                let there = Model::load_with(&model.path, Some(model.card.clone()), other, 1)?;
                let tolerance = Tolerance::default();
                let along = along((&model, &there), &sources, &tolerance, |_| None, progress)?;
                let samples = sources.iter().map(|source| (source.channel, source.frame)).collect();
                let differs = along.differs(&tolerance);
                let worst = along.worst.and_then(|at| sources.get(at)).filter(|_| differs);
                let begun = worst.map(|source| begun(&model, &there, source));
                Ok(DifferentialResult { differs, begun, with: with.clone(), along, samples })
            };
            let found = compared()?;
            outbox.send(move |app| app.open.models.differential = Some(Arc::new(found)));
            Ok(())
        });
        Ok(())
    }
}

/// The step that both part at.
fn begun(here: &Model, there: &Model, source: &RecordedInput) -> anyhow::Result<StepDifference> {
    let input = source.input()?;
    let prepared = here.prepared(&input)?;
    let (steps, at) = localized(here, there, &prepared, [1, 1])?;
    let none = || anyhow!("no node differs on its own, the difference comes from fused nodes");
    at.and_then(|at| steps.get(at).cloned()).ok_or_else(none)
}
