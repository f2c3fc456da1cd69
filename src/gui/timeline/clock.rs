//! Time at the playhead: on the clock of the recording and on the wall, to copy and to type.

use egui::{Popup, PopupCloseBehavior, RichText, Role, Sense, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::base::time::{Moment, Time};
use crate::gui::forms::dim_ui;
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::theme;

/// Times before this one, in 1980, count from the start of a device and not from 1970.
const SET: Time = Time(315_532_800 * 1_000_000_000);

/// State of the field between frames.
#[derive(Debug, Default)]
pub(super) struct Clock {
    typed: String,
}

/// Date and time of day at the playhead, where the recording has them.
fn wall_clock(pane: &Pane<'_>) -> Option<String> {
    let playback = &pane.app.open.playback;
    (playback.range.start > SET).then(|| playback.playhead.wall_clock())
}

/// Draws the date and the time of day.
pub(super) fn wall_clock_ui(ui: &mut Ui, pane: &Pane<'_>) {
    if let Some(wall) = wall_clock(pane) {
        let date = wall.get(..19).unwrap_or(&wall).replace('T', " ");
        ui.label(RichText::new(date + " UTC").size(12.0).color(theme::colors(ui).dim));
    }
}

impl Clock {
    /// Draws the time; a click opens the field.
    pub(super) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let playback = &pane.app.open.playback;
        let (now, start) = (playback.playhead, playback.range.start);
        let clip = playback.clip_time().to_string();
        let label =
            egui::Label::new(RichText::new(&clip).monospace().size(16.0).strong()).sense(Sense::click());
        let shown = ui.add(label.selectable(false)).on_hover_text("Click to copy a time or to go to one");
        shown.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Time {clip}")));
        let wall = wall_clock(pane);
        Popup::menu(&shown).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            ui.set_min_width(300.0);
            let seconds =
                format!("{}.{:09}", now.0.div_euclid(1_000_000_000), now.0.rem_euclid(1_000_000_000));
            let mut rows = vec![("Clip time", clip.clone())];
            rows.extend(wall.clone().map(|wall| ("Wall clock", wall)));
            rows.push(("Stamp", seconds));
            for (name, text) in rows {
                ui.horizontal(|ui| {
                    let copy = ui.button("Copy");
                    copy.widget_info(|| {
                        WidgetInfo::labeled(Role::Button, true, format!("Copy {}", name.to_lowercase()))
                    });
                    if copy.clicked() {
                        ui.ctx().copy_text(text.clone());
                        ui.close();
                    }
                    dim_ui(ui, name);
                    ui.label(RichText::new(&text).monospace().size(12.0));
                });
            }
            ui.separator();
            let hint = if wall.is_some() { "1:23.5 or 2026-11-30T10:15:00Z" } else { "1:23.5" };
            let field = ui.add(TextEdit::singleline(&mut self.typed).hint_text(hint).desired_width(260.0));
            field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Go to time"));
            let outcome = self.typed.trim().parse::<Moment>();
            match &outcome {
                Err(problem) if !self.typed.trim().is_empty() => {
                    ui.colored_label(theme::colors(ui).warning, problem.to_string());
                }
                _ => {
                    dim_ui(ui, "Go to: clip time or wall clock, then Enter");
                }
            }
            if let (true, Ok(moment)) = (accepted(&field), outcome) {
                pane.commands.push(Command::Play(PlayCommand::Seek(moment.after(start))));
                self.typed.clear();
                ui.close();
            }
        });
    }
}
