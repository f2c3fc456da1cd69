//! The model card: the six sources of bias with what was evaluated of each, and the statements of people.

use egui::{Grid, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::evaluate::card::BiasFound;
use crate::app::evaluate::card::command::CardCommand;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::jobs::JobKind;
use crate::base::stats::Rate;
use crate::evaluation::model_card::biases::{BIASES, Bias};
use crate::evaluation::model_card::statements::{QUESTIONS, Question};
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, icon_button_ui, name_label_ui, name_ui, section_ui};
use crate::gui::page_dialogs::PageAsk;
use crate::gui::pane::Pane;
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon};
use crate::reports::page::{Cell, Part, Table};

/// Tables of the statements beside those of biases, with their headings.
const TABLES: [(&str, &str); 5] = [
    ("model", "Model details"),
    ("use", "Intended use"),
    ("training", "Training"),
    ("data", "Data sheet"),
    ("caveats", "Caveats"),
];
/// Rows of a table that are shown; the page that is written has all.
const ROWS: usize = 8;
/// Room for a cell of words.
const WORDS: f32 = 190.0;

fn push(pane: &mut Pane<'_>, command: CardCommand) {
    pane.commands.push(Command::Evaluate(EvaluateCommand::Card(command)));
}

pub(super) fn ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let card = &app.open.evaluate.card;
    if app.project().is_none() {
        egui::CentralPanel::default().show(ui, |ui| {
            section_ui(ui, "Model card");
            empty_ui(
                ui,
                "A model card is about a model and the recordings of a project: open a project first",
            );
        });
        return;
    }
    let number = app.open.evaluate.result.as_ref().map(|result| result.number);
    let known = card.facts.as_ref().map(|facts| facts.number);
    if (!card.loaded || number != known && number.is_some()) && !app.jobs.is_running(JobKind::ModelCard) {
        push(pane, CardCommand::Load);
    }
    egui::Panel::top("head of the model card").show(ui, |ui| head_ui(ui, pane));
    let mut sides = Sides::new(ui, &[380.0]);
    sides.show(ui, (Side::Right, "statements"), [380.0, 280.0], |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            for (table, title) in TABLES {
                section_ui(ui, title);
                for question in QUESTIONS.iter().filter(|question| question.key.0 == table) {
                    question_ui(ui, question, pane);
                }
            }
        });
    });
    egui::CentralPanel::default().show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| biases_ui(ui, pane));
    });
}

fn head_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let card = &app.open.evaluate.card;
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        let model = app.open.evaluate.result.as_ref().map_or("", |result| result.model.as_str());
        ui.scope(|ui| {
            ui.set_max_width(300.0);
            name_label_ui(ui, RichText::new(format!("Model card {model}")).strong().size(18.0));
        });
        let stated =
            QUESTIONS.iter().filter(|one| card.statements.get(one.key.0, one.key.1).is_some()).count();
        let unsaved = if card.unsaved() { ", not saved" } else { "" };
        dim_ui(ui, format!("{stated} of {} statements made{unsaved}", QUESTIONS.len()));
        ui.add_space(8.0);
        ui.add_enabled_ui(card.unsaved() && !app.open.is_read_only(), |ui| {
            if button_ui(ui, icon::KEEP, "Save statements", "").clicked() {
                push(pane, CardCommand::Save);
            }
        });
        ui.add_enabled_ui(card.can_undo(), |ui| {
            if icon_button_ui(ui, icon::UNDO, "Undo the statement", "").clicked() {
                push(pane, CardCommand::Undo);
            }
        });
        ui.add_enabled_ui(card.facts.is_some(), |ui| {
            let export = button_ui(ui, icon::EXPORT, "Write model card…", "");
            if export.on_hover_text("HTML or Markdown, as `hardcase model-card` writes it").clicked() {
                pane.ask.push(Ask::Page(PageAsk::CardExport));
            }
        });
        let results = if card.results.is_some() { "Other test results…" } else { "Add test results…" };
        let add = button_ui(ui, icon::FILE, results, "");
        if add.on_hover_text("The JSON report of `hardcase test`").clicked() {
            pane.ask.push(Ask::Page(PageAsk::CardResults));
        }
    });
    ui.add_space(2.0);
}

fn biases_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Sources of bias");
    dim_ui(ui, "The six of Suresh and Guttag (2021), each with what this project tells about it");
    let facts = app.open.evaluate.card.facts.clone();
    if app.open.evaluate.result.is_none() {
        ui.add_space(4.0);
        ui.label(
            RichText::new("No model was evaluated on this project yet, so nothing is known")
                .color(theme::colors(ui).warning),
        );
        if button_ui(ui, icon::CHART, "Go to the evaluation", "").clicked() {
            pane.commands.push(Command::Evaluate(EvaluateCommand::Page(EvaluatePage::Metrics)));
        }
    } else if facts.is_none() {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Looking at the sources of bias…");
        });
    }
    for (at, bias) in BIASES.iter().enumerate() {
        ui.add_space(6.0);
        let found = facts.as_ref().and_then(|facts| facts.biases.get(at));
        bias_ui(ui, (at, bias), found, pane);
    }
}

