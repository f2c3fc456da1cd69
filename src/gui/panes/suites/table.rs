//! The table of the cases of a suite: verdict, case, transform, claim, message of a failure, the author's reason.

use egui::{RichText, Role, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::suites::command::SuiteCommand;
use crate::claims::spec;
use crate::data::cases::case::Case;
use crate::gui::forms::{icon_button_ui, name_button_ui, name_label_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::suites::case_terms::CaseTerms;
use crate::gui::theme::{self, icon, verdict_look};
use crate::suites::history;
use crate::transforms::stack;

/// Parts of the width of the table for the verdict, the case, the transform, the claim and the message of a failure; the
/// rest is for the author's reason.
const COLUMNS: [f32; 5] = [0.12, 0.20, 0.15, 0.15, 0.15];

/// Room for the selection at the beginning and three buttons at the end.
const ENDS: f32 = 150.0;

/// Widths of the columns.
fn columns(ui: &Ui) -> [f32; 6] {
    let room = (ui.available_width() - ENDS - 6.0 * ui.spacing().item_spacing.x).max(100.0);
    let [verdict, case, transform, claim, message] = COLUMNS.map(|part| (part * room).floor());
    [verdict, case, transform, claim, message, (room - verdict - case - transform - claim - message).max(1.0)]
}

/// Names of the columns, with the box that selects every case that is shown.
pub(super) fn header_ui(ui: &mut Ui, suite: &str, cases: &[&Case], pane: &mut Pane<'_>) {
    let names = ["Verdict", "Case", "Transform", "Claim", "Message", "Reason to keep it"];
    ui.horizontal(|ui| {
        let columns = columns(ui);
        let ticked = &pane.app.open.suites.ticked;
        let mut all = !cases.is_empty()
            && cases.iter().all(|case| ticked.contains(&(case.suite.clone(), case.id.clone())));
        let every = ui.checkbox(&mut all, "");
        every.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, all, "Select all cases shown"));
        if every.changed() {
            let (suite, ids) = (suite.to_owned(), cases.iter().map(|case| case.id.clone()).collect());
            pane.commands.push(Command::Suite(SuiteCommand::Tick { suite, ids, on: all }));
        }
        for (width, name) in columns.into_iter().zip(names) {
            cell_ui(ui, width, RichText::new(name).strong());
        }
    });
}

/// One case.
pub(super) fn case_ui(ui: &mut Ui, case: &Case, terms: &mut CaseTerms, pane: &mut Pane<'_>) {
    let app = pane.app;
    let verdict = app.open.suites.verdicts.get(&(case.suite.clone(), case.id.clone()));
    let colors = theme::colors(ui);
    let (sign, word, color, message) = match verdict {
        None => (icon::SKIP, "not run", colors.dim, String::new()),
        Some(Ok(verdict)) => {
            let (icon, word, color) = verdict_look(ui, verdict);
            (icon, word, color, verdict.why().to_owned())
        }
        Some(Err(problem)) => (icon::WARNING, "Error", colors.warning, problem.clone()),
    };
    let runs = app.open.suites.runs.as_deref().unwrap_or_default();
    let before = history::of_case(runs, &case.suite, &case.id).nth(1).map(|(_, word)| word);
    let before = before.filter(|before| verdict.is_some() && !before.eq_ignore_ascii_case(word));
    let key = || (case.suite.clone(), case.id.clone());
    let looked_at = app.open.suites.preview.as_ref().is_some_and(|preview| preview.key == key());
    ui.horizontal(|ui| {
        let columns = columns(ui);
        let mut ticked = app.open.suites.ticked.contains(&key());
        let tick = ui.checkbox(&mut ticked, "");
        let name = format!("Select case {}", case.id);
        tick.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, ticked, &name));
        if tick.changed() {
            let (suite, id) = key();
            pane.commands.push(Command::Suite(SuiteCommand::Tick { suite, ids: vec![id], on: ticked }));
        }
        let was = before.map_or_else(String::new, |before| format!(" (was {before})"));
        cell_ui(ui, columns[0], RichText::new(format!("{sign} {word}{was}")).color(color));
        let open = ui
            .allocate_ui_with_layout(
                [columns[1], 24.0].into(),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.spacing_mut().button_padding.x = 0.0;
                    ui.set_min_width(columns[1]);
                    ui.set_max_width(columns[1]);
                    name_button_ui(ui, &case.id, looked_at)
                },
            )
            .inner;
        let name = format!("Open case {}", case.id);
        open.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
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
        cell_ui(ui, columns[4], message.into());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button_ui(ui, icon::TRASH, &format!("Remove case {}", case.id), "").clicked() {
                let (suite, id) = key();
                pane.commands.push(Command::Suite(SuiteCommand::Remove { suite, id }));
            }
            if icon_button_ui(ui, icon::EDIT, &format!("Edit case {}", case.id), "").clicked() {
                terms.open(case);
            }
            if icon_button_ui(ui, icon::EYE, &format!("Look at case {}", case.id), "").clicked() {
                let (suite, id) = key();
                pane.commands.push(Command::Suite(SuiteCommand::Preview { suite, id }));
            }
            if let Some(known) = &case.terms.known_failure {
                let until = known.until.map_or_else(String::new, |day| format!(" until {day}"));
                let mark = ui.label(RichText::new("known").size(12.0).color(colors.warning));
                mark.on_hover_text(format!("{}{until}", known.reason));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                name_label_ui(ui, &case.why);
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
