//! Criticality metrics: golden values, properties, and pairs of actors as a drive has them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod goldens;
mod inputs;
mod pairs;
mod peers;
mod properties;
