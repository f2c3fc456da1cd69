//! Tags, objects and issues as tables: sorted, filtered, selected in bulk, each row a way to its moment.

use egui::{RichText, ScrollArea, TextEdit, Ui};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::table::entry::{Page, WindowCommand};
use crate::base::text::counted;
use crate::data::labels::odd;
use crate::data::labels::tag::Tag;
use crate::gui::forms::{combo_ui, dim_ui, double_clicked, empty_ui, icon_button_ui, name_button_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::label::agreement::agreement_ui;
use crate::gui::panes::label::domain::domain_ui;
use crate::gui::panes::label::objects::{ObjectList, brief};
use crate::gui::scripts;
use crate::gui::theme::{self, ROW, class_ink};
use crate::quality::{self, LabelIssue};

/// The kinds of list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum List {
    #[default]
    Tags,
    Objects,
    Domain,
    Issues,
    Agreement,
}

/// The pages of the command table that are lists.
const PAGES: [(Page, List); 5] = [
    (Page::Tags, List::Tags),
    (Page::Objects, List::Objects),
    (Page::Domain, List::Domain),
    (Page::Issues, List::Issues),
    (Page::Agreement, List::Agreement),
];

/// Sort order of tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Time,
    Kind,
    Length,
    Note,
}

impl Sort {
    fn title(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Kind => "type",
            Self::Length => "length",
            Self::Note => "note",
        }
    }
}

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct LabelTable {
    list: List,
    filter: String,
    sort: Sort,
    falling: bool,
    /// The row that Shift+click goes on from.
    anchor: Option<u64>,
    /// True if label issues were requested since their list was opened.
    checked: bool,
    objects: ObjectList,
}

