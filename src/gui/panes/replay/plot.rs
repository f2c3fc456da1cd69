//! Plots: several signals and formulas over time in one tile, by two axes, with their values at the pointer.

use std::collections::BTreeMap;

use egui::{
    Align2, Color32, DragAndDrop, FontId, PointerButton, Pos2, Rect, RichText, Role, Sense, Stroke, Ui,
    WidgetInfo,
};

use crate::app::command::Command;
use crate::app::replay::command::PlayCommand;
use crate::app::replay::open_clip::OpenClip;
use crate::app::replay::series::{Curve, HELP, SeriesError, signal_named};
use crate::app::replay::tiles::{PlotView, TileCommand};
use crate::base::text::short_number;
use crate::base::time::{Time, TimeRange, index_at};
use crate::data::clip::ChannelKind;
use crate::gui::forms::{double_clicked, icon_button_ui, name_label_ui};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::view::{Place, Subject, ViewKind, ViewPane};
use crate::gui::theme::{self, class_ink, icon};
use crate::gui::viewers::axis::{Axis, points, ticks_ui};

/// One tile for each plot that somebody opened.
pub(in crate::gui::panes) static KIND: ViewKind = ViewKind {
    id: "plot",
    title: "Plot",
    place: Place::Below,
    medium: None,
    fits: |clip| clip.opened.plots.iter().map(|plot| Subject::Opened(plot.number)).collect(),
    make: |_| Box::<Plots>::default(),
};

/// A signal that is dragged from the list of signals.
#[derive(Clone, Debug)]
pub(in crate::gui::panes) struct DraggedSignal(pub(in crate::gui::panes) String);

/// State of this pane between frames.
#[derive(Default)]
struct Plots {
    plots: BTreeMap<u32, State>,
}

/// State of one plot.
#[derive(Default)]
struct State {
    /// The part of the time that is shown; all of it when absent.
    shown: Option<TimeRange>,
    /// Start of a drag that zooms.
    zoom_from: Option<Time>,
    /// The time below the pointer when it was last drawn.
    hovered: Option<Time>,
    typed: String,
}

/// Room for the numbers beside the axes.
const NUMBERS: f32 = 54.0;
/// Height of the axis of time.
const TIMES: f32 = 18.0;
/// Room that a number needs between two lines.
const LINE: f32 = 34.0;
/// Signals listed below the field.
const LISTED: usize = 12;

impl ViewPane for Plots {
    fn ui(&mut self, ui: &mut Ui, subject: Subject, pane: &mut Pane<'_>) {
        let (Subject::Opened(number), Some(open)) = (subject, &pane.app.open.clip) else { return };
        let Some(plot) = open.opened.plots.iter().find(|plot| plot.number == number) else { return };
        let state = self.plots.entry(number).or_default();
        egui::Frame::new().inner_margin(6.0).show(ui, |ui| {
            let at = state.hovered.unwrap_or(pane.app.open.playback.playhead);
            header_ui(ui, open, plot, at, state, pane);
            state.hovered = chart_ui(ui, open, plot, state, pane);
        });
    }

    fn close(&self, number: u32) -> Option<Command> {
        Some(Command::Tiles(TileCommand::ClosePlot(number)))
    }

    fn forget(&mut self) {
        self.plots.clear();
    }
}

/// The curve of a text: a signal, or a formula; none while that is computed.
fn curve_of(open: &OpenClip, text: &str) -> Option<Result<Curve, SeriesError>> {
    if let Some(id) = signal_named(&*open.clip, text) {
        return Some(Ok(Curve { times: open.clip.times(id), values: open.clip.values(id) }));
    }
    open.formulas.known.get(text).cloned()
}

fn value_at(curve: &Curve, at: Time) -> Option<f64> {
    let known = curve.times.first().is_some_and(|first| *first <= at);
    curve.values.get(index_at(&curve.times, at)).copied().filter(|_| known)
}

