//! Hardcase: find out where a machine-learned model fails on recorded drives, and keep each failure as a test.

pub mod app;
pub mod base;
pub mod checks;
pub mod cli;
pub mod clips;
pub mod data;
pub mod exchange;
#[cfg(feature = "gui")]
pub mod gui;
pub mod inference;
pub mod metrics;
pub mod project;
pub mod quality;
pub mod relations;
pub mod reports;
pub mod suites;
pub mod transforms;
