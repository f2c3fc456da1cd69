//! Failure rates: a curve with its interval for one parameter, a map for two, a row for each of many.

use egui::{Align2, Color32, FontId, Pos2, Rect, Role, ScrollArea, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::results::{Found, ViolationFilter};
use crate::base::text::short_number;
use crate::gui::pane::Pane;
use crate::gui::panes::findings::settings::in_words;
use crate::gui::theme;
use crate::search::sweep::errors::{EPSILONS, ErrorMap, LAMBDAS};
use crate::search::sweep::plan::{Design, Plan};
use crate::search::sweep::summary::Tally;

/// Height of this part.
const HEIGHT: f32 = 190.0;
/// Height of a row of many parameters.
const ROW: f32 = 22.0;
/// Room for the names of parameters.
const NAMES: f32 = 180.0;

pub(super) fn ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    if let Some(map) = found.summary.models.first().and_then(|model| model.errors.map()) {
        let id = egui::Id::unique("error map");
        let mut shown = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
        ui.horizontal(|ui| {
            for (wanted, name) in [(false, "Rates"), (true, "Lambda and epsilon")] {
                if ui.add(egui::Button::new(name).selected(shown == wanted)).clicked() {
                    shown = wanted;
                }
            }
        });
        ui.data_mut(|data| data.insert_temp(id, shown));
        if shown {
            error_map_ui(ui, &map);
            return;
        }
    }
    match (found.plan.axes.len(), found.plan.design) {
        (0, _) => {}
        (1, _) => curve_ui(ui, found, pane),
        (2, Design::Grid) => map_ui(ui, found, pane),
        _ => rows_ui(ui, found, pane),
    }
}

/// Show only failures at these positions of these axes; all again if it was so already.
fn choose(at: Vec<(usize, usize)>, pane: &mut Pane<'_>) {
    let app = pane.app;
    let at = if app.open.findings.filter.at == at { Vec::new() } else { at };
    let filter = ViolationFilter { at, ..app.open.findings.filter.clone() };
    pane.commands.push(Command::Findings(FindingsCommand::Filter(filter)));
}

/// Counts of predictions with more than lambda times the usual error, of variants with about the usual error: Tian et
/// al., "`DeepTest`", ICSE 2018.
fn error_map_ui(ui: &mut Ui, map: &ErrorMap) {
    let text = format!(
        "Usual squared error against the human driver: {:.5}. Rows: variants with a mean error within epsilon of it. \
         Columns: predictions with an error of more than lambda times it.",
        map.usual
    );
    ui.add(egui::Label::new(egui::RichText::new(text).size(12.0)).wrap());
    egui::Grid::new("errors").spacing([2.0, 2.0]).show(ui, |ui| {
        ui.label("epsilon");
        for lambda in LAMBDAS {
            ui.label(format!("λ {lambda}"));
        }
        ui.end_row();
        for ((epsilon, row), answers) in EPSILONS.iter().zip(&map.counts).zip(&map.answers) {
            ui.label(format!("{epsilon}"));
            for (lambda, count) in LAMBDAS.iter().zip(row) {
                let tally = Tally { failed: *count, judged: *answers, skipped: 0 };
                let (rect, response) = ui.allocate_exact_size(Vec2::new(52.0, 22.0), Sense::hover());
                let ground = heat(ui, tally);
                ui.painter().rect_filled(rect, 2.0, ground);
                let font = FontId::monospace(11.0);
                ui.painter().text(rect.center(), Align2::CENTER_CENTER, count.to_string(), font, ink(ground));
                let name =
                    format!("epsilon {epsilon}, lambda {lambda}: {count} of {answers} predictions exceed it");
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
                response.on_hover_text(name);
            }
            ui.end_row();
        }
    });
}

