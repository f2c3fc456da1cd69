//! The menu of all commands, for those who look for one: the entries of the command table by their headings.

use egui::{Button, Role, ScrollArea, Ui, WidgetInfo, containers::menu::SubMenuButton};

use crate::app::table::choices::{self, Choice};
use crate::gui::theme::icon;

/// Height of a submenu that is longer, before it scrolls.
const TALL: f32 = 460.0;
/// Width of a submenu.
const WIDE: f32 = 340.0;

/// Draw the button with the menu below it; what somebody chose.
pub(super) fn menu_ui(ui: &mut Ui) -> Option<Choice> {
    let mut chosen = None;
    let menu = ui.menu_button(egui::RichText::new(icon::MENU).size(16.0), |ui| {
        let mut groups: Vec<(&str, Vec<Choice>)> = Vec::new();
        for choice in choices::from_table() {
            match groups.iter_mut().find(|(group, _)| *group == choice.group) {
                Some((_, below)) => below.push(choice),
                None => groups.push((choice.group, vec![choice])),
            }
        }
        for (group, below) in groups {
            SubMenuButton::new(group).ui(ui, |ui| {
                if let Some(choice) = group_ui(ui, below) {
                    chosen = Some(choice);
                }
            });
        }
    });
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Menu"));
    menu.response.on_hover_text("Menu of all commands");
    chosen
}

fn group_ui(ui: &mut Ui, below: Vec<Choice>) -> Option<Choice> {
    let mut chosen = None;
    let screen = ui.ctx().content_rect().size();
    ui.set_max_width(WIDE.min(screen.x * 0.6));
    ScrollArea::vertical().max_height(TALL.min(screen.y - 60.0)).show(ui, |ui| {
        for choice in below {
            let row = ui.add(Button::new(&choice.title).shortcut_text(&choice.key).truncate());
            row.widget_info(|| WidgetInfo::labeled(Role::Button, true, &choice.title));
            if row.clicked() {
                chosen = Some(choice);
                ui.close();
            }
        }
    });
    chosen
}
