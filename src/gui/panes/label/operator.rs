//! Operator mode: the camera, a big clock, the last tag and nine big keys. Made for a glance from the seat.

use egui::{Align2, Button, CentralPanel, Color32, FontId, Panel, Rect, RichText, Ui, Vec2};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::table::entry::WindowCommand;
use crate::app::table::key_of;
use crate::gui::forms::{name_label_ui, short_job};
use crate::gui::pane::Pane;
use crate::gui::panes::replay::views::Views;
use crate::gui::theme::{self, class_ink};

/// Height of a key in points.
const KEY: f32 = 92.0;
/// Height of the header in points.
pub const HEADER: f32 = 72.0;
/// Room for the buttons at the right of the header.
const BUTTONS: f32 = 440.0;

/// Draws over the whole window.
pub fn operator_ui(ui: &mut Ui, views: &mut Views, pane: &mut Pane<'_>) {
    let app = pane.app;
    let mut clock = RichText::new(app.open.playback.clip_time().to_string()).monospace().size(44.0).strong();
    let mut frame = egui::Frame::side_top_panel(ui.style());
    if app.open.labeling.save_failed.is_some() || app.open.is_read_only() {
        // Louder than anything else.
        frame = frame.fill(ALARM);
        clock = clock.color(Color32::WHITE);
    }
    Panel::top("operator clock").exact_size(HEADER).frame(frame).show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.label(clock);
            ui.add_space(24.0);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let big =
                    |text: &str| Button::new(RichText::new(text).size(20.0)).min_size(Vec2::new(96.0, 52.0));
                if ui
                    .add(big("Exit"))
                    .on_hover_text(format!(
                        "{} or {}",
                        key_of("Close the window on top, stop drawing"),
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
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| last_ui(ui, app));
            });
        });
    });
    Panel::bottom("operator keys").exact_size(KEY + 12.0).show(ui, |ui| keys_ui(ui, pane));
    let frame = egui::Frame::new().fill(Color32::BLACK);
    CentralPanel::default().frame(frame).show(ui, |ui| views.active_ui(ui, pane));
}

/// Color of the header while tags are lost.
const ALARM: Color32 = Color32::from_rgb(176, 16, 16);

/// The last tag, large enough to be seen from the side, or that it was not saved.
fn last_ui(ui: &mut Ui, app: &App) {
    let room = (ui.available_width() - BUTTONS).max(80.0);
    ui.scope(|ui| {
        ui.set_max_width(room);
        match (&app.open.labeling.save_failed, app.open.is_read_only()) {
            (Some(failed), _) => {
                let times = if failed.times > 1 { format!(" ({} ×)", failed.times) } else { String::new() };
                lost_ui(ui, &format!("{} NOT SAVED{times}", theme::icon::FAIL), &failed.why);
            }
            (None, true) => lost_ui(ui, "READ-ONLY", "Tags cannot be saved, make a writable copy first"),
            (None, false) => kept_ui(ui, app),
        }
    });
}

fn lost_ui(ui: &mut Ui, title: &str, why: &str) {
    let text = |text: &str, size: f32| RichText::new(text).size(size).color(Color32::WHITE);
    ui.vertical(|ui| {
        ui.add(egui::Label::new(text(title, 30.0).strong()).truncate());
        ui.add(egui::Label::new(text(why, 15.0)).truncate()).on_hover_text(why);
    });
}

fn kept_ui(ui: &mut Ui, app: &App) {
    let text = match &app.open.labeling.last_saved {
        Some(label) => format!("{}  {label}", theme::icon::PASS),
        None => "Press 1 to 9 to tag".to_owned(),
    };
    let color =
        app.open.labeling.tag().and_then(|id| app.project()?.tag(id)).map(|tag| class_ink(ui, &tag.kind));
    let color = color.unwrap_or_else(|| theme::colors(ui).dim);
    name_label_ui(ui, RichText::new(text).size(28.0).color(color));
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
    let running: Vec<&str> = app.open.running_states().iter().map(|tag| tag.kind.as_str()).collect();
    for (position, word) in project.ontology.tags.iter().take(9).enumerate() {
        let left = place.left() + position as f32 * (width + 6.0);
        let rect = Rect::from_min_size(egui::pos2(left, place.top() + 4.0), Vec2::new(width, KEY));
        let color = class_ink(ui, &word.name);
        let holds = running.contains(&word.name.as_str());
        let response = ui.put(rect, Button::new("").selected(holds));
        response.widget_info(|| {
            let what = if word.lane.is_empty() { "Tag" } else { "State" };
            egui::WidgetInfo::selected(egui::Role::Button, true, holds, format!("{what} {}", word.name))
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
            let text = RichText::new(&word.name).size(size).color(ink);
            let galley = painter.layout_job(short_job(ui, text, width - 8.0, 1));
            if !galley.elided || size <= 12.0 {
                break galley;
            }
            size -= 2.0;
        };
        painter.galley(
            rect.center_bottom() - Vec2::new(galley.size().x / 2.0, galley.size().y + 12.0),
            galley,
            ink,
        );
    }
}
