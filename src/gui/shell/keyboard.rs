//! The one thing that has the keyboard, and what comes of keys and of entries chosen from a list.

use egui::{Context, Popup, ViewportCommand, gui_zoom};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::session::{SessionCommand, Theme};
use crate::app::table::choices::{Choice, Effect};
use crate::app::table::entry::{Action, AskFor, Entry, Page, WindowCommand};
use crate::app::table::modes::Mode;
use crate::app::table::suites;
use crate::app::{App, Workspace};
use crate::gui::dialogs::Ask;
use crate::gui::keys::{Pressed, Presses, left_text};
use crate::gui::page_dialogs::PageAsk;
use crate::gui::shell::Shell;
use crate::suites::bundle::ModelPlace;

impl Shell {
    fn mode(&self, ctx: &Context) -> Mode {
        if self.palette.open {
            Mode::Palette
        } else if self.app.open.explore.glance.check.is_some() {
            Mode::Glance
        } else if ctx.text_edit_focused() {
            Mode::Text
        } else if !self.shared.drawing.draft.is_empty() {
            Mode::Drawing
        } else if self.shared.operator {
            Mode::Operator
        } else if self.app.workspace == Workspace::Findings && self.app.open.shows_moments() {
            Mode::Review
        } else {
            Mode::Free
        }
    }

    /// Takes the keys that were pressed since the last frame, each in the mode that the ones before it left behind.
    pub(super) fn press(&mut self, ctx: &Context, commands: &mut Vec<Command>) {
        let mode = self.mode(ctx);
        // Space and arrows belong to the recording, not to the button that was clicked last.
        if !matches!(mode, Mode::Palette | Mode::Text) {
            ctx.memory_mut(|memory| {
                if let Some(focused) = memory.focused() {
                    memory.surrender_focus(focused);
                }
            });
        }
        let mut presses = Presses::default();
        // A text field gives up the focus by itself; the window around it closes with it.
        if mode == Mode::Text && self.shared.windows.any() && left_text(ctx) {
            self.shared.windows.close_last();
        }
        while let Some(pressed) = presses.next(ctx, self.mode(ctx), &self.app) {
            match pressed {
                Pressed::Entry(entry) => self.carry_out(ctx, entry, commands),
                Pressed::Word(command) => commands.push(command),
            }
        }
    }

    /// Carries out an entry of the command table.
    pub(super) fn carry_out(&mut self, ctx: &Context, entry: &Entry, commands: &mut Vec<Command>) {
        match entry.action {
            Action::Run(command) => commands.push(command()),
            Action::With(command) => match command(&self.app) {
                Some(command) => commands.push(command),
                None => {
                    self.app.notices.warning(format!("{}: nothing here to do that with yet", entry.title));
                }
            },
            Action::Window(command) => self.window(ctx, command, commands),
            Action::Native => {}
        }
    }

    /// Carries out what was chosen from a list.
    pub(super) fn choose(&mut self, ctx: &Context, choice: Choice, commands: &mut Vec<Command>) {
        match choice.effect {
            Effect::Entry(entry) => self.carry_out(ctx, entry, commands),
            Effect::Run(run) => commands.extend(run),
        }
    }

    /// Shows a page: its workspace first, which then takes it.
    fn show(&mut self, page: Page, commands: &mut Vec<Command>) {
        self.shared.page = Some(page);
        match page.workspace() {
            Some(workspace) => {
                self.shared.table |= workspace == Workspace::Label;
                commands.push(Command::Show(workspace));
            }
            None if self.app.open.models.loaded.is_none() => {
                self.shared.page = None;
                self.app.notices.warning("Load a model first: drop an ONNX file on the window");
            }
            None => self.model.open(&self.app),
        }
    }

