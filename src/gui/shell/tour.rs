//! The card of the tour, and the window that says what can be done here.

use egui::{Align2, Context, Frame, RichText, Window};

use crate::app::App;
use crate::app::command::Command;
use crate::app::tour::command::TourCommand;
use crate::app::tour::{STEPS, possible};
use crate::gui::forms::dim_ui;
use crate::gui::theme::{self, icon};
use crate::gui::windows::Windows;

/// Width of the card.
const WIDTH: f32 = 340.0;
/// Height of the text of a step, the same for all, so that the buttons stay where they are.
const TEXT: f32 = 92.0;

/// Draws the card of the tour, if it is taken.
pub(super) fn tour_ui(ctx: &Context, app: &App, commands: &mut Vec<Command>) {
    let Some((at, step)) = app.tour.and_then(|tour| Some((tour.step, STEPS.get(tour.step)?))) else { return };
    let done = (step.done)(app);
    let window = Window::new("Tour").title_bar(false).resizable(false).collapsible(false);
    window.anchor(Align2::LEFT_BOTTOM, egui::vec2(16.0, -40.0)).show(ctx, |ui| {
        ui.set_width(WIDTH.min(ctx.content_rect().width() - 40.0));
        let mut send = |command| commands.push(Command::Tour(command));
        let accent = ui.visuals().selection.bg_fill;
        ui.horizontal(|ui| {
            dim_ui(ui, format!("Tour, step {} of {}", at + 1, STEPS.len()));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(format!("{} Skip the tour", icon::CROSS)).clicked() {
                    send(TourCommand::End);
                }
            });
        });
        ui.label(RichText::new(step.title).size(16.0).strong());
        ui.allocate_ui(egui::vec2(ui.available_width(), TEXT), |ui| {
            ui.set_min_height(TEXT);
            ui.add(egui::Label::new(step.text).wrap());
        });
        ui.horizontal(|ui| {
            if ui.add_enabled(at > 0, egui::Button::new("Back")).clicked() {
                send(TourCommand::Back);
            }
            if ui.add_enabled(!done, egui::Button::new("Show me")).clicked() {
                send(TourCommand::Do);
            }
            let next = if at + 1 < STEPS.len() { "Next step" } else { "Finish the tour" };
            let button = egui::Button::new(next);
            let button = if done { button.fill(accent) } else { button };
            if ui.add(button).clicked() {
                send(TourCommand::Next);
            }
            if done {
                let color = theme::colors(ui).pass;
                ui.label(RichText::new(format!("{} done", icon::PASS)).color(color));
            }
        });
    });
}

/// Draws the list of what can be done in the workspace; false once it was closed.
pub(super) fn possible_ui(ctx: &Context, app: &App, windows: &mut Windows) -> bool {
    let mut open = true;
    let title = "What can I do here?";
    let window = Window::new(title).open(&mut open).resizable(false).collapsible(false);
    window.default_pos(ctx.content_rect().center()).frame(Frame::window(&ctx.global_style())).show(
        ctx,
        |ui| {
            ui.set_width(460.0_f32.min(ctx.content_rect().width() - 40.0));
            ui.label(RichText::new(app.workspace.title()).strong());
            egui::Grid::new("possible").num_columns(2).spacing([16.0, 6.0]).show(ui, |ui| {
                for (what, how) in possible(app.workspace) {
                    ui.add(egui::Label::new(*what).wrap());
                    dim_ui(ui, *how);
                    ui.end_row();
                }
            });
            ui.add_space(6.0);
            dim_ui(ui, "Ctrl+K finds everything by its name, F1 lists every key");
        },
    );
    !windows.closes(title) && open
}
