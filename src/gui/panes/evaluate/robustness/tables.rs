//! Numbers of the attacks at the largest size: by attack, by class, and who is turned into whom.

use egui::{Grid, RichText, Ui};

use crate::app::evaluate::Attacked;
use crate::gui::forms::{dim_ui, name_ui, section_ui};
use crate::robustness::attacks::classes::{by_class, turned};
use crate::robustness::attacks::norm::size_text;
use crate::robustness::attacks::run::Outcome;
use crate::robustness::attacks::summary::Tally;

/// Room for the name of an attack or class, and for a column of the matrix.
const NAME: f32 = 190.0;
const CLASS: f32 = 90.0;
/// Classes of the matrix at most.
const CLASSES: usize = 12;

pub(super) fn ui(ui: &mut Ui, attacked: &Attacked) {
    let last = attacked.outcomes.iter().rposition(|own| !own.is_empty());
    let Some((at, outcomes)) = last.and_then(|at| attacked.outcomes.get(at).map(|own| (at, own))) else {
        return;
    };
    let (Some(summary), Some(eps)) = (attacked.summaries.get(at), attacked.plan.sizes.get(at)) else {
        return;
    };
    section_ui(ui, &format!("At {}", size_text(attacked.plan.norm, *eps)));
    let titles: Vec<String> = attacked.plan.kinds.iter().map(|kind| kind.title.to_owned()).collect();
    let rows: Vec<(String, &Tally)> =
        titles.into_iter().zip(summary.attacks.iter().map(|(_, tally)| tally)).collect();
    tallies_ui(ui, ("attacks", "attack"), &rows);
    let classes = by_class(outcomes);
    if classes.len() > 1 {
        section_ui(ui, "By class");
        let rows: Vec<(String, &Tally)> =
            classes.iter().map(|(class, tally)| (class.clone(), tally)).collect();
        tallies_ui(ui, ("attacked classes", "class"), &rows);
    }
    matrix_ui(ui, outcomes);
    let skipped: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.counts()).collect();
    if let Some(first) = skipped.first() {
        let text = format!("{} skipped; the first: {}", skipped.len(), first.note);
        ui.add(egui::Label::new(RichText::new(text).size(12.0)).wrap());
    }
}

fn tallies_ui(ui: &mut Ui, (id, head): (&str, &str), rows: &[(String, &Tally)]) {
    Grid::new(id).striped(true).spacing([16.0, 2.0]).show(ui, |ui| {
        name_ui(ui, NAME, head);
        for (head, why) in [
            ("holds", "right on the clean image and on the attacked one, of all"),
            ("noise", "the same under noise of the same size"),
            ("float only", "wrong in numbers, right again in a file of 8 bits"),
            ("queries", "median of the successes"),
            ("linf", "median of the successes, numbers of 0 to 1"),
            ("L2", "median of the successes"),
        ] {
            dim_ui(ui, head).on_hover_text(why);
        }
        ui.end_row();
        for (name, tally) in rows {
            name_ui(ui, NAME, name);
            let number = |value: Option<f64>, digits: usize| {
                value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
            };
            for text in [
                format!("{} of {}", tally.holds, tally.images),
                tally.holds_under_noise.to_string(),
                tally.float_only.to_string(),
                number(tally.queries, 0),
                number(tally.sizes.map(|sizes| sizes.0), 4),
                number(tally.sizes.map(|sizes| sizes.1), 3),
            ] {
                ui.label(RichText::new(text).monospace());
            }
            ui.end_row();
        }
    });
}

/// Rows: class of the clean image; columns: class of the attacked one.
fn matrix_ui(ui: &mut Ui, outcomes: &[Outcome]) {
    let found = turned(outcomes);
    if found.classes.len() < 2 {
        return;
    }
    section_ui(ui, "Who is turned into whom");
    dim_ui(ui, "Rows: class of the clean image. Columns: class of the attacked one; the diagonal holds.");
    let shown = found.classes.len().min(CLASSES);
    Grid::new("turned").striped(true).spacing([8.0, 2.0]).show(ui, |ui| {
        name_ui(ui, CLASS, "");
        for class in found.classes.iter().take(shown) {
            name_ui(ui, CLASS, class);
        }
        ui.end_row();
        for (class, counts) in found.classes.iter().zip(&found.counts).take(shown) {
            name_ui(ui, CLASS, class);
            for count in counts.iter().take(shown) {
                let text = if *count == 0 { "·".to_owned() } else { count.to_string() };
                ui.label(RichText::new(text).monospace());
            }
            ui.end_row();
        }
    });
    if found.classes.len() > shown {
        dim_ui(
            ui,
            format!(
                "{} more classes are not shown; `hardcase attack --json` has all",
                found.classes.len() - shown
            ),
        );
    }
}
