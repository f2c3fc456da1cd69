//! Sweeps in the window: settings, failures, and saving them as test cases.

pub mod command;
mod guided;
pub mod moments;
mod questions;
pub mod results;
pub(crate) mod sweep;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::findings::command::FindingsCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::thumbnails::Maker;
use crate::app::suites::Draft;
use crate::app::{App, OpenProject, Workspace};
use crate::base::time::Time;
use crate::data::cases::verdict::Verdict;
use crate::imaging::look::Look;
use crate::transforms::stack;

/// Longer side of a thumbnail in the gallery, in pixels.
const SIDE: u32 = 220;

impl OpenProject {
    fn want_pictures(&self, wanted: &[usize]) {
        let Some(found) = &self.findings.found else { return };
        let makers = wanted.iter().filter_map(|at| {
            let violation = found.violations.get(*at)?;
            let input = found.inputs.get(violation.input)?.clone();
            let change = found.variants.get(violation.variant)?.stack.clone();
            let catalog = Arc::clone(&found.catalog);
            let make = move || {
                let given = input.input().ok()?;
                let changed = stack::apply(&catalog, &change, &given).ok()?;
                Some(Look::of(&given).draw(&changed).thumbnail(SIDE))
            };
            let key = (found.number, violation.input, violation.variant);
            Some((key, Arc::new(make) as Maker))
        });
        self.findings.pictures.want(makers);
    }
}

impl App {
    pub(super) fn find(&mut self, command: FindingsCommand) -> anyhow::Result<()> {
        match command {
            FindingsCommand::Settings(settings) => self.open.findings.settings = settings,
            FindingsCommand::Sweep => {
                let plan = self.open.stack_plan()?;
                return self.sweep(plan);
            }
            FindingsCommand::SweepAll => {
                let plan = self.open.all_plan()?;
                return self.sweep(plan);
            }
            FindingsCommand::Search => return self.search(false),
            FindingsCommand::SearchOn => return self.search(true),
            FindingsCommand::Select(at) => self.open.findings.selected = Some(at),
            FindingsCommand::Step(by)
                if self.workspace == Workspace::Findings && self.open.shows_moments() =>
            {
                return self.mine(moments::MineCommand::Step(by));
            }
            FindingsCommand::Step(by) if self.workspace == Workspace::Findings => {
                let shown = self.open.findings.shown();
                let now =
                    self.open.findings.selected.and_then(|at| shown.iter().position(|other| *other == at));
                let next = match now {
                    Some(now) => now.saturating_add_signed(by as isize).min(shown.len().saturating_sub(1)),
                    None => 0,
                };
                self.open.findings.selected = shown.get(next).copied();
            }
            FindingsCommand::Filter(filter) => self.open.findings.filter = filter,
            FindingsCommand::Open => return self.open_violation(),
            FindingsCommand::Keep => return self.keep_violation(),
            FindingsCommand::Vote(valid) if self.workspace == Workspace::Findings => {
                let at = self.open.findings.selected;
                let found = self.open.findings.found.as_mut();
                if let Some(violation) = found.zip(at).and_then(|(found, at)| found.violations.get_mut(at)) {
                    violation.valid = if violation.valid == Some(valid) { None } else { Some(valid) };
                }
            }
            FindingsCommand::Step(_) | FindingsCommand::Vote(_) => {}
            FindingsCommand::Pictures(wanted) => self.open.want_pictures(&wanted),
        }
        Ok(())
    }

    fn open_violation(&mut self) -> anyhow::Result<()> {
        let (found, violation) =
            self.open.findings.current().ok_or_else(|| anyhow!("select a violation first"))?;
        let (input, variant) = (&found.inputs[violation.input], &found.variants[violation.variant]);
        let (channel, frame, stack, oracle) =
            (input.channel, input.frame, variant.stack.clone(), found.oracle.clone());
        self.play(PlayCommand::Camera(channel));
        self.play(PlayCommand::SeekFrame(frame));
        self.open.playback.playing = false;
        self.open.explore.show(stack, oracle);
        self.workspace = Workspace::Explore;
        Ok(())
    }

    /// Save the selected failure as a test case.
    pub(super) fn keep_violation(&mut self) -> anyhow::Result<()> {
        let (found, violation) =
            self.open.findings.current().ok_or_else(|| anyhow!("select a violation first"))?;
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
            proposed: None,
            attack: None,
            glance: None,
        };
        self.keep_draft(draft)
    }
}
