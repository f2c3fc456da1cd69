//! Lanes of tags and of states, which can be dragged.

use std::collections::BTreeMap;

use egui::{Align2, Color32, CursorIcon, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::base::time::{Time, index_at};
use crate::data::labels::odd;
use crate::data::labels::tag::Tag;
use crate::gui::forms::double_clicked;
use crate::gui::pane::Pane;
use crate::gui::scripts::shown;
use crate::gui::theme::{self, class_ink};
use crate::gui::timeline::{LANE, Timeline, seek_by_strip, strip_ui, with_range};
use crate::gui::viewers::axis::Axis;

/// A tag while it is dragged; committed when it is released.
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

/// Rows of tags of one type that overlap; more of them share the last row.
const ROWS: usize = 3;
/// From so many tags in sight on, a lane is drawn by columns and its tags are found by place.
const MANY: usize = 250;
/// Snapping distance of the end of a tag, in points.
const SNAP: f32 = 6.0;

impl Timeline {
    pub(super) fn tag_lanes_ui(&mut self, ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
        let app = pane.app;
        let (Some(project), Some(open)) = (app.project(), &app.open.clip) else { return };
        let mut kinds: Vec<&str> = project.ontology.tags.iter().map(|word| word.name.as_str()).collect();
        let mut lanes: Vec<Vec<&Tag>> = vec![Vec::new(); kinds.len()];
        // Types that exclude each other share a lane, at the place of the first.
        let mut homes: BTreeMap<&str, usize> = BTreeMap::new();
        // What holds for the whole recording is no moment of it.
        let of_time = |tag: &&Tag| tag.clip == open.name && odd::name_of(&tag.kind).is_none();
        for tag in project.tags.iter().filter(of_time).filter(|tag| app.open.labeling.fits(tag)) {
            // Types that are no longer in the ontology keep their lane.
            let at = kinds.iter().position(|kind| *kind == tag.kind).unwrap_or_else(|| {
                kinds.push(&tag.kind);
                lanes.push(Vec::new());
                kinds.len() - 1
            });
            let at = project.ontology.lane_of(&tag.kind).map_or(at, |lane| *homes.entry(lane).or_insert(at));
            lanes[at].push(tag);
        }
        let mut any = false;
        for (position, (kind, lane)) in kinds.iter().zip(&lanes).enumerate() {
            let marking = app.open.labeling.mark_in.filter(|_| app.open.labeling.kind == position);
            if lane.is_empty() && marking.is_none() {
                continue;
            }
            any = true;
            let states = homes.iter().find(|(_, home)| **home == position).map(|(lane, _)| *lane);
            let key = match states {
                None if position < 9 => format!("{}  ", position + 1),
                _ => String::new(),
            };
            let kind = states.unwrap_or(kind);
            let sight = axis.range;
            let seen: Vec<&Tag> = lane
                .iter()
                .filter(|tag| tag.range().end >= sight.start && tag.start <= sight.end)
                .copied()
                .collect();
            let rows = if seen.len() > MANY { vec![0; seen.len()] } else { rows_of(&seen, axis) };
            let count = rows.iter().max().map_or(1, |row| row + 1);
            let height = if count == 1 { LANE } else { 14.0 * count as f32 + 2.0 };
            let (part, response) = strip_ui(ui, &format!("{key}{kind}"), height, axis);
            if let Some(from) = marking {
                let rect = Rect::from_x_y_ranges(
                    axis.x_from_time(from.min(app.open.playback.playhead))
                        ..=axis.x_from_time(from.max(app.open.playback.playhead)),
                    part.top() + 2.0..=part.bottom() - 2.0,
                );
                ui.painter_at(part).rect_filled(rect, 2.0, class_ink(ui, kind).gamma_multiply(0.4));
            }
            if seen.len() > MANY {
                many_ui(ui, axis, part, &seen, &response, pane);
            } else {
                seek_by_strip(&response, axis, pane.commands);
                let each = part.height() / count as f32;
                for (tag, row) in seen.iter().zip(rows) {
                    let top = part.top() + each * row as f32;
                    let row = Rect::from_x_y_ranges(part.x_range(), top..=top + each);
                    self.tag_ui(ui, axis, row, tag, states.is_some(), pane);
                }
            }
        }
        if !any {
            let (part, response) = strip_ui(ui, "tags", LANE, axis);
            seek_by_strip(&response, axis, pane.commands);
            let colors = theme::colors(ui);
            let text = if app.open.labeling.filter.is_empty() {
                "No tags yet: press 1 to 9 at a moment, or I and O around an interval"
            } else {
                "No tag matches the filter"
            };
            ui.painter_at(part).text(
                part.left_center() + egui::vec2(8.0, 0.0),
                Align2::LEFT_CENTER,
                text,
                FontId::proportional(12.0),
                colors.dim,
            );
        }
    }

    fn tag_ui(&mut self, ui: &Ui, axis: Axis, lane: Rect, tag: &Tag, state: bool, pane: &mut Pane<'_>) {
        let app = pane.app;
        let drag = self.drag.as_ref().filter(|drag| drag.id == tag.id);
        let (start, end) = drag.map_or((tag.start, tag.end), |drag| (drag.start, drag.end));
        let rect = place_of(start, end, lane, axis);
        let selected = app.open.labeling.tags.contains(&tag.id);
        paint(ui, lane, rect, tag, end.is_some(), selected);
        if state && end.is_some() && tag.note.is_empty() {
            text_ui(ui, rect.intersect(lane), &tag.kind);
        }
        let response = ui.interact(
            rect.expand2(egui::vec2(GRIP, 0.0)),
            ui.scope_id().with(("tag", tag.id)),
            Sense::click_and_drag(),
        );
        response.widget_info(|| {
            let at = tag.start - app.open.playback.range.start;
            let what = if state { "State" } else { "Tag" };
            WidgetInfo::selected(Role::Button, true, selected, format!("{what} {} at {at}", tag.kind))
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
            pane.commands.push(select(ui, app, tag.id));
        }
        if double_clicked(&response) {
            pane.commands.push(Command::Play(PlayCommand::Seek(tag.start)));
        }
        let origin = ui.input(|i| i.pointer.press_origin());
        if response.drag_started()
            && let Some(at) = origin
        {
            let grabbed = axis.time_from_x(at.x);
            self.drag =
                Some(TagDrag { id: tag.id, part: part_at(at.x), start: tag.start, end: tag.end, grabbed });
            pane.commands.push(Command::Label(LabelCommand::SelectTag(Some(tag.id))));
        }
        let Some(drag) = self.drag.as_mut().filter(|drag| drag.id == tag.id) else { return };
        if let Some(pointer) = response.interact_pointer_pos() {
            let by = axis.time_from_x(pointer.x) - drag.grabbed;
            let all = app.open.playback.range;
            // With Alt held an end lies where the pointer is, else it snaps to frames and other tags.
            let free = ui.input(|input| input.modifiers.alt);
            let near = |time: Time| {
                let time = all.clamp(time);
                if free { time } else { snapped(time, app, tag.id, axis) }
            };
            match drag.part {
                Part::Start => drag.start = near(tag.start + by).min(tag.end.unwrap_or(all.end)),
                Part::End => drag.end = Some(near(tag.end.unwrap_or(tag.start) + by).max(tag.start)),
                Part::Whole => {
                    drag.start = near(tag.start + by);
                    drag.end = tag.end.map(|end| drag.start + (end - tag.start));
                }
            }
            // The frames follow the end that is dragged.
            let shown = if drag.part == Part::End { drag.end.unwrap_or(drag.start) } else { drag.start };
            pane.commands.push(Command::Play(PlayCommand::Seek(shown)));
        }
        if response.drag_stopped() {
            pane.commands.push(with_range(tag, drag.start, drag.end));
            self.drag = None;
        }
    }
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
        text_ui(ui, rect.intersect(lane), &tag.note);
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

/// A text inside of an interval, where it has room.
fn text_ui(ui: &Ui, rect: Rect, text: &str) {
    if rect.width() > 40.0 && !text.is_empty() {
        ui.painter_at(rect).text(
            rect.left_center() + egui::vec2(6.0, 0.0),
            Align2::LEFT_CENTER,
            shown(text),
            FontId::proportional(11.0),
            if ui.visuals().dark_mode { Color32::BLACK } else { Color32::WHITE },
        );
    }
}

/// Rectangle of a tag in its lane.
fn place_of(start: Time, end: Option<Time>, lane: Rect, axis: Axis) -> Rect {
    let x0 = axis.x_from_time(start);
    match end {
        Some(end) => {
            let x1 = axis.x_from_time(end).max(x0 + 3.0);
            Rect::from_x_y_ranges(x0..=x1, lane.top() + 2.0..=lane.bottom() - 2.0)
        }
        None => Rect::from_center_size(
            Pos2::new(x0, lane.center().y),
            egui::vec2(2.0 * MARK, (lane.height() - 4.0).min(LANE - 4.0)),
        ),
    }
}

/// A row for each tag, so that those of one row do not overlap on the screen as long as there are rows.
fn rows_of(tags: &[&Tag], axis: Axis) -> Vec<usize> {
    let mut ends = [f32::MIN; ROWS];
    tags.iter()
        .map(|tag| {
            let interval = tag.end.is_some();
            let (from, to) = (axis.x_from_time(tag.start), axis.x_from_time(tag.range().end));
            let (from, to) = if interval { (from, to) } else { (from - MARK, to + MARK) };
            let row = ends.iter().position(|end| *end <= from).unwrap_or(ROWS - 1);
            ends[row] = ends[row].max(to);
            row
        })
        .collect()
}

/// A click selects the tag; with Shift or Ctrl, it too.
fn select(ui: &Ui, app: &App, id: u64) -> Command {
    if !ui.input(|input| input.modifiers.shift || input.modifiers.command) {
        return Command::Label(LabelCommand::SelectTag(Some(id)));
    }
    let mut ids = app.open.labeling.tags.clone();
    let before = ids.len();
    ids.retain(|other| *other != id);
    if ids.len() == before {
        ids.push(id);
    }
    Command::Label(LabelCommand::SelectTags(ids))
}

/// The nearest frame, playhead or end of another tag, if one is near on the screen.
fn snapped(time: Time, app: &App, own: u64, axis: Axis) -> Time {
    let reach = (f64::from(SNAP) * axis.nanos_per_point()) as i64;
    let tags = app.project().map(|project| project.tags.as_slice()).unwrap_or_default();
    let ends = tags.iter().filter(|tag| tag.id != own).flat_map(|tag| [Some(tag.start), tag.end]).flatten();
    let times = &app.open.playback.times;
    let at = index_at(times, time);
    let pictures = [times.get(at), times.get(at + 1)].into_iter().flatten().copied();
    // Other tags and the playhead draw more strongly than frames, which are everywhere.
    let strong = ends.chain([app.open.playback.playhead]).min_by_key(|other| (*other - time).0.abs());
    strong
        .filter(|other| (*other - time).0.abs() <= reach)
        .or_else(|| {
            pictures.min_by_key(|other| (*other - time).0.abs()).filter(|p| (*p - time).0.abs() <= reach)
        })
        .unwrap_or(time)
}

/// Hundreds of tags in one lane: one mark for each column of the screen, a click takes the nearest.
fn many_ui(ui: &Ui, axis: Axis, lane: Rect, tags: &[&Tag], response: &egui::Response, pane: &mut Pane<'_>) {
    let app = pane.app;
    let painter = ui.painter_at(lane);
    let mut filled: Option<(f32, f32, &str)> = None;
    let flush = |from: f32, to: f32, kind: &str| {
        let color = class_ink(ui, kind).gamma_multiply(0.85);
        painter.rect_filled(
            Rect::from_x_y_ranges(from..=to, lane.top() + 3.0..=lane.bottom() - 3.0),
            1.0,
            color,
        );
    };
    for tag in tags {
        let from = axis.x_from_time(tag.start).floor();
        let to = axis.x_from_time(tag.range().end).ceil().max(from + 2.0);
        filled = match filled {
            Some((a, b, kind)) if from <= b + 1.0 && tag.kind == kind => Some((a, b.max(to), kind)),
            Some((a, b, kind)) => {
                flush(a, b, kind);
                Some((from, to, &tag.kind))
            }
            None => Some((from, to, &tag.kind)),
        };
    }
    if let Some((a, b, kind)) = filled {
        flush(a, b, kind);
    }
    for tag in tags.iter().filter(|tag| app.open.labeling.tags.contains(&tag.id)) {
        paint(ui, lane, place_of(tag.start, tag.end, lane, axis), tag, tag.end.is_some(), true);
    }
    if response.clicked()
        && let Some(pointer) = response.interact_pointer_pos().filter(|at| at.x >= axis.left)
    {
        let time = axis.time_from_x(pointer.x);
        let distance = |tag: &&&Tag| {
            if tag.end.is_some() && tag.range().contains(time) { 0 } else { (tag.start - time).0.abs() }
        };
        if let Some(tag) = tags.iter().min_by_key(distance) {
            pane.commands.push(select(ui, app, tag.id));
            pane.commands.push(Command::Play(PlayCommand::Seek(tag.start)));
        }
    } else {
        seek_by_strip(response, axis, pane.commands);
    }
}
