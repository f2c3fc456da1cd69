//! The top bar, the status line and the list of messages.

use egui::{Align, Context, Layout, Panel, RichText, Ui};

use crate::app::command::{Command, LabelCommand, OpenCommand};
use crate::app::notices::{Level, Notice};
use crate::app::session::Theme;
use crate::app::table::key_of;
use crate::app::{App, Workspace};
use crate::data::clip::ChannelKind;
use crate::data::geometry::shape::ShapeKind;
use crate::gui::forms::{icon_button_ui, icon_toggle_ui};
use crate::gui::shell::{PROGRESS_DELAY, Shell};
use crate::gui::theme::{self, icon};
use crate::gui::viewers::projection;

impl Shell {
    /// Project, workspaces and what concerns the whole window.
    pub(super) fn top_ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        Panel::top("top").exact_size(36.0).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                let name = self.app.project().map_or("Hardcase", |project| project.name.as_str());
                ui.add(egui::Label::new(RichText::new(name).strong()).truncate());
                if self.app.clip.is_some() {
                    ui.separator();
                    for (workspace, title) in [
                        (Workspace::Label, "Label"),
                        (Workspace::Explore, "Explore"),
                        (Workspace::Findings, "Findings"),
                        (Workspace::Suites, "Suites"),
                        (Workspace::Measure, "Evaluate"),
                    ] {
                        let tab = egui::Button::new(title)
                            .selected(self.app.workspace == workspace)
                            .min_size(egui::vec2(72.0, theme::ROW));
                        if ui.add(tab).on_hover_text(key_of(&format!("Show {title}"))).clicked() {
                            commands.push(Command::Show(workspace));
                        }
                    }
                    ui.separator();
                    for (icon, title, command) in
                        [(icon::UNDO, "Undo", LabelCommand::Undo), (icon::REDO, "Redo", LabelCommand::Redo)]
                    {
                        if icon_button_ui(ui, icon, title, &key_of(title)).clicked() {
                            commands.push(Command::Label(command));
                        }
                    }
                    if self.app.workspace == Workspace::Label {
                        tools_ui(ui, &self.app, commands);
                        ui.separator();
                        if icon_toggle_ui(ui, icon::TABLE, "Table of tags and objects", "F8", self.table.open)
                            .clicked()
                        {
                            self.table.open = !self.table.open;
                        }
                        if icon_button_ui(ui, icon::WHEEL, "Operator mode", "F9").clicked() {
                            self.operator.open = true;
                        }
                        let space = self.views.cameras.space;
                        if projection::is_possible(&self.app)
                            && icon_toggle_ui(ui, icon::SPACE, "Project points onto cameras", "", space)
                                .clicked()
                        {
                            self.views.cameras.space = !space;
                        }
                        let eye = if self.views.cameras.predictions { icon::EYE } else { icon::EYE_SLASH };
                        if icon_toggle_ui(ui, eye, "Show predictions", "", self.views.cameras.predictions)
                            .clicked()
                        {
                            self.views.cameras.predictions = !self.views.cameras.predictions;
                        }
                    }
                    if self.app.models.loaded.is_some()
                        && icon_button_ui(ui, icon::CUBE, "Model settings", "").clicked()
                    {
                        self.model.open(&self.app);
                    }
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    if icon_button_ui(ui, icon::SUN, "Light or dark", "").clicked() {
                        let dark = ui.visuals().dark_mode;
                        self.app.session.theme = if dark { Theme::Light } else { Theme::Dark };
                        self.app.session.save();
                    }
                    if icon_button_ui(ui, icon::KEYBOARD, "Keys", "F1").clicked() {
                        self.keys_open = !self.keys_open;
                    }
                    if icon_button_ui(ui, icon::SEARCH, "Search commands", "Ctrl+K").clicked() {
                        self.palette.toggle();
                    }
                    if self.app.clip.is_some()
                        && icon_button_ui(ui, icon::HOME, "Close the project", &key_of("Close the project"))
                            .clicked()
                    {
                        commands.push(Command::Open(OpenCommand::Close));
                    }
                });
            });
        });
    }

    /// Running jobs, the autosave mark, notifications.
    pub(super) fn status_ui(&mut self, ui: &mut Ui) {
        Panel::bottom("status").exact_size(28.0).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                let colors = theme::colors(ui);
                for job in self.app.jobs.running().iter().filter(|job| job.begun.elapsed() >= PROGRESS_DELAY)
                {
                    let (done, total) = job.progress.state();
                    ui.label(RichText::new(&job.title).size(12.0));
                    if total > 0 {
                        let part = done as f32 / total as f32;
                        let left = (job.begun.elapsed().as_secs_f32() / part.max(1e-3) * (1.0 - part)).ceil();
                        let text = if part > 0.02 {
                            format!("{:.0} %, {left:.0} s left", part * 100.0)
                        } else {
                            String::new()
                        };
                        ui.add(
                            egui::ProgressBar::new(part)
                                .desired_width(140.0)
                                .desired_height(14.0)
                                .text(RichText::new(text).size(11.0)),
                        );
                    } else {
                        ui.add(egui::Spinner::new().size(14.0));
                    }
                    if icon_button_ui(ui, icon::CROSS, &format!("Stop: {}", job.title), "").clicked() {
                        job.progress.cancel();
                    }
                    ui.separator();
                }
                if self.app.frames.dropped > 0 {
                    let text =
                        format!("{} frames dropped, decoding could not keep up", self.app.frames.dropped);
                    ui.label(RichText::new(text).size(12.0).color(colors.warning));
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let bad =
                        self.app.notices.list().iter().filter(|notice| notice.level != Level::Done).count();
                    if icon_toggle_ui(
                        ui,
                        icon::BELL,
                        &format!("Notifications, {bad} warning{}", if bad == 1 { "" } else { "s" }),
                        "",
                        self.notices_open,
                    )
                    .clicked()
                    {
                        self.notices_open = !self.notices_open;
                    }
                    if bad > 0 {
                        ui.label(RichText::new(bad.to_string()).size(12.0).color(colors.warning));
                    }
                    ui.separator();
                    if self.app.editor.is_some() {
                        let text = match &self.app.labelling.last_saved {
                            Some(last) => format!("saved: {last}"),
                            None => "saved".to_owned(),
                        };
                        ui.label(RichText::new(text).size(12.0).color(colors.dim));
                        ui.separator();
                    }
                    ui.label(RichText::new(self.app.chosen_backend().title).size(12.0).color(colors.dim));
                });
            });
        });
    }
}

