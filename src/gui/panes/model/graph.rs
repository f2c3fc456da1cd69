//! Metadata and graph of the model file.

use egui::{Grid, RichText, ScrollArea, Ui};

use crate::base::text::counted;
use crate::gui::forms::{dim_ui, name_ui, section_ui};
use crate::inference::model::Model;
use crate::inference::onnx_file::ValueInfo;

/// Longest text of metadata that is shown.
const LONG: usize = 200;

/// Room for a value.
const VALUE: f32 = 340.0;

/// Draws the tab.
pub(super) fn graph_ui(ui: &mut Ui, model: &Model) {
    let info = &model.info;
    Grid::new("file").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
        let mut row = |name: &str, text: String| {
            dim_ui(ui, name);
            ui.scope(|ui| {
                ui.set_max_width(VALUE);
                ui.add(egui::Label::new(RichText::new(&text).monospace()).truncate().selectable(true))
                    .on_hover_text(text);
            });
            ui.end_row();
        };
        row("File", model.path.to_string_lossy().into_owned());
        if let Some(size) = model.size {
            row("Size", format!("{size} bytes"));
        }
        row("SHA-256", model.sha256.clone());
        row("Producer", if info.producer.is_empty() { "unknown".to_owned() } else { info.producer.clone() });
        row("Operator set", info.opset.to_string());
        row("Parameters", info.parameters.to_string());
        let took = model.latency();
        if took.count() > 0 {
            let [half, most] = [0.5, 0.95].map(|part| took.quantile(part) * 1e3);
            let text = format!(
                "{}, median {half:.1} ms, 95th percentile {most:.1} ms",
                counted(took.count() as usize, "run")
            );
            row("Latency", text);
        }
    });
    values_ui(ui, "Inputs", &info.inputs);
    values_ui(ui, "Outputs", &info.outputs);
    section_ui(ui, "Operators");
    let mut operators: Vec<(&String, &usize)> = info.operators.iter().collect();
    operators.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    ScrollArea::vertical().id_salt("operators").max_height(110.0).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            for (name, count) in operators {
                ui.label(RichText::new(format!("{name} {count}")).monospace());
            }
        });
    });
    if !info.metadata.is_empty() {
        section_ui(ui, "Metadata");
        ScrollArea::vertical().id_salt("metadata").max_height(110.0).show(ui, |ui| {
            for (name, text) in &info.metadata {
                let short: String = text.chars().take(LONG).collect();
                ui.horizontal_wrapped(|ui| {
                    dim_ui(ui, name);
                    ui.label(short);
                });
            }
        });
    }
}

fn values_ui(ui: &mut Ui, title: &str, values: &[ValueInfo]) {
    section_ui(ui, title);
    Grid::new(title).num_columns(3).spacing([16.0, 4.0]).show(ui, |ui| {
        for value in values {
            name_ui(ui, 170.0, &value.name);
            ui.label(RichText::new(&value.element).monospace());
            ui.label(RichText::new(value.shape_text()).monospace());
            ui.end_row();
        }
    });
}
