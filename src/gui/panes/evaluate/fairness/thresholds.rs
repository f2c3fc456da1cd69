//! The threshold explorer: cost by threshold of each group, and the cheapest thresholds of each strategy.

use egui::{
    Align2, Color32, FontId, Grid, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo,
};

use crate::app::evaluate::fairness::command::FairnessCommand;
use crate::app::evaluate::fairness::state::{Explored, FairnessResult};
use crate::evaluation::fairness::page::{threshold_text, title};
use crate::gui::forms::{dim_ui, empty_ui, name_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::fairness::push;
use crate::gui::theme::{self, nth_ink};
use crate::metrics::fairness::Measure;
use crate::metrics::fairness::thresholds::{Strategy, Thresholds};

/// Height of the diagram, room for numbers beside and below it, and its width at most.
const HEIGHT: f32 = 190.0;
const LEFT: f32 = 46.0;
const BELOW: f32 = 36.0;
const WIDE: f32 = 620.0;
/// Groups that are drawn; more are too many to tell apart.
const DRAWN: usize = 8;
/// Letters of the name of a group in the legend.
const LEGEND: usize = 40;
/// Room for a number and for the name of a group.
const NUMBER: f32 = 82.0;
const NAME: f32 = 150.0;

pub(super) fn ui(ui: &mut Ui, result: &FairnessResult, at: usize, pane: &mut Pane<'_>) {
    section_ui(ui, "Threshold explorer");
    let Some(explored) = result.explored.get(at) else {
        empty_ui(ui, "Thresholds need scores: choose a column of scores on the left");
        return;
    };
    let mut choice = pane.app.open.evaluate.fairness.choice.clone();
    ui.horizontal_wrapped(|ui| {
        for (name, value) in [
            ("Cost of a false positive", &mut choice.costs.false_positive),
            ("Cost of a miss", &mut choice.costs.false_negative),
        ] {
            ui.label(name);
            let number = ui.add(egui::DragValue::new(value).range(0.0..=1000.0).speed(0.1).max_decimals(2));
            number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, name));
            ui.add_space(8.0);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for strategy in Strategy::ALL {
            let chosen = choice.strategy == strategy;
            let cost =
                explored.strategies.iter().find(|one| one.strategy == strategy).map_or(0.0, |one| one.cost);
            let text = format!("{}  {cost:.3}", strategy.title());
            let button = ui.add(egui::Button::selectable(chosen, text));
            button.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, strategy.title()));
            if button.on_hover_text(format!("{}; cost {cost:.4} for each row", meaning(strategy))).clicked() {
                choice.strategy = strategy;
            }
        }
    });
    let strategy = pane.app.open.evaluate.fairness.choice.strategy;
    if let Some(thresholds) = explored.strategies.iter().find(|one| one.strategy == strategy) {
        chart_ui(ui, explored, thresholds);
        let gap = thresholds.gap.map_or_else(
            || "One threshold for all groups".to_owned(),
            |gap| {
                let rate = strategy.measure().map_or("", title).to_lowercase();
                format!("Largest difference between groups: {gap:.3} of {rate}")
            },
        );
        ui.label(format!("{gap}; cost {:.4} for each row", thresholds.cost));
        table_ui(ui, explored, thresholds);
        dim_ui(ui, "The thresholds are chosen on these rows: confirm them on others before they are used");
    }
    if choice != pane.app.open.evaluate.fairness.choice {
        push(pane, FairnessCommand::Choose(Box::new(choice)));
    }
}

fn meaning(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Single => "The cheapest threshold for all rows",
        Strategy::DemographicParity => "The same share of each group is selected",
        Strategy::EqualOpportunity => "The same share of the positives of each group is found",
        Strategy::EqualAccuracy => "The same share of each group is predicted right",
    }
}

