//! Load test of a model: requests that arrive whether or not earlier ones are done, rate after rate.
//!
//! Arrivals do not wait for predictions (open loop; Schroeder, Wierman and Harchol-Balter, "Open Versus Closed: A Cautionary Tale",
//! 2006), and a latency counts from the moment at which its request was due, so that a server that stalls is not asked less
//! while it does.

pub mod arrivals;
pub mod limits;
pub mod run;
pub mod stage;
