//! Test cases: their input, stack, claim and verdict.

pub mod attacked;
pub mod case;
pub mod stack;
pub mod verdict;
