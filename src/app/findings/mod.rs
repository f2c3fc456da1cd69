//! Sweeps in the window: settings, failures, and saving them as test cases.

pub mod guided;
pub(crate) mod sweep;
use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::command::{FindingsCommand, PlayCommand};
use crate::app::findings::guided::Searched;
use crate::app::replay::thumbnails::{Maker, Thumbnails};
use crate::app::suites::Draft;
use crate::app::{App, Workspace};
use crate::base::time::Time;
use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::OracleSpec;
use crate::data::cases::verdict::Verdict;
use crate::imaging::look::Look;
use crate::search::sweep::plan::{self, Design, Plan, Variant};
use crate::search::sweep::summary::{Slice, Summary};
use crate::transforms::stack;

/// Violations kept for the gallery; of more, those with the smallest changes.
const KEPT: usize = 20_000;
/// Longer side of a thumbnail in the gallery, in pixels.
const SIDE: u32 = 220;

/// Settings of a sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepSettings {
    /// Entries of the stack that stay as they are; the others vary over their whole range.
    pub fixed: BTreeSet<usize>,
    /// Levels per varied parameter.
    pub steps: usize,
    /// Frame stride; 0 uses about a hundred frames.
    pub every: usize,
    /// Number of seeds.
    pub seeds: u64,
    /// True if covering all pairs of values is enough when more than two parameters vary.
    pub pairwise: bool,
    /// The signal that says what the human did; guessed by name when absent.
    pub human: Option<String>,
    /// Budget of a search, in runs.
    pub tries: usize,
}

impl Default for SweepSettings {
    fn default() -> Self {
        Self { fixed: BTreeSet::new(), steps: 6, every: 0, seeds: 1, pairwise: true, human: None, tries: 200 }
    }
}

/// Filter of the shown failures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ViolationFilter {
    /// Text that the reason, the transform or the prediction must contain.
    pub text: String,
    /// Only those at these positions of these axes.
    pub at: Vec<(usize, usize)>,
    /// Only those of this slice.
    pub slice: Option<Slice>,
}

/// A failure: a variant for which the claim fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Index of the input.
    pub input: usize,
    /// Index of the variant.
    pub variant: usize,
    /// Reason of the failure.
    pub why: String,
    /// The prediction for the original, as text.
    pub before: String,
    /// The prediction for the transformed frame, as text.
    pub after: String,
    /// The best class of the original prediction.
    pub class: String,
    /// Root mean square of the change, in gray levels.
    pub change_rms: f32,
    /// A person's vote: true if the frame is still valid.
    pub valid: Option<bool>,
    /// Parts of the data with objects that were lost.
    pub lost: Vec<Slice>,
}

/// Results of a sweep so far.
pub struct Found {
    /// Counts sweeps, so that thumbnails are never mixed up.
    pub number: u64,
    /// The sweep plan.
    pub plan: Plan,
    /// The same, one by one.
    pub variants: Arc<Vec<Variant>>,
    /// The inputs.
    pub inputs: Arc<Vec<RecordedInput>>,
    /// The expectation.
    pub oracle: OracleSpec,
    /// Name of the model.
    pub model: String,
    /// Frames done so far.
    pub done: usize,
    /// Rates and tipping points.
    pub summary: Summary,
    /// The failures, the smallest change first.
    pub violations: Vec<Violation>,
    /// Number of failures that are not listed here.
    pub left_out: usize,
    /// The search that found it, if it was no sweep.
    pub search: Option<Searched>,
}

/// Sweeps and their results.
pub struct Findings {
    /// Settings of the next sweep.
    pub settings: SweepSettings,
    /// Results of the latest sweep.
    pub found: Option<Found>,
    /// Filter of the shown failures.
    pub filter: ViolationFilter,
    /// The selected failure.
    pub selected: Option<usize>,
    /// Thumbnails for the gallery, by sweep and failure.
    pub pictures: Thumbnails<(u64, usize, usize)>,
    sweeps: u64,
}

impl Findings {
    pub(super) fn new(waker: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            settings: SweepSettings::default(),
            found: None,
            filter: ViolationFilter::default(),
            selected: None,
            pictures: Thumbnails::new(waker),
            sweeps: 0,
        }
    }

    /// A number that none had before.
    pub(super) fn next_number(&mut self) -> u64 {
        self.sweeps += 1;
        self.sweeps
    }

    /// True while thumbnails are being rendered.
    pub fn busy(&self) -> bool {
        self.pictures.busy()
    }

    /// Positions of the failures that pass the filter, in their order.
    pub fn shown(&self) -> Vec<usize> {
        let Some(found) = &self.found else { return Vec::new() };
        let words = self.filter.text.to_lowercase();
        let passes = |violation: &Violation| {
            let variant = found.variants.get(violation.variant);
            let axis = self.filter.at.iter().all(|(axis, at)| {
                let value = found.plan.axes.get(*axis).and_then(|axis| axis.values.get(*at));
                variant.zip(value).is_some_and(|(variant, value)| {
                    variant.only.is_none_or(|only| only == *axis)
                        && variant.values.get(*axis).is_some_and(|own| (own - value).abs() < 1e-9)
                })
            });
            let slice = self.filter.slice.as_ref().is_none_or(|slice| match slice.kind {
                "class" => violation.class == slice.name,
                kind if kind.starts_with("object") => violation.lost.contains(slice),
                _ => found.inputs.get(violation.input).is_some_and(|input| input.tags.contains(&slice.name)),
            });
            let change = || variant.map(|variant| stack::describe(&variant.stack)).unwrap_or_default();
            axis && slice
                && (words.is_empty()
                    || [&violation.why, &violation.before, &violation.after, &change()]
                        .iter()
                        .any(|text| text.to_lowercase().contains(&words)))
        };
        found.violations.iter().enumerate().filter(|(_, v)| passes(v)).map(|(at, _)| at).collect()
    }

    /// The selected failure.
    pub fn current(&self) -> Option<(&Found, &Violation)> {
        let found = self.found.as_ref()?;
        Some((found, found.violations.get(self.selected?)?))
    }

    /// Take in failures.
    pub(super) fn add(&mut self, new: Vec<Violation>) {
        let Some(found) = self.found.as_mut().filter(|_| !new.is_empty()) else { return };
        let looked_at = self.selected.and_then(|at| found.violations.get(at)).cloned();
        found.violations.extend(new);
        found.violations.sort_by(|a, b| {
            a.change_rms.total_cmp(&b.change_rms).then((a.input, a.variant).cmp(&(b.input, b.variant)))
        });
        found.left_out += found.violations.len().saturating_sub(KEPT);
        found.violations.truncate(KEPT);
        // What a person looks at stays selected while others come in before it.
        let place = |wanted: &Violation| {
            found.violations.iter().position(|v| (v.input, v.variant) == (wanted.input, wanted.variant))
        };
        self.selected = looked_at.as_ref().and_then(place);
    }
}

