//! Backend settings of the model: backend or server, and limits.

use std::time::Duration;

use egui::{ComboBox, DragValue, Grid, Role, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::model::command::ModelCommand;
use crate::gui::forms::dim_ui;
use crate::gui::keys::accepted;
use crate::gui::panes::model::card::combo_ui;
use crate::inference::backend::Backend;
use crate::inference::precision::Precision;
use crate::inference::settings::{Optimization, Settings};
use crate::inference::{BACKENDS, onnxruntime, runtime_fetch};

/// State of this tab between frames.
#[derive(Debug, Default)]
pub(super) struct RunTab {
    /// The address of a server, while it is written.
    address: String,
    /// The settings while they are edited.
    settings: Option<Settings>,
}

impl RunTab {
    pub(super) fn ui(&mut self, ui: &mut Ui, backend: &Backend, commands: &mut Vec<Command>) {
        Grid::new("run")
            .num_columns(2)
            .spacing([12.0, 6.0])
            .show(ui, |ui| run_ui(ui, backend, &mut self.settings, commands));
        ui.horizontal(|ui| {
            let label = ui.label("Server");
            let edit = TextEdit::singleline(&mut self.address)
                .hint_text("http://host:8000/v2/models/name")
                .desired_width(270.0);
            let edit = ui.add(edit).labelled_by(label.id);
            let entered = accepted(&edit);
            let able = self.address.starts_with("http://") || self.address.starts_with("https://");
            let use_it = ui.add_enabled(able, egui::Button::new("Connect"));
            let use_it = use_it.on_hover_text("Server with the Open Inference Protocol");
            if (use_it.clicked() || entered) && able {
                commands.push(Command::Model(ModelCommand::Backend(self.address.trim().to_owned())));
            }
        });
    }
}

/// Backend settings. A change is applied when its control is released.
fn run_ui(ui: &mut Ui, backend: &Backend, draft: &mut Option<Settings>, commands: &mut Vec<Command>) {
    let label = ui.label("Backend");
    let name = backend.name();
    let now = BACKENDS.iter().find(|kind| kind.id == name).map_or(backend.title.as_str(), |kind| kind.title);
    let mut chosen = name;
    let combo = ComboBox::from_id_salt("backend").selected_text(now).show_ui(ui, |ui| {
        for kind in BACKENDS {
            match (kind.status)() {
                Ok(_) => drop(ui.selectable_value(&mut chosen, kind.id, kind.title)),
                Err(missing) => {
                    let without = ui.add_enabled(false, egui::Button::new(kind.title));
                    without.on_disabled_hover_text(missing.to_string());
                }
            }
        }
    });
    combo.response.labelled_by(label.id).widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Backend"));
    if (onnxruntime::KIND.status)().is_err() {
        let fetch = ui.button("Fetch ONNX Runtime");
        let command =
            |ui: &mut Ui| drop(ui.label(runtime_fetch::command().unwrap_or_else(|err| err.to_string())));
        if fetch.on_hover_ui(command).clicked() {
            commands.push(Command::Model(ModelCommand::FetchRuntime));
        }
    }
    if chosen != name {
        commands.push(Command::Model(ModelCommand::Backend(chosen.to_owned())));
    }
    ui.end_row();
    if backend.is_server() {
        return;
    }
    let settings = draft.get_or_insert_with(|| backend.settings.clone());
    ui.label("");
    ui.checkbox(&mut settings.isolated, "Isolated process")
        .on_hover_text("A model that crashes, hangs or runs out of memory then ends only this process");
    ui.end_row();
    let label = ui.label("Limits");
    ui.horizontal(|ui| {
        let mut seconds = settings.limit.map_or(0.0, |limit| limit.as_secs_f64());
        let time =
            DragValue::new(&mut seconds).range(0.0..=3600.0).speed(0.1).custom_formatter(|value, _| {
                if value > 0.0 { format!("{value:.1} s per prediction") } else { "no time limit".to_owned() }
            });
        if ui
            .add(time)
            .labelled_by(label.id)
            .on_hover_text("Time limit for one prediction; 0 for none")
            .changed()
        {
            settings.limit = (seconds > 0.0).then(|| Duration::from_secs_f64(seconds));
        }
        let mut memory = settings.memory_mb.unwrap_or(0);
        let room =
            DragValue::new(&mut memory).range(0..=1_000_000).speed(10.0).custom_formatter(|value, _| {
                if value > 0.0 { format!("{value:.0} MB of memory") } else { "no memory limit".to_owned() }
            });
        if ui
            .add(room)
            .labelled_by(label.id)
            .on_hover_text("Memory limit of the process; 0 for none")
            .changed()
        {
            settings.memory_mb = (memory > 0).then_some(memory);
        }
    });
    ui.end_row();
    ui.label("Graph");
    ui.horizontal(|ui| {
        let now = Optimization::NAMED.iter().find(|(_, level)| *level == settings.optimization);
        combo_ui(ui, "Optimization", now.map_or("?", |(name, _)| name), |ui| {
            for (name, level) in Optimization::NAMED {
                ui.selectable_value(&mut settings.optimization, level, name);
            }
        });
        dim_ui(ui, "optimizations");
    });
    ui.end_row();
    ui.label("Weight precision");
    ui.horizontal(|ui| {
        let now = Precision::NAMED.iter().find(|(_, precision)| Some(*precision) == settings.precision);
        combo_ui(ui, "Precision", now.map_or("as stored", |(name, _)| name), |ui| {
            ui.selectable_value(&mut settings.precision, None, "as stored");
            for (name, precision) in Precision::NAMED {
                ui.selectable_value(&mut settings.precision, Some(precision), name);
            }
        });
        dim_ui(ui, "simulated");
    });
    ui.end_row();
    if *settings != backend.settings {
        ui.label("");
        if ui.button("Apply").clicked() {
            commands.push(Command::Model(ModelCommand::RunWith(Box::new(settings.clone()))));
        }
        ui.end_row();
    }
}
