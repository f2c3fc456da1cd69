//! A place to try the model.

use std::path::PathBuf;

use egui::{Grid, RichText, Role, TextEdit, Ui, Vec2, WidgetInfo};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::model::single_run::{About, SingleRun};
use crate::data::input::Medium;
use crate::data::prediction::Prediction;
use crate::gui::forms::dim_ui;
use crate::gui::keys::accepted;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::camera::prediction_ui;
use crate::gui::theme::{self, class_ink};
use crate::gui::viewers::overlay::Line;
use crate::gui::viewers::picture::{Textures, View, picture_ui};
use crate::imaging::look::Look;
use crate::inference::model::Model;

/// Height of the input image.
const HEIGHT: f32 = 210.0;
/// Rows of a prediction.
const ROWS: usize = 6;

/// State of this tab between frames.
#[derive(Debug, Default)]
pub(super) struct AttemptTab {
    text: String,
    path: String,
    view: View,
    /// Counts predictions, so that the image is drawn anew.
    seen: (usize, u64),
}

impl AttemptTab {
    pub(super) fn ui(&mut self, ui: &mut Ui, model: &Model, pane: &mut Pane<'_>) {
        let app = pane.app;
        let mut ask = |about: About| pane.commands.push(Command::Model(ModelCommand::RunOnce(about)));
        if model.medium() == Medium::Text {
            let edit = TextEdit::multiline(&mut self.text).desired_rows(3).desired_width(f32::INFINITY);
            let edit = ui.add(edit.hint_text("A child with a ball at the crossing"));
            edit.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "Input text"));
        } else {
            ui.horizontal(|ui| {
                let label = ui.label("File");
                let edit =
                    TextEdit::singleline(&mut self.path).hint_text("/pictures/one.png").desired_width(300.0);
                let edit = ui.add(edit).labelled_by(label.id);
                let entered = accepted(&edit);
                let able = !self.path.trim().is_empty();
                if (ui.add_enabled(able, egui::Button::new("Run on file")).clicked() || entered) && able {
                    ask(About::File(PathBuf::from(self.path.trim())));
                }
            });
        }
        ui.horizontal(|ui| {
            if model.medium() == Medium::Text && ui.button("Run on text").clicked() {
                ask(About::Text(self.text.clone()));
            }
            let there = app.open.clip.is_some();
            if ui.add_enabled(there, egui::Button::new("Run at the playhead")).clicked() {
                ask(About::Here);
            }
            if app.jobs.is_running(JobKind::SingleRun) {
                ui.spinner();
            }
        });
        ui.separator();
        match &app.open.models.single_run {
            None => drop(dim_ui(ui, "Not run yet")),
            Some(Err(problem)) => {
                let text = format!("{}  {problem}", theme::icon::WARNING);
                ui.colored_label(theme::colors(ui).warning, text);
            }
            Some(Ok(attempt)) => self.answer_ui(ui, attempt, pane.textures),
        }
    }

    fn answer_ui(&mut self, ui: &mut Ui, attempt: &std::sync::Arc<SingleRun>, textures: &mut Textures) {
        let now = std::sync::Arc::as_ptr(attempt) as usize;
        if self.seen.0 != now {
            self.seen = (now, self.seen.1 + 1);
        }
        ui.allocate_ui(Vec2::new(ui.available_width(), HEIGHT), |ui| {
            let texture = textures.get(ui, "attempt", self.seen.1, &attempt.picture);
            let (response, placed) = picture_ui(ui, texture, attempt.picture.size(), &mut self.view, false);
            response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Model input"));
            let painter = ui.painter_at(response.rect);
            prediction_ui(&painter, &placed, Look::Picture, &attempt.answer, Line::Solid, response.rect);
        });
        if let Prediction::Classes { top } = &attempt.answer {
            for class in top.iter().take(ROWS) {
                ui.horizontal(|ui| {
                    ui.label(RichText::new("■").color(class_ink(ui, &class.class)));
                    ui.label(RichText::new(format!("{:.4}", class.score)).monospace());
                    ui.label(&class.class);
                });
            }
        } else {
            ui.label(attempt.answer.summary());
        }
        dim_ui(ui, format!("predicted in {:.1} ms", 1e3 * attempt.seconds));
        Grid::new("outputs").num_columns(3).spacing([16.0, 4.0]).show(ui, |ui| {
            for output in &attempt.outputs {
                ui.label(RichText::new(&output.name).monospace());
                let shape: Vec<String> = output.shape.iter().map(usize::to_string).collect();
                ui.label(RichText::new(shape.join("x")).monospace());
                let range = output.range.map_or_else(
                    || "empty".to_owned(),
                    |[least, mean, most]| format!("{least:.4} to {most:.4}, mean {mean:.4}"),
                );
                ui.label(range);
                ui.end_row();
            }
        });
    }
}
