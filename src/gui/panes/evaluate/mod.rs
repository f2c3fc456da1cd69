//! Measure: how good the model is on what is labelled, where it is worse, and every mistake as a picture.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{ItemFilter, Measured};
use crate::app::jobs::JobKind;
use crate::data::clip::ChannelKind;
use crate::data::prediction::Task;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, section_ui};
use crate::gui::theme::{self, icon};

pub(in crate::gui) mod compare;
mod curves;
pub(in crate::gui) mod embeddings;
mod filter;
mod gallery;
mod numbers;

use embeddings::MapPage;
use filter::Filter;
use gallery::Gallery;

/// What is looked at beside the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    /// Small pictures.
    #[default]
    Pictures,
    /// Points.
    Map,
    /// Precision and recall, ROC, reliability.
    Curves,
    /// Another model.
    Models,
}

/// What this pane remembers between frames.
#[derive(Default)]
pub struct MeasurePane {
    page: Page,
    gallery: Gallery,
    filter: Filter,
    map: MapPage,
    question: String,
    /// A dialog that is wanted.
    pub(in crate::gui) ask: Option<Ask>,
}

impl MeasurePane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
        let Some(result) = app.open.evaluate.result.clone() else {
            let ask = &mut self.ask;
            egui::CentralPanel::default().show(ui, |ui| start_ui(ui, app, ask, commands));
            return;
        };
        egui::Panel::left("numbers").default_size(470.0).min_size(320.0).resizable(true).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                head_ui(ui, app, &result, commands);
                numbers::ui(ui, app, &result, &mut self.question, commands);
            });
        });
        egui::CentralPanel::default().show(ui, |ui| {
            ui.horizontal(|ui| {
                for (page, title) in [
                    (Page::Pictures, "Pictures"),
                    (Page::Map, "Map"),
                    (Page::Curves, "Curves"),
                    (Page::Models, "Other model"),
                ] {
                    ui.selectable_value(&mut self.page, page, title);
                }
            });
            ui.separator();
            match self.page {
                Page::Pictures => {
                    self.filter.ui(ui, app, &result, &mut self.ask, commands);
                    ui.separator();
                    self.gallery.ui(ui, app, &result, commands);
                }
                Page::Map => self.map.ui(ui, app, &result, commands),
                Page::Curves => curves::ui(ui, &result),
                Page::Models => {
                    if compare::ui(ui, app, &result, &mut self.ask, commands) {
                        self.page = Page::Pictures;
                    }
                }
            }
        });
    }
}

/// What this place is for, and what it needs.
fn start_ui(ui: &mut Ui, app: &App, ask: &mut Option<Ask>, commands: &mut Vec<Command>) {
    ui.add_space(48.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(560.0);
        ui.vertical(|ui| start_text_ui(ui, app, ask, commands));
    });
}

fn start_text_ui(ui: &mut Ui, app: &App, ask: &mut Option<Ask>, commands: &mut Vec<Command>) {
    section_ui(ui, "How good is the model?");
    empty_ui(
        ui,
        "The loaded model is asked about everything that is labelled: objects on pictures and scans, classes of pictures \
         (key W, or tags with the name of a class), recorded numbers. Answers are kept, so that the next time is quick.",
    );
    ui.add_space(8.0);
    if app.jobs.is_running(JobKind::Evaluate) {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Measuring…");
        });
        return;
    }
    match &app.open.models.loaded {
        Some(model) => {
            if button_ui(ui, icon::CHART, &format!("Measure {}", model.card.name), "").clicked() {
                commands.push(Command::Evaluate(EvaluateCommand::Run));
            }
            if matches!(model.task(), Task::Classes | Task::Values) {
                ui.add_space(8.0);
                signals_ui(ui, app, commands);
            }
        }
        None => drop(dim_ui(ui, "Load a model first: drop an ONNX file on the window")),
    }
    ui.add_space(8.0);
    let import = button_ui(ui, icon::FILE, "Measure answers from a file…", "");
    let import = import
        .on_hover_text("COCO results, CSV, Parquet, JSON lines of `hardcase predict`, rows of probabilities");
    if import.clicked() {
        *ask = Some(Ask::Answers);
    }
}

