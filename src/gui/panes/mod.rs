//! The parts of the workspaces. Each draws from `&App` and pushes commands.

mod agreement;
mod answer;
mod attributes;
pub mod camera;
mod curve;
mod domain;
pub(in crate::gui) mod drawing;
pub mod exchange;
pub mod explore;
pub mod findings;
pub mod inspector;
pub mod log;
pub mod map;
pub mod measure;
pub mod model_card;
pub mod operator;
mod ortho;
pub mod sources;
pub mod space;
pub mod stack;
pub mod suites;
pub mod table;
pub mod tiling;
mod tried;
pub mod views;
pub mod welcome;
mod words;
