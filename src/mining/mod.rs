//! Mining: what happened in a recording that nobody tagged. Finders read a recording and yield findings, ranked and explained.
//!
//! A finder is a kind: one file in [`finders`] with a `static KIND`, and its line in [`finders::KINDS`]. Definitions, thresholds
//! and known false alarms come from the literature that each finder names. The same recording gives the same findings on any
//! number of threads.

mod azimuth;
pub mod boxes;
pub mod carry;
pub mod coverage;
mod deviations;
pub mod drive;
pub mod events;
pub mod finders;
pub mod finding;
mod flow;
pub mod found;
pub mod foxglove;
pub mod frames;
mod hash;
pub mod health;
pub mod kept;
mod line;
pub mod links;
mod measured;
mod models;
pub mod odometry;
mod partners;
pub mod path;
pub mod predicted;
pub mod questions;
pub mod reduced;
mod rhythm;
pub mod roles;
pub mod rules;
pub mod run;
pub mod sides;
mod spread;
pub mod subsample;
pub mod tags;
mod yaw;
mod yaw_offsets;
