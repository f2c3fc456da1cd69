//! Rates of each group with intervals, their gaps and the worst group.

use egui::{Grid, Pos2, RichText, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::evaluate::fairness::state::FairnessResult;
use crate::base::text::{counted, grouped};
use crate::evaluation::fairness::page::title;
use crate::evaluation::fairness::{AttributeReport, GroupReport, Interval};
use crate::gui::forms::{dim_ui, empty_ui, name_label_ui, name_ui, section_ui};
use crate::gui::theme;
use crate::metrics::fairness::Measure;

/// Room for the name of a group, its rows, and a rate with its bar.
const NAME: f32 = 150.0;
const ROWS: f32 = 44.0;
const RATE: [f32; 2] = [78.0, 124.0];
const HEIGHT: f32 = 36.0;
/// Space between columns.
const SPACE: f32 = 10.0;
/// Level below which an adjusted p-value is marked.
const LEVEL: f64 = 0.05;

pub(super) fn ui(ui: &mut Ui, result: &FairnessResult, attribute: &AttributeReport) {
    section_ui(ui, &format!("Rates by {}", attribute.name));
    dim_ui(
        ui,
        "with 95 % intervals (Wilson); * differs from the rest of the rows (adjusted p < 0.05); the line is the rate of all rows",
    );
    let room = ui.clip_rect().width().min(ui.available_width()) - NAME - ROWS - 7.0 * SPACE - 20.0;
    let width = (room / Measure::ALL.len() as f32).clamp(RATE[0], RATE[1]);
    Grid::new("rates by group").striped(true).spacing([SPACE, 4.0]).show(ui, |ui| {
        left_ui(ui, Vec2::new(NAME, theme::ROW), |ui| dim_ui(ui, "Group"));
        right_ui(ui, ROWS, theme::ROW, RichText::new("Rows").size(12.0).color(theme::colors(ui).dim));
        for measure in Measure::ALL {
            let head = |ui: &mut Ui| dim_ui(ui, title(measure)).on_hover_text(meaning(measure));
            left_ui(ui, Vec2::new(width, theme::ROW), head);
        }
        ui.end_row();
        for group in &attribute.groups {
            group_ui(ui, result, (attribute, group), width);
        }
    });
    let small = attribute.groups.iter().filter(|group| group.small).count();
    if small > 0 {
        dim_ui(
            ui,
            format!(
                "{} of fewer than {}: shown in gray, not compared",
                counted(small, "group"),
                counted(result.choice.min_support, "row")
            ),
        );
    }
    gaps_ui(ui, attribute);
}

fn meaning(measure: Measure) -> &'static str {
    match measure {
        Measure::Accuracy => "Share of right predictions",
        Measure::SelectionRate => "Share that is predicted to be positive (demographic parity)",
        Measure::TruePositiveRate => "Share of the positives that are found (equal opportunity)",
        Measure::FalsePositiveRate => "Share of the negatives that are predicted to be positive",
        Measure::FalseNegativeRate => "Share of the positives that are missed",
        Measure::Precision => "Share of right predictions among those that are positive (predictive parity)",
    }
}

fn right_ui(ui: &mut Ui, width: f32, height: f32, text: RichText) {
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.allocate_ui_with_layout(Vec2::new(width, height), layout, |ui| {
        ui.set_min_size(Vec2::new(width, height));
        ui.label(text);
    });
}

fn left_ui<T>(ui: &mut Ui, size: Vec2, add: impl FnOnce(&mut Ui) -> T) {
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_min_size(size);
        ui.set_max_width(size.x);
        add(ui);
    });
}

fn group_ui(
    ui: &mut Ui,
    result: &FairnessResult,
    (attribute, group): (&AttributeReport, &GroupReport),
    width: f32,
) {
    let (dim, ink) = (theme::colors(ui).dim, ui.visuals().text_color());
    let color = if group.small { dim } else { ink };
    left_ui(ui, Vec2::new(NAME, HEIGHT), |ui| name_label_ui(ui, RichText::new(&group.name).color(color)));
    right_ui(ui, ROWS, HEIGHT, RichText::new(grouped(group.support)).monospace().color(color));
    for measure in Measure::ALL {
        let Some(rate) = group.rates.get(measure.id()) else { continue };
        let worst = attribute.worst.get(measure.id()).is_some_and(|(name, _)| *name == group.name);
        let differs = group.p_values.get(measure.id()).is_some_and(|p| *p < LEVEL);
        let all = result.report.overall.get(measure.id()).and_then(|all| all.value);
        let marks = (worst && !group.small, differs, group.small);
        rate_ui(ui, width, (&group.name, measure), rate, marks, all);
    }
    ui.end_row();
}

