//! Semantic segmentation metrics: overlap by class over all pixels of many images.
//!
//! Everingham et al., "The Pascal Visual Object Classes Challenge: A Retrospective", IJCV 2015, section 3.3; Cordts et al.,
//! "The Cityscapes Dataset", CVPR 2016.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::data::geometry::shape::Mask;
use crate::imaging::masks::intersection;

/// Pixels of one class, over all images so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pixels {
    /// Pixels in the ground truth.
    pub truth: u64,
    /// Pixels in the prediction.
    pub answer: u64,
    /// Pixels in both.
    pub both: u64,
}

impl Pixels {
    /// Those of one image; an absent mask is empty.
    pub fn of(truth: Option<&Mask>, answer: Option<&Mask>) -> Self {
        let both = truth.zip(answer).map_or(0, |(truth, answer)| intersection(truth, answer));
        Self { truth: truth.map_or(0, Mask::area), answer: answer.map_or(0, Mask::area), both }
    }

    /// Together with those of another image.
    pub fn add(&mut self, other: Self) {
        self.truth += other.truth;
        self.answer += other.answer;
        self.both += other.both;
    }

    fn share(part: u64, of: u64) -> Option<f64> {
        (of > 0).then(|| part as f64 / of as f64)
    }

    /// Intersection over union; `None` if the class is in neither.
    pub fn iou(&self) -> Option<f64> {
        Self::share(self.both, self.truth + self.answer - self.both)
    }

    /// Fraction of the ground truth that was predicted.
    pub fn recall(&self) -> Option<f64> {
        Self::share(self.both, self.truth)
    }

    /// Fraction of the prediction that is correct.
    pub fn precision(&self) -> Option<f64> {
        Self::share(self.both, self.answer)
    }
}

/// Mean intersection over union over the classes that are present.
pub fn mean_iou(classes: &BTreeMap<String, Pixels>) -> Option<f64> {
    let each: Vec<f64> = classes.values().filter(|pixels| pixels.truth > 0).filter_map(Pixels::iou).collect();
    (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
}

/// Fraction of all labeled pixels with the right class.
pub fn accuracy(classes: &BTreeMap<String, Pixels>) -> Option<f64> {
    let sum = |of: fn(&Pixels) -> u64| classes.values().map(of).sum();
    Pixels::share(sum(|pixels| pixels.both), sum(|pixels| pixels.truth))
}
