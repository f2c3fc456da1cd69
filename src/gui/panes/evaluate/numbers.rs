//! The numbers: at a glance, by class, who is taken for whom, and by slices of the data.

use egui::{
    Align2, Color32, FontId, Rect, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo,
};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Evaluated, ItemFilter};
use crate::app::jobs::JobKind;
use crate::app::table::entry::Page;
use crate::base::stats::Rate;
use crate::evaluation::intervals::Interval;
use crate::evaluation::slices::{Cut, Slice};
use crate::gui::forms::{chip_ui, dim_ui, name_label_ui, name_ui, row_with_end_ui, section_ui, short_job};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::cell;
use crate::gui::theme;
use crate::metrics::detection_errors::Outcome;

/// Side of a cell of the confusion matrix.
const CELL: f32 = 40.0;
/// Width of the names beside it.
const NAMES: f32 = 96.0;
/// Room for the name of a class or a slice.
const CLASS: f32 = 150.0;
/// More classes than this are shown with scrolling.
const ROWS_HIGH: f32 = 320.0;

pub(super) fn ui(ui: &mut Ui, result: &Evaluated, question: &mut String, pane: &mut Pane<'_>) {
    ui.add_space(6.0);
    let intervals = pane.app.open.evaluate.intervals.as_ref();
    let intervals = intervals.filter(|(number, _)| *number == result.number).map(|(_, intervals)| intervals);
    egui::Grid::new("summary").num_columns(3).spacing([16.0, 2.0]).show(ui, |ui| {
        for (name, value) in &result.summary {
            dim_ui(ui, name);
            ui.label(RichText::new(value).monospace().size(15.0));
            // Beside its number, so that nothing below moves when the intervals are there.
            if let Some(interval) = intervals.and_then(|all| all.iter().find(|one| is_of(one, name))) {
                let [low, high] = interval.ends;
                let text = RichText::new(format!("{low:.4} to {high:.4}")).monospace();
                ui.label(text).on_hover_text("95 % confidence interval");
            }
            ui.end_row();
        }
    });
    intervals_ui(ui, intervals.is_some(), pane);
    ui.add_space(6.0);
    rows_ui(ui, result);
    limits_ui(ui, result, pane);
    if result.confusion.len() > 1 {
        ui.add_space(6.0);
        confusion_ui(ui, result, pane);
    }
    ui.add_space(6.0);
    corners_ui(ui, result, pane.commands);
    slices_ui(ui, result, pane);
    asked_ui(ui, result, question, pane);
    // What has no row above.
    let other = |one: &&Interval| !result.summary.iter().any(|(name, _)| is_of(one, name));
    for one in intervals.into_iter().flatten().filter(other) {
        let text = format!("{}  {:.4}  ({:.4} to {:.4})", one.name, one.value, one.ends[0], one.ends[1]);
        name_label_ui(ui, RichText::new(text).monospace());
    }
}

/// True when an interval is that of a number in the summary.
fn is_of(interval: &Interval, name: &str) -> bool {
    interval.name.eq_ignore_ascii_case(name)
}

/// The button for the confidence intervals of the overall numbers; it keeps its place.
fn intervals_ui(ui: &mut Ui, there: bool, pane: &mut Pane<'_>) {
    let running = pane.app.jobs.is_running(JobKind::Intervals);
    ui.horizontal(|ui| {
        let button = ui.add_enabled(!there && !running, egui::Button::new("95 % confidence intervals"));
        if button
            .on_hover_text("Bootstrap over samples: how far the numbers would vary with other data")
            .clicked()
        {
            pane.commands.push(Command::Evaluate(EvaluateCommand::Intervals));
        }
        if running {
            ui.spinner();
        }
    });
}

