//! The kinds of view tiles: each is one file with a `KIND` and one line here.

use egui::Ui;
use egui_wgpu::wgpu;

use crate::app::replay::open_clip::OpenClip;
use crate::data::clip::ChannelId;
use crate::data::input::Medium;
use crate::gui::pane::Pane;
use crate::gui::panes::replay::{camera, log, map, space, text};

/// Every kind; a recording's tiles come in this order.
pub(in crate::gui::panes) static KINDS: [&ViewKind; 5] =
    [&camera::KIND, &space::KIND, &text::KIND, &map::KIND, &log::KIND];

/// A kind of view tile.
pub(in crate::gui::panes) struct ViewKind {
    /// Name in code.
    pub(in crate::gui::panes) id: &'static str,
    /// Its name, for people; a tile of a channel has the name of that.
    pub(in crate::gui::panes) title: &'static str,
    /// Where it lies until somebody drags it.
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

/// What draws the tiles of a kind and remembers something about them.
pub(in crate::gui::panes) trait ViewPane {
    /// Draws the tile of a channel.
    fn ui(&mut self, ui: &mut Ui, channel: Option<ChannelId>, pane: &mut Pane<'_>);

    /// Drop the state of another recording.
    fn forget(&mut self);
}
