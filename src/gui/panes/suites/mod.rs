//! Suites: the cases kept so far, their verdicts, running and exporting them.

pub(in crate::gui) mod case_terms;
use egui::{Button, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::session::SessionCommand;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::key_of;
use crate::claims::spec;
use crate::data::cases::case::Case;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, check_ui, dim_ui, empty_ui, icon_button_ui, name_button_ui, name_label_ui, row_with_end_ui,
    section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure::failure_ui;
use crate::gui::panes::suites::case_terms::CaseTerms;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon, verdict_look};
use crate::suites::bundle::ModelPlace;
use crate::transforms::stack;

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
        let mut sides = Sides::new(ui, &[180.0]);
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
        egui::CentralPanel::default().show(ui, |ui| {
            self.bar_ui(ui, &active, pane);
            failure_ui(ui, pane);
            sign_ui(ui, pane);
            self.stretch_ui(ui, pane);
            ui.separator();
            let cases: Vec<&Case> = project.cases_of(&active).filter(|case| self.shows(case)).collect();
            header_ui(ui);
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

    fn filter_ui(&mut self, ui: &mut Ui) {
        let width = 160.0_f32.min(ui.available_width() * 0.4);
        let edit = ui.add(TextEdit::singleline(&mut self.filter).desired_width(width).hint_text("filter"));
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

/// Parts of the width of the table for the verdict, the case, the transform and the claim; the rest is for why.
const COLUMNS: [f32; 4] = [0.11, 0.22, 0.18, 0.17];

/// Widths of the columns, and of the part that is left for why.
fn columns(ui: &Ui) -> [f32; 5] {
    // Two buttons and the mark of a known failure stand at the end.
    let room = (ui.available_width() - 5.0 * ui.spacing().item_spacing.x).max(100.0);
    let [verdict, case, transform, claim] = COLUMNS.map(|part| (part * room).floor());
    [verdict, case, transform, claim, (room - verdict - case - transform - claim).max(1.0)]
}

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

fn header_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        for (width, name) in columns(ui).into_iter().zip(["Verdict", "Case", "Transform", "Claim", "Why"]) {
            cell_ui(ui, width, RichText::new(name).strong());
        }
    });
}

fn case_ui(ui: &mut Ui, case: &Case, terms: &mut CaseTerms, pane: &mut Pane<'_>) {
    let app = pane.app;
    let verdict = app.open.suites.verdicts.get(&(case.suite.clone(), case.id.clone()));
    let colors = theme::colors(ui);
    let (icon, word, color, why) = match verdict {
        None => (icon::SKIP, "not run", colors.dim, case.why.clone()),
        Some(Ok(verdict)) => {
            let (icon, word, color) = verdict_look(ui, verdict);
            let why = if verdict.why().is_empty() { case.why.clone() } else { verdict.why().to_owned() };
            (icon, word, color, why)
        }
        Some(Err(problem)) => (icon::WARNING, "Error", colors.warning, problem.clone()),
    };
    ui.horizontal(|ui| {
        let columns = columns(ui);
        cell_ui(ui, columns[0], RichText::new(format!("{icon} {word}")).color(color));
        let open = ui
            .allocate_ui_with_layout(
                [columns[1], 24.0].into(),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.spacing_mut().button_padding.x = 0.0;
                    ui.set_min_width(columns[1]);
                    ui.set_max_width(columns[1]);
                    name_button_ui(ui, &case.id, false)
                },
            )
            .inner;
        let name = format!("Open case {}", case.id);
        open.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        let key = || (case.suite.clone(), case.id.clone());
        if open.on_hover_text(format!("{}\ntags: {}", case.id, case.tags.join(", "))).clicked() {
            let (suite, id) = key();
            pane.commands.push(Command::Suite(SuiteCommand::OpenCase { suite, id }));
        }
        let change = match &case.interval {
            Some(interval) => format!("stretch of {}", interval.range().span()),
            None => stack::describe_case(&app.open.models.catalog, &case.stack, case.attack.as_ref()),
        };
        cell_ui(ui, columns[2], change.into());
        cell_ui(ui, columns[3], spec::describe(&case.oracle).into());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button_ui(ui, icon::TRASH, &format!("Remove case {}", case.id), "").clicked() {
                let (suite, id) = key();
                pane.commands.push(Command::Suite(SuiteCommand::Remove { suite, id }));
            }
            if icon_button_ui(ui, icon::EDIT, &format!("Edit case {}", case.id), "").clicked() {
                terms.open(case);
            }
            if let Some(known) = &case.terms.known_failure {
                let until = known.until.map_or_else(String::new, |day| format!(" until {day}"));
                let mark = ui.label(RichText::new("known").size(12.0).color(colors.warning));
                mark.on_hover_text(format!("{}{until}", known.reason));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                name_label_ui(ui, &why);
            });
        });
    });
}

fn cell_ui(ui: &mut Ui, width: f32, text: RichText) {
    ui.allocate_ui_with_layout(
        [width, 24.0].into(),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.set_min_width(width);
            ui.set_max_width(width);
            name_label_ui(ui, text);
        },
    );
}
