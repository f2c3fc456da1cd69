//! Fairness: columns of a table, rates by group, gaps, and thresholds.

use egui::{RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::fairness::command::FairnessCommand;
use crate::app::evaluate::fairness::state::{FairnessChoice, FairnessSource};
use crate::app::jobs::JobKind;
use crate::base::text::counted;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, check_ui, combo_ui, dim_ui, empty_ui, icon_button_ui, name_label_ui, name_ui, section_ui,
};
use crate::gui::page_dialogs::PageAsk;
use crate::gui::pane::Pane;
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon};

mod groups;
mod thresholds;

/// Room for names before fields.
const NAME: f32 = 104.0;

/// State of the page between frames.
#[derive(Default)]
pub(super) struct FairnessPage {
    filter: String,
}

fn push(pane: &mut Pane<'_>, command: FairnessCommand) {
    pane.commands.push(Command::Evaluate(EvaluateCommand::Fairness(command)));
}

impl FairnessPage {
    pub(super) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let fairness = &pane.app.open.evaluate.fairness;
        let Some(source) = fairness.source.clone() else {
            egui::CentralPanel::default().show(ui, |ui| start_ui(ui, pane));
            return;
        };
        let mut sides = Sides::new(ui, &[264.0]);
        sides.show(ui, (Side::Left, "columns of fairness"), [264.0, 230.0], |ui| {
            ScrollArea::vertical()
                .auto_shrink([false, false])
                .show(ui, |ui| self.choice_ui(ui, &source, pane));
        });
        egui::CentralPanel::default().show(ui, |ui| {
            ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| result_ui(ui, pane));
        });
    }

    fn choice_ui(&mut self, ui: &mut Ui, source: &FairnessSource, pane: &mut Pane<'_>) {
        let fairness = &pane.app.open.evaluate.fairness;
        let mut choice = fairness.choice.clone();
        name_label_ui(ui, RichText::new(&source.name).strong());
        let rows = counted(source.sheet.lines.len(), "row");
        dim_ui(ui, format!("{rows}, {}", counted(source.sheet.columns.len(), "column")));
        ui.horizontal_wrapped(|ui| {
            ui.menu_button("Other table", |ui| sources_ui(ui, pane));
            ui.add_enabled_ui(fairness.can_undo(), |ui| {
                if icon_button_ui(ui, icon::UNDO, "Undo the choice", "").clicked() {
                    push(pane, FairnessCommand::Undo);
                }
            });
            ui.add_enabled_ui(fairness.result.is_some(), |ui| {
                let export = button_ui(ui, icon::EXPORT, "Export…", "");
                if export.on_hover_text("HTML, Markdown or JSON").clicked() {
                    pane.ask.push(Ask::Page(PageAsk::FairnessExport));
                }
            });
        });
        section_ui(ui, "Columns");
        columns_ui(ui, source, &mut choice);
        section_ui(ui, "Groups");
        if source.sheet.columns.len() > 12 {
            let edit = ui
                .add(TextEdit::singleline(&mut self.filter).desired_width(f32::INFINITY).hint_text("filter"));
            edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter columns"));
        }
        self.groups_ui(ui, source, &mut choice);
        section_ui(ui, "Minimum support");
        ui.horizontal(|ui| {
            name_ui(ui, NAME, "Rows of a group");
            let number = ui.add(egui::DragValue::new(&mut choice.min_support).range(1..=1_000_000));
            number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Minimum support"));
        });
        dim_ui(ui, "Smaller groups are shown, but not compared");
        if choice != fairness.choice {
            push(pane, FairnessCommand::Choose(Box::new(choice)));
        }
    }

    fn groups_ui(&self, ui: &mut Ui, source: &FairnessSource, choice: &mut FairnessChoice) {
        let used =
            [Some(&choice.columns.truth), choice.columns.prediction.as_ref(), choice.columns.score.as_ref()];
        let used: Vec<String> = used.into_iter().flatten().cloned().collect();
        let wanted = self.filter.trim().to_lowercase();
        let mut offered = 0;
        for (column, values) in source.sheet.columns.iter().zip(&source.values) {
            let Some(values) = values.as_ref().filter(|values| values.len() > 1) else { continue };
            if used.contains(&column.name) || !column.name.to_lowercase().contains(&wanted) {
                continue;
            }
            offered += 1;
            let mut on = choice.columns.groups.contains(&column.name);
            let text = format!("{} ({})", column.name, values.len());
            let response = check_ui(ui, &mut on, text);
            if response.on_hover_text(values.join(", ")).changed() {
                choice.columns.groups.retain(|known| *known != column.name);
                if on {
                    choice.columns.groups.push(column.name.clone());
                }
            }
        }
        if offered == 0 {
            dim_ui(ui, "No other column has between 2 and 40 values");
        }
    }
}

