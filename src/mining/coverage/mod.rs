//! Coverage: what recordings cover of tags, of the map and of ranges of signals, and what is missing.

pub mod axis;
pub mod cells;
pub mod factors;
pub mod ranges;
pub mod record;
pub mod tuples;
