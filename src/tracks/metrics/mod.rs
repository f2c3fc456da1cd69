//! Tracking metrics: tracks of a tested system against true ones, by the rules of the published evaluations.
//!
//! A [`sequence::Sequence`] holds the boxes of both sides by frame. [`prepared::Prepared`] is made of it with a
//! [`similarity::Similarity`], once for all metrics. Sequences and classes are evaluated one by one and then combined.

pub mod clear;
pub mod events;
pub mod gaps;
pub mod hota;
pub mod identity;
pub mod mot_rules;
pub mod nuscenes;
pub mod prepared;
pub mod sequence;
pub mod similarity;
pub mod summary;
