//! Behavioral suites for texts: the table, failing sentences, and the template editor.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::texts::command::{TextCommand, TextLook};
use crate::app::jobs::JobKind;
use crate::base::text::{counted, grouped};
use crate::behavior::predictions::Form;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, chip_ui, combo_ui, dim_ui, empty_ui, icon_button_ui, name_label_ui};
use crate::gui::page_dialogs::PageAsk;
use crate::gui::pane::Pane;
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon};

mod editor;
mod failures;
mod matrix;

/// State of the page between frames.
#[derive(Default)]
pub(super) struct TextsPage {
    editor: editor::Editor,
    failures: failures::Failures,
}

/// Asks for a command about texts.
fn push(pane: &mut Pane<'_>, command: TextCommand) {
    pane.commands.push(Command::Evaluate(EvaluateCommand::Texts(command)));
}

impl TextsPage {
    pub(super) fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let texts = &pane.app.open.evaluate.texts;
        if texts.suite().is_none() {
            egui::CentralPanel::default().show(ui, |ui| start_ui(ui, pane));
            return;
        }
        egui::Panel::top("suite of texts").show(ui, |ui| {
            head_ui(ui, pane);
            models_ui(ui, pane);
            ui.add_space(2.0);
        });
        if texts.editor {
            self.editor.ui(ui, pane);
            return;
        }
        // Several models stand beside each other.
        let (name, wanted) =
            if texts.columns().len() > 1 { ("table of models", 720.0) } else { ("table of texts", 420.0) };
        let mut sides = Sides::new(ui, &[wanted]);
        sides.show(ui, (Side::Left, name), [wanted, 300.0], |ui| {
            ScrollArea::both().auto_shrink([false, false]).show(ui, |ui| matrix::ui(ui, pane));
        });
        egui::CentralPanel::default().show(ui, |ui| self.failures.ui(ui, pane));
    }
}

/// Explains the page and offers the ways to begin.
fn start_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    ui.add_space(32.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(600.0_f32.min(ui.available_width()));
        ui.vertical(|ui| {
            ui.label(RichText::new("Behavioral tests of a text model").size(18.0));
            empty_ui(
                ui,
                "A suite tests what a model should be able to do, capability by capability: sentences with a known class \
                 (MFT), changes that must not matter (INV), and changes that must move the prediction one way (DIR). \
                 The table says how often each fails (Ribeiro et al., CheckList, 2020).",
            );
            ui.add_space(12.0);
            if pane.app.jobs.is_running(JobKind::TextSuite) {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Reading the suite…");
                });
                return;
            }
            if button_ui(ui, icon::PLAY, "Try the example: driver notes", "").clicked() {
                push(pane, TextCommand::Example);
            }
            dim_ui(ui, "9 tests of the model that sorts notes of drivers; it fails some of them");
            ui.add_space(8.0);
            ui.horizontal_wrapped(|ui| open_ui(ui, pane));
            dim_ui(
                ui,
                "A folder with text.toml, or a suite of CheckList (.pkl, .pkl.gz, .tar.gz), of which nothing is run",
            );
        });
    });
}

fn open_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    if button_ui(ui, icon::FOLDER, "Open suite…", "").clicked() {
        pane.ask.push(Ask::Page(PageAsk::TextFolder));
    }
    if button_ui(ui, icon::FILE, "Import from CheckList…", "").clicked() {
        pane.ask.push(Ask::Page(PageAsk::TextImport));
    }
    if button_ui(ui, icon::PLUS, "New suite", "").clicked() {
        push(pane, TextCommand::New);
    }
}

/// Name of the suite and what can be done with it.
fn head_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let texts = &app.open.evaluate.texts;
    let Some(suite) = texts.suite() else { return };
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        let name = RichText::new(&suite.name).strong().size(18.0);
        ui.scope(|ui| {
            ui.set_max_width(260.0);
            name_label_ui(ui, name);
        });
        let unsaved = if texts.unsaved() { ", not saved" } else { "" };
        dim_ui(
            ui,
            format!(
                "{}, {} sentences{unsaved}",
                counted(suite.tests.len(), "test"),
                grouped(texts.sentences)
            ),
        );
        ui.add_space(8.0);
        for (editor, title) in [(false, "Results"), (true, "Template editor")] {
            let response = ui.add(egui::Button::selectable(texts.editor == editor, title));
            if response.clicked() {
                push(pane, TextCommand::Editor(editor));
            }
        }
        ui.add_space(8.0);
        ui.add_enabled_ui(texts.unsaved(), |ui| {
            if button_ui(ui, icon::KEEP, "Save suite", "").clicked() {
                match texts.folder() {
                    Some(_) => push(pane, TextCommand::Save(None)),
                    None => pane.ask.push(Ask::Page(PageAsk::TextSave)),
                }
            }
        });
        ui.add_enabled_ui(texts.can_undo(), |ui| {
            if icon_button_ui(ui, icon::UNDO, "Undo the change of the suite", "").clicked() {
                push(pane, TextCommand::Undo);
            }
        });
        ui.add_enabled_ui(!texts.columns().is_empty(), |ui| {
            let export = button_ui(ui, icon::EXPORT, "Export report…", "");
            if export.on_hover_text("HTML, Markdown or JSON, as `hardcase text run` writes them").clicked() {
                pane.ask.push(Ask::Page(PageAsk::TextExport));
            }
        });
        ui.menu_button("Other suite", |ui| open_ui(ui, pane));
    });
}

