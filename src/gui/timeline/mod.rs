//! The timeline: transport, ruler, tag lanes, predictions and signals on one time axis.

use egui::{
    Align, Layout, Painter, PointerButton, Pos2, Rect, RichText, Role, ScrollArea, Sense, Ui, Vec2,
    WidgetInfo,
};

use crate::app::App;
use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::app::table::key_of;
use crate::base::time::{Span, Time, TimeRange};
use crate::data::labels::tag::Tag;
use crate::gui::forms::{double_clicked, icon_toggle_ui, name_label_ui};
use crate::gui::pane::Pane;
use crate::gui::scripts::shown;
use crate::gui::theme::{self, icon};
use crate::gui::viewers::axis::{Axis, ticks_ui};

mod agreement;
mod clock;
mod lanes;
mod moments;
mod numbers;
mod objects;
mod predictions;
mod signals;
mod strangeness;
mod thumbnails;

use clock::Clock;

/// Width of the names beside the lanes.
const NAMES: f32 = 132.0;
/// Height of the ruler.
const RULER: f32 = 22.0;
/// Height of a lane of tags or predictions.
const LANE: f32 = 20.0;

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct Timeline {
    /// The part of the time axis that is shown; all of it when absent.
    shown: Option<TimeRange>,
    clip: Option<u64>,
    /// A tag while it is dragged.
    drag: Option<lanes::TagDrag>,
    /// Start of a dragged loop range.
    loop_from: Option<Time>,
    /// Start of a drag over a signal, which zooms the time axis to that part.
    zoom_from: Option<Time>,
    strip: thumbnails::Strip,
    clock: Clock,
}

