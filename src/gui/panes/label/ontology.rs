//! The ontology of the project: tag types with their keys, classes, and their editor.

use std::collections::BTreeSet;

use egui::{Button, RichText, Ui};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::label::ontology::{word_keys, words_from, words_text};
use crate::app::label::sight::SightCommand;
use crate::base::text::quoted;
use crate::data::labels::ontology::{Color, Ontology, PALETTE, Word};
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, dim_ui, icon_button_ui, marked_chip_ui, name_button_ui, name_label_ui, section_ui,
};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::scripts::shown;
use crate::gui::theme::{self, class_ink, icon};

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct Words {
    /// Tags and classes as text while they are edited.
    editing: Option<(String, String)>,
    /// An entry that is renamed: true for a tag type, old name, new name.
    renaming: Option<(bool, String, String)>,
    /// Name of a new lane of states, while it is typed.
    lane: String,
}

/// Width of a small dialog.
const DIALOG: f32 = 300.0;

/// The syntax of the lines.
const HELP: [&str; 4] = [
    "One per line; the first nine tags have the keys 1 to 9, the first nine classes Shift+1 to Shift+9",
    "Types of one lane exclude each other, a key switches between them:   rain @weather, fog @weather",
    "Attributes after two spaces:   cut-in [V] #e69f00  gap: number m; side: left | right; seen: yes/no; why: text",
    "Multiple choice with +, keypoints of a class:   person  points: nose, left eye, right eye",
];

/// The colors of the palette, and back to the one of its own.
fn color_ui(ui: &mut Ui, tag: bool, word: &Word, ontology: &Ontology, pane: &mut Pane<'_>) {
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.set_max_width(186.0);
        ui.spacing_mut().item_spacing = egui::Vec2::splat(2.0);
        for color in PALETTE.map(Color) {
            let [r, g, b] = color.0;
            let ink = egui::Color32::from_rgb(r, g, b);
            let swatch = Button::new("").fill(ink).min_size(egui::vec2(26.0, 20.0)).selected(false);
            let swatch = ui.add(swatch);
            swatch.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Color {color}"))
            });
            if swatch.clicked() {
                chosen = Some(Some(color));
            }
        }
    });
    if word.color.is_some() && ui.button("Default color").clicked() {
        chosen = Some(None);
    }
    if let Some(color) = chosen {
        let mut ontology = ontology.clone();
        let words = if tag { &mut ontology.tags } else { &mut ontology.classes };
        if let Some(own) = words.iter_mut().find(|own| own.name == word.name) {
            own.color = color;
        }
        pane.commands.push(Command::Label(LabelCommand::SetOntology(ontology)));
        ui.close();
    }
}

