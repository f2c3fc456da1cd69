//! Evaluate: quality of the model on labeled data, its worst slices, and every error as a thumbnail.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Evaluated, ItemFilter};
use crate::app::jobs::JobKind;
use crate::base::text::counted;
use crate::data::clip::ChannelKind;
use crate::data::prediction::Task;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
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
struct MeasurePane {
    page: Page,
    gallery: Gallery,
    filter: Filter,
    map: MapPage,
    question: String,
}

/// The workspace of measures and errors.
pub(in crate::gui::panes) static KIND: WorkspaceKind = WorkspaceKind {
    workspace: Workspace::Evaluate,
    icon: icon::CHART,
    make: || Box::<MeasurePane>::default(),
};

impl WorkspacePane for MeasurePane {
    fn ui(&mut self, ui: &mut Ui, _parts: &mut Parts, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(result) = app.open.evaluate.result.clone() else {
            egui::CentralPanel::default().show(ui, |ui| start_ui(ui, pane));
            return;
        };
        egui::Panel::left("numbers").default_size(470.0).min_size(320.0).resizable(true).show(ui, |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                head_ui(ui, &result, pane);
                numbers::ui(ui, &result, &mut self.question, pane);
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
                    self.filter.ui(ui, &result, pane);
                    ui.separator();
                    self.gallery.ui(ui, &result, pane);
                }
                Page::Map => self.map.ui(ui, &result, pane),
                Page::Curves => curves::ui(ui, &result),
                Page::Models => {
                    if compare::ui(ui, &result, pane) {
                        self.page = Page::Pictures;
                    }
                }
            }
        });
    }
}

/// Explain the workspace and ask for what it needs.
fn start_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    ui.add_space(48.0);
    ui.vertical_centered(|ui| {
        ui.set_max_width(560.0);
        ui.vertical(|ui| start_text_ui(ui, pane));
    });
}

fn start_text_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Evaluate the model");
    empty_ui(
        ui,
        "Runs the loaded model on all labeled data: objects in frames and scans, classes of frames \
         (key W, or tags with the name of a class), recorded values. Predictions are cached, so that the next run is fast.",
    );
    ui.add_space(8.0);
    if app.jobs.is_running(JobKind::Evaluate) {
        ui.horizontal(|ui| {
            ui.spinner();
            ui.label("Evaluating…");
        });
        return;
    }
    match &app.open.models.loaded {
        Some(model) => {
            if button_ui(ui, icon::CHART, &format!("Evaluate {}", model.card.name), "").clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Run));
            }
            if matches!(model.task(), Task::Classes | Task::Values) {
                ui.add_space(8.0);
                signals_ui(ui, pane);
            }
        }
        None => drop(dim_ui(ui, "Load a model first: drop an ONNX file on the window")),
    }
    ui.add_space(8.0);
    let import = button_ui(ui, icon::FILE, "Evaluate predictions from a file…", "");
    let import = import
        .on_hover_text("COCO results, CSV, Parquet, JSON lines of `hardcase predict`, rows of probabilities");
    if import.clicked() {
        pane.ask.push(Ask::Answers);
    }
}

fn head_ui(ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.horizontal(|ui| {
        section_ui(ui, &result.model);
        if app.jobs.is_running(JobKind::Evaluate) {
            ui.spinner();
        } else if button_ui(ui, icon::REPEAT, "Run evaluation again", "").clicked() {
            pane.commands.push(Command::Evaluate(EvaluateCommand::Run));
        }
        if app.open.evaluate.imported.is_some()
            && button_ui(ui, icon::CROSS, "Close these predictions", "").clicked()
        {
            pane.commands.push(Command::Evaluate(EvaluateCommand::ForgetImported));
        }
    });
    let samples = result.evaluation.samples.len();
    let evaluated = counted(samples, "sample");
    dim_ui(ui, format!("{evaluated} evaluated, {} without ground truth", result.unlabeled));
    if samples == 0 {
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
                word_ui(ui, result, class, pane);
            });
        }
    }
    // What was agreed on can be taken back.
    for (word, label) in &app.open.evaluate.terms.classes {
        ui.horizontal(|ui| {
            ui.label(format!("{label} counts as {word}"));
            if ui.button("Undo").clicked() {
                let label = label.clone();
                pane.commands.push(Command::Evaluate(EvaluateCommand::Class { label, word: None }));
            }
        });
    }
    if matches!(result.task, Task::Classes | Task::Values) {
        signals_ui(ui, pane);
    }
}

fn word_ui(ui: &mut Ui, result: &Evaluated, class: &str, pane: &mut Pane<'_>) {
    let app = pane.app;
    let combo = egui::ComboBox::from_id_salt(("word", class)).selected_text("left out").show_ui(ui, |ui| {
        for word in result.words.iter().filter(|word| !app.open.evaluate.terms.classes.contains_key(*word)) {
            if ui.selectable_label(false, word).clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Class {
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
fn signals_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(model), Some(open)) = (&app.open.models.loaded, &app.open.clip) else { return };
    let numbers: Vec<String> = match model.task() {
        Task::Values => model.card.labels.clone(),
        Task::Classes => vec![crate::evaluation::terms::CLASS.to_owned()],
        Task::Objects | Task::Segments | Task::Vector => Vec::new(),
    };
    for number in numbers {
        let now = app.open.evaluate.terms.signals.get(&number);
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
                            pane.commands.push(Command::Evaluate(EvaluateCommand::Signal { number, signal }));
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
fn cell(filter: &ItemFilter, truth: &str, answer: &str) -> ItemFilter {
    ItemFilter { cell: Some((truth.to_owned(), answer.to_owned())), outcome: None, ..filter.clone() }
}
