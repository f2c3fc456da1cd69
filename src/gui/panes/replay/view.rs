//! A kind of view tile: one file with a `KIND` and one line in `replay/mod.rs`.

use egui::Ui;
use egui_wgpu::wgpu;

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
    /// The tiles that a recording fills: one for each channel, or one for none in particular.
    pub(in crate::gui::panes) fits: fn(&OpenClip) -> Vec<Option<ChannelId>>,
    /// Makes the pane that draws all tiles of this kind, for windows of this format.
    pub(in crate::gui::panes) make: fn(Option<wgpu::TextureFormat>) -> Box<dyn ViewPane>,
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
    /// Draws the tile of a channel.
    fn ui(&mut self, ui: &mut Ui, channel: Option<ChannelId>, pane: &mut Pane<'_>);

    /// Drop the state of another recording.
    fn forget(&mut self);
}
