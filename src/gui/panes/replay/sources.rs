//! Left side of Label: recordings, channels, tag types with their keys, classes.

use egui::{RichText, ScrollArea, Ui, WidgetInfo};

use crate::app::command::Command;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::open::command::OpenCommand;
use crate::app::replay::open_clip::OpenClip;
use crate::app::replay::tiles::TileCommand;
use crate::app::table;
use crate::app::table::entry::WindowCommand;
use crate::base::text::counted;
use crate::base::time::{Span, Time};
use crate::data::clip::{ChannelId, ChannelInfo, ChannelKind};
use crate::gui::dialogs::Ask;
use crate::gui::forms::{
    button_ui, check_ui, dim_ui, empty_ui, fold, icon_button_ui, name_button_ui, name_label_ui,
    row_with_end_ui, section_ui,
};
use crate::gui::pane::Pane;
use crate::gui::panes::label::ontology::Words;
use crate::gui::panes::missing::missing_ui;
use crate::gui::panes::model::failure::short_failure_ui;
use crate::gui::panes::replay::plot::DraggedSignal;
use crate::gui::theme::{self, icon};
use crate::project::missing::Role;

/// State of this pane between frames.
#[derive(Debug, Default)]
pub struct Sources {
    /// Tag types and classes.
    pub words: Words,
}

impl Sources {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, pane: &mut Pane<'_>) {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            clips_ui(ui, pane);
            ui.separator();
            model_ui(ui, pane);
            ui.separator();
            self.words.ui(ui, pane);
        });
    }
}

fn model_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    section_ui(ui, "Model");
    let Some(model) = &app.open.models.loaded else {
        if app.jobs.is_running(JobKind::LoadModel) {
            dim_ui(ui, "Loading…");
            return;
        }
        if short_failure_ui(ui, pane) {
            return;
        }
        empty_ui(ui, "No model yet. Load an ONNX file to see what it predicts.");
        if button_ui(ui, icon::MODEL, "Open model…", "").clicked() {
            pane.ask.push(Ask::Model);
        }
        return;
    };
    let commands = &mut *pane.commands;
    let unload = |ui: &mut Ui| {
        if icon_button_ui(ui, icon::CROSS, "Unload the model", "").clicked() {
            commands.push(Command::Model(ModelCommand::Unload));
        }
    };
    row_with_end_ui(ui, unload, |ui| drop(name_label_ui(ui, &model.card.name)));
    if app.open.models.failed.is_some() {
        short_failure_ui(ui, pane);
        return;
    }
    if let Some(camera) = app.open.playback.camera {
        let (done, all) = (app.open.models.num_answers(camera), app.open.playback.times.len());
        let text =
            format!("{done} of {all} {} predicted, {}", app.open.medium().samples(), model.backend.title);
        let color = theme::colors(ui).dim;
        name_label_ui(ui, RichText::new(text).size(12.0).color(color));
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().slider_width = 50.0;
        dim_ui(ui, "opacity");
        let slider = egui::Slider::new(&mut pane.shared.opacity, 0.1..=1.0).show_value(false);
        let slider = ui.add(slider).on_hover_text("Opacity of predictions");
        let opacity = f64::from(pane.shared.opacity);
        slider.widget_info(|| WidgetInfo::slider(true, opacity, "Opacity of predictions"));
        check_ui(ui, &mut pane.shared.predictions_in_front, RichText::new("over labels").size(12.0))
            .on_hover_text("Draws predictions over labels, and not below them");
    });
}

/// More signals than this are folded away.
const FEW_SIGNALS: usize = 6;

fn channel_ui(ui: &mut Ui, channel: &ChannelInfo, pane: &mut Pane<'_>) {
    let text = format!("{}  {} × {}", channel.name, channel.samples, channel.kind.title());
    let color = theme::colors(ui).dim;
    let row = name_label_ui(ui, RichText::new(text).size(12.0).color(color))
        .on_hover_text(format!("{}\nright-click for its clock and for faults", channel.encoding));
    clock_menu_ui(&row, channel, pane);
    if let Some(problem) = &channel.problem {
        ui.add(
            egui::Label::new(RichText::new(format!("{}, {problem}", channel.encoding)).size(12.0).weak())
                .wrap(),
        );
    }
}