impl Timeline {
    /// Draws the whole pane.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(open) = &app.open.clip else { return };
        if self.clip != Some(open.id) {
            *self = Self { clip: Some(open.id), ..Self::default() };
        }
        transport_ui(ui, &mut self.clock, pane);
        let all = app.open.playback.range;
        let mut range = self.shown.unwrap_or(all);
        if app.open.playback.playing && self.shown.is_some() && !range.contains(app.open.playback.playhead) {
            let start = app.open.playback.playhead;
            range = TimeRange { start, end: start + range.span() };
            self.shown = Some(range);
        }
        let place = ui.available_rect_before_wrap();
        let axis =
            Axis { range, left: place.left() + NAMES, width: (place.width() - NAMES - 12.0).max(10.0) };
        self.zoom_and_pan(ui, place, axis, all);
        self.ruler_ui(ui, axis, pane);
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let top = ui.cursor().top();
            self.strip.ui(ui, axis, pane);
            objects::object_lane_ui(ui, axis, pane);
            self.tag_lanes_ui(ui, axis, pane);
            moments::moment_lanes_ui(ui, axis, pane);
            predictions::prediction_lane_ui(ui, axis, pane);
            numbers::number_lanes_ui(ui, axis, pane);
            strangeness::strangeness_lane_ui(ui, axis, pane);
            agreement::agreement_lane_ui(ui, axis, pane);
            for signal in open.plotted() {
                let response = signals::signal_ui(ui, app, axis, signal);
                self.drag_to_zoom(ui, response, axis, all);
            }
            let bottom = ui.cursor().top().max(ui.clip_rect().bottom());
            playhead_ui(ui.painter(), app, axis, theme::colors(ui).playhead, top, bottom);
        });
    }

    fn zoom_and_pan(&mut self, ui: &Ui, place: Rect, axis: Axis, all: TimeRange) {
        let Some(pointer) =
            ui.input(|i| i.pointer.hover_pos()).filter(|at| place.contains(*at) && at.x >= axis.left)
        else {
            return;
        };
        let (wheel, sideways, zoom) = ui.input(|i| {
            let delta = i.smooth_scroll_delta();
            (delta.y, delta.x, f64::from(i.zoom_delta()))
        });
        let span = axis.range.span().0 as f64;
        if (zoom - 1.0).abs() > 1e-4 {
            let least = 20_000_000.0_f64.min(all.span().0 as f64);
            let new_span = (span / zoom).clamp(least, all.span().0 as f64);
            let at = axis.time_from_x(pointer.x);
            let part = (at - axis.range.start).0 as f64 / span.max(1.0);
            let start = at.0 as f64 - part * new_span;
            self.show(TimeRange { start: Time(start as i64), end: Time((start + new_span) as i64) }, all);
        } else if sideways.abs() > 0.1 || (wheel.abs() > 0.1 && pointer.y < place.top() + RULER) {
            let by = Span((-f64::from(sideways + wheel) * axis.nanos_per_point()) as i64);
            self.show(TimeRange { start: axis.range.start + by, end: axis.range.end + by }, all);
        }
    }

    /// A drag over a plot shows that part of the time axis alone, a double click all of it.
    fn drag_to_zoom(&mut self, ui: &Ui, plot: Option<(Rect, egui::Response)>, axis: Axis, all: TimeRange) {
        let Some((part, response)) = plot else { return };
        if double_clicked(&response) {
            self.shown = None;
        }
        let origin = ui.input(|i| i.pointer.press_origin()).filter(|at| at.x >= axis.left);
        if response.drag_started_by(PointerButton::Primary) {
            self.zoom_from = origin.map(|at| axis.time_from_x(at.x));
        }
        let (Some(from), Some(to)) = (self.zoom_from, response.interact_pointer_pos()) else { return };
        let range = TimeRange::between(from, axis.time_from_x(to.x.clamp(axis.left, axis.left + axis.width)));
        let shade = Rect::from_x_y_ranges(
            axis.x_from_time(range.start)..=axis.x_from_time(range.end),
            part.top()..=part.bottom(),
        );
        ui.painter_at(part).rect_filled(shade, 0.0, theme::colors(ui).selection.gamma_multiply(0.35));
        if response.drag_stopped() {
            self.zoom_from = None;
            if range.span().0 as f64 > 4.0 * axis.nanos_per_point() {
                self.show(range, all);
            }
        }
    }

    fn show(&mut self, wanted: TimeRange, all: TimeRange) {
        let span = wanted.span().0.min(all.span().0);
        let start = wanted.start.0.clamp(all.start.0, all.end.0 - span);
        let range = TimeRange { start: Time(start), end: Time(start + span) };
        self.shown = (range != all).then_some(range);
    }

    fn ruler_ui(&mut self, ui: &mut Ui, axis: Axis, pane: &mut Pane<'_>) {
        let app = pane.app;
        let size = Vec2::new(ui.available_width(), RULER);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Time ruler"));
        let colors = theme::colors(ui);
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, colors.lane);
        if let Some(range) = app.open.playback.loop_range {
            let loop_rect = Rect::from_x_y_ranges(
                axis.x_from_time(range.start)..=axis.x_from_time(range.end),
                rect.top()..=rect.bottom(),
            );
            let strength = if app.open.playback.looping { 0.45 } else { 0.15 };
            painter.rect_filled(loop_rect.intersect(rect), 0.0, colors.selection.gamma_multiply(strength));
        }
        ticks_ui(&painter, rect, axis, app.open.playback.range.start, colors);
        let frame_text = format!("{} {}", app.open.playback.times.len(), app.open.medium().samples());
        painter.text(
            rect.left_center() + Vec2::new(8.0, 0.0),
            egui::Align2::LEFT_CENTER,
            frame_text,
            egui::FontId::proportional(12.0),
            colors.dim,
        );
        let (shift, pressed) = ui.input(|i| (i.modifiers.shift, i.pointer.press_origin()));
        if let Some(pointer) = response.interact_pointer_pos() {
            let time = axis.time_from_x(pointer.x.max(axis.left));
            if response.drag_started() && shift {
                // Where the pointer went down, which may be far from where it is by now.
                self.loop_from = pressed.map(|at| axis.time_from_x(at.x.max(axis.left)));
            }
            if let Some(from) = self.loop_from {
                pane.commands
                    .push(Command::Play(PlayCommand::LoopRange(Some(TimeRange::between(from, time)))));
            } else if response.dragged() || response.clicked() {
                pane.commands.push(Command::Play(PlayCommand::Seek(time)));
            }
        }
        if response.drag_stopped() {
            self.loop_from = None;
        }
        if let Some(pointer) = response.hover_pos().filter(|at| at.x >= axis.left) {
            let text = (axis.time_from_x(pointer.x) - app.open.playback.range.start).to_string();
            response.on_hover_text_at_pointer(format!(
                "{text}  drag to seek, Shift-drag to loop, Ctrl-wheel to zoom"
            ));
        }
        playhead_ui(&painter, app, axis, colors.playhead, rect.top(), rect.bottom());
    }
}

