//! Search for failures: sweeps, guided search, severity curves and tipping points, minimization.

pub mod curve;
pub mod guided;
pub mod minimize;
pub mod sweep;

/// Error of a caller that could not keep an intermediate result.
pub type NotKept = Box<dyn std::error::Error + Send + Sync>;
