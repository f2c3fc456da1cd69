//! Search everything (Ctrl+K), and the sheet of keys (F1). Both are drawn from the command table.

use egui::{Align2, Button, Context, Response, RichText, Role, ScrollArea, TextEdit, WidgetInfo, vec2};

use crate::app::App;
use crate::app::table;
use crate::app::table::choices::{self, Choice};
use crate::app::table::gestures::GESTURES;
use crate::app::table::search::rank;
use crate::gui::forms::{name_label_ui, short_job};
use crate::gui::theme::ROW;

/// Width and height of the search, on a screen that is large enough.
const SIZE: egui::Vec2 = vec2(480.0, 380.0);
/// Width of the sheet of keys.
const SHEET: f32 = 620.0;
/// Width of the keys on it.
const KEYS: f32 = 190.0;

/// The search for a command.
#[derive(Default)]
pub(super) struct Palette {
    pub(super) open: bool,
    query: String,
    /// Everything that could be chosen when the search was opened.
    choices: Vec<Choice>,
    /// Number of those.
    listed: usize,
    /// Positions of those that fit, the best first, and the query that they fit.
    hits: Vec<usize>,
    searched: Option<String>,
    selected: usize,
    /// The selected hit moved, and is to be seen.
    moved: bool,
    /// The selected hit is to be run.
    run: bool,
}

impl Palette {
    pub(super) fn toggle(&mut self, app: &App) {
        let open = !self.open;
        let choices = if open { choices::all(app) } else { Vec::new() };
        *self = Self { open, listed: choices.len(), choices, ..Self::default() };
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

    /// Finds what fits the query, once for each query.
    fn search(&mut self) {
        if self.searched.as_ref() == Some(&self.query) {
            return;
        }
        // An address that was typed is a choice of its own.
        self.choices.truncate(self.listed);
        let typed = choices::of_address(&self.query);
        let address = typed.is_some().then_some(self.choices.len());
        self.choices.extend(typed);
        let fits = |(at, choice): (usize, &Choice)| {
            Some((rank(&self.query, (choice.group, &choice.title, choice.about))?, at))
        };
        let mut found: Vec<(u32, usize)> = self.choices.iter().enumerate().filter_map(fits).collect();
        found.sort_unstable();
        self.hits = address.map_or_else(|| found.into_iter().map(|(_, at)| at).collect(), |at| vec![at]);
        if self.searched.replace(self.query.clone()).is_some() {
            self.selected = 0;
            self.moved = true;
        }
    }

    /// Draws the search; returns what was chosen.
    pub(super) fn ui(&mut self, ctx: &Context) -> Option<Choice> {
        if !self.open {
            return None;
        }
        let mut chosen = None;
        let screen = ctx.content_rect().size();
        let size = SIZE.min(screen - vec2(32.0, 60.0));
        let top = (screen.y - size.y - 30.0).clamp(8.0, 80.0);
        egui::Window::new("Search commands")
            .title_bar(false)
            .resizable(false)
            .fixed_size(size)
            .anchor(Align2::CENTER_TOP, [0.0, top])
            .show(ctx, |ui| {
                let label = ui.label(RichText::new("Search commands").strong());
                let edit = ui.add(
                    TextEdit::singleline(&mut self.query)
                        .desired_width(f32::INFINITY)
                        .hint_text("Type a command, a transform, a tag, a recording…"),
                );
                edit.labelled_by(label.id).request_focus();
                self.search();
                self.selected = self.selected.min(self.hits.len().saturating_sub(1));
                if std::mem::take(&mut self.run) {
                    chosen = self.hits.get(self.selected).copied();
                }
                ui.separator();
                chosen = self.hits_ui(ui).or(chosen);
            });
        let chosen = self.choices.get(chosen?).cloned();
        self.open = chosen.is_none();
        chosen
    }

    /// The list of hits; returns the one that was clicked.
    fn hits_ui(&mut self, ui: &mut egui::Ui) -> Option<usize> {
        if self.hits.is_empty() {
            ui.label("No matching command");
            return None;
        }
        let mut clicked = None;
        let each = ROW + ui.spacing().item_spacing.y;
        let mut area = ScrollArea::vertical().auto_shrink([false, false]);
        if std::mem::take(&mut self.moved) {
            let middle = (ui.available_height() - each) / 2.0;
            area = area.vertical_scroll_offset((self.selected as f32 * each - middle).max(0.0));
        }
        area.show_rows(ui, ROW, self.hits.len(), |ui, rows| {
            for row in rows {
                let Some((at, choice)) =
                    self.hits.get(row).and_then(|at| Some((*at, self.choices.get(*at)?)))
                else {
                    continue;
                };
                let title = format!("{}: {}", choice.group, choice.title);
                let row = row_ui(ui, &title, &choice.key, row == self.selected);
                let row = if choice.about.is_empty() { row } else { row.on_hover_text(choice.about) };
                if row.clicked() {
                    clicked = Some(at);
                }
            }
        });
        clicked
    }
}

/// A row as wide as the list: the title, cut before the key at its end.
fn row_ui(ui: &mut egui::Ui, title: &str, key: &str, selected: bool) -> Response {
    let room = ui.available_width();
    let job = short_job(ui, RichText::new(title), room - 32.0 - 8.0 * key.chars().count() as f32, 1);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let row = Button::new(galley)
        .right_text(RichText::new(key).monospace())
        .selected(selected)
        .frame_when_inactive(false)
        .min_size(vec2(room, ROW));
    let response = ui.add(row);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, title));
    response
}

/// The keys and what the mouse does, by subject.
pub(super) fn shortcuts_ui(ctx: &Context, open: &mut bool) {
    let screen = ctx.content_rect().size();
    let (width, height) = (SHEET.min(screen.x - 40.0), 520.0_f32.min(screen.y - 90.0));
    egui::Window::new("Keys")
        .open(open)
        .resizable(false)
        .default_width(width)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            ui.set_max_width(width);
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                for (group, entries) in table::sheet() {
                    let rows = entries.into_iter().map(|entry| (entry.keys_text(), entry.title));
                    group_ui(ui, group, rows);
                }
                for (group, gestures) in GESTURES {
                    group_ui(ui, group, gestures.iter().map(|one| (one.how.to_owned(), one.title)));
                }
                ui.label("Tag types and classes have the keys that the ontology gives them.");
            });
        });
}

fn group_ui<'a>(ui: &mut egui::Ui, group: &str, rows: impl Iterator<Item = (String, &'a str)>) {
    ui.label(RichText::new(group).strong());
    egui::Grid::new(group).num_columns(2).spacing([16.0, 2.0]).show(ui, |ui| {
        for (keys, title) in rows {
            ui.scope(|ui| {
                ui.set_min_width(KEYS);
                ui.set_max_width(KEYS);
                name_label_ui(ui, RichText::new(keys).monospace());
            });
            ui.label(title);
            ui.end_row();
        }
    });
    ui.add_space(8.0);
}