/// A rate as a number and as a dot with its interval on a lane from 0 to 1.
fn rate_ui(
    ui: &mut Ui,
    width: f32,
    (group, measure): (&str, Measure),
    rate: &Interval,
    (worst, differs, small): (bool, bool, bool),
    all: Option<f64>,
) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT), Sense::hover());
    let said = rate.value.map_or_else(|| "not defined".to_owned(), |value| format!("{:.1} %", value * 100.0));
    let name = format!("{} of {group}: {said}", title(measure));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    let colors = theme::colors(ui);
    let ink = match (small, worst) {
        (true, _) => colors.dim,
        (false, true) => colors.fail,
        (false, false) => ui.visuals().text_color(),
    };
    let painter = ui.painter();
    let font = egui::FontId::monospace(12.5);
    let mark = if differs { " *" } else { "" };
    painter.text(
        rect.left_top() + Vec2::new(0.0, 2.0),
        egui::Align2::LEFT_TOP,
        format!("{said}{mark}"),
        font,
        ink,
    );
    let lane = egui::Rect::from_min_max(
        Pos2::new(rect.left(), rect.top() + 21.0),
        rect.right_bottom() - Vec2::new(0.0, 2.0),
    );
    painter.rect_filled(lane, 2.0, colors.lane);
    let x = |share: f64| lane.left() + 4.0 + (lane.width() - 8.0) * share as f32;
    let y = lane.center().y;
    if let Some(all) = all {
        let ends = [Pos2::new(x(all), lane.top()), Pos2::new(x(all), lane.bottom())];
        painter.line_segment(ends, Stroke::new(1.0, colors.dim));
    }
    if let Some(value) = rate.value {
        let ends = [Pos2::new(x(rate.low), y), Pos2::new(x(rate.high), y)];
        painter.line_segment(ends, Stroke::new(2.0, ink.gamma_multiply(0.7)));
        painter.circle_filled(Pos2::new(x(value), y), 3.5, ink);
    }
    let bootstrap =
        rate.bootstrap.map(|(low, high)| format!("\nbootstrap {:.1} to {:.1} %", low * 100.0, high * 100.0));
    let worst = if worst { "\nworst group" } else { "" };
    response.on_hover_text(format!(
        "{name}\n{:.1} to {:.1} % (Wilson){}{worst}",
        rate.low * 100.0,
        rate.high * 100.0,
        bootstrap.unwrap_or_default()
    ));
}

fn gaps_ui(ui: &mut Ui, attribute: &AttributeReport) {
    section_ui(ui, "Differences and ratios between groups");
    if attribute.gaps.is_empty() {
        empty_ui(ui, "No two groups have enough rows to be compared");
        return;
    }
    let parity = &attribute.parity;
    let number =
        |value: Option<f64>| value.map_or_else(|| "not defined".to_owned(), |value| format!("{value:.3}"));
    ui.horizontal_wrapped(|ui| {
        for (name, value) in [
            ("Demographic parity difference", parity.demographic_parity_difference),
            ("Demographic parity ratio", parity.demographic_parity_ratio),
            ("Equalized odds difference", parity.equalized_odds_difference),
        ] {
            let text = format!("{name} {}", number(value));
            ui.label(RichText::new(text).strong());
            ui.add_space(12.0);
        }
    });
    Grid::new("gaps").striped(true).spacing([16.0, 2.0]).show(ui, |ui| {
        for (width, head) in
            [(120.0, "Rate"), (170.0, "Largest difference"), (90.0, "Smallest ratio"), (220.0, "Worst group")]
        {
            name_ui(ui, width, head);
        }
        ui.end_row();
        for measure in Measure::ALL {
            let Some(gap) = attribute.gaps.get(measure.id()) else { continue };
            name_ui(ui, 120.0, title(measure));
            let interval = gap
                .difference_interval
                .map_or_else(String::new, |(low, high)| format!(" ({low:.3} to {high:.3})"));
            ui.label(RichText::new(format!("{:.3}{interval}", gap.gap.difference)).monospace().size(12.5));
            ui.label(RichText::new(format!("{:.3}", gap.gap.ratio)).monospace().size(12.5));
            let worst = attribute.worst.get(measure.id());
            let worst =
                worst.map_or_else(String::new, |(name, value)| format!("{name} ({:.1} %)", value * 100.0));
            name_ui(ui, 220.0, &worst);
            ui.end_row();
        }
    });
}
