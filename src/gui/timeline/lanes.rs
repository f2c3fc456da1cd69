//! Lanes of tags, which can be dragged, and the lane of predictions.

use egui::{Align2, Color32, CursorIcon, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, LabelCommand, PlayCommand};
use crate::base::time::{Time, index_at};
use crate::data::prediction::Prediction;
use crate::data::tag::Tag;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::{Axis, LANE, Timeline, seek_by_strip, strip_ui, with_range};

/// A tag while it is dragged; committed when it is let go.
#[derive(Clone, Debug)]
pub(super) struct TagDrag {
    id: u64,
    part: Part,
    start: Time,
    end: Option<Time>,
    grabbed: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Start,
    Whole,
    End,
}

/// Reach of a tag's end in points.
const GRIP: f32 = 5.0;
/// Half the width of the mark of a moment.
const MARK: f32 = 6.0;

impl Timeline {
    pub(super) fn tag_lanes_ui(&mut self, ui: &mut Ui, app: &App, axis: Axis, commands: &mut Vec<Command>) {
        let (Some(project), Some(open)) = (app.project(), &app.clip) else { return };
        let tags: Vec<&Tag> = project.tags.iter().filter(|tag| tag.clip == open.name).collect();
        let mut kinds: Vec<&str> = project.ontology.tags.iter().map(String::as_str).collect();
        // Types that are no longer in the ontology keep their lane.
        for tag in &tags {
            if !kinds.contains(&tag.kind.as_str()) {
                kinds.push(&tag.kind);
            }
        }
        let mut any = false;
        for (position, kind) in kinds.iter().enumerate() {
            let lane: Vec<&Tag> = tags.iter().filter(|tag| tag.kind == *kind).copied().collect();
            let marking = app.labelling.mark_in.filter(|_| app.labelling.kind == position);
            if lane.is_empty() && marking.is_none() {
                continue;
            }
            any = true;
            let key = if position < 9 { format!("{}  ", position + 1) } else { String::new() };
            let (part, response) = strip_ui(ui, &format!("{key}{kind}"), LANE, axis);
            seek_by_strip(&response, axis, commands);
            if let Some(from) = marking {
                let rect = Rect::from_x_y_ranges(
                    axis.x_from_time(from.min(app.playback.playhead))
                        ..=axis.x_from_time(from.max(app.playback.playhead)),
                    part.top() + 2.0..=part.bottom() - 2.0,
                );
                ui.painter_at(part).rect_filled(rect, 2.0, class_ink(ui, kind).gamma_multiply(0.4));
            }
            for tag in lane {
                self.tag_ui(ui, app, axis, part, tag, commands);
            }
        }
        if !any {
            let (part, response) = strip_ui(ui, "tags", LANE, axis);
            seek_by_strip(&response, axis, commands);
            let colors = theme::colors(ui);
            let text = "No tags yet: press 1 to 9 at a moment, or I and O around an interval";
            ui.painter_at(part).text(
                part.left_center() + egui::vec2(8.0, 0.0),
                Align2::LEFT_CENTER,
                text,
                FontId::proportional(12.0),
                colors.dim,
            );
        }
    }

