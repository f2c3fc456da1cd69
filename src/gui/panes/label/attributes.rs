//! Attributes of a tag or an object, as the ontology defines them.

use std::collections::BTreeMap;

use egui::{DragValue, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::data::labels::label::{Attributes, Value};
use crate::data::labels::ontology::{AttributeKind, AttributeSpec};
use crate::gui::forms::{chip_ui, combo_ui, dim_ui, name_label_ui, name_ui};
use crate::gui::scripts;

/// Width of a choice or a text.
const CHOICE: f32 = 120.0;

/// Texts and numbers while they are typed.
#[derive(Debug, Default)]
pub(in crate::gui::panes) struct AttributeForm {
    /// The selection.
    of: Option<u64>,
    texts: BTreeMap<String, String>,
}

impl AttributeForm {
    #[expect(clippy::too_many_lines, reason = "one control for each kind of attribute")]
    /// Draw one row for each attribute; `of` is the selection.
    pub(in crate::gui::panes) fn ui(
        &mut self,
        ui: &mut Ui,
        of: u64,
        specs: &[AttributeSpec],
        values: &Attributes,
        commands: &mut Vec<Command>,
    ) {
        if self.of != Some(of) {
            *self = Self { of: Some(of), texts: BTreeMap::new() };
        }
        let mut set = |name: &str, value: Option<Value>| {
            commands.push(Command::Label(LabelCommand::SetAttribute { name: name.to_owned(), value }));
        };
        for spec in specs {
            let value = values.get(&spec.name);
            ui.horizontal(|ui| {
                name_ui(ui, 84.0, &spec.name);
                match &spec.kind {
                    AttributeKind::Text(hint) => {
                        let text = self
                            .texts
                            .entry(spec.name.clone())
                            .or_insert_with(|| value.map(Value::text).unwrap_or_default());
                        let edit = ui.add(
                            TextEdit::singleline(text)
                                .hint_text(hint)
                                .desired_width(CHOICE.min(ui.available_width() - 8.0)),
                        );
                        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, &spec.name));
                        if edit.lost_focus() && value.map(Value::text).unwrap_or_default() != *text {
                            set(&spec.name, (!text.is_empty()).then(|| Value::Text(text.clone())));
                        }
                    }
                    AttributeKind::Number(unit) => {
                        let mut number = match value {
                            Some(Value::Number(number)) => *number,
                            _ => 0.0,
                        };
                        let suffix = if unit.is_empty() { String::new() } else { format!(" {unit}") };
                        let drag =
                            ui.add(DragValue::new(&mut number).speed(0.1).suffix(suffix).max_decimals(6));
                        drag.widget_info(|| WidgetInfo::slider(true, number, &spec.name));
                        // A drag is one step, when it is let go.
                        let before = self.texts.get(&spec.name).cloned();
                        if drag.dragged() {
                            self.texts.insert(spec.name.clone(), number.to_string());
                        }
                        if drag.drag_stopped() || (drag.changed() && !drag.dragged()) {
                            let typed =
                                before.filter(|_| drag.drag_stopped()).and_then(|text| text.parse().ok());
                            self.texts.remove(&spec.name);
                            set(&spec.name, Some(Value::Number(typed.unwrap_or(number))));
                        }
                        if value.is_none() {
                            dim_ui(ui, "not set");
                        }
                    }
                    AttributeKind::Choice(choices) => {
                        let now = value.map(Value::text).unwrap_or_default();
                        let shown = if now.is_empty() { "not set" } else { now.as_str() };
                        let mut chosen = now.clone();
                        combo_ui(ui, (&spec.name, CHOICE), shown, |ui| {
                            ui.selectable_value(&mut chosen, String::new(), "not set");
                            for choice in choices {
                                ui.selectable_value(&mut chosen, choice.clone(), scripts::shown(choice));
                            }
                        });
                        if chosen != now {
                            set(&spec.name, (!chosen.is_empty()).then_some(Value::Text(chosen)));
                        }
                    }
                    AttributeKind::Choices(choices) => {
                        let now = match value {
                            Some(Value::Many(many)) => many.clone(),
                            _ => Vec::new(),
                        };
                        let room = ui.available_width();
                        ui.horizontal_wrapped(|ui| {
                            for choice in choices {
                                let on = now.contains(choice);
                                if chip_ui(ui, choice, on, room, false).clicked() {
                                    let mut many: Vec<String> = choices
                                        .iter()
                                        .filter(|c| now.contains(c) && *c != choice)
                                        .cloned()
                                        .collect();
                                    if !on {
                                        many.push(choice.clone());
                                    }
                                    set(&spec.name, (!many.is_empty()).then_some(Value::Many(many)));
                                }
                            }
                        });
                    }
                    AttributeKind::Flag(_) => {
                        let now = match value {
                            Some(Value::Flag(flag)) => Some(*flag),
                            _ => None,
                        };
                        for (title, choice) in [("yes", Some(true)), ("no", Some(false)), ("not set", None)] {
                            let response = ui.selectable_label(now == choice, title);
                            response.widget_info(|| {
                                WidgetInfo::selected(
                                    Role::Button,
                                    true,
                                    now == choice,
                                    format!("{} {title}", spec.name),
                                )
                            });
                            if response.clicked() && now != choice {
                                set(&spec.name, choice.map(Value::Flag));
                            }
                        }
                    }
                }
            });
        }
        // What somebody said that the ontology does not know is shown and kept.
        for (name, value) in values.iter().filter(|(name, _)| !specs.iter().any(|spec| spec.name == **name)) {
            ui.horizontal(|ui| {
                name_ui(ui, 84.0, name);
                name_label_ui(ui, RichText::new(value.text()).monospace());
            });
        }
    }
}