/// From the ground to the color of a failure.
fn heat(ui: &Ui, tally: Tally) -> Color32 {
    let colors = theme::colors(ui);
    if tally.judged == 0 {
        return colors.lane;
    }
    let part = tally.rate().share() as f32;
    let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part) as u8;
    let (from, to) = (colors.lane, colors.fail);
    Color32::from_rgb(mix(from.r(), to.r()), mix(from.g(), to.g()), mix(from.b(), to.b()))
}

/// Dark letters on light ground and the other way round.
fn ink(ground: Color32) -> Color32 {
    let light = 2 * u32::from(ground.r()) + 5 * u32::from(ground.g()) + u32::from(ground.b());
    if light > 8 * 120 { Color32::from_rgb(20, 20, 24) } else { Color32::from_rgb(240, 240, 244) }
}

/// One field of a map: its rate as color and as a number.
fn cell_ui(ui: &Ui, rect: Rect, id: egui::Id, name: &str, tally: Tally, chosen: bool) -> egui::Response {
    let response = ui.interact(rect, id, Sense::click());
    let ground = heat(ui, tally);
    let painter = ui.painter();
    painter.rect_filled(rect, 2.0, ground);
    if chosen || response.hovered() {
        let stroke = Stroke::new(2.0, theme::colors(ui).selection);
        painter.rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }
    let text =
        if tally.judged == 0 { "–".to_owned() } else { format!("{:.0} %", 100.0 * tally.rate().share()) };
    if rect.width() > 34.0 && rect.height() > 13.0 {
        painter.text(rect.center(), Align2::CENTER_CENTER, text, FontId::monospace(11.0), ink(ground));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(format!("{name}\n{}", in_words(tally)))
}

/// One row for each parameter, one field for each of its values.
fn rows_ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    let app = pane.app;
    let plan = &found.plan;
    // The worst first, so that the top of the list is what matters.
    let mut rows: Vec<(usize, Vec<(f64, Tally)>)> = (0..plan.axes.len())
        .map(|axis| (axis, found.summary.along(0, axis, plan, &found.variants)))
        .collect();
    let failed = |row: &[(f64, Tally)]| {
        let (failed, judged) = row.iter().fold((0, 0), |sum, (_, t)| (sum.0 + t.failed, sum.1 + t.judged));
        failed as f64 / f64::from(judged.max(1) as u32)
    };
    rows.sort_by(|a, b| failed(&b.1).total_cmp(&failed(&a.1)).then(a.0.cmp(&b.0)));
    let most = rows.iter().map(|(_, values)| values.len()).max().unwrap_or(0).max(1);
    header_ui(ui, plan, most);
    let whole = plan.design == Design::OneAtATime;
    ScrollArea::vertical().id_salt("rates").max_height(HEIGHT - ROW).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        rows.len(),
        |ui, visible| {
            for (axis, values) in rows.get(visible).unwrap_or_default() {
                let (line, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), Sense::hover());
                let of = &plan.axes[*axis];
                let title =
                    plan.kind_of(&found.catalog, of).map_or_else(String::new, |kind| kind.title.to_owned());
                ui.painter().with_clip_rect(line).text(
                    line.left_center() + Vec2::new(2.0, 0.0),
                    Align2::LEFT_CENTER,
                    &title,
                    FontId::proportional(13.0),
                    ui.visuals().text_color(),
                );
                let width = ((line.width() - NAMES) / most as f32).min(110.0);
                for (at, (value, tally)) in values.iter().enumerate() {
                    // A parameter with few values has gaps, so that a column is the same severity for all.
                    let last = values.len().saturating_sub(1).max(1);
                    let column = if whole { (at * (most - 1) + last / 2) / last } else { at };
                    let rect = Rect::from_min_size(
                        Pos2::new(line.left() + NAMES + column as f32 * width, line.top() + 1.0),
                        Vec2::new(width - 2.0, ROW - 2.0),
                    );
                    let unit = of.spec(&found.catalog, &plan.stack).map_or("", |spec| spec.unit);
                    let name = format!("{title} {} {unit}", short_number(*value));
                    let here = vec![(*axis, at)];
                    let chosen = app.open.findings.filter.at == here;
                    if cell_ui(ui, rect, ui.scope_id().with((axis, at)), &name, *tally, chosen).clicked() {
                        choose(here, pane);
                    }
                }
            }
        },
    );
}

