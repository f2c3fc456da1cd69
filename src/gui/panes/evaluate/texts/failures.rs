//! Tests of the selected cell, and the failing sentences of the selected test.

use egui::{Color32, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::evaluate::texts::command::{TextCommand, TextLook};
use crate::app::evaluate::texts::state::{FailureFilter, TextColumn};
use crate::base::text::grouped;
use crate::behavior::outcome::{Outcome, Verdict};
use crate::behavior::report::{Shown, expectation_text, told};
use crate::behavior::suite::{Suite, Test, TestKind};
use crate::gui::forms::{chip_ui, combo_ui, empty_ui, name_label_ui, row_with_end_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::evaluate::texts::{part_ui, percent, push};
use crate::gui::theme::{self, ROW, icon};

/// Height of the list of tests at most.
const TESTS: f32 = 150.0;
/// Room for a prediction.
const PREDICTION: f32 = 170.0;

/// State of the lists between frames.
#[derive(Default)]
pub(super) struct Failures {
    /// The failed case that was scrolled to.
    seen: Option<usize>,
    /// The test that was scrolled to.
    seen_test: Option<usize>,
}

impl Failures {
    pub(super) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let texts = &pane.app.open.evaluate.texts;
        let (Some(suite), Some(cell)) = (texts.suite().cloned(), texts.cell.clone()) else {
            empty_ui(ui, "Select a cell of the table to see its tests and the sentences that fail");
            return;
        };
        let column = texts.column().cloned();
        let model = column.as_ref().map_or("no model yet", |column| column.column.name.as_str()).to_owned();
        part_ui(ui, &format!("{} · {}", cell.capability, cell.kind.id()), &model);
        ScrollArea::vertical().id_salt("tests").max_height(TESTS).auto_shrink([false, true]).show(ui, |ui| {
            for at in texts.tests() {
                let row = ui.scope(|ui| test_ui(ui, (&suite, at), column.as_ref(), pane)).response;
                if texts.test == Some(at) && self.seen_test != texts.test {
                    row.scroll_to_me(None);
                }
            }
        });
        self.seen_test = texts.test;
        ui.separator();
        let Some(test) = texts.selected() else { return };
        let outcome = texts.test.zip(column.as_ref()).and_then(|(at, column)| column.column.outcomes.get(at));
        about_ui(ui, (&suite, test), outcome);
        let Some(column) = column else { return };
        filter_ui(ui, pane);
        self.list_ui(ui, (&suite, test), &column, pane);
    }

    /// The failing sentences, those that fail most first.
    fn list_ui(
        &mut self,
        ui: &mut Ui,
        (suite, test): (&Suite, &Test),
        column: &TextColumn,
        pane: &mut Pane<'_>,
    ) {
        let texts = &pane.app.open.evaluate.texts;
        let (all, shown, now) = (texts.failures(), texts.shown(), texts.failure);
        if shown.is_empty() {
            let judged = texts.test.and_then(|test| column.column.outcomes.get(test)?.failed());
            empty_ui(
                ui,
                match (judged, all.is_empty()) {
                    (Some(_), true) => "No sentence fails",
                    (Some(_), false) => "No failing sentence has these words",
                    (None, _) => "The test was not judged",
                },
            );
            return;
        }
        let pair = test.kind != TestKind::Mft;
        let height = if pair { 2.0 * ROW + 2.0 } else { ROW };
        let mut area = ScrollArea::vertical().id_salt("failing sentences").auto_shrink([false, false]);
        if now != self.seen {
            self.seen = now;
            if let Some(at) = now {
                let step = height + ui.spacing().item_spacing.y;
                area = area.vertical_scroll_offset((at as f32 * step - ui.available_height() / 2.0).max(0.0));
            }
        }
        area.show_rows(ui, height, shown.len(), |ui, rows| {
            for at in rows {
                let Some(failure) = all.get(shown[at]) else { continue };
                let examples = column.column.shown(suite, test, failure);
                failure_ui(ui, (at, height), (now == Some(at), failure.value), &examples, pane);
            }
        });
    }
}

/// A test of the cell: its name, its rate and its verdict.
fn test_ui(ui: &mut Ui, (suite, at): (&Suite, usize), column: Option<&TextColumn>, pane: &mut Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    let test = &suite.tests[at];
    let outcome = column.and_then(|column| column.column.outcomes.get(at));
    let limit = test.max_failure_rate.or(texts.limit);
    let chosen = texts.test == Some(at);
    let colors = theme::colors(ui);
    let end = |ui: &mut Ui| {
        let verdict = outcome.map(|outcome| outcome.verdict(limit));
        let (mark, color) = match verdict {
            Some(Verdict::Pass) => (icon::PASS, colors.pass),
            Some(Verdict::Fail) => (icon::FAIL, colors.fail),
            Some(Verdict::Skip) => (icon::SKIP, colors.skip),
            Some(Verdict::NoLimit) | None => ("", colors.dim),
        };
        ui.allocate_ui_with_layout(
            egui::vec2(18.0, ROW),
            egui::Layout::left_to_right(egui::Align::Center),
            |ui| {
                let tip = match (verdict, limit) {
                    (Some(verdict), Some(limit)) => {
                        format!("{}: the limit is {}", verdict.word(), percent(limit))
                    }
                    (Some(verdict), None) => verdict.word().to_owned(),
                    (None, _) => String::new(),
                };
                ui.label(RichText::new(mark).color(color)).on_hover_text(tip);
            },
        );
        let rate = match outcome {
            Some(Outcome::Judged { failed, .. }) if failed.of > 0 => told(*failed),
            Some(Outcome::Judged { .. }) => "no case counts".to_owned(),
            Some(Outcome::NotJudged(_)) => "not judged".to_owned(),
            None => format!("{} cases", grouped(test.cases.len())),
        };
        ui.label(RichText::new(rate).size(12.0));
    };
    row_with_end_ui(ui, end, |ui| {
        let room = ui.available_width();
        if chip_ui(ui, test.name.as_str(), chosen, room, false).clicked() {
            push(pane, TextCommand::Look(TextLook::Test(at)));
        }
    });
}

/// The expectation of the test, or why it was not judged.
fn about_ui(ui: &mut Ui, (suite, test): (&Suite, &Test), outcome: Option<&Outcome>) {
    if !test.description.is_empty() {
        ui.add(egui::Label::new(test.description.as_str()).wrap());
    }
    let expected = expectation_text(suite, test).unwrap_or_else(|| "no expectation".to_owned());
    let limit = test.max_failure_rate.map(|limit| format!("; at most {} may fail", percent(limit)));
    ui.add(
        egui::Label::new(
            RichText::new(format!("Expectation: {expected}{}", limit.unwrap_or_default())).size(12.0),
        )
        .wrap(),
    );
    if let Some(Outcome::NotJudged(why)) = outcome {
        let text = RichText::new(format!("Not judged: {why}")).color(theme::colors(ui).warning);
        ui.add(egui::Label::new(text).wrap());
    }
}

fn filter_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let texts = &pane.app.open.evaluate.texts;
    let mut filter = texts.filter.clone();
    let (all, shown) = (texts.failures().len(), texts.shown().len());
    ui.horizontal_wrapped(|ui| {
        let count = if all == shown {
            format!("{} failing", grouped(all))
        } else {
            format!("{} of {} failing", grouped(shown), grouped(all))
        };
        ui.label(RichText::new(count).strong());
        ui.label(icon::SEARCH);
        let edit = ui.add(TextEdit::singleline(&mut filter.text).desired_width(150.0).hint_text("words"));
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter failing sentences"));
        let now = filter.predicted.clone().unwrap_or_else(|| "any prediction".to_owned());
        combo_ui(ui, ("Predicted class of failing sentences", 150.0), &now, |ui| {
            if ui.selectable_label(filter.predicted.is_none(), "any prediction").clicked() {
                filter.predicted = None;
            }
            for class in texts.predicted() {
                if ui.selectable_label(filter.predicted.as_ref() == Some(class), class).clicked() {
                    filter.predicted = Some(class.clone());
                }
            }
        });
        if filter != FailureFilter::default() && ui.button("Clear filter").clicked() {
            filter = FailureFilter::default();
        }
    });
    if filter != texts.filter {
        push(pane, TextCommand::Look(TextLook::Filter(filter)));
    }
}

