//! Sweeps in the window: the plan, and the results frame by frame.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::findings::results::{Findings, Found, Violation, ViolationFilter};
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, OpenProject, Workspace};
use crate::base::text::counted;
use crate::claims::spec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::clip::ChannelKind;
use crate::project::samples::{Asked, of_clip};
use crate::search::sweep::errors;
use crate::search::sweep::objects::Fared;
use crate::search::sweep::plan::{Axis, Design, Plan};
use crate::search::sweep::plan_text;
use crate::search::sweep::result::UnitResult;
use crate::search::sweep::run::{self, Sweep};
use crate::search::sweep::summary::Summary;
use crate::transforms::{TransformKind, stack};

impl OpenProject {
    /// The signal of the human driver, if the claim needs one: the chosen one, or one whose name holds
    /// that of the value.
    pub fn human_signal(&self) -> Option<String> {
        let claim = self.explore.claim();
        spec::human(claim)?;
        let name = claim.class.clone().unwrap_or_default().to_lowercase();
        let guessed = || {
            let open = self.clip.as_ref()?;
            let found = open
                .info
                .of_kind(ChannelKind::Signal)
                .find(|(_, channel)| !name.is_empty() && channel.name.to_lowercase().contains(&name));
            found.map(|(_, channel)| channel.name.clone())
        };
        self.findings.settings.human.clone().or_else(guessed)
    }

    pub(in crate::app) fn seeds(&self) -> Vec<u64> {
        let first = self.explore.stack.seed;
        (0..self.findings.settings.seeds.max(1)).map(|i| first.wrapping_add(i)).collect()
    }

    /// Plan of the current stack: every entry that is not fixed goes over its whole range.
    pub(in crate::app) fn stack_plan(&self) -> anyhow::Result<Plan> {
        let settings = &self.findings.settings;
        let stack = Stack {
            seed: 0,
            transforms: self.explore.stack.transforms.iter().filter(|entry| entry.enabled).cloned().collect(),
            region: self.explore.stack.region,
            object: self.explore.stack.object,
            parts: None,
        };
        if stack.transforms.is_empty() {
            return Err(anyhow!("add a transform in Explore first, or sweep all transforms"));
        }
        let axes: Vec<Axis> = self
            .explore
            .stack
            .active()
            .enumerate()
            .filter(|(_, (original, _))| !settings.fixed.contains(original))
            .filter_map(|(position, (_, entry))| {
                let spec = self.models.catalog.kind(&entry.transform).and_then(TransformKind::strength)?;
                let last = settings.steps.max(2) - 1;
                let at = |i: usize| spec.min + (spec.max - spec.min) * i as f64 / last as f64;
                let values = plan_text::snapped((0..=last).map(at).collect(), spec);
                Some(Axis { position, param: spec.id.to_owned(), values, between: true, log: false })
            })
            .collect();
        let design = if axes.len() > 2 && settings.pairwise { Design::Pairwise } else { Design::Grid };
        Ok(Plan { stack, axes, design, seeds: self.seeds() })
    }

    /// Plan of every transform that has a severity, one at a time.
    pub(in crate::app) fn all_plan(&self) -> anyhow::Result<Plan> {
        let model = self.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?;
        let all = plan_text::all_of(model.medium());
        Ok(plan_text::parse(&self.models.catalog, &all, 5, Design::OneAtATime, self.seeds())?)
    }

    /// Frame stride of a sweep.
    pub(in crate::app) fn every(&self) -> usize {
        match self.findings.settings.every {
            0 => self.playback.times.len().div_ceil(100).max(1),
            every => every,
        }
    }
}

