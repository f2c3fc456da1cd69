//! The one thing that every pane is given: the program to read, and where to put what somebody asks of it.

use crate::app::App;
use crate::app::command::Command;
use crate::app::table::entry::WindowCommand;
use crate::gui::dialogs::Ask;
use crate::gui::panes::label::drawing::Drawing;
use crate::gui::viewers::picture::Textures;

/// The context of a pane for one frame. A pane reads `app` and asks for everything else; nothing changes while it draws.
pub struct Pane<'a> {
    /// The program.
    pub app: &'a App,
    /// Commands of the program, carried out in their order after drawing.
    pub commands: &'a mut Vec<Command>,
    /// Commands of the window.
    pub window: &'a mut Vec<WindowCommand>,
    /// Images on the graphics card.
    pub textures: &'a mut Textures,
    /// Files and folders to ask for.
    pub(in crate::gui) ask: &'a mut Vec<Ask>,
    /// State that several panes share.
    pub shared: &'a mut Shared,
}

/// State of the window that several panes read. Its switches are set by commands of the window.
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the view menu")]
pub struct Shared {
    /// Predictions are drawn.
    pub predictions: bool,
    /// Points and cuboids are drawn over calibrated cameras.
    pub points_over_cameras: bool,
    /// The table of tags and objects is shown.
    pub table: bool,
    /// The operator mode covers the window.
    pub operator: bool,
    /// The shape that is being drawn or dragged.
    pub(in crate::gui) drawing: Drawing,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            predictions: true,
            points_over_cameras: true,
            table: false,
            operator: false,
            drawing: Drawing::default(),
        }
    }
}