fn bias_ui(ui: &mut Ui, (at, bias): (usize, &Bias), found: Option<&BiasFound>, pane: &mut Pane<'_>) {
    let colors = theme::colors(ui);
    let evaluated = found.is_some_and(|found| !found.parts.is_empty());
    let stated = pane.app.open.evaluate.card.statements.get("bias", bias.id).is_some();
    let stroke = ui.visuals().widgets.noninteractive.bg_stroke;
    egui::Frame::new().stroke(stroke).corner_radius(4).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            let (mark, color) =
                if evaluated { (icon::PASS, colors.pass) } else { (icon::SKIP, colors.warning) };
            ui.label(RichText::new(mark).color(color));
            ui.label(RichText::new(format!("{}. {}", at + 1, bias.title)).strong());
            let state = match (evaluated, stated) {
                (true, true) => "evaluated, stated",
                (true, false) => "evaluated, not stated",
                (false, true) => "nothing evaluated, stated",
                (false, false) => "nothing evaluated, not stated",
            };
            let label = dim_ui(ui, state);
            label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{}: {state}", bias.title)));
        });
        ui.add(egui::Label::new(bias.meaning).wrap());
        match found {
            Some(found) if evaluated => parts_ui(ui, (bias.id, &found.parts)),
            Some(_) => {
                drop(ui.add(egui::Label::new(RichText::new(bias.otherwise).color(colors.warning)).wrap()));
            }
            None => {}
        }
        let question = QUESTIONS.iter().find(|question| question.key == ("bias", bias.id));
        if let Some(question) = question {
            question_ui(ui, question, pane);
        }
    });
}

/// A question with the field for its statement.
fn question_ui(ui: &mut Ui, question: &'static Question, pane: &mut Pane<'_>) {
    let now = pane.app.open.evaluate.card.statements.get(question.key.0, question.key.1).unwrap_or_default();
    let mut text = now.to_owned();
    ui.add_space(2.0);
    ui.add(egui::Label::new(RichText::new(question.question).size(12.0)).wrap());
    let edit = ui.add(
        TextEdit::multiline(&mut text).desired_width(f32::INFINITY).desired_rows(1).hint_text("not stated"),
    );
    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, format!("Statement: {}", question.title)));
    if text != now {
        push(pane, CardCommand::State { key: question.key, text });
    }
}

/// Texts, facts and tables of a page.
fn parts_ui(ui: &mut Ui, (id, parts): (&str, &[Part])) {
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Text(text) => drop(ui.add(egui::Label::new(RichText::new(text).size(12.5)).wrap())),
            Part::Missing(text) => {
                let color = theme::colors(ui).warning;
                ui.add(egui::Label::new(RichText::new(text).size(12.5).color(color)).wrap());
            }
            Part::Heading(text) => section_ui(ui, text),
            Part::Facts(facts) => {
                for (name, value) in facts {
                    ui.add(egui::Label::new(RichText::new(format!("{name}: {value}")).size(12.5)).wrap());
                }
            }
            // No source of bias has images; a page with some is written as HTML.
            Part::Figure(figure) => drop(dim_ui(ui, figure.caption.as_str())),
            Part::Table(table) => {
                ScrollArea::horizontal().id_salt((id, at)).show(ui, |ui| table_ui(ui, (id, at), table));
            }
        }
    }
}

fn table_ui(ui: &mut Ui, id: (&str, usize), table: &Table) {
    Grid::new(id).striped(true).spacing([16.0, 2.0]).show(ui, |ui| {
        for head in &table.columns {
            dim_ui(ui, *head);
        }
        ui.end_row();
        for row in table.rows.iter().take(ROWS) {
            for cell in row {
                match cell {
                    Cell::Text(text) => {
                        name_ui(ui, WORDS.min(8.0 * text.chars().count() as f32 + 16.0), text);
                    }
                    Cell::Count(count) => {
                        ui.label(RichText::new(count.to_string()).monospace().size(12.5));
                    }
                    Cell::Rate(rate) => {
                        ui.label(RichText::new(rate_text(*rate)).monospace().size(12.5));
                    }
                    Cell::Number(value, [low, high]) => {
                        ui.label(
                            RichText::new(format!("{value:.3} ({low:.3} to {high:.3})"))
                                .monospace()
                                .size(12.5),
                        );
                    }
                }
            }
            ui.end_row();
        }
    });
    if table.rows.len() > ROWS {
        dim_ui(ui, format!("and {} more on the page", table.rows.len() - ROWS));
    }
}

fn rate_text(rate: Rate) -> String {
    let [share, low, high] = [rate.share(), rate.low, rate.high].map(|part| part * 100.0);
    format!("{share:.1} % ({low:.1} to {high:.1}) of {}", rate.of)
}
