//! Evaluate: quality of the model on labeled data, its worst slices, and every error as a thumbnail.

use egui::{RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::app::Workspace;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::page::EvaluatePage;
use crate::app::evaluate::{Evaluated, ItemFilter};
use crate::app::jobs::JobKind;
use crate::app::price::{PriceCommand, Work};
use crate::app::table::entry as table;
use crate::base::text::counted;
use crate::data::clip::ChannelKind;
use crate::data::prediction::Task;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, chip_ui, combo_ui, dim_ui, empty_ui, name_label_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure::failure_ui;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon};

mod card;
pub(in crate::gui) mod compare;
mod curves;
pub(in crate::gui) mod embeddings;
mod fairness;
mod filter;
mod gallery;
mod numbers;
mod robustness;
mod sides;
mod texts;

use embeddings::MapPage;
use fairness::FairnessPage;
use filter::Filter;
use gallery::Gallery;
use robustness::RobustnessPage;
use texts::TextsPage;

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
    /// Attacks.
    Robustness,
}

/// The pages of the command table that are shown here.
const PAGES: [(table::Page, Page); 5] = [
    (table::Page::Samples, Page::Pictures),
    (table::Page::Embeddings, Page::Map),
    (table::Page::Curves, Page::Curves),
    (table::Page::Models, Page::Models),
    (table::Page::Robustness, Page::Robustness),
];

/// State of this pane between frames.
#[derive(Default)]
struct MeasurePane {
    page: Page,
    gallery: Gallery,
    filter: Filter,
    map: MapPage,
    robustness: RobustnessPage,
    question: String,
    texts: TextsPage,
    fairness: FairnessPage,
}

/// The workspace of measures and errors.
pub(in crate::gui::panes) static KIND: WorkspaceKind = WorkspaceKind {
    workspace: Workspace::Evaluate,
    icon: icon::CHART,
    make: || Box::<MeasurePane>::default(),
};

impl WorkspacePane for MeasurePane {
    fn ui(&mut self, ui: &mut Ui, _parts: &mut Parts, pane: &mut Pane<'_>) {
        if pane.app.open.evaluate.result.is_some()
            && let Some(page) = pane.shared.take_page(&PAGES)
        {
            self.page = page;
            if pane.app.open.evaluate.page != EvaluatePage::Metrics {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Page(EvaluatePage::Metrics)));
            }
        }
        pages_ui(ui, pane);
        match pane.app.open.evaluate.page {
            EvaluatePage::Metrics => self.metrics_ui(ui, pane),
            EvaluatePage::Texts => self.texts.ui(ui, pane),
            EvaluatePage::Fairness => self.fairness.ui(ui, pane),
            EvaluatePage::Card => card::ui(ui, pane),
        }
    }
}

/// The pages; without a recording only those that need none, and the way back.
fn pages_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let evaluate = &pane.app.open.evaluate;
    egui::Panel::top("pages of evaluate").show(ui, |ui| {
        ui.horizontal(|ui| {
            let recording = pane.app.open.clip.is_some();
            if !recording && button_ui(ui, icon::LEFT, "Start page", "").clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Page(EvaluatePage::Metrics)));
            }
            for page in EvaluatePage::ALL.into_iter().filter(|page| recording || page.stands_alone()) {
                let chosen = evaluate.page == page;
                let response = ui.add(egui::Button::selectable(chosen, page.title()));
                response.widget_info(|| {
                    WidgetInfo::selected(Role::Button, true, chosen, format!("Page {}", page.title()))
                });
                if response.clicked() {
                    pane.commands.push(Command::Evaluate(EvaluateCommand::Page(page)));
                }
            }
        });
    });
}

