//! Behavioral tests of text models: templates, suites of minimum functionality, invariance and directional tests, and the table
//! of failure rates.
//!
//! After Ribeiro, Wu, Guestrin, Singh, "Beyond Accuracy: Behavioral Testing of NLP Models with `CheckList`", ACL 2020; its
//! expectations are followed to the number.

pub mod adapters;
pub mod archive;
pub mod checklist;
pub mod data;
pub mod error;
pub mod expectation;
pub mod files;
pub mod lexicons;
pub mod outcome;
pub mod pickle;
pub mod predictions;
pub mod report;
pub mod retrieval;
pub mod run;
pub mod suggestions;
pub mod suite;
pub mod template;
pub mod translation;
