//! Right side of Explore: the transforms with their sliders, the claim, the verdict, and keeping it.

use egui::{Checkbox, Color32, ComboBox, Frame, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::{Command, ExploreCommand, SuiteCommand};
use crate::app::shown::OpenClip;
use crate::app::table::key_of;
use crate::data::case::{OracleSpec, Subject};
use crate::data::clip::ChannelKind;
use crate::data::prediction::{Prediction, Task};
use crate::data::verdict::Verdict;
use crate::gui::forms::{button_ui, dim_ui, empty_ui, icon_button_ui, param_ui, section_ui};
use crate::gui::panes::tried::{TriedList, presets_ui};
use crate::gui::panes::why::why_ui;
use crate::gui::theme::{self, icon, verdict_look};
use crate::suites::bounds;
use crate::suites::curve::Tipping;
use crate::suites::differential::claims;
use crate::suites::judge::{self, ClaimKind};
use crate::transforms;
use crate::transforms::{Group, TransformKind};

/// What this pane remembers between frames.
#[derive(Debug, Default)]
pub struct StackPane {
    why: String,
    suite: Option<String>,
    tried: TriedList,
}

impl StackPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            verdict_ui(ui, app);
            ui.separator();
            stack_ui(ui, app, commands);
            ui.separator();
            claim_ui(ui, app, commands);
            ui.separator();
            tipping_ui(ui, app, commands);
            ui.separator();
            self.keep_ui(ui, app, commands);
            why_ui(ui, app);
            self.tried.ui(ui, app, commands);
        });
    }

    fn keep_ui(&mut self, ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
        section_ui(ui, "Keep it");
        let label = ui.label("Why");
        ui.add(
            TextEdit::singleline(&mut self.why)
                .desired_width(f32::INFINITY)
                .hint_text("what a person should know"),
        )
        .labelled_by(label.id);
        let suite = self.suite.get_or_insert_with(|| app.suites.active.clone());
        ui.horizontal(|ui| {
            let label = ui.label("Suite");
            let edit = ui.add(TextEdit::singleline(suite).desired_width(140.0)).labelled_by(label.id);
            if edit.lost_focus() {
                commands.push(Command::Suite(SuiteCommand::Active(suite.trim().to_owned())));
            } else if !edit.has_focus() {
                suite.clone_from(&app.suites.active);
            }
        });
        if button_ui(ui, icon::KEEP, "Keep as a case", &key_of("Keep as a case")).clicked() {
            commands.push(Command::Suite(SuiteCommand::Keep { why: std::mem::take(&mut self.why) }));
        }
    }
}

/// The verdict as a chip with its reason.
fn verdict_ui(ui: &mut Ui, app: &App) {
    let colors = theme::colors(ui);
    let (icon, word, color, why) = match &app.explore.outcome {
        _ if app.models.loaded.is_none() => {
            (icon::SKIP, "No model", colors.skip, "Load a model to judge its answers.".to_owned())
        }
        None => (icon::SKIP, "Judging…", colors.dim, String::new()),
        Some(Err(problem)) => (icon::WARNING, "Could not run", colors.warning, problem.clone()),
        Some(Ok(outcome)) => {
            let (icon, word, color) = verdict_look(ui, &outcome.verdict);
            let why = match &outcome.verdict {
                Verdict::Pass => format!("{}.", judge::describe(app.explore.claim())),
                Verdict::Fail { why } | Verdict::Skip { why } => why.clone(),
            };
            (icon, word, color, why)
        }
    };
    let fill = color.gamma_multiply(0.15);
    Frame::new().fill(fill).stroke(egui::Stroke::new(1.0, color)).corner_radius(6).inner_margin(8).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            let response =
                ui.label(RichText::new(format!("{icon}  {word}")).size(18.0).strong().color(color));
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Verdict: {word}")));
            if !why.is_empty() {
                ui.add(egui::Label::new(&why).wrap());
            }
            if let Some(Ok(outcome)) = &app.explore.outcome
                && let Some(confidence) = outcome.confidence
            {
                dim_ui(ui, format!("confidence {confidence:.2}"));
            }
        },
    );
}

/// The transforms of a group, one below the other.
fn column_ui(ui: &mut Ui, group: Group, commands: &mut Vec<Command>) {
    ui.vertical(|ui| {
        ui.set_width(140.0);
        dim_ui(ui, group.title());
        for kind in group.kinds() {
            if ui.button(kind.title).on_hover_text(kind.summary).clicked() {
                commands.push(Command::Explore(ExploreCommand::Add(kind.id.to_owned())));
                ui.close();
            }
        }
    });
}

