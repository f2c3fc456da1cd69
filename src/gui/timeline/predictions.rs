//! The lane of predictions: the best class of each frame by color, its score by height.

use egui::{Color32, Pos2, Rect, Ui};

use crate::base::time::index_at;
use crate::data::prediction::Prediction;
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::{LANE, seek_by_strip, strip_ui};
use crate::gui::viewers::axis::Axis;

/// Predictions of the loaded model on the active camera, by color and height.
pub(super) fn prediction_lane_ui(ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(camera) = app.open.playback.camera else { return };
    let (name, failed) = match (&app.open.models.loaded, &app.open.models.failed) {
        (Some(model), failed) => (&model.card.name, failed.is_some()),
        (None, Some(failed)) => (&failed.name, true),
        (None, None) => return,
    };
    let (part, response) = strip_ui(ui, name, LANE, axis);
    if failed {
        failed_ui(ui, part, &failure::state(app));
    }
    seek_by_strip(&response, axis, pane.commands);
    let painter = ui.painter_at(part);
    let times = &app.open.playback.times;
    // One look-up for each column of points; equal neighbors make one rectangle.
    let mut run: Option<(f32, Color32, f32)> = None;
    let columns = part.width().floor() as usize;
    for column in 0..=columns {
        let x = part.left() + column as f32;
        let look = (column < columns && !times.is_empty())
            .then(|| app.open.models.answer(camera, index_at(times, axis.time_from_x(x))))
            .flatten()
            .and_then(|answer| look_of(ui, answer));
        if let Some((from, color, height)) = run
            && look != Some((color, height))
        {
            let top = part.bottom() - 2.0 - height * (part.height() - 4.0);
            painter.rect_filled(
                Rect::from_min_max(Pos2::new(from, top), Pos2::new(x, part.bottom() - 2.0)),
                0.0,
                color,
            );
            run = None;
        }
        if let (None, Some((color, height))) = (run, look) {
            run = Some((x, color, height));
        }
    }
    if let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left) {
        let frame = index_at(times, axis.time_from_x(pointer.x));
        let text = app.open.models.answer(camera, frame).map_or_else(|| failure::state(app), |a| a.summary());
        response.on_hover_text_at_pointer(format!("frame {frame}: {text}"));
    }
}

/// The reason for which a lane has no predictions, cut at its end.
fn failed_ui(ui: &mut Ui, part: Rect, text: &str) {
    let color = theme::colors(ui).fail;
    let text = egui::RichText::new(format!("{} {text}", theme::icon::FAIL)).size(12.0).color(color);
    ui.put(part.shrink2(egui::vec2(6.0, 0.0)), egui::Label::new(text).truncate());
}

/// Color and height of a prediction in the lane: the best class and its score, in steps of a tenth.
fn look_of(ui: &Ui, answer: &Prediction) -> Option<(Color32, f32)> {
    let (class, score) = answer.best()?;
    Some((class_ink(ui, class), (score * 10.0).ceil() / 10.0))
}
