//! The one thing that every pane is given: the program to read, and where to put what somebody asks of it.

use crate::app::App;
use crate::app::command::Command;
use crate::app::table::entry::{Page, WindowCommand};
use crate::gui::dialogs::Ask;
use crate::gui::panes::label::drawing::Drawing;
use crate::gui::viewers::attention::AttentionLook;
use crate::gui::viewers::picture::Textures;
use crate::gui::windows::Windows;

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
    /// Drawing of saliency maps.
    pub saliency: AttentionLook,
    /// Opacity of predictions over a camera, from 0 to 1.
    pub opacity: f32,
    /// Predictions are drawn over labels rather than below them.
    pub predictions_in_front: bool,
    /// The window of layouts is open.
    pub layouts: bool,
    /// The operator mode covers the window.
    pub operator: bool,
    /// The shape that is being drawn or dragged.
    pub(in crate::gui) drawing: Drawing,
    /// The floating windows that are open.
    pub(in crate::gui) windows: Windows,
    /// A page that was asked for, until its workspace shows it.
    pub(in crate::gui) page: Option<Page>,
}

impl Shared {
    /// The page that was asked for, if it is one of these, which are then shown.
    pub(in crate::gui) fn take_page<T: Copy>(&mut self, pages: &[(Page, T)]) -> Option<T> {
        let wanted = self.page?;
        let (_, found) = pages.iter().find(|(page, _)| *page == wanted)?;
        self.page = None;
        Some(*found)
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            predictions: true,
            points_over_cameras: true,
            table: false,
            layouts: false,
            opacity: 1.0,
            predictions_in_front: false,
            saliency: AttentionLook::default(),
            operator: false,
            drawing: Drawing::default(),
            windows: Windows::default(),
            page: None,
        }
    }
}
