//! Precision against recall, ROC, and confidence against accuracy.

use egui::{
    Align2, Color32, FontId, Pos2, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo,
};

use crate::app::evaluate::Evaluated;
use crate::app::guard::Mistakes;
use crate::base::text::counted;
use crate::gui::forms::{dim_ui, empty_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::validity;
use crate::gui::theme::{self, class_ink};
use crate::metrics::classification::Bin;

/// Side of a diagram.
const SIDE: f32 = 260.0;
/// Classes that are drawn by name; more are too many to tell apart.
const NAMED: usize = 12;

pub(super) fn ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
    let mistakes = pane.app.open.mistakes_curve();
    if result.curves.is_empty() && result.reliability.is_empty() && mistakes.is_none() {
        empty_ui(ui, "Curves need scores and ground truth: classes, or objects with boxes");
        reference_ui(ui, pane, mistakes.as_ref());
        return;
    }
    let precision: Vec<Line<'_>> =
        result.curves.iter().map(|curve| (curve.class.as_str(), curve.precision.as_slice())).collect();
    let there = result.curves.iter().filter(|curve| !curve.roc.is_empty());
    let roc: Vec<Line<'_>> = there.map(|curve| (curve.class.as_str(), curve.roc.as_slice())).collect();
    let mut diagrams: Vec<&dyn Fn(&mut Ui)> = Vec::new();
    let draw_precision =
        |ui: &mut Ui| diagram_ui(ui, "Precision and recall", ["recall", "precision"], &precision, false);
    let draw_roc = |ui: &mut Ui| diagram_ui(ui, "ROC", ["false positives", "true positives"], &roc, true);
    let draw_reliability = |ui: &mut Ui| reliability_ui(ui, &result.reliability);
    diagrams.push(&draw_precision);
    if !roc.is_empty() {
        diagrams.push(&draw_roc);
    }
    if !result.reliability.is_empty() {
        diagrams.push(&draw_reliability);
    }
    let strange = mistakes.as_ref().map(|found| found.curve.clone()).unwrap_or_default();
    let strange: Vec<Line<'_>> = vec![("surprise", strange.as_slice())];
    let draw_strange = |ui: &mut Ui| {
        diagram_ui(ui, MISTAKES, ["right predictions above", "mistakes above"], &strange, true);
    };
    if mistakes.is_some() {
        diagrams.push(&draw_strange);
    }
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let columns = ((ui.available_width() / (SIDE + 68.0)) as usize).max(1);
        egui::Grid::new("diagrams").num_columns(columns).spacing([24.0, 16.0]).show(ui, |ui| {
            for row in diagrams.chunks(columns) {
                for draw in row {
                    draw(ui);
                }
                ui.end_row();
            }
        });
        ui.add_space(8.0);
        ui.horizontal_wrapped(|ui| {
            for curve in result.curves.iter().take(NAMED) {
                ui.label(RichText::new("■").color(class_ink(ui, &curve.class)));
                ui.label(&curve.class);
                ui.add_space(8.0);
            }
            if result.curves.len() > NAMED {
                dim_ui(ui, format!("and {} more", result.curves.len() - NAMED));
            }
        });
        reference_ui(ui, pane, mistakes.as_ref());
    });
}

/// Title of the curve of surprise.
const MISTAKES: &str = "Surprise finds mistakes";

/// The reference set that surprise is against, and what it comes to.
fn reference_ui(ui: &mut Ui, pane: &mut Pane<'_>, mistakes: Option<&Mistakes>) {
    ui.add_space(8.0);
    section_ui(ui, MISTAKES);
    validity::reference_ui(ui, pane);
    let text = match mistakes {
        Some(found) => format!(
            "ROC AUC {:.3} on {}, {} of them wrong; sort the samples by surprise or ask for surprise > 2",
            found.auc,
            counted(found.samples, "sample"),
            found.wrong
        ),
        None if pane.app.open.sample_scores().is_some() => {
            "No curve: some samples have to be right and some wrong".to_owned()
        }
        None => "Choose a reference set to see whether surprising samples are the wrong ones".to_owned(),
    };
    dim_ui(ui, text);
}

type Line<'a> = (&'a str, &'a [[f64; 2]]);