fn stack_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Transforms").strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let menu = ui.menu_button(format!("{}  Add", icon::PLUS), |ui| {
                // Two rows of columns: a list of all would not fit on a small screen.
                let height = (ui.ctx().content_rect().height() - 80.0).max(200.0);
                ScrollArea::vertical().max_height(height).show(ui, |ui| {
                    for row in Group::of(app.medium()).chunks(3) {
                        ui.horizontal_top(|ui| row.iter().for_each(|group| column_ui(ui, *group, commands)));
                        ui.separator();
                    }
                });
            });
            menu.response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add transform"));
            ui.menu_button("Presets", |ui| presets_ui(ui, app, commands));
            if ui.button("Surprise me").on_hover_text(key_of("Surprise me")).clicked() {
                commands.push(Command::Explore(ExploreCommand::Surprise));
            }
        });
    });
    let stack = &app.explore.stack;
    if stack.transforms.is_empty() {
        empty_ui(ui, "Nothing is changed. Add a transform and move its slider.");
        for group in Group::of(app.medium()) {
            dim_ui(ui, group.title());
            ui.horizontal_wrapped(|ui| {
                for kind in group.kinds() {
                    let response = ui.button(kind.title).on_hover_text(kind.summary);
                    if response.clicked() {
                        commands.push(Command::Explore(ExploreCommand::Add(kind.id.to_owned())));
                    }
                }
            });
        }
        return;
    }
    for (position, entry) in stack.transforms.iter().enumerate() {
        let Some(kind) = transforms::kind(&entry.transform) else { continue };
        let selected = app.explore.selected == position && stack.transforms.len() > 1;
        let edge = if selected { theme::colors(ui).selection } else { Color32::TRANSPARENT };
        Frame::new().stroke(egui::Stroke::new(1.0, edge)).corner_radius(4).inner_margin(4).show(ui, |ui| {
            ui.horizontal(|ui| {
                let mut on = entry.enabled;
                let check = ui.add(Checkbox::without_text(&mut on));
                check.widget_info(|| {
                    WidgetInfo::selected(Role::CheckBox, true, on, format!("{} takes part", kind.title))
                });
                if on != entry.enabled {
                    commands.push(Command::Explore(ExploreCommand::Toggle(position)));
                }
                let title = ui.add(egui::Button::new(RichText::new(kind.title).strong()).frame(false));
                if title.on_hover_text("The curve and the search vary this one").clicked() {
                    commands.push(Command::Explore(ExploreCommand::Select(position)));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if icon_button_ui(ui, icon::CROSS, &format!("Remove {}", kind.title), "").clicked() {
                        commands.push(Command::Explore(ExploreCommand::Remove(position)));
                    }
                    if position > 0
                        && icon_button_ui(ui, icon::UP, &format!("Move {} up", kind.title), "").clicked()
                    {
                        commands.push(Command::Explore(ExploreCommand::Move(position, position - 1)));
                    }
                });
            });
            for spec in kind.params {
                if let Some(value) = param_ui(ui, kind.title, spec, entry.params.value(spec)) {
                    commands.push(Command::Explore(ExploreCommand::Select(position)));
                    commands.push(Command::Explore(ExploreCommand::Set {
                        position,
                        param: spec.id.to_owned(),
                        value,
                    }));
                }
            }
            if kind.params.is_empty() {
                dim_ui(ui, kind.summary);
            }
        });
    }
    if stack.active().any(|(_, entry)| transforms::kind(&entry.transform).is_some_and(|kind| kind.seeded)) {
        ui.horizontal(|ui| {
            let label = ui.label("Seed");
            let mut seed = stack.seed;
            ui.add(egui::DragValue::new(&mut seed)).labelled_by(label.id);
            if seed != stack.seed {
                commands.push(Command::Explore(ExploreCommand::Seed(seed)));
            }
        });
    }
}

