//! Evaluate: quality of the model on labeled data, its worst slices, and every error as a thumbnail.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, MeasureCommand};
use crate::app::evaluate::{Measured, Shown};
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

/// The page beside the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Page {
    /// Thumbnails.
    #[default]
    Pictures,
    /// Points.
    Map,
    /// Precision and recall, ROC, reliability.
    Curves,
    /// Another model.
    Models,
}

/// State of this pane between frames.
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
        let Some(result) = app.measure.result.clone() else {
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
                    (Page::Pictures, "Samples"),
                    (Page::Map, "Embeddings"),
                    (Page::Curves, "Curves"),
                    (Page::Models, "Compare"),
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

/// Explain the workspace and ask for what it needs.
fn start_ui(ui: &mut Ui, app: &App, ask: &mut Option<Ask>, commands: &mut Vec<Command>) {
    ui.add_space(48.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(560.0);
        ui.vertical(|ui| start_text_ui(ui, app, ask, commands));
    });
}

fn start_text_ui(ui: &mut Ui, app: &App, ask: &mut Option<Ask>, commands: &mut Vec<Command>) {
    section_ui(ui, "Evaluate the model");
    empty_ui(
        ui,
        "Runs the loaded model on all labeled data: objects in frames and scans, classes of frames \
         (key W, or tags with the name of a class), recorded values. Predictions are cached, so that the next run is fast.",
    );
    ui.add_space(8.0);
    if app.jobs.is_running("measure") {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Evaluating…");
        });
        return;
    }
    match &app.models.loaded {
        Some(model) => {
            if button_ui(ui, icon::CHART, &format!("Evaluate {}", model.card.name), "").clicked() {
                commands.push(Command::Measure(MeasureCommand::Run));
            }
            if matches!(model.task(), Task::Classes | Task::Values) {
                ui.add_space(8.0);
                signals_ui(ui, app, commands);
            }
        }
        None => drop(dim_ui(ui, "Load a model first: drop an ONNX file on the window")),
    }
    ui.add_space(8.0);
    let import = button_ui(ui, icon::FILE, "Evaluate predictions from a file…", "");
    let import = import
        .on_hover_text("COCO results, CSV, Parquet, JSON lines of `hardcase predict`, rows of probabilities");
    if import.clicked() {
        *ask = Some(Ask::Answers);
    }
}

fn head_ui(ui: &mut Ui, app: &App, result: &Measured, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        section_ui(ui, &result.model);
        if app.jobs.is_running("measure") {
            ui.spinner();
        } else if button_ui(ui, icon::REPEAT, "Run evaluation again", "").clicked() {
            commands.push(Command::Measure(MeasureCommand::Run));
        }
        if app.measure.imported.is_some()
            && button_ui(ui, icon::CROSS, "Close these predictions", "").clicked()
        {
            commands.push(Command::Measure(MeasureCommand::ForgetImported));
        }
    });
    let counted = result.evaluation.samples.len();
    dim_ui(ui, format!("{counted} samples evaluated, {} without ground truth", result.unlabelled));
    if counted == 0 {
        let text = match result.task {
            Task::Objects => {
                "Nothing is labeled yet: draw boxes in Label, or accept the model's own with M and correct them"
            }
            Task::Classes => {
                "No frame has a class yet: press W in Label, add a tag with the name of a class, or choose a recorded signal:"
            }
            Task::Segments => "Nothing is labeled yet: draw polygons in Label",
            Task::Vector => "Embeddings have no ground truth: look at them in Explore",
            Task::Values => "Choose the recorded signals that hold the ground truth:",
        };
        ui.add_space(4.0);
        ui.label(RichText::new(text).color(theme::colors(ui).warning));
    }
    if !result.strange.is_empty() {
        ui.add_space(4.0);
        ui.label(
            RichText::new("Labels without a class of the model are not evaluated:")
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
    for (word, label) in &app.measure.terms.classes {
        ui.horizontal(|ui| {
            ui.label(format!("{label} counts as {word}"));
            if ui.button("Undo").clicked() {
                let label = label.clone();
                commands.push(Command::Measure(MeasureCommand::Class { label, word: None }));
            }
        });
    }
    if matches!(result.task, Task::Classes | Task::Values) {
        signals_ui(ui, app, commands);
    }
}

fn word_ui(ui: &mut Ui, app: &App, result: &Measured, class: &str, commands: &mut Vec<Command>) {
    let combo =
        egui::ComboBox::from_id_salt(("word", class)).selected_text("not evaluated").show_ui(ui, |ui| {
            for word in result.words.iter().filter(|word| !app.measure.terms.classes.contains_key(*word)) {
                if ui.selectable_label(false, word).clicked() {
                    commands.push(Command::Measure(MeasureCommand::Class {
                        label: class.to_owned(),
                        word: Some(word.clone()),
                    }));
                }
            }
        });
    combo
        .response
        .widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Model class for {class}")));
}

/// The recorded signals that hold the ground truth.
fn signals_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let (Some(model), Some(open)) = (&app.models.loaded, &app.clip) else { return };
    let numbers: Vec<String> = match model.task() {
        Task::Values => model.card.labels.clone(),
        Task::Classes => vec![crate::evaluation::gather::CLASS.to_owned()],
        Task::Objects | Task::Segments | Task::Vector => Vec::new(),
    };
    for number in numbers {
        let now = app.measure.terms.signals.get(&number);
        ui.horizontal(|ui| {
            ui.label(format!("Ground truth of {number}"));
            let text = now.map_or("as labeled", String::as_str);
            let combo =
                egui::ComboBox::from_id_salt(("signal", &number)).selected_text(text).show_ui(ui, |ui| {
                    let none = std::iter::once(None);
                    let signals =
                        open.info.of_kind(ChannelKind::Signal).map(|(_, signal)| Some(signal.name.clone()));
                    for signal in none.chain(signals) {
                        let text = signal.as_deref().unwrap_or("as labeled");
                        if ui.selectable_label(now == signal.as_ref(), text).clicked() {
                            let number = number.clone();
                            commands.push(Command::Measure(MeasureCommand::Signal { number, signal }));
                        }
                    }
                });
            combo.response.widget_info(|| {
                WidgetInfo::labeled(Role::ComboBox, true, format!("Ground truth signal of {number}"))
            });
        });
    }
}

/// The filter for a cell of the confusion matrix.
fn cell(filter: &Shown, truth: &str, answer: &str) -> Shown {
    Shown { cell: Some((truth.to_owned(), answer.to_owned())), outcome: None, ..filter.clone() }
}