fn rows_ui(ui: &mut Ui, result: &Evaluated) {
    if result.rows.is_empty() {
        return;
    }
    section_ui(ui, "By class");
    ScrollArea::horizontal().id_salt("rows").show(ui, |ui| {
        egui::Grid::new("rows").striped(true).spacing([12.0, 2.0]).show(ui, |ui| {
            dim_ui(ui, "");
            for head in &result.heads {
                dim_ui(ui, *head);
            }
            ui.end_row();
            for (name, values) in &result.rows {
                name_ui(ui, CLASS, name);
                for (at, value) in values.iter().enumerate() {
                    // The first number is a count.
                    let text = match value {
                        Some(value) if at == 0 => format!("{value:.0}"),
                        Some(value) => format!("{value:.3}"),
                        None => "–".to_owned(),
                    };
                    ui.label(RichText::new(text).monospace());
                }
                ui.end_row();
            }
        });
    });
}

/// The errors of numbers that count as right.
fn limits_ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
    if result.evaluation.limits.is_empty() {
        return;
    }
    section_ui(ui, "Largest errors that count as right");
    for (number, limit) in &result.evaluation.limits {
        let given = pane.app.open.evaluate.terms.limits.contains_key(number);
        let change = |ui: &mut Ui| {
            let name = format!("Limit of {number}");
            // What is dragged or typed is kept until it is let go.
            let id = ui.scope_id().with(&name);
            let mut now = ui.data(|data| data.get_temp::<f64>(id)).unwrap_or(*limit);
            let drag = egui::DragValue::new(&mut now).range(1e-9..=1e9).speed(limit * 0.02);
            let response = ui.add(drag.update_while_editing(false));
            response.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, &name));
            if response.drag_stopped() || response.lost_focus() {
                ui.data_mut(|data| data.remove::<f64>(id));
                if (now - limit).abs() > 0.0 {
                    let command = EvaluateCommand::Limit { number: number.clone(), limit: Some(now) };
                    pane.commands.push(Command::Evaluate(command));
                }
            } else if response.dragged() || response.has_focus() {
                ui.data_mut(|data| data.insert_temp(id, now));
            }
            if given && ui.button("Automatic").clicked() {
                pane.commands
                    .push(Command::Evaluate(EvaluateCommand::Limit { number: number.clone(), limit: None }));
            }
        };
        row_with_end_ui(ui, change, |ui| drop(name_label_ui(ui, number)));
    }
    dim_ui(ui, "By default half the standard deviation of the recorded values.");
}

