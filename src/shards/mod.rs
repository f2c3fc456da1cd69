//! Sweeps on many machines: a plan divided into parts, pure shards that make them, and the merge of what they made.
//!
//! There is no coordinator. A plan lies in a place that every machine sees, as a folder; whoever finishes a part puts it
//! there, and never replaces one. What a part holds depends on nothing but the plan.

pub mod cost;
pub mod cut;
pub mod error;
pub mod gaps;
pub mod manifests;
pub mod merge;
pub mod plan;
pub mod planning;
pub mod shard;
pub mod state;
pub mod status;
pub mod store;
pub mod worker;