/// Explains the page and offers the ways to begin.
fn start_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    ui.add_space(32.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(600.0_f32.min(ui.available_width()));
        ui.vertical(|ui| {
            ui.label(RichText::new("Fairness of predictions").size(18.0));
            empty_ui(
                ui,
                "Compares the error rates of a model between groups: selection, true and false positives, misses, precision, \
                 with intervals, and the thresholds at which they would be equal. A table has a row for each prediction, \
                 with truth, prediction or score, and groups.",
            );
            ui.add_space(12.0);
            if pane.app.jobs.is_running(JobKind::Fairness) {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Reading the table…");
                });
                return;
            }
            if button_ui(ui, icon::PLAY, "Try the example: loans", "").clicked() {
                push(pane, FairnessCommand::Example);
            }
            dim_ui(ui, "1,200 rows of a generator; the score is unfair to one group");
            ui.add_space(8.0);
            ui.horizontal_wrapped(|ui| sources_ui(ui, pane));
            if pane.app.open.evaluate.result.is_none() {
                dim_ui(ui, "After an evaluation in Metrics, its tags, attributes, sizes and recordings can be the groups");
            }
        });
    });
}

fn sources_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    if button_ui(ui, icon::TABLE, "Open table…", "").clicked() {
        pane.ask.push(Ask::Page(PageAsk::FairnessTable));
    }
    ui.add_enabled_ui(pane.app.open.evaluate.result.is_some(), |ui| {
        if button_ui(ui, icon::TAG, "Groups of this project", "").clicked() {
            push(pane, FairnessCommand::Evaluated);
        }
    });
}

/// Truth, prediction, score and the positive value.
fn columns_ui(ui: &mut Ui, source: &FairnessSource, choice: &mut FairnessChoice) {
    let width = (ui.available_width() - NAME - 12.0).max(60.0);
    let names: Vec<&str> = source.columns().collect();
    let columns = &mut choice.columns;
    let one = |ui: &mut Ui, title: &str, name: &str, now: Option<String>, none: Option<&str>| {
        let mut chosen = None;
        ui.horizontal(|ui| {
            name_ui(ui, NAME, title);
            let text = now.clone().unwrap_or_else(|| none.unwrap_or("choose").to_owned());
            combo_ui(ui, (name, width), &text, |ui| {
                if let Some(none) = none
                    && ui.selectable_label(now.is_none(), none).clicked()
                {
                    chosen = Some(None);
                }
                for column in &names {
                    if ui.selectable_label(now.as_deref() == Some(column), *column).clicked() {
                        chosen = Some(Some((*column).to_owned()));
                    }
                }
            });
        });
        chosen
    };
    let truth = Some(columns.truth.clone()).filter(|name| !name.is_empty());
    if let Some(Some(name)) = one(ui, "Ground truth", "Column of the ground truth", truth, None) {
        columns.truth = name;
        columns.positive = None;
    }
    let (prediction, score) = (columns.prediction.clone(), columns.score.clone());
    if let Some(name) = one(ui, "Prediction", "Column of the prediction", prediction, Some("by the score")) {
        columns.prediction = name;
    }
    if let Some(name) = one(ui, "Score", "Column of the score", score, Some("none")) {
        columns.score = name;
    }
    let named = [
        columns.truth.clone(),
        columns.prediction.clone().unwrap_or_default(),
        columns.score.clone().unwrap_or_default(),
    ];
    columns.groups.retain(|group| !named.contains(group));
    ui.horizontal(|ui| {
        name_ui(ui, NAME, "Positive value");
        let now = columns.positive.clone().unwrap_or_else(|| "1, true, yes".to_owned());
        let values = source.values_of(&columns.truth).unwrap_or_default();
        combo_ui(ui, ("Positive value", width), &now, |ui| {
            if ui.selectable_label(columns.positive.is_none(), "1, true, yes").clicked() {
                columns.positive = None;
            }
            for value in values {
                if ui.selectable_label(columns.positive.as_ref() == Some(value), value).clicked() {
                    columns.positive = Some(value.clone());
                }
            }
        });
    });
    if columns.prediction.is_none() && columns.score.is_some() {
        ui.horizontal(|ui| {
            name_ui(ui, NAME, "Threshold");
            let number = ui.add(
                egui::DragValue::new(&mut columns.threshold).range(0.0..=1.0).speed(0.01).fixed_decimals(2),
            );
            number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Threshold of the score"));
            number.on_hover_text("Rows are predicted to be positive from this score on");
        });
    }
}

fn result_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let fairness = &pane.app.open.evaluate.fairness;
    if let Some(problem) = &fairness.problem {
        let text = RichText::new(problem).color(theme::colors(ui).fail);
        let label = ui.add(egui::Label::new(text).wrap());
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Problem: {problem}")));
        return;
    }
    let Some(result) = fairness.result.clone() else {
        let text = match (fairness.choice.is_complete(), fairness.choice.columns.groups.is_empty()) {
            (true, _) => "Computing…",
            (false, true) => {
                "Choose one column of groups or more on the left; two give their intersections too"
            }
            (false, false) => "Choose the columns of ground truth and of prediction or score on the left",
        };
        empty_ui(ui, text);
        return;
    };
    for remark in &result.remarks {
        ui.label(RichText::new(remark).color(theme::colors(ui).warning));
    }
    if result.report.attributes.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            ui.label("Groups by");
            for (at, attribute) in result.report.attributes.iter().enumerate() {
                let chosen = fairness.attribute == at;
                if ui.add(egui::Button::selectable(chosen, &attribute.name)).clicked() {
                    push(pane, FairnessCommand::Attribute(at));
                }
            }
        });
    }
    let Some(attribute) = result.report.attributes.get(fairness.attribute) else { return };
    groups::ui(ui, &result, attribute);
    thresholds::ui(ui, &result, fairness.attribute, pane);
}
