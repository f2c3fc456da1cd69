//! Answers of the inside of a model about inputs: structural coverage, surprise, validity, confidence.
//!
//! A reference set tells what the model is used to. The tested inputs stand beside their transformed versions and beside random
//! noise with the same budget, so that nobody takes coverage for quality.

pub mod confidence;
pub mod guard;
pub mod inspection;
pub mod lens;
pub mod numbers;
mod reference;
pub mod report;
pub mod request;
pub mod run;
mod tested;
