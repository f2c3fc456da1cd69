//! Numerics that metrics share: linear algebra on small matrices, the gamma distribution.

pub mod gamma;
pub mod linear;
