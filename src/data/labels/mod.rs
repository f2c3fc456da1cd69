//! Labels and tags that people made, and the ontology they are taken from.

pub mod index;
pub mod label;
pub mod odd;
pub mod ontology;
pub mod tag;
