//! Cases that belong together: judging them, searching for where they tip over, keeping them as files.

pub mod adapters;
pub mod answers;
pub mod attention;
pub mod baseline;
pub mod bounds;
pub mod curve;
pub mod differential;
pub mod evaluation;
pub mod faults;
pub mod files;
pub mod fitting;
pub mod freeze;
pub mod guided;
pub mod judge;
pub mod painters;
pub mod run;
pub mod select;
pub mod shrink;
pub mod sweep;
pub mod tracking;
