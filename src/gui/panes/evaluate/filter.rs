//! Filter of the shown samples: by outcome, query and order, with actions on all of them.

use egui::{ComboBox, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::evaluate::command::EvaluateCommand;
use crate::app::evaluate::{Evaluated, ItemFilter, Order, View};
use crate::data::clip::ChannelKind;
use crate::data::prediction::Task;
use crate::evaluation::comparison::Which;
use crate::evaluation::fields::{FIELDS, FUNCTIONS};
use crate::evaluation::query::{Query, completions};
use crate::gui::dialogs::Ask;
use crate::gui::forms::{button_ui, chip_ui, combo_ui, dim_ui, icon_button_ui};
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::scripts;
use crate::gui::theme::{self, icon};
use crate::metrics::detection_errors::Outcome;

/// State of the filter between frames.
#[derive(Default)]
pub(super) struct Filter {
    /// The question while it is written.
    draft: String,
    /// The last query, to notice another one.
    asked: String,
    /// Name of a view, while it is given.
    name: String,
    /// Possible continuations of the query.
    words: Vec<String>,
}

impl Filter {
    pub(super) fn ui(&mut self, ui: &mut Ui, result: &Evaluated, pane: &mut Pane<'_>) {
        let app = pane.app;
        let mut wanted = app.open.evaluate.filter.clone();
        outcomes_ui(ui, result, &mut wanted);
        self.question_ui(ui, result, &mut wanted, pane);
        let room = ui.available_width();
        ui.horizontal_wrapped(|ui| {
            dim_ui(ui, format!("{} shown", app.open.evaluate.shown.len()));
            chips_ui(ui, (app, room), &mut wanted);
            if !app.open.evaluate.shown.is_empty() {
                use_ui(ui, pane);
            }
        });
        if wanted != app.open.evaluate.filter {
            pane.commands.push(Command::Evaluate(EvaluateCommand::Show(wanted)));
        }
    }

    /// A query, completed while it is typed, and saved views.
    fn question_ui(&mut self, ui: &mut Ui, result: &Evaluated, wanted: &mut ItemFilter, pane: &mut Pane<'_>) {
        let app = pane.app;
        if app.open.evaluate.filter.query != self.asked {
            self.asked.clone_from(&app.open.evaluate.filter.query);
            self.draft.clone_from(&self.asked);
        }
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(RichText::new(icon::SEARCH));
            let edit = TextEdit::singleline(&mut self.draft)
                .hint_text("class == \"person\" and score < 0.5 and not tag(\"night\")")
                .desired_width((ui.available_width() - 190.0).max(40.0));
            let response = ui.add(edit).labelled_by(label.id);
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Query"));
            let response = response.on_hover_ui(help_ui);
            if response.changed() {
                let signals: Vec<String> = app.open.clip.as_ref().map_or_else(Vec::new, |open| {
                    open.info.of_kind(ChannelKind::Signal).map(|(_, signal)| signal.name.clone()).collect()
                });
                self.words = completions(&self.draft, &result.evaluation, &signals);
                // What can be run is applied while it is typed; the rest waits for the key that ends typing.
                let query = self.draft.trim();
                if query.is_empty() || runs(result, query) {
                    query.clone_into(&mut wanted.query);
                    self.asked.clone_from(&wanted.query);
                }
            }
            let entered = accepted(&response);
            if entered {
                self.draft.trim().clone_into(&mut wanted.query);
                self.words.clear();
            }
            if !wanted.query.is_empty() && icon_button_ui(ui, icon::CROSS, "Clear query", "").clicked() {
                wanted.query.clear();
                self.words.clear();
            }
            self.views_ui(ui, wanted, pane);
        });
        if !self.words.is_empty() {
            ui.horizontal_wrapped(|ui| {
                for word in self.words.clone() {
                    let short = word.rsplit([' ', '(']).next().unwrap_or(&word).to_owned();
                    if ui.small_button(short).clicked() {
                        self.draft = word;
                        self.words.clear();
                    }
                }
                dim_ui(ui, "applied while you type; Enter says what is wrong");
            });
        }
        if let Some(problem) = &app.open.evaluate.query_problem {
            let text = RichText::new(problem).color(theme::colors(ui).warning);
            ui.add(egui::Label::new(text).wrap());
        }
    }

    fn views_ui(&mut self, ui: &mut Ui, wanted: &mut ItemFilter, pane: &mut Pane<'_>) {
        let app = pane.app;
        let views = app.views();
        let combo =
            ComboBox::from_id_salt("views").width(120.0).selected_text("Saved views").show_ui(ui, |ui| {
                for view in views {
                    ui.horizontal(|ui| {
                        if ui.selectable_label(view.query == wanted.query, &view.name).clicked() {
                            wanted.query.clone_from(&view.query);
                        }
                        if icon_button_ui(ui, icon::TRASH, &format!("Forget {}", view.name), "").clicked() {
                            pane.commands
                                .push(Command::Evaluate(EvaluateCommand::ForgetView(view.name.clone())));
                        }
                    });
                }
                if wanted.query.is_empty() {
                    dim_ui(ui, "Run a query to save it");
                    return;
                }
                ui.horizontal(|ui| {
                    let edit = TextEdit::singleline(&mut self.name).hint_text("name").desired_width(90.0);
                    let edit = ui.add(edit);
                    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Name of the view"));
                    if ui.button("Save").clicked() && !self.name.trim().is_empty() {
                        let view = View { name: self.name.trim().to_owned(), query: wanted.query.clone() };
                        pane.commands.push(Command::Evaluate(EvaluateCommand::SaveView(view)));
                        self.name.clear();
                    }
                });
            });
        combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Saved views"));
    }
}

