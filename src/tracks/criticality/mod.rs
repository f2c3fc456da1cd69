//! Criticality of traffic situations: published formulas over plain numbers, in SI units.
//!
//! Each file holds one idea; [`pair`] evaluates every [`metric`] for two states in the plane.

pub mod boxes;
pub mod cut_in;
pub mod encounter;
pub mod exposure;
pub mod gap;
pub mod metric;
pub mod nuplan;
pub mod pair;
pub mod pair_rss;
pub mod reading;
mod relative;
pub mod rss;
pub mod state;
pub mod steering;
