//! The operational design domain of the recording: present, absent or unknown attributes.

use egui::{RichText, ScrollArea, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::data::labels::label::Value;
use crate::data::labels::odd;
use crate::gui::forms::{dim_ui, empty_ui, fold, name_ui};
use crate::gui::pane::Pane;

/// Draw every attribute of the operational design domain with its three choices.
pub(in crate::gui::panes) fn domain_ui(ui: &mut Ui, filter: &str, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(project), Some(open)) = (app.project(), &app.open.clip) else { return };
    dim_ui(
        ui,
        "For the whole recording, with the terms of ASAM OpenLABEL and ISO 34503. Unknown is not the same as absent.",
    );
    let wanted = filter.to_lowercase();
    let any = odd::GROUPS.iter().any(|group| {
        wanted.is_empty()
            || group.title.to_lowercase().contains(&wanted)
            || group.entries.iter().any(|entry| entry.1.contains(&wanted))
    });
    if !any {
        empty_ui(ui, "No attribute matches the filter");
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        for group in odd::GROUPS {
            let fits = |entry: &&(&str, &str, &str)| {
                wanted.is_empty() || entry.1.contains(&wanted) || group.title.to_lowercase().contains(&wanted)
            };
            let entries: Vec<_> = group.entries.iter().filter(fits).collect();
            if entries.is_empty() {
                continue;
            }
            let of_group = |name: &str| {
                project.tags.iter().find(|tag| tag.clip == open.name && odd::name_of(&tag.kind) == Some(name))
            };
            let answered = entries.iter().filter(|entry| of_group(entry.0).is_some()).count();
            let title = format!("{}  {answered} of {}", group.title, entries.len());
            let fold = egui::CollapsingHeader::new(fold(ui, RichText::new(title))).id_salt(group.title);
            let filtered = (!wanted.is_empty()).then_some(true);
            fold.default_open(answered > 0).open(filtered).show(ui, |ui| {
                for (name, title, unit) in entries {
                    let tag = of_group(name);
                    let now = tag.map(odd::is_present);
                    ui.horizontal(|ui| {
                        name_ui(ui, 150.0_f32.min(ui.available_width() * 0.4), title).on_hover_text(*name);
                        for (word, answer) in [("yes", Some(true)), ("no", Some(false)), ("unknown", None)] {
                            let response = ui.selectable_label(now == answer, word);
                            response.widget_info(|| {
                                WidgetInfo::selected(
                                    egui::Role::Button,
                                    true,
                                    now == answer,
                                    format!("{title} {word}"),
                                )
                            });
                            if response.clicked() && now != answer {
                                pane.commands.push(Command::Label(LabelCommand::Domain {
                                    name: (*name).to_owned(),
                                    present: answer,
                                    value: None,
                                }));
                            }
                        }
                        if (now, unit.is_empty()) == (Some(true), false) {
                            let value = tag.and_then(|tag| tag.attributes.get(odd::VALUE));
                            let mut number = match value {
                                Some(Value::Number(number)) => *number,
                                _ => 0.0,
                            };
                            let drag = ui
                                .add(egui::DragValue::new(&mut number).speed(0.0).suffix(format!(" {unit}")));
                            drag.widget_info(|| WidgetInfo::slider(true, number, format!("{title} value")));
                            if drag.changed() {
                                pane.commands.push(Command::Label(LabelCommand::Domain {
                                    name: (*name).to_owned(),
                                    present: Some(true),
                                    value: Some(number),
                                }));
                            }
                        }
                    });
                }
            });
        }
    });
}
