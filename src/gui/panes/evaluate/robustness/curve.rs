//! Share of images that hold by the size of the change, with Wilson intervals, and noise of the same size beside it.

use egui::{Align2, Color32, FontId, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::evaluate::Attacked;
use crate::base::stats::Rate;
use crate::gui::theme::{self, class_ink};
use crate::robustness::attacks::norm::size_text;

/// Height of the diagram, and room for numbers beside and below it.
const HEIGHT: f32 = 170.0;
const LEFT: f32 = 40.0;
const BELOW: f32 = 36.0;
/// Width of the diagram at most.
const WIDE: f32 = 560.0;

struct Line {
    name: &'static str,
    color: Color32,
    rates: Vec<Option<Rate>>,
    dashed: bool,
}

pub(super) fn ui(ui: &mut Ui, attacked: &Attacked) {
    let lines = lines(ui, attacked);
    let width = ui.available_width().clamp(120.0, WIDE);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, HEIGHT + BELOW), Sense::hover());
    let said = "Share of images that hold by the size of the change";
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, said));
    let plot =
        Rect::from_min_size(rect.min + Vec2::new(LEFT, 6.0), Vec2::new(width - LEFT - 8.0, HEIGHT - 6.0));
    let (colors, painter) = (theme::colors(ui), ui.painter());
    painter.rect_filled(plot, 2.0, colors.lane);
    let small = FontId::monospace(10.5);
    for tick in 0..=4 {
        let part = tick as f32 / 4.0;
        let y = plot.bottom() - part * plot.height();
        painter.line_segment(
            [Pos2::new(plot.left(), y), Pos2::new(plot.right(), y)],
            Stroke::new(1.0, colors.line),
        );
        let text = format!("{:.0} %", part * 100.0);
        painter.text(Pos2::new(plot.left() - 5.0, y), Align2::RIGHT_CENTER, text, small.clone(), colors.dim);
    }
    let count = attacked.plan.sizes.len();
    let x = |at: usize| plot.left() + plot.width() * (at as f32 + 0.5) / count as f32;
    for (at, size) in attacked.plan.sizes.iter().enumerate() {
        let text = size_text(attacked.plan.norm, *size);
        painter.text(
            Pos2::new(x(at), plot.bottom() + 4.0),
            Align2::CENTER_TOP,
            text,
            small.clone(),
            colors.dim,
        );
    }
    let axis = format!("largest change allowed, {}", attacked.plan.norm.id());
    let below = Pos2::new(plot.center().x, plot.bottom() + 18.0);
    painter.text(below, Align2::CENTER_TOP, axis, FontId::proportional(12.0), colors.dim);
    let y = |share: f64| plot.bottom() - share as f32 * plot.height();
    for line in &lines {
        let points: Vec<(usize, Rate)> =
            line.rates.iter().enumerate().filter_map(|(at, rate)| rate.map(|rate| (at, rate))).collect();
        if !line.dashed {
            for pair in points.windows(2) {
                let [(a, from), (b, to)] = pair else { continue };
                let corners = vec![
                    Pos2::new(x(*a), y(from.low)),
                    Pos2::new(x(*b), y(to.low)),
                    Pos2::new(x(*b), y(to.high)),
                    Pos2::new(x(*a), y(from.high)),
                ];
                painter.add(Shape::convex_polygon(corners, line.color.gamma_multiply(0.14), Stroke::NONE));
            }
        }
        let places: Vec<Pos2> = points.iter().map(|(at, rate)| Pos2::new(x(*at), y(rate.share()))).collect();
        let stroke = Stroke::new(1.8, line.color);
        if line.dashed {
            painter.extend(Shape::dashed_line(&places, stroke, 5.0, 4.0));
        } else {
            painter.add(Shape::line(places.clone(), stroke));
        }
        for (place, (at, rate)) in places.iter().zip(&points) {
            let ends = [Pos2::new(x(*at), y(rate.low)), Pos2::new(x(*at), y(rate.high))];
            painter.line_segment(ends, Stroke::new(1.0, line.color.gamma_multiply(0.6)));
            painter.circle_filled(*place, 3.0, line.color);
        }
    }
    ui.horizontal_wrapped(|ui| {
        for line in &lines {
            ui.label(RichText::new(if line.dashed { "- -" } else { "■" }).color(line.color));
            ui.label(line.name);
            ui.add_space(8.0);
        }
    });
}

fn lines(ui: &Ui, attacked: &Attacked) -> Vec<Line> {
    let some = |rate: Rate| Some(rate).filter(|rate| rate.of > 0);
    let mut lines: Vec<Line> = attacked
        .plan
        .kinds
        .iter()
        .enumerate()
        .map(|(at, kind)| Line {
            name: kind.title,
            color: class_ink(ui, kind.id),
            rates: attacked
                .summaries
                .iter()
                .map(|summary| summary.attacks.get(at).and_then(|(_, tally)| some(tally.rate())))
                .collect(),
            dashed: false,
        })
        .collect();
    lines.push(Line {
        name: "noise of the same size",
        color: ui.visuals().text_color(),
        rates: attacked.summaries.iter().map(|summary| some(summary.all.noise_rate())).collect(),
        dashed: true,
    });
    lines
}
