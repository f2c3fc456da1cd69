//! The top bar, the status line and the list of messages.

use egui::{Align, Button, Context, Layout, Panel, RichText, Role, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::jobs::Job;
use crate::app::label::command::LabelCommand;
use crate::app::notices::{Level, Notice};
use crate::app::open::command::OpenCommand;
use crate::app::table::entry::WindowCommand;
use crate::app::table::key_of;
use crate::base::text::lasting;
use crate::gui::forms::{icon_button_ui, icon_toggle_ui, name_label_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::WORKSPACES;
use crate::gui::panes::workspace::WorkspaceKind;
use crate::gui::shell::menu::menu_ui;
use crate::gui::shell::{Asked, PROGRESS_DELAY, Shell, pane};
use crate::gui::theme::{self, icon};
use crate::gui::toolbar::{
    Tool, bare_width, button_width, fitting_groups, groups_ui, labeled_groups, more_ui,
};

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
        let (app, workspaces, chosen) = (&self.app, &self.workspaces, &mut self.chosen);
        Panel::top("top").exact_size(36.0).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                *chosen = menu_ui(ui);
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
                        groups.push(vec![Tool::window(icon::MODEL, WindowCommand::Model, "Model")]);
                    }
                }
                let mut general = vec![
                    Tool::window(icon::SEARCH, WindowCommand::Palette, "Search"),
                    Tool::window(icon::KEYBOARD, WindowCommand::Keys, "Keys"),
                    Tool::window(icon::SUN, WindowCommand::Theme, "Theme"),
                ];
                if app.project().is_some() {
                    let close = Command::Open(OpenCommand::Close);
                    general.insert(0, Tool::run(icon::HOME, "Close the project", "Close", close));
                }
                groups.push(general);
                let mut switcher = if app.project().is_some() { switcher_width(ui) } else { 0.0 };
                if app.open.is_read_only() {
                    switcher += READ_ONLY;
                }
                let name = app.project().map_or("Hardcase", |project| project.name.as_str());
                ui.scope(|ui| {
                    let rest = room - switcher - bare_width(ui, &groups) - SLACK;
                    ui.set_max_width(rest.clamp(NAME[0], NAME[1]));
                    name_label_ui(ui, RichText::new(name).strong());
                });
                if app.open.is_read_only() {
                    read_only_ui(ui, &mut pane);
                }
                if app.project().is_some() {
                    ui.separator();
                    switcher_ui(ui, &mut pane);
                }
                // The general tools stand at the right end, so they fit first.
                groups.rotate_right(1);
                let fitting = fitting_groups(ui, &groups, ui.available_width());
                let more = groups.split_off(fitting);
                let labeled =
                    if more.is_empty() { labeled_groups(ui, &groups, ui.available_width()) } else { 0 };
                let general = if groups.is_empty() { Vec::new() } else { groups.remove(0) };
                groups_ui(ui, groups, labeled.saturating_sub(1), &mut pane);
                if !more.is_empty() {
                    more_ui(ui, more, &mut pane);
                }
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    for tool in general.into_iter().rev() {
                        tool.ui(ui, labeled > 0, &mut pane);
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
                let jobs = self.app.jobs.running();
                let told: Vec<&Job> =
                    jobs.iter().filter(|job| job.begun.elapsed() >= PROGRESS_DELAY).collect();
                // A job keeps its place until it ends: none moves under the mouse because another one ended.
                self.job_places.hold(&told.iter().map(|job| job.id).collect::<Vec<_>>());
                let width = JOB.min(ui.available_width() * 0.5);
                let fitting = (ui.available_width() * 0.6 / width).floor().max(1.0) as usize;
                for place in self.job_places.0.iter().take(fitting) {
                    let size = egui::vec2(width, theme::ROW);
                    let job = told.iter().find(|job| Some(job.id) == *place);
                    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                        ui.set_min_width(width);
                        ui.set_max_width(width);
                        if let Some(job) = job {
                            job_ui(ui, job);
                        }
                    });
                }
                if self.job_places.0.len() > fitting {
                    let more = self.job_places.0.len() - fitting;
                    ui.label(RichText::new(format!("{more} more")).size(12.0));
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
                    saved_ui(ui, &self.app);
                    name_label_ui(
                        ui,
                        RichText::new(self.app.chosen_backend().title).size(12.0).color(colors.dim),
                    );
                });
            });
        });
    }
}

