//! Suites: test cases as files, selected, run, reported.

pub mod adapters;
pub mod additions;
pub mod baseline;
pub mod bundle;
pub mod contents;
pub mod error;
pub mod export;
pub mod files;
pub mod freeze;
pub mod gates;
pub mod history;
pub mod hosted;
pub mod in_process;
pub mod limits;
mod problems;
pub mod report;
pub mod run;
pub mod select;
pub mod steps;
pub mod stretches;
