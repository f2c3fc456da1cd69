//! Relations between the answers of a search engine: what must hold between two queries although nobody knows the right results.
//!
//! After Zhou, Xiang and Chen, "Metamorphic Testing for Software Quality Assessment: A Study of Search Engines", IEEE TSE 2016. An
//! engine may answer differently each time; a relation is broken only if it is in all repetitions.

pub mod endpoint;
pub mod index;
pub mod query;
pub mod relations;
pub mod run;
