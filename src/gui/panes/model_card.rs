//! The model card: shown for correction when it was guessed, and whenever somebody asks.

use std::time::Duration;

use egui::{ComboBox, DragValue, Grid, Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, ModelCommand};
use crate::gui::forms::dim_ui;
use crate::inference::card::{Colors, Fit, Layout, ModelCard};
use crate::inference::decoders;
use crate::inference::served::is_endpoint;
use crate::inference::settings::{Optimization, Settings};
use crate::inference::{BACKENDS, BackendKind};

/// What this dialog remembers between frames.
#[derive(Debug, Default)]
pub struct CardDialog {
    /// The card while it is corrected.
    draft: Option<(ModelCard, String)>,
    /// The model whose guessed card was shown already.
    shown_for: Option<String>,
    /// The address of a server, while it is written.
    address: String,
    /// How the model is run, while it is changed.
    settings: Option<Settings>,
}

impl CardDialog {
    /// Opens the dialog for the loaded model.
    pub fn open(&mut self, app: &App) {
        self.settings = None;
        self.draft =
            app.models.loaded.as_ref().map(|model| (model.card.clone(), model.card.labels.join("\n")));
    }

    /// Draws the dialog when it is open, or when a guessed card wants to be checked.
    pub fn ui(&mut self, ctx: &egui::Context, app: &App, commands: &mut Vec<Command>) {
        let sha = app.models.loaded.as_ref().map(|model| model.sha256.clone());
        if app.models.check_card && self.shown_for != sha {
            self.shown_for = sha;
            self.open(app);
        }
        let (Some((card, labels)), Some(model)) = (&mut self.draft, &app.models.loaded) else { return };
        let (mut open, mut save) = (true, false);
        egui::Window::new("Model card")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .default_width(430.0)
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(ctx.content_rect().center())
            .show(ctx, |ui| {
                dim_ui(
                    ui,
                    "What the model wants to be given and what its outputs mean. Kept beside the model file.",
                );
                Grid::new("card")
                    .num_columns(2)
                    .spacing([12.0, 6.0])
                    .show(ui, |ui| fields_ui(ui, card, labels));
                ui.separator();
                save = ui.button("Save card and use it").clicked();
                ui.separator();
                Grid::new("run")
                    .num_columns(2)
                    .spacing([12.0, 6.0])
                    .show(ui, |ui| run_ui(ui, model.backend, &mut self.settings, commands));
                ui.horizontal(|ui| {
                    let label = ui.label("Server");
                    let edit = TextEdit::singleline(&mut self.address)
                        .hint_text("http://host:8000/v2/models/name")
                        .desired_width(270.0);
                    let edit = ui.add(edit).labelled_by(label.id);
                    let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                    let able = self.address.starts_with("http://") || self.address.starts_with("https://");
                    let use_it = ui.add_enabled(able, egui::Button::new("Use it"));
                    let use_it = use_it.on_hover_text("a server that speaks the Open Inference Protocol");
                    if (use_it.clicked() || entered) && able {
                        commands.push(Command::Model(ModelCommand::Backend(self.address.trim().to_owned())));
                    }
                });
            });
        if save {
            card.labels =
                labels.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
            commands.push(Command::Model(ModelCommand::SetCard(Box::new(card.clone()))));
        }
        if save || !open {
            self.draft = None;
        }
    }
}

