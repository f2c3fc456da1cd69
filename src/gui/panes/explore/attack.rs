//! The attack at the end of the steps: its settings, its state, and the attacks in the menu of transforms.

use egui::{Checkbox, Frame, RichText, Role, Ui, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::explore::attack::{AttackState, AttackStep, AttackedFrame, QUERIES, by_knowledge};
use crate::app::explore::command::ExploreCommand;
use crate::app::explore::glance::GlanceCommand;
use crate::app::jobs::JobKind;
use crate::data::input::Medium;
use crate::data::prediction::Task;
use crate::gui::forms::{button_ui, chip_ui, combo_ui, dim_ui, icon_button_ui, param_ui, reserved_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::robustness::attacks::norm::{Norm, size_text};
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::Outcome;
use crate::robustness::attacks::{AttackKind, Knowledge};

/// Lines that the state of an attack has.
const LINES: usize = 3;

fn set(step: Option<AttackStep>) -> Command {
    Command::Explore(ExploreCommand::Attack(step))
}

/// Columns of attacks in the menu of transforms, by the knowledge that they need; none without an image.
pub(super) fn columns(app: &App) -> Vec<(&'static str, Vec<&'static AttackKind>)> {
    if app.open.medium() == Medium::Image { by_knowledge().into() } else { Vec::new() }
}

/// A line of the menu about all attacks: the reason why some cannot run.
pub(super) fn note_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    if app.open.wants_attack_support() {
        pane.commands.push(Command::Explore(ExploreCommand::AttackSupport));
    }
    let text = match (app.open.models.loaded.is_some(), app.open.attack_support()) {
        (false, _) => "Load a model to attack it".to_owned(),
        (true, None) => "Looking for gradients of the model…".to_owned(),
        (true, Some(support)) => match (&support.none, &support.no_gradients) {
            (Some(problem), _) => problem.clone(),
            (None, Some(problem)) => format!("No gradients: {problem}"),
            (None, None) => {
                "The smallest changes that make the model wrong; epsilon is their size".to_owned()
            }
        },
    };
    reserved_ui(ui, RichText::new(text).size(12.0).color(theme::colors(ui).dim), 2);
}

/// Attacks of the menu, one below the other; those that cannot run say why.
pub(super) fn column_ui(
    ui: &mut Ui,
    (title, kinds): &(&'static str, Vec<&'static AttackKind>),
    width: f32,
    pane: &mut Pane<'_>,
) {
    let app = pane.app;
    ui.vertical(|ui| {
        ui.set_width(width);
        dim_ui(ui, *title);
        for kind in kinds {
            let unknown = "load a model that classifies images or detects objects in them first";
            let problem = match app.open.attack_support() {
                Some(support) => support.problem(kind),
                None if app.open.models.loaded.is_some() => None,
                None => Some(unknown),
            };
            ui.add_enabled_ui(problem.is_none(), |ui| {
                let response = chip_ui(ui, kind.title, false, width, true);
                let response = response.on_hover_text(format!("{}\n{}", kind.summary, kind.source));
                if let Some(problem) = problem {
                    response.on_disabled_hover_text(format!("{} cannot run: {problem}", kind.title));
                } else if response.clicked() {
                    pane.commands.push(set(Some(AttackStep::new(kind))));
                    ui.close();
                }
            });
        }
    });
}

/// The attack behind the transforms, with its settings and its state.
pub(super) fn step_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(step) = &app.open.explore.attack.step else { return };
    let Some(kind) = step.kind() else { return };
    let mut next = step.clone();
    Frame::new().inner_margin(4).show(ui, |ui| {
        ui.horizontal(|ui| {
            let check = ui.add(Checkbox::without_text(&mut next.enabled));
            let on = next.enabled;
            check.widget_info(|| {
                WidgetInfo::selected(Role::CheckBox, true, on, format!("{} enabled", kind.title))
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button_ui(ui, icon::CROSS, &format!("Remove {}", kind.title), "").clicked() {
                    pane.commands.push(set(None));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    let title = RichText::new(kind.title).strong();
                    let hover =
                        format!("Attack on what the transforms make: {}\n{}", kind.summary, kind.source);
                    let room = ui.available_width() - 48.0;
                    ui.scope(|ui| {
                        ui.set_max_width(room);
                        ui.add(egui::Label::new(title).truncate()).on_hover_text(hover);
                    });
                    dim_ui(ui, "attack");
                });
            });
        });
        settings_ui(ui, app, kind, &mut next);
        state_ui(ui, pane);
    });
    if next != *step {
        pane.commands.push(set(Some(next)));
    }
}

/// Norm, size, goal and effort of an attack.
fn settings_ui(ui: &mut Ui, app: &App, kind: &AttackKind, step: &mut AttackStep) {
    let room = 64.0_f32.min(ui.available_width() * 0.3);
    let name = |ui: &mut Ui, text: &str| ui.add_sized([room, theme::ROW], egui::Label::new(text).truncate());
    if kind.norms.len() > 1 {
        ui.horizontal(|ui| {
            name(ui, "Norm");
            let mut norm = step.norm;
            combo_ui(ui, ("Attack norm", 100.0), norm_title(norm), |ui| {
                for one in kind.norms {
                    ui.selectable_value(&mut norm, *one, norm_title(*one));
                }
            });
            *step = step.clone().bounded_by(norm);
        });
    }
    if let Some(value) = param_ui(ui, kind.title, step.spec(), step.strength) {
        step.strength = value;
    }
    if kind.knows != Knowledge::Gradients
        && let Some(value) = param_ui(ui, kind.title, &QUERIES, step.budget as f64)
    {
        step.budget = value.round() as usize;
    }
    let Some(model) = &app.open.models.loaded else { return };
    ui.horizontal(|ui| {
        name(ui, "Goal");
        if model.task() == Task::Objects {
            combo_ui(ui, ("Attack goal", 190.0), goal(step.objective), |ui| {
                for one in Objective::ALL {
                    ui.selectable_value(&mut step.objective, *one, goal(*one));
                }
            });
            return;
        }
        let now = step.target.map_or_else(|| "another class".to_owned(), |at| model.card.label(at));
        combo_ui(ui, ("Attack goal", 190.0), &now, |ui| {
            ui.selectable_value(&mut step.target, None, "another class");
            for at in 0..model.card.labels.len() {
                ui.selectable_value(&mut step.target, Some(at), model.card.label(at));
            }
        });
    });
}

