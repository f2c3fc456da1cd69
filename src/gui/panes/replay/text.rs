//! The text at the playhead, large enough to be read from a distance, with further texts of the recording.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, PlayCommand};
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::prediction::Prediction;
use crate::gui::theme::{self, class_ink};

/// Heights of letters: short texts, longer ones, pages.
const SIZES: [(usize, f32); 3] = [(120, 30.0), (400, 22.0), (usize::MAX, 16.0)];
/// Classes shown below it.
const CLASSES: usize = 3;

/// Draws the text of a channel.
pub(in crate::gui::panes) fn text_ui(
    ui: &mut Ui,
    channel: ChannelId,
    app: &App,
    commands: &mut Vec<Command>,
) {
    let Some(open) = &app.clip else { return };
    let (frame, line) = match app.frames.shown(channel) {
        Some((frame, Ok(Sample::Log(line)))) => (frame, line),
        Some((_, Err(problem))) => {
            ui.centered_and_justified(|ui| {
                let color = theme::colors(ui).warning;
                ui.label(RichText::new(format!("{}  {problem}", theme::icon::WARNING)).color(color))
            });
            return;
        }
        _ => {
            ui.centered_and_justified(|ui| ui.label("Reading the text…"));
            return;
        }
    };
    if app.playback.camera != Some(channel) && ui.button("Select this text").clicked() {
        commands.push(Command::Play(PlayCommand::Camera(channel)));
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let room = (ui.available_width() - 96.0).clamp(120.0, 760.0);
        let side = ((ui.available_width() - room) / 2.0).max(0.0);
        ui.add_space((ui.available_height() * 0.22).min(160.0));
        let length = line.text.chars().count();
        let size = SIZES.iter().find(|(most, _)| length <= *most).map_or(16.0, |(_, size)| *size);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_max_width(room);
                let text = if line.text.is_empty() { "(empty)" } else { &line.text };
                let shown = ui.add(egui::Label::new(RichText::new(text).size(size)).wrap().selectable(true));
                shown.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Text: {text}")));
                ui.add_space(18.0);
                for (id, other) in open.info.of_kind(ChannelKind::Log).filter(|(id, _)| *id != channel) {
                    if let Some((_, Ok(Sample::Log(said)))) = app.frames.shown(id) {
                        ui.horizontal(|ui| {
                            ui.label(RichText::new(&other.name).color(theme::colors(ui).dim));
                            ui.label(RichText::new(&said.text).strong());
                        });
                    }
                }
                if let Some(answer) = app.models.answer(channel, frame) {
                    ui.add_space(8.0);
                    answer_ui(ui, answer);
                }
            });
        });
    });
}

fn answer_ui(ui: &mut Ui, answer: &Prediction) {
    let Prediction::Classes { top } = answer else {
        ui.label(answer.summary());
        return;
    };
    for class in top.iter().take(CLASSES) {
        ui.horizontal(|ui| {
            let bar = egui::ProgressBar::new(class.score)
                .desired_width(180.0)
                .desired_height(14.0)
                .fill(class_ink(ui, &class.class));
            ui.add(bar);
            ui.label(RichText::new(format!("{:.3}", class.score)).monospace());
            ui.label(&class.class);
        });
    }
}
