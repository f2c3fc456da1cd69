//! Metrics of predictions: against labels, against recorded values, by the rules of published benchmarks.

pub mod centers;
pub mod classification;
pub mod coco;
pub mod coverage;
pub mod detection_errors;
pub mod differential;
pub mod neighbors;
pub mod projection;
pub mod regression;
pub mod scalars;
pub mod segmentation;
