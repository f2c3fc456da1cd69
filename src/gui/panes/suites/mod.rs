//! Suites: the cases kept so far, their verdicts, running and exporting them.

pub(in crate::gui) mod case_terms;
mod details;
mod table;

use egui::{Button, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::session::SessionCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::key_of;
use crate::app::{App, Workspace};
use crate::data::cases::case::Case;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, check_ui, dim_ui, empty_ui, name_button_ui, name_label_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure::failure_ui;
use crate::gui::panes::suites::case_terms::CaseTerms;
use crate::gui::panes::suites::details::details_ui;
use crate::gui::panes::suites::table::{case_ui, header_ui};
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::icon;
use crate::suites::bundle::ModelPlace;

/// State of this pane between frames.
#[derive(Debug, Default)]
struct SuitesPane {
    filter: String,
    terms: CaseTerms,
    /// Place of the model in exported suites.
    model: ModelPlace,
    /// Formula of the next case over time.
    formula: String,
}

/// The workspace of test cases.
pub(in crate::gui::panes) static KIND: WorkspaceKind =
    WorkspaceKind { workspace: Workspace::Suites, icon: icon::KEEP, make: || Box::<SuitesPane>::default() };

impl WorkspacePane for SuitesPane {
    fn ui(&mut self, ui: &mut Ui, _parts: &mut Parts, pane: &mut Pane<'_>) {
        egui::CentralPanel::default().show(ui, |ui| self.suites_ui(ui, pane));
    }
}

impl SuitesPane {
    fn suites_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(project) = app.project() else {
            empty_ui(ui, "Open a recording or a project first.");
            return;
        };
        let suites = project.suites();
        if suites.is_empty() {
            ui.add_space(24.0);
            ui.vertical_centered(|ui| {
                ui.label(RichText::new("No test case yet").size(18.0));
                ui.label("A test case is a frame, its transforms and an expectation. Find one in Explore and press K.");
                ui.add_space(8.0);
                if button_ui(ui, icon::TARGET, "Go to Explore", &key_of("Show Explore")).clicked() {
                    pane.commands.push(Command::Show(Workspace::Explore));
                }
            });
            ui.add_space(16.0);
            self.stretch_ui(ui, pane);
            return;
        }
        let active = if suites.contains(&app.open.suites.active) {
            app.open.suites.active.clone()
        } else {
            suites[0].clone()
        };
        let mut sides = Sides::new(ui, &[180.0, 300.0]);
        sides.show(ui, (Side::Left, "suite list"), [180.0, 100.0], |ui| {
            section_ui(ui, "Suites");
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                for suite in &suites {
                    let count = project.cases_of(suite).count().to_string();
                    let row = |ui: &mut Ui| {
                        if name_button_ui(ui, suite, *suite == active).clicked() {
                            pane.commands.push(Command::Suite(SuiteCommand::Active(suite.clone())));
                        }
                    };
                    row_with_end_ui(ui, |ui| drop(ui.label(RichText::new(count).monospace())), row);
                }
            });
        });
        sides.show(ui, (Side::Right, "case details"), [300.0, 200.0], |ui| details_ui(ui, pane));
        egui::CentralPanel::default().show(ui, |ui| {
            self.bar_ui(ui, &active, pane);
            failure_ui(ui, pane);
            sign_ui(ui, pane);
            self.stretch_ui(ui, pane);
            ui.separator();
            let cases: Vec<&Case> = project.cases_of(&active).filter(|case| self.shows(case)).collect();
            header_ui(ui, &active, &cases, pane);
            if cases.is_empty() {
                let any = project.cases_of(&active).next().is_some();
                empty_ui(ui, if any { "No case matches the filter" } else { "This suite has no case yet" });
            }
            let terms = &mut self.terms;
            ScrollArea::vertical().auto_shrink([false, false]).show_rows(
                ui,
                26.0,
                cases.len(),
                |ui, rows| {
                    for case in cases.get(rows).unwrap_or_default() {
                        case_ui(ui, case, terms, pane);
                    }
                },
            );
        });
        self.terms.ui(ui.ctx(), pane);
    }

    fn bar_ui(&mut self, ui: &mut Ui, suite: &str, pane: &mut Pane<'_>) {
        let app = pane.app;
        // Cases over time need no model.
        let mut cases = app.project().into_iter().flat_map(|project| project.cases_of(suite));
        let runnable = app.open.models.loaded.is_some() || cases.all(|case| case.interval.is_some());
        let title = |ui: &mut Ui| drop(name_label_ui(ui, RichText::new(suite).size(18.0)));
        row_with_end_ui(ui, |ui| self.filter_ui(ui), title);
        ui.horizontal_wrapped(|ui| {
            ui.add_enabled_ui(
                runnable && !app.jobs.is_running(JobKind::RunSuite),
                |ui| {
                    if button_ui(ui, icon::PLAY, "Run suite", "").clicked() {
                        pane.commands.push(Command::Suite(SuiteCommand::Run(suite.to_owned())));
                    }
                    for (what, ids) in [("selected", Self::ticked(suite, app)), ("shown", self.shown(suite, app))] {
                        let name = format!("Run {} {what}", ids.len());
                        if !ids.is_empty() && button_ui(ui, icon::PLAY, &name, "").clicked() {
                            let suite = suite.to_owned();
                            pane.commands.push(Command::Suite(SuiteCommand::RunSome { suite, ids }));
                        }
                    }
                },
            );
            if button_ui(ui, icon::EXPORT, "Export suite", "")
                .on_hover_text("To suites/ of the project")
                .clicked()
            {
                pane.commands.push(Command::Suite(SuiteCommand::Export {
                    suite: suite.to_owned(),
                    folder: None,
                    model: self.model,
                }));
            }
            if button_ui(ui, icon::FOLDER, "Export to…", "").clicked() {
                pane.ask.push(Ask::ExportFolder(suite.to_owned(), self.model));
            }
            let mut bundled = self.model == ModelPlace::Bundled;
            ui.checkbox(&mut bundled, "with model").on_hover_text(
                "Copies the model into the folder of the suite. Without it, a model outside of the project is named by \
                 its file name and checksum",
            );
            self.model = if bundled { ModelPlace::Bundled } else { ModelPlace::Named };
        });
        // The row is there before the export, so that the table stays where it is.
        let line =
            app.open.suites.exported.as_ref().map(|folder| format!("hardcase test {}", folder.display()));
        let copy = |ui: &mut Ui| {
            let button = ui.add_enabled(line.is_some(), Button::new("copy").small());
            button.widget_info(|| WidgetInfo::labeled(Role::Button, line.is_some(), "Copy the command"));
            if button.clicked() {
                ui.ctx().copy_text(line.clone().unwrap_or_default());
            }
        };
        row_with_end_ui(ui, copy, |ui| match &line {
            Some(line) => {
                dim_ui(ui, "run it with");
                name_label_ui(ui, RichText::new(line).monospace());
            }
            None => drop(dim_ui(ui, "Export the suite to run it with hardcase test")),
        });
    }

    /// Names of the selected cases.
    fn ticked(suite: &str, app: &App) -> Vec<String> {
        let cases = app.project().into_iter().flat_map(|project| project.cases_of(suite));
        let ticked = &app.open.suites.ticked;
        cases
            .filter(|case| ticked.contains(&(case.suite.clone(), case.id.clone())))
            .map(|case| case.id.clone())
            .collect()
    }

    /// Names of the cases that match the filter, such as a tag; none where that is all of them.
    fn shown(&self, suite: &str, app: &App) -> Vec<String> {
        if self.filter.trim().is_empty() {
            return Vec::new();
        }
        let cases = app.project().into_iter().flat_map(|project| project.cases_of(suite));
        cases.filter(|case| self.shows(case)).map(|case| case.id.clone()).collect()
    }

    fn filter_ui(&mut self, ui: &mut Ui) {
        let width = 160.0_f32.min(ui.available_width() * 0.4);
        let edit = ui.add(
            TextEdit::singleline(&mut self.filter).desired_width(width).hint_text("name, reason or tag"),
        );
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter cases"));
        ui.label(icon::SEARCH);
    }

    /// Adds the loop range as a case over time.
    fn stretch_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let Some((range, open)) = pane.app.stretch().zip(pane.app.open.clip.as_ref()) else { return };
        let start = open.info.range.start;
        ui.horizontal_wrapped(|ui| {
            // Where there is no room left, a control stands in the next row rather than as a column of letters.
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
            ui.label("Case over time");
            let from_to = format!("{} to {}", range.start - start, range.end - start);
            dim_ui(ui, from_to).on_hover_text("The loop range, or three seconds around the playhead");
            let hint = "always(ttc > 1.5)";
            let width = 260.0_f32.min(ui.max_rect().width() * 0.6);
            let edit = ui.add(TextEdit::singleline(&mut self.formula).desired_width(width).hint_text(hint));
            edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Formula of the case over time"));
            let ready = !self.formula.trim().is_empty();
            // The button is drawn in a frame of its own, which does not wrap by itself.
            if ui.available_size_before_wrap().x < BUTTON {
                ui.end_row();
            }
            let add = ui.add_enabled_ui(ready, |ui| button_ui(ui, icon::PLUS, "Save interval", "")).inner;
            if add.clicked() {
                let formula = std::mem::take(&mut self.formula);
                pane.commands.push(Command::Suite(SuiteCommand::KeepStretch { formula }));
            }
        });
    }

    fn shows(&self, case: &Case) -> bool {
        let wanted = self.filter.to_lowercase();
        wanted.is_empty()
            || case.id.to_lowercase().contains(&wanted)
            || case.why.to_lowercase().contains(&wanted)
            || case.tags.iter().any(|tag| tag.to_lowercase().contains(&wanted))
    }
}

/// Width of the button that saves an interval.
const BUTTON: f32 = 130.0;

/// Asks once if saved cases may carry the account name; after that a setting.
fn sign_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let mut choose = |sign: bool| pane.commands.push(Command::Session(SessionCommand::SignCases(sign)));
    ui.horizontal_wrapped(|ui| match pane.app.session.sign_cases {
        None => {
            let text = "Put your account name into the test cases that you save? Files travel further than you think.";
            ui.add(egui::Label::new(text).wrap());
            if ui.button("Sign cases").clicked() {
                choose(true);
            }
            if ui.button("Leave it out").clicked() {
                choose(false);
            }
        }
        Some(mut sign) => {
            if check_ui(ui, &mut sign, "Sign the cases that I save with my account name").changed() {
                choose(sign);
            }
        }
    });
}