/// The messages of this run, the newest first, for copying.
pub(super) fn notices_ui(ctx: &Context, notices: &[Notice], open: &mut bool) {
    egui::Window::new("Notifications").open(open).default_width(560.0).show(ctx, |ui| {
        if notices.is_empty() {
            ui.label("No notifications");
        }
        egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
            for notice in notices.iter().rev() {
                let colors = theme::colors(ui);
                let (icon, color) = match notice.level {
                    Level::Done => (icon::PASS, colors.pass),
                    Level::Warning => (icon::WARNING, colors.warning),
                    Level::Error => (icon::FAIL, colors.fail),
                };
                ui.horizontal(|ui| {
                    ui.label(RichText::new(icon).color(color));
                    if ui.small_button("copy").clicked() {
                        ui.ctx().copy_text(notice.text.clone());
                    }
                    ui.add(egui::Label::new(&notice.text).wrap());
                });
            }
        });
    });
}

/// The drawing tools.
fn tools_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let tools = [
        (icon::BOX, "Draw a box", ShapeKind::Box),
        (icon::TURNED, "Draw a rotated box", ShapeKind::TurnedBox),
        (icon::POLYGON, "Draw a polygon", ShapeKind::Polygon),
        (icon::PATH, "Draw a polyline", ShapeKind::Polyline),
        (icon::POINTS, "Place keypoints", ShapeKind::Keypoints),
        (icon::CUBE, "Add cuboid", ShapeKind::Cuboid),
    ];
    let scans = app.clip.as_ref().is_some_and(|open| open.info.of_kind(ChannelKind::Points).next().is_some());
    for (icon, title, tool) in tools.into_iter().filter(|tool| scans || tool.2 != ShapeKind::Cuboid) {
        let chosen = app.labelling.drawing && app.labelling.tool == tool;
        if icon_toggle_ui(ui, icon, title, &key_of(title), chosen).clicked() {
            commands.push(Command::Label(LabelCommand::Tool(Some(tool))));
        }
    }
}
