//! Structural coverage: which behavior of the neurons of a model a set of inputs has shown.
//!
//! A criterion is a kind: one file with a `static KIND`, and its line below. Coverage describes inputs, it is never a
//! gate: Li, Ma, Xu, Cao, "Structural Coverage Criteria for Neural Networks Could Be Misleading", ICSE-NIER 2019.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::metrics::coverage::profile::Profile;

pub mod deep_test;
pub mod kmnc;
pub mod nbc;
pub mod nc;
pub mod profile;
pub mod snac;
pub mod ssc;
pub mod tknc;
pub mod tknpat;

/// A criterion of structural coverage.
#[derive(Debug)]
pub struct CriterionKind {
    /// Name on the command line and key in JSON.
    pub id: &'static str,
    /// Name in full.
    pub title: &'static str,
    /// Definition in a sentence.
    pub meaning: &'static str,
    /// Paper that defines it.
    pub source: &'static str,
    /// Its thresholds and conventions.
    pub params: &'static [ParamSpec],
    /// Way of counting.
    pub of: Of,
}

/// Way of counting.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Over single inputs, against the profile of a reference set.
    Samples(fn(&Arc<Profile>, &Params) -> Box<dyn Criterion>),
    /// Over pairs of neighboring inputs; the neurons are single units.
    Pairs(fn(&Params) -> ssc::SignSign),
}

/// Coverage so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Number of covered requirements.
    pub covered: usize,
    /// Number of all requirements; `None` for a criterion that only counts.
    pub of: Option<usize>,
}

impl Tally {
    /// Covered fraction, 0 to 1; `None` for a criterion that only counts, or without requirements.
    pub fn share(&self) -> Option<f64> {
        self.of.filter(|of| *of > 0).map(|of| self.covered as f64 / of as f64)
    }
}

/// Counts what inputs cover.
pub trait Criterion: Send {
    /// Adds the neurons of one input, layer by layer.
    fn add(&mut self, sample: &[Vec<f32>]);

    /// Coverage so far.
    fn tally(&self) -> Tally;
}

/// Every criterion, in the order in which they are shown.
pub static KINDS: &[&CriterionKind] =
    &[&nc::KIND, &kmnc::KIND, &nbc::KIND, &snac::KIND, &tknc::KIND, &tknpat::KIND, &ssc::KIND];

/// The criterion of a name.
pub fn kind(id: &str) -> Option<&'static CriterionKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// A convention that is on or off.
const fn switch(id: &'static str, title: &'static str, initial: f64) -> ParamSpec {
    ParamSpec::setting(id, title, ParamSpec::SWITCH, [0.0, 1.0], initial)
}

/// True if a convention is on.
fn is_on(value: f64) -> bool {
    value >= 0.5
}