    /// Carries out a command that only concerns the window.
    pub(super) fn window(&mut self, ctx: &Context, command: WindowCommand, commands: &mut Vec<Command>) {
        let drawing = &mut self.shared.drawing;
        match command {
            WindowCommand::Palette => self.palette.toggle(&self.app),
            WindowCommand::PaletteNext => self.palette.step(1),
            WindowCommand::PalettePrevious => self.palette.step(-1),
            WindowCommand::PaletteRun => self.palette.run(),
            WindowCommand::PaletteClose => self.palette.open = false,
            WindowCommand::OpenFiles => self.dialogs.open(ctx, Ask::Files),
            WindowCommand::OpenFolder => self.dialogs.open(ctx, Ask::Folder),
            WindowCommand::Keys => self.keys_open = !self.keys_open,
            WindowCommand::Possible => self.possible_open = !self.possible_open,
            WindowCommand::Layouts => self.shared.layouts = !self.shared.layouts,
            WindowCommand::Table => self.shared.table = !self.shared.table,
            WindowCommand::Operator => {
                self.shared.operator = !self.shared.operator && self.app.open.clip.is_some();
            }
            WindowCommand::PointsOverCameras => {
                self.shared.points_over_cameras = !self.shared.points_over_cameras;
            }
            WindowCommand::Predictions => self.shared.predictions = !self.shared.predictions,
            WindowCommand::SaliencyLook => self.shared.saliency = self.shared.saliency.next(),
            WindowCommand::Model => self.model.open(&self.app),
            WindowCommand::Notices => self.notices_open = !self.notices_open,
            WindowCommand::SearchFolder => self.dialogs.open(ctx, Ask::SearchFolder),
            WindowCommand::WritableCopy => self.dialogs.open(ctx, Ask::WritableCopy),
            WindowCommand::ImportLabels => self.dialogs.open(ctx, Ask::Labels),
            WindowCommand::ExportLabels => self.exchange.exporting = self.app.open.clip.is_some(),
            WindowCommand::FullScreen => {
                let full = ctx.input(|input| input.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
            WindowCommand::Theme => {
                let dark = ctx.global_style().visuals.dark_mode;
                let theme = if dark { Theme::Light } else { Theme::Dark };
                commands.push(Command::Session(SessionCommand::Theme(theme)));
            }
            WindowCommand::Larger => gui_zoom::zoom_in(ctx),
            WindowCommand::Smaller => gui_zoom::zoom_out(ctx),
            WindowCommand::NormalSize => ctx.set_zoom_factor(1.0),
            WindowCommand::Ask(what) => self.dialogs.open(ctx, asked_for(what, &self.app)),
            WindowCommand::Page(page) => self.show(page, commands),
            WindowCommand::Leave => {
                if Popup::is_any_open(ctx) {
                    Popup::close_all(ctx);
                } else if !self.shared.windows.close_last() {
                    self.shared.operator = false;
                    commands.push(Command::Label(LabelCommand::Tool(None)));
                }
            }
            WindowCommand::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            WindowCommand::FinishShape => drop(drawing.finish(&self.app, commands)),
            WindowCommand::RemovePoint => drop(drawing.step_back()),
            WindowCommand::DiscardShape => drawing.draft.clear(),
        }
    }
}

/// The dialog for a subject.
fn asked_for(what: AskFor, app: &App) -> Ask {
    match what {
        AskFor::Model => Ask::Model,
        AskFor::Overlay => Ask::Overlay,
        AskFor::Ontology => Ask::Words,
        AskFor::OtherLabels => Ask::Others,
        AskFor::OtherProject => Ask::OtherProject,
        AskFor::Predictions => Ask::Answers,
        AskFor::OtherModel => Ask::OtherModel,
        AskFor::TextFolder => Ask::Page(PageAsk::TextFolder),
        AskFor::TextImport => Ask::Page(PageAsk::TextImport),
        AskFor::TextModel => Ask::Page(PageAsk::TextModel),
        AskFor::TextPredictions => Ask::Page(PageAsk::TextPredictions(app.open.evaluate.texts.form)),
        AskFor::TextSave => Ask::Page(PageAsk::TextSave),
        AskFor::TextExport => Ask::Page(PageAsk::TextExport),
        AskFor::FairnessTable => Ask::Page(PageAsk::FairnessTable),
        AskFor::FairnessExport => Ask::Page(PageAsk::FairnessExport),
        AskFor::CardResults => Ask::Page(PageAsk::CardResults),
        AskFor::CardExport => Ask::Page(PageAsk::CardExport),
        AskFor::Samples => Ask::EvaluationFolder,
        AskFor::Suite => Ask::ExportFolder(suites::active(app).unwrap_or_default(), ModelPlace::Named),
    }
}