fn norm_title(norm: Norm) -> &'static str {
    match norm {
        Norm::Linf => "L-infinity",
        Norm::L2 => "L2",
        Norm::L1 => "L1",
    }
}

fn goal(objective: Objective) -> &'static str {
    match objective {
        Objective::Vanish => "objects vanish",
        Objective::Fabricate => "objects appear",
        Objective::Mislabel => "objects change class",
        Objective::One => "the surest object vanishes",
    }
}

/// Progress and outcome, in a place that is kept, and what can be done about it.
fn state_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let state = app.attack_state();
    let colors = theme::colors(ui);
    let (text, color) = match &state {
        AttackState::None if app.open.models.loaded.is_none() => {
            ("Load a model to attack it".to_owned(), colors.dim)
        }
        AttackState::None => ("Off".to_owned(), colors.dim),
        AttackState::Playing => ("Runs once the recording stands still".to_owned(), colors.dim),
        AttackState::Running => (running(app), colors.dim),
        AttackState::Stopped => ("Stopped".to_owned(), colors.warning),
        AttackState::Failed(problem) => (problem.clone(), colors.warning),
        AttackState::Done(frame) => (outcome_text(frame), ui.visuals().text_color()),
    };
    let label = reserved_ui(ui, RichText::new(&text).size(12.0).color(color), LINES);
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Attack: {text}")));
    ui.horizontal(|ui| match state {
        AttackState::Running => {
            if button_ui(ui, icon::CROSS, "Stop the attack", "").clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::StopAttack));
            }
        }
        AttackState::Stopped | AttackState::Failed(_) => {
            if button_ui(ui, icon::PLAY, "Attack again", "").clicked() {
                pane.commands.push(Command::Explore(ExploreCommand::AttackAgain));
            }
        }
        AttackState::Done(_) => human_ui(ui, pane),
        AttackState::None | AttackState::Playing => {
            ui.add_enabled_ui(false, |ui| button_ui(ui, icon::EYE, "Human check", ""));
        }
    });
}

/// The human check, and its judgment.
fn human_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let ready = !app.jobs.is_running(JobKind::Glance);
    ui.add_enabled_ui(ready, |ui| {
        let about = "Shows the attacked frame for half a second among unchanged ones and asks what it was; the judgment \
                     is saved with the case";
        if button_ui(ui, icon::EYE, "Human check", "").on_hover_text(about).clicked() {
            pane.commands.push(Command::Explore(ExploreCommand::Glance(GlanceCommand::Begin)));
        }
    });
    if let Some(glance) = app.glance() {
        let saw = if glance.saw.is_empty() { "none of the classes" } else { &glance.saw };
        let verdict = if glance.agrees { "unchanged to a person" } else { "a person is fooled too" };
        let text = format!("saw {saw}: {verdict} ({} of {} others seen)", glance.recognized, glance.among);
        let label = egui::Label::new(RichText::new(&text).size(12.0).color(theme::colors(ui).dim)).truncate();
        ui.add(label).on_hover_text(text);
    }
}

/// The forward runs so far.
fn running(app: &App) -> String {
    let job = app.jobs.running().iter().rfind(|job| job.kind == JobKind::AttackStep);
    match job.map(|job| job.progress.state()) {
        Some((done, total)) if total > 0 => format!("Attacking: {done} of at most {total} runs of the model"),
        _ => "Attacking…".to_owned(),
    }
}

/// The outcome of an attack in words.
fn outcome_text(frame: &AttackedFrame) -> String {
    let Some(outcome) = &frame.outcome else {
        return "Frozen image of the case; change a setting to attack again".to_owned();
    };
    let runs = crate::base::text::counted(frame.queries, "run");
    if !outcome.note.is_empty() && !outcome.success {
        return format!("Holds: {}, {runs}", outcome.note);
    }
    let size = changed(outcome);
    let noise = if outcome.noise { "noise of that size is enough" } else { "noise of that size is not" };
    match (outcome.success, outcome.reached) {
        (true, _) => format!("Falls after {runs}, changed by {size}; {noise}"),
        (false, true) => format!("Holds within epsilon, falls at {size} after {runs}"),
        (false, false) if outcome.float_only => {
            format!("Holds on 8 bits, falls in numbers alone; {runs}, changed by {size}")
        }
        (false, false) => format!("Holds after {runs}, changed by {size}"),
    }
}

/// Size of the change in gray levels and as a length.
fn changed(outcome: &Outcome) -> String {
    let [largest, length, ..] = outcome.sizes;
    // On 8 bits every change is a whole number of levels.
    format!("{} (L2 {length:.2})", size_text(Norm::Linf, (largest * 255.0).round() / 255.0))
}
