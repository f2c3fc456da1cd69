//! Ticks of the time axis.

use egui::{Align2, FontId, Painter, Pos2, Rect, Stroke};

use crate::base::time::{Span, Time};
use crate::gui::theme::Colors;
use crate::gui::timeline::Axis;

/// Steps between labels, in milliseconds.
const STEPS_MS: &[i64] = &[
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];
/// Room that a label needs.
const LABEL: f64 = 84.0;

/// Draws ticks and times counted from `zero`.
pub(super) fn ticks_ui(painter: &Painter, rect: Rect, axis: Axis, zero: Time, colors: Colors) {
    let least_ms = axis.nanos_per_point() * LABEL / 1e6;
    let step_ms = STEPS_MS.iter().copied().find(|step| *step as f64 >= least_ms).unwrap_or(86_400_000);
    let step = step_ms * 1_000_000;
    let first = (axis.range.start - zero).0.div_euclid(step);
    let last = (axis.range.end - zero).0.div_euclid(step);
    for tick in first..=last {
        let x = axis.x_from_time(zero + Span(tick * step));
        if x < axis.left || x > axis.left + axis.width {
            continue;
        }
        let bottom = rect.bottom();
        painter
            .line_segment([Pos2::new(x, bottom - 6.0), Pos2::new(x, bottom)], Stroke::new(1.0, colors.dim));
        let text = label(Span(tick * step), step_ms);
        painter.text(
            Pos2::new(x + 4.0, rect.center().y),
            Align2::LEFT_CENTER,
            text,
            FontId::monospace(11.0),
            colors.dim,
        );
    }
}

/// Only as exact as the step.
fn label(time: Span, step_ms: i64) -> String {
    let text = time.to_string();
    if step_ms >= 1000 { text.strip_suffix(".000").map_or_else(|| text.clone(), str::to_owned) } else { text }
}