fn claim_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    section_ui(ui, "What must hold");
    let claim = app.explore.claim();
    let task = app.models.loaded.as_ref().map_or(Task::Objects, |model| model.task());
    let mut chosen = claim.clone();
    let combo = ComboBox::from_id_salt("claim")
        .width(220.0)
        .selected_text(judge::title(&claim.claim))
        .show_ui(ui, |ui| {
            for kind in judge::claims().filter(|kind| kind.about.contains(&task)) {
                if ui.selectable_label(claim.claim == kind.id, kind.title).clicked() && claim.claim != kind.id
                {
                    chosen = started(app, claim, &kind);
                }
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "What must hold"));
    let Some(kind) = judge::claim(&claim.claim) else { return };
    if kind.id == claims::SAME_ON_BACKENDS.id {
        backends_ui(ui, claim, &mut chosen.expression);
    } else if let Some(expression) = &mut chosen.expression {
        expression_ui(ui, claim, expression);
    }
    for spec in kind.params {
        if let Some(value) = param_ui(ui, "Claim", spec, claim.params.value(spec)) {
            chosen.params.insert(spec.id, value);
        }
    }
    if kind.id == bounds::SIGNAL_WITHIN.id {
        signal_ui(ui, app, &mut chosen);
    } else if kind.subject != Subject::None {
        subject_ui(ui, claim, task, kind.subject, &mut chosen);
    }
    let unknown = matches!(&app.explore.outcome, Some(Ok(outcome)) if outcome.expected.is_none());
    if kind.relation && (unknown || claim.assume_same) {
        ui.checkbox(&mut chosen.assume_same, "Assume that the answer stays").on_hover_text(
            "The transforms promise nothing about this answer. Judge as if they promised that it stays.",
        );
    }
    if chosen != *claim {
        commands.push(Command::Explore(ExploreCommand::Oracle(chosen)));
    }
}

/// A claim as it begins: with what the one before it was about, where that still means something.
fn started(app: &App, before: &OracleSpec, kind: &ClaimKind) -> OracleSpec {
    let subject = || before.class.clone().or_else(|| first_name(app)).or_else(|| Some(app.active_class()));
    OracleSpec {
        class: match kind.subject {
            _ if kind.id == bounds::SIGNAL_WITHIN.id => signals(app).into_iter().next(),
            Subject::Needed => subject(),
            Subject::None | Subject::Optional => None,
        },
        region: before.region.filter(|_| !kind.relation),
        expression: (kind.id == "expression").then(|| example(app)),
        assume_same: before.assume_same,
        ..OracleSpec::new(kind.id)
    }
}

/// The first class or value of the answer on screen.
fn first_name(app: &App) -> Option<String> {
    let Some(Ok(outcome)) = &app.explore.outcome else { return None };
    match &outcome.before {
        Prediction::Values { values } => values.first().map(|value| value.name.clone()),
        Prediction::Segments { segments } => segments.first().map(|segment| segment.class.clone()),
        Prediction::Vector { .. } => None,
        before @ (Prediction::Classes { .. } | Prediction::Objects { .. }) => {
            before.best().map(|(class, _)| class.to_owned())
        }
    }
}

/// An expression to begin with, about the answer on screen.
fn example(app: &App) -> String {
    let name = first_name(app).unwrap_or_else(|| "person".to_owned());
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = if plain { name } else { format!("\"{name}\"") };
    format!("after.{name} >= 0.9 * before.{name}")
}

/// The backends that are compared with, where not all that are here.
fn backends_ui(ui: &mut Ui, claim: &OracleSpec, named: &mut Option<String>) {
    let label = ui.label("Backends");
    let mut names = named.clone().unwrap_or_default();
    let edit = TextEdit::singleline(&mut names).hint_text("all that are here").desired_width(f32::INFINITY);
    let edit = ui.add(edit).labelled_by(label.id);
    if edit
        .on_hover_text("Names with settings, separated by blanks: onnxruntime embedded:threads=2")
        .changed()
    {
        *named = (!names.trim().is_empty()).then_some(names);
    }
    if let Err(problem) = judge::check_oracle(claim) {
        ui.colored_label(theme::colors(ui).warning, problem.to_string());
    }
}

fn expression_ui(ui: &mut Ui, claim: &OracleSpec, expression: &mut String) {
    let edit =
        ui.add(TextEdit::multiline(expression).desired_rows(2).desired_width(f32::INFINITY).code_editor());
    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Expression"));
    edit.on_hover_text(
        "Numbers: before.NAME, expected.NAME, after.NAME. Functions: abs, min, max, sqrt, count(\"person\"), \
         score(\"car\"), holds(\"same_objects\"). Words: and, or, not, class.",
    );
    if let Err(problem) = judge::check_oracle(claim) {
        ui.colored_label(theme::colors(ui).warning, problem.to_string());
    }
}

