//! The top bar, the status line and the list of messages.

use egui::{Align, Button, Context, Layout, Panel, RichText, Role, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::notices::{Level, Notice};
use crate::app::open::command::OpenCommand;
use crate::app::table::entry::WindowCommand;
use crate::app::table::key_of;
use crate::gui::forms::{icon_button_ui, icon_toggle_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::WORKSPACES;
use crate::gui::panes::workspace::WorkspaceKind;
use crate::gui::shell::{Asked, PROGRESS_DELAY, Shell, pane};
use crate::gui::theme::{self, icon};
use crate::gui::toolbar::{Tool, bare_width, button_width, groups_ui, labeled_groups};

/// Narrowest and widest that the name of a project is shown.
const NAME: [f32; 2] = [40.0, 220.0];
/// A bar that is narrower has less space between its buttons.
const ROOMY: f32 = 1300.0;
/// Room from which on the workspaces have icons beside their names.
const ICONS: f32 = 1500.0;
/// Room for what lies between the parts of the bar.
const SLACK: f32 = 24.0;

impl Shell {
    /// Project, workspaces and what concerns the whole window.
    pub(super) fn top_ui(&mut self, ui: &mut Ui, asked: &mut Asked) {
        let mut pane = pane!(self, asked);
        let (app, workspaces) = (&self.app, &self.workspaces);
        Panel::top("top").exact_size(36.0).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                let room = ui.available_width();
                if room < ROOMY {
                    ui.spacing_mut().item_spacing.x = 2.0;
                    ui.spacing_mut().button_padding.x = 5.0;
                }
                let mut groups = Vec::new();
                if app.open.clip.is_some() {
                    groups.push(vec![
                        Tool::run(icon::UNDO, "Undo", "Undo", Command::Label(LabelCommand::Undo)),
                        Tool::run(icon::REDO, "Redo", "Redo", Command::Label(LabelCommand::Redo)),
                    ]);
                    let at = WORKSPACES.iter().position(|kind| kind.workspace == app.workspace);
                    groups.extend(
                        at.and_then(|at| workspaces.get(at))
                            .map(|page| page.tools(&pane))
                            .unwrap_or_default(),
                    );
                    if app.open.models.loaded.is_some() {
                        groups.push(vec![Tool::window(icon::CUBE, WindowCommand::Model, "Model")]);
                    }
                }
                let mut general = vec![
                    Tool::window(icon::SEARCH, WindowCommand::Palette, "Search"),
                    Tool::window(icon::KEYBOARD, WindowCommand::Keys, "Keys"),
                    Tool::window(icon::SUN, WindowCommand::Theme, "Theme"),
                ];
                if app.open.clip.is_some() {
                    let close = Command::Open(OpenCommand::Close);
                    general.insert(0, Tool::run(icon::HOME, "Close the project", "Close", close));
                }
                groups.push(general);
                let switcher = if app.open.clip.is_some() { switcher_width(ui) } else { 0.0 };
                let name = app.project().map_or("Hardcase", |project| project.name.as_str());
                ui.scope(|ui| {
                    let rest = room - switcher - bare_width(ui, &groups) - SLACK;
                    ui.set_max_width(rest.clamp(NAME[0], NAME[1]));
                    ui.add(egui::Label::new(RichText::new(name).strong()).truncate());
                });
                if app.open.clip.is_some() {
                    ui.separator();
                    switcher_ui(ui, &mut pane);
                }
                let labeled = labeled_groups(ui, &groups, ui.available_width());
                let last = groups.len() - 1;
                let general = groups.pop().unwrap_or_default();
                groups_ui(ui, groups, labeled, &mut pane);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    for tool in general.into_iter().rev() {
                        tool.ui(ui, labeled > last, &mut pane);
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
                if self.app.open.frames.dropped > 0 {
                    let text = format!(
                        "{} frames dropped, decoding could not keep up",
                        self.app.open.frames.dropped
                    );
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
                    if self.app.open.editor.is_some() {
                        let text = match &self.app.open.labeling.last_saved {
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

/// Least width of a tab of the switcher.
fn tab_width(ui: &Ui) -> f32 {
    if ui.spacing().item_spacing.x < 8.0 { 0.0 } else { 72.0 }
}

/// Width of the switcher without icons.
fn switcher_width(ui: &Ui) -> f32 {
    let gap = ui.spacing().item_spacing.x;
    let tab =
        |kind: &&WorkspaceKind| button_width(ui, RichText::new(kind.workspace.title())).max(tab_width(ui));
    WORKSPACES.iter().map(|kind| tab(kind) + gap).sum()
}

/// The workspaces, each one click away.
fn switcher_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let wide = ui.available_width() > ICONS;
    for kind in WORKSPACES {
        let title = kind.workspace.title();
        let chosen = pane.app.workspace == kind.workspace;
        let text = if wide { format!("{}  {title}", kind.icon) } else { title.to_owned() };
        let tab = ui.add(Button::new(text).selected(chosen).min_size(egui::vec2(tab_width(ui), theme::ROW)));
        tab.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, title));
        if tab.on_hover_text(key_of(&format!("Show {title}"))).clicked() {
            pane.commands.push(Command::Show(kind.workspace));
        }
    }
}
