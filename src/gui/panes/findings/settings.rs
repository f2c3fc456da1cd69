//! Settings of a sweep.

use egui::{RichText, Ui};

use crate::app::command::Command;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::results::{SweepSettings, ViolationFilter};
use crate::app::jobs::JobKind;
use crate::app::price::{PriceCommand, Work};
use crate::claims::spec;
use crate::data::clip::ChannelKind;
use crate::gui::forms::{button_ui, check_ui, combo_ui, dim_ui, empty_ui, number_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::findings::search;
use crate::gui::panes::validity;
use crate::gui::theme::{self, icon};
use crate::search::sweep::summary::Tally;

/// The button that begins a sweep of all transforms.
pub(super) fn every_ui(ui: &mut Ui, commands: &mut Vec<Command>) {
    let button = button_ui(ui, icon::CHART, "Sweep all transforms", "");
    if button.on_hover_text("One at a time, at five severities each").clicked() {
        commands.push(Command::Price(PriceCommand::Ask(Work::AllTransforms)));
    }
}

/// The settings of a sweep, and the worst slices of the last one.
pub(super) fn ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Parameters");
    let mut settings = app.open.findings.settings.clone();
    let active: Vec<_> = app.open.explore.stack.active().collect();
    if active.is_empty() {
        empty_ui(ui, "The transform stack of Explore is empty. Add transforms there to sweep them together.");
    }
    for (position, entry) in active {
        let Some(kind) = app.open.models.catalog.kind(&entry.transform) else { continue };
        if kind.strength().is_none() {
            dim_ui(ui, format!("{}, always on", kind.title));
            continue;
        }
        let mut varies = !settings.fixed.contains(&position);
        let text = match kind.strength() {
            Some(spec) if !varies => format!("{} fixed at {}", kind.title, entry.params.value(spec)),
            _ => kind.title.to_owned(),
        };
        if check_ui(ui, &mut varies, text).changed() {
            if varies {
                settings.fixed.remove(&position);
            } else {
                settings.fixed.insert(position);
            }
        }
    }
    ui.add_space(4.0);
    let mut steps = settings.steps as u64;
    number_ui(ui, "Levels", &mut steps, 2..=50, "per parameter");
    settings.steps = steps as usize;
    number_ui(ui, "Seeds", &mut settings.seeds, 1..=20, "of random transforms");
    let mut every = settings.every as u64;
    number_ui(ui, "Frame stride", &mut every, 0..=10_000, "0 is auto: about 100 frames");
    settings.every = every as usize;
    if settings != app.open.findings.settings {
        pane.commands.push(Command::Findings(FindingsCommand::Settings(settings)));
    }
    section_ui(ui, "Expectation");
    ui.label(spec::describe(app.open.explore.claim()));
    dim_ui(ui, "chosen in Explore");
    if spec::human(app.open.explore.claim()).is_some() {
        human_ui(ui, pane);
    }
    ui.add_space(8.0);
    let running = app.jobs.is_running(JobKind::Sweep);
    let ready = app.open.models.loaded.is_some() && !running;
    ui.add_enabled_ui(ready && app.open.explore.stack.active().next().is_some(), |ui| {
        if button_ui(ui, icon::PLAY, "Sweep the stack", "").clicked() {
            pane.commands.push(Command::Price(PriceCommand::Ask(Work::Stack)));
        }
    });
    // Before the first sweep this button stands in the middle, and its place here is kept.
    if app.open.findings.found.is_some() {
        ui.add_enabled_ui(ready, |ui| every_ui(ui, pane.commands));
    } else {
        ui.allocate_space(egui::vec2(0.0, theme::ROW));
    }
    search::settings_ui(ui, ready, pane);
    if let Some(failed) = &app.open.models.failed {
        let color = theme::colors(ui).fail;
        let text = format!("{} {} failed", icon::FAIL, failed.name);
        let label = ui.add(egui::Label::new(RichText::new(text).size(12.0).color(color)).wrap());
        label.on_hover_text(&failed.why);
    } else if app.open.models.loaded.is_none() {
        dim_ui(ui, "Load a model first");
    }
    section_ui(ui, "Input validity");
    validity::reference_ui(ui, pane);
    slices_ui(ui, pane);
}

/// The signal with the human driver's values.
fn human_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(open) = &app.open.clip else { return };
    let chosen = app.open.human_signal();
    ui.horizontal(|ui| {
        ui.label("Human driver");
        let now = chosen.as_deref().unwrap_or("is unknown");
        combo_ui(ui, ("Human driver signal", 140.0), now, |ui| {
            for (_, signal) in open.info.of_kind(ChannelKind::Signal) {
                let is_chosen = chosen.as_ref() == Some(&signal.name);
                if ui.selectable_label(is_chosen, &signal.name).clicked() {
                    let human = Some(signal.name.clone());
                    let settings = SweepSettings { human, ..app.open.findings.settings.clone() };
                    pane.commands.push(Command::Findings(FindingsCommand::Settings(settings)));
                }
            }
        });
    });
}

/// The slices with the highest failure rates.
fn slices_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    /// Slices with fewer evaluations say little.
    const SUPPORT: usize = 20;
    let app = pane.app;
    let Some(model) = app.open.findings.found.as_ref().and_then(|found| found.summary.models.first()) else {
        return;
    };
    let slices = model.worst_slices();
    if slices.is_empty() {
        return;
    }
    ui.add_space(8.0);
    section_ui(ui, "Worst slices");
    for (slice, tally) in slices.into_iter().take(12) {
        let chosen = app.open.findings.filter.slice.as_ref() == Some(slice);
        let rate = tally.rate();
        let text = RichText::new(format!("{}: {}", slice.kind, slice.name));
        let text = if tally.judged < SUPPORT { text.color(theme::colors(ui).dim) } else { text };
        let button = egui::Button::new(text)
            .right_text(RichText::new(format!("{:.0} %", 100.0 * rate.share())).monospace())
            .selected(chosen)
            .truncate()
            .frame_when_inactive(false);
        let response = ui.add_sized([ui.available_width(), theme::ROW], button);
        if response.on_hover_text(in_words(tally)).clicked() {
            let slice = if chosen { None } else { Some(slice.clone()) };
            let filter = ViolationFilter { slice, ..app.open.findings.filter.clone() };
            pane.commands.push(Command::Findings(FindingsCommand::Filter(filter)));
        }
    }
}

/// A rate with its counts.
pub(super) fn in_words(tally: Tally) -> String {
    let rate = tally.rate();
    let skipped =
        if tally.skipped > 0 { format!(", {} not evaluated", tally.skipped) } else { String::new() };
    format!(
        "{} of {} failed, {:.1} % (95 % interval {:.1} to {:.1} %){skipped}",
        rate.hits,
        rate.of,
        100.0 * rate.share(),
        100.0 * rate.low,
        100.0 * rate.high
    )
}