/// The models in the table, and ways to add one.
fn models_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let texts = &app.open.evaluate.texts;
    let running = app.jobs.running().iter().find(|job| job.kind == JobKind::TextRun);
    ui.horizontal_wrapped(|ui| {
        ui.label("Models");
        for (at, column) in texts.columns().iter().enumerate() {
            let name = &column.column.name;
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let mark = if column.model.is_some() { icon::MODEL } else { icon::FILE };
                let text = format!("{mark}  {name}");
                let shown = chip_ui(ui, text, false, 220.0, true);
                let what = if column.model.is_some() { "model" } else { "predictions from a file" };
                shown.on_hover_text(format!("{name}: {what}"));
                if icon_button_ui(ui, icon::CROSS, &format!("Remove {name} from the table"), "").clicked() {
                    push(pane, TextCommand::RemoveColumn(at));
                }
            });
        }
        if let Some(job) = running {
            let (done, all) = job.progress.state();
            ui.add(
                egui::ProgressBar::new(if all == 0 { 0.0 } else { done as f32 / all as f32 })
                    .desired_width(150.0)
                    .text(format!("{} of {}", grouped(done as usize), grouped(all as usize))),
            )
            .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Run of the suite"));
            if button_ui(ui, icon::CROSS, "Stop", "").clicked() {
                push(pane, TextCommand::Stop);
            }
            return;
        }
        if let Some(model) = app.loaded_text_model() {
            let known = texts
                .columns()
                .iter()
                .any(|column| column.model.as_ref().is_some_and(|own| own.sha256 == model.sha256));
            if !known && button_ui(ui, icon::PLAY, &format!("Run {}", model.card.name), "").clicked() {
                push(pane, TextCommand::AddLoaded);
            }
        }
        let add = button_ui(ui, icon::MODEL, "Add model…", "");
        let cost = format!("Runs it on up to {} sentences", grouped(texts.sentences));
        if add.on_hover_text(cost).clicked() {
            pane.ask.push(Ask::Page(PageAsk::TextModel));
        }
        if button_ui(ui, icon::FILE, "Add predictions…", "").clicked() {
            pane.ask.push(Ask::Page(PageAsk::TextPredictions(texts.form)));
        }
        let shown = texts.form.id();
        combo_ui(ui, ("Form of files of predictions", 176.0), shown, |ui| {
            for form in Form::ALL {
                let one = ui.selectable_label(texts.form == form, form.id());
                if one.on_hover_text(form.example()).clicked() {
                    push(pane, TextCommand::Look(TextLook::Form(form)));
                }
            }
        });
        limit_ui(ui, pane);
    });
    if !texts.remarks().is_empty() {
        ui.collapsing(format!("{} of the import", counted(texts.remarks().len(), "remark")), |ui| {
            ScrollArea::vertical().max_height(120.0).show(ui, |ui| {
                for remark in texts.remarks() {
                    ui.add(egui::Label::new(RichText::new(remark).size(12.0)).wrap());
                }
            });
        });
    }
}

/// The largest failure rate of tests that state none.
fn limit_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let limit = pane.app.open.evaluate.texts.limit;
    // A hundred stands for none: every rate is below it.
    let mut percent = limit.map_or(100.0, |limit| limit * 100.0);
    ui.label("Limit");
    let number = ui.add(
        egui::DragValue::new(&mut percent)
            .range(0.0..=100.0)
            .speed(0.5)
            .custom_formatter(
                |value, _| if value >= 100.0 { "none".to_owned() } else { format!("{value:.1} %") },
            )
            .custom_parser(|text| match text.trim().trim_end_matches('%').trim() {
                "none" => Some(100.0),
                number => number.parse().ok(),
            }),
    );
    number.widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Limit of tests that state none"));
    let changed = number.changed();
    number.on_hover_text("Largest failure rate of tests that state none in the suite");
    if changed {
        push(pane, TextCommand::Look(TextLook::Limit((percent < 100.0).then_some(percent / 100.0))));
    }
}

/// A failure rate in percent.
fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A heading of a part of the page, with a remark behind it.
fn part_ui(ui: &mut Ui, title: &str, remark: &str) {
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).strong());
        let dim = theme::colors(ui).dim;
        name_label_ui(ui, RichText::new(remark).size(12.0).color(dim));
    });
}
