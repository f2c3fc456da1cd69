//! The page one starts on: open something, go on with something, try a sample.

use std::path::PathBuf;

use egui::{Frame, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::open::command::OpenCommand;
use crate::app::samples::{SAMPLES, Sample};
use crate::app::table::key_of;
use crate::app::tour::command::TourCommand;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, chip_ui, dim_ui, name_label_ui};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct Welcome {
    path: String,
}

/// Width of the page.
const WIDTH: f32 = 880.0;
/// Height of the summary of a sample, the same for all.
const SUMMARY: f32 = 74.0;

impl Welcome {
    /// Draws the page.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let width = WIDTH.min(ui.available_width() - 16.0);
            let space = ((ui.available_width() - width) / 2.0).max(0.0);
            ui.add_space((ui.available_height() * 0.10).max(12.0));
            ui.horizontal(|ui| {
                ui.add_space(space);
                ui.vertical(|ui| {
                    ui.set_max_width(width);
                    self.page_ui(ui, pane);
                });
            });
        });
    }

    fn page_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        ui.label(RichText::new("Hardcase").size(32.0).strong());
        let dim = theme::colors(ui).dim;
        ui.label(
            RichText::new("Find out where a model fails on recorded drives, and save each failure as a test")
                .size(15.0)
                .color(dim),
        );
        ui.add_space(20.0);
        let room = ui.available_width();
        ui.horizontal_wrapped(|ui| {
            if button_ui(ui, icon::FILE, "Open files…", &key_of("Open files")).clicked() {
                pane.ask.push(Ask::Files);
            }
            if button_ui(ui, icon::FOLDER, "Open folder…", &key_of("Open a folder")).clicked() {
                pane.ask.push(Ask::Folder);
            }
            let label = ui.label("or a path");
            let edit = ui
                .add(
                    TextEdit::singleline(&mut self.path)
                        .desired_width(280.0_f32.min(room - 100.0))
                        .hint_text("/recordings/drive.mcap"),
                )
                .labelled_by(label.id);
            let enter = accepted(&edit);
            if (enter || ui.button("Open").clicked()) && !self.path.trim().is_empty() {
                let path = PathBuf::from(std::mem::take(&mut self.path).trim());
                pane.commands.push(Command::Open(OpenCommand::Paths(vec![path])));
            }
        });
        let kinds = "MCAP, ROS bags, video, KITTI, nuScenes, Argoverse 2, scans, CAN logs, tables, images, projects, suites. Or drop it here.";
        ui.add(egui::Label::new(RichText::new(kinds).size(12.0).color(dim)).wrap());
        ui.add_space(24.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Sample projects").size(18.0));
            ui.add_space(8.0);
            if ui.button("Take the tour").on_hover_text("Five steps on a sample, a minute each").clicked() {
                pane.commands.push(Command::Tour(TourCommand::Start));
            }
        });
        ui.add_space(4.0);
        let each = room / SAMPLES.len() as f32 - 34.0;
        // In a narrow window the samples stand below each other, as wide as it is.
        let (each, columns) = if each < 150.0 { (room / 2.0 - 34.0, 2) } else { (each, SAMPLES.len()) };
        for row in SAMPLES.chunks(columns) {
            ui.horizontal(|ui| samples_ui(ui, row, each, pane));
        }
        ui.add_space(16.0);
        ui.horizontal_wrapped(|ui| {
            ui.label("Without a recording:");
            for (page, icon, name) in [
                (EvaluatePage::Texts, icon::FILE, "Test a text model"),
                (EvaluatePage::Fairness, icon::TABLE, "Fairness of a table"),
            ] {
                if button_ui(ui, icon, name, "").clicked() {
                    pane.commands.push(Command::Evaluate(EvaluateCommand::Page(page)));
                }
            }
        });
        ui.add_space(16.0);
        recent_ui(ui, pane);
    }
}

fn samples_ui(ui: &mut Ui, samples: &[Sample], width: f32, pane: &mut Pane<'_>) {
    let dim = theme::colors(ui).dim;
    for sample in samples {
        let fill = ui.visuals().faint_bg_color;
        let stroke = ui.visuals().widgets.noninteractive.bg_stroke;
        Frame::new().fill(fill).stroke(stroke).corner_radius(6).inner_margin(12).show(ui, |ui| {
            ui.set_width(width);
            ui.vertical(|ui| {
                ui.label(RichText::new(sample.title).strong());
                let size = egui::vec2(ui.available_width(), SUMMARY);
                ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
                    ui.set_min_size(size);
                    ui.add(egui::Label::new(RichText::new(sample.summary).color(dim)).wrap());
                });
                let name = format!("Open {}", sample.title.to_lowercase());
                let open = ui.add(egui::Button::new(format!("{}  Open", icon::RIGHT)));
                open.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                if open.clicked() {
                    pane.commands.push(Command::Open(OpenCommand::Sample(sample.id.to_owned())));
                }
            });
        });
    }
}

fn recent_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.label(RichText::new("Recent projects").size(18.0));
    ui.add_space(4.0);
    if app.session.recent.is_empty() {
        dim_ui(ui, "Projects you open are listed here");
    }
    for path in app.session.recent.iter().take(6) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let there = path.join("hardcase.toml").is_file();
        ui.horizontal(|ui| {
            ui.add_enabled_ui(there, |ui| {
                let (text, room) = (format!("{}  {name}", icon::HOME), ui.available_width() * 0.5);
                if chip_ui(ui, text, false, room, false).clicked() {
                    pane.commands.push(Command::Open(OpenCommand::Paths(vec![path.clone()])));
                }
            });
            let folder = path.parent().map(|parent| parent.display().to_string()).unwrap_or_default();
            let text = if there { folder } else { format!("{folder} (no longer there)") };
            let dim = theme::colors(ui).dim;
            name_label_ui(ui, RichText::new(text).size(12.0).color(dim));
        });
    }
}
