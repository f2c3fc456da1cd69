//! The model on two backends along the recording, compared.

use egui::{ComboBox, DragValue, Grid, RichText, Role, TextEdit, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::model::differential::DifferentialResult;
use crate::app::replay::command::PlayCommand;
use crate::gui::forms::dim_ui;
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::inference::BACKENDS;
use crate::inference::model::Model;

/// Ways that are offered; others can be written.
const WAYS: [(&str, &str); 5] = [
    (":optimization=none", "without graph optimizations"),
    (":threads=2", "2 threads"),
    (":precision=fp16", "16-bit weights"),
    (":precision=int8", "8-bit weights"),
    (":isolated", "isolated process"),
];
/// Samples that are listed.
const LISTED: usize = 8;

/// State of this tab between frames.
#[derive(Debug)]
pub(super) struct TwoWaysTab {
    with: String,
    every: usize,
}

impl Default for TwoWaysTab {
    fn default() -> Self {
        Self { with: String::new(), every: 1 }
    }
}

impl TwoWaysTab {
    pub(super) fn ui(&mut self, ui: &mut Ui, model: &Model, pane: &mut Pane<'_>) {
        let app = pane.app;
        let own = model.backend.name();
        if self.with.is_empty() {
            let other = BACKENDS.iter().find(|kind| kind.id != own && (kind.status)().is_ok());
            self.with = other.map_or_else(|| format!("{own}:optimization=none"), |kind| kind.id.to_owned());
        }
        ui.horizontal(|ui| {
            let label = ui.label("With");
            ui.add(TextEdit::singleline(&mut self.with).desired_width(230.0)).labelled_by(label.id);
            let combo = ComboBox::from_id_salt("ways").selected_text("choose").show_ui(ui, |ui| {
                for kind in BACKENDS.iter().filter(|kind| kind.id != own && (kind.status)().is_ok()) {
                    ui.selectable_value(&mut self.with, kind.id.to_owned(), kind.title);
                }
                for (way, title) in WAYS {
                    ui.selectable_value(&mut self.with, format!("{own}{way}"), title);
                }
            });
            combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Second backend"));
        });
        ui.horizontal(|ui| {
            let every =
                DragValue::new(&mut self.every).range(1..=10_000).prefix("stride ").suffix(" samples");
            ui.add(every).widget_info(|| WidgetInfo::labeled(Role::SpinButton, true, "Stride in samples"));
            let able = app.open.clip.is_some() && !app.jobs.is_running(JobKind::Differential);
            if ui.add_enabled(able, egui::Button::new("Run differential test")).clicked() {
                let (with, every) = (self.with.trim().to_owned(), self.every);
                pane.commands.push(Command::Model(ModelCommand::Differential { with, every }));
            }
            if app.jobs.is_running(JobKind::Differential) {
                ui.spinner();
            }
        });
        ui.separator();
        match &app.open.models.differential {
            None => drop(dim_ui(ui, "Not compared yet")),
            Some(found) => found_ui(ui, found, pane.commands),
        }
    }
}

fn found_ui(ui: &mut Ui, found: &DifferentialResult, commands: &mut Vec<Command>) {
    let (along, worst) = (&found.along, &found.along.summary.worst);
    let colors = theme::colors(ui);
    let (mark, text, color) = if found.differs {
        (icon::FAIL, format!("Differs from {}", found.with), colors.fail)
    } else {
        (icon::PASS, format!("Agrees with {}", found.with), colors.pass)
    };
    ui.label(RichText::new(format!("{mark}  {text}")).color(color).size(16.0));
    Grid::new("two ways").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        let mut row = |name: &str, text: String| {
            dim_ui(ui, name);
            ui.label(RichText::new(text).monospace());
            ui.end_row();
        };
        row("Samples", format!("{}, {} bit-identical", along.summary.inputs, along.summary.equal));
        row(
            "Max. difference",
            format!("{:.3e}, relative {:.3e}", worst.apart.most, worst.apart.most_relative),
        );
        row("Max. mean difference", format!("{:.3e}", worst.apart.mean));
        row("Top-1 changes", format!("{} of {}", along.summary.flips, along.summary.inputs));
        row("Max. D_CLASS", format!("{:.1}", worst.class));
        for (name, noise) in [("First, repeated", along.noise[0]), ("Second, repeated", along.noise[1])] {
            row(
                name,
                if noise > 0.0 { format!("differs by {noise:.2e}") } else { "bit-identical".to_owned() },
            );
        }
        match &found.begun {
            None => {}
            Some(Ok(begun)) => row("Diverges at", format!("{} ({})", begun.step.name, begun.step.operator)),
            Some(Err(problem)) => row("Diverges at", problem.to_string()),
        }
        if let Some((problem, count)) = &along.left_out {
            row("Skipped", format!("{count}: {problem}"));
        }
    });
    let worst = along.worst.filter(|_| along.differing.is_empty());
    let listed: Vec<usize> = along.differing.iter().copied().take(LISTED).chain(worst).collect();
    ui.horizontal_wrapped(|ui| {
        dim_ui(ui, if along.differing.is_empty() { "Largest at" } else { "Differs at" });
        for at in listed {
            let Some((channel, frame)) = found.samples.get(at) else { continue };
            let there = ui.small_button(frame.to_string());
            there.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Go to sample {frame}")));
            if there.on_hover_text("Go there").clicked() {
                commands.push(Command::Play(PlayCommand::Camera(*channel)));
                commands.push(Command::Play(PlayCommand::SeekFrame(*frame)));
            }
        }
        if along.differing.len() > LISTED {
            dim_ui(ui, format!("and {} more", along.differing.len() - LISTED));
        }
    });
}
