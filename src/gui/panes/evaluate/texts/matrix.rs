//! The table of `CheckList`: capability by type and model, each cell with the highest failure rate of its tests.

use egui::{Align2, Color32, FontId, Pos2, Rect, RichText, Role, Sense, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::evaluate::texts::command::{TextCommand, TextLook};
use crate::app::evaluate::texts::state::TextCell;
use crate::base::stats::Rate;
use crate::base::text::counted;
use crate::behavior::report::{capabilities, told};
use crate::behavior::suite::TestKind;
use crate::gui::forms::{dim_ui, empty_ui, name_label_ui, name_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::texts::{part_ui, percent, push};
use crate::gui::theme;

/// Size of a cell, and room for the names of capabilities.
const CELL: Vec2 = Vec2::new(92.0, 46.0);
const NAME: f32 = 96.0;
/// Space between cells.
const GAP: f32 = 4.0;

pub(super) fn ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    let Some(suite) = texts.suite() else { return };
    part_ui(ui, "Failure rates", "highest of the tests, with its 95 % interval");
    if suite.tests.is_empty() {
        empty_ui(ui, "The suite has no test yet: write one in the template editor");
        return;
    }
    let models: Vec<Option<usize>> = match texts.columns().len() {
        0 => vec![None],
        count => (0..count).map(Some).collect(),
    };
    ui.spacing_mut().item_spacing = Vec2::splat(GAP);
    if models.len() > 1 {
        row_ui(ui, ("", theme::ROW), &models, |ui, model| {
            let name = model.map_or("", |at| texts.columns()[at].column.name.as_str());
            name_ui(ui, 3.0 * CELL.x + 2.0 * GAP, name);
        });
    }
    row_ui(ui, ("Capability", theme::ROW), &models, |ui, _| {
        for kind in TestKind::ALL {
            let layout = egui::Layout::centered_and_justified(egui::Direction::TopDown);
            ui.allocate_ui_with_layout(Vec2::new(CELL.x, theme::ROW), layout, |ui| {
                ui.label(RichText::new(kind.id()).strong()).on_hover_text(meaning(kind));
            });
        }
    });
    for (capability, tests) in capabilities(suite) {
        let name = if capability.is_empty() { "(none)" } else { capability };
        row_ui(ui, (name, CELL.y), &models, |ui, model| {
            for kind in TestKind::ALL {
                let count = tests.iter().filter(|test| suite.tests[**test].kind == kind).count();
                let worst = model.and_then(|at| texts.columns()[at].column.worst(suite, &tests, kind));
                let cell = TextCell { capability: capability.to_owned(), kind, column: model.unwrap_or(0) };
                let model = model.map_or("", |at| texts.columns()[at].column.name.as_str());
                cell_ui(ui, cell, (model, count), worst, pane);
            }
        });
    }
    ui.add_space(8.0);
    dim_ui(ui, "MFT minimum functionality · INV invariance · DIR directional expectation");
    if texts.columns().is_empty() && !pane.app.jobs.is_running(crate::app::jobs::JobKind::TextRun) {
        empty_ui(ui, "No model yet: add a model, or a file with its predictions, above");
    }
}

/// A row of the table: the name of its capability, and a part for each model.
fn row_ui(
    ui: &mut Ui,
    (name, height): (&str, f32),
    models: &[Option<usize>],
    mut add: impl FnMut(&mut Ui, Option<usize>),
) {
    ui.horizontal(|ui| {
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(Vec2::new(NAME, height), layout, |ui| {
            ui.set_min_size(Vec2::new(NAME, height));
            ui.set_max_width(NAME);
            name_label_ui(ui, name);
        });
        for model in models {
            add(ui, *model);
            ui.add_space(2.0 * GAP);
        }
    });
}

fn meaning(kind: TestKind) -> &'static str {
    match kind {
        TestKind::Mft => "Minimum functionality: sentences with a known class",
        TestKind::Inv => "Invariance: a change that must not matter",
        TestKind::Dir => "Directional expectation: a change that must move the prediction one way",
    }
}

fn cell_ui(
    ui: &mut Ui,
    cell: TextCell,
    (model, tests): (&str, usize),
    worst: Option<(Rate, usize)>,
    pane: &mut Pane<'_>,
) {
    if tests == 0 {
        ui.allocate_exact_size(CELL, Sense::hover());
        return;
    }
    let chosen = pane.app.open.evaluate.texts.cell.as_ref() == Some(&cell);
    let (rect, response) = ui.allocate_exact_size(CELL, Sense::click());
    let said = worst.map_or_else(|| "not judged".to_owned(), |(rate, _)| percent(rate.share()));
    let of = if model.is_empty() { String::new() } else { format!(" of {model}") };
    let name = format!("{} {}{of}: {said}", cell.capability, cell.kind.id());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &name));
    let (colors, ink) = (theme::colors(ui), ui.visuals().text_color());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    if let Some((rate, _)) = worst {
        let small = format!("{:.1} to {:.1}", rate.low * 100.0, rate.high * 100.0);
        text_ui(&painter, rect.center_top() + Vec2::new(0.0, 3.0), percent(rate.share()), 13.5, ink);
        text_ui(&painter, rect.center_top() + Vec2::new(0.0, 19.0), small, 11.0, ink);
        // A bar as long as the rate, with the ends of its interval.
        let lane = Rect::from_min_max(
            rect.left_bottom() + Vec2::new(5.0, -9.0),
            rect.right_bottom() - Vec2::new(5.0, 4.0),
        );
        let x = |share: f64| lane.left() + lane.width() * share as f32;
        painter.rect_filled(lane, 2.0, colors.line);
        let bar = Rect::from_min_max(lane.min, Pos2::new(x(rate.share()), lane.bottom()));
        painter.rect_filled(bar, 2.0, colors.fail);
        let y = lane.center().y;
        painter.line_segment([Pos2::new(x(rate.low), y), Pos2::new(x(rate.high), y)], Stroke::new(1.0, ink));
        for end in [rate.low, rate.high] {
            let tick = [Pos2::new(x(end), lane.top() - 1.0), Pos2::new(x(end), lane.bottom() + 1.0)];
            painter.line_segment(tick, Stroke::new(1.0, ink));
        }
    } else {
        text_ui(&painter, rect.center_top() + Vec2::new(0.0, 8.0), counted(tests, "test"), 12.0, colors.dim);
        text_ui(
            &painter,
            rect.center_top() + Vec2::new(0.0, 24.0),
            "not judged".to_owned(),
            11.0,
            colors.dim,
        );
    }
    if chosen || response.hovered() || response.has_focus() {
        let line = Stroke::new(if chosen { 2.0 } else { 1.0 }, colors.selection);
        painter.rect_stroke(rect, 4.0, line, egui::StrokeKind::Inside);
    }
    let clicked = response.clicked();
    let tip = worst.map_or_else(
        || format!("{}, none judged", counted(tests, "test")),
        |(rate, judged)| {
            format!("{}\nhighest of {} judged, {tests} in all", told(rate), counted(judged, "test"))
        },
    );
    response.on_hover_text(tip);
    if clicked {
        push(pane, TextCommand::Look(TextLook::Cell(cell)));
    }
}

fn text_ui(painter: &egui::Painter, at: Pos2, text: String, size: f32, ink: Color32) {
    painter.text(at, Align2::CENTER_TOP, text, FontId::monospace(size), ink);
}
