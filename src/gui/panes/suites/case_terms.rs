//! Terms of a case beyond its claim: note, tags, known failure, number of runs.

use egui::{DragValue, Grid, RichText, TextEdit, Ui};

use crate::app::command::Command;
use crate::app::suites::command::SuiteCommand;
use crate::base::time::Date;
use crate::data::cases::case::{Case, KnownFailure};
use crate::gui::forms::name_label_ui;
use crate::gui::pane::Pane;
use crate::gui::theme;

/// A case while it is changed.
#[derive(Clone, Debug)]
struct Draft {
    case: Case,
    tags: String,
    known: bool,
    reason: String,
    until: String,
    repeats: u32,
}

/// State of this dialog between frames.
#[derive(Debug, Default)]
pub(in crate::gui::panes) struct CaseTerms {
    draft: Option<Draft>,
}

impl CaseTerms {
    /// Opens the dialog for a case.
    pub(in crate::gui::panes) fn open(&mut self, case: &Case) {
        let known = case.terms.known_failure.as_ref();
        self.draft = Some(Draft {
            tags: case.tags.join(", "),
            known: known.is_some(),
            reason: known.map(|known| known.reason.clone()).unwrap_or_default(),
            until: known.and_then(|known| known.until).map(|day| day.to_string()).unwrap_or_default(),
            repeats: case.terms.repeats.unwrap_or(1),
            case: case.clone(),
        });
    }

    /// Draws the dialog when it is open.
    pub(in crate::gui::panes) fn ui(&mut self, ctx: &egui::Context, pane: &mut Pane<'_>) {
        let Some(draft) = &mut self.draft else { return };
        let (mut open, mut done) = (true, false);
        egui::Window::new("Case")
            .open(&mut open)
            .collapsible(false)
            .resizable(false)
            .default_width(430.0)
            .pivot(egui::Align2::CENTER_CENTER)
            .default_pos(ctx.content_rect().center())
            .show(ctx, |ui| {
                ui.set_max_width(430.0);
                name_label_ui(ui, RichText::new(&draft.case.id).size(12.0));
                Grid::new("case").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| fields_ui(ui, draft));
                let problem = draft.problem();
                ui.horizontal(|ui| {
                    if ui.add_enabled(problem.is_none(), egui::Button::new("Save case")).clicked() {
                        pane.commands.push(Command::Suite(SuiteCommand::Change(Box::new(draft.changed()))));
                        done = true;
                    }
                    if let Some(problem) = problem {
                        ui.colored_label(theme::colors(ui).warning, problem);
                    }
                });
            });
        if done || !open || pane.shared.windows.closes("Case") {
            self.draft = None;
        }
    }
}

impl Draft {
    fn day(&self) -> Option<Date> {
        Date::try_from(self.until.trim().to_owned()).ok()
    }

    fn problem(&self) -> Option<&'static str> {
        if !self.known {
            return None;
        }
        if self.reason.trim().is_empty() {
            return Some("enter why the failure is accepted");
        }
        let day = self.until.trim().is_empty() || self.day().is_some();
        (!day).then_some("enter the date like 2027-01-31")
    }

    fn changed(&self) -> Case {
        let mut case = self.case.clone();
        case.tags =
            self.tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        case.terms.known_failure =
            self.known.then(|| KnownFailure { reason: self.reason.trim().to_owned(), until: self.day() });
        case.terms.repeats = (self.repeats > 1).then_some(self.repeats);
        case
    }
}

fn fields_ui(ui: &mut Ui, draft: &mut Draft) {
    let line = |ui: &mut Ui, name: &str, hint: &str, text: &mut String| {
        let label = ui.label(name);
        ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(300.0)).labelled_by(label.id);
        ui.end_row();
    };
    line(ui, "Why", "note for whoever reads the case", &mut draft.case.why);
    line(ui, "Tags", "night, critical", &mut draft.tags);
    let label = ui.label("Runs");
    ui.add(DragValue::new(&mut draft.repeats).range(1..=1000)).labelled_by(label.id).on_hover_text(
        "Number of runs; if the verdicts differ, the case is flaky, which counts as a failure",
    );
    ui.end_row();
    ui.label("");
    ui.checkbox(&mut draft.known, "Known failure (xfail)")
        .on_hover_text("The case may fail without failing the run, until the date if one is given; if it passes, the report says so");
    ui.end_row();
    if draft.known {
        line(ui, "Accepted because", "ticket 123: lens flare", &mut draft.reason);
        line(ui, "Until", "2027-01-31, or empty for no end", &mut draft.until);
    }
}
