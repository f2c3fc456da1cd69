//! A coverage-guided search beside a random baseline: the results of both, run by run.

use egui::{Align2, Color32, FontId, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::results::Found;
use crate::app::findings::results::{GuidedSearch, SearchProgress};
use crate::app::price::{PriceCommand, Work};
use crate::base::text::counted;
use crate::gui::forms::{button_ui, dim_ui, number_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};

/// Height of the drawing.
const HEIGHT: f32 = 170.0;
/// Room at the left and the right for numbers.
const MARGIN: f32 = 44.0;

/// The settings of a new search.
pub(super) fn settings_ui(ui: &mut Ui, ready: bool, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.add_space(8.0);
    section_ui(ui, "Search");
    let mut settings = app.open.findings.settings.clone();
    let mut tries = settings.tries as u64;
    number_ui(ui, "Budget", &mut tries, 1..=100_000, "runs, plus a random baseline with the same budget");
    settings.tries = tries as usize;
    if settings != app.open.findings.settings {
        pane.commands.push(Command::Findings(FindingsCommand::Settings(settings)));
    }
    ui.add_enabled_ui(ready, |ui| {
        let button = button_ui(ui, icon::SEARCH, "Coverage-guided search", "");
        let hint = "Stacks of any transforms: those that activate new neurons are mutated further (DeepTest)";
        if button.on_hover_text(hint).clicked() {
            pane.commands.push(Command::Price(PriceCommand::Ask(Work::Search)));
        }
        let search = app.open.findings.found.as_ref().and_then(|found| found.search.as_ref());
        if search.is_some_and(GuidedSearch::can_go_on) && button_ui(ui, icon::PLAY, "Continue", "").clicked()
        {
            pane.commands.push(Command::Price(PriceCommand::Ask(Work::SearchOn)));
        }
    });
}

/// Results of both searches so far.
pub(super) fn head_ui(ui: &mut Ui, found: &Found, search: &GuidedSearch) {
    let one = |name: &str, course: &SearchProgress| {
        let skipped =
            if course.skipped > 0 { format!(", {} not evaluated", course.skipped) } else { String::new() };
        format!(
            "{name}: {} failed in {}, on {} of {}{skipped}",
            course.found.len(),
            counted(course.tries, "run"),
            course.inputs,
            counted(found.inputs.len(), "frame")
        )
    };
    let colors = theme::colors(ui);
    ui.colored_label(colors.selection, one("Coverage-guided", &search.guided));
    ui.colored_label(colors.warning, one("Random", &search.random));
    if search.seen < found.inputs.len() {
        let text = format!("running on the original frames first: {} of {}", search.seen, found.inputs.len());
        dim_ui(ui, text);
        return;
    }
    let reached = search.growth.last().map_or(search.begun, |(_, share)| *share);
    dim_ui(
        ui,
        format!(
            "neurons activated: {:.1} % by the original frames, {:.1} % now; a measure of the search, \
             not of the model",
            100.0 * search.begun,
            100.0 * reached
        ),
    );
}

/// Failures by runs, for both searches, and the activated neurons.
pub(super) fn ui(ui: &mut Ui, search: &GuidedSearch) {
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let name = format!(
        "Failures found: {} coverage-guided, {} random",
        search.guided.found.len(),
        search.random.found.len()
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let colors = theme::colors(ui);
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 4.0, colors.lane);
    let plot = Rect::from_min_max(rect.min + Vec2::new(MARGIN, 24.0), rect.max - Vec2::new(MARGIN, 22.0));
    let most = search.guided.found.len().max(search.random.found.len()).max(4).next_multiple_of(2);
    let x = |tries: usize| plot.left() + tries as f32 / search.budget.max(1) as f32 * plot.width();
    let y = |count: usize| plot.bottom() - count as f32 / most as f32 * plot.height();
    let (small, text) = (FontId::monospace(11.0), ui.visuals().text_color());
    for part in 0..=2 {
        let at = plot.bottom() - part as f32 / 2.0 * plot.height();
        painter.hline(plot.x_range(), at, Stroke::new(1.0, colors.line));
        let left = Pos2::new(plot.left() - 6.0, at);
        painter.text(left, Align2::RIGHT_CENTER, (most * part / 2).to_string(), small.clone(), colors.dim);
        let right = Pos2::new(plot.right() + 6.0, at);
        let share = format!("{} %", 50 * part);
        painter.text(right, Align2::LEFT_CENTER, share, small.clone(), colors.dim);
    }
    let title = "Failures (left) and activated neurons (right) by runs";
    let at = rect.left_top() + Vec2::new(8.0, 4.0);
    painter.text(at, Align2::LEFT_TOP, title, FontId::proportional(12.0), text);
    for (tries, align) in [(0, Align2::LEFT_TOP), (search.budget, Align2::RIGHT_TOP)] {
        let at = Pos2::new(x(tries), plot.bottom() + 4.0);
        painter.text(at, align, tries.to_string(), small.clone(), colors.dim);
    }
    let mut covered = vec![(0, search.begun)];
    covered.extend(&search.growth);
    covered.push((search.guided.tries, covered.last().map_or(0.0, |(_, share)| *share)));
    let share = |share: f64| plot.bottom() - share as f32 * plot.height();
    let line: Vec<Pos2> = covered.iter().map(|(tries, on)| Pos2::new(x(*tries), share(*on))).collect();
    painter.extend(Shape::dashed_line(&line, Stroke::new(1.0, colors.dim), 4.0, 3.0));
    let course = |course: &SearchProgress, color: Color32| {
        let mut points = vec![Pos2::new(x(0), y(0))];
        for (before, tries) in course.found.iter().enumerate() {
            points.extend([Pos2::new(x(*tries), y(before)), Pos2::new(x(*tries), y(before + 1))]);
        }
        points.push(Pos2::new(x(course.tries), y(course.found.len())));
        painter.add(Shape::line(points, Stroke::new(2.0, color)));
    };
    course(&search.random, colors.warning);
    course(&search.guided, colors.selection);
}