/// Meaning of the columns: parts of the way from the weakest to the strongest values.
fn header_ui(ui: &mut Ui, plan: &Plan, columns: usize) {
    let (line, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW - 4.0), Sense::hover());
    let (font, dim) = (FontId::proportional(12.0), theme::colors(ui).dim);
    let whole = plan.design == Design::OneAtATime;
    let title = if whole { "failures by severity" } else { "failures by value, weakest to strongest" };
    let at = line.left_center() + Vec2::new(2.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, title, font.clone(), dim);
    let width = ((line.width() - NAMES) / columns as f32).min(110.0);
    for column in (0..columns).filter(|_| whole && columns > 1) {
        let part = column as f64 / (columns - 1) as f64;
        let at = Pos2::new(line.left() + NAMES + (column as f32 + 0.5) * width - 1.0, line.center().y);
        ui.painter().text(at, Align2::CENTER_CENTER, short_number(part), font.clone(), dim);
    }
}

/// Two parameters against each other.
fn map_ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    let app = pane.app;
    let plan = &found.plan;
    let [down, across] = plan.axes.as_slice() else { return };
    let (rows, columns) = (down.values.len(), across.values.len());
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::hover());
    let plot = Rect::from_min_max(rect.min + Vec2::new(NAMES, 4.0), rect.max - Vec2::new(8.0, 36.0));
    let size = Vec2::new((plot.width() / columns as f32).min(110.0), plot.height() / rows as f32);
    let title = |axis| plan.kind_of(&found.catalog, axis).map_or("", |kind| kind.title);
    let colors = theme::colors(ui);
    let place = |row: usize, column: usize| {
        // The strongest on top, as on a graph.
        let at = plot.min + Vec2::new(column as f32 * size.x, (rows - 1 - row) as f32 * size.y);
        Rect::from_min_size(at, size - Vec2::splat(2.0))
    };
    let tallies = found.summary.models.first().map_or(&[][..], |model| &model.variants);
    for row in 0..rows {
        for column in 0..columns {
            let mut sum = Tally::default();
            let here = [down.values[row], across.values[column]];
            for (variant, tally) in found.variants.iter().zip(tallies) {
                if variant.values.iter().zip(here).all(|(a, b)| (a - b).abs() < 1e-9) {
                    sum.failed += tally.failed;
                    sum.judged += tally.judged;
                    sum.skipped += tally.skipped;
                }
            }
            let name = format!(
                "{} {}, {} {}",
                title(down),
                short_number(here[0]),
                title(across),
                short_number(here[1])
            );
            let both = vec![(0, row), (1, column)];
            let chosen = app.open.findings.filter.at == both;
            let id = ui.scope_id().with((row, column));
            if cell_ui(ui, place(row, column), id, &name, sum, chosen).clicked() {
                choose(both, pane);
            }
        }
    }
    let (font, painter) = (FontId::monospace(11.0), ui.painter());
    for (row, value) in down.values.iter().enumerate() {
        let at = place(row, 0).left_center() - Vec2::new(6.0, 0.0);
        painter.text(at, Align2::RIGHT_CENTER, short_number(*value), font.clone(), colors.dim);
    }
    for (column, value) in across.values.iter().enumerate() {
        let at = place(0, column).center_bottom() + Vec2::new(0.0, 3.0);
        painter.text(at, Align2::CENTER_TOP, short_number(*value), font.clone(), colors.dim);
    }
    let ink = ui.visuals().text_color();
    let name = FontId::proportional(13.0);
    painter.text(rect.left_center(), Align2::LEFT_CENTER, title(down), name.clone(), ink);
    painter.text(plot.left_bottom() + Vec2::new(0.0, 18.0), Align2::LEFT_TOP, title(across), name, ink);
}

