//! The question box of the page of moments, with completion, errors and saved questions.

use egui::text::{CCursor, CCursorRange};
use egui::{Id, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::findings::moments::MineCommand;
use crate::app::jobs::JobKind;
use crate::gui::forms::button_ui;
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::tracks::questions::complete::{Candidate, candidates};

/// Candidates that are shown at once.
const SHOWN: usize = 6;

/// Text of the name under which a question is saved, between frames.
fn name_id() -> Id {
    Id::unique("name of the question")
}

/// The box, the problem or the ways to go on below it, and the row of saved questions.
pub(super) fn ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let mut text = app.open.moments.question.clone();
    let mut output = TextEdit::singleline(&mut text)
        .id_salt("question")
        .desired_width(f32::INFINITY)
        .hint_text("any(track.class(\"person\") and ttc(ego) < 2)")
        .show(ui);
    let response = output.response.response.clone();
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Question"));
    if text != app.open.moments.question {
        push(pane, MineCommand::Question(text.clone()));
    }
    let asked = accepted(&response);
    let problem = app.open.question_problem();
    let ready = problem.is_none() && !text.trim().is_empty() && app.open.clip.is_some();
    let ready = ready && !app.jobs.is_running(JobKind::Mine);
    ui.horizontal(|ui| {
        ui.add_enabled_ui(ready, |ui| {
            let ask = button_ui(ui, icon::SEARCH, "Ask", "");
            let ask = ask.on_hover_text("Finds where the question is true in this recording");
            if ask.clicked() || (asked && ready) {
                push(pane, MineCommand::Ask);
            }
        });
        saved_ui(ui, pane, ready);
    });
    if let Some(problem) = problem {
        let color = theme::colors(ui).fail;
        let label = ui.add(egui::Label::new(RichText::new(&problem).size(12.0).color(color)).wrap());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Problem: {problem}")));
    }
    let cursor = output.cursor_range.map_or_else(|| text.chars().count(), |range| range.primary.index.into());
    // A press on a candidate takes the focus from the box; the list stays until the pointer is up again.
    let open_id = response.id.with("candidates");
    let pressed = ui.input(|input| input.pointer.any_down() || input.pointer.any_released());
    let was_open = ui.data(|data| data.get_temp::<bool>(open_id).unwrap_or_default());
    let open = response.has_focus() || (was_open && pressed);
    ui.data_mut(|data| data.insert_temp(open_id, open));
    if open && !text.is_empty() {
        let all = candidates(&text, cursor, &app.open.question_names());
        for candidate in all.iter().filter(|one| one.text != text).take(SHOWN) {
            if candidate_ui(ui, candidate) {
                push(pane, MineCommand::Question(candidate.text.clone()));
                let at = CCursor::new(candidate.cursor);
                output.state.cursor.set_char_range(Some(CCursorRange::one(at)));
                output.state.clone().store(ui.ctx(), response.id);
                response.request_focus();
            }
        }
    }
}

fn push(pane: &mut Pane<'_>, command: MineCommand) {
    pane.commands.push(Command::Mine(command));
}

/// One way to go on; true if it was chosen.
fn candidate_ui(ui: &mut Ui, candidate: &Candidate) -> bool {
    let text = format!("{}  {}", candidate.shown, candidate.meaning);
    let button = egui::Button::new(RichText::new(text).size(12.0)).frame(false).truncate();
    let response = ui.add(button);
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Button, true, format!("Complete with {}", candidate.shown))
    });
    response.on_hover_text(&candidate.meaning).clicked()
}

/// The name under which the question is saved, and the saved ones.
fn saved_ui(ui: &mut Ui, pane: &mut Pane<'_>, ready: bool) {
    let app = pane.app;
    let mut name = ui.data_mut(|data| data.get_temp::<String>(name_id()).unwrap_or_default());
    let edit = ui.add(TextEdit::singleline(&mut name).desired_width(90.0).hint_text("name"));
    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the question"));
    ui.add_enabled_ui(ready && !name.trim().is_empty(), |ui| {
        let save = button_ui(ui, icon::PASS, "Save question", "");
        if save.on_hover_text("From then on it is a finder of the project").clicked() {
            push(pane, MineCommand::SaveQuestion(name.trim().to_owned()));
        }
    });
    ui.data_mut(|data| data.insert_temp(name_id(), name));
    let saved = app.project().map(|project| &project.questions).filter(|saved| !saved.is_empty());
    let Some(saved) = saved else { return };
    ui.menu_button("Saved", |ui| {
        for (name, text) in saved {
            ui.horizontal(|ui| {
                if ui.button(name).on_hover_text(text).clicked() {
                    push(pane, MineCommand::Question(text.clone()));
                    ui.close();
                }
                let forget = ui.button(icon::CROSS);
                forget.widget_info(|| {
                    WidgetInfo::labeled(Role::Button, true, format!("Forget question {name}"))
                });
                if forget.clicked() {
                    push(pane, MineCommand::ForgetQuestion(name.clone()));
                }
            });
        }
    });
}