/// A strip with its name on the left; returns the part that carries the time axis.
fn strip_ui(ui: &mut Ui, name: &str, height: f32, axis: Axis) -> (Rect, egui::Response) {
    let size = Vec2::new(ui.available_width(), height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let colors = theme::colors(ui);
    let part = Rect::from_min_max(
        Pos2::new(axis.left, rect.top()),
        Pos2::new(axis.left + axis.width, rect.bottom()),
    );
    ui.painter().rect_filled(part, 2.0, colors.lane);
    let font = egui::FontId::proportional(12.0);
    let mut job = egui::text::LayoutJob::simple_singleline(
        shown(&tail(name)).into_owned(),
        font,
        ui.visuals().text_color(),
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(NAMES - 20.0);
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = Pos2::new(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, colors.dim);
    (part, response)
}

/// The end of a long path inside a message, for that is what tells one from the other.
fn tail(name: &str) -> String {
    const FITS: usize = 18;
    let length = name.chars().count();
    if length <= FITS || !name.contains(['.', '/']) {
        return name.to_owned();
    }
    let end: String = name.chars().skip(length - FITS + 1).collect();
    format!("…{end}")
}

fn playhead_ui(painter: &Painter, app: &App, axis: Axis, color: egui::Color32, top: f32, bottom: f32) {
    let x = axis.x_from_time(app.open.playback.playhead);
    if x >= axis.left - 0.5 && x <= axis.left + axis.width + 0.5 {
        painter.line_segment([Pos2::new(x, top), Pos2::new(x, bottom)], egui::Stroke::new(1.5, color));
    }
}

fn seek_by_strip(response: &egui::Response, axis: Axis, commands: &mut Vec<Command>) {
    if (response.dragged_by(PointerButton::Primary) || response.clicked())
        && let Some(pointer) = response.interact_pointer_pos()
        && pointer.x >= axis.left
    {
        commands.push(Command::Play(PlayCommand::Seek(axis.time_from_x(pointer.x))));
    }
}

/// Room from which on the row of controls says more than the time.
const ROOMY: f32 = 640.0;
/// Width of the filter of tags.
const FILTER: f32 = 110.0;

/// Room from which on the wall clock stands beside the time.
const WIDE: f32 = 900.0;

fn transport_ui(ui: &mut Ui, clock: &mut Clock, pane: &mut Pane<'_>) {
    let app = pane.app;
    let playback = &app.open.playback;
    let room = ui.available_width();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let mut press = |ui: &mut Ui, icon: &str, title: &str, selected: bool, command: Command| {
            if icon_toggle_ui(ui, icon, title, &key_of(title), selected).clicked() {
                pane.commands.push(command);
            }
        };
        press(ui, icon::LEFT, "Previous frame", false, Command::Play(PlayCommand::Step(-1)));
        let play = if playback.playing { icon::PAUSE } else { icon::PLAY };
        press(ui, play, "Play or pause", playback.playing, Command::Play(PlayCommand::Toggle));
        press(ui, icon::RIGHT, "Next frame", false, Command::Play(PlayCommand::Step(1)));
        press(ui, icon::REPEAT, "Loop the range", playback.looping, Command::Play(PlayCommand::ToggleLoop));
        ui.add_space(8.0);
        clock.ui(ui, pane);
        let total = playback.range.span();
        // The controls at the right end come before what the views say too.
        if room > ROOMY {
            ui.label(RichText::new(format!("/ {total}")).monospace());
            ui.add_space(8.0);
            let sample = app.open.medium().sample();
            ui.label(RichText::new(format!("{sample} {}", playback.frame())).monospace());
        }
        if room > WIDE {
            ui.add_space(8.0);
            clock::wall_clock_ui(ui, pane);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut speed = playback.speed;
            let combo = egui::ComboBox::from_id_salt("speed")
                .width(64.0)
                .selected_text(format!("{speed}×"))
                .show_ui(ui, |ui| {
                    for choice in crate::app::replay::playback::SPEEDS {
                        ui.selectable_value(&mut speed, choice, format!("{choice}×"));
                    }
                });
            combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Speed"));
            if speed.to_bits() != playback.speed.to_bits() {
                pane.commands.push(Command::Play(PlayCommand::Speed(speed)));
            }
            let mut filter = app.open.labeling.filter.clone();
            let width = FILTER.min(ui.available_width() - 16.0).max(30.0);
            let edit = egui::TextEdit::singleline(&mut filter).hint_text("Filter tags").desired_width(width);
            let edit = ui.add(edit);
            edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter tags on the timeline"));
            if edit.changed() {
                pane.commands.push(Command::Label(LabelCommand::Filter(filter)));
            }
            if let Some(mark) = app.open.labeling.mark_in {
                let since = mark - playback.range.start;
                let text = format!("marking since {since}, O to end");
                let color = theme::colors(ui).warning;
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    name_label_ui(ui, RichText::new(text).color(color));
                });
            }
        });
    });
}

/// A tag with other ends, for a drag.
fn with_range(tag: &Tag, start: Time, end: Option<Time>) -> Command {
    Command::Label(LabelCommand::SetTag(Tag { start, end, ..tag.clone() }))
}
