//! Operator mode: the camera, a big clock, the last tag and nine big keys. Made for a glance from the seat.

use egui::{Align2, Button, CentralPanel, Color32, FontId, Panel, Rect, RichText, Ui, Vec2};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::table::entry::WindowCommand;
use crate::app::table::key_of;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::views::Views;
use crate::gui::theme::{self, class_ink};

/// Height of a key in points.
const KEY: f32 = 92.0;

/// Draws over the whole window.
pub fn operator_ui(ui: &mut Ui, views: &mut Views, pane: &mut Pane<'_>) {
    let app = pane.app;
    Panel::top("operator clock").exact_size(72.0).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(
                RichText::new(app.open.playback.clip_time().to_string()).monospace().size(44.0).strong(),
            );
            ui.add_space(24.0);
            last_ui(ui, app);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let big =
                    |text: &str| Button::new(RichText::new(text).size(20.0)).min_size(Vec2::new(96.0, 52.0));
                if ui
                    .add(big("Exit"))
                    .on_hover_text(format!(
                        "{} or {}",
                        key_of("Stop drawing, leave what covers the window"),
                        key_of("Operator mode")
                    ))
                    .clicked()
                {
                    pane.window.push(WindowCommand::Operator);
                }
                if ui.add(big("Undo")).on_hover_text(key_of("Undo the last tag")).clicked() {
                    pane.commands.push(Command::Label(LabelCommand::Undo));
                }
                let speaks = app.session.speak;
                let voice = ui.add(big("Voice").selected(speaks)).on_hover_text("Speak each tag");
                if voice.clicked() {
                    pane.commands.push(Command::Label(LabelCommand::Speak(!speaks)));
                }
                let play = if app.open.playback.playing { "Pause" } else { "Play" };
                if ui.add(big(play)).on_hover_text(key_of("Play or pause")).clicked() {
                    pane.commands.push(Command::Play(PlayCommand::Toggle));
                }
            });
        });
    });
    Panel::bottom("operator keys").exact_size(KEY + 12.0).show(ui, |ui| keys_ui(ui, pane));
    let frame = egui::Frame::new().fill(Color32::BLACK);
    CentralPanel::default().frame(frame).show(ui, |ui| views.active_ui(ui, pane));
}

/// The last tag, large enough to be seen from the side.
fn last_ui(ui: &mut Ui, app: &App) {
    let text = match &app.open.labeling.last_saved {
        Some(label) => format!("{}  {label}", theme::icon::PASS),
        None => "Press 1 to 9 to tag".to_owned(),
    };
    let color =
        app.open.labeling.tag().and_then(|id| app.project()?.tag(id)).map(|tag| class_ink(ui, &tag.kind));
    let color = color.unwrap_or_else(|| theme::colors(ui).dim);
    ui.label(RichText::new(text).size(28.0).color(color));
    if app.open.labeling.mark_in.is_some() {
        ui.label(RichText::new("marking, O to end").size(22.0).color(theme::colors(ui).warning));
    }
}

fn keys_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(project) = app.project() else { return };
    let count = project.ontology.tags.len().clamp(1, 9);
    let place = ui.available_rect_before_wrap();
    let width = (place.width() - 6.0 * (count as f32 - 1.0)) / count as f32;
    for (position, word) in project.ontology.tags.iter().take(9).enumerate() {
        let left = place.left() + position as f32 * (width + 6.0);
        let rect = Rect::from_min_size(egui::pos2(left, place.top() + 4.0), Vec2::new(width, KEY));
        let color = class_ink(ui, &word.name);
        let response = ui.put(rect, Button::new(""));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Tag {}", word.name))
        });
        if response.clicked() {
            pane.commands.push(Command::Label(LabelCommand::Point(position)));
        }
        let painter = ui.painter_at(rect);
        let stripe = Rect::from_min_size(rect.min, Vec2::new(rect.width(), 6.0));
        painter.rect_filled(stripe, 2.0, color);
        let ink = ui.visuals().text_color();
        let digit = (position + 1).to_string();
        painter.text(
            rect.center_top() + Vec2::new(0.0, 32.0),
            Align2::CENTER_CENTER,
            digit,
            FontId::proportional(34.0),
            ink,
        );
        let mut size = 18.0;
        let galley = loop {
            let galley = painter.layout_no_wrap(word.name.clone(), FontId::proportional(size), ink);
            if galley.size().x <= width - 8.0 || size <= 10.0 {
                break galley;
            }
            size -= 1.0;
        };
        painter.galley(
            rect.center_bottom() - Vec2::new(galley.size().x / 2.0, galley.size().y + 12.0),
            galley,
            ink,
        );
    }
}
