//! The window of layouts: save the arrangement of the views under a name, restore one, start again.

use egui::{RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::tiles::TileCommand;
use crate::gui::forms::{button_ui, dim_ui, icon_button_ui, name_button_ui};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::theme::icon;

/// Width of the window.
const WIDTH: f32 = 320.0;

/// State of the window between frames.
#[derive(Debug, Default)]
pub(in crate::gui) struct Layouts {
    name: String,
}

impl Layouts {
    /// Draws the window if it is open.
    pub(in crate::gui) fn ui(&mut self, ui: &Ui, pane: &mut Pane<'_>) {
        if !pane.shared.layouts {
            return;
        }
        let mut open = true;
        let window = egui::Window::new("Layouts").open(&mut open).collapsible(false).resizable(false);
        window.default_pos(ui.ctx().content_rect().center()).show(ui.ctx(), |ui| {
            ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 40.0));
            let mut send = |command| pane.commands.push(Command::Tiles(command));
            dim_ui(ui, "Places of the views, opened plots and messages, signals on the timeline");
            for layout in &pane.app.session.layouts {
                ui.horizontal(|ui| {
                    if icon_button_ui(ui, icon::TRASH, &format!("Remove layout {}", layout.name), "")
                        .clicked()
                    {
                        send(TileCommand::RemoveLayout(layout.name.clone()));
                    }
                    if name_button_ui(ui, RichText::new(&layout.name), false).clicked() {
                        send(TileCommand::Layout(layout.name.clone()));
                    }
                });
            }
            if pane.app.session.layouts.is_empty() {
                dim_ui(ui, "None saved yet");
            }
            ui.separator();
            ui.horizontal(|ui| {
                let field =
                    ui.add(TextEdit::singleline(&mut self.name).hint_text("name").desired_width(150.0));
                field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the layout"));
                let save = ui.add_enabled(!self.name.trim().is_empty(), egui::Button::new("Save layout"));
                if save.clicked() || accepted(&field) && !self.name.trim().is_empty() {
                    send(TileCommand::SaveLayout(std::mem::take(&mut self.name)));
                }
            });
            if button_ui(ui, icon::REPEAT, "Reset the layout", "").clicked() {
                send(TileCommand::ResetLayout);
            }
        });
        if !open || pane.shared.windows.closes("Layouts") {
            pane.shared.layouts = false;
        }
    }
}
