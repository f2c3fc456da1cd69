//! Hardcase finds out where a machine-learned model fails on recorded drives, and keeps each failure as a test.
//!
//! This crate is the whole program: the window and the command line are its two front ends, and everything they do can be called from
//! here. The interface of the crate may change with every version; files and the command line stay.
//!
//! # A transform
//!
//! A stack of transforms is written as on the command line. The same seed gives the same bytes on every machine.
//!
//! ```
//! use hardcase::data::image::Image;
//! use hardcase::transforms::catalog::BUILT_IN;
//! use hardcase::transforms::stack;
//!
//! let frame = Image::filled(320, 240, [90, 120, 150]);
//! let fog = stack::parse(&BUILT_IN, "fog:0.4,rotate:5", 7)?;
//! let transformed = stack::apply(&BUILT_IN, &fog, &frame)?;
//! assert_eq!(transformed.size(), frame.size());
//! assert_ne!(transformed, frame);
//! # Ok::<(), hardcase::transforms::entry::StackError>(())
//! ```
//!
//! # A claim
//!
//! A claim compares the predictions before and after a transform. Here a model steers, and must not steer differently in fog.
//!
//! ```
//! use hardcase::data::cases::case::ClaimSpec;
//! use hardcase::data::prediction::{NamedValue, Prediction};
//! use hardcase::claims::Pair;
//! use hardcase::claims::spec::{Claim, build};
//!
//! let steering = |value| {
//!     let name = "steering".to_owned();
//!     Prediction::Values { values: vec![NamedValue { name, value, unit: "rad".to_owned(), lateral: true }] }
//! };
//! let (before, after) = (steering(0.20), steering(0.35));
//! let claim = ClaimSpec {
//!     expression: Some("abs(after.steering - before.steering) < 0.05".to_owned()),
//!     ..ClaimSpec::new("expression")
//! };
//! let Claim::Pair(claim) = build(&claim)? else { return Err("it compares two predictions".into()) };
//! let judgment = claim.judge(&Pair { before: &before, expected: &before, after: &after });
//! let verdict = judgment.map_err(|unjudged| unjudged.0)?.verdict;
//! assert!(verdict.failed());
//! println!("{}", verdict.why());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # A suite
//!
//! A suite is a folder of cases with their inputs. Running it gives a verdict for each, in the order of the suite.
//!
//! ```
//! use std::path::Path;
//!
//! use hardcase::base::progress::Progress;
//! use hardcase::inference::embedded;
//! use hardcase::inference::model::Model;
//! use hardcase::suites::files;
//! use hardcase::suites::in_process::run;
//! use hardcase::suites::run::Effort;
//! use hardcase::suites::select::Selection;
//!
//! let suite = files::read(Path::new("sample_projects/traffic_lights/suites/lights"))?;
//! let model = Model::load(&suite.model_path().ok_or("the model is not there")?, &embedded::KIND, 1)?;
//! let results = run(&suite, &suite.catalog()?, &model, &Selection::default(), Effort::once(1), &Progress::default())?;
//! assert_eq!(results.len(), suite.cases.len());
//! for result in &results {
//!     println!("{} {} {}", result.status().word(), result.id, result.why());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod app;
pub mod base;
pub mod behavior;
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
pub mod mining;
pub mod predictions;
pub mod project;
pub mod quality;
pub mod reports;
pub mod robustness;
pub mod search;
pub mod shards;
pub mod suites;
pub mod tracks;
pub mod transforms;
