//! The model card: shown for correction if it was guessed, and on request.

use egui::{DragValue, Grid, Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::base::text::quoted;
use crate::data::prediction::Task;
use crate::gui::forms::{self, dim_ui};
use crate::inference::card::{Colors, Fit, InputCard, Layout, ModelCard};
use crate::inference::decoders;
use crate::inference::texts::TextCard;
use crate::inference::window_card::{Order, Stacking, WindowCard};

/// State of this tab between frames.
#[derive(Debug, Default)]
pub(super) struct CardTab {
    /// The card while it is corrected, and its labels as text.
    draft: Option<(ModelCard, String)>,
}

impl CardTab {
    /// Takes the card of the loaded model.
    pub(super) fn begin(&mut self, app: &App) {
        self.draft =
            app.open.models.loaded.as_ref().map(|model| (model.card.clone(), model.card.labels.join("\n")));
    }

    /// The card, once somebody wants to use it.
    pub(super) fn ui(&mut self, ui: &mut Ui) -> Option<ModelCard> {
        let (card, labels) = self.draft.as_mut()?;
        Grid::new("card").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| fields_ui(ui, card, labels));
        ui.add_space(6.0);
        if !ui.button("Save and apply").clicked() {
            return None;
        }
        card.labels =
            labels.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Some(card.clone())
    }
}

fn fields_ui(ui: &mut Ui, card: &mut ModelCard, labels: &mut String) {
    let label = ui.label("Name");
    ui.add(TextEdit::singleline(&mut card.name).desired_width(260.0)).labelled_by(label.id);
    ui.end_row();
    ui.label("Outputs");
    let title = decoders::kind(&card.decoder).map_or("?", |kind| kind.title);
    combo_ui(ui, "Outputs", title, |ui| {
        for kind in decoders::KINDS {
            ui.selectable_value(&mut card.decoder, kind.id.to_owned(), kind.title);
        }
    });
    ui.end_row();
    match (&mut card.text, &mut card.window) {
        (Some(text), _) => text_ui(ui, text),
        (None, Some(window)) if window.frames == 0 => window_ui(ui, window),
        (None, window) => {
            picture_ui(ui, &mut card.input, card.points.is_some());
            if let Some(window) = window {
                window_ui(ui, window);
            }
        }
    }
    if decoders::kind(&card.decoder).is_some_and(|kind| kind.task == Task::Objects) {
        objects_ui(ui, card);
    }
    let label = ui.label("Labels");
    egui::ScrollArea::vertical().max_height(140.0).show(ui, |ui| {
        ui.add(TextEdit::multiline(labels).desired_rows(6).desired_width(260.0)).labelled_by(label.id);
    });
    ui.end_row();
}

fn objects_ui(ui: &mut Ui, card: &mut ModelCard) {
    let label = ui.label("Min. confidence");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut card.threshold).range(0.01..=0.99).speed(0.01)).labelled_by(label.id);
        let label = ui.label("NMS IoU threshold");
        ui.add(DragValue::new(&mut card.nms_iou).range(0.05..=0.95).speed(0.01)).labelled_by(label.id);
    });
    ui.end_row();
}

/// Preprocessing of an image, or of the ground from above.
fn picture_ui(ui: &mut Ui, input: &mut InputCard, above: bool) {
    let (wide, high) = if above { (" cells across", " cells ahead") } else { (" px wide", " px high") };
    let label = ui.label("Input");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut input.width).suffix(wide).range(1..=8192)).labelled_by(label.id);
        ui.add(DragValue::new(&mut input.height).suffix(high).range(1..=8192)).labelled_by(label.id);
        combo_ui(ui, "Layout", if input.layout == Layout::Nchw { "NCHW" } else { "NHWC" }, |ui| {
            ui.selectable_value(&mut input.layout, Layout::Nchw, "NCHW");
            ui.selectable_value(&mut input.layout, Layout::Nhwc, "NHWC");
        });
    });
    ui.end_row();
    if above {
        return;
    }
    ui.label("Colors");
    let colors = [(Colors::Rgb, "RGB"), (Colors::Bgr, "BGR"), (Colors::Gray, "gray")];
    let now = colors.iter().find(|(value, _)| *value == input.colors).map_or("?", |(_, name)| name);
    combo_ui(ui, "Colors", now, |ui| {
        for (value, name) in colors {
            ui.selectable_value(&mut input.colors, value, name);
        }
    });
    ui.end_row();
    ui.label("Fit");
    let fits = [
        (Fit::Stretch, "stretch"),
        (Fit::Letterbox, "letterbox"),
        (Fit::Corner, "corner"),
        (Fit::CenterCrop, "center crop"),
    ];
    let now = fits.iter().find(|(value, _)| *value == input.fit).map_or("?", |(_, name)| name);
    combo_ui(ui, "Fit", now, |ui| {
        for (value, name) in fits {
            ui.selectable_value(&mut input.fit, value, name);
        }
    });
    ui.end_row();
    for (name, values) in [("Mean", &mut input.mean), ("Std", &mut input.std)] {
        let label = ui.label(name);
        ui.horizontal(|ui| {
            for value in values {
                ui.add(DragValue::new(value).speed(0.1)).labelled_by(label.id);
            }
        });
        ui.end_row();
    }
}

