//! Questions as finders: one that is asked now, saved ones, and scenario types of nuPlan.

mod findings;
pub mod nuplan;
pub mod worlds;

pub use findings::{KIND, Named, NotName, ask, check_name};
