//! Inter-annotator agreement with other labels, and the differences.

use egui::{RichText, ScrollArea, Ui};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::label::command::LabelCommand;
use crate::app::replay::command::PlayCommand;
use crate::base::text::counted;
use crate::gui::dialogs::Ask;
use crate::gui::forms::{dim_ui, empty_ui, name_label_ui, row_with_end_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, ROW, icon};
use crate::quality::agreement::{Comparison, Difference};

/// Draw the comparison with a link to every difference.
pub(in crate::gui::panes) fn agreement_ui(ui: &mut Ui, filter: &str, pane: &mut Pane<'_>) {
    let app = pane.app;
    ui.horizontal_wrapped(|ui| {
        for (title, ask) in
            [("Compare with labels…", Ask::Others), ("Compare with a project…", Ask::OtherProject)]
        {
            if ui.button(title).clicked() {
                pane.ask.push(ask);
            }
        }
    });
    let Some((name, found)) = &app.open.exchange.compared else {
        if app.jobs.is_running(JobKind::Agreement) {
            dim_ui(ui, "Comparing…");
        } else {
            empty_ui(
                ui,
                "Compares this project with another annotator's project or label file: IoU of objects, kappa of tags",
            );
        }
        return;
    };
    dim_ui(ui, format!("First: this project. Second: {name}. Objects match at an IoU of 0.5."));
    numbers_ui(ui, found);
    let wanted = filter.to_lowercase();
    let fits = |place: &&Difference| wanted.is_empty() || place.why.to_lowercase().contains(&wanted);
    let places: Vec<&Difference> = found.differences.iter().filter(fits).collect();
    ui.separator();
    if places.is_empty() {
        dim_ui(
            ui,
            if wanted.is_empty() {
                "No differences between objects"
            } else {
                "No difference matches the filter"
            },
        );
        return;
    }
    let count = places.len();
    dim_ui(ui, counted(count, "difference"));
    ScrollArea::vertical().auto_shrink([false, false]).show_rows(ui, ROW, places.len(), |ui, range| {
        for place in &places[range] {
            let text = format!("{:<14} frame {:<6} {}", place.channel, place.frame, place.why);
            ui.horizontal(|ui| {
                ui.label(RichText::new(icon::WARNING).color(theme::colors(ui).warning));
                let row = egui::Button::new(RichText::new(text).monospace().size(12.0))
                    .frame_when_inactive(false)
                    .truncate();
                if ui.add(row).on_hover_text(&place.why).clicked() {
                    let camera =
                        app.open.clip.as_ref().and_then(|open| open.info.channel_named(&place.channel));
                    pane.commands.extend(camera.map(|camera| Command::Play(PlayCommand::Camera(camera))));
                    pane.commands.push(Command::Play(PlayCommand::SeekFrame(place.frame)));
                    pane.commands.push(Command::Label(LabelCommand::SelectObject(place.object)));
                }
            });
        }
    });
}

/// Room for the name of a class.
const NAME: f32 = 110.0;

fn numbers_ui(ui: &mut Ui, found: &Comparison) {
    ScrollArea::horizontal().id_salt("agreement of objects").show(ui, |ui| classes_ui(ui, found));
    if found.classes.is_empty() {
        dim_ui(ui, "Neither has an object");
    }
    for tag in &found.tags {
        let kappa =
            tag.kappa.map_or_else(|| "kappa undefined".to_owned(), |kappa| format!("kappa {kappa:.3}"));
        row_with_end_ui(ui, |ui| drop(ui.label(&kappa)), |ui| drop(name_label_ui(ui, &tag.kind)));
    }
}

fn classes_ui(ui: &mut Ui, found: &Comparison) {
    egui::Grid::new("agreement of objects").num_columns(7).striped(true).show(ui, |ui| {
        for title in ["Class", "Both", "Only first", "Only second", "Other class", "IoU", "F1"] {
            dim_ui(ui, title);
        }
        ui.end_row();
        for (class, counts) in &found.classes {
            ui.scope(|ui| {
                ui.set_max_width(NAME);
                name_label_ui(ui, class.as_str());
            });
            for count in [counts.both, counts.first_only, counts.second_only, counts.other_class] {
                ui.label(RichText::new(count.to_string()).monospace());
            }
            let iou = if counts.both > 0 { format!("{:.3}", counts.mean_iou) } else { "–".to_owned() };
            ui.label(RichText::new(iou).monospace());
            let f1 = counts.f1().map_or_else(|| "–".to_owned(), |f1| format!("{f1:.3}"));
            ui.label(RichText::new(f1).monospace());
            ui.end_row();
        }
    });
}
