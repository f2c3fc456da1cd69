//! One drive or suite under two set-ups: another model, a fault of a sensor, another recording; what only one of them got right, and by how
//! much their numbers differ.

pub mod cases;
pub mod document;
pub mod examples;
pub mod numbers;
pub mod page;
pub mod pairing;
pub mod verdict;
