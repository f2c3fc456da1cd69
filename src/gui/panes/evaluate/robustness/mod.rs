//! Robustness: a threat model, the attacks that fit it, and what fell.

use egui::{RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Attacked, Evaluated};
use crate::app::jobs::JobKind;
use crate::data::prediction::Task;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::icon;
use crate::robustness::attacks::norm::size_text;

mod curve;
mod fallen;
mod form;
mod tables;

use fallen::FallenGallery;
use form::Form;

/// State of the page between frames.
#[derive(Default)]
pub(super) struct RobustnessPage {
    form: Form,
    gallery: FallenGallery,
}

impl RobustnessPage {
    pub(super) fn ui(&mut self, ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(model) = &app.open.models.loaded else {
            empty_ui(ui, "Load the model again: attacks run on the model that is loaded");
            return;
        };
        if !matches!(model.task(), Task::Classes | Task::Objects) {
            empty_ui(ui, "Attacks are for models that classify images or detect objects in them");
            return;
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            self.form.ui(ui, model, result.evaluation.samples.len(), pane);
            ui.separator();
            let attacked =
                app.open.evaluate.attacked.as_ref().filter(|attacked| attacked.number == result.number);
            match attacked {
                Some(attacked) => self.results_ui(ui, result, attacked, pane),
                None => empty_ui(
                    ui,
                    "An attack changes an image so little that people hardly see it, until the model is wrong. It is \
                     counted only if the image still fails as a file of 8 bits, and noise of the same size stands \
                     beside it: what falls under noise needs no attacker.",
                ),
            }
        });
    }

    fn results_ui(&mut self, ui: &mut Ui, result: &Evaluated, attacked: &Attacked, pane: &mut Pane<'_>) {
        let app = pane.app;
        ui.add(egui::Label::new(RichText::new(sentence(attacked)).strong()).wrap());
        let running = app.jobs.is_running(JobKind::Attack);
        let done: usize = attacked.outcomes.iter().map(Vec::len).sum();
        let all = attacked.samples.len() * attacked.plan.kinds.len() * attacked.plan.sizes.len();
        ui.horizontal_wrapped(|ui| {
            let state = match (attacked.complete, running) {
                (true, _) => "complete",
                (false, true) => "running",
                (false, false) => "stopped",
            };
            dim_ui(ui, format!("{done} of {all} attacks on {}, {state}", attacked.model.card.name));
            let export = !attacked.fallen.is_empty() && !running;
            ui.add_enabled_ui(export, |ui| {
                let button = button_ui(ui, icon::EXPORT, "Export what fell as a suite…", "");
                let button =
                    button.on_hover_text("Attacked images are frozen, so CI needs no gradient to run them");
                if button.clicked() {
                    pane.ask.push(Ask::AttackedFolder);
                }
            });
        });
        ui.add_space(4.0);
        curve::ui(ui, attacked);
        tables::ui(ui, attacked);
        section_ui(ui, "What fell, by the smallest change");
        self.gallery.ui(ui, result, attacked, pane);
    }
}

/// The result so far, at the largest size that has some.
fn sentence(attacked: &Attacked) -> String {
    let mut points = attacked.plan.sizes.iter().zip(&attacked.summaries);
    let last = points.rfind(|(_, summary)| summary.all.images > 0);
    let Some((eps, summary)) = last else { return "No image was attacked yet".to_owned() };
    let (rate, noise) = (summary.all.rate(), summary.all.noise_rate());
    let these = if attacked.plan.kinds.len() == 1 { "this attack" } else { "these attacks" };
    format!(
        "{} of {} hold against {these} at {} ({:.0} %, {:.0} to {:.0}), {} of {} under noise of the same size",
        rate.hits,
        rate.of,
        size_text(attacked.plan.norm, *eps),
        100.0 * rate.share(),
        100.0 * rate.low,
        100.0 * rate.high,
        noise.hits,
        noise.of
    )
}

/// Stops or starts attacks.
fn command(command: EvaluateCommand) -> Command {
    Command::Evaluate(command)
}