/// Room for the mark of a read-only project.
const READ_ONLY: f32 = 90.0;

/// The mark of a project that cannot be changed, with the ways out of it.
fn read_only_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let color = theme::colors(ui).warning;
    let menu = ui.menu_button(RichText::new("read-only").color(color), |ui| {
        if ui.button("Make a writable copy…").clicked() {
            pane.window.push(WindowCommand::WritableCopy);
            ui.close();
        }
        if ui.button("Make a writable copy in your own data folder").clicked() {
            pane.commands.push(Command::Open(OpenCommand::WritableCopy { into: None }));
            ui.close();
        }
    });
    menu.response.on_hover_text("This project cannot be changed where it lies; make a writable copy");
}

/// The state of saving: what was saved last, or that it was not.
fn saved_ui(ui: &mut Ui, app: &App) {
    if app.open.editor.is_none() {
        return;
    }
    let colors = theme::colors(ui);
    let labeling = &app.open.labeling;
    let (text, color, about) = if let Some(failed) = &labeling.save_failed {
        let text = format!("{} NOT SAVED: {}", icon::FAIL, failed.edit);
        (text, colors.fail, Some(failed.why.as_str()))
    } else if app.open.is_read_only() {
        ("read-only".to_owned(), colors.warning, None)
    } else {
        let text = match &labeling.last_saved {
            Some(last) => format!("saved: {last}"),
            None => "saved".to_owned(),
        };
        (text, colors.dim, None)
    };
    let label = egui::Label::new(RichText::new(text).size(12.0).color(color)).truncate();
    let response = ui.scope(|ui| {
        ui.set_max_width(SAVED.min(ui.available_width()));
        ui.add(label)
    });
    if let Some(about) = about {
        response.inner.on_hover_text(about);
    }
    ui.separator();
}

/// Room for what was saved last.
const SAVED: f32 = 240.0;
/// Width of a running job in the status line.
const JOB: f32 = 320.0;

/// The places of running jobs in the status line.
#[derive(Debug, Default)]
pub(super) struct JobPlaces(Vec<Option<u64>>);

impl JobPlaces {
    /// Frees the places of jobs that ended, and gives each new one the first free place.
    fn hold(&mut self, running: &[u64]) {
        for place in &mut self.0 {
            *place = place.filter(|id| running.contains(id));
        }
        for id in running {
            if !self.0.contains(&Some(*id)) {
                match self.0.iter_mut().find(|place| place.is_none()) {
                    Some(place) => *place = Some(*id),
                    None => self.0.push(Some(*id)),
                }
            }
        }
        while self.0.last().is_some_and(Option::is_none) {
            self.0.pop();
        }
    }
}

/// One job from its right end on: a button to stop it, its progress, its title.
fn job_ui(ui: &mut Ui, job: &Job) {
    ui.separator();
    if icon_button_ui(ui, icon::CROSS, &format!("Stop: {}", job.title), "").clicked() {
        job.progress.cancel();
    }
    let (done, total) = job.progress.state();
    if total > 0 {
        let part = done as f32 / total as f32;
        let left = job.left_secs().map(|left| format!(", {} left", lasting(left)));
        let text = format!("{:.0} %{}", part * 100.0, left.unwrap_or_default());
        ui.add(
            egui::ProgressBar::new(part)
                .desired_width(140.0_f32.min(ui.available_width() * 0.6))
                .desired_height(14.0)
                .text(RichText::new(text).size(11.0)),
        );
    } else {
        ui.add(egui::Spinner::new().size(14.0));
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        name_label_ui(ui, RichText::new(&job.title).size(12.0));
    });
}

/// The messages of this run, the newest first, for copying.
pub(super) fn notices_ui(ctx: &Context, notices: &[Notice], open: &mut bool) {
    let width = 560.0_f32.min(ctx.content_rect().width() - 40.0);
    egui::Window::new("Notifications").open(open).default_width(width).show(ctx, |ui| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_keeps_its_place_until_it_ends() {
        let mut places = JobPlaces::default();
        places.hold(&[1, 2]);
        assert_eq!(places.0, [Some(1), Some(2)]);
        places.hold(&[2]);
        assert_eq!(places.0, [None, Some(2)]);
        places.hold(&[2, 3, 4]);
        assert_eq!(places.0, [Some(3), Some(2), Some(4)]);
        places.hold(&[]);
        assert!(places.0.is_empty());
    }
}