impl LabelTable {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        if let Some(list) = pane.shared.take_page(&PAGES) {
            self.list = list;
            self.checked = false;
            self.filter.clear();
        }
        ui.horizontal_wrapped(|ui| {
            for (list, title) in [
                (List::Tags, "Tags"),
                (List::Objects, "Objects"),
                (List::Domain, "ODD"),
                (List::Issues, "Label issues"),
                (List::Agreement, "Agreement"),
            ] {
                if ui.selectable_label(self.list == list, title).clicked() {
                    self.list = list;
                    self.checked = false;
                    self.filter.clear();
                }
            }
        });
        if self.list == List::Tags {
            // What is filtered here is filtered on the timeline too.
            self.filter.clone_from(&app.open.labeling.filter);
        }
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut self.filter)
                .hint_text("Filter")
                .desired_width((ui.available_width() - 84.0).max(60.0));
            let edit = ui.add(edit);
            edit.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Filter the table"));
            if edit.changed() && self.list == List::Tags {
                pane.commands.push(Command::Label(LabelCommand::Filter(self.filter.clone())));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button_ui(ui, theme::icon::EXPORT, "Export labels…", "").clicked() {
                    pane.window.push(WindowCommand::ExportLabels);
                }
                if icon_button_ui(ui, theme::icon::FOLDER, "Import labels…", "").clicked() {
                    pane.window.push(WindowCommand::ImportLabels);
                }
            });
        });
        ui.separator();
        match self.list {
            List::Tags => self.tags_ui(ui, pane),
            List::Objects => self.objects.ui(ui, &self.filter, pane),
            List::Domain => domain_ui(ui, &self.filter, pane),
            List::Issues => self.issues_ui(ui, pane),
            List::Agreement => agreement_ui(ui, &self.filter, pane),
        }
    }

    fn tags_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (Some(project), Some(open)) = (app.project(), &app.open.clip) else { return };
        let fits = |tag: &&Tag| {
            tag.clip == open.name && odd::name_of(&tag.kind).is_none() && app.open.labeling.fits(tag)
        };
        let mut tags: Vec<&Tag> = project.tags.iter().filter(fits).collect();
        match self.sort {
            Sort::Time => {}
            Sort::Kind => tags.sort_by(|a, b| a.kind.cmp(&b.kind)),
            Sort::Length => tags.sort_by_key(|tag| tag.range().span()),
            Sort::Note => tags.sort_by(|a, b| a.note.cmp(&b.note)),
        }
        if self.falling {
            tags.reverse();
        }
        Self::bulk_ui(ui, &tags, pane);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let scale = (ui.available_width() / 376.0).min(1.0);
            for (sort, title, width) in [
                (Sort::Time, "Time", 118.0),
                (Sort::Kind, "Type", 118.0),
                (Sort::Length, "Length", 70.0),
                (Sort::Note, "Note", 60.0),
            ] {
                let mark = match (self.sort == sort, self.falling) {
                    (false, _) => "",
                    (true, false) => theme::icon::UP,
                    (true, true) => theme::icon::DOWN,
                };
                let width = (width * scale).floor();
                let place = egui::Layout::left_to_right(egui::Align::Center);
                let head = ui.allocate_ui_with_layout(egui::vec2(width, ROW), place, |ui| {
                    ui.set_min_width(width);
                    ui.set_max_width(width);
                    let title = RichText::new(format!("{title} {mark}")).size(12.0);
                    let head = name_button_ui(ui, title, false);
                    head.widget_info(|| {
                        egui::WidgetInfo::labeled(
                            egui::Role::Button,
                            true,
                            format!("Sort by {}", sort.title()),
                        )
                    });
                    head
                });
                if head.inner.clicked() {
                    self.falling = self.sort == sort && !self.falling;
                    self.sort = sort;
                }
            }
        });
        if tags.is_empty() {
            empty_ui(
                ui,
                if app.open.labeling.filter.is_empty() {
                    "No tags yet: press 1 to 9 at a moment, or I and O around an interval"
                } else {
                    "No tag matches the filter"
                },
            );
            return;
        }
        let zero = app.open.playback.range.start;
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, tags.len(), |ui, rows| {
            for row in rows {
                let tag = tags[row];
                let selected = app.open.labeling.tags.contains(&tag.id);
                let length =
                    tag.end.map_or_else(String::new, |end| format!("{:.2} s", (end - tag.start).secs()));
                let text = format!(
                    "{:<13} {:<14} {:>8}  {}",
                    (tag.start - zero).to_string(),
                    brief(&tag.kind),
                    length,
                    tag.note
                );
                let response = ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &tag.kind)));
                    let row = egui::Button::new(RichText::new(text).monospace().size(12.0))
                        .selected(selected)
                        .frame_when_inactive(selected)
                        .truncate();
                    ui.add(row).on_hover_text(scripts::shown(&format!("{}\n{}", tag.kind, tag.note)))
                });
                let response = response.inner;
                if double_clicked(&response) {
                    pane.commands.push(Command::Play(PlayCommand::Seek(tag.start)));
                } else if response.clicked() {
                    let modifiers = ui.input(|input| input.modifiers);
                    pane.commands.extend(self.pick(&tags, row, app, modifiers.shift, modifiers.command));
                    if !modifiers.shift && !modifiers.command {
                        pane.commands.push(Command::Play(PlayCommand::Seek(tag.start)));
                    }
                }
            }
        });
    }

    /// The selection after a click on a row: it alone, with Ctrl it too, with Shift all up to it.
    fn pick(&mut self, tags: &[&Tag], row: usize, app: &App, range: bool, more: bool) -> Option<Command> {
        let id = tags.get(row)?.id;
        let anchor = self.anchor.and_then(|anchor| tags.iter().position(|tag| tag.id == anchor));
        let ids = match anchor.filter(|_| range) {
            Some(anchor) => tags[anchor.min(row)..=anchor.max(row)].iter().map(|tag| tag.id).collect(),
            None if more => {
                let mut ids = app.open.labeling.tags.clone();
                let before = ids.len();
                ids.retain(|other| *other != id);
                if ids.len() == before {
                    ids.push(id);
                }
                ids
            }
            None => vec![id],
        };
        if !range {
            self.anchor = Some(id);
        }
        Some(Command::Label(LabelCommand::SelectTags(ids)))
    }

    fn bulk_ui(ui: &mut Ui, tags: &[&Tag], pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(project) = app.project() else { return };
        let count = app.open.labeling.tags.len();
        ui.horizontal_wrapped(|ui| {
            if ui.button(format!("Select all {}", tags.len())).clicked() {
                pane.commands
                    .push(Command::Label(LabelCommand::SelectTags(tags.iter().map(|tag| tag.id).collect())));
            }
            if count == 0 {
                dim_ui(ui, "Shift or Ctrl to select several");
                return;
            }
            dim_ui(ui, format!("{count} selected:"));
            combo_ui(ui, ("Type of the selected tags", 100.0), "Set type", |ui| {
                for word in &project.ontology.tags {
                    if ui.selectable_label(false, scripts::shown(&word.name)).clicked() {
                        pane.commands.push(Command::Label(LabelCommand::SetKind(word.name.clone())));
                    }
                }
            });
            if ui.add_enabled(count > 1, egui::Button::new("Merge")).clicked() {
                pane.commands.push(Command::Label(LabelCommand::MergeTags));
            }
            if ui.button("Delete").clicked() {
                pane.commands.push(Command::Label(LabelCommand::Delete));
            }
        });
    }

    fn issues_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        if ui.button("Check labels").clicked() || !self.checked {
            self.checked = true;
            pane.commands.push(Command::Label(LabelCommand::Check));
        }
        let Some(issues) = &app.open.labeling.issues else {
            dim_ui(ui, "Checking…");
            return;
        };
        let wanted = self.filter.to_lowercase();
        let title = |id: &str| quality::KINDS.iter().find(|kind| kind.id == id).map_or("", |kind| kind.title);
        let shown: Vec<&LabelIssue> = issues
            .iter()
            .filter(|issue| {
                wanted.is_empty()
                    || title(issue.kind).to_lowercase().contains(&wanted)
                    || issue.why.to_lowercase().contains(&wanted)
            })
            .collect();
        if shown.is_empty() {
            empty_ui(
                ui,
                if issues.is_empty() {
                    "No label issues: no slips, no duplicates, no changing classes, no jumps"
                } else {
                    "No label issue matches the filter"
                },
            );
            return;
        }
        dim_ui(ui, counted(shown.len(), "label issue"));
        ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, shown.len(), |ui, range| {
            for issue in &shown[range] {
                let text = format!("{:<20} frame {:<6} {}", title(issue.kind), issue.frame, issue.why);
                ui.horizontal(|ui| {
                    ui.label(RichText::new(theme::icon::WARNING).color(theme::colors(ui).warning));
                    let row = egui::Button::new(RichText::new(text).monospace().size(12.0))
                        .frame_when_inactive(false)
                        .truncate();
                    if ui.add(row).on_hover_text(&issue.why).clicked() {
                        pane.commands.push(Command::Play(PlayCommand::SeekFrame(issue.frame)));
                        pane.commands.push(Command::Label(LabelCommand::SelectObject(Some(issue.object))));
                    }
                });
            }
        });
    }
}
