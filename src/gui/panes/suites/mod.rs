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
use crate::gui::forms::{button_ui, dim_ui, empty_ui, icon_button_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::suites::case_terms::CaseTerms;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::theme::{self, icon, verdict_look};
use crate::transforms::stack;

/// State of this pane between frames.
#[derive(Debug, Default)]
struct SuitesPane {
    filter: String,
    terms: CaseTerms,
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
            ui.vertical_centered(|ui| { ui.label(RichText::new("No test case yet").size(18.0)); ui.label("A test case is a frame, its transforms and an expectation. Find one in Explore and press K."); ui.add_space(8.0); if button_ui(ui, icon::TARGET, "Go to Explore", &key_of("Show Explore")).clicked() { pane.commands.push(Command::Show(Workspace::Explore)); } });
            return;
        }
        let active = if suites.contains(&app.open.suites.active) {
            app.open.suites.active.clone()
        } else {
            suites[0].clone()
        };
        egui::Panel::left("suite list").default_size(180.0).show(ui, |ui| {
            section_ui(ui, "Suites");
            for suite in &suites {
                let count = project.cases_of(suite).count();
                let row = Button::new(suite)
                    .right_text(count.to_string())
                    .selected(*suite == active)
                    .frame_when_inactive(false);
                if ui.add_sized([ui.available_width(), 24.0], row).clicked() {
                    pane.commands.push(Command::Suite(SuiteCommand::Active(suite.clone())));
                }
            }
        });
        egui::CentralPanel::default().show(ui, |ui| {
            self.bar_ui(ui, &active, pane);
            sign_ui(ui, pane);
            ui.separator();
            let cases: Vec<&Case> = project.cases_of(&active).filter(|case| self.shows(case)).collect();
            header_ui(ui);
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
        self.terms.ui(ui.ctx(), pane.commands);
    }

    fn bar_ui(&mut self, ui: &mut Ui, suite: &str, pane: &mut Pane<'_>) {
        let app = pane.app;
        ui.horizontal(|ui| {
            ui.label(RichText::new(suite).size(18.0));
            ui.add_space(8.0);
            ui.add_enabled_ui(
                app.open.models.loaded.is_some() && !app.jobs.is_running(JobKind::RunSuite),
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
                pane.commands
                    .push(Command::Suite(SuiteCommand::Export { suite: suite.to_owned(), folder: None }));
            }
            if button_ui(ui, icon::FOLDER, "Export to…", "").clicked() {
                pane.ask.push(Ask::ExportFolder(suite.to_owned()));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let edit =
                    ui.add(TextEdit::singleline(&mut self.filter).desired_width(160.0).hint_text("filter"));
                edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter cases"));
                ui.label(icon::SEARCH);
            });
        });
        if let Some(folder) = &app.open.suites.exported {
            ui.horizontal(|ui| {
                dim_ui(ui, "run it with");
                let line = format!("hardcase test {}", folder.display());
                ui.add(egui::Label::new(RichText::new(&line).monospace()).truncate());
                if ui.small_button("copy").clicked() {
                    ui.ctx().copy_text(line);
                }
            });
        }
    }

    fn shows(&self, case: &Case) -> bool {
        let wanted = self.filter.to_lowercase();
        wanted.is_empty()
            || case.id.to_lowercase().contains(&wanted)
            || case.why.to_lowercase().contains(&wanted)
            || case.tags.iter().any(|tag| tag.to_lowercase().contains(&wanted))
    }
}

/// Widths of the columns: verdict, case, change, claim; the rest is for why.
const COLUMNS: [f32; 4] = [110.0, 230.0, 190.0, 170.0];

/// Asks once if saved cases may carry the account name; after that a setting.
fn sign_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let mut choose = |sign: bool| pane.commands.push(Command::Session(SessionCommand::SignCases(sign)));
    ui.horizontal(|ui| match pane.app.session.sign_cases {
        None => {
            ui.label("Put your account name into the test cases that you save? Files travel further than you think.");
            if ui.button("Sign cases").clicked() {
                choose(true);
            }
            if ui.button("Leave it out").clicked() {
                choose(false);
            }
        }
        Some(mut sign) => {
            if ui.checkbox(&mut sign, "Sign the cases that I save with my account name").changed() {
                choose(sign);
            }
        }
    });
}

fn header_ui(ui: &mut Ui) {
    ui.horizontal(|ui| {
        for (width, name) in COLUMNS.into_iter().zip(["Verdict", "Case", "Transform", "Claim"]) {
            cell_ui(ui, width, RichText::new(name).strong());
        }
        ui.label(RichText::new("Why").strong());
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
        cell_ui(ui, COLUMNS[0], RichText::new(format!("{icon} {word}")).color(color));
        let open = ui
            .allocate_ui_with_layout(
                [COLUMNS[1], 24.0].into(),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.spacing_mut().button_padding.x = 0.0;
                    ui.set_min_width(COLUMNS[1]);
                    ui.add(Button::new(&case.id).frame_when_inactive(false).truncate())
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
        cell_ui(ui, COLUMNS[2], stack::describe(&app.open.models.catalog, &case.stack).into());
        cell_ui(ui, COLUMNS[3], spec::describe(&case.oracle).into());
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
                ui.add(egui::Label::new(&why).truncate()).on_hover_text(&why);
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
            ui.add(egui::Label::new(text).truncate());
        },
    );
}
