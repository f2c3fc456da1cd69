//! Along the epsilon of the attack: the severity curve, and the smallest epsilon that fails.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::app::explore::attack::{AttackStep, apply};
use crate::app::explore::input::InputSource;
use crate::app::jobs::JobKind;
use crate::base::progress::Progress;
use crate::claims::judge::judge_applied;
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::model::Model;
use crate::robustness::attacks::norm::Norm;
use crate::search::curve::{CurvePoint, Tipping};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

/// Sizes of a curve in gray levels: close where images begin to fall.
const LEVELS: [f64; 11] = [0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 64.0];
/// Halvings between the last size that passes and the first that fails, of sizes that are no whole levels.
const HALVINGS: usize = 6;

/// Inputs of a curve on its thread.
struct Task {
    catalog: Arc<Catalog>,
    model: Arc<Model>,
    source: InputSource,
    stack: Stack,
    step: AttackStep,
    oracle: ClaimSpec,
}

/// Frame before and after the transforms, with its prediction.
struct Begun {
    input: Input,
    changed: Image,
    before: Prediction,
}

impl Task {
    fn begun(&self) -> anyhow::Result<Begun> {
        let input = self.source.input()?;
        let Input::Image(changed) = stack::apply(&self.catalog, &self.stack, &input)? else {
            return Err(anyhow!("attacks change images, this is {}", input.medium().title()));
        };
        Ok(Begun { before: self.model.run(&input)?, input, changed })
    }

    /// Sizes of the curve.
    fn strengths(&self) -> Vec<f64> {
        let spec = self.step.spec();
        if self.step.norm == Norm::Linf {
            return LEVELS.to_vec();
        }
        // Small sizes close together as well.
        (0..LEVELS.len()).map(|at| spec.max * LEVELS[at] / LEVELS[LEVELS.len() - 1]).collect()
    }

    fn at(&self, begun: &Begun, strength: f64) -> anyhow::Result<CurvePoint> {
        let step = AttackStep { strength, ..self.step.clone() };
        let frame = apply(
            &self.model,
            &step,
            (&begun.before, &begun.changed),
            self.stack.seed,
            &Progress::default(),
        )?;
        let attacked = Input::Image(frame.image);
        let outcome = judge_applied(
            &self.catalog,
            &self.model,
            &begun.input,
            attacked,
            &self.stack,
            &self.oracle,
            Some(&begun.before),
        )?;
        Ok(CurvePoint { strength, confidence: outcome.confidence, verdict: outcome.verdict })
    }

    fn tipping(&self, progress: &Progress) -> anyhow::Result<Tipping> {
        let begun = self.begun()?;
        let strengths = self.strengths();
        progress.begin((strengths.len() + HALVINGS) as u64);
        let mut holds = None;
        for strength in &strengths {
            let point = self.at(&begun, *strength)?;
            progress.step()?;
            match (point.verdict, holds) {
                (Verdict::Fail { why }, None) => return Ok(Tipping::BrokenAtStart { why }),
                (Verdict::Fail { why }, Some(last)) => {
                    return self.between(&begun, last, (*strength, why), progress);
                }
                (Verdict::Pass | Verdict::Skip { .. }, _) => holds = Some(*strength),
            }
        }
        Ok(Tipping::Holds {
            looked_at: strengths.len(),
            up_to: strengths.last().copied().unwrap_or_default(),
        })
    }

    fn between(
        &self,
        begun: &Begun,
        mut holds: f64,
        (mut strength, mut why): (f64, String),
        progress: &Progress,
    ) -> anyhow::Result<Tipping> {
        let whole = self.step.norm == Norm::Linf;
        for _ in 0..HALVINGS {
            if whole && strength - holds <= 1.0 {
                break;
            }
            let middle = 0.5 * (holds + strength);
            let middle = if whole { middle.floor() } else { middle };
            progress.step()?;
            match self.at(begun, middle)?.verdict {
                Verdict::Fail { why: reason } => (strength, why) = (middle, reason),
                Verdict::Pass | Verdict::Skip { .. } => holds = middle,
            }
        }
        Ok(Tipping::Breaks { strength, holds, why })
    }
}

impl App {
    fn attack_task(&self) -> anyhow::Result<Task> {
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let camera = self.open.playback.camera.ok_or(crate::app::NoRecording)?;
        let source = self.open.input_source(camera, Some(&model));
        let (_, source) = source.ok_or_else(|| anyhow!("there is nothing to attack here"))?;
        let step =
            self.open.explore.attack.active().cloned().ok_or_else(|| anyhow!("add an attack first"))?;
        let mut stack = self.open.explore.stack.clone();
        stack.transforms.retain(|entry| entry.enabled);
        let (catalog, oracle) = (Arc::clone(&self.open.models.catalog), self.open.explore.claim().clone());
        Ok(Task { catalog, model, source, stack, step, oracle })
    }

    /// Attacks the frame with growing epsilon and draws what becomes of it.
    pub(super) fn draw_attack_curve(&mut self) -> anyhow::Result<()> {
        let task = self.attack_task()?;
        self.open.explore.curve.clear();
        self.jobs.spawn(JobKind::Curve, "Drawing the curve of the attack", move |progress, outbox| {
            let begun = task.begun()?;
            let strengths = task.strengths();
            progress.begin(strengths.len() as u64);
            for strength in strengths {
                let point = task.at(&begun, strength)?;
                progress.step()?;
                outbox.send(move |app| app.open.explore.curve.push(point));
            }
            Ok(())
        });
        Ok(())
    }

    /// Looks for the smallest epsilon that fails and sets it.
    pub(super) fn find_attack_tipping(&mut self) -> anyhow::Result<()> {
        let task = self.attack_task()?;
        self.open.explore.tipping = None;
        self.jobs.spawn(
            JobKind::TippingPoint,
            "Searching for the smallest epsilon",
            move |progress, outbox| {
                let tipping = task.tipping(progress)?;
                let step = task.step;
                outbox.send(move |app| {
                    // Somebody may have changed it meanwhile.
                    let same = app.open.explore.attack.active() == Some(&step);
                    if let (Tipping::Breaks { strength, .. }, true) = (&tipping, same) {
                        app.open.explore.attack.step = Some(AttackStep { strength: *strength, ..step });
                    }
                    app.open.explore.tipping = Some(tipping);
                });
                Ok(())
            },
        );
        Ok(())
    }
}
