//! A model that failed, at the places where its predictions would be.

use egui::{RichText, Ui};

use crate::app::App;
use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::model::failure::{Advice, ModelFailure};
use crate::gui::dialogs::Ask;
use crate::gui::forms::dim_ui;
use crate::gui::pane::Pane;
use crate::gui::panes::missing::missing_ui;
use crate::gui::theme::{self, icon};
use crate::inference::onnxruntime;
use crate::project::missing::Role;

/// State of the model in a few words, where there are no predictions.
pub(in crate::gui) fn state(app: &App) -> String {
    match &app.open.models.failed {
        Some(failed) => format!("{} failed: {}", failed.name, failed.why),
        None if app.jobs.is_running(JobKind::LoadModel) => "The model is being loaded".to_owned(),
        None => match missing(app) {
            Some(name) => format!("The model {name} is missing"),
            None if app.open.models.loaded.is_some() => "No prediction yet".to_owned(),
            None => "No model is loaded".to_owned(),
        },
    }
}

/// Name of a missing model, if there is no other.
fn missing(app: &App) -> Option<&str> {
    let file = app.open.missing.files.iter().find(|file| file.role == Role::Model);
    file.filter(|_| app.open.models.loaded.is_none()).map(|file| file.name.as_str())
}

/// Says that the model failed or is missing, why, and what to do; false if neither is so and nothing was drawn.
pub(in crate::gui) fn failure_ui(ui: &mut Ui, pane: &mut Pane<'_>) -> bool {
    drawn(ui, pane, true)
}

/// The same with the reason on one line, beside a place that has room for all of it.
pub(in crate::gui) fn short_failure_ui(ui: &mut Ui, pane: &mut Pane<'_>) -> bool {
    drawn(ui, pane, false)
}

fn drawn(ui: &mut Ui, pane: &mut Pane<'_>, whole: bool) -> bool {
    if let Some(failed) = &pane.app.open.models.failed {
        failed_ui(ui, failed, pane, whole);
        return true;
    }
    if missing(pane.app).is_none() || pane.app.jobs.is_running(JobKind::LoadModel) {
        return false;
    }
    let files = pane.app.open.missing.files.iter().filter(|file| file.role == Role::Model);
    files.for_each(|file| missing_ui(ui, file, pane.ask));
    true
}

fn failed_ui(ui: &mut Ui, failed: &ModelFailure, pane: &mut Pane<'_>, whole: bool) {
    let color = theme::colors(ui).fail;
    let title = format!("{} {} failed", icon::FAIL, failed.name);
    ui.add(egui::Label::new(RichText::new(title).color(color)).wrap());
    let why = egui::Label::new(&failed.why);
    if whole {
        ui.add(why.wrap());
    } else {
        ui.add(why.truncate()).on_hover_text(&failed.why);
    }
    if let Some(advice) = failed.advice {
        ui.add(egui::Label::new(RichText::new(advice.text()).strong()).wrap());
    }
    ui.horizontal_wrapped(|ui| {
        match failed.advice {
            Some(Advice::FetchRuntime) => {
                let running = pane.app.jobs.is_running(JobKind::FetchRuntime);
                let fetch = ui.add_enabled(!running, egui::Button::new("Fetch ONNX Runtime"));
                if fetch.on_hover_text("With your own pip").clicked() {
                    pane.commands.push(Command::Model(ModelCommand::FetchRuntime));
                }
                if ui.button("Copy the command").clicked() {
                    ui.ctx().copy_text(Advice::FETCH.to_owned());
                }
            }
            Some(Advice::ChooseRuntime) if ui.button("Use ONNX Runtime").clicked() => {
                let id = onnxruntime::KIND.id.to_owned();
                pane.commands.push(Command::Model(ModelCommand::Backend(id)));
            }
            Some(Advice::ChooseRuntime) | None => {}
        }
        if ui.button("Try again").clicked() {
            pane.commands.push(Command::Model(ModelCommand::Load(failed.path.clone())));
        }
        if ui.button("Open model…").clicked() {
            pane.ask.push(Ask::Model);
        }
    });
    let path = failed.path.display().to_string();
    if whole && !failed.why.contains(&path) {
        dim_ui(ui, path);
    }
}
