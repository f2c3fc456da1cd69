//! The nouns: plain values that the plug-in families and the engines exchange.

pub mod case;
pub mod clip;
pub mod depth;
pub mod image;
pub mod input;
pub mod label;
pub mod labels;
pub mod log;
pub mod look;
pub mod masks;
pub mod motion;
pub mod objects;
pub mod odd;
pub mod ontology;
pub mod place;
pub mod points;
pub mod prediction;
pub mod report;
mod resizing;
pub mod shape;
pub mod signals;
pub mod solid;
pub mod space;
pub mod spec;
pub mod tag;
pub mod verdict;
pub mod window;
