//! Search everything (Ctrl+K), and the sheet of keys (F1). Both are drawn from the command table.

use egui::{Align2, Context, Key, RichText, ScrollArea, TextEdit};

use crate::app::command::Command;
use crate::app::table::{Shortcut, TABLE};

/// The search for a command.
#[derive(Debug, Default)]
pub(super) struct Palette {
    pub(super) open: bool,
    query: String,
    selected: usize,
}

impl Palette {
    pub(super) fn toggle(&mut self) {
        *self = Self { open: !self.open, ..Self::default() };
    }

    pub(super) fn ui(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        if !self.open {
            return;
        }
        if ctx.input(|i| i.key_pressed(Key::Escape)) {
            self.open = false;
            return;
        }
        let query = self.query.to_lowercase();
        let hits: Vec<_> = TABLE.iter().filter(|entry| entry.title.to_lowercase().contains(&query)).collect();
        let (down, up, enter) = ctx.input(|i| {
            (i.key_pressed(Key::ArrowDown), i.key_pressed(Key::ArrowUp), i.key_pressed(Key::Enter))
        });
        let last = hits.len().saturating_sub(1);
        self.selected = (self.selected + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        let mut chosen = enter.then_some(self.selected);
        egui::Window::new("Search commands")
            .title_bar(false)
            .resizable(false)
            .fixed_size([460.0, 380.0])
            .anchor(Align2::CENTER_TOP, [0.0, 80.0])
            .show(ctx, |ui| {
                let label = ui.label(RichText::new("Search commands").strong());
                let edit = ui.add(
                    TextEdit::singleline(&mut self.query)
                        .desired_width(f32::INFINITY)
                        .hint_text("Type a command…"),
                );
                edit.labelled_by(label.id).request_focus();
                ui.separator();
                ScrollArea::vertical().show(ui, |ui| {
                    for (i, entry) in hits.iter().enumerate() {
                        let keys = entry.keys.first().map(Shortcut::text).unwrap_or_default();
                        let row = egui::Button::new(format!("{}: {}", entry.group, entry.title))
                            .right_text(RichText::new(keys).monospace())
                            .selected(i == self.selected)
                            .frame_when_inactive(false)
                            .min_size(egui::vec2(ui.available_width(), 24.0));
                        let response = ui.add(row);
                        if i == self.selected && (down || up) {
                            response.scroll_to_me(None);
                        }
                        if response.clicked() {
                            chosen = Some(i);
                        }
                    }
                    if hits.is_empty() {
                        ui.label("No matching command");
                    }
                });
            });
        if let Some(entry) = chosen.and_then(|i| hits.get(i)) {
            commands.push((entry.command)());
            self.open = false;
        }
    }
}

/// The keys, by subject.
pub(super) fn shortcuts_ui(ctx: &Context, open: &mut bool) {
    egui::Window::new("Keys")
        .open(open)
        .resizable(false)
        .default_width(620.0)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            ScrollArea::vertical().max_height(520.0).show(ui, |ui| {
                let mut groups: Vec<&str> = TABLE.iter().map(|entry| entry.group).collect();
                groups.dedup();
                for group in groups {
                    ui.label(RichText::new(group).strong());
                    egui::Grid::new(group).num_columns(2).spacing([24.0, 2.0]).show(ui, |ui| {
                        for entry in
                            TABLE.iter().filter(|entry| entry.group == group && !entry.keys.is_empty())
                        {
                            let keys: Vec<String> = entry.keys.iter().map(Shortcut::text).collect();
                            ui.label(RichText::new(keys.join("  ")).monospace());
                            ui.label(entry.title);
                            ui.end_row();
                        }
                    });
                    ui.add_space(8.0);
                }
                for (keys, title) in [
                    ("R", "Draw a box"),
                    ("Ctrl+O", "Open files"),
                    ("Ctrl+K", "Search commands"),
                    ("Ctrl++ Ctrl+- Ctrl+0", "Size of everything"),
                    ("F1", "This sheet"),
                    ("F11", "Full screen"),
                    ("Ctrl+Q", "Quit"),
                ] {
                    ui.horizontal(|ui| {
                        ui.monospace(keys);
                        ui.label(title);
                    });
                }
            });
        });
}
