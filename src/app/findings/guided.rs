//! Coverage-guided search in the window, with a random baseline beside it.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::findings::results::{
    Findings, Found, GuidedSearch, SearchProgress, Violation, ViolationFilter,
};
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, Workspace};
use crate::base::text::counted;
use crate::claims::spec;
use crate::data::cases::stack::Stack;
use crate::data::time::window::Reach;
use crate::inference::model::Model;
use crate::project::samples::{Asked, of_clip};
use crate::search::guided::{self, Search, State};
use crate::search::sweep::plan::{Design, Plan, Variant};
use crate::search::sweep::summary::Summary;
use crate::transforms::TransformKind;
use crate::transforms::catalog::Catalog;

/// Change of a search by one run.
struct Step {
    tries: usize,
    skipped: usize,
    inputs: usize,
    found: Vec<guided::Found>,
}

impl Step {
    /// The difference to a known state.
    fn of(state: &State, known: &mut usize) -> Self {
        let found = state.found.get(*known..).unwrap_or_default().to_vec();
        *known = state.found.len();
        Self { tries: state.tries, skipped: state.skipped, inputs: state.inputs(), found }
    }
}

/// Severity of a stack: mean over its transforms of the part of the way to the strongest value, as for sweeps.
fn strength(catalog: &Catalog, change: &Stack) -> f64 {
    let parts: Vec<f64> = change
        .active()
        .filter_map(|(_, spec)| {
            let strength = catalog.kind(&spec.transform).and_then(TransformKind::strength)?;
            Some(strength.strength_of(spec.params.value(strength)))
        })
        .collect();
    parts.iter().sum::<f64>() / parts.len().max(1) as f64
}

impl App {
    /// Begin a search on the active camera, or continue the shown one with the same budget again.
    pub(in crate::app) fn search(&mut self, go_on: bool) -> anyhow::Result<()> {
        let model = self.open.models.loaded.clone().ok_or_else(|| anyhow!("load a model first"))?;
        let tries = self.open.findings.settings.tries.max(1);
        let tries = self.open.findings.sample.map_or(tries, |sample| tries.min(sample / 2));
        let seed = self.open.explore.stack.seed;
        if go_on {
            let found = self.open.findings.found.as_mut();
            let search = found.and_then(|found| found.search.as_mut());
            let search = search.ok_or_else(|| anyhow!("there is no search to continue"))?;
            if search.model != model.identity() {
                return Err(anyhow!("the search used another model, begin a new one"));
            }
            search.budget = search.guided.tries.max(search.random.tries) + tries;
        } else {
            let oracle = self.open.explore.claim().clone();
            let reach = Reach { depth: true, ..model.reach() }.with(&spec::reach(&oracle));
            let (clip_name, channel) = self.open.current_camera()?;
            let open = self.open.clip.as_ref().ok_or(NoRecording)?;
            let clip: Arc<dyn crate::clips::Clip> = Arc::clone(&open.clip);
            let asked = Asked {
                channel: Some(channel),
                every: self.open.every(),
                medium: Some(model.medium()),
                reach,
                ..Asked::default()
            };
            let inputs = Arc::new(of_clip(&clip, &clip_name, self.project(), &asked));
            let plan = Plan {
                stack: Stack { seed, ..Stack::default() },
                axes: Vec::new(),
                design: Design::OneAtATime,
                seeds: vec![seed],
            };
            self.open.findings.selected = None;
            self.open.findings.filter = ViolationFilter::default();
            self.open.findings.found = Some(Found {
                catalog: Arc::clone(&self.open.models.catalog),
                number: self.open.findings.next_number(),
                plan,
                variants: Arc::default(),
                inputs,
                oracle,
                model: model.card.name.clone(),
                done: 0,
                summary: Summary::new(1, 0),
                violations: Vec::new(),
                left_out: 0,
                search: Some(GuidedSearch {
                    budget: tries,
                    model: model.identity(),
                    ..GuidedSearch::default()
                }),
            });
        }
        self.workspace = Workspace::Findings;
        self.run_search(model)
    }

    fn run_search(&mut self, model: Arc<Model>) -> anyhow::Result<()> {
        let found = self.open.findings.found.as_mut().ok_or_else(|| anyhow!("there is no search"))?;
        let (number, inputs, oracle) = (found.number, Arc::clone(&found.inputs), found.oracle.clone());
        let seed = found.plan.stack.seed;
        let search = found.search.as_mut().ok_or_else(|| anyhow!("there is no search"))?;
        let budget = search.budget;
        let mut states = search.states.take().unwrap_or_default();
        let (threads, catalog) = (Self::spare_threads(), Arc::clone(&found.catalog));
        let title = format!("Searching on {}", counted(inputs.len(), "frame"));
        self.jobs.spawn(JobKind::Sweep, title, move |progress, outbox| {
            let search = Search { catalog: &catalog, inputs: &inputs, model: &model, oracle: &oracle, seed };
            let mut known = states.0.found.len();
            let mut grown = states.0.growth.len();
            let guided = search.guided(budget, &mut states.0, progress, |state| {
                let step = Step::of(state, &mut known);
                let (seen, begun) = (state.seen, state.begun);
                let growth = state.growth.get(grown..).unwrap_or_default().to_vec();
                grown = state.growth.len();
                outbox.send(move |app| {
                    app.open.findings.take_step(number, step, |search| {
                        (search.seen, search.begun) = (seen, begun);
                        search.growth.extend(growth);
                        &mut search.guided
                    });
                });
                Ok(())
            });
            let mut known = states.1.found.len();
            let both = guided.and_then(|()| {
                search.random(budget, &mut states.1, threads, progress, |state| {
                    let step = Step::of(state, &mut known);
                    outbox.send(move |app| {
                        app.open.findings.take_step(number, step, |search| &mut search.random);
                    });
                })
            });
            // A canceled search can be continued too.
            outbox.send(move |app| {
                let found = app.open.findings.found.as_mut().filter(|found| found.number == number);
                if let Some(search) = found.and_then(|found| found.search.as_mut()) {
                    search.states = Some(states);
                }
            });
            Ok(both?)
        });
        Ok(())
    }
}

impl Findings {
    fn take_step(
        &mut self,
        number: u64,
        step: Step,
        which: impl FnOnce(&mut GuidedSearch) -> &mut SearchProgress,
    ) {
        let Some(found) = self.found.as_mut().filter(|found| found.number == number) else { return };
        let Some(search) = found.search.as_mut() else { return };
        let course = which(search);
        (course.tries, course.skipped, course.inputs) = (step.tries, step.skipped, step.inputs);
        course.found.extend(step.found.iter().map(|one| one.tried));
        let variants = Arc::make_mut(&mut found.variants);
        let mut new = Vec::new();
        for one in step.found {
            new.push(Violation {
                input: one.input,
                variant: variants.len(),
                why: one.why,
                before: one.before,
                after: one.after,
                class: one.class,
                change_rms: one.change_rms,
                valid: None,
                strange: None,
                lost: Vec::new(),
            });
            let strength = strength(&found.catalog, &one.stack);
            variants.push(Variant { stack: one.stack, values: Vec::new(), only: None, strength });
        }
        self.add(new);
    }
}