/// The curves with their values, and the field for another one.
fn header_ui(
    ui: &mut Ui,
    open: &OpenClip,
    plot: &PlotView,
    at: Time,
    state: &mut State,
    pane: &mut Pane<'_>,
) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (text, right) in plot.series() {
            let value = match curve_of(open, text) {
                Some(Ok(curve)) => value_at(&curve, at).map_or_else(|| "–".to_owned(), short_number),
                Some(Err(problem)) => problem.to_string(),
                None => "computing…".to_owned(),
            };
            ui.horizontal(|ui| {
                ui.label(RichText::new("■").color(ink(ui, text)));
                ui.scope(|ui| {
                    ui.set_max_width(240.0_f32.min(ui.available_width()));
                    name_label_ui(ui, RichText::new(format!("{text} = {value}")).size(12.0));
                });
                let (sign, other) = if right { (icon::LEFT, "left") } else { (icon::RIGHT, "right") };
                if icon_button_ui(ui, sign, &format!("Move {text} to the axis on the {other}"), "").clicked()
                {
                    let (plot, text) = (plot.number, text.to_owned());
                    pane.commands.push(Command::Tiles(TileCommand::AddSeries { plot, text, right: !right }));
                }
                if icon_button_ui(ui, icon::CROSS, &format!("Remove {text}"), "").clicked() {
                    let (plot, text) = (plot.number, text.to_owned());
                    pane.commands.push(Command::Tiles(TileCommand::RemoveSeries { plot, text }));
                }
            });
        }
        let field = egui::TextEdit::singleline(&mut state.typed)
            .hint_text("signal or formula, Enter")
            .desired_width(170.0);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Signal or formula"));
        let add =
            |text: String| Command::Tiles(TileCommand::AddSeries { plot: plot.number, text, right: false });
        if accepted(&field) && !state.typed.trim().is_empty() {
            pane.commands.push(add(std::mem::take(&mut state.typed)));
        }
        let field = field.on_hover_text(HELP);
        let typed = state.typed.to_lowercase();
        let fits = |name: &&str| name.to_lowercase().contains(&typed);
        let names: Vec<&str> = open
            .info
            .of_kind(ChannelKind::Signal)
            .map(|(_, channel)| channel.name.as_str())
            .filter(fits)
            .collect();
        let mut chosen = None;
        egui::Popup::from_response(&field)
            .open(field.has_focus() && !names.is_empty())
            .close_behavior(egui::PopupCloseBehavior::IgnoreClicks)
            .show(|ui| {
                for name in names.iter().take(LISTED) {
                    if ui.selectable_label(false, crate::gui::scripts::shown(name)).clicked() {
                        chosen = Some((*name).to_owned());
                    }
                }
                if names.len() > LISTED {
                    ui.weak(format!("{} more, type to filter", names.len() - LISTED));
                }
            });
        if let Some(name) = chosen {
            state.typed.clear();
            pane.commands.push(add(name));
        }
    });
}

/// Color of a curve, the same as on the timeline.
fn ink(ui: &Ui, text: &str) -> Color32 {
    class_ink(ui, text)
}