/// The rate by one parameter, with its interval.
fn curve_ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    let app = pane.app;
    let plan = &found.plan;
    let Some(axis) = plan.axes.first() else { return };
    let points = found.summary.along(0, 0, plan, &found.variants);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Failures by severity"));
    let colors = theme::colors(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    let plot = Rect::from_min_max(rect.min + Vec2::new(52.0, 24.0), rect.max - Vec2::new(16.0, 24.0));
    let (low, high) = (axis.values.first().copied(), axis.values.last().copied());
    let (Some(low), Some(high)) = (low, high) else { return };
    let span = if (high - low).abs() > 0.0 { high - low } else { 1.0 };
    let x = |value: f64| plot.left() + ((value - low) / span) as f32 * plot.width();
    let y = |share: f64| plot.bottom() - share as f32 * plot.height();
    let font = FontId::monospace(11.0);
    for level in [0.0, 0.5, 1.0] {
        let ends = [Pos2::new(plot.left(), y(level)), Pos2::new(plot.right(), y(level))];
        painter.line_segment(ends, Stroke::new(1.0, colors.line));
        let at = Pos2::new(plot.left() - 6.0, y(level));
        painter.text(at, Align2::RIGHT_CENTER, format!("{:.0} %", level * 100.0), font.clone(), colors.dim);
    }
    let (spec, kind) = (axis.spec(&found.catalog, &plan.stack), plan.kind_of(&found.catalog, axis));
    let unit = spec.map_or("", |spec| spec.unit);
    let title = format!("Failures by {}", kind.map_or("", |kind| kind.title).to_lowercase());
    let at = rect.left_top() + Vec2::new(8.0, 4.0);
    painter.text(at, Align2::LEFT_TOP, title, FontId::proportional(12.0), ui.visuals().text_color());
    for (value, align) in [(low, Align2::LEFT_TOP), (high, Align2::RIGHT_TOP)] {
        let at = Pos2::new(x(value), plot.bottom() + 5.0);
        painter.text(at, align, format!("{} {unit}", short_number(value)), font.clone(), colors.dim);
    }
    let judged: Vec<&(f64, Tally)> = points.iter().filter(|(_, tally)| tally.judged > 0).collect();
    for pair in judged.windows(2) {
        let [(a, left), (b, right)] = pair else { continue };
        let (left, right) = (left.rate(), right.rate());
        let corners = vec![
            Pos2::new(x(*a), y(left.low)),
            Pos2::new(x(*a), y(left.high)),
            Pos2::new(x(*b), y(right.high)),
            Pos2::new(x(*b), y(right.low)),
        ];
        let fill = colors.fail.gamma_multiply(0.25);
        painter.add(egui::Shape::convex_polygon(corners, fill, Stroke::NONE));
        let line = [Pos2::new(x(*a), y(left.share())), Pos2::new(x(*b), y(right.share()))];
        painter.line_segment(line, Stroke::new(2.0, colors.fail));
    }
    let nearest = |at: Pos2| {
        let all = points.iter().enumerate();
        all.min_by(|a, b| (x(a.1.0) - at.x).abs().total_cmp(&(x(b.1.0) - at.x).abs())).map(|(i, _)| i)
    };
    for (at, (value, tally)) in points.iter().enumerate().filter(|(_, (_, tally))| tally.judged > 0) {
        let chosen = app.open.findings.filter.at == [(0, at)];
        let color = if chosen { colors.selection } else { colors.fail };
        let center = Pos2::new(x(*value), y(tally.rate().share()));
        painter.circle_filled(center, if chosen { 6.0 } else { 4.0 }, color);
    }
    if response.clicked()
        && let Some(at) = response.interact_pointer_pos().and_then(nearest)
    {
        choose(vec![(0, at)], pane);
    }
    if let Some(at) = response.hover_pos().and_then(nearest)
        && let Some((value, tally)) = points.get(at)
    {
        response.on_hover_text_at_pointer(format!("{} {unit}: {}", short_number(*value), in_words(*tally)));
    }
}
