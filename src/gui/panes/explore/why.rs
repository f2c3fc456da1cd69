//! Reasons of a verdict: expected against predicted, by object, class or value.

use egui::{Color32, Grid, RichText, ScrollArea, Ui};

use crate::app::App;
use crate::claims::judge::Outcome;
use crate::claims::reasons::{Fate, reasons};
use crate::data::prediction::Prediction;
use crate::gui::forms::{dim_ui, fold, name_label_ui};
use crate::gui::theme::{self, class_ink};

/// Room for a name.
const NAME: f32 = 120.0;
/// Rows that are shown.
const ROWS: usize = 12;

/// Height of the comparison, the same for every result.
const HEIGHT: f32 = 132.0;

/// Draw expected beside predicted, in a place that is kept while there is nothing to compare.
pub(in crate::gui::panes) fn why_ui(ui: &mut Ui, app: &App) {
    egui::CollapsingHeader::new(fold(ui, RichText::new("Expected and predicted")))
        .id_salt("reasons")
        .default_open(true)
        .show(ui, |ui| {
            let area = ScrollArea::both().id_salt("why").max_height(HEIGHT).min_scrolled_height(HEIGHT);
            area.auto_shrink([false, false]).show(ui, |ui| match compared(app) {
                Some((outcome, expected)) => {
                    Grid::new("why")
                        .num_columns(4)
                        .spacing([10.0, 3.0])
                        .show(ui, |ui| rows_ui(ui, app, outcome, expected));
                }
                None => drop(dim_ui(ui, "Appears once the model has seen both frames")),
            });
        });
}

/// The outcome with what was expected of it, once both are there.
fn compared(app: &App) -> Option<(&Outcome, &Prediction)> {
    let outcome = app.open.explore.outcome.as_ref()?.as_ref().ok()?;
    let expected = outcome.expected.as_ref()?;
    let changed =
        app.open.explore.stack.active().next().is_some() || app.open.explore.attack.active().is_some();
    changed.then_some((outcome, expected))
}

fn rows_ui(ui: &mut Ui, app: &App, outcome: &Outcome, expected: &Prediction) {
    let colors = theme::colors(ui);
    let head = |ui: &mut Ui, names: [&str; 4]| {
        for name in names {
            dim_ui(ui, name);
        }
        ui.end_row();
    };
    match (expected, &outcome.after) {
        (Prediction::Objects { objects }, Prediction::Objects { objects: found }) => {
            head(ui, ["", "expected", "found", ""]);
            let all = reasons(&app.open.explore.claim().params, objects, found);
            for reason in all.iter().take(ROWS) {
                let (text, color) = match &reason.fate {
                    Fate::Lost => ("lost".to_owned(), colors.fail),
                    Fate::Renamed { class } => (format!("now {class}"), colors.fail),
                    Fate::New => ("new".to_owned(), colors.warning),
                    Fate::Seen { overlap } => (format!("IoU {overlap:.2}"), colors.dim),
                };
                let numbers = [reason.expected, reason.found];
                row_ui(ui, &reason.class, numbers.map(|v| v.map(f64::from)), (text, color));
            }
            if all.len() > ROWS {
                dim_ui(ui, format!("and {} more", all.len() - ROWS));
                ui.end_row();
            }
        }
        (Prediction::Classes { top }, Prediction::Classes { .. }) => {
            head(ui, ["", "expected", "predicted", ""]);
            for class in top.iter().take(ROWS.min(5)) {
                let found = outcome.after.quantity(&class.class);
                let change = found.map_or(0.0, |found| found - f64::from(class.score));
                row_ui(
                    ui,
                    &class.class,
                    [Some(f64::from(class.score)), found],
                    (format!("{change:+.2}"), colors.dim),
                );
            }
        }
        (Prediction::Values { values }, Prediction::Values { .. }) => {
            head(ui, ["", "expected", "predicted", ""]);
            for value in values.iter().take(ROWS) {
                let found = outcome.after.quantity(&value.name);
                let change = found.map_or(0.0, |found| found - f64::from(value.value));
                let text = format!("{change:+.3} {}", value.unit);
                row_ui(ui, &value.name, [Some(f64::from(value.value)), found], (text, colors.dim));
            }
        }
        (Prediction::Segments { segments }, Prediction::Segments { .. }) => {
            head(ui, ["", "expected", "predicted", "of the image"]);
            for segment in segments.iter().take(ROWS) {
                let found = outcome.after.quantity(&segment.class);
                let change = found.map_or(0.0, |found| found - segment.share());
                let text = format!("{:+.1} %", 100.0 * change);
                row_ui(ui, &segment.class, [Some(segment.share()), found], (text, colors.dim));
            }
        }
        _ => drop(dim_ui(ui, "Embeddings have no values to compare one by one")),
    }
}

fn row_ui(ui: &mut Ui, name: &str, numbers: [Option<f64>; 2], (text, color): (String, Color32)) {
    ui.horizontal(|ui| {
        ui.set_max_width(NAME);
        ui.label(RichText::new("■").color(class_ink(ui, name)));
        name_label_ui(ui, name);
    });
    for number in numbers {
        let number = number.map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"));
        ui.label(RichText::new(number).monospace());
    }
    ui.label(RichText::new(text).color(color));
    ui.end_row();
}
