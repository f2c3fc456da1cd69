//! Import of labels with a preview of the changes, and export with a preview of the losses.

use egui::{Context, RichText};

use crate::app::command::Command;
use crate::app::label::exchange::ExchangeCommand;
use crate::app::session::SessionCommand;
use crate::exchange::{ExchangeKind, KINDS, TABLE};
use crate::gui::dialogs::Ask;
use crate::gui::forms::{dim_ui, name_label_ui};
use crate::gui::pane::Pane;
use crate::gui::theme::{self, icon};
use crate::project::importing::Meeting;

/// State of these dialogs between frames.
#[derive(Debug, Default)]
pub struct ExchangeDialogs {
    /// True while labels are about to be exported.
    pub exporting: bool,
    format: Option<&'static str>,
    allow_lossy: bool,
}

impl ExchangeDialogs {
    /// Draw the open dialogs.
    pub fn ui(&mut self, ctx: &Context, pane: &mut Pane<'_>) {
        preview_ui(ctx, pane);
        if self.exporting {
            self.export_ui(ctx, pane);
        }
    }

    fn export_ui(&mut self, ctx: &Context, pane: &mut Pane<'_>) {
        let app = pane.app;
        let mut open = true;
        let mut done = false;
        let mut chosen = self.format;
        centered(ctx, "Export labels").open(&mut open).collapsible(false).resizable(false).show(ctx, |ui| {
            let title = |kind: &&&ExchangeKind| Some(kind.id) == self.format;
            let now = KINDS.iter().find(title).map_or("Choose a format", |kind| kind.title);
            let combo = egui::ComboBox::from_id_salt("label format").width(240.0).selected_text(now).show_ui(
                ui,
                |ui| {
                    for kind in KINDS {
                        ui.selectable_value(&mut chosen, Some(kind.id), kind.title);
                    }
                },
            );
            combo
                .response
                .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Label format"));
            let weighed =
                app.open.exchange.weighed.as_ref().filter(|(format, _)| Some(format.as_str()) == self.format);
            let mut lossy = false;
            match weighed {
                Some((_, lost)) if lost.is_empty() => {
                    ui.label(format!("{} Nothing is lost in this format", icon::PASS));
                }
                Some((_, lost)) => {
                    for loss in lost {
                        lossy |= loss.lossy;
                        let color =
                            if loss.lossy { theme::colors(ui).warning } else { theme::colors(ui).dim };
                        ui.label(RichText::new(loss.text()).color(color));
                    }
                }
                None if self.format.is_some() => drop(dim_ui(ui, "Checking export…")),
                None => {
                    drop(dim_ui(ui, "Losses are listed here before anything is written"));
                }
            }
            if lossy {
                ui.checkbox(&mut self.allow_lossy, "Export anyway (lossy)");
            }
            if self.format == Some(TABLE) {
                let mut guard = app.session.guard_formulas;
                let hint = "An apostrophe before text that a spreadsheet would compute";
                if ui.checkbox(&mut guard, "Guard formulas").on_hover_text(hint).changed() {
                    pane.commands.push(Command::Session(SessionCommand::GuardFormulas(guard)));
                }
            }
            let ready = weighed.is_some() && (!lossy || self.allow_lossy);
            done = ui.add_enabled(ready, egui::Button::new("Export…")).clicked();
        });
        if chosen != self.format {
            self.format = chosen;
            self.allow_lossy = false;
            pane.commands
                .extend(chosen.map(|format| Command::Exchange(ExchangeCommand::Weigh(format.to_owned()))));
        }
        if done {
            pane.ask.extend(self.format.map(|format| Ask::LabelsFolder(format.to_owned())));
        }
        if done || !open || pane.shared.windows.closes("Export labels") {
            self.exporting = false;
            self.format = None;
        }
    }
}

fn preview_ui(ctx: &Context, pane: &mut Pane<'_>) {
    let app = pane.app;
    let Some(preview) = &app.open.exchange.preview else { return };
    let mut open = true;
    centered(ctx, "Import labels")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_width(460.0)
        .show(ctx, |ui| {
            let name =
                preview.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            ui.set_max_width(460.0);
            name_label_ui(ui, RichText::new(format!("{name} ({})", preview.format)).strong());
            name_label_ui(ui, format!("Labels and tags to add: {}, to {}", preview.added, preview.clip));
            if preview.same > 0 {
                ui.label(format!("Already present, not added again: {}", preview.same));
            }
            if preview.words > 0 {
                ui.label(format!("New entries of the ontology: {}", preview.words));
            }
            if preview.present > 0 {
                let text = format!("Present labels and tags: {}", preview.present);
                ui.label(RichText::new(text).color(theme::colors(ui).warning));
            }
            egui::ScrollArea::vertical().max_height(140.0).show(ui, |ui| {
                for warning in &preview.warnings {
                    ui.add(
                        egui::Label::new(
                            RichText::new(format!("{} {warning}", icon::WARNING))
                                .color(theme::colors(ui).warning),
                        )
                        .wrap(),
                    );
                }
            });
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                let mut answer = |ui: &mut egui::Ui, title: &str, hint: &str, command: ExchangeCommand| {
                    if ui.button(title).on_hover_text(hint).clicked() {
                        pane.commands.push(Command::Exchange(command));
                    }
                };
                if preview.present > 0 {
                    answer(
                        ui,
                        "Merge",
                        "Keep present labels and add new ones",
                        ExchangeCommand::Take(Meeting::Merge),
                    );
                    answer(
                        ui,
                        "Replace",
                        "Remove present labels first; Ctrl+Z restores them",
                        ExchangeCommand::Take(Meeting::Replace),
                    );
                } else {
                    answer(ui, "Import", "Ctrl+Z to undo", ExchangeCommand::Take(Meeting::Merge));
                }
                answer(ui, "Cancel", "Change nothing", ExchangeCommand::Forget);
            });
        });
    if !open || pane.shared.windows.closes("Import labels") {
        pane.commands.push(Command::Exchange(ExchangeCommand::Forget));
    }
}

/// A dialog in the middle of the window.
fn centered(ctx: &Context, title: &'static str) -> egui::Window<'static> {
    egui::Window::new(title).pivot(egui::Align2::CENTER_CENTER).default_pos(ctx.content_rect().center())
}
