//! The parts of the workspaces. Each draws from `&App` and pushes commands.

pub mod evaluate;
pub mod explore;
pub mod findings;
pub mod label;
pub mod model;
pub mod replay;
pub mod suites;
pub mod welcome;
pub(in crate::gui) mod workspace;
