//! Input validity: the choice of a reference set, and the chip that says whether an input is still valid.

use egui::{RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::guard::Reference;
use crate::app::guard::command::GuardCommand;
use crate::app::jobs::JobKind;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, combo_ui, dim_ui, name_label_ui, reserved_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::metrics::validity::KINDS;
use crate::robustness::inside::guard::Strangeness;

/// Room for the names of controls.
const NAME: f32 = 72.0;

/// Reference set, score and name of a valid input.
pub(in crate::gui::panes) fn reference_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let guarding = &app.open.guarding;
    let now = guarding.reference.as_ref().map_or_else(|| "none".to_owned(), Reference::title);
    let name = |ui: &mut Ui, text: &str| ui.add_sized([NAME, theme::ROW], egui::Label::new(text).truncate());
    ui.add_enabled_ui(app.open.models.loaded.is_some() && app.open.clip.is_some(), |ui| {
        ui.horizontal(|ui| {
            name(ui, "Reference");
            combo_ui(ui, ("Reference set", 190.0), &now, |ui| {
                let mut choice = |ui: &mut Ui, reference: Reference, title: &str| {
                    let chosen = guarding.reference.as_ref() == Some(&reference);
                    if ui.selectable_label(chosen, title).clicked() {
                        pane.commands.push(Command::Guard(GuardCommand::Use(reference)));
                    }
                };
                choice(ui, Reference::Recording, "this recording");
                choice(ui, Reference::Labeled, "labeled frames");
                let here = app.open.clip.as_ref().map(|open| open.name.as_str());
                for clip in app.project().into_iter().flat_map(|project| &project.clips) {
                    if Some(clip.name.as_str()) != here {
                        choice(ui, Reference::Other(clip.name.clone()), &clip.name);
                    }
                }
                if ui.selectable_label(false, "Saved reference…").clicked() {
                    pane.ask.push(Ask::Reference);
                }
                if ui.selectable_label(guarding.reference.is_none(), "none").clicked() {
                    pane.commands.push(Command::Guard(GuardCommand::Clear));
                }
            });
        });
        ui.horizontal(|ui| {
            name(ui, "Score");
            combo_ui(ui, ("Validity score", 190.0), guarding.score.title, |ui| {
                for kind in KINDS {
                    let chosen = kind.id == guarding.score.id;
                    if ui.selectable_label(chosen, kind.title).on_hover_text(kind.meaning).clicked() {
                        pane.commands.push(Command::Guard(GuardCommand::Score(kind.id.to_owned())));
                    }
                }
            });
        });
        ui.horizontal(|ui| {
            name(ui, "Valid is");
            let mut what = guarding.what.clone();
            let edit = TextEdit::singleline(&mut what).desired_width(ui.available_width().min(178.0));
            let response = ui.add(edit.hint_text("a road"));
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of a valid input"));
            if what != guarding.what {
                pane.commands.push(Command::Guard(GuardCommand::Name(what)));
            }
        });
    });
    let ready = guarding.guard.is_some() && !app.jobs.is_running(JobKind::GuardRecording);
    ui.add_enabled_ui(ready, |ui| {
        let button = button_ui(ui, icon::CHART, "Score the recording", "");
        if button.on_hover_text("Surprise of its frames as a lane of the timeline").clicked() {
            pane.commands.push(Command::Guard(GuardCommand::ScoreRecording));
        }
    });
    let text = state(app);
    reserved_ui(ui, RichText::new(text).size(12.0).color(theme::colors(ui).dim), 2);
}

/// State of the reference set in words.
fn state(app: &App) -> String {
    let guarding = &app.open.guarding;
    match &guarding.guard {
        _ if app.jobs.is_running(JobKind::Reference) => "Looking at the reference set…".to_owned(),
        Some(fitted) => {
            let (_, limit) = fitted.guard.threshold();
            format!(
                "{} inputs, valid up to {} (95 % of them)",
                fitted.guard.count,
                crate::base::text::short_number(limit)
            )
        }
        None if app.open.models.loaded.is_none() => {
            "Load a model to tell which inputs it is used to".to_owned()
        }
        None if guarding.is_missing() => "The reference set cannot be used, choose another one".to_owned(),
        None => "Inputs that the model is used to; what differs from all of them is probably no longer valid"
            .to_owned(),
    }
}

/// A chip with the verdict about an input; its place is kept.
pub(in crate::gui::panes) fn chip_ui(ui: &mut Ui, app: &App, strange: Option<&Strangeness>) {
    let colors = theme::colors(ui);
    let Some(strange) = strange else {
        ui.allocate_space(egui::vec2(0.0, theme::ROW));
        return;
    };
    let (mark, color) =
        if strange.is_strange() { (icon::WARNING, colors.warning) } else { (icon::PASS, colors.pass) };
    let text = app.open.in_words(strange);
    ui.horizontal(|ui| {
        ui.set_min_height(theme::ROW);
        ui.label(RichText::new(mark).color(color));
        let label = name_label_ui(ui, RichText::new(&text).size(12.0).color(color));
        label.on_hover_text(format!(
            "{text}: score {} against the reference set, higher is stranger",
            strange.kind
        ));
    });
}

/// The chip of the frame of Explore, in a place that is kept once there is a reference set.
pub(in crate::gui::panes) fn frame_ui(ui: &mut Ui, app: &App) {
    if app.open.guarding.guard.is_none() {
        return;
    }
    match app.open.frame_scores() {
        Some(Err(problem)) => drop(dim_ui(ui, problem.to_string())),
        scores => {
            let scores = scores.and_then(|scores| scores.as_ref().ok());
            chip_ui(ui, app, scores.and_then(|scores| scores.validity.as_ref()));
        }
    }
}
