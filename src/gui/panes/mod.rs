//! The parts of the workspaces. Each draws from `&App` and pushes commands.

pub mod camera;
mod curve;
pub mod explore;
pub mod findings;
pub mod inspector;
pub mod log;
pub mod map;
pub mod model_card;
pub mod sources;
pub mod space;
pub mod stack;
pub mod suites;
pub mod tiling;
mod tried;
pub mod views;
pub mod welcome;
