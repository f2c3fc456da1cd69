//! Ways to look at samples.

pub mod attention;
pub(in crate::gui) mod axis;
pub mod overlay;
pub mod picture;
pub(super) mod projection;
pub(super) mod scene;
pub mod shapes;