/// A click on a cell shows its samples.
fn confusion_ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Confusion matrix");
    if pane.shared.take_page(&[(Page::Confusion, ())]).is_some() {
        ui.scroll_to_cursor(Some(egui::Align::TOP));
    }
    dim_ui(ui, "Rows: ground truth. Columns: prediction. Click a cell to show its samples.");
    let classes = &result.evaluation.classes;
    let rest = result.badly_placed.iter().any(|count| *count > 0);
    let (rows, matrix) = (result.confusion.len(), result.confusion.first().map_or(0, Vec::len));
    let columns = matrix + usize::from(rest);
    if rest {
        dim_ui(
            ui,
            "Loc.err: localization errors, objects with the right class and a wrong box, neither found nor missed.",
        );
    }
    let name = |at: usize, rest: &'static str| classes.get(at).map_or(rest, String::as_str);
    let high = (CELL * 0.7 * rows as f32 + 30.0).min(ROWS_HIGH);
    ScrollArea::both().id_salt("confusion").max_height(high).auto_shrink([false, true]).show(ui, |ui| {
        let size = Vec2::new(NAMES + CELL * columns as f32, 24.0 + CELL * 0.7 * rows as f32);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let (colors, ink, painter) = (theme::colors(ui), ui.visuals().text_color(), ui.painter_at(rect));
        let font = FontId::proportional(11.0);
        for column in 0..columns {
            let at = rect.min + Vec2::new(NAMES + CELL * (column as f32 + 0.5), 12.0);
            let whole = if column < matrix { name(column, "missed") } else { "loc.err" };
            let job = short_job(ui, RichText::new(whole).size(11.0).color(colors.dim), CELL, 1);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            painter.galley(at - galley.size() / 2.0, galley, colors.dim);
        }
        for (row, counts) in result.confusion.iter().enumerate() {
            let top = rect.top() + 24.0 + CELL * 0.7 * row as f32;
            let at = egui::pos2(rect.left() + NAMES - 6.0, top + CELL * 0.35);
            let text = RichText::new(name(row, "background")).size(11.0).color(ink);
            let job = short_job(ui, text, NAMES - 10.0, 1);
            let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
            painter.galley(at - Vec2::new(galley.size().x, galley.size().y / 2.0), galley, ink);
            // Background has no objects that could be.
            let beside = result.badly_placed.get(row).copied().unwrap_or(0);
            let counts: Vec<usize> = counts.iter().copied().chain(rest.then_some(beside)).collect();
            let all: usize = counts.iter().sum();
            for (column, count) in counts.iter().enumerate() {
                let left = rect.left() + NAMES + CELL * column as f32;
                let place =
                    Rect::from_min_size(egui::pos2(left, top), Vec2::new(CELL - 2.0, CELL * 0.7 - 2.0));
                if !ui.is_rect_visible(place) {
                    continue;
                }
                let share = if all > 0 { *count as f32 / all as f32 } else { 0.0 };
                let color = if row == column { colors.pass } else { colors.fail };
                painter.rect_filled(place, 2.0, colors.lane);
                painter.rect_filled(place, 2.0, color.gamma_multiply(share * 0.8));
                if *count > 0 {
                    let strong = if share > 0.5 { Color32::WHITE } else { ink };
                    painter.text(
                        place.center(),
                        Align2::CENTER_CENTER,
                        count.to_string(),
                        font.clone(),
                        strong,
                    );
                }
                let (truth, answer) = (name(row, ""), name(column, ""));
                let response = ui.interact(place, ui.scope_id().with(("cell", row, column)), Sense::click());
                let said = if column < matrix {
                    format!(
                        "{} predicted as {}: {count}",
                        name(row, "background"),
                        name(column, "background")
                    )
                } else {
                    format!("{} with a localization error: {count}", name(row, "background"))
                };
                response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
                if response.clicked() {
                    let now = &app.open.evaluate.filter;
                    let shown = if column < matrix {
                        cell(now, truth, answer)
                    } else {
                        ItemFilter { cell: None, outcome: Some(Outcome::BadlyPlaced), ..now.clone() }
                    };
                    pane.commands.push(Command::Evaluate(EvaluateCommand::Show(shown)));
                }
                response.on_hover_text(said);
            }
        }
    });
}

fn slices_ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
    let app = pane.app;
    if result.slices.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        section_ui(ui, "Worst slices, by");
        for cut in result.slices.keys() {
            if ui.selectable_label(app.open.evaluate.cut == *cut, cut.id()).clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Cut(*cut)));
            }
        }
    });
    let Some(parts) = result.slices.get(&app.open.evaluate.cut) else { return };
    let picked = parts_ui(ui, parts, |part| {
        app.open.evaluate.filter.slice.as_ref() == Some(&(app.open.evaluate.cut, part.name.clone()))
    });
    if let Some((part, chosen)) = picked {
        let slice: Option<(Cut, String)> = (!chosen).then(|| (app.open.evaluate.cut, part.name.clone()));
        let filter = ItemFilter { slice, ..app.open.evaluate.filter.clone() };
        pane.commands.push(Command::Evaluate(EvaluateCommand::Show(filter)));
    }
    if parts.iter().any(|part| !part.supported()) {
        dim_ui(ui, "Gray: too few samples");
    }
}

/// Slices worse than the whole, found automatically; a click shows their errors.
fn corners_ui(ui: &mut Ui, result: &Evaluated, commands: &mut Vec<Command>) {
    if result.corners.is_empty() {
        return;
    }
    section_ui(ui, "Slices worse than the rest");
    let area = ScrollArea::horizontal().id_salt("corners");
    area.show(ui, |ui| corner_rows_ui(ui, result, commands));
    ui.add_space(6.0);
}

