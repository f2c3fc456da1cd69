//! Another model on the same labels: a table of who is right, and the parts of the data in which they differ most.

use egui::{RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Compared, Evaluated, ItemFilter};
use crate::app::jobs::JobKind;
use crate::base::text::probability;
use crate::evaluation::comparison::Which;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, combo_ui, dim_ui, empty_ui, name_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::predictions::image_models;
use crate::project::FileRef;

/// Significance level of a difference.
const CHANCE: f64 = 0.05;

/// Room for the name of a model in the tally, and for that of a column.
const NAME: f32 = 170.0;
const HEAD: f32 = 110.0;

/// Draw the page; true if the samples are to be shown.
pub(crate) fn ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) -> bool {
    let app = pane.app;
    let Some(project) = app.project() else { return false };
    ui.horizontal_wrapped(|ui| {
        let room = ui.available_width() * 0.4;
        name_ui(ui, room, &format!("{} beside", result.model));
        let now = app
            .open
            .evaluate
            .comparison
            .as_ref()
            .map_or("a model of the project", |compared| &compared.other);
        combo_ui(ui, ("Compare models", 180.0), now, |ui| {
            // Image-to-image models have no predictions to compare.
            let answers =
                |model: &&FileRef| !image_models::paints(&project.resolve(&model.path)).unwrap_or(false);
            for model in project.models.iter().filter(answers) {
                if ui.selectable_label(false, &model.name).clicked() {
                    let path = project.resolve(&model.path);
                    pane.commands.push(Command::Evaluate(EvaluateCommand::Compare(path)));
                }
            }
        });
        if button_ui(ui, icon::MODEL, "Another file…", "").clicked() {
            pane.ask.push(Ask::OtherModel);
        }
        if app.jobs.is_running(JobKind::CompareModels) {
            ui.spinner();
        }
    });
    ui.add_space(6.0);
    if let Some(compared) = &app.open.evaluate.comparison {
        return compared_ui(ui, result, compared, pane);
    }
    empty_ui(
        ui,
        "Two models with the same accuracy can fail on different samples. Choose another one to see what only one of them \
         gets right, in which slices, and whether the difference is significant.",
    );
    false
}

fn compared_ui(ui: &mut Ui, result: &Evaluated, compared: &Compared, pane: &mut Pane<'_>) -> bool {
    let app = pane.app;
    let all = compared.found.all;
    let mut show = None;
    egui::Grid::new("tally").num_columns(3).spacing([18.0, 4.0]).show(ui, |ui| {
        dim_ui(ui, "");
        name_ui(ui, NAME, &format!("correct: {}", compared.other));
        name_ui(ui, NAME, &format!("wrong: {}", compared.other));
        ui.end_row();
        name_ui(ui, NAME, &format!("correct: {}", result.model));
        ui.label(RichText::new(all.both.to_string()).monospace());
        if ui.button(RichText::new(all.first.to_string()).monospace()).on_hover_text("Show samples").clicked()
        {
            show = Some(Which::First);
        }
        ui.end_row();
        name_ui(ui, NAME, &format!("wrong: {}", result.model));
        if ui
            .button(RichText::new(all.second.to_string()).monospace())
            .on_hover_text("Show samples")
            .clicked()
        {
            show = Some(Which::Second);
        }
        if ui
            .button(RichText::new(all.neither.to_string()).monospace())
            .on_hover_text("Show samples")
            .clicked()
        {
            show = Some(Which::Neither);
        }
        ui.end_row();
    });
    let p = all.p_value();
    let sentence = if all.first == all.second {
        "Both are correct equally often".to_owned()
    } else {
        let better = if all.first > all.second { &result.model } else { &compared.other };
        let can = if p < CHANCE { "significant" } else { "not significant" };
        format!("{better} is correct more often; the difference is {can} (p = {}, McNemar)", probability(p))
    };
    ui.add(egui::Label::new(sentence).wrap());
    for number in &compared.found.numbers {
        let better = if number.is_worse() { &result.model } else { &compared.other };
        let can = if number.p_signed_rank < CHANCE { "significant" } else { "not significant" };
        let text = format!(
            "{}: mean error {:.4} and {:.4}, less by {better}; the difference is {can} (p = {}, Wilcoxon)",
            number.name,
            number.means[0],
            number.means[1],
            probability(number.p_signed_rank)
        );
        ui.add(egui::Label::new(text).wrap());
    }
    ui.add_space(8.0);
    section_ui(ui, "Slices with the largest difference");
    let Some(parts) = compared.found.parts.get(&app.open.evaluate.cut) else {
        return show_it(show, pane);
    };
    dim_ui(ui, format!("by {}, as chosen beside the metrics", app.open.evaluate.cut.id()));
    ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| {
        egui::Grid::new("parts").num_columns(5).striped(true).spacing([18.0, 2.0]).show(ui, |ui| {
            for head in
                ["", "all", &format!("only {}", result.model), &format!("only {}", compared.other), "p"]
            {
                name_ui(ui, HEAD, head);
            }
            ui.end_row();
            for (name, tally) in parts {
                let strong = tally.p_value() < CHANCE;
                let ink = if strong { ui.visuals().text_color() } else { theme::colors(ui).dim };
                name_ui(ui, HEAD, name);
                for count in [tally.all(), tally.first, tally.second] {
                    ui.label(RichText::new(count.to_string()).monospace().color(ink));
                }
                ui.label(RichText::new(probability(tally.p_value())).monospace().color(ink));
                ui.end_row();
            }
        });
    });
    show_it(show, pane)
}

fn show_it(which: Option<Which>, pane: &mut Pane<'_>) -> bool {
    let app = pane.app;
    let Some(which) = which else { return false };
    let filter =
        ItemFilter { compared: Some(which), order: app.open.evaluate.filter.order, ..ItemFilter::default() };
    pane.commands.push(Command::Evaluate(EvaluateCommand::Show(filter)));
    true
}