/// Usual faults of a channel: title and text form.
fn faults_of(kind: ChannelKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ChannelKind::Camera => &[
            ("Freeze", "freeze"),
            ("Black", "black"),
            ("Late by 0.5 s", "late:0.5"),
            ("Noise", "gaussian_noise:60"),
            ("Lost rows", "lost_rows:40"),
            ("Lost blocks", "lost_blocks:0.2"),
        ],
        ChannelKind::Points => &[
            ("Freeze", "freeze"),
            ("No points", "black"),
            ("Late by 0.5 s", "late:0.5"),
            ("Sector lost ahead", "lost_sector:60"),
            ("Half of the points", "dropped_points:0.5"),
            ("Crosstalk", "crosstalk:0.02"),
        ],
        ChannelKind::Signal => &[
            ("Stuck", "stuck_value:2"),
            ("Dropout", "dropout:0.5"),
            ("Noise", "signal_noise:0.1"),
            ("Spikes", "spikes:0.1"),
            ("Offset", "offset:0.2"),
            ("Drift", "drift:1"),
            ("Times 3.6", "unit_error:3.6"),
        ],
        ChannelKind::Places => {
            &[("Freeze", "freeze"), ("Jump 30 m east", "jump:30,0"), ("Late by 0.5 s", "late:0.5")]
        }
        ChannelKind::Cuboids
        | ChannelKind::Boxes
        | ChannelKind::Path
        | ChannelKind::Log
        | ChannelKind::Transforms
        | ChannelKind::Calibration
        | ChannelKind::Other => &[],
    }
}

/// Seconds that a fault lasts which is injected by the menu.
const FAULT_SECS: f64 = 2.0;

fn faults_menu_ui(ui: &mut Ui, channel: &ChannelInfo, pane: &mut Pane<'_>) {
    let app = pane.app;
    let faults = faults_of(channel.kind);
    if faults.is_empty() {
        return;
    }
    ui.separator();
    dim_ui(ui, format!("Inject a fault here, for {FAULT_SECS} s"));
    let from = (app.open.playback.clip_time().secs() * 1000.0).round() / 1000.0;
    for (title, words) in faults {
        if ui.button(*title).clicked() {
            let text = format!("{}={words}@{from}..{}", channel.name, from + FAULT_SECS);
            pane.commands.push(Command::Open(OpenCommand::AddFault(text)));
            ui.close();
        }
    }
}

/// The faults that are in the recording, each with a way out.
fn faults_ui(ui: &mut Ui, open: &OpenClip, commands: &mut Vec<Command>) {
    if open.faults.is_empty() {
        return;
    }
    let color = theme::colors(ui).warning;
    ui.label(RichText::new("Injected faults").color(color));
    for fault in &open.faults {
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if icon_button_ui(ui, icon::CROSS, &format!("Remove {fault}"), "").clicked() {
                    commands.push(Command::Open(OpenCommand::RemoveFault(fault.clone())));
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    name_label_ui(ui, RichText::new(fault).size(12.0).color(color));
                });
            });
        });
    }
}

/// By which clock a channel is shown, and faults.
fn clock_menu_ui(row: &egui::Response, about: &ChannelInfo, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(open) = &app.open.clip else { return };
    row.interact(egui::Sense::click()).context_menu(|ui| {
        let channel = about.name.as_str();
        let own = open.joined.own_clocks().iter().any(|known| known == channel);
        for (title, on) in [("Log time", false), ("Header stamp", true)] {
            if ui.radio(own == on, title).clicked() {
                pane.commands
                    .push(Command::Open(OpenCommand::HeaderTime { channel: channel.to_owned(), on }));
                ui.close();
            }
        }
        faults_menu_ui(ui, about, pane);
    });
}

/// The files of the open recording when it has several, each with its place on the common clock.
fn parts_ui(ui: &mut Ui, open: &OpenClip, commands: &mut Vec<Command>) {
    /// Seconds for each point that the mouse moves.
    const SPEED: f64 = 0.005;
    if open.joined.parts().len() < 2 {
        return;
    }
    let starts: Vec<Time> = open.joined.parts().iter().map(|part| part.clip.info().range.start).collect();
    let Some(first) = starts.first().copied() else { return };
    let rows = open.joined.parts().iter().zip(open.joined.offsets()).zip(&starts).enumerate();
    for (number, ((part, offset), start)) in rows {
        let name = part.clip.info().name.clone();
        ui.horizontal(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if number == 0 {
                    dim_ui(ui, "reference clock");
                } else {
                    // Where the file begins, seen from the first: what is added may be years.
                    let own = *start - first;
                    let mut secs = Span(offset.0.saturating_add(own.0)).secs();
                    let value = egui::DragValue::new(&mut secs);
                    let response =
                        ui.add(value.speed(SPEED).fixed_decimals(3).prefix("begins at ").suffix(" s"));
                    let response = response.on_hover_text("Drag to shift this file in time, click to type");
                    response.widget_info(|| WidgetInfo::slider(true, secs, format!("Offset of {name}")));
                    let kept = response.drag_stopped() || (response.changed() && !response.dragged());
                    if response.changed() || kept {
                        let offset = Span(Span::from_secs(secs).0.saturating_sub(own.0));
                        commands.push(Command::Open(OpenCommand::Offset { part: number, offset, kept }));
                    }
                }
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    name_label_ui(ui, RichText::new(&name).size(12.0));
                });
            });
        });
    }
}

