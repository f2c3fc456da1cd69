//! Tools of the top bar: an icon with a tooltip, and its word beside it where the window is wide enough.

use egui::{Button, FontSelection, Role, Ui, WidgetInfo, WidgetText};

use crate::app::command::Command;
use crate::app::table::entry::{Action, WindowCommand};
use crate::app::table::{entries, key_of};
use crate::gui::pane::Pane;
use crate::gui::theme::{ROW, icon};

/// One tool.
pub(super) struct Tool {
    icon: &'static str,
    /// Its full name: accessible, in the tooltip, and in the command table.
    title: &'static str,
    /// The word beside the icon.
    label: &'static str,
    pressed: bool,
    action: Asked,
}

/// Request of a tool.
enum Asked {
    Run(Command),
    Window(WindowCommand),
}

impl Tool {
    /// A tool for a command of the program; the title is the one in the command table.
    pub(super) fn run(
        icon: &'static str,
        title: &'static str,
        label: &'static str,
        command: Command,
    ) -> Self {
        Self { icon, title, label, pressed: false, action: Asked::Run(command) }
    }

    /// A tool for a command of the window.
    pub(super) fn window(icon: &'static str, command: WindowCommand, label: &'static str) -> Self {
        let is_it = |action: &Action| matches!(action, Action::Window(of) if *of == command);
        let title = entries().find(|entry| is_it(&entry.action)).map_or(label, |entry| entry.title);
        Self { icon, title, label, pressed: false, action: Asked::Window(command) }
    }

    /// The same tool, pressed in or not.
    pub(super) fn pressed(self, pressed: bool) -> Self {
        Self { pressed, ..self }
    }

    fn text(&self, labeled: bool) -> String {
        if labeled { format!("{} {}", self.icon, self.label) } else { self.icon.to_owned() }
    }

    /// Its width with or without the word, in points.
    fn width(&self, ui: &Ui, labeled: bool) -> f32 {
        let text = egui::RichText::new(self.text(labeled)).size(size(labeled));
        button_width(ui, text).max(ROW + 4.0)
    }

    pub(super) fn ui(self, ui: &mut Ui, labeled: bool, pane: &mut Pane<'_>) {
        let text = egui::RichText::new(self.text(labeled)).size(size(labeled));
        let button = Button::new(text).selected(self.pressed).min_size(egui::vec2(ROW + 4.0, ROW));
        let response = ui.add(button);
        let (pressed, title) = (self.pressed, self.title);
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, pressed, title));
        let key = key_of(title);
        let tip = if key.is_empty() { title.to_owned() } else { format!("{title}  ({key})") };
        if response.on_hover_text(tip).clicked() {
            self.ask(pane);
        }
    }

    /// As a row of a menu, with its whole name and its key.
    fn row_ui(self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let (pressed, title) = (self.pressed, self.title);
        let row = Button::new(format!("{}  {title}", self.icon)).selected(pressed);
        let response = ui.add(row.shortcut_text(key_of(title)));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, pressed, title));
        if response.clicked() {
            self.ask(pane);
            ui.close();
        }
    }

    fn ask(self, pane: &mut Pane<'_>) {
        match self.action {
            Asked::Run(command) => pane.commands.push(command),
            Asked::Window(command) => pane.window.push(command),
        }
    }
}

/// A word stands in the size of words, an icon alone is larger.
fn size(labeled: bool) -> f32 {
    if labeled { 13.0 } else { 16.0 }
}

/// Width of a button with this text, in points.
pub(super) fn button_width(ui: &Ui, text: egui::RichText) -> f32 {
    let galley = WidgetText::from(text).into_galley(ui, None, f32::INFINITY, FontSelection::Default);
    galley.size().x + 2.0 * ui.spacing().button_padding.x
}

fn group_width(ui: &Ui, group: &[Tool], labeled: bool) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    group.iter().map(|tool| tool.width(ui, labeled) + gap).sum::<f32>() + SEPARATOR + gap
}

/// Width of all groups without words.
pub(super) fn bare_width(ui: &Ui, groups: &[Vec<Tool>]) -> f32 {
    groups.iter().map(|group| group_width(ui, group, false)).sum()
}

/// The number of groups, from the first one on, whose words fit beside their icons into `room` points.
pub(super) fn labeled_groups(ui: &Ui, groups: &[Vec<Tool>], room: f32) -> usize {
    let mut left = room - bare_width(ui, groups);
    groups
        .iter()
        .take_while(|group| {
            left -= group_width(ui, group, true) - group_width(ui, group, false);
            left >= 0.0
        })
        .count()
}

/// The number of groups, from the first one on, whose icons fit into `room` points together with the menu for the rest.
pub(super) fn fitting_groups(ui: &Ui, groups: &[Vec<Tool>], room: f32) -> usize {
    if bare_width(ui, groups) <= room {
        return groups.len();
    }
    let mut left = room - MORE;
    groups
        .iter()
        .take_while(|group| {
            left -= group_width(ui, group, false);
            left >= 0.0
        })
        .count()
}

/// Draws the menu of the groups that do not fit, with their words.
pub(super) fn more_ui(ui: &mut Ui, groups: Vec<Vec<Tool>>, pane: &mut Pane<'_>) {
    let menu = ui.menu_button(egui::RichText::new(icon::MORE).size(16.0), |ui| {
        for (i, group) in groups.into_iter().filter(|group| !group.is_empty()).enumerate() {
            if i > 0 {
                ui.separator();
            }
            for tool in group {
                tool.row_ui(ui, pane);
            }
        }
    });
    menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "More tools"));
    menu.response.on_hover_text("More tools");
}

/// Room that the menu of further tools takes.
const MORE: f32 = 44.0;

/// Room that a line between groups takes.
const SEPARATOR: f32 = 8.0;

/// Draws groups with lines between them; the first `labeled` have words.
pub(super) fn groups_ui(ui: &mut Ui, groups: Vec<Vec<Tool>>, labeled: usize, pane: &mut Pane<'_>) {
    for (i, group) in groups.into_iter().enumerate().filter(|(_, group)| !group.is_empty()) {
        ui.separator();
        for tool in group {
            tool.ui(ui, i < labeled, pane);
        }
    }
}