/// Draws the curves; returns the time below the pointer.
fn chart_ui(
    ui: &mut Ui,
    open: &OpenClip,
    plot: &PlotView,
    state: &mut State,
    pane: &mut Pane<'_>,
) -> Option<Time> {
    let app = pane.app;
    let (rect, response) =
        ui.allocate_exact_size(ui.available_size().max(egui::vec2(60.0, 60.0)), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Chart of plot {}", plot.number)));
    if let Some(dropped) = response.dnd_release_payload::<DraggedSignal>() {
        let (plot, text, right) = (plot.number, dropped.0.clone(), false);
        pane.commands.push(Command::Tiles(TileCommand::AddSeries { plot, text, right }));
    }
    let colors = theme::colors(ui);
    let right_numbers = if plot.right.is_empty() { 8.0 } else { NUMBERS };
    let part = Rect::from_min_max(
        rect.left_top() + egui::vec2(NUMBERS, 4.0),
        rect.right_bottom() - egui::vec2(right_numbers, TIMES),
    );
    let painter = ui.painter_at(rect);
    painter.rect_filled(part, 2.0, colors.lane);
    if DragAndDrop::has_payload_of_type::<DraggedSignal>(ui.ctx()) && response.contains_pointer() {
        painter.rect_stroke(part, 2.0, Stroke::new(2.0, colors.selection), egui::StrokeKind::Inside);
    }
    let all = app.open.playback.range;
    let axis = Axis { range: state.shown.unwrap_or(all), left: part.left(), width: part.width().max(1.0) };
    if plot.left.is_empty() && plot.right.is_empty() {
        let text = "Drag a signal here from the list on the left, or type its name above";
        painter.text(part.center(), Align2::CENTER_CENTER, text, FontId::proportional(13.0), colors.dim);
    }
    for right in [false, true] {
        let texts = if right { &plot.right } else { &plot.left };
        let curves: Vec<(&String, Curve)> =
            texts.iter().filter_map(|text| Some((text, curve_of(open, text)?.ok()?))).collect();
        side_ui(ui, &curves, axis, part, right);
    }
    let times = Rect::from_min_max(Pos2::new(part.left(), part.bottom()), rect.right_bottom());
    ticks_ui(&painter, times, axis, all.start, colors);
    let playhead = axis.x_from_time(app.open.playback.playhead);
    if (part.left()..=part.right()).contains(&playhead) {
        painter.vline(playhead, part.y_range(), Stroke::new(1.5, colors.playhead));
    }
    zoom(ui, &response, axis, part, all, state);
    let pointer = response.hover_pos().filter(|at| part.contains(*at))?;
    painter.vline(pointer.x, part.y_range(), Stroke::new(1.0, colors.dim));
    let at = axis.time_from_x(pointer.x);
    if response.clicked() {
        pane.commands.push(Command::Play(PlayCommand::Seek(at)));
    }
    Some(at)
}

/// The curves of one axis, with its numbers.
fn side_ui(ui: &Ui, curves: &[(&String, Curve)], axis: Axis, part: Rect, right: bool) {
    let sight = axis.range;
    let cut = |curve: &Curve| {
        let from = curve.times.partition_point(|time| *time < sight.start).saturating_sub(1);
        let to = (curve.times.partition_point(|time| *time <= sight.end) + 1)
            .min(curve.times.len())
            .min(curve.values.len());
        from.min(to)..to
    };
    let (mut low, mut high) = (f64::MAX, f64::MIN);
    for (_, curve) in curves {
        for value in curve.values[cut(curve)].iter().filter(|value| value.is_finite()) {
            (low, high) = (low.min(*value), high.max(*value));
        }
    }
    if low > high {
        return;
    }
    let margin = if high > low { (high - low) * 0.05 } else { low.abs().max(1.0) * 0.5 };
    (low, high) = (low - margin, high + margin);
    let y = |value: f64| part.bottom() - ((value - low) / (high - low)) as f32 * part.height();
    let colors = theme::colors(ui);
    let step = nice((high - low) / f64::from((part.height() / LINE).max(1.0)));
    let lines = (low / step).ceil() as i64..=(high / step).floor() as i64;
    for value in lines.map(|line| line as f64 * step) {
        let at = y(value);
        if !right {
            ui.painter().hline(part.x_range(), at, Stroke::new(0.5, colors.dim.gamma_multiply(0.4)));
        }
        let (place, align) = if right {
            (Pos2::new(part.right() + 5.0, at), Align2::LEFT_CENTER)
        } else {
            (Pos2::new(part.left() - 5.0, at), Align2::RIGHT_CENTER)
        };
        ui.painter().text(place, align, short_number(value), FontId::monospace(11.0), colors.dim);
    }
    let painter = ui.painter_at(part);
    for (text, curve) in curves {
        let range = cut(curve);
        let line = points(&curve.times[range.clone()], &curve.values[range], axis, y);
        let stroke = Stroke::new(1.5, ink(ui, text));
        if let [only] = line.as_slice() {
            painter.circle_filled(*only, 2.0, stroke.color);
        } else if right {
            painter.extend(egui::Shape::dashed_line(&line, stroke, 6.0, 3.0));
        } else {
            painter.add(egui::Shape::line(line, stroke));
        }
    }
}

/// The step of 1, 2 or 5 times a power of ten that is not below `least`.
fn nice(least: f64) -> f64 {
    let power = 10.0_f64.powf(least.max(1e-300).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|times| times * power)
        .find(|step| *step >= least * 0.999)
        .unwrap_or(least)
}

/// A drag shows that part of the time alone, Ctrl and the wheel zoom at the pointer, a double click shows all.
fn zoom(ui: &Ui, response: &egui::Response, axis: Axis, part: Rect, all: TimeRange, state: &mut State) {
    if double_clicked(response) {
        (state.shown, state.zoom_from) = (None, None);
        return;
    }
    let mut show = |range: TimeRange| {
        let range = TimeRange { start: all.clamp(range.start), end: all.clamp(range.end) };
        state.shown = (range != all && range.start < range.end).then_some(range);
    };
    if let Some(pointer) = response.hover_pos() {
        let factor = f64::from(ui.input(egui::InputState::zoom_delta));
        if (factor - 1.0).abs() > 1e-4 {
            let at = axis.time_from_x(pointer.x);
            let around = |time: Time| Time(at.0 + ((time - at).0 as f64 / factor) as i64);
            show(TimeRange { start: around(axis.range.start), end: around(axis.range.end) });
        }
    }
    if response.drag_started_by(PointerButton::Primary) {
        let origin = ui.input(|input| input.pointer.press_origin());
        state.zoom_from = origin.filter(|at| part.contains(*at)).map(|at| axis.time_from_x(at.x));
    }
    let (Some(from), Some(pointer)) = (state.zoom_from, response.interact_pointer_pos()) else { return };
    let to = axis.time_from_x(pointer.x.clamp(part.left(), part.right()));
    let range = TimeRange::between(from, to);
    let shade =
        Rect::from_x_y_ranges(axis.x_from_time(range.start)..=axis.x_from_time(range.end), part.y_range());
    ui.painter_at(part).rect_filled(shade, 0.0, theme::colors(ui).selection.gamma_multiply(0.35));
    if response.drag_stopped() {
        state.zoom_from = None;
        if range.span().0 as f64 > 4.0 * axis.nanos_per_point() {
            state.shown = Some(range);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::nice;

    #[test]
    fn steps_between_lines_are_round_numbers() {
        for (least, expected) in [(0.3, 0.5), (1.0, 1.0), (1.1, 2.0), (0.021, 0.05), (700.0, 1000.0)] {
            assert!((nice(least) - expected).abs() < 1e-9 * expected, "{least}: {}", nice(least));
        }
    }
}
