//! The topics of the recording: type, number of messages, rate, and why one is not shown.

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::open_clip::OpenClip;
use crate::app::replay::tiles::TileCommand;
use crate::clips::Clip as _;
use crate::data::clip::{ChannelId, ChannelKind};
use crate::gui::forms::{button_ui, empty_ui, name_label_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, icon};

/// One tile, when somebody asked for it.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "topics",
    title: "Topics",
    place: Place::Below,
    medium: None,
    fits: |clip| clip.opened.topics.then_some(Subject::Opened(1)).into_iter().collect(),
    make: |_| Box::<Topics>::default(),
};

/// State of this pane between frames.
#[derive(Default)]
struct Topics {
    filter: String,
    /// The rows, and the number of samples that they were made of.
    rows: Vec<Row>,
    made_of: Option<(u64, usize)>,
}

/// A topic of a recording of messages, or a channel of another one.
struct Row {
    name: String,
    schema: String,
    count: usize,
    rate: Option<f64>,
    shown_as: String,
    /// True if its messages can be read as recorded.
    messages: bool,
}

const HEIGHT: f32 = 22.0;

impl ViewPane for Topics {
    fn ui(&mut self, ui: &mut Ui, _subject: Subject, pane: &mut Pane<'_>) {
        let Some(open) = &pane.app.open.clip else { return };
        let made_of = (open.id, open.info.channels.iter().map(|channel| channel.samples).sum());
        if self.made_of != Some(made_of) {
            (self.rows, self.made_of) = (rows(open), Some(made_of));
        }
        egui::Frame::new().inner_margin(6.0).show(ui, |ui| self.draw(ui, pane));
    }

    fn close(&self, _number: u32) -> Option<Command> {
        Some(Command::Tiles(TileCommand::ToggleTopics))
    }

    fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Topics {
    fn draw(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let filter = self.filter.to_lowercase();
        let fits = |row: &&Row| {
            row.name.to_lowercase().contains(&filter) || row.schema.to_lowercase().contains(&filter)
        };
        let rows: Vec<&Row> = self.rows.iter().filter(fits).collect();
        ui.horizontal(|ui| {
            ui.label(icon::SEARCH);
            let field = TextEdit::singleline(&mut self.filter)
                .hint_text("filter by name or type")
                .desired_width(220.0);
            ui.add(field).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter topics"));
            ui.label(RichText::new(format!("{} of {}", rows.len(), self.rows.len())).size(12.0));
        });
        if rows.is_empty() {
            empty_ui(ui, "No topic matches the filter");
            return;
        }
        let widths = [0.34, 0.26, 0.10, 0.10].map(|share| share * (ui.available_width() - 90.0).max(300.0));
        let dim = theme::colors(ui).dim;
        let cell = |ui: &mut Ui, width: f32, text: RichText| {
            ui.allocate_ui_with_layout(
                egui::vec2(width, HEIGHT),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_width(width);
                    name_label_ui(ui, text.size(12.0));
                },
            );
        };
        ui.horizontal(|ui| {
            for (title, width) in ["Topic", "Type", "Messages", "Rate"].into_iter().zip(widths) {
                cell(ui, width, RichText::new(title).color(dim));
            }
            ui.label(RichText::new("Shown as").size(12.0).color(dim));
        });
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, HEIGHT, rows.len(), |ui, range| {
            for row in rows.get(range).unwrap_or_default() {
                ui.horizontal(|ui| {
                    cell(ui, widths[0], RichText::new(&row.name));
                    cell(ui, widths[1], RichText::new(&row.schema).color(dim));
                    cell(ui, widths[2], RichText::new(row.count.to_string()));
                    let rate = row.rate.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1} Hz"));
                    cell(ui, widths[3], RichText::new(rate));
                    if row.messages {
                        let read = button_ui(ui, icon::FILE, "Read", "");
                        read.widget_info(|| {
                            WidgetInfo::labeled(Role::Button, true, format!("Read {}", row.name))
                        });
                        if read.clicked() {
                            pane.commands.push(Command::Tiles(TileCommand::Messages(row.name.clone())));
                        }
                    }
                    name_label_ui(ui, RichText::new(&row.shown_as).size(12.0).color(dim));
                });
            }
        });
    }
}

fn rows(open: &OpenClip) -> Vec<Row> {
    let Some(raw) = open.joined.raw() else {
        let channels = open.info.channels.iter().enumerate();
        return channels
            .map(|(at, channel)| {
                let times = open.clip.times(ChannelId(at));
                let seconds =
                    times.first().zip(times.last()).map_or(0.0, |(first, last)| (*last - *first).secs());
                Row {
                    name: channel.name.clone(),
                    schema: channel.encoding.clone(),
                    count: channel.samples,
                    rate: (seconds > 0.0).then(|| (times.len() - 1) as f64 / seconds),
                    shown_as: channel.problem.clone().unwrap_or_else(|| channel.kind.title().to_owned()),
                    messages: false,
                }
            })
            .collect();
    };
    let topics = raw.topics();
    let row = |topic: &crate::clips::raw::RawTopic| {
        let own = |name: &str| {
            name == topic.name
                || name.strip_prefix(&*topic.name).is_some_and(|rest| rest.starts_with([' ', '.']))
        };
        let own: Vec<_> = open.info.channels.iter().filter(|channel| own(&channel.name)).collect();
        let signals = own.iter().filter(|channel| channel.kind == ChannelKind::Signal).count();
        let problem = own.iter().find_map(|channel| channel.problem.clone());
        let shown_as = match (topic.kind, signals) {
            (ChannelKind::Other, 0) => problem.unwrap_or_else(|| ChannelKind::Other.title().to_owned()),
            (ChannelKind::Other, count) => crate::base::text::counted(count, "signal"),
            (kind, 0) => kind.title().to_owned(),
            (kind, count) => format!("{}, {}", kind.title(), crate::base::text::counted(count, "signal")),
        };
        Row {
            name: topic.name.clone(),
            schema: topic.described.schema.clone(),
            count: topic.times.len(),
            rate: topic.rate(),
            shown_as,
            messages: true,
        }
    };
    topics.iter().map(row).collect()
}
