//! Metrics of predictions: against labels, against recorded values, by the rules of published benchmarks.

pub mod centers;
pub mod classification;
pub mod coco;
pub mod conformal;
pub mod coverage;
pub mod detection_errors;
pub mod differential;
pub mod drift;
pub mod fairness;
pub mod label_errors;
pub mod near_duplicates;
pub mod neighbors;
pub mod numerics;
pub mod observed;
pub mod paired;
pub mod projection;
pub mod regression;
pub mod scalars;
pub mod segmentation;
pub mod surprise;
pub mod temperature;
pub mod validity;
