//! Values over time: signals, windows, log entries.

pub mod log;
pub mod signals;
pub mod window;