fn corner_rows_ui(ui: &mut Ui, result: &Evaluated, commands: &mut Vec<Command>) {
    egui::Grid::new("corners").num_columns(3).striped(true).spacing([12.0, 2.0]).show(ui, |ui| {
        for head in ["", "recall", "excess misses"] {
            dim_ui(ui, head);
        }
        ui.end_row();
        for corner in &result.corners {
            if chip_ui(ui, corner.name(), false, CLASS, false).clicked() {
                let slices = corner.of.clone();
                let filter = ItemFilter {
                    slice: slices.first().cloned(),
                    and: slices.get(1).cloned(),
                    ..ItemFilter::default()
                };
                commands.push(Command::Evaluate(EvaluateCommand::Show(filter)));
            }
            let recall = &corner.recall;
            ui.label(RichText::new(format!("{:.3} of {}", recall.share(), recall.of)).monospace());
            ui.label(RichText::new(format!("{:.0}", corner.excess)).monospace());
            ui.end_row();
        }
    });
}

/// Slices by any query.
fn asked_ui(ui: &mut Ui, result: &Evaluated, question: &mut String, pane: &mut Pane<'_>) {
    let app = pane.app;
    if result.evaluation.items.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let label = ui.label("or by");
        let edit = TextEdit::singleline(question)
            .hint_text("speed, hour, area > 5000")
            .desired_width(220.0_f32.min(ui.available_width() - 8.0));
        let edit = ui.add(edit).labelled_by(label.id);
        if accepted(&edit) {
            pane.commands.push(Command::Evaluate(EvaluateCommand::Slices(question.trim().to_owned())));
        }
    });
    match &app.open.evaluate.asked {
        Some((_, Ok(parts))) => drop(parts_ui(ui, parts, |_| false)),
        Some((_, Err(problem))) => {
            drop(ui.label(RichText::new(problem.to_string()).color(theme::colors(ui).warning)));
        }
        None => {}
    }
}

/// One row per slice; returns the clicked one and whether it was selected before.
fn parts_ui<'a>(
    ui: &mut Ui,
    parts: &'a [Slice],
    chosen: impl Fn(&Slice) -> bool,
) -> Option<(&'a Slice, bool)> {
    let id = ui.next_auto_id();
    ScrollArea::horizontal().id_salt(id).show(ui, |ui| part_rows_ui(ui, id, parts, chosen)).inner
}

fn part_rows_ui<'a>(
    ui: &mut Ui,
    id: egui::Id,
    parts: &'a [Slice],
    chosen: impl Fn(&Slice) -> bool,
) -> Option<(&'a Slice, bool)> {
    let mut clicked = None;
    egui::Grid::new(id).num_columns(4).striped(true).spacing([12.0, 2.0]).show(ui, |ui| {
        for head in ["", "recall", "95 % interval", "precision"] {
            dim_ui(ui, head);
        }
        ui.end_row();
        for part in parts {
            let ink = if part.supported() { ui.visuals().text_color() } else { theme::colors(ui).dim };
            let chosen = chosen(part);
            if chip_ui(ui, RichText::new(&part.name).color(ink), chosen, CLASS, false).clicked() {
                clicked = Some((part, chosen));
            }
            let share = |rate: &Rate| {
                if rate.of > 0 { format!("{:.3} of {}", rate.share(), rate.of) } else { "–".to_owned() }
            };
            ui.label(RichText::new(share(&part.recall)).monospace().color(ink));
            let spread = if part.recall.of > 0 {
                format!("{:.2} to {:.2}", part.recall.low, part.recall.high)
            } else {
                String::new()
            };
            ui.label(RichText::new(spread).monospace().color(theme::colors(ui).dim));
            ui.label(RichText::new(share(&part.precision)).monospace().color(ink));
            ui.end_row();
        }
    });
    clicked
}
