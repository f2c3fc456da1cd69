//! Log messages recorded while driving: a table that follows the playhead, with search.

use egui::{Align2, FontId, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::data::clip::ChannelKind;
use crate::data::time::log::{LogEntry, LogLevel};
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, icon};

/// Log messages, for recordings that have a log.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "log",
    title: "Log",
    place: Place::Below,
    medium: None,
    fits: |clip| clip.info.of_kind(ChannelKind::Log).next().map(|_| Subject::Recording).into_iter().collect(),
    make: |_| Box::<LogPane>::default(),
};

/// State of this pane between frames.
#[derive(Debug)]
struct LogPane {
    search: String,
    /// Lines below this level are left out.
    least: LogLevel,
    /// Positions of the shown lines, and the filter that selected them.
    shown: Vec<usize>,
    chosen_by: Option<(usize, String, LogLevel)>,
    /// The line at the playhead when the table was last scrolled there.
    followed: Option<usize>,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            search: String::new(),
            least: LogLevel::Debug,
            shown: Vec::new(),
            chosen_by: None,
            followed: None,
        }
    }
}

const ROW: f32 = 18.0;

impl ViewPane for LogPane {
    fn ui(&mut self, ui: &mut Ui, _subject: Subject, pane: &mut Pane<'_>) {
        self.draw(ui, pane);
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl LogPane {
    fn draw(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(open) = &app.open.clip else { return };
        let entries = open.clip.logs();
        egui::Frame::new().inner_margin(6.0).show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(icon::SEARCH);
                let width = (ui.available_width() - 290.0).clamp(70.0, 260.0);
                let field =
                    TextEdit::singleline(&mut self.search).hint_text("search the log").desired_width(width);
                let field = ui.add(field);
                field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Search the log"));
                for level in [LogLevel::Debug, LogLevel::Warning, LogLevel::Error] {
                    let title = if level == LogLevel::Debug { "all" } else { level.title() };
                    ui.selectable_value(&mut self.least, level, title);
                }
                self.choose(&entries);
                let count = RichText::new(format!("{} of {}", self.shown.len(), entries.len())).size(12.0);
                ui.add(egui::Label::new(count).extend());
            });
            if self.shown.is_empty() {
                ui.label(if entries.is_empty() { "No line read yet" } else { "No line matches the search" });
                return;
            }
            let now = app.open.playback.playhead;
            let current = self.shown.partition_point(|at| entries.get(*at).is_some_and(|e| e.time <= now));
            let current = current.checked_sub(1);
            let mut area = ScrollArea::vertical().auto_shrink(false);
            if current != self.followed {
                self.followed = current;
                let row = current.unwrap_or(0) as f32 * (ROW + ui.spacing().item_spacing.y);
                area = area.vertical_scroll_offset((row - ui.available_height() / 2.0).max(0.0));
            }
            let start = app.open.playback.range.start;
            area.show_rows(ui, ROW, self.shown.len(), |ui, rows| {
                for row in rows {
                    let Some(entry) = self.shown.get(row).and_then(|at| entries.get(*at)) else { continue };
                    let at = (entry.time - start).to_string();
                    if row_ui(ui, entry, &at, Some(row) == current) {
                        pane.commands.push(Command::Play(PlayCommand::Seek(entry.time)));
                    }
                }
            });
        });
    }

    fn choose(&mut self, entries: &[LogEntry]) {
        let by = (entries.len(), self.search.to_lowercase(), self.least);
        if self.chosen_by.as_ref() == Some(&by) {
            return;
        }
        let found = |entry: &LogEntry| {
            entry.line.level >= self.least
                && (by.1.is_empty()
                    || entry.line.text.to_lowercase().contains(&by.1)
                    || entry.line.source.to_lowercase().contains(&by.1))
        };
        self.shown = entries.iter().enumerate().filter(|(_, e)| found(e)).map(|(i, _)| i).collect();
        self.chosen_by = Some(by);
        self.followed = None;
    }
}

/// One line; true when it was clicked.
fn row_ui(ui: &mut Ui, entry: &LogEntry, at: &str, current: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::click());
    let colors = theme::colors(ui);
    let painter = ui.painter_at(rect);
    if current || response.hovered() {
        painter.rect_filled(
            rect,
            2.0,
            ui.visuals().selection.bg_fill.gamma_multiply(if current { 0.7 } else { 0.3 }),
        );
    }
    let color = match entry.line.level {
        LogLevel::Debug => colors.dim,
        LogLevel::Info => ui.visuals().text_color(),
        LogLevel::Warning => colors.warning,
        LogLevel::Error | LogLevel::Fatal => colors.fail,
    };
    let y = rect.center().y;
    let text = |x: f32, words: &str, font: FontId, color| {
        painter.text(egui::pos2(rect.left() + x, y), Align2::LEFT_CENTER, words, font, color)
    };
    text(4.0, at, FontId::monospace(12.0), colors.dim);
    text(86.0, entry.line.level.title(), FontId::proportional(12.0), color);
    let source =
        if entry.line.source.is_empty() { entry.channel.as_ref() } else { entry.line.source.as_str() };
    let source = text(140.0, source, FontId::proportional(12.0), colors.dim);
    text(140.0 + source.width() + 10.0, &entry.line.text, FontId::proportional(12.0), color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{at} {}", entry.line.text)));
    response.on_hover_text(&entry.line.text).clicked()
}