impl App {
    pub(super) fn find(&mut self, command: FindingsCommand) -> anyhow::Result<()> {
        match command {
            FindingsCommand::Settings(settings) => self.findings.settings = settings,
            FindingsCommand::Sweep => {
                let plan = self.stack_plan()?;
                return self.sweep(plan);
            }
            FindingsCommand::SweepAll => {
                let model = self.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?;
                let plan = plan::parse(&plan::all_of(model.medium()), 5, Design::OneAtATime, self.seeds())?;
                return self.sweep(plan);
            }
            FindingsCommand::Search => return self.search(false),
            FindingsCommand::SearchOn => return self.search(true),
            FindingsCommand::Select(at) => self.findings.selected = Some(at),
            FindingsCommand::Step(by) if self.workspace == Workspace::Findings => {
                let shown = self.findings.shown();
                let now = self.findings.selected.and_then(|at| shown.iter().position(|other| *other == at));
                let next = match now {
                    Some(now) => now.saturating_add_signed(by as isize).min(shown.len().saturating_sub(1)),
                    None => 0,
                };
                self.findings.selected = shown.get(next).copied();
            }
            FindingsCommand::Filter(filter) => self.findings.filter = filter,
            FindingsCommand::Open => return self.open_violation(),
            FindingsCommand::Keep => return self.keep_violation(),
            FindingsCommand::Vote(valid) if self.workspace == Workspace::Findings => {
                let at = self.findings.selected;
                let found = self.findings.found.as_mut();
                if let Some(violation) = found.zip(at).and_then(|(found, at)| found.violations.get_mut(at)) {
                    violation.valid = if violation.valid == Some(valid) { None } else { Some(valid) };
                }
            }
            FindingsCommand::Step(_) | FindingsCommand::Vote(_) => {}
            FindingsCommand::Pictures(wanted) => self.want_pictures(&wanted),
        }
        Ok(())
    }

    fn open_violation(&mut self) -> anyhow::Result<()> {
        let (found, violation) = self.findings.current().ok_or_else(|| anyhow!("select a failure first"))?;
        let (input, variant) = (&found.inputs[violation.input], &found.variants[violation.variant]);
        let (channel, frame, stack, oracle) =
            (input.channel, input.frame, variant.stack.clone(), found.oracle.clone());
        self.play(PlayCommand::Camera(channel));
        self.play(PlayCommand::SeekFrame(frame));
        self.playback.playing = false;
        self.explore.show(stack, oracle);
        self.workspace = Workspace::Explore;
        Ok(())
    }

    /// Save the selected failure as a test case.
    pub(super) fn keep_violation(&mut self) -> anyhow::Result<()> {
        let (found, violation) = self.findings.current().ok_or_else(|| anyhow!("select a failure first"))?;
        let (input, variant) = (&found.inputs[violation.input], &found.variants[violation.variant]);
        let draft = Draft {
            clip: input.clip_name.clone(),
            channel: input.channel_name.clone(),
            frame: input.frame,
            taken: Time(input.time_ns),
            stack: variant.stack.clone(),
            oracle: found.oracle.clone(),
            why: violation.why.clone(),
            verdict: Some(Verdict::Fail { why: violation.why.clone() }),
            valid: violation.valid,
        };
        self.keep_draft(draft)
    }

    fn want_pictures(&self, wanted: &[usize]) {
        let Some(found) = &self.findings.found else { return };
        let makers = wanted.iter().filter_map(|at| {
            let violation = found.violations.get(*at)?;
            let input = found.inputs.get(violation.input)?.clone();
            let change = found.variants.get(violation.variant)?.stack.clone();
            let make = move || {
                let given = input.input().ok()?;
                let changed = stack::apply(&change, &given).ok()?;
                Some(Look::of(&given).draw(&changed).thumbnail(SIDE))
            };
            let key = (found.number, violation.input, violation.variant);
            Some((key, Arc::new(make) as Maker))
        });
        self.findings.pictures.want(makers);
    }
}
