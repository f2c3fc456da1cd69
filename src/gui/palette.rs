//! Search everything (Ctrl+K), and the sheet of keys (F1). Both are drawn from the command table.

use egui::{Align2, Context, RichText, ScrollArea, TextEdit};

use crate::app::table;
use crate::app::table::entry::Entry;
use crate::app::table::shortcut::Shortcut;

/// The search for a command.
#[derive(Debug, Default)]
pub(super) struct Palette {
    pub(super) open: bool,
    query: String,
    selected: usize,
    /// The selected hit moved, and is to be seen.
    moved: bool,
    /// The selected hit is to be run.
    run: bool,
}

impl Palette {
    pub(super) fn toggle(&mut self) {
        *self = Self { open: !self.open, ..Self::default() };
    }

    /// Selects a hit further down or up.
    pub(super) fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by);
        self.moved = true;
    }

    /// Runs the selected hit once the list is drawn.
    pub(super) fn run(&mut self) {
        self.run = true;
    }

    /// Draws the search; returns the entry that was chosen.
    pub(super) fn ui(&mut self, ctx: &Context) -> Option<&'static Entry> {
        if !self.open {
            return None;
        }
        let mut chosen = None;
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
                let query = self.query.to_lowercase();
                let hits: Vec<&Entry> = table::entries()
                    .filter(|entry| entry.can_be_chosen() && entry.title.to_lowercase().contains(&query))
                    .collect();
                self.selected = self.selected.min(hits.len().saturating_sub(1));
                if std::mem::take(&mut self.run) {
                    chosen = hits.get(self.selected).copied();
                }
                ui.separator();
                let moved = std::mem::take(&mut self.moved);
                ScrollArea::vertical().show(ui, |ui| {
                    for (i, entry) in hits.iter().enumerate() {
                        let keys = entry.keys.first().map(Shortcut::text).unwrap_or_default();
                        let row = egui::Button::new(format!("{}: {}", entry.group, entry.title))
                            .right_text(RichText::new(keys).monospace())
                            .selected(i == self.selected)
                            .frame_when_inactive(false)
                            .min_size(egui::vec2(ui.available_width(), 24.0));
                        let response = ui.add(row);
                        if i == self.selected && moved {
                            response.scroll_to_me(None);
                        }
                        if response.clicked() {
                            chosen = Some(entry);
                        }
                    }
                    if hits.is_empty() {
                        ui.label("No matching command");
                    }
                });
            });
        if chosen.is_some() {
            self.open = false;
        }
        chosen
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
                for (group, entries) in table::sheet() {
                    ui.label(RichText::new(group).strong());
                    egui::Grid::new(group).num_columns(2).spacing([24.0, 2.0]).show(ui, |ui| {
                        for entry in entries {
                            ui.label(RichText::new(entry.keys_text()).monospace());
                            ui.label(entry.title);
                            ui.end_row();
                        }
                    });
                    ui.add_space(8.0);
                }
            });
        });
}
