//! Right side of Label: what is selected, and what the model says about the picture.

use egui::{ComboBox, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::{Command, ExploreCommand, LabelCommand};
use crate::app::{App, Workspace};
use crate::data::case::OracleSpec;
use crate::data::objects::LabelBox;
use crate::data::prediction::Prediction;
use crate::data::tag::Tag;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, icon_button_ui, section_ui};
use crate::gui::theme::{class_ink, icon};

/// What this pane remembers between frames.
#[derive(Debug, Default)]
pub struct Inspector {
    /// The note of a tag while it is typed.
    note: Option<(u64, String)>,
}

impl Inspector {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            section_ui(ui, "Selection");
            let project = app.project();
            let tag = app.labelling.tag.and_then(|id| project?.tag(id));
            let label = app.labelling.label_box.and_then(|id| project?.label_box(id));
            match (tag, label) {
                (Some(tag), _) => self.tag_ui(ui, app, tag, commands),
                (None, Some(label)) => box_ui(ui, app, label, commands),
                (None, None) => empty_ui(ui, "Nothing is selected. Click a tag or a box, or press R and drag on the picture to draw one."),
            }
            ui.separator();
            answer_ui(ui, app, commands);
        });
    }

    fn tag_ui(&mut self, ui: &mut Ui, app: &App, tag: &Tag, commands: &mut Vec<Command>) {
        let Some(project) = app.project() else { return };
        let mut kind = tag.kind.clone();
        ui.horizontal(|ui| {
            ui.label(RichText::new("■").color(class_ink(ui, &tag.kind)));
            let combo = ComboBox::from_id_salt("tag type").selected_text(&kind).show_ui(ui, |ui| {
                for name in &project.ontology.tags {
                    ui.selectable_value(&mut kind, name.clone(), name);
                }
            });
            combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Tag type"));
            if icon_button_ui(ui, icon::TRASH, "Delete the selection", "Delete").clicked() {
                commands.push(Command::Label(LabelCommand::Delete));
            }
        });
        if kind != tag.kind {
            commands.push(Command::Label(LabelCommand::SetTag(Tag { kind, ..tag.clone() })));
        }
        let zero = app.playback.range.start;
        ui.label(RichText::new(format!("from {}", tag.start - zero)).monospace());
        if let Some(end) = tag.end {
            ui.label(RichText::new(format!("to   {}  ({})", end - zero, end - tag.start)).monospace());
        }
        if self.note.as_ref().is_none_or(|(id, _)| *id != tag.id) {
            self.note = Some((tag.id, tag.note.clone()));
        }
        let Some((_, text)) = &mut self.note else { return };
        let label = ui.label("Note");
        let edit = ui
            .add(TextEdit::multiline(text).desired_rows(3).desired_width(f32::INFINITY))
            .labelled_by(label.id);
        // Every letter is on disk before the next frame is drawn.
        if edit.changed() {
            commands.push(Command::Label(LabelCommand::SetNote(tag.id, text.clone())));
        } else if !edit.has_focus() {
            text.clone_from(&tag.note);
        }
    }
}

fn box_ui(ui: &mut Ui, app: &App, label: &LabelBox, commands: &mut Vec<Command>) {
    let Some(project) = app.project() else { return };
    let mut class = label.class.clone();
    ui.horizontal(|ui| {
        ui.label(RichText::new("■").color(class_ink(ui, &label.class)));
        let combo = ComboBox::from_id_salt("box class").selected_text(&class).show_ui(ui, |ui| {
            for name in &project.ontology.classes {
                ui.selectable_value(&mut class, name.clone(), name);
            }
        });
        combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Class of the box"));
        if icon_button_ui(ui, icon::TRASH, "Delete the selection", "Delete").clicked() {
            commands.push(Command::Label(LabelCommand::Delete));
        }
    });
    if class != label.class {
        commands.push(Command::Label(LabelCommand::Class(class)));
    }
    let b = &label.bbox;
    ui.label(RichText::new(format!("x {:>6.1}   y {:>6.1} px", b.x0, b.y0)).monospace());
    ui.label(RichText::new(format!("w {:>6.1}   h {:>6.1} px", b.width(), b.height())).monospace());
    if button_ui(ui, icon::RIGHT, "Copy boxes to the next picture", "Ctrl+B").clicked() {
        commands.push(Command::Label(LabelCommand::Propagate));
    }
}

/// What the model says, with a way to say that it is wrong.
fn answer_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    section_ui(ui, "Prediction");
    let answer = app.playback.camera.and_then(|camera| app.models.answer(camera, app.playback.frame()));
    let Some(answer) = answer else {
        let text = if app.models.loaded.is_some() {
            "No answer about this picture yet."
        } else {
            "No model is loaded."
        };
        empty_ui(ui, text);
        return;
    };
    let mut explore = |oracle: OracleSpec| {
        commands.push(Command::Explore(ExploreCommand::Clear));
        commands.push(Command::Explore(ExploreCommand::Oracle(oracle)));
        commands.push(Command::Show(Workspace::Explore));
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
                    ui.label(&object.class);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let name = format!("Not a {} ({i})", object.class);
                        let response = ui.small_button("wrong");
                        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
                        if response
                            .on_hover_text(format!("There is no {} here: make it a claim", object.class))
                            .clicked()
                        {
                            explore(OracleSpec {
                                class: Some(object.class.clone()),
                                region: Some(object.bbox),
                                ..OracleSpec::new("no_object")
                            });
                        }
                    });
                });
            }
        }
        Prediction::Values { values } => {
            for value in values {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &value.name)));
                    ui.label(RichText::new(format!("{:>9.3} {}", value.value, value.unit)).monospace());
                    ui.label(&value.name);
                });
            }
        }
        Prediction::Classes { top } => {
            for class in top.iter().take(5) {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &class.class)));
                    ui.label(RichText::new(format!("{:.3}", class.score)).monospace());
                    ui.label(&class.class);
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if ui
                            .small_button("it is")
                            .on_hover_text(format!("This is a {}: make it a claim", class.class))
                            .clicked()
                        {
                            explore(OracleSpec {
                                class: Some(class.class.clone()),
                                ..OracleSpec::new("class_is")
                            });
                        }
                    });
                });
            }
        }
    }
}
