//! The page of a project of which no recording is shown: its recordings and models, and the way to those that are gone.

use egui::{RichText, ScrollArea, Spinner, Ui};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::open::command::OpenCommand;
use crate::app::table::entry::WindowCommand;
use crate::app::{App, Workspace};
use crate::base::text::counted;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, dim_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::project::Project;
use crate::project::missing::{MissingFile, Role};

/// Width of the page.
const WIDTH: f32 = 760.0;

/// Title of the recording that is being opened.
pub fn opening(app: &App) -> Option<&str> {
    let job = app.jobs.running().iter().find(|job| job.kind == JobKind::OpenRecording);
    job.map(|job| job.title.as_str())
}

/// Draws the page.
pub fn project_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let space = ((ui.available_width() - WIDTH) / 2.0).max(0.0);
        ui.add_space(24.0);
        ui.horizontal(|ui| {
            ui.add_space(space);
            ui.vertical(|ui| {
                ui.set_max_width(WIDTH);
                if let Some(title) = opening(pane.app) {
                    ui.horizontal(|ui| {
                        ui.add(Spinner::new().size(18.0));
                        ui.add(egui::Label::new(RichText::new(format!("{title}…")).size(18.0)).truncate());
                    });
                } else if let Some(project) = pane.app.project() {
                    page_ui(ui, project, pane);
                }
            });
        });
    });
}

fn page_ui(ui: &mut Ui, project: &Project, pane: &mut Pane<'_>) {
    ui.add(egui::Label::new(RichText::new(&project.name).size(24.0)).truncate());
    ui.label(format!(
        "{}, {} and {} are in this project.",
        counted(project.tags.len(), "tag"),
        counted(project.labels.len(), "label"),
        counted(project.cases.len(), "test case")
    ));
    let gone = &pane.app.open.missing;
    if gone.files.is_empty() {
        dim_ui(ui, "No recording is open.");
    } else {
        let color = theme::colors(ui).warning;
        ui.label(RichText::new(format!("{} {}", icon::WARNING, gone.told())).color(color));
        dim_ui(
            ui,
            "Files that were moved or renamed are found again here, and everything in the project stays.",
        );
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if !gone.files.is_empty() && button_ui(ui, icon::SEARCH, "Search a folder…", "").clicked() {
            pane.window.push(WindowCommand::SearchFolder);
        }
        if !project.cases.is_empty() && button_ui(ui, icon::KEEP, "Show the suites", "").clicked() {
            pane.commands.push(Command::Show(Workspace::Suites));
        }
        if button_ui(ui, icon::HOME, "Close the project", "").clicked() {
            pane.commands.push(Command::Open(OpenCommand::Close));
        }
    });
    ui.add_space(12.0);
    ui.label(RichText::new("Recordings").size(18.0));
    for clip in &project.clips {
        let gone: Vec<&MissingFile> = pane.app.open.missing.of(Role::Recording, &clip.name).collect();
        if gone.is_empty() {
            ui.horizontal(|ui| {
                ui.label(RichText::new(icon::PASS).color(theme::colors(ui).pass));
                let open = ui.button("Open");
                let name = format!("Open {}", clip.name);
                open.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
                if open.clicked() {
                    pane.commands.push(Command::Open(OpenCommand::Clip(clip.name.clone())));
                }
                ui.add(egui::Label::new(&clip.name).truncate());
            });
        }
        for file in gone {
            missing_ui(ui, file, pane.ask);
        }
    }
    if project.models.is_empty() {
        return;
    }
    ui.add_space(12.0);
    ui.label(RichText::new("Models").size(18.0));
    for model in &project.models {
        match pane.app.open.missing.of(Role::Model, &model.name).next() {
            Some(file) => missing_ui(ui, file, pane.ask),
            None => {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(icon::PASS).color(theme::colors(ui).pass));
                    ui.add(egui::Label::new(&model.name).truncate());
                });
            }
        }
    }
}

/// A missing file, with the button that finds it.
pub(in crate::gui) fn missing_ui(ui: &mut Ui, file: &MissingFile, ask: &mut Vec<Ask>) {
    let at = file.path.display().to_string();
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon::WARNING).color(theme::colors(ui).warning));
        let locate = ui.button("Locate…").on_hover_text("Choose the file where it is now");
        let name = format!("Locate {}", file.name);
        locate.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if locate.clicked() {
            ask.push(Ask::Locate(file.path.clone()));
        }
        let text = format!("{} is missing", file.name);
        ui.add(egui::Label::new(text).truncate()).on_hover_text(format!("It was {at}"));
    });
    ui.horizontal(|ui| {
        ui.add_space(20.0);
        let was = RichText::new(&at).size(12.0).color(theme::colors(ui).dim);
        ui.add(egui::Label::new(was).truncate()).on_hover_text(&at);
    });
}