fn clips_ui(ui: &mut Ui, pane: &mut Pane<'_>) {
    let app = pane.app;
    if app.open.clip.is_some() {
        let views = |ui: &mut Ui| {
            if icon_button_ui(ui, icon::LAYOUT, "Layouts: save, restore", "").clicked() {
                pane.window.push(WindowCommand::Layouts);
            }
            if icon_button_ui(ui, icon::LIST, "List of topics", "").clicked() {
                pane.commands.push(Command::Tiles(TileCommand::ToggleTopics));
            }
        };
        row_with_end_ui(ui, views, |ui| drop(ui.label(RichText::new("Recordings").strong())));
    } else {
        section_ui(ui, "Recordings");
    }
    let current = app.open.clip.as_ref().map(|open| open.name.as_str());
    if let Some(project) = app.project() {
        for clip in &project.clips {
            let mut gone = app.open.missing.of(Role::Recording, &clip.name).peekable();
            if gone.peek().is_some() {
                gone.for_each(|file| missing_ui(ui, file, pane.ask));
                continue;
            }
            let row = name_button_ui(ui, &clip.name, current == Some(clip.name.as_str()));
            if row.clicked() && current != Some(clip.name.as_str()) {
                pane.commands.push(Command::Open(OpenCommand::Clip(clip.name.clone())));
            }
        }
    }
    let Some(open) = &app.open.clip else { return };
    parts_ui(ui, open, pane.commands);
    faults_ui(ui, open, pane.commands);
    for channel in open.info.channels.iter().filter(|channel| channel.kind != ChannelKind::Signal) {
        channel_ui(ui, channel, pane);
    }
    let signals: Vec<(ChannelId, &ChannelInfo)> = open.info.of_kind(ChannelKind::Signal).collect();
    if !signals.is_empty() {
        let plotted = open.plotted();
        let title = format!("{}, {} plotted", counted(signals.len(), "signal"), plotted.len());
        if button_ui(ui, icon::CHART, "Open a plot of signals", "").clicked() {
            pane.commands.extend(table::views::plot(app));
        }
        let fold = egui::CollapsingHeader::new(fold(ui, RichText::new(title).size(12.0))).id_salt("signals");
        fold.default_open(signals.len() <= FEW_SIGNALS).show(ui, |ui| {
            for (id, channel) in signals {
                let mut shown = plotted.contains(&id);
                let text = RichText::new(&channel.name).size(12.0);
                let check = check_ui(ui, &mut shown, text).on_hover_text(format!(
                    "{}, {}",
                    counted(channel.samples, "value"),
                    channel.encoding
                ));
                let row = check.interact(egui::Sense::click_and_drag());
                row.dnd_set_drag_payload(DraggedSignal(channel.name.clone()));
                clock_menu_ui(&row, channel, pane);
                if check.changed() {
                    pane.commands.push(Command::Plot { signal: channel.name.clone(), shown });
                }
            }
        });
    }
    if !open.info.about.is_empty() {
        let fold = egui::CollapsingHeader::new(fold(ui, RichText::new("About this recording").size(12.0)));
        fold.id_salt("about").show(ui, |ui| {
            for (name, text) in &open.info.about {
                ui.add(egui::Label::new(RichText::new(format!("{name}: {text}")).size(12.0)).wrap());
            }
        });
    }
    for warning in &open.info.warnings {
        let color = theme::colors(ui).warning;
        ui.add(
            egui::Label::new(RichText::new(format!("{} {warning}", icon::WARNING)).size(12.0).color(color))
                .wrap(),
        );
    }
}
