//! Hardcase: find out where a machine-learned model fails on recorded drives, and keep each failure as a test.

pub mod app;
pub mod base;
pub mod claims;
pub mod cli;
pub mod clips;
pub mod data;
pub mod evaluation;
pub mod exchange;
#[cfg(feature = "gui")]
pub mod gui;
pub mod imaging;
pub mod inference;
pub mod metrics;
pub mod predictions;
pub mod project;
pub mod quality;
pub mod reports;
pub mod robustness;
pub mod search;
pub mod suites;
pub mod tracks;
pub mod transforms;
