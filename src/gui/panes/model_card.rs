//! The model card: shown for correction when it was guessed, and whenever somebody asks.

use egui::{ComboBox, DragValue, Grid, Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, ModelCommand};
use crate::gui::forms::dim_ui;
use crate::inference::BACKENDS;
use crate::inference::card::{Colors, Fit, Layout, ModelCard};
use crate::inference::decoders;

/// What this dialog remembers between frames.
#[derive(Debug, Default)]
pub struct CardDialog {
    /// The card while it is corrected.
    draft: Option<(ModelCard, String)>,
    /// The model whose guessed card was shown already.
    shown_for: Option<String>,
    /// The address of a server, while it is written.
    address: String,
}

impl CardDialog {
    /// Opens the dialog for the loaded model.
    pub fn open(&mut self, app: &App) {
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
                ui.horizontal(|ui| {
                    save = ui.button("Save card and use it").clicked();
                    let mut backend = model.backend.id.to_owned();
                    let combo = ComboBox::from_id_salt("backend").selected_text(model.backend.title).show_ui(
                        ui,
                        |ui| {
                            for kind in BACKENDS {
                                match (kind.status)() {
                                    Ok(_) => drop(ui.selectable_value(
                                        &mut backend,
                                        kind.id.to_owned(),
                                        kind.title,
                                    )),
                                    Err(missing) => drop(
                                        ui.add_enabled(false, egui::Button::new(kind.title))
                                            .on_disabled_hover_text(missing),
                                    ),
                                }
                            }
                        },
                    );
                    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Backend"));
                    if backend != model.backend.id {
                        commands.push(Command::Model(ModelCommand::Backend(backend)));
                    }
                });
                ui.horizontal(|ui| {
                    let label = ui.label("or a server");
                    let edit = TextEdit::singleline(&mut self.address)
                        .hint_text("http://host:8000/v2/models/name")
                        .desired_width(260.0);
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
    let fits = [(Fit::Stretch, "stretch"), (Fit::Letterbox, "letterbox"), (Fit::CenterCrop, "center crop")];
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