/// Preprocessing of a text.
fn text_ui(ui: &mut Ui, text: &mut TextCard) {
    let label = ui.label("Tokenizer");
    let mut file = text.tokenizer.to_string_lossy().into_owned();
    if ui.add(TextEdit::singleline(&mut file).desired_width(260.0)).labelled_by(label.id).changed() {
        text.tokenizer = file.into();
    }
    ui.end_row();
    let label = ui.label("Length");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut text.length).range(1..=100_000).prefix("up to ").suffix(" tokens"))
            .labelled_by(label.id);
        ui.checkbox(&mut text.pad, "pad shorter texts");
    });
    ui.end_row();
    for (name, input) in [("Mask", &mut text.mask), ("Types", &mut text.types)] {
        let label = ui.label(name);
        let mut written = input.clone().unwrap_or_default();
        let edit =
            TextEdit::singleline(&mut written).hint_text("the graph has no such input").desired_width(260.0);
        if ui.add(edit).labelled_by(label.id).changed() {
            *input = (!written.is_empty()).then_some(written);
        }
        ui.end_row();
    }
}

/// Temporal window of the model.
fn window_ui(ui: &mut Ui, window: &mut WindowCard) {
    if window.frames > 0 {
        let label = ui.label("Frames");
        ui.horizontal(|ui| {
            ui.add(DragValue::new(&mut window.frames).range(1..=1000)).labelled_by(label.id);
            let step = DragValue::new(&mut window.step).range(1..=1000).prefix("stride ").suffix(" frames");
            ui.add(step).widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Stride in frames"));
        });
        ui.end_row();
        ui.label("Stacking");
        let ways = [
            (Stacking::Time, "along time"),
            (Stacking::ChannelsFirst, "channels before time (3D)"),
            (Stacking::Channels, "along channels"),
        ];
        let now = ways.iter().find(|(way, _)| *way == window.stacking).map_or("?", |(_, name)| name);
        combo_ui(ui, "Stacking", now, |ui| {
            for (way, name) in ways {
                ui.selectable_value(&mut window.stacking, way, name);
            }
        });
        ui.end_row();
    }
    let Some(signals) = &mut window.signals else { return };
    let label = ui.label("Signals");
    let mut names = signals.names.join("\n");
    egui::ScrollArea::vertical().id_salt("signals").max_height(90.0).show(ui, |ui| {
        let edit = TextEdit::multiline(&mut names).desired_rows(4).desired_width(260.0);
        if ui.add(edit).labelled_by(label.id).changed() {
            signals.names = names.lines().map(str::to_owned).collect();
        }
    });
    ui.end_row();
    let label = ui.label("Samples");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut signals.samples).range(1..=100_000)).labelled_by(label.id);
        let period = DragValue::new(&mut signals.period).range(0.0..=3600.0).speed(0.01);
        let period = ui.add(period.prefix("every ").suffix(" s"));
        period.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Seconds between samples"));
        let orders =
            [(Order::TimeFirst, "time first"), (Order::SignalsFirst, "signals first"), (Order::Flat, "flat")];
        let now = orders.iter().find(|(order, _)| *order == signals.order).map_or("?", |(_, name)| name);
        combo_ui(ui, "Order", now, |ui| {
            for (order, name) in orders {
                ui.selectable_value(&mut signals.order, order, name);
            }
        });
    });
    ui.end_row();
    dim_ui(ui, "");
    dim_ui(ui, format!("bound to input {}", quoted(&signals.input)));
    ui.end_row();
}

pub(super) fn combo_ui(ui: &mut Ui, name: &str, now: &str, add: impl FnOnce(&mut Ui)) {
    forms::combo_ui(ui, (name, 150.0), now, add);
}