impl MeasurePane {
    fn metrics_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        let Some(result) = app.open.evaluate.result.clone() else {
            egui::CentralPanel::default().show(ui, |ui| start_ui(ui, pane));
            return;
        };
        let mut sides = Sides::new(ui, &[470.0]);
        sides.show(ui, (Side::Left, "numbers"), [470.0, 320.0], |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                head_ui(ui, &result, pane);
                numbers::ui(ui, &result, &mut self.question, pane);
            });
        });
        egui::CentralPanel::default().show(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                for (page, title) in [
                    (Page::Pictures, "Samples"),
                    (Page::Map, "Embeddings"),
                    (Page::Curves, "Curves"),
                    (Page::Models, "Compare"),
                    (Page::Robustness, "Robustness"),
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
                Page::Curves => curves::ui(ui, &result, pane),
                Page::Robustness => self.robustness.ui(ui, &result, pane),
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
        ui.set_max_width(560.0_f32.min(ui.available_width()));
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
    sides::ui(ui, pane);
    ui.add_space(8.0);
    failure_ui(ui, pane);
    match &app.open.models.loaded {
        _ if app.open.evaluate.sides.tested.is_some() => {
            let tested = app.open.evaluate.sides.tested.as_deref().unwrap_or_default();
            if button_ui(ui, icon::CHART, &format!("Evaluate {tested}"), "").clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Run));
            }
        }
        Some(model) => {
            let (name, room) = (format!("Evaluate {}", model.card.name), ui.available_width());
            if chip_ui(ui, &name, false, room, true).clicked() {
                pane.commands.push(Command::Price(PriceCommand::Ask(Work::Evaluation)));
            }
            if matches!(model.task(), Task::Classes | Task::Values) {
                ui.add_space(8.0);
                signals_ui(ui, pane);
            }
        }
        None if app.open.models.failed.is_some() => {}
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
    name_label_ui(ui, RichText::new(&result.model).strong());
    ui.horizontal_wrapped(|ui| {
        let running = app.jobs.is_running(JobKind::Evaluate);
        ui.add_enabled_ui(!running, |ui| {
            if button_ui(ui, icon::REPEAT, "Run evaluation again", "").clicked() {
                pane.commands.push(Command::Price(PriceCommand::Ask(Work::Evaluation)));
            }
        });
        if app.open.evaluate.imported.is_some()
            && button_ui(ui, icon::CROSS, "Close these predictions", "").clicked()
        {
            pane.commands.push(Command::Evaluate(EvaluateCommand::ForgetImported));
        }
        if running {
            ui.spinner();
        }
    });
    sides::ui(ui, pane);
    let samples = result.evaluation.samples.len();
    let evaluated = counted(samples, "sample");
    let silent = match result.silent {
        0 => String::new(),
        silent => format!(", {silent} without a prediction at their time"),
    };
    dim_ui(ui, format!("{evaluated} evaluated, {} without ground truth{silent}", result.unlabeled));
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
            row_with_end_ui(
                ui,
                |ui| word_ui(ui, result, class, pane),
                |ui| drop(name_label_ui(ui, format!("{class} ({count})"))),
            );
        }
    }
    // What was agreed on can be taken back.
    for (word, label) in &app.open.evaluate.terms.classes {
        let undo = |ui: &mut Ui| {
            let response = ui.button("Undo");
            let name = format!("Undo: {label} counts as {word}");
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if response.clicked() {
                let label = label.clone();
                pane.commands.push(Command::Evaluate(EvaluateCommand::Class { label, word: None }));
            }
        };
        row_with_end_ui(ui, undo, |ui| drop(name_label_ui(ui, format!("{label} counts as {word}"))));
    }
    if matches!(result.task, Task::Classes | Task::Values) {
        signals_ui(ui, pane);
    }
}

fn word_ui(ui: &mut Ui, result: &Evaluated, class: &str, pane: &mut Pane<'_>) {
    let app = pane.app;
    combo_ui(ui, (&format!("Model class for {class}"), 110.0), "left out", |ui| {
        for word in result.words.iter().filter(|word| !app.open.evaluate.terms.classes.contains_key(*word)) {
            if ui.selectable_label(false, word).clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Class {
                    label: class.to_owned(),
                    word: Some(word.clone()),
                }));
            }
        }
    });
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
        let text = now.map_or("as labeled", String::as_str);
        let name = format!("Ground truth signal of {number}");
        let choice = |ui: &mut Ui| {
            combo_ui(ui, (&name, 150.0_f32.min(ui.available_width() * 0.6)), text, |ui| {
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
        };
        row_with_end_ui(ui, choice, |ui| drop(name_label_ui(ui, format!("Ground truth of {number}"))));
    }
}

/// The filter for a cell of the confusion matrix.
fn cell(filter: &ItemFilter, truth: &str, answer: &str) -> ItemFilter {
    ItemFilter { cell: Some((truth.to_owned(), answer.to_owned())), outcome: None, ..filter.clone() }
}
