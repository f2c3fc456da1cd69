//! The nouns: plain values that the plug-in families and the engines exchange.

pub mod case;
pub mod clip;
pub mod image;
pub mod objects;
pub mod ontology;
pub mod prediction;
pub mod report;
pub mod spec;
pub mod tag;
pub mod verdict;
