//! Lanes of evaluated numbers: the predicted value over the recorded one, between the limits of what counts as right.

use egui::{Pos2, Rect, Role, Stroke, Ui, WidgetInfo};

use crate::app::evaluate::NumberSeries;
use crate::base::text::short_number;
use crate::base::time::{Time, index_at};
use crate::evaluation::numbers::Number;
use crate::gui::pane::Pane;
use crate::gui::theme;
use crate::gui::timeline::{Axis, seek_by_strip, strip_ui};
use crate::gui::viewers::axis::points;

/// Height of a lane.
const HEIGHT: f32 = 52.0;
/// Width and height of the mark of a large error.
const MARK: (f32, f32) = (2.0, 5.0);

/// A lane for each number of the evaluation on the camera that is shown.
pub(super) fn number_lanes_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(result), Some(open)) = (&app.open.evaluate.result, &app.open.clip) else { return };
    let Some(channel) = app.open.playback.camera.and_then(|camera| open.info.channel(camera)) else { return };
    for (name, series) in result.series_of(&open.name, &channel.name) {
        lane_ui(ui, axis, (name, &result.model), series, pane);
    }
}

fn lane_ui(ui: &mut Ui, axis: Axis, (name, model): (&str, &str), series: &NumberSeries, pane: &mut Pane<'_>) {
    let (part, response) = strip_ui(ui, name, HEIGHT, axis);
    let label = format!("{name}: recorded and predicted by {model}");
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &label));
    seek_by_strip(&response, axis, pane.commands);
    let times = &series.times;
    if times.is_empty() || !ui.is_rect_visible(part) {
        return;
    }
    let from = times.partition_point(|time| *time < axis.range.start).saturating_sub(1);
    let to = (times.partition_point(|time| *time <= axis.range.end) + 1).min(times.len());
    let (shown, numbers) = (&times[from..to], &series.numbers[from..to]);
    let ends = |number: &Number| [number.truth - number.limit, number.truth + number.limit, number.predicted];
    let finite = numbers.iter().flat_map(ends).filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return;
    }
    let span = if high > low { high - low } else { 1.0 };
    let y = |value: f64| part.bottom() - 6.0 - ((value - low) / span) as f32 * (part.height() - 12.0);
    let (colors, painter) = (theme::colors(ui), ui.painter_at(part));
    let line = |of: &dyn Fn(&Number) -> f64, stroke: Stroke| {
        let values: Vec<f64> = numbers.iter().map(of).collect();
        painter.add(egui::Shape::line(points(shown, &values, axis, y), stroke));
    };
    let edge = Stroke::new(0.8, colors.dim.gamma_multiply(0.6));
    line(&|number| number.truth - number.limit, edge);
    line(&|number| number.truth + number.limit, edge);
    line(&|number| number.truth, Stroke::new(1.2, colors.pass));
    line(&|number| number.predicted, Stroke::new(1.4, colors.selection));
    marks_ui(&painter, part, axis, (shown, numbers), colors.fail);
    if let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left)
        && let Some(number) = series.numbers.get(index_at(times, axis.time_from_x(pointer.x)))
    {
        let [truth, predicted, error, limit] =
            [number.truth, number.predicted, number.error(), number.limit].map(short_number);
        response.on_hover_text_at_pointer(format!(
            "{name}: {truth} recorded, {predicted} predicted, error {error}, limit {limit}"
        ));
    }
}

/// A mark below each large error, at most one for each of its widths.
fn marks_ui(
    painter: &egui::Painter,
    part: Rect,
    axis: Axis,
    (times, numbers): (&[Time], &[Number]),
    color: egui::Color32,
) {
    let mut last = f32::MIN;
    for (time, number) in times.iter().zip(numbers) {
        let x = axis.x_from_time(*time);
        // What is no number is beyond its limit, too.
        if number.is_right() || x - last < MARK.0 {
            continue;
        }
        last = x;
        let top = Pos2::new(x - MARK.0 / 2.0, part.bottom() - MARK.1);
        painter.rect_filled(Rect::from_min_size(top, egui::Vec2::new(MARK.0, MARK.1)), 0.0, color);
    }
}
