//! Panes that show the recording: cameras, 3D, map, log, texts, and the tree of sources.

pub mod camera;
pub(in crate::gui) mod layouts;
pub(in crate::gui::panes) mod log;
pub(in crate::gui::panes) mod map;
pub(in crate::gui::panes) mod messages;
pub(in crate::gui) mod ortho;
pub(in crate::gui::panes) mod plot;
pub mod sources;
pub(in crate::gui::panes) mod space;
pub(in crate::gui) mod text;
pub mod tiling;
pub(in crate::gui::panes) mod topics;
pub(in crate::gui::panes) mod view;
pub mod views;

use view::ViewKind;

/// Every kind of view tile; a recording's tiles come in this order.
static VIEWS: &[&ViewKind] = &[
    &camera::KIND,
    &space::KIND,
    &text::KIND,
    &map::KIND,
    &log::KIND,
    &plot::KIND,
    &messages::KIND,
    &topics::KIND,
];