/// A failed case: the sentence, its copy with the words that differ marked, and what each is predicted to be.
fn failure_ui(
    ui: &mut Ui,
    (at, height): (usize, f32),
    (chosen, value): (bool, f64),
    examples: &[Shown<'_>],
    pane: &mut Pane<'_>,
) {
    let colors = theme::colors(ui);
    let (rect, response) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), height), egui::Sense::click());
    let said = examples
        .iter()
        .map(|shown| format!("{}: {} {:.2}", shown.text, shown.prediction, shown.confidence))
        .collect::<Vec<_>>()
        .join("; ");
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, chosen, format!("Failure {}: {said}", at + 1))
    });
    if at.is_multiple_of(2) {
        ui.painter().rect_filled(rect, 2.0, ui.visuals().faint_bg_color);
    }
    if chosen {
        ui.painter().rect_filled(rect, 2.0, colors.selection.gamma_multiply(0.25));
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_stroke(
            rect,
            2.0,
            egui::Stroke::new(1.0, colors.selection),
            egui::StrokeKind::Inside,
        );
    }
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(egui::vec2(6.0, 0.0))));
    inner.spacing_mut().item_spacing.y = 0.0;
    let words: Vec<&str> =
        examples.first().map(|first| first.text.split_whitespace().collect()).unwrap_or_default();
    for (place, shown) in examples.iter().enumerate() {
        let last = place + 1 == examples.len();
        row_with_end_ui(
            &mut inner,
            |ui| {
                ui.set_min_width(PREDICTION.min(ui.available_width() * 0.4));
                let color = if last { colors.fail } else { ui.visuals().text_color() };
                let text = format!("{} {:.2}", shown.prediction, shown.confidence);
                ui.label(RichText::new(text).size(12.5).color(color));
            },
            |ui| sentence_ui(ui, &shown.text, if place > 0 { Some(&words) } else { None }, colors.warning),
        );
    }
    let clicked = response.clicked();
    response.on_hover_text(format!("{said}\nvalue {value:.3}: the further below zero, the worse"));
    if clicked {
        push(pane, TextCommand::Look(TextLook::Failure(at)));
    }
}

/// A sentence; words that the other one does not have are underlined and colored.
fn sentence_ui(ui: &mut Ui, text: &str, other: Option<&[&str]>, color: Color32) {
    let Some(other) = other else {
        name_label_ui(ui, text);
        return;
    };
    let ink = ui.visuals().text_color();
    let font = egui::TextStyle::Body.resolve(ui.style());
    let mut job = egui::text::LayoutJob::default();
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            job.append(" ", 0.0, egui::TextFormat::simple(font.clone(), ink));
        }
        let mut format = egui::TextFormat::simple(font.clone(), ink);
        if !other.contains(&word) {
            (format.color, format.underline) = (color, egui::Stroke::new(1.0, color));
        }
        job.append(word, 0.0, format);
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(ui.available_width());
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    ui.add(egui::Label::new(galley).selectable(false));
}
