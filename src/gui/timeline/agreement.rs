//! Lane of the differences between two evaluated models.

use egui::{Pos2, Rect, Role, Ui, WidgetInfo};

use crate::base::time::index_at;
use crate::gui::pane::Pane;
use crate::gui::theme;
use crate::gui::timeline::{LANE, seek_by_strip, strip_ui};
use crate::gui::viewers::axis::Axis;

/// Half the width of a mark.
const MARK: f32 = 1.5;

/// Above the middle what only the evaluated model detects, below what only the other one does.
pub(super) fn agreement_lane_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(result), Some(compared)) = (&app.open.evaluate.result, &app.open.evaluate.comparison) else {
        return;
    };
    let (Some(open), Some(camera)) = (&app.open.clip, app.open.playback.camera) else { return };
    let Some(channel) = open.info.channel(camera) else { return };
    let (part, response) = strip_ui(ui, &format!("vs. {}", compared.other), LANE, axis);
    let name = format!("Differences between {} and {}", result.model, compared.other);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    seek_by_strip(&response, axis, pane.commands);
    let (colors, painter) = (theme::colors(ui), ui.painter_at(part));
    let (middle, edge) = (part.center().y, 3.0);
    let mut here = Vec::new();
    for (at, first, second) in &compared.found.samples {
        let sample = &result.evaluation.samples[*at];
        if *sample.clip != *open.name || *sample.channel != *channel.name {
            continue;
        }
        let x = axis.x_from_time(sample.time);
        let mark = |top: f32, bottom: f32, color| {
            let rect = Rect::from_min_max(Pos2::new(x - MARK, top), Pos2::new(x + MARK, bottom));
            painter.rect_filled(rect, 0.0, color);
        };
        if *first > 0 {
            mark(part.top() + edge, middle - 1.0, colors.pass);
        }
        if *second > 0 {
            mark(middle + 1.0, part.bottom() - edge, colors.fail);
        }
        here.push((sample.frame, *first, *second));
    }
    if let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left) {
        let frame = index_at(&app.open.playback.times, axis.time_from_x(pointer.x));
        let text = here.iter().find(|(at, ..)| *at == frame).map_or_else(
            || "no difference".to_owned(),
            |(_, first, second)| {
                format!("only {} detects {first}, only {} {second}", result.model, compared.other)
            },
        );
        response.on_hover_text_at_pointer(format!("frame {frame}: {text}"));
    }
}
