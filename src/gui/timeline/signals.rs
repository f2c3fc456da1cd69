//! A signal on the time axis: every column shows its least and greatest value, so no spike is hidden.

use egui::{Align2, FontId, Pos2, Rect, Response, Stroke, Ui};

use crate::app::App;
use crate::base::text::short_number;
use crate::base::time::{Time, index_at};
use crate::data::clip::ChannelId;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::{Axis, strip_ui};

/// Height of a signal.
const HEIGHT: f32 = 44.0;

/// Draw one signal with its value at the playhead; returns the rectangle of the plot.
pub(super) fn signal_ui(ui: &mut Ui, app: &App, axis: Axis, signal: ChannelId) -> Option<(Rect, Response)> {
    let open = app.open.clip.as_ref()?;
    let channel = open.info.channel(signal)?;
    let (times, values) = (open.clip.times(signal), open.clip.values(signal));
    let (part, response) = strip_ui(ui, &channel.name, HEIGHT, axis);
    if times.is_empty() || times.len() != values.len() || !ui.is_rect_visible(part) {
        return None;
    }
    let from = times.partition_point(|t| *t < axis.range.start).saturating_sub(1);
    let to = (times.partition_point(|t| *t <= axis.range.end) + 1).min(times.len());
    let (times_shown, shown) = (&times[from..to], &values[from..to]);
    let (low, high) =
        shown.iter().filter(|v| v.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    if low > high {
        return Some((part, response));
    }
    let span = if high > low { high - low } else { 1.0 };
    let y = |value: f64| part.bottom() - 4.0 - ((value - low) / span) as f32 * (part.height() - 8.0);
    let painter = ui.painter_at(part);
    let color = class_ink(ui, &channel.name);
    painter.add(egui::Shape::line(points(times_shown, shown, axis, y), Stroke::new(1.4, color)));
    let colors = theme::colors(ui);
    let font = FontId::monospace(10.0);
    // Beside the plot, so that they cover neither the curve nor the value at the playhead.
    ui.painter().text(
        part.left_top() + egui::vec2(-6.0, 1.0),
        Align2::RIGHT_TOP,
        short_number(high),
        font.clone(),
        colors.dim,
    );
    ui.painter().text(
        part.left_bottom() + egui::vec2(-6.0, -1.0),
        Align2::RIGHT_BOTTOM,
        short_number(low),
        font,
        colors.dim,
    );
    let now = values.get(index_at(&times, app.open.playback.playhead)).copied().unwrap_or(f64::NAN);
    let x = axis.x_from_time(app.open.playback.playhead);
    if now.is_finite() && x >= part.left() && x <= part.right() {
        painter.circle_filled(Pos2::new(x, y(now)), 3.0, colors.playhead);
        let align = if x > part.right() - 80.0 { Align2::RIGHT_TOP } else { Align2::LEFT_TOP };
        let offset = if x > part.right() - 80.0 { -6.0 } else { 6.0 };
        painter.text(
            Pos2::new(x + offset, part.top() + 2.0),
            align,
            short_number(now),
            FontId::monospace(12.0),
            colors.playhead,
        );
    }
    if let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left) {
        let at = index_at(&times, axis.time_from_x(pointer.x));
        let value = values.get(at).copied().unwrap_or(f64::NAN);
        let text =
            format!("{} = {}\ndrag to zoom in, double-click for all", channel.name, short_number(value));
        return Some((part, response.on_hover_text_at_pointer(text)));
    }
    Some((part, response))
}

/// The points of a line: every column has its least and greatest value.
pub(super) fn points(times: &[Time], values: &[f64], axis: Axis, y: impl Fn(f64) -> f32) -> Vec<Pos2> {
    let columns = axis.width.max(1.0) as usize;
    if times.len() <= columns * 2 {
        let pairs = times.iter().zip(values).filter(|(_, value)| value.is_finite());
        return pairs.map(|(time, value)| Pos2::new(axis.x_from_time(*time), y(*value))).collect();
    }
    let mut points = Vec::with_capacity(columns * 2);
    let mut at = 0;
    for column in 0..columns {
        let end = axis.time_from_x(axis.left + column as f32 + 1.0);
        let next = at + times[at..].partition_point(|t| *t < end);
        let cell = values[at..next].iter().filter(|v| v.is_finite());
        let (low, high) = cell.fold((f64::MAX, f64::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
        if low <= high {
            let x = axis.left + column as f32;
            points.extend([Pos2::new(x, y(low)), Pos2::new(x, y(high))]);
        }
        at = next;
    }
    points
}
