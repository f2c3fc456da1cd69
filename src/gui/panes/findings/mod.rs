//! Findings: sweep a stack over the whole recording, see where it fails, and save failures as test cases.

use egui::{Align, Layout, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::moments::MineCommand;
use crate::app::findings::results::{Found, Violation, ViolationFilter};
use crate::app::jobs::JobKind;
use crate::app::suites::command::SuiteCommand;
use crate::app::table::key_of;
use crate::app::{App, Workspace};
use crate::base::text::counted;
use crate::claims::spec;
use crate::data::input::Medium;
use crate::gui::forms::{
    button_ui, chip_ui, dim_ui, empty_ui, name_label_ui, reserved_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::model::failure::failure_ui;
use crate::gui::panes::validity;
use crate::gui::panes::workspace::{Parts, WorkspaceKind, WorkspacePane};
use crate::gui::sides::{Side, Sides};
use crate::gui::theme::{self, icon};
use crate::transforms::stack;

mod gallery;
mod moments;
mod question;
mod rates;
mod search;
mod settings;

use gallery::Gallery;
use settings::{every_ui, in_words};

/// State of this pane between frames.
#[derive(Default)]
struct FindingsPane {
    gallery: Gallery,
}

/// The workspace of sweeps and searches.
pub(in crate::gui::panes) static KIND: WorkspaceKind = WorkspaceKind {
    workspace: Workspace::Findings,
    icon: icon::BUG,
    make: || Box::<FindingsPane>::default(),
};

impl WorkspacePane for FindingsPane {
    fn ui(&mut self, ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>) {
        let app = pane.app;
        let mut moments = app.open.shows_moments();
        egui::Panel::top("pages of findings").show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.selectable_value(&mut moments, true, "Moments");
                ui.selectable_value(&mut moments, false, "Failures");
            });
        });
        if moments != app.open.shows_moments() {
            pane.commands.push(Command::Mine(MineCommand::Page(moments)));
        }
        if moments {
            moments::ui(ui, parts, pane);
            return;
        }
        let (settings, failure) = ([250.0, 200.0], [300.0, 220.0]);
        let mut sides = Sides::new(ui, &[settings[0], failure[0]]);
        sides.show(ui, (Side::Left, "sweep settings"), settings, |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| settings::ui(ui, pane));
        });
        sides.show(ui, (Side::Right, "violation"), failure, |ui| {
            ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| self.violation_ui(ui, pane));
        });
        egui::CentralPanel::default().show(ui, |ui| {
            let Some(found) = &app.open.findings.found else {
                start_ui(ui, pane);
                return;
            };
            head_ui(ui, app, found);
            ui.add_space(4.0);
            match &found.search {
                Some(search) => search::ui(ui, search),
                None => rates::ui(ui, found, pane),
            }
            ui.add_space(4.0);
            ui.separator();
            filter_ui(ui, found, pane);
            self.gallery.ui(ui, found, pane);
        });
    }
}

impl FindingsPane {
    fn violation_ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        let app = pane.app;
        section_ui(ui, "Failure");
        let Some((found, violation)) = app.open.findings.current() else {
            empty_ui(ui, "Select a failure in the gallery to see its reason, open it or save it");
            return;
        };
        self.gallery.selected_ui(ui, found, violation, pane);
        let colors = theme::colors(ui);
        ui.add(egui::Label::new(RichText::new(&violation.why).strong().color(colors.fail)).wrap());
        if app.open.guarding.guard.is_some() {
            validity::chip_ui(ui, app, violation.strange.as_ref());
        }
        facts_ui(ui, found, violation);
        ui.add_space(4.0);
        ui.label("Is this frame still valid?");
        ui.horizontal(|ui| {
            for (answer, word, title) in
                [(true, "Valid", "Mark frame as valid"), (false, "Not valid", "Mark frame as not valid")]
            {
                let chosen = violation.valid == Some(answer);
                let button = egui::Button::new(word).selected(chosen).min_size(egui::vec2(64.0, theme::ROW));
                let response = ui.add(button);
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, title));
                if response.on_hover_text(format!("{title}  ({})", key_of(title))).clicked() {
                    pane.commands.push(Command::Findings(FindingsCommand::Vote(answer)));
                }
            }
        });
        dim_ui(
            ui,
            "Saved with the case: a transform that nobody could cope with is not a failure of the model",
        );
        ui.add_space(8.0);
        if button_ui(ui, icon::TARGET, "Open in Explore", "").clicked() {
            pane.commands.push(Command::Findings(FindingsCommand::Open));
        }
        if button_ui(ui, icon::KEEP, "Save as test case", &key_of("Save as test case")).clicked() {
            pane.commands.push(Command::Suite(SuiteCommand::Keep { why: String::new() }));
        }
        dim_ui(ui, format!("to suite {}", app.open.suites.active));
    }
}

/// The facts about a failure.
fn facts_ui(ui: &mut Ui, found: &Found, violation: &Violation) {
    let (Some(input), Some(variant)) =
        (found.inputs.get(violation.input), found.variants.get(violation.variant))
    else {
        return;
    };
    let change = stack::describe(&found.catalog, &variant.stack);
    let facts = [
        ("Original", violation.before.clone()),
        ("Transformed", violation.after.clone()),
        ("Transform", format!("{change} (seed {})", variant.stack.seed)),
        ("Severity", {
            let unit = if input.medium == Medium::Points { "% of the points" } else { "gray levels" };
            format!("{:.2}, RMS change {:.1} {unit}", variant.strength, violation.change_rms)
        }),
        ("Frame", format!("{} {} frame {}", input.clip_name, input.channel_name, input.frame)),
        ("Tags", input.tags.join(", ")),
    ];
    egui::Grid::new("facts").num_columns(2).spacing([8.0, 4.0]).show(ui, |ui| {
        for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
            dim_ui(ui, *name);
            ui.add(egui::Label::new(RichText::new(value).size(12.0)).wrap());
            ui.end_row();
        }
    });
}

