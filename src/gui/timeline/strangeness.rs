//! A lane with the surprise of the frames of a recording, those that are no longer valid in a color of their own.

use egui::{Pos2, Rect, Role, Ui, Vec2, WidgetInfo};

use crate::base::text::short_number;
use crate::gui::pane::Pane;
use crate::gui::theme;
use crate::gui::timeline::{Axis, seek_by_strip, strip_ui};

/// Height of the lane.
const HEIGHT: f32 = 34.0;

/// Draws the lane once the recording was scored.
pub(super) fn strangeness_lane_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let Some(lane) = pane.app.open.lane_scores() else { return };
    let (part, response) = strip_ui(ui, "surprise", HEIGHT, axis);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Surprise along the recording"));
    seek_by_strip(&response, axis, pane.commands);
    let colors = theme::colors(ui);
    let painter = ui.painter_at(part);
    let most = lane.points.iter().filter_map(|(_, scores)| scores.surprise).fold(1e-9, f64::max);
    for (time, scores) in &lane.points {
        let x = axis.x_from_time(*time);
        if !(part.left()..=part.right()).contains(&x) {
            continue;
        }
        let Some(surprise) = scores.surprise else { continue };
        let strange = scores.validity.is_some_and(|strange| strange.is_strange());
        let color = if strange { colors.warning } else { colors.selection };
        let height = (surprise / most) as f32 * (part.height() - 4.0);
        let bottom = Pos2::new(x, part.bottom() - 2.0);
        let bar = Rect::from_min_max(bottom - Vec2::new(1.0, height.max(1.0)), bottom + Vec2::new(1.0, 0.0));
        painter.rect_filled(bar, 0.0, color);
        if strange {
            // Not by color alone.
            painter.circle_filled(bar.center_top(), 2.5, color);
        }
    }
    let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left) else { return };
    let time = axis.time_from_x(pointer.x);
    let nearest = lane.points.iter().min_by_key(|(own, _)| (own.0 - time.0).abs());
    if let Some((_, scores)) = nearest {
        let surprise = scores.surprise.map_or_else(|| "unknown".to_owned(), short_number);
        let valid = scores.validity.map(|strange| pane.app.open.in_words(&strange)).unwrap_or_default();
        response.on_hover_text_at_pointer(format!("surprise {surprise}\n{valid}"));
    }
}
