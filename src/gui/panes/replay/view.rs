//! A kind of view tile: one file with a `KIND` and one line in `replay/mod.rs`.

use egui::Ui;
use egui_wgpu::wgpu;

use crate::app::command::Command;
use crate::app::replay::open_clip::OpenClip;
use crate::data::clip::ChannelId;
use crate::data::input::Medium;
use crate::gui::pane::Pane;

/// A kind of view tile.
pub(in crate::gui::panes) struct ViewKind {
    /// Name in code.
    pub(in crate::gui::panes) id: &'static str,
    /// Its name, for people; a tile of a channel has the name of that.
    pub(in crate::gui::panes) title: &'static str,
    /// Initial place of its tiles.
    pub(in crate::gui::panes) place: Place,
    /// The medium whose active channel it shows alone.
    pub(in crate::gui::panes) medium: Option<Medium>,
    /// The tiles that a recording fills and those that somebody opened.
    pub(in crate::gui::panes) fits: fn(&OpenClip) -> Vec<Subject>,
    /// Makes the pane that draws all tiles of this kind, for windows of this format.
    pub(in crate::gui::panes) make: fn(Option<wgpu::TextureFormat>) -> Box<dyn ViewPane>,
}

/// Contents of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gui::panes) enum Subject {
    /// The recording as a whole.
    Recording,
    /// A channel.
    Channel(ChannelId),
    /// The tile of this number among those that a person opened; it can be closed.
    Opened(u32),
}

impl Subject {
    /// The channel, if it is one.
    pub(in crate::gui::panes) fn channel(self) -> Option<ChannelId> {
        if let Self::Channel(id) = self { Some(id) } else { None }
    }
}

/// The place of a tile in a fresh arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gui::panes) enum Place {
    /// In a grid on the left.
    Main,
    /// On the right.
    Side,
    /// In tabs below that.
    Below,
}

/// Pane of the tiles of a kind, with the state that it keeps.
pub(in crate::gui::panes) trait ViewPane {
    /// Draws a tile.
    fn ui(&mut self, ui: &mut Ui, subject: Subject, pane: &mut Pane<'_>);

    /// The command that closes a tile that was opened.
    fn close(&self, _number: u32) -> Option<Command> {
        None
    }

    /// Drop the state of another recording.
    fn forget(&mut self);
}
