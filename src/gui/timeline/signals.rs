//! A signal on the time axis: every column shows its least and greatest value, so no spike is hidden.

use egui::{Align2, FontId, Pos2, Rect, Response, Stroke, Ui};

use crate::app::App;
use crate::base::text::short_number;
use crate::base::time::index_at;
use crate::data::clip::ChannelId;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::strip_ui;
use crate::gui::viewers::axis::{Axis, points};

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
