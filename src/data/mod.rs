//! The nouns: plain values that the plug-in families and the engines exchange.

pub mod case;
pub mod clip;
pub mod image;
pub mod log;
pub mod objects;
pub mod ontology;
pub mod place;
pub mod points;
pub mod prediction;
pub mod report;
pub mod space;
pub mod spec;
pub mod tag;
pub mod verdict;
