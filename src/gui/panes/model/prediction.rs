//! Prediction at the playhead: assert or refute it, and explain it by a saliency map.

use egui::{RichText, Role, Ui, WidgetInfo};

use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::data::cases::case::ClaimSpec;
use crate::data::geometry::box2::Box2;
use crate::data::input::Medium;
use crate::data::prediction::{ClassScore, Prediction};
use crate::gui::forms::{dim_ui, empty_ui, icon_button_ui, name_label_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure::failure_ui;
use crate::gui::theme::{self, class_ink, icon};
use crate::gui::viewers::attention::AttentionLook;
use crate::robustness::saliency::Kind;

/// The prediction, with a button beside each object to mark it as a false positive.
pub(in crate::gui::panes) fn answer_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Prediction");
    let answer =
        app.open.playback.camera.and_then(|camera| app.open.models.answer(camera, app.open.playback.frame()));
    let Some(answer) = answer else {
        if failure_ui(ui, pane) {
            return;
        }
        let text = if app.open.models.loaded.is_some() {
            "No prediction for this frame yet"
        } else if app.jobs.is_running(JobKind::LoadModel) {
            "The model is being loaded"
        } else {
            "No model is loaded."
        };
        empty_ui(ui, text);
        return;
    };
    let mut looks = Vec::new();
    let pictures = app.open.medium() == Medium::Image;
    let mut explore = |oracle: ClaimSpec| {
        pane.commands.push(Command::Explore(ExploreCommand::Clear));
        pane.commands.push(Command::Explore(ExploreCommand::Oracle(oracle)));
        pane.commands.push(Command::Show(Workspace::Explore));
    };
    match &**answer {
        Prediction::Objects { objects } => {
            if objects.is_empty() {
                dim_ui(ui, "no objects");
            }
            for (i, object) in objects.iter().enumerate() {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &object.class)));
                    ui.label(RichText::new(format!("{:.2}", object.score)).monospace());
                    name_label_ui(ui, &object.class);
                });
                small_buttons_ui(ui, |ui| {
                    if object.solid.is_none() && look_ui(ui, pictures, &format!("{} ({i})", object.class)) {
                        looks.push((object.class.clone(), Some(object.bbox)));
                    }
                    let name = format!("Mark as false positive: {} ({i})", object.class);
                    let response = ui.small_button("false positive");
                    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                    if response.on_hover_text(format!("Expect no {} here", object.class)).clicked() {
                        explore(ClaimSpec {
                            class: Some(object.class.clone()),
                            region: Some(object.bbox),
                            ..ClaimSpec::new("no_object")
                        });
                    }
                });
            }
        }
        Prediction::Values { values } => {
            for value in values {
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if look_ui(ui, pictures, &value.name) {
                            looks.push((value.name.clone(), None));
                        }
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            ui.label(RichText::new("■").color(class_ink(ui, &value.name)));
                            let number = format!("{:>9.3} {}", value.value, value.unit);
                            ui.add(egui::Label::new(RichText::new(number).monospace()).truncate());
                            name_label_ui(ui, &value.name);
                        });
                    });
                });
            }
        }
        Prediction::Segments { segments } => {
            for segment in segments {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &segment.class)));
                    ui.label(RichText::new(format!("{:>5.1} %", 100.0 * segment.share())).monospace());
                    name_label_ui(ui, &segment.class);
                });
            }
        }
        Prediction::Vector { .. } => drop(ui.label(answer.summary())),
        Prediction::Classes { top } => {
            for class in top.iter().take(5) {
                class_ui(ui, class, (&mut looks, pictures), &mut explore);
            }
        }
    }
    // Below the predictions, so that a map that arrives moves none of their buttons.
    attended_ui(ui, pane);
    pane.commands.extend(looks.into_iter().map(|(class, place)| {
        Command::Model(ModelCommand::Saliency { class, place, kind: Kind::Occlusion })
    }));
}

/// Room that the small buttons of a prediction need beside each other.
const BUTTONS: f32 = 160.0;

/// The small buttons below a prediction: at the right end of their row, or below each other in a narrow panel.
fn small_buttons_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    if ui.available_width() < BUTTONS {
        ui.vertical(add);
    } else {
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), add);
        });
    }
}

/// A small button that computes a saliency map.
fn look_ui(ui: &mut Ui, pictures: bool, name: &str) -> bool {
    if !pictures {
        return false;
    }
    let response = ui.small_button("Explain");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Explain {name}")));
    response.on_hover_text("Saliency map: highlights the pixels behind the prediction").clicked()
}

/// The shown saliency map, and the choice of its method.
fn attended_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    if app.jobs.is_running(JobKind::Saliency) {
        ui.horizontal(|ui| {
            ui.spinner();
            dim_ui(ui, "occluding tile after tile…");
        });
    }
    let Some(attended) = &app.open.models.saliency else { return };
    // The colors are as strong for a small loss as for a large one.
    let most = attended.map.values.iter().copied().fold(0.0, f32::max);
    let text = match attended.kind {
        Kind::Occlusion => {
            format!("Saliency map for {}: score drop up to {most:.4}", attended.class)
        }
        Kind::Gradient => format!("Saliency map for {}: largest gradients in red", attended.class),
    };
    let dim = theme::colors(ui).dim;
    name_label_ui(ui, RichText::new(text).size(12.0).color(dim));
    ui.horizontal_wrapped(|ui| {
        for (kind, title, about) in [
            (Kind::Occlusion, "occlusion", "Score drop when a tile is occluded"),
            (Kind::Gradient, "gradient", "Gradient of the prediction by pixel; for differentiable models"),
        ] {
            let button = ui.selectable_label(attended.kind == kind, title).on_hover_text(about);
            if button.clicked() && attended.kind != kind {
                let (class, place) = (attended.class.clone(), attended.place);
                pane.commands.push(Command::Model(ModelCommand::Saliency { class, place, kind }));
            }
        }
        if icon_button_ui(ui, icon::CROSS, "Hide saliency map", "").clicked() {
            pane.commands.push(Command::Model(ModelCommand::HideSaliency));
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (look, title, about) in AttentionLook::ALL {
            ui.selectable_value(&mut pane.shared.saliency, look, title).on_hover_text(about);
        }
    });
    if attended.frame != app.open.playback.frame() {
        dim_ui(ui, format!("for frame {}", attended.frame));
    }
}

/// One class with its probability.
fn class_ui(
    ui: &mut Ui,
    class: &ClassScore,
    (looks, pictures): (&mut Vec<(String, Option<Box2>)>, bool),
    explore: &mut impl FnMut(ClaimSpec),
) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("■").color(class_ink(ui, &class.class)));
        ui.label(RichText::new(format!("{:.3}", class.score)).monospace());
        name_label_ui(ui, &class.class);
    });
    small_buttons_ui(ui, |ui| {
        if look_ui(ui, pictures, &class.class) {
            looks.push((class.class.clone(), None));
        }
        let name = format!("Assert class {}", class.class);
        let button = ui.small_button("Assert class");
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        if button.on_hover_text(format!("Expect class {}", class.class)).clicked() {
            explore(ClaimSpec { class: Some(class.class.clone()), ..ClaimSpec::new("class_is") });
        }
    });
}