fn chart_ui(ui: &mut Ui, explored: &Explored, thresholds: &Thresholds) {
    let width = ui.available_width().clamp(220.0, WIDE);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT + BELOW), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Cost by threshold"));
    let plot =
        Rect::from_min_size(rect.min + Vec2::new(LEFT, 6.0), Vec2::new(width - LEFT - 12.0, HEIGHT - 6.0));
    let (colors, painter) = (theme::colors(ui), ui.painter());
    painter.rect_filled(plot, 2.0, colors.lane);
    let drawn = explored.groups.len().min(DRAWN);
    let all = explored.costs.last().into_iter();
    let lines = explored.costs.iter().take(drawn).chain(all);
    let most = lines.clone().flatten().map(|point| point[1]).fold(0.0_f64, f64::max).max(1e-9);
    let small = FontId::monospace(10.5);
    for tick in 0..=4 {
        let part = tick as f32 / 4.0;
        let (x, y) = (plot.left() + part * plot.width(), plot.bottom() - part * plot.height());
        let line = Stroke::new(1.0, colors.line);
        painter.line_segment([Pos2::new(plot.left(), y), Pos2::new(plot.right(), y)], line);
        painter.line_segment([Pos2::new(x, plot.top()), Pos2::new(x, plot.bottom())], line);
        let cost = format!("{:.2}", f64::from(part) * most);
        painter.text(Pos2::new(plot.left() - 5.0, y), Align2::RIGHT_CENTER, cost, small.clone(), colors.dim);
        let below = Pos2::new(x, plot.bottom() + 3.0);
        painter.text(below, Align2::CENTER_TOP, format!("{part:.2}"), small.clone(), colors.dim);
    }
    let font = FontId::proportional(12.0);
    let below = Pos2::new(plot.center().x, plot.bottom() + 18.0);
    painter.text(below, Align2::CENTER_TOP, "threshold", font.clone(), colors.dim);
    painter.text(
        plot.left_top() + Vec2::new(6.0, 4.0),
        Align2::LEFT_TOP,
        "cost for each row",
        font,
        colors.dim,
    );
    let place = |[x, y]: [f64; 2]| {
        Pos2::new(plot.left() + x as f32 * plot.width(), plot.bottom() - (y / most) as f32 * plot.height())
    };
    let inks: Vec<Color32> = (0..drawn).map(|group| nth_ink(ui, group)).collect();
    let ink = |group: usize| inks.get(group).copied().unwrap_or(Color32::GRAY);
    for (group, points) in explored.costs.iter().take(drawn).enumerate() {
        let points: Vec<Pos2> = points.iter().map(|point| place(*point)).collect();
        painter.add(Shape::line(points, Stroke::new(1.8, ink(group))));
    }
    if let Some(points) = explored.costs.last() {
        let points: Vec<Pos2> = points.iter().map(|point| place(*point)).collect();
        painter.extend(Shape::dashed_line(&points, Stroke::new(1.8, ui.visuals().text_color()), 5.0, 4.0));
    }
    for (group, one) in thresholds.groups.iter().take(drawn).enumerate() {
        let Some(threshold) = one.threshold else { continue };
        let at = place([threshold, one.cost]);
        let line = [Pos2::new(at.x, plot.bottom()), at];
        painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, ink(group)), 3.0, 3.0));
        painter.circle_filled(at, 7.0, colors.lane);
        painter.circle_stroke(at, 7.0, Stroke::new(1.5, ink(group)));
        let number = (group + 1).to_string();
        painter.text(at, Align2::CENTER_CENTER, number, FontId::monospace(10.5), ink(group));
    }
    ui.horizontal_wrapped(|ui| {
        for (group, name) in explored.groups.iter().take(drawn).enumerate() {
            let color = ink(group);
            let cut: String = name.chars().take(LEGEND).collect();
            let more = if cut.len() < name.len() { "…" } else { "" };
            let text = RichText::new(format!("■ {} {cut}{more}", group + 1)).color(color);
            ui.add(egui::Label::new(text).extend()).on_hover_text(name);
            ui.add_space(8.0);
        }
        ui.label("- -");
        ui.label("all rows");
        if explored.groups.len() > drawn {
            dim_ui(ui, format!("and {} more groups in the table", explored.groups.len() - drawn));
        }
    });
}

fn table_ui(ui: &mut Ui, explored: &Explored, thresholds: &Thresholds) {
    let measures =
        [Measure::SelectionRate, Measure::TruePositiveRate, Measure::FalsePositiveRate, Measure::Accuracy];
    let heads = ["Threshold"].into_iter().chain(measures.map(title)).chain(["Cost"]);
    Grid::new("thresholds").striped(true).min_col_width(NUMBER).spacing([10.0, 2.0]).show(ui, |ui| {
        dim_ui(ui, "Group");
        for head in heads {
            dim_ui(ui, head);
        }
        ui.end_row();
        for (name, one) in explored.groups.iter().zip(&thresholds.groups) {
            name_ui(ui, NAME, name);
            let said = threshold_text(one.threshold);
            let label = ui.label(RichText::new(&said).monospace().size(12.5));
            label.widget_info(|| {
                WidgetInfo::labeled(Role::Label, true, format!("Threshold of {name}: {said}"))
            });
            for measure in measures {
                let value = measure.value(&one.counts);
                let text = value.map_or_else(|| "–".to_owned(), |value| format!("{:.1} %", value * 100.0));
                ui.label(RichText::new(text).monospace().size(12.5));
            }
            ui.label(RichText::new(format!("{:.3}", one.cost)).monospace().size(12.5));
            ui.end_row();
        }
    });
}