/// How the model is run. What is changed counts when it is let go of.
fn run_ui(
    ui: &mut Ui,
    backend: &'static BackendKind,
    draft: &mut Option<Settings>,
    commands: &mut Vec<Command>,
) {
    let label = ui.label("Run by");
    let name = backend.id.split(':').next().unwrap_or_default();
    let now = BACKENDS.iter().find(|kind| kind.id == name).map_or(backend.title, |kind| kind.title);
    let mut chosen = name;
    let combo = ComboBox::from_id_salt("backend").selected_text(now).show_ui(ui, |ui| {
        for kind in BACKENDS {
            match (kind.status)() {
                Ok(_) => drop(ui.selectable_value(&mut chosen, kind.id, kind.title)),
                Err(missing) => {
                    let without = ui.add_enabled(false, egui::Button::new(kind.title));
                    without.on_disabled_hover_text(missing);
                }
            }
        }
    });
    combo.response.labelled_by(label.id).widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Backend"));
    if chosen != name {
        commands.push(Command::Model(ModelCommand::Backend(chosen.to_owned())));
    }
    ui.end_row();
    if is_endpoint(backend.id) {
        return;
    }
    let settings = draft.get_or_insert_with(|| backend.settings.clone());
    ui.label("");
    ui.checkbox(&mut settings.isolated, "In a process of its own")
        .on_hover_text("A model that crashes, hangs or eats memory then ends that process and nothing else.");
    ui.end_row();
    let label = ui.label("Limits");
    ui.horizontal(|ui| {
        let mut seconds = settings.limit.map_or(0.0, |limit| limit.as_secs_f64());
        let time =
            DragValue::new(&mut seconds).range(0.0..=3600.0).speed(0.1).custom_formatter(|value, _| {
                if value > 0.0 { format!("{value:.1} s an answer") } else { "any time".to_owned() }
            });
        if ui
            .add(time)
            .labelled_by(label.id)
            .on_hover_text("Longest time for one answer; 0 for any")
            .changed()
        {
            settings.limit = (seconds > 0.0).then(|| Duration::from_secs_f64(seconds));
        }
        let mut memory = settings.memory_mb.unwrap_or(0);
        let room =
            DragValue::new(&mut memory).range(0..=1_000_000).speed(10.0).custom_formatter(|value, _| {
                if value > 0.0 { format!("{value:.0} MB of memory") } else { "any memory".to_owned() }
            });
        if ui.add(room).labelled_by(label.id).on_hover_text("Most memory of its process; 0 for any").changed()
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
        dim_ui(ui, "of its optimizations");
    });
    ui.end_row();
    if *settings != backend.settings {
        ui.label("");
        if ui.button("Run it so").clicked() {
            commands.push(Command::Model(ModelCommand::RunWith(Box::new(settings.clone()))));
        }
        ui.end_row();
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
    let label = ui.label("Input");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut card.input.width).suffix(" px wide").range(1..=8192))
            .labelled_by(label.id);
        ui.add(DragValue::new(&mut card.input.height).suffix(" px high").range(1..=8192))
            .labelled_by(label.id);
        combo_ui(ui, "Layout", if card.input.layout == Layout::Nchw { "NCHW" } else { "NHWC" }, |ui| {
            ui.selectable_value(&mut card.input.layout, Layout::Nchw, "NCHW");
            ui.selectable_value(&mut card.input.layout, Layout::Nhwc, "NHWC");
        });
    });
    ui.end_row();
    ui.label("Colors");
    let colors = [(Colors::Rgb, "RGB"), (Colors::Bgr, "BGR"), (Colors::Gray, "gray")];
    let now = colors.iter().find(|(value, _)| *value == card.input.colors).map_or("?", |(_, name)| name);
    combo_ui(ui, "Colors", now, |ui| {
        for (value, name) in colors {
            ui.selectable_value(&mut card.input.colors, value, name);
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
    let now = fits.iter().find(|(value, _)| *value == card.input.fit).map_or("?", |(_, name)| name);
    combo_ui(ui, "Fit", now, |ui| {
        for (value, name) in fits {
            ui.selectable_value(&mut card.input.fit, value, name);
        }
    });
    ui.end_row();
    for (name, values) in [("Mean", &mut card.input.mean), ("Std", &mut card.input.std)] {
        let label = ui.label(name);
        ui.horizontal(|ui| {
            for value in values {
                ui.add(DragValue::new(value).speed(0.1)).labelled_by(label.id);
            }
        });
        ui.end_row();
    }
    let label = ui.label("Threshold");
    ui.horizontal(|ui| {
        ui.add(DragValue::new(&mut card.threshold).range(0.01..=0.99).speed(0.01)).labelled_by(label.id);
        let label = ui.label("overlap of doubles");
        ui.add(DragValue::new(&mut card.nms_iou).range(0.05..=0.95).speed(0.01)).labelled_by(label.id);
    });
    ui.end_row();
    let label = ui.label("Labels");
    egui::ScrollArea::vertical().max_height(140.0).show(ui, |ui| {
        ui.add(TextEdit::multiline(labels).desired_rows(6).desired_width(260.0)).labelled_by(label.id);
    });
    ui.end_row();
}

fn combo_ui(ui: &mut Ui, name: &str, now: &str, add: impl FnOnce(&mut Ui)) {
    let combo = ComboBox::from_id_salt(name).selected_text(now).show_ui(ui, add);
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, name));
}