fn head_ui(ui: &mut Ui, app: &App, result: &Measured, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        section_ui(ui, &result.model);
        if app.jobs.is_running(JobKind::Evaluate) {
            ui.spinner();
        } else if button_ui(ui, icon::REPEAT, "Measure again", "").clicked() {
            commands.push(Command::Evaluate(EvaluateCommand::Run));
        }
        if app.open.evaluate.imported.is_some()
            && button_ui(ui, icon::CROSS, "Close these answers", "").clicked()
        {
            commands.push(Command::Evaluate(EvaluateCommand::ForgetImported));
        }
    });
    let counted = result.evaluation.samples.len();
    dim_ui(ui, format!("{counted} samples count, {} have no label", result.unlabelled));
    if counted == 0 {
        let text = match result.task {
            Task::Objects => {
                "Nothing is labelled yet: draw boxes in Label, or take the model's own over with M and correct them."
            }
            Task::Classes => {
                "No picture has a class yet: W in Label, a tag with the name of a class, or a recorded signal:"
            }
            Task::Segments => "Nothing is labelled yet: draw outlines in Label.",
            Task::Vector => "Nobody can say what a vector has to be: look at it in Explore.",
            Task::Values => "Choose the recorded signals that say what is right:",
        };
        ui.add_space(4.0);
        ui.label(RichText::new(text).color(theme::colors(ui).warning));
    }
    if !result.strange.is_empty() {
        ui.add_space(4.0);
        ui.label(
            RichText::new("Labels that the model has no word for are left out:")
                .color(theme::colors(ui).warning),
        );
        for (class, count) in &result.strange {
            ui.horizontal(|ui| {
                ui.label(format!("{class} ({count})"));
                word_ui(ui, app, result, class, commands);
            });
        }
    }
    // What was agreed on can be taken back.
    for (word, label) in &app.open.evaluate.terms.classes {
        ui.horizontal(|ui| {
            ui.label(format!("{label} counts as {word}"));
            if ui.button("Take back").clicked() {
                let label = label.clone();
                commands.push(Command::Evaluate(EvaluateCommand::Class { label, word: None }));
            }
        });
    }
    if matches!(result.task, Task::Classes | Task::Values) {
        signals_ui(ui, app, commands);
    }
}

fn word_ui(ui: &mut Ui, app: &App, result: &Measured, class: &str, commands: &mut Vec<Command>) {
    let combo = egui::ComboBox::from_id_salt(("word", class)).selected_text("left out").show_ui(ui, |ui| {
        for word in result.words.iter().filter(|word| !app.open.evaluate.terms.classes.contains_key(*word)) {
            if ui.selectable_label(false, word).clicked() {
                commands.push(Command::Evaluate(EvaluateCommand::Class {
                    label: class.to_owned(),
                    word: Some(word.clone()),
                }));
            }
        }
    });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Word for {class}")));
}

/// Which recorded signals say the truth.
fn signals_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let (Some(model), Some(open)) = (&app.open.models.loaded, &app.open.clip) else { return };
    let numbers: Vec<String> = match model.task() {
        Task::Values => model.card.labels.clone(),
        Task::Classes => vec![crate::evaluation::terms::CLASS.to_owned()],
        Task::Objects | Task::Segments | Task::Vector => Vec::new(),
    };
    for number in numbers {
        let now = app.open.evaluate.terms.signals.get(&number);
        ui.horizontal(|ui| {
            ui.label(format!("True {number}"));
            let text = now.map_or("as labelled", String::as_str);
            let combo =
                egui::ComboBox::from_id_salt(("signal", &number)).selected_text(text).show_ui(ui, |ui| {
                    let none = std::iter::once(None);
                    let signals =
                        open.info.of_kind(ChannelKind::Signal).map(|(_, signal)| Some(signal.name.clone()));
                    for signal in none.chain(signals) {
                        let text = signal.as_deref().unwrap_or("as labelled");
                        if ui.selectable_label(now == signal.as_ref(), text).clicked() {
                            let number = number.clone();
                            commands.push(Command::Evaluate(EvaluateCommand::Signal { number, signal }));
                        }
                    }
                });
            combo.response.widget_info(|| {
                WidgetInfo::labeled(Role::ComboBox, true, format!("Signal of the true {number}"))
            });
        });
    }
}

/// The filter for a cell of the confusion matrix.
fn cell(filter: &ItemFilter, truth: &str, answer: &str) -> ItemFilter {
    ItemFilter { cell: Some((truth.to_owned(), answer.to_owned())), outcome: None, ..filter.clone() }
}
