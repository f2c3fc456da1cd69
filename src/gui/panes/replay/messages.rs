//! Messages of a topic as recorded: every field of the one at the playhead.

use std::collections::BTreeMap;

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::open_clip::OpenClip;
use crate::app::replay::tiles::{MessageView, TileCommand};
use crate::base::time::index_at;
use crate::clips::Clip as _;
use crate::clips::raw::{MessageLine, RawTopic};
use crate::data::clip::{ChannelInfo, ChannelKind};
use crate::gui::forms::{empty_ui, icon_button_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::scripts::shown;
use crate::gui::theme::{self, icon};

/// One tile for each topic whose messages somebody looks at.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "messages",
    title: "Messages",
    place: Place::Below,
    medium: None,
    fits: |clip| clip.opened.messages.iter().map(|view| Subject::Opened(view.number)).collect(),
    make: |_| Box::<MessagesPane>::default(),
};

/// State of this pane between frames: the filters by tile.
#[derive(Default)]
struct MessagesPane {
    filters: BTreeMap<u32, String>,
}

const ROW: f32 = 24.0;
/// Indentation of a field inside of another.
const INDENT: f32 = 14.0;

impl ViewPane for MessagesPane {
    fn ui(&mut self, ui: &mut Ui, subject: Subject, pane: &mut Pane<'_>) {
        let (Subject::Opened(number), Some(open)) = (subject, &pane.app.open.clip) else { return };
        let Some(view) = open.opened.messages.iter().find(|view| view.number == number) else { return };
        let Some(raw) = open.joined.raw() else {
            empty_ui(
                ui,
                "This recording is no recording of messages: its files hold samples, which the other views show",
            );
            return;
        };
        let topics = raw.topics();
        let filter = self.filters.entry(number).or_default();
        egui::Frame::new().inner_margin(6.0).show(ui, |ui| view_ui(ui, open, view, &topics, filter, pane));
    }

    fn close(&self, number: u32) -> Option<Command> {
        Some(Command::Tiles(TileCommand::CloseMessages(number)))
    }

    fn forget(&mut self) {
        self.filters.clear();
    }
}

fn view_ui(
    ui: &mut Ui,
    open: &OpenClip,
    view: &MessageView,
    topics: &[RawTopic],
    filter: &mut String,
    pane: &mut Pane<'_>,
) {
    let app = pane.app;
    let topic = topics.iter().find(|topic| topic.name == view.topic);
    ui.horizontal_wrapped(|ui| {
        let mut chosen = view.topic.clone();
        let text = if view.topic.is_empty() { "choose a topic" } else { view.topic.as_str() };
        let combo = egui::ComboBox::from_id_salt(("topic", view.number)).width(190.0).truncate();
        let combo = combo.selected_text(shown(text)).show_ui(ui, |ui| {
            for topic in topics {
                ui.selectable_value(&mut chosen, topic.name.clone(), shown(&topic.name));
            }
        });
        combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Topic"));
        if chosen != view.topic {
            let view = view.number;
            pane.commands.push(Command::Tiles(TileCommand::Topic { view, topic: chosen }));
        }
        if let Some(topic) = topic {
            let index = index_at(&topic.times, app.open.playback.playhead);
            let mut step = |ui: &mut Ui, sign: &str, name: &str, to: Option<usize>| {
                let time = to.and_then(|to| topic.times.get(to));
                if icon_button_ui(ui, sign, name, "").clicked()
                    && let Some(time) = time
                {
                    pane.commands.push(Command::Play(PlayCommand::Seek(*time)));
                }
            };
            step(ui, icon::LEFT, "Previous message", index.checked_sub(1));
            step(ui, icon::RIGHT, "Next message", Some(index + 1));
            ui.label(RichText::new(format!("{} of {}", index + 1, topic.times.len())).monospace().size(12.0));
        }
        let field = TextEdit::singleline(filter).hint_text("filter fields").desired_width(120.0);
        ui.add(field).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter fields"));
    });
    let Some(topic) = topic else {
        let gone = format!("This recording has no topic {}", shown(&view.topic));
        empty_ui(ui, if view.topic.is_empty() { "Choose a topic to read its messages" } else { &gone });
        return;
    };
    let Some((_, lines)) = open.messages.shown(&view.topic) else {
        empty_ui(
            ui,
            if topic.times.is_empty() { "The topic has no messages" } else { "Reading the message…" },
        );
        return;
    };
    let schema = if topic.described.schema.is_empty() { "no schema" } else { &topic.described.schema };
    ui.label(
        RichText::new(format!("{schema}  {}", topic.described.encoding))
            .size(12.0)
            .color(theme::colors(ui).dim),
    );
    match &**lines {
        Ok(lines) => lines_ui(ui, open, &view.topic, lines, filter, pane),
        Err(problem) => {
            let color = theme::colors(ui).warning;
            let text = format!("{}  {problem}", icon::WARNING);
            ui.add(egui::Label::new(RichText::new(text).color(color)).wrap());
        }
    }
}

fn lines_ui(
    ui: &mut Ui,
    open: &OpenClip,
    topic: &str,
    lines: &[MessageLine],
    filter: &str,
    pane: &mut Pane<'_>,
) {
    let filter = filter.to_lowercase();
    let fits = |line: &&MessageLine| {
        filter.is_empty()
            || line.path.to_lowercase().contains(&filter)
            || line.value.to_lowercase().contains(&filter)
    };
    let lines: Vec<&MessageLine> = lines.iter().filter(fits).collect();
    if lines.is_empty() {
        empty_ui(ui, "No field matches the filter");
        return;
    }
    let colors = theme::colors(ui);
    ScrollArea::both().auto_shrink(false).show_rows(ui, ROW, lines.len(), |ui, rows| {
        for line in lines.get(rows).unwrap_or_default() {
            ui.horizontal(|ui| {
                ui.set_height(ROW);
                ui.spacing_mut().item_spacing.x = 6.0;
                ui.add_space(line.depth as f32 * INDENT);
                ui.label(RichText::new(shown(&line.name)).size(12.0).color(colors.dim));
                let value = RichText::new(shown(&line.value)).monospace().size(12.0);
                ui.add(egui::Label::new(value).extend()).on_hover_text("Select to copy");
                if let Some(channel) = signal_of(open, topic, &line.path)
                    && icon_button_ui(ui, icon::CHART, &format!("Plot {}", channel.name), "").clicked()
                {
                    pane.commands.push(Command::Tiles(TileCommand::Plot(vec![channel.name.clone()])));
                }
            });
        }
    });
}

/// The signal that is made of a field, if one is.
fn signal_of<'a>(open: &'a OpenClip, topic: &str, path: &str) -> Option<&'a ChannelInfo> {
    let rest = |name: &'a str| name.strip_prefix(topic)?.strip_prefix('.');
    let all = &open.info.channels;
    all.iter().find(|channel| channel.kind == ChannelKind::Signal && rest(&channel.name) == Some(path))
}