/// The recorded signal that the claim is about.
fn signal_ui(ui: &mut Ui, app: &App, chosen: &mut OracleSpec) {
    let names = signals(app);
    let mut name = chosen.class.clone().unwrap_or_default();
    let shown = if name.is_empty() { "choose a signal" } else { name.as_str() };
    let combo =
        ComboBox::from_id_salt("signal").width(220.0).selected_text(shown.to_owned()).show_ui(ui, |ui| {
            for known in &names {
                ui.selectable_value(&mut name, known.clone(), known);
            }
        });
    combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Signal"));
    if names.is_empty() {
        dim_ui(ui, "This recording has no signals.");
    }
    chosen.class = Some(name);
}

/// Names of the recorded signals.
fn signals(app: &App) -> Vec<String> {
    let of = |open: &OpenClip| {
        open.info.of_kind(ChannelKind::Signal).map(|(_, channel)| channel.name.clone()).collect()
    };
    app.clip.as_ref().map(of).unwrap_or_default()
}

fn subject_ui(ui: &mut Ui, claim: &OracleSpec, task: Task, subject: Subject, chosen: &mut OracleSpec) {
    ui.horizontal(|ui| {
        let label = ui.label(if task == Task::Values { "Value" } else { "Class" });
        let mut name = chosen.class.clone().unwrap_or_default();
        let hint = if subject == Subject::Optional { "all" } else { "name" };
        ui.add(TextEdit::singleline(&mut name).desired_width(140.0).hint_text(hint)).labelled_by(label.id);
        chosen.class = if name.is_empty() && subject == Subject::Optional { None } else { Some(name) };
    });
    if let Some(region) = claim.region {
        ui.horizontal(|ui| {
            let (x, y) = region.center();
            dim_ui(ui, format!("around {x:.0}, {y:.0}"));
            if ui.small_button("anywhere").clicked() {
                chosen.region = None;
            }
        });
    }
}

/// A failing change made as small as it can be.
fn shrink_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    let failed = matches!(&app.explore.outcome, Some(Ok(outcome)) if outcome.verdict.failed());
    let ready = failed && !app.jobs.is_running("shrink") && app.explore.stack.active().next().is_some();
    ui.add_enabled_ui(ready, |ui| {
        let key = key_of("Shrink the failing change");
        if button_ui(ui, icon::DOWN, "Shrink the failing change", &key).clicked() {
            commands.push(Command::Explore(ExploreCommand::Shrink));
        }
    });
    if let Some(region) = app.explore.stack.region {
        ui.horizontal(|ui| {
            dim_ui(ui, format!("changes {:.0} % of the picture", 100.0 * region.area()));
            if ui.small_button("whole picture").clicked() {
                commands.push(Command::Explore(ExploreCommand::WholePicture));
            }
        });
    }
}

fn tipping_ui(ui: &mut Ui, app: &App, commands: &mut Vec<Command>) {
    section_ui(ui, "Tipping point");
    let entry = app.explore.stack.transforms.get(app.explore.selected);
    let strength =
        entry.and_then(|entry| transforms::kind(&entry.transform)).and_then(TransformKind::strength);
    let ready = strength.is_some() && app.models.loaded.is_some() && !app.jobs.is_running("tipping");
    ui.horizontal(|ui| {
        ui.add_enabled_ui(ready, |ui| {
            if button_ui(ui, icon::TARGET, "Find the tipping point", &key_of("Find the tipping point"))
                .clicked()
            {
                commands.push(Command::Explore(ExploreCommand::FindTipping));
            }
            if button_ui(ui, icon::CHART, "Curve", &key_of("Draw the severity curve")).clicked() {
                commands.push(Command::Explore(ExploreCommand::Curve));
            }
        });
    });
    shrink_ui(ui, app, commands);
    let text = match &app.explore.tipping {
        None if app.jobs.is_running("tipping") => "Looking for the least strength that breaks it…".to_owned(),
        None => return,
        Some(Tipping::Breaks { strength, holds, why }) => {
            format!("Breaks at {strength:.3}, holds at {holds:.3}: {why}. Found by 32 steps, then bisection.")
        }
        Some(Tipping::Holds { looked_at, up_to }) => {
            format!("Holds at all {looked_at} strengths looked at, up to {up_to}.")
        }
        Some(Tipping::BrokenAtStart { why }) => format!("It is broken without any change: {why}."),
    };
    ui.add(egui::Label::new(text).wrap());
}
