//! Time axes: places of times on the screen, ticks, and curves over time.

use egui::{Align2, FontId, Painter, Pos2, Rect, Stroke};

use crate::base::time::{Span, Time, TimeRange};
use crate::gui::theme::Colors;

/// From time to place on the screen.
#[derive(Clone, Copy, Debug)]
pub(in crate::gui) struct Axis {
    pub(in crate::gui) range: TimeRange,
    pub(in crate::gui) left: f32,
    pub(in crate::gui) width: f32,
}

impl Axis {
    pub(in crate::gui) fn x_from_time(&self, time: Time) -> f32 {
        let part = (time - self.range.start).secs() / self.range.span().secs().max(1e-9);
        self.left + (part * f64::from(self.width)) as f32
    }

    pub(in crate::gui) fn time_from_x(&self, x: f32) -> Time {
        let part = f64::from((x - self.left) / self.width.max(1.0));
        self.range.start + Span((part * self.range.span().0 as f64) as i64)
    }

    pub(in crate::gui) fn nanos_per_point(&self) -> f64 {
        self.range.span().0 as f64 / f64::from(self.width.max(1.0))
    }
}

/// Steps between labels, in milliseconds.
const STEPS_MS: &[i64] = &[
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
    300_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];
/// Room that a label needs.
const LABEL: f64 = 84.0;

/// Draws ticks and times counted from `zero`.
pub(in crate::gui) fn ticks_ui(painter: &Painter, rect: Rect, axis: Axis, zero: Time, colors: Colors) {
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

/// A curve: every column of the screen has its least and greatest value, so no spike is hidden.
pub(in crate::gui) fn points(
    times: &[Time],
    values: &[f64],
    axis: Axis,
    y: impl Fn(f64) -> f32,
) -> Vec<Pos2> {
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
