//! Objects over time: tracks and their motion, association of detections, tracking metrics, criticality, cuboids fitted to
//! points. Formulas over plain values.

pub mod assemble;
pub mod assignment;
pub mod association;
pub mod classes;
pub mod criticality;
pub mod cuboid_fit;
pub mod ego;
pub mod hidden;
pub mod kalman;
pub mod kinematics;
pub mod metrics;
pub mod motion;
pub mod questions;
pub mod scene;
pub mod track;
pub mod two_stage;
