//! The one thing that has the keyboard, and what comes of keys and of entries chosen from a list.

use egui::{Context, ViewportCommand};

use crate::app::command::Command;
use crate::app::label::command::LabelCommand;
use crate::app::session::{SessionCommand, Theme};
use crate::app::table::entry::{Action, Entry, WindowCommand};
use crate::app::table::modes::Mode;
use crate::gui::dialogs::Ask;
use crate::gui::keys::{Pressed, Presses};
use crate::gui::shell::Shell;

impl Shell {
    fn mode(&self, ctx: &Context) -> Mode {
        if self.palette.open {
            Mode::Palette
        } else if ctx.text_edit_focused() {
            Mode::Text
        } else if !self.shared.drawing.draft.is_empty() {
            Mode::Drawing
        } else if self.shared.operator {
            Mode::Operator
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
            Action::Window(command) => self.window(ctx, command, commands),
            Action::Native => {}
        }
    }

    /// Carries out a command that only concerns the window.
    pub(super) fn window(&mut self, ctx: &Context, command: WindowCommand, commands: &mut Vec<Command>) {
        let drawing = &mut self.shared.drawing;
        match command {
            WindowCommand::Palette => self.palette.toggle(),
            WindowCommand::PaletteNext => self.palette.step(1),
            WindowCommand::PalettePrevious => self.palette.step(-1),
            WindowCommand::PaletteRun => self.palette.run(),
            WindowCommand::PaletteClose => self.palette.open = false,
            WindowCommand::OpenFiles => self.dialogs.open(ctx, Ask::Files),
            WindowCommand::OpenFolder => self.dialogs.open(ctx, Ask::Folder),
            WindowCommand::Keys => self.keys_open = !self.keys_open,
            WindowCommand::Table => self.shared.table = !self.shared.table,
            WindowCommand::Operator => {
                self.shared.operator = !self.shared.operator && self.app.open.clip.is_some()
            }
            WindowCommand::PointsOverCameras => {
                self.shared.points_over_cameras = !self.shared.points_over_cameras;
            }
            WindowCommand::Predictions => self.shared.predictions = !self.shared.predictions,
            WindowCommand::Model => self.model.open(&self.app),
            WindowCommand::Notices => self.notices_open = !self.notices_open,
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
            WindowCommand::Leave => {
                self.keys_open = false;
                self.shared.operator = false;
                commands.push(Command::Label(LabelCommand::Tool(None)));
            }
            WindowCommand::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            WindowCommand::FinishShape => drop(drawing.finish(&self.app, commands)),
            WindowCommand::RemovePoint => drop(drawing.step_back()),
            WindowCommand::DiscardShape => drawing.draft.clear(),
        }
    }
}