impl App {
    pub(in crate::app) fn sweep(&mut self, plan: Plan) -> anyhow::Result<()> {
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let (clip_name, channel) = self.open.current_camera()?;
        let open = self.open.clip.as_ref().ok_or(NoRecording)?;
        let clip: Arc<dyn crate::clips::Clip> = Arc::clone(&open.clip);
        let every = self.open.every();
        let human = self.open.human_signal();
        let reach = model
            .reach()
            .with(&spec::reach(self.open.explore.claim()))
            .with(&stack::reach(&self.open.models.catalog, &plan.stack));
        let asked =
            Asked { clip: None, channel: Some(channel), human, every, medium: Some(model.medium()), reach };
        let catalog = Arc::clone(&self.open.models.catalog);
        let mut variants = plan.variants(&catalog)?;
        let mut inputs = of_clip(&clip, &clip_name, self.project(), &asked);
        if let Some(sample) = self.open.findings.sample {
            // A few frames at least, and of the variants as many as remain.
            let frames = (sample / (variants.len() + 1)).max(FRAMES.min(inputs.len()));
            thin(&mut inputs, frames);
            thin(&mut variants, (sample / inputs.len().max(1)).saturating_sub(1));
        }
        let (inputs, variants) = (Arc::new(inputs), Arc::new(variants));
        let mut oracle = self.open.explore.claim().clone();
        let number = self.open.findings.next_number();
        let summary = Summary::new(1, variants.len());
        self.open.findings.selected = None;
        self.open.findings.filter = ViolationFilter::default();
        self.open.findings.found = Some(Found {
            catalog: Arc::clone(&catalog),
            number,
            plan,
            variants: Arc::clone(&variants),
            inputs: Arc::clone(&inputs),
            oracle: oracle.clone(),
            model: model.card.name.clone(),
            done: 0,
            summary,
            violations: Vec::new(),
            left_out: 0,
            search: None,
        });
        self.workspace = Workspace::Findings;
        let threads = Self::spare_threads();
        let title =
            format!("Sweeping {} on {}", counted(variants.len(), "variant"), counted(inputs.len(), "frame"));
        self.jobs.spawn(JobKind::Sweep, title, move |progress, outbox| {
            let models = [&*model];
            if let Some(human) = spec::human(&oracle)
                && !oracle.params.0.contains_key(human.usual_error.id)
            {
                let name = oracle.class.clone().unwrap_or_default();
                if let Some(usual) = errors::usual_error(&inputs, &model, &name, threads, progress)? {
                    oracle.params.insert(human.usual_error.id, usual);
                }
            }
            let sweep = Sweep {
                validation: None,
                catalog: &catalog,
                inputs: &inputs,
                variants: &variants,
                models: &models,
                oracle: &oracle,
                threads,
            };
            run::run(&sweep, &BTreeSet::new(), progress, |result| {
                outbox.send(move |app| app.open.findings.take(number, &result));
                Ok(())
            })?;
            Ok(())
        });
        Ok(())
    }
}

/// Least number of frames of a sample.
const FRAMES: usize = 5;

/// Keeps this many, spread over all of them, and at least one.
fn thin<T>(all: &mut Vec<T>, count: usize) {
    let every = all.len().div_ceil(count.max(1)).max(1);
    let mut at = 0;
    all.retain(|_| {
        at += 1;
        (at - 1) % every == 0
    });
}

impl Findings {
    fn take(&mut self, number: u64, result: &UnitResult) {
        let Some(found) = self.found.as_mut().filter(|found| found.number == number) else { return };
        let (inputs, variants) = (Arc::clone(&found.inputs), Arc::clone(&found.variants));
        let Some(input) = inputs.get(result.input) else { return };
        found.done += 1;
        found.summary.add(result, input, &variants);
        let mut new = Vec::new();
        for cell in &result.cells {
            let Verdict::Fail { why } = &cell.verdict else { continue };
            new.push(Violation {
                input: result.input,
                variant: cell.variant,
                why: why.clone(),
                before: result.before.get(cell.model).cloned().unwrap_or_default(),
                after: cell.answer.clone(),
                class: result.classes.get(cell.model).cloned().unwrap_or_default(),
                change_rms: cell.change_rms,
                valid: None,
                strange: None,
                lost: cell.objects.iter().filter(|one| one.lost > 0).flat_map(Fared::slices).collect(),
            });
        }
        self.add(new);
    }
}