/// A square from 0 to 1 in both directions, with its axes named.
fn frame_ui(ui: &mut Ui, title: &str, [across, up]: [&str; 2]) -> Rect {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(SIDE + 44.0, SIDE + 40.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, title));
    let plot = Rect::from_min_size(rect.min + Vec2::new(40.0, 4.0), Vec2::splat(SIDE));
    let (colors, painter) = (theme::colors(ui), ui.painter());
    painter.rect_filled(plot, 2.0, colors.lane);
    for tick in 0..=4 {
        let part = tick as f32 / 4.0;
        let (x, y) = (plot.left() + part * SIDE, plot.bottom() - part * SIDE);
        let line = Stroke::new(1.0, colors.line);
        painter.line_segment([Pos2::new(plot.left(), y), Pos2::new(plot.right(), y)], line);
        painter.line_segment([Pos2::new(x, plot.top()), Pos2::new(x, plot.bottom())], line);
        let small = FontId::monospace(10.5);
        let text = format!("{part:.2}");
        if tick > 0 {
            let beside = Pos2::new(plot.left() - 5.0, y);
            painter.text(beside, Align2::RIGHT_CENTER, &text, small.clone(), colors.dim);
        }
        painter.text(Pos2::new(x, plot.bottom() + 3.0), Align2::CENTER_TOP, &text, small, colors.dim);
    }
    let font = FontId::proportional(12.0);
    let below = Pos2::new(plot.center().x, plot.bottom() + 18.0);
    painter.text(below, Align2::CENTER_TOP, across, font.clone(), colors.dim);
    painter.text(plot.left_top() + Vec2::new(6.0, 4.0), Align2::LEFT_TOP, up, font, colors.dim);
    plot
}

fn place(plot: Rect, [x, y]: [f64; 2]) -> Pos2 {
    Pos2::new(plot.left() + x as f32 * plot.width(), plot.bottom() - y as f32 * plot.height())
}

fn diagram_ui(ui: &mut Ui, title: &str, axes: [&str; 2], lines: &[Line<'_>], diagonal: bool) {
    ui.vertical(|ui| {
        section_ui(ui, title);
        let plot = frame_ui(ui, title, axes);
        let dim = theme::colors(ui).dim;
        if diagonal {
            let ends = [place(plot, [0.0, 0.0]), place(plot, [1.0, 1.0])];
            ui.painter().add(egui::Shape::dashed_line(&ends, Stroke::new(1.0, dim), 4.0, 4.0));
        }
        for (class, points) in lines {
            let points: Vec<Pos2> = points.iter().map(|point| place(plot, *point)).collect();
            let stroke = Stroke::new(1.8, class_ink(ui, class));
            ui.painter().add(egui::Shape::line(points, stroke));
        }
    });
}

fn reliability_ui(ui: &mut Ui, bars: &[Bin]) {
    ui.vertical(|ui| {
        section_ui(ui, "Reliability");
        let plot = frame_ui(ui, "Reliability", ["confidence", "accuracy"]);
        let colors = theme::colors(ui);
        let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1) as f64;
        let width = 1.0 / bars.len() as f64;
        for (at, bar) in bars.iter().enumerate().filter(|(_, bar)| bar.count > 0) {
            let left = at as f64 * width;
            let top = place(plot, [left, bar.accuracy]);
            let rect = Rect::from_two_pos(top, place(plot, [left + width, 0.0])).shrink2(Vec2::new(1.0, 0.0));
            // The paler, the fewer there are.
            let weight = 0.25 + 0.6 * (bar.count as f64 / most).sqrt() as f32;
            ui.painter().rect_filled(rect, 1.0, colors.selection.gamma_multiply(weight));
            let middle = place(plot, [bar.confidence, bar.accuracy]);
            ui.painter().circle_filled(middle, 3.0, ink(ui));
        }
        let ends = [place(plot, [0.0, 0.0]), place(plot, [1.0, 1.0])];
        ui.painter().add(egui::Shape::dashed_line(&ends, Stroke::new(1.0, colors.dim), 4.0, 4.0));
    });
}

fn ink(ui: &Ui) -> Color32 {
    ui.visuals().text_color()
}
