//! The text at the playhead, large enough to be read from a distance, with further texts of the recording.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::open_clip::OpenClip;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::input::Medium;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::space;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, class_ink, icon};

/// Heights of letters: short texts, longer ones, pages.
const SIZES: [(usize, f32); 3] = [(120, 30.0), (400, 22.0), (usize::MAX, 16.0)];
/// Classes shown below it.
const CLASSES: usize = 3;

/// One tile for each channel of sentences, in recordings without cameras and points.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "text",
    title: "Text",
    place: Place::Main,
    medium: Some(Medium::Text),
    fits,
    make: |_| Box::new(Texts),
};

fn fits(clip: &OpenClip) -> Vec<Subject> {
    if !clip.cameras().is_empty() || !(space::KIND.fits)(clip).is_empty() {
        return Vec::new();
    }
    clip.info.asked(Medium::Text, &Reach::default()).into_iter().map(|(id, _)| Subject::Channel(id)).collect()
}

/// This pane remembers nothing between frames.
struct Texts;

impl ViewPane for Texts {
    fn ui(&mut self, ui: &mut Ui, subject: Subject, pane: &mut Pane<'_>) {
        if let Some(channel) = subject.channel() {
            text_ui(ui, channel, pane);
        }
    }

    fn forget(&mut self) {}
}

/// Draws the text of a channel.
fn text_ui(ui: &mut Ui, channel: ChannelId, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(open) = &app.open.clip else { return };
    let (frame, line) = match app.open.frames.shown(channel) {
        Some((frame, Ok(Sample::Log(line)))) => (frame, line),
        Some((_, Err(problem))) => {
            ui.centered_and_justified(|ui| {
                let color = theme::colors(ui).warning;
                ui.label(RichText::new(format!("{}  {problem}", icon::WARNING)).color(color))
            });
            return;
        }
        _ => {
            ui.centered_and_justified(|ui| ui.label("Reading the text…"));
            return;
        }
    };
    if app.open.playback.camera != Some(channel) && ui.button("Select this text").clicked() {
        pane.commands.push(Command::Play(PlayCommand::Camera(channel)));
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
                    if let Some((_, Ok(Sample::Log(said)))) = app.open.frames.shown(id) {
                        ui.horizontal(|ui| {
                            ui.label(RichText::new(&other.name).color(theme::colors(ui).dim));
                            ui.label(RichText::new(&said.text).strong());
                        });
                    }
                }
                if let Some(answer) = app.open.models.answer(channel, frame) {
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
