//! The case that is looked at: its images, expected against found, reasons, the runs before.

use egui::{RichText, ScrollArea, Ui, Vec2};

use crate::app::command::Command;
use crate::app::suites::command::SuiteCommand;
use crate::app::suites::preview::{Preview, Seen};
use crate::claims::spec;
use crate::data::cases::case::Case;
use crate::gui::forms::{
    button_ui, dim_ui, empty_ui, icon_button_ui, name_label_ui, row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::suites::history;
use crate::transforms::stack;

/// Runs shown of a case.
const RUNS: usize = 16;

/// Draws the case that is looked at.
pub(super) fn details_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    let (Some(preview), Some(project)) = (&app.open.suites.preview, app.project()) else {
        empty_ui(ui, "Press the eye of a case to see its images, what was expected and what the model said.");
        return;
    };
    let (suite, id) = &preview.key;
    let Some(case) = project.cases_of(suite).find(|case| case.id == *id) else {
        empty_ui(ui, "The case is no longer there.");
        return;
    };
    let open = |ui: &mut Ui| {
        if button_ui(ui, icon::TARGET, "Open", "").on_hover_text("In Explore").clicked() {
            let (suite, id) = (suite.clone(), id.clone());
            pane.commands.push(Command::Suite(SuiteCommand::OpenCase { suite, id }));
        }
        if icon_button_ui(ui, icon::PLAY, "Run this case", "").clicked() {
            let (suite, ids) = (suite.clone(), vec![id.clone()]);
            pane.commands.push(Command::Suite(SuiteCommand::RunSome { suite, ids }));
        }
    };
    row_with_end_ui(ui, open, |ui| drop(name_label_ui(ui, RichText::new(id).strong())));
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        images_ui(ui, preview, pane);
        let seen = preview.seen.as_ref().and_then(|seen| seen.as_ref().ok());
        let change = match &case.interval {
            Some(interval) => format!("stretch of {}", interval.range().span()),
            None => stack::describe_case(&app.open.models.catalog, &case.stack, case.attack.as_ref()),
        };
        let mut rows = vec![("Transform", change), ("Claim", spec::describe(&case.oracle))];
        rows.extend(case.more.iter().map(|claim| ("and", spec::describe(claim))));
        let known = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
        rows.push(("Expected", known(seen.map_or("", |seen| &seen.expected))));
        rows.push(("Found", known(seen.map_or("", |seen| &seen.found))));
        let verdict = app.open.suites.verdicts.get(&preview.key);
        let message = match verdict {
            None => "not run".to_owned(),
            Some(Ok(verdict)) if verdict.why().is_empty() => verdict.word().to_owned(),
            Some(Ok(verdict)) => verdict.why().to_owned(),
            Some(Err(problem)) => problem.clone(),
        };
        rows.push(("Last verdict", message));
        rows.push(("Reason to keep it", known(&case.why)));
        rows.push(("Tags", known(&case.tags.join(", "))));
        if let Some(failure) = &case.terms.known_failure {
            let until = failure.until.map_or_else(String::new, |day| format!(" until {day}"));
            rows.push(("Known failure", format!("{}{until}", failure.reason)));
        }
        for (name, text) in rows {
            dim_ui(ui, name);
            ui.add(egui::Label::new(crate::gui::scripts::shown(&text)).wrap());
            ui.add_space(4.0);
        }
        runs_ui(ui, case, pane);
    });
}

fn images_ui(ui: &mut Ui, preview: &Preview, pane: &mut Pane<'_>) {
    // Both images keep their room while they are made, so that nothing moves.
    let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
    let room = Vec2::new(width, width * 0.75);
    match &preview.seen {
        None => {
            ui.allocate_ui(Vec2::new(ui.available_width(), room.y), |ui| {
                ui.set_min_height(room.y);
                ui.centered_and_justified(|ui| ui.label("Making the images…"));
            });
        }
        Some(Err(problem)) => {
            ui.allocate_ui(Vec2::new(ui.available_width(), room.y), |ui| {
                ui.set_min_height(room.y);
                ui.add(egui::Label::new(format!("{}  {problem}", icon::WARNING)).wrap());
            });
        }
        Some(Ok(Seen { version, images, lost, .. })) => {
            ui.horizontal(|ui| {
                for (at, (image, name)) in images.iter().zip(["Original", "Transformed"]).enumerate() {
                    let texture = pane.textures.get(ui, &format!("case {at}"), *version, image);
                    ui.allocate_ui_with_layout(
                        room,
                        egui::Layout::centered_and_justified(egui::Direction::TopDown),
                        |ui| {
                            let size = Vec2::new(image.width() as f32, image.height() as f32);
                            let fit = (room.x / size.x).min(room.y / size.y);
                            ui.add(
                                egui::Image::new((texture, size * fit))
                                    .alt_text(format!("{name} image of the case")),
                            );
                        },
                    );
                }
            });
            let [r, g, b] = crate::app::suites::preview::LOST;
            let line = match lost {
                0 => RichText::new("Original and transformed, with what the model saw")
                    .size(12.0)
                    .color(theme::colors(ui).dim),
                count => RichText::new(format!(
                    "{} lost or of another class",
                    crate::base::text::counted(*count, "object")
                ))
                .size(12.0)
                .color(egui::Color32::from_rgb(r, g, b)),
            };
            ui.label(line);
        }
    }
}

/// Verdicts of the runs before, the latest on the left, and what changed last.
fn runs_ui(ui: &mut Ui, case: &Case, pane: &Pane<'_>) {
    section_ui(ui, "Last runs");
    let runs = pane.app.open.suites.runs.as_deref().unwrap_or_default();
    let of_case: Vec<_> = history::of_case(runs, &case.suite, &case.id).collect();
    if of_case.is_empty() {
        dim_ui(ui, "Not run yet");
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 3.0;
        for (run, word) in of_case.iter().take(RUNS) {
            let (sign, color) = look_of(ui, word);
            let mark = ui.label(RichText::new(sign).color(color).size(16.0));
            let when = run.at.wall_clock();
            let model = if run.model.is_empty() { "no model" } else { &run.model };
            let about = format!("{word}, {}, {model}", when.get(..19).unwrap_or(&when).replace('T', " "));
            mark.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &about));
            mark.on_hover_text(&about);
        }
    });
    let failed = of_case.iter().filter(|(_, word)| *word == "fail").count();
    let mut text = format!("{failed} of {} failed", crate::base::text::counted(of_case.len(), "run"));
    if let Some(((_, last), (run, before))) =
        of_case.first().zip(of_case.get(1)).filter(|((_, a), (_, b))| a != b)
    {
        text = format!("{text}; {before} before, with {}: {last} now", run.model);
    }
    dim_ui(ui, text);
}

/// Sign and color of a kept verdict.
fn look_of(ui: &Ui, word: &str) -> (&'static str, egui::Color32) {
    let colors = theme::colors(ui);
    match word {
        "pass" => (icon::PASS, colors.pass),
        "fail" => (icon::FAIL, colors.fail),
        "skip" => (icon::SKIP, colors.skip),
        _ => (icon::WARNING, colors.warning),
    }
}
