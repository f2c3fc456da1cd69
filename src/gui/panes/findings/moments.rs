//! Moments that were mined: a queue to be reviewed, the recording at the moment beside it.

use egui::{Align, Layout, RichText, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo};

use crate::app::App;
use crate::app::command::Command;
use crate::app::findings::moments::MineCommand;
use crate::app::jobs::JobKind;
use crate::app::price::{PriceCommand, Work};
use crate::app::table::key_of;
use crate::base::text::counted;
use crate::data::findings::{Decision, Finding};
use crate::gui::forms::{button_ui, dim_ui, empty_ui, section_ui};
use crate::gui::pane::Pane;
use crate::gui::panes::findings::question;
use crate::gui::panes::workspace::Parts;
use crate::gui::theme::{self, icon};
use crate::mining::finders;
use crate::mining::finding::Effort;

/// Height of a row of the queue.
const ROW: f32 = 52.0;

/// The queue at the left, the recording in the middle, the moment at the right.
pub(super) fn ui(ui: &mut Ui, parts: &mut Parts, pane: &mut Pane<'_>) {
    egui::Panel::left("moments").default_size(380.0).min_size(260.0).show(ui, |ui| queue_ui(ui, pane));
    egui::Panel::right("moment").default_size(280.0).min_size(220.0).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| moment_ui(ui, pane));
    });
    egui::CentralPanel::default().show(ui, |ui| parts.views.ui(ui, pane));
}

fn push(pane: &mut Pane<'_>, command: MineCommand) {
    pane.commands.push(Command::Mine(command));
}

fn queue_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.add_space(4.0);
    question::ui(ui, pane);
    ui.horizontal_wrapped(|ui| {
        let running = app.jobs.is_running(JobKind::Mine);
        ui.add_enabled_ui(!running && app.open.clip.is_some(), |ui| {
            let cheap = button_ui(ui, icon::SEARCH, "Mine", "");
            if cheap.on_hover_text("Signals, tracks, plans and stamps of this recording").clicked() {
                push(pane, MineCommand::Mine(Effort::Cheap));
            }
            let all = button_ui(ui, icon::EYE, "With images", "");
            if all.on_hover_text("Also decodes every image and scan").clicked() {
                push(pane, MineCommand::Mine(Effort::Samples));
            }
            ui.add_enabled_ui(app.open.models.loaded.is_some(), |ui| {
                let model = button_ui(ui, icon::TARGET, "With the model", "");
                let why = "Runs the model on every image as it is and changed a little: where it contradicts itself";
                if model.on_hover_text(why).on_disabled_hover_text("Load a model first").clicked() {
                    pane.commands.push(Command::Price(PriceCommand::Ask(Work::Mining)));
                }
            });
        });
        if running {
            ui.spinner();
        }
    });
    let Some(found) = &app.open.moments.found else {
        ui.add_space(8.0);
        empty_ui(
            ui,
            "Finds moments that nobody tagged: classes that flip, plans that jump, near collisions, hard braking, faults of \
             sensors. Press Mine.",
        );
        return;
    };
    ui.horizontal(|ui| {
        let mut filter = app.open.moments.filter.clone();
        let edit = ui.add(TextEdit::singleline(&mut filter).desired_width(150.0).hint_text("filter"));
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Filter moments"));
        if filter != app.open.moments.filter {
            push(pane, MineCommand::Filter(filter));
        }
        let mut hide = app.open.moments.hide_reviewed;
        if ui.checkbox(&mut hide, "hide reviewed").changed() {
            push(pane, MineCommand::HideReviewed(hide));
        }
    });
    let shown = app.open.moments_shown();
    let reviewed = found.iter().filter(|finding| app.open.decision(finding).is_some()).count();
    dim_ui(ui, format!("{}, {reviewed} reviewed, {} shown", counted(found.len(), "moment"), shown.len()));
    if shown.is_empty() {
        ui.add_space(8.0);
        let text = if found.is_empty() {
            "Nothing was found in what could be looked at"
        } else {
            "No moment matches"
        };
        empty_ui(ui, text);
    }
    ScrollArea::vertical().id_salt("moments").auto_shrink([false, false]).show_rows(
        ui,
        ROW,
        shown.len(),
        |ui, rows| {
            for at in rows.filter_map(|row| shown.get(row)) {
                if let Some(finding) = found.get(*at)
                    && row_ui(ui, app, finding, app.open.moments.selected == Some(*at))
                {
                    push(pane, MineCommand::Select(*at));
                }
            }
        },
    );
}

