//! Search for failures: sweeps, guided search, severity curves and tipping points, minimization.

pub mod curve;
pub mod guided;
pub mod minimize;
pub mod sweep;
