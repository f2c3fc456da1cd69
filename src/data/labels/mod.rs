//! Labels and tags made by people, and their ontology.

pub mod index;
pub mod label;
pub mod odd;
pub mod ontology;
pub mod tag;