/// One row of the queue; true if it was clicked.
fn row_ui(ui: &mut Ui, app: &App, finding: &Finding, selected: bool) -> bool {
    let colors = theme::colors(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW - 4.0), Sense::click());
    let title = finders::kind(&finding.finder).map_or(finding.finder.as_str(), |kind| kind.title);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, selected, format!("{title}: {}", finding.sentence))
    });
    if selected || response.hovered() {
        let fill = if selected { ui.visuals().selection.bg_fill } else { ui.visuals().faint_bg_color };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    let bar = egui::Rect::from_min_size(rect.min, Vec2::new(4.0, rect.height()));
    ui.painter().rect_filled(bar, 2.0, theme::severity_ink(ui, finding.severity));
    let start = app.open.clip.as_ref().map(|open| open.info.range.start).unwrap_or_default();
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink2(Vec2::new(10.0, 2.0))));
    inner.horizontal(|ui| {
        ui.label(RichText::new(title).strong());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            match app.open.decision(finding) {
                Some(Decision::Accepted) => drop(ui.colored_label(colors.pass, icon::PASS)),
                Some(Decision::Dismissed) => drop(ui.colored_label(colors.skip, icon::CROSS)),
                None => {}
            }
            ui.label(RichText::new((finding.peak - start).to_string()).monospace().size(12.0));
        });
    });
    inner.add(egui::Label::new(RichText::new(&finding.sentence).size(12.0)).truncate());
    response.on_hover_text(&finding.sentence).clicked()
}

fn moment_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Moment");
    let Some(finding) = app.open.moment() else {
        empty_ui(
            ui,
            "Select a moment: the recording goes there. A accepts it as a tag, D dismisses it as a false alarm",
        );
        not_looked_ui(ui, app);
        return;
    };
    let kind = finders::kind(&finding.finder);
    ui.add(egui::Label::new(RichText::new(&finding.sentence).strong()).wrap());
    ui.add_space(4.0);
    // The decision keeps its place, whatever stands below.
    ui.horizontal(|ui| {
        let decision = app.open.decision(finding);
        for (own, icon, word, title, command) in [
            (Decision::Accepted, icon::PASS, "Accept", "Accept the moment", MineCommand::Accept),
            (Decision::Dismissed, icon::CROSS, "Dismiss", "Dismiss the moment", MineCommand::Dismiss),
        ] {
            let chosen = decision == Some(own);
            let button = egui::Button::new(format!("{icon} {word}"))
                .selected(chosen)
                .min_size(Vec2::new(96.0, theme::ROW));
            let response = ui.add(button);
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, title));
            if response.on_hover_text(format!("{title}  ({})", key_of(title))).clicked() {
                push(pane, if chosen { MineCommand::Reopen } else { command });
            }
        }
    });
    let becomes = match kind.and_then(|kind| kind.claim) {
        Some(_) => format!("Accepting adds a tag and a case to suite {}", app.open.suites.active),
        None => "Accepting adds a tag".to_owned(),
    };
    dim_ui(ui, becomes);
    if kind.is_some_and(|kind| kind.claim.is_some()) {
        let publish = button_ui(ui, icon::KEEP, "Save as case", "");
        let title = "Save the moment as test case";
        if publish.on_hover_text(format!("{title}  ({})", key_of(title))).clicked() {
            push(pane, MineCommand::Publish);
        }
    }
    ui.add_space(8.0);
    egui::Grid::new("moment facts").num_columns(2).spacing([8.0, 4.0]).show(ui, |ui| {
        let mut row = |name: &str, value: String| {
            dim_ui(ui, name);
            ui.add(egui::Label::new(RichText::new(value).size(12.0)).wrap());
            ui.end_row();
        };
        row("Severity", format!("{:.2}", finding.severity));
        let start = app.open.clip.as_ref().map(|open| open.info.range.start).unwrap_or_default();
        row("From, to", format!("{}, {}", finding.t0 - start, finding.t1 - start));
        row("Channels", finding.channels.join(", "));
        if !finding.tracks.is_empty() {
            row("Tracks", finding.tracks.join(", "));
        }
        for (name, value) in &finding.numbers {
            row(name, format!("{value:.3}"));
        }
        if let Some(kind) = kind {
            row("Finder", format!("{}. {}", kind.title, kind.summary));
            row("False alarms", kind.false_alarms.to_owned());
            row("Source", kind.source.to_owned());
            let (accepted, all) = app.open.precision_of(kind.id);
            if all > 0 {
                row("Precision", format!("{accepted} of {all} reviewed were accepted"));
            }
        }
    });
    not_looked_ui(ui, app);
}

/// Parts that could not be looked at: a skip is not "nothing found".
fn not_looked_ui(ui: &mut Ui, app: &App) {
    if app.open.moments.not_looked_at.is_empty() {
        return;
    }
    ui.add_space(8.0);
    section_ui(ui, "Not looked at");
    for why in &app.open.moments.not_looked_at {
        ui.add(egui::Label::new(RichText::new(why).size(12.0).color(theme::colors(ui).skip)).wrap());
    }
}
