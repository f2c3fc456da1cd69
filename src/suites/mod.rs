//! Suites: test cases as files, selected, run, reported.

pub mod adapters;
pub mod baseline;
pub mod contents;
pub mod error;
pub mod export;
pub mod files;
pub mod freeze;
pub mod hosted;
pub mod limits;
pub mod report;
pub mod run;
pub mod select;