    fn tag_ui(&mut self, ui: &Ui, app: &App, axis: Axis, lane: Rect, tag: &Tag, commands: &mut Vec<Command>) {
        let drag = self.drag.as_ref().filter(|drag| drag.id == tag.id);
        let (start, end) = drag.map_or((tag.start, tag.end), |drag| (drag.start, drag.end));
        let x0 = axis.x_from_time(start);
        let x1 = end.map_or(x0, |end| axis.x_from_time(end));
        if x1 < lane.left() - MARK || x0 > lane.right() + MARK {
            return;
        }
        let rect = match end {
            Some(_) => Rect::from_x_y_ranges(x0..=x1.max(x0 + 3.0), lane.top() + 2.0..=lane.bottom() - 2.0),
            None => Rect::from_center_size(
                Pos2::new(x0, lane.center().y),
                egui::vec2(2.0 * MARK, lane.height() - 4.0),
            ),
        };
        let selected = app.labelling.tag == Some(tag.id);
        paint(ui, lane, rect, tag, end.is_some(), selected);
        let response = ui.interact(
            rect.expand2(egui::vec2(GRIP, 0.0)),
            ui.scope_id().with(("tag", tag.id)),
            Sense::click_and_drag(),
        );
        response.widget_info(|| {
            let at = tag.start - app.playback.range.start;
            WidgetInfo::selected(Role::Button, true, selected, format!("Tag {} at {at}", tag.kind))
        });
        let part_at = |x: f32| match end {
            Some(_) if (x - rect.left()).abs() <= GRIP => Part::Start,
            Some(_) if (x - rect.right()).abs() <= GRIP => Part::End,
            _ => Part::Whole,
        };
        if let Some(at) = response.hover_pos() {
            let icon =
                if part_at(at.x) == Part::Whole { CursorIcon::Grab } else { CursorIcon::ResizeHorizontal };
            ui.ctx().set_cursor_icon(icon);
        }
        if response.clicked() {
            commands.push(Command::Label(LabelCommand::SelectTag(Some(tag.id))));
        }
        if response.double_clicked() {
            commands.push(Command::Play(PlayCommand::Seek(tag.start)));
        }
        let origin = ui.input(|i| i.pointer.press_origin());
        if response.drag_started()
            && let Some(at) = origin
        {
            let grabbed = axis.time_from_x(at.x);
            self.drag =
                Some(TagDrag { id: tag.id, part: part_at(at.x), start: tag.start, end: tag.end, grabbed });
            commands.push(Command::Label(LabelCommand::SelectTag(Some(tag.id))));
        }
        let Some(drag) = self.drag.as_mut().filter(|drag| drag.id == tag.id) else { return };
        if let Some(pointer) = response.interact_pointer_pos() {
            let by = axis.time_from_x(pointer.x) - drag.grabbed;
            let all = app.playback.range;
            match drag.part {
                Part::Start => drag.start = all.clamp(tag.start + by).min(tag.end.unwrap_or(all.end)),
                Part::End => drag.end = Some(all.clamp(tag.end.unwrap_or(tag.start) + by).max(tag.start)),
                Part::Whole => {
                    drag.start = all.clamp(tag.start + by);
                    drag.end = tag.end.map(|end| drag.start + (end - tag.start));
                }
            }
        }
        if response.drag_stopped() {
            commands.push(with_range(tag, drag.start, drag.end));
            self.drag = None;
        }
    }

    pub(super) fn prediction_lane_ui(ui: &mut Ui, app: &App, axis: Axis, commands: &mut Vec<Command>) {
        let (Some(model), Some(camera)) = (&app.models.loaded, app.playback.camera) else { return };
        let (part, response) = strip_ui(ui, &model.card.name, LANE, axis);
        seek_by_strip(&response, axis, commands);
        let painter = ui.painter_at(part);
        let times = &app.playback.times;
        // One look-up for each column of points; equal neighbors make one rectangle.
        let mut run: Option<(f32, Color32, f32)> = None;
        let columns = part.width().floor() as usize;
        for column in 0..=columns {
            let x = part.left() + column as f32;
            let look = (column < columns && !times.is_empty())
                .then(|| app.models.answer(camera, index_at(times, axis.time_from_x(x))))
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
            let text =
                app.models.answer(camera, frame).map_or_else(|| "no answer yet".to_owned(), |a| a.summary());
            response.on_hover_text_at_pointer(format!("picture {frame}: {text}"));
        }
    }
}

/// Color and height of an answer in the lane: the best class and its score, in steps of a tenth.
fn look_of(ui: &Ui, answer: &Prediction) -> Option<(Color32, f32)> {
    let (class, score) = answer.best()?;
    Some((class_ink(ui, class), (score * 10.0).ceil() / 10.0))
}

fn paint(ui: &Ui, lane: Rect, rect: Rect, tag: &Tag, interval: bool, selected: bool) {
    let color = class_ink(ui, &tag.kind);
    let outline = if selected { Stroke::new(2.0, theme::colors(ui).selection) } else { Stroke::NONE };
    // The mark of a moment at the very beginning reaches into the names; an interval ends at the lane.
    let reach = if interval { 2.0 } else { MARK };
    let painter = ui.painter_at(lane.expand2(egui::vec2(reach, 2.0)));
    if interval {
        painter.rect_filled(rect, 3.0, color.gamma_multiply(0.85));
        painter.rect_stroke(rect, 3.0, outline, egui::StrokeKind::Outside);
        if rect.width() > 40.0 && !tag.note.is_empty() {
            let clipped = painter.with_clip_rect(rect.intersect(lane));
            clipped.text(
                rect.left_center() + egui::vec2(6.0, 0.0),
                Align2::LEFT_CENTER,
                &tag.note,
                FontId::proportional(11.0),
                if ui.visuals().dark_mode { Color32::BLACK } else { Color32::WHITE },
            );
        }
    } else {
        let c = rect.center();
        let (w, h) = (MARK, rect.height() / 2.0);
        let points = vec![
            Pos2::new(c.x, c.y - h),
            Pos2::new(c.x + w, c.y),
            Pos2::new(c.x, c.y + h),
            Pos2::new(c.x - w, c.y),
        ];
        painter.add(Shape::convex_polygon(points, color, outline));
    }
}