impl Words {
    /// Draw both lists, and the open editors.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(project) = app.project() else { return };
        let ontology = &project.ontology;
        let keys = word_keys(ontology);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Tags").strong());
            if icon_button_ui(ui, icon::EDIT, "Edit ontology", "").clicked() {
                self.editing = Some((words_text(&ontology.tags), words_text(&ontology.classes)));
            }
        });
        for (position, word) in ontology.tags.iter().enumerate() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let own = keys.tags.iter().find(|(_, at)| *at == position).map(|(key, _)| key.text());
                let key = own.or_else(|| (position < 9).then(|| (position + 1).to_string()));
                let key = format!("{:1}", key.unwrap_or_default());
                ui.label(RichText::new(key).monospace().color(theme::colors(ui).dim));
                ui.label(RichText::new("■").color(class_ink(ui, &word.name)));
                let row = name_button_ui(ui, &word.name, app.open.labeling.kind == position);
                let row = row.on_hover_text("Intervals marked with I and O get the selected type");
                if row.clicked() {
                    pane.commands.push(Command::Label(LabelCommand::ActiveKind(position)));
                }
                if !word.lane.is_empty() {
                    let holds = app.open.running_states().iter().any(|tag| tag.kind == word.name);
                    let text = if holds { format!("{} now", word.lane) } else { word.lane.clone() };
                    dim_ui(ui, &text);
                }
                self.menu_ui(&row, true, word, ontology, pane);
            });
        }
        section_ui(ui, "Object classes");
        let room = ui.available_width();
        ui.horizontal_wrapped(|ui| {
            let active = app.open.active_class();
            for (position, class) in ontology.classes.iter().enumerate() {
                let mark = Some(class_ink(ui, &class.name));
                let row = marked_chip_ui(ui, mark, &class.name, class.name == active, room);
                let own = keys.classes.iter().find(|(_, at)| *at == position).map(|(key, _)| key.text());
                let key = own.or_else(|| (position < 9).then(|| format!("Shift+{}", position + 1)));
                let row = row.on_hover_text(
                    key.map_or_else(String::new, |key| format!("{}  ({key})", shown(&class.name))),
                );
                if row.clicked() {
                    pane.commands.push(Command::Label(LabelCommand::Class(class.name.clone())));
                }
                self.menu_ui(&row, false, class, ontology, pane);
            }
        });
        for clash in &keys.clashes {
            let color = theme::colors(ui).warning;
            let text = format!("{} {} has no key: {}", icon::WARNING, quoted(&clash.word), clash.why);
            ui.add(egui::Label::new(RichText::new(text).size(12.0).color(color)).wrap());
        }
        self.edit_ui(ui, ontology, pane);
        self.rename_ui(ui, ontology, pane);
    }

    fn menu_ui(
        &mut self,
        row: &egui::Response,
        tag: bool,
        word: &Word,
        ontology: &Ontology,
        pane: &mut Pane<'_>,
    ) {
        row.context_menu(|ui| {
            if tag {
                self.lane_ui(ui, word, ontology, pane);
                ui.separator();
            } else {
                let hidden = pane.app.open.labeling.sight.hidden_classes.contains(&word.name);
                let text =
                    if hidden { "Show the class" } else { "Hide the class, in labels and predictions" };
                if ui.button(text).clicked() {
                    let command = SightCommand::Class(word.name.clone());
                    pane.commands.push(Command::Label(LabelCommand::Sight(command)));
                    ui.close();
                }
            }
            color_ui(ui, tag, word, ontology, pane);
            if ui.button("Rename or merge…").clicked() {
                self.renaming = Some((tag, word.name.clone(), word.name.clone()));
                ui.close();
            }
        });
    }

    /// The lane of states of a tag type: an existing one, a new one or none.
    fn lane_ui(&mut self, ui: &mut Ui, word: &Word, ontology: &Ontology, pane: &mut Pane<'_>) {
        let mut set = |lane: &str, moments: bool| {
            let (kind, lane) = (word.name.clone(), lane.to_owned());
            pane.commands.push(Command::Label(LabelCommand::SetLane { kind, lane, moments }));
        };
        if word.lane.is_empty() {
            let lanes: BTreeSet<&str> =
                ontology.tags.iter().map(|word| word.lane.as_str()).filter(|lane| !lane.is_empty()).collect();
            for lane in lanes {
                if ui.button(format!("State of {}", quoted(lane))).clicked() {
                    set(lane, false);
                    ui.close();
                }
            }
            let label = ui.label("State of a new lane");
            let hint = "weather, then Enter";
            let edit = egui::TextEdit::singleline(&mut self.lane).hint_text(hint).desired_width(150.0);
            let edit = ui.add(edit).labelled_by(label.id);
            if accepted(&edit) && !self.lane.trim().is_empty() {
                set(&std::mem::take(&mut self.lane), false);
                ui.close();
            }
        } else {
            if ui.button("Plain tag, states stay as intervals").clicked() {
                set("", false);
                ui.close();
            }
            if ui.button("Plain tag, states become moments").clicked() {
                set("", true);
                ui.close();
            }
        }
    }

    fn edit_ui(&mut self, ui: &Ui, ontology: &Ontology, pane: &mut Pane<'_>) {
        let Some((tags, classes)) = &mut self.editing else { return };
        let mut open = true;
        let mut done = None;
        let mut ask = false;
        let window = egui::Window::new("Ontology")
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(ui.ctx().content_rect().center())
            .open(&mut open)
            .collapsible(false)
            .default_width(720.0_f32.min(ui.ctx().content_rect().width() - 40.0))
            .resizable(true);
        window.show(ui.ctx(), |ui| {
            for line in HELP {
                dim_ui(ui, line);
            }
            ui.columns(2, |columns| {
                for (ui, (name, text)) in
                    columns.iter_mut().zip([("Tags", &mut *tags), ("Classes", &mut *classes)])
                {
                    let label = ui.label(name);
                    let edit = egui::TextEdit::multiline(text)
                        .font(egui::TextStyle::Monospace)
                        .desired_rows(
                            ((ui.ctx().content_rect().height() - 260.0) / 18.0).clamp(3.0, 14.0) as usize
                        )
                        .desired_width(f32::INFINITY);
                    ui.add(edit).labelled_by(label.id);
                }
            });
            let parsed = words_from(tags, &ontology.tags)
                .and_then(|tags| Ok(Ontology { tags, classes: words_from(classes, &ontology.classes)? }));
            let warning = theme::colors(ui).warning;
            match &parsed {
                Ok(new) => {
                    for clash in word_keys(new).clashes {
                        let text =
                            format!("{} {} has no key: {}", icon::WARNING, quoted(&clash.word), clash.why);
                        ui.colored_label(warning, text);
                    }
                }
                Err(problem) => {
                    ui.colored_label(warning, problem.to_string());
                }
            }
            ui.horizontal(|ui| {
                if ui.add_enabled(parsed.is_ok(), Button::new("Apply")).clicked() {
                    done = parsed.ok();
                }
                ask = button_ui(ui, icon::FILE, "Import ontology…", "")
                    .on_hover_text("From COCO, CVAT, Label Studio or another labels file")
                    .clicked();
            });
        });
        if ask {
            pane.ask.push(Ask::Words);
        }
        let closed = pane.shared.windows.closes("Ontology");
        let finished = done.is_some() || ask || closed;
        if let Some(ontology) = done {
            pane.commands.push(Command::Label(LabelCommand::SetOntology(ontology)));
        }
        if finished || !open {
            self.editing = None;
        }
    }

    fn rename_ui(&mut self, ui: &Ui, ontology: &Ontology, pane: &mut Pane<'_>) {
        let Some((tag, from, to)) = &mut self.renaming else { return };
        let mut open = true;
        let mut done = false;
        egui::Window::new("Rename or merge").open(&mut open).collapsible(false).resizable(false).show(
            ui.ctx(),
            |ui| {
                ui.set_max_width(DIALOG);
                let label = name_label_ui(ui, format!("Rename {} to", quoted(from)));
                let edit = ui.text_edit_singleline(to).labelled_by(label.id);
                let words = if *tag { &ontology.tags } else { &ontology.classes };
                if to != from && words.iter().any(|word| word.name == *to) {
                    dim_ui(ui, "This name exists already: both are merged, Ctrl+Z to undo");
                } else {
                    dim_ui(ui, "All its labels change with it, as one undo step");
                }
                let entered = accepted(&edit);
                done = ui.button("Rename").clicked() || entered;
            },
        );
        if done && to != from {
            let (tag, from, to) = (*tag, from.clone(), to.clone());
            pane.commands.push(Command::Label(LabelCommand::Rename { tag, from, to }));
        }
        if done || !open || pane.shared.windows.closes("Rename or merge") {
            self.renaming = None;
        }
    }
}