/// True when a query can be run on a result.
fn runs(result: &Evaluated, query: &str) -> bool {
    let Ok(query) = Query::parse(query) else { return false };
    query.bind(&result.evaluation, &result.clips).is_ok_and(|bound| bound.fitting(2).is_ok())
}

/// The fields and functions of queries.
fn help_ui(ui: &mut Ui) {
    ui.set_max_width(420.0);
    dim_ui(ui, "Operators: < <= > >= == != and or not ( ). Any other name is read as a signal.");
    egui::Grid::new("fields").num_columns(2).spacing([12.0, 1.0]).show(ui, |ui| {
        for (name, meaning) in FIELDS.iter().chain(FUNCTIONS) {
            ui.label(RichText::new(*name).monospace());
            dim_ui(ui, *meaning);
            ui.end_row();
        }
    });
}

fn outcomes_ui(ui: &mut Ui, result: &Evaluated, wanted: &mut ItemFilter) {
    ui.horizontal_wrapped(|ui| {
        if ui.selectable_label(wanted.outcome.is_none() && wanted.cell.is_none(), "All errors").clicked() {
            (wanted.outcome, wanted.cell) = (None, None);
        }
        for outcome in Outcome::of(&result.outcomes) {
            let chosen = wanted.outcome == Some(outcome) && wanted.cell.is_none();
            if ui.selectable_label(chosen, outcome.title()).clicked() {
                (wanted.outcome, wanted.cell) = (Some(outcome), None);
            }
        }
        ui.separator();
        let values = result.task == Task::Values;
        let orders = [
            (Order::Confidence, if values { "Largest error first" } else { "Highest confidence first" }),
            (Order::Overlap, "Lowest IoU first"),
            (Order::Loss, "Largest loss first"),
            (Order::Surprise, "Farthest on the map first"),
            (Order::Strange, "Most surprising first"),
            (Order::Invalid, "Least valid first"),
            (Order::Likeness, "Most similar first"),
            (Order::Time, "By time"),
        ];
        let now = orders.iter().find(|(order, _)| *order == wanted.order).map_or("", |(_, title)| title);
        let combo = ComboBox::from_id_salt("order").selected_text(now).show_ui(ui, |ui| {
            for (order, title) in orders {
                let response = ui.selectable_value(&mut wanted.order, order, title);
                if matches!(order, Order::Surprise | Order::Likeness) {
                    response.on_hover_text("By embedding distance, needs the embedding map");
                } else if matches!(order, Order::Strange | Order::Invalid) {
                    response.on_hover_text("Against the reference set, which is chosen on the page Curves");
                }
            }
        });
        combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Sort order"));
    });
}

/// Further restrictions, each removed by a click.
fn chips_ui(ui: &mut Ui, (app, room): (&App, f32), wanted: &mut ItemFilter) {
    let chip = |ui: &mut Ui, text: String| chip_ui(ui, text, false, room, true).clicked();
    let about = |class: &str| if class.is_empty() { "nothing".to_owned() } else { class.to_owned() };
    if let Some((truth, answer)) = wanted.cell.clone()
        && chip(ui, format!("× {} predicted as {}", about(&truth), about(&answer)))
    {
        wanted.cell = None;
    }
    if let Some((cut, name)) = wanted.slice.clone()
        && chip(ui, format!("× {}: {name}", cut.id()))
    {
        wanted.slice = None;
    }
    if let Some((cut, name)) = wanted.and.clone()
        && chip(ui, format!("× {}: {name}", cut.id()))
    {
        wanted.and = None;
    }
    if let Some(only) = wanted.only.clone()
        && chip(ui, format!("× {} selected", only.len()))
    {
        wanted.only = None;
    }
    if let (Some(which), Some(compared)) = (wanted.compared, &app.open.evaluate.comparison) {
        let text = match which {
            Which::First => format!("× correct, {} wrong", compared.other),
            Which::Second => format!("× only {} correct", compared.other),
            Which::Neither => format!("× {} wrong too", compared.other),
        };
        if chip(ui, text) {
            wanted.compared = None;
        }
    }
}

/// Actions on all shown samples.
fn use_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(project) = app.project() else { return };
    combo_ui(ui, ("Tag all shown frames", 150.0), "Tag these frames", |ui| {
        for word in &project.ontology.tags {
            if ui.selectable_label(false, scripts::shown(&word.name)).clicked() {
                pane.commands.push(Command::Evaluate(EvaluateCommand::Tag(word.name.clone())));
            }
        }
    });
    let keep = button_ui(ui, icon::KEEP, "Save as test cases", "");
    if keep
        .on_hover_text(
            "One case each: missed objects and cuboids must be detected, false positives must not, areas must overlap the labels; \
             one undo step",
        )
        .clicked()
    {
        pane.commands.push(Command::Evaluate(EvaluateCommand::Keep));
    }
    let export = button_ui(ui, icon::EXPORT, "Export for training…", "");
    if export
        .on_hover_text("The frames of all samples shown with their labels, as COCO or folders by class")
        .clicked()
    {
        pane.ask.push(Ask::EvaluationFolder);
    }
    if let Some(at) = app.open.evaluate.selected
        && button_ui(ui, icon::TARGET, "Find similar", "").clicked()
    {
        pane.commands.push(Command::Evaluate(EvaluateCommand::Like(at)));
    }
}