/// The workspace in one sentence.
const ABOUT: &str =
    "Transforms the frames of this recording in many ways, runs the model on each and lists what fails";

/// Explain the workspace and offer the two ways to begin.
fn start_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new("Search for failures").size(18.0));
        ui.label(ABOUT);
        ui.add_space(8.0);
        if failure_ui(ui, pane) {
            return;
        }
        if app.open.models.loaded.is_none() {
            ui.label("Load a model first: drop an ONNX file on the window");
            return;
        }
        ui.add_enabled_ui(!app.jobs.is_running(JobKind::Sweep), |ui| {
            every_ui(ui, pane.commands);
        });
    });
}

/// Width of the filter.
const FILTER: f32 = 150.0;

/// Progress and overall result.
fn head_ui(ui: &mut Ui, app: &App, found: &Found) {
    let colors = theme::colors(ui);
    let state = |ui: &mut Ui| {
        if found.search.is_some() {
            return;
        }
        if app.jobs.is_running(JobKind::Sweep) {
            dim_ui(ui, format!("{} of {} so far", found.done, counted(found.inputs.len(), "frame")));
        } else if found.done < found.inputs.len() {
            let text = format!("stopped after {} of {}", found.done, counted(found.inputs.len(), "frame"));
            ui.colored_label(colors.warning, text);
        }
    };
    row_with_end_ui(ui, state, |ui| {
        let title = format!("{} of {}", spec::describe(&found.oracle), found.model);
        name_label_ui(ui, RichText::new(title).size(18.0));
    });
    if let Some(search) = &found.search {
        return search::head_ui(ui, found, search);
    }
    let Some(model) = found.summary.models.first() else { return drop(reserved_ui(ui, "", 2)) };
    let tips = model.tipping().map_or_else(String::new, |tipping| {
        let (low, high) = tipping.median;
        format!(
            "; {} of {} frames fail, half of them below severity {:.2} ({low:.2} to {high:.2})",
            tipping.broke, tipping.of, tipping.quartiles[1]
        )
    });
    let text = format!("{}{tips}", in_words(model.total()));
    reserved_ui(ui, text, 2);
}

/// Failures that are the model's fault, and those on inputs that are no longer valid.
fn faults_ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    let filter = &pane.app.open.findings.filter;
    let (fault, invalid) = found.faults();
    let all = [
        (None, format!("All {}", found.violations.len())),
        (Some(true), format!("Model's fault {fault}")),
        (Some(false), format!("No longer valid {invalid}")),
    ];
    ui.horizontal_wrapped(|ui| {
        for (wanted, text) in all {
            let room = ui.available_width();
            if chip_ui(ui, text, filter.fault == wanted, room, true).clicked() {
                let filter = ViolationFilter { fault: wanted, ..filter.clone() };
                pane.commands.push(Command::Findings(FindingsCommand::Filter(filter)));
            }
        }
    });
}

fn filter_ui(ui: &mut Ui, found: &Found, pane: &mut Pane<'_>) {
    let app = pane.app;
    let shown = app.open.findings.shown().len();
    if app.open.guarding.guard.is_some() {
        faults_ui(ui, found, pane);
    }
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut filter = app.open.findings.filter.clone();
            let edit = ui.add(
                TextEdit::singleline(&mut filter.text)
                    .desired_width(FILTER.min(ui.available_width() * 0.5))
                    .hint_text("filter"),
            );
            edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter failures"));
            ui.label(icon::SEARCH);
            if !filter.at.is_empty() || filter.slice.is_some() {
                let mut parts = Vec::new();
                for (axis, at) in &filter.at {
                    let of = found.plan.axes.get(*axis);
                    let value = of.and_then(|of| of.values.get(*at));
                    parts.extend(
                        of.zip(value).map(|(of, v)| format!("{} {v:.3}", of.name(&found.plan.stack))),
                    );
                }
                parts.extend(filter.slice.as_ref().map(|slice| format!("{} {}", slice.kind, slice.name)));
                let text = format!("{}  only {}", icon::CROSS, parts.join(", "));
                let room = ui.available_width() * 0.6;
                if chip_ui(ui, text, false, room, true).clicked() {
                    (filter.at, filter.slice) = (Vec::new(), None);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (text, dim) = (counted(shown, "failure"), theme::colors(ui).dim);
                name_label_ui(ui, RichText::new(text).strong());
                let rest = if found.left_out > 0 {
                    format!("smallest change first, {} with larger changes are not listed", found.left_out)
                } else if app.open.guarding.guard.is_some() {
                    "by validity and severity".to_owned()
                } else {
                    "smallest change first".to_owned()
                };
                name_label_ui(ui, RichText::new(rest).size(12.0).color(dim));
            });
            if filter != app.open.findings.filter {
                pane.commands.push(Command::Findings(FindingsCommand::Filter(filter)));
            }
        });
    });
}
