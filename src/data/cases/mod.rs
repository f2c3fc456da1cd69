//! Test cases: their input, stack, claim and verdict.

mod area;
pub mod attacked;
pub mod case;
pub mod stack;
pub mod verdict;
