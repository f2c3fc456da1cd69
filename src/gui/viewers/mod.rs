//! Ways to look at samples.

pub mod attention;
pub mod overlay;
pub mod picture;
pub(super) mod projection;
pub(super) mod scene;
pub mod shapes;
