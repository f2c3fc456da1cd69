//! The expectation: its claim, values and subject.

use egui::{Role, TextEdit, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::replay::open_clip::OpenClip;
use crate::claims::{self, ClaimKind, Text, spec};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::clip::ChannelKind;
use crate::data::prediction::{Prediction, Task};
use crate::gui::forms::{check_ui, combo_ui, dim_ui, param_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::theme;

/// Width of a choice.
const WIDTH: f32 = 220.0;

/// Draw the claim and all its settings.
pub(in crate::gui::panes) fn claim_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Expectation");
    let claim = app.open.explore.claim();
    let task = app.open.models.loaded.as_ref().map_or(Task::Objects, |model| model.task());
    let mut chosen = claim.clone();
    combo_ui(ui, ("Expectation", WIDTH), spec::title(&claim.claim), |ui| {
        for kind in claims::KINDS.iter().filter(|kind| kind.about.contains(&task)) {
            let label = ui.selectable_label(claim.claim == kind.id, kind.title);
            if label.on_hover_text(kind.summary).clicked() && claim.claim != kind.id {
                chosen = started(app, claim, kind);
            }
        }
    });
    let Some(kind) = claims::kind(&claim.claim) else { return };
    match (kind.text, &mut chosen.expression) {
        (Text::Backends, names) => backends_ui(ui, claim, names),
        (Text::Expression | Text::None, Some(expression)) => expression_ui(ui, claim, expression),
        (Text::Expression | Text::None, None) => {}
    }
    for spec in kind.params {
        if let Some(value) = param_ui(ui, "Claim", spec, claim.params.value(spec)) {
            chosen.params.insert(spec.id, value);
        }
    }
    match kind.subject {
        Subject::None => {}
        Subject::Optional | Subject::Needed => subject_ui(ui, claim, task, kind.subject, &mut chosen),
        Subject::Signal => signal_ui(ui, app, &mut chosen),
    }
    let unknown = matches!(&app.open.explore.outcome, Some(Ok(outcome)) if outcome.expected.is_none());
    if kind.compares() {
        // There before a result says that it is needed, so that nothing below moves when one does.
        let needed = unknown || claim.assume_same;
        let assumed = &mut chosen.assume_same;
        ui.add_enabled_ui(needed, |ui| {
            check_ui(ui, assumed, "Assume an unchanged prediction")
                .on_hover_text(
                    "The transforms promise nothing about this prediction. Evaluate as if it had to stay the same.",
                )
                .on_disabled_hover_text("For transforms that promise nothing about the prediction");
        });
    }
    if chosen != *claim {
        pane.commands.push(Command::Explore(ExploreCommand::Oracle(chosen)));
    }
}

/// A new claim, with the subject of the one before as far as it applies.
fn started(app: &App, before: &ClaimSpec, kind: &ClaimKind) -> ClaimSpec {
    let subject =
        || before.class.clone().or_else(|| first_name(app)).or_else(|| Some(app.open.active_class()));
    ClaimSpec {
        class: match kind.subject {
            Subject::Signal => signals(app).into_iter().next(),
            Subject::Needed => subject(),
            Subject::None | Subject::Optional => None,
        },
        region: before.region.filter(|_| !kind.compares()),
        object: before.object.filter(|_| !kind.compares()),
        area: before.area.clone().filter(|_| !kind.compares()),
        expression: (kind.text == Text::Expression).then(|| example(app)),
        assume_same: before.assume_same,
        ..ClaimSpec::new(kind.id)
    }
}

/// First class or value of the prediction on screen.
fn first_name(app: &App) -> Option<String> {
    let Some(Ok(outcome)) = &app.open.explore.outcome else { return None };
    match &outcome.before {
        Prediction::Values { values } => values.first().map(|value| value.name.clone()),
        Prediction::Segments { segments } => segments.first().map(|segment| segment.class.clone()),
        Prediction::Vector { .. } => None,
        before @ (Prediction::Classes { .. } | Prediction::Objects { .. }) => {
            before.best().map(|(class, _)| class.to_owned())
        }
    }
}

/// Initial expression, about the prediction on screen.
fn example(app: &App) -> String {
    let name = first_name(app).unwrap_or_else(|| "person".to_owned());
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let name = if plain { name } else { format!("\"{name}\"") };
    format!("after.{name} >= 0.9 * before.{name}")
}

/// The backends to compare with, if not all that are available.
fn backends_ui(ui: &mut Ui, claim: &ClaimSpec, named: &mut Option<String>) {
    let label = ui.label("Backends");
    let mut names = named.clone().unwrap_or_default();
    let edit = TextEdit::singleline(&mut names).hint_text("all available").desired_width(f32::INFINITY);
    let edit = ui.add(edit).labelled_by(label.id);
    if edit
        .on_hover_text("Names with settings, separated by spaces: onnxruntime embedded:threads=2")
        .changed()
    {
        *named = (!names.trim().is_empty()).then_some(names);
    }
    if let Err(problem) = spec::check(claim) {
        ui.colored_label(theme::colors(ui).warning, problem.to_string());
    }
}

fn expression_ui(ui: &mut Ui, claim: &ClaimSpec, expression: &mut String) {
    let edit =
        ui.add(TextEdit::multiline(expression).desired_rows(2).desired_width(f32::INFINITY).code_editor());
    edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Expression"));
    edit.on_hover_text(
        "Numbers: before.NAME, expected.NAME, after.NAME. Functions: abs, min, max, sqrt, count(\"person\"), \
         score(\"car\"), holds(\"same_objects\"). Words: and, or, not, class.",
    );
    if let Err(problem) = spec::check(claim) {
        ui.colored_label(theme::colors(ui).warning, problem.to_string());
    }
}

/// The recorded signal that the claim is about.
fn signal_ui(ui: &mut Ui, app: &App, chosen: &mut ClaimSpec) {
    let names = signals(app);
    let mut name = chosen.class.clone().unwrap_or_default();
    let shown = if name.is_empty() { "choose a signal" } else { name.as_str() };
    let shown = shown.to_owned();
    combo_ui(ui, ("Signal", WIDTH), &shown, |ui| {
        for known in &names {
            ui.selectable_value(&mut name, known.clone(), known);
        }
    });
    if names.is_empty() {
        dim_ui(ui, "This recording has no signals");
    }
    chosen.class = Some(name);
}

/// Names of the recorded signals.
fn signals(app: &App) -> Vec<String> {
    let of = |open: &OpenClip| {
        open.info.of_kind(ChannelKind::Signal).map(|(_, channel)| channel.name.clone()).collect()
    };
    app.open.clip.as_ref().map(of).unwrap_or_default()
}

fn subject_ui(ui: &mut Ui, claim: &ClaimSpec, task: Task, subject: Subject, chosen: &mut ClaimSpec) {
    ui.horizontal(|ui| {
        let label = ui.label(if task == Task::Values { "Value" } else { "Class" });
        let mut name = chosen.class.clone().unwrap_or_default();
        let hint = if subject == Subject::Optional { "all" } else { "name" };
        ui.add(
            TextEdit::singleline(&mut name)
                .desired_width(140.0_f32.min(ui.available_width()))
                .hint_text(hint),
        )
        .labelled_by(label.id);
        chosen.class = if name.is_empty() && subject == Subject::Optional { None } else { Some(name) };
    });
    let flat = claim.region.map(|region| region.center());
    let solid = claim.object.map(|object| (object.center[0], object.center[1]));
    let place = flat.map(|(x, y)| format!("around {x:.0}, {y:.0}"));
    if let Some(place) = solid.map(|(x, y)| format!("around {x:.1}, {y:.1} m")).or(place) {
        ui.horizontal(|ui| {
            dim_ui(ui, place);
            if ui.small_button("anywhere").clicked() {
                (chosen.region, chosen.object) = (None, None);
            }
        });
    }
    if let Some(area) = &claim.area {
        dim_ui(ui, format!("true area of {} px, from the labels", area.area()));
    }
}
