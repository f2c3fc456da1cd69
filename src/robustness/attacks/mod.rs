//! Attacks: the smallest or bounded changes of an image that make a model wrong. An attack is a kind: one file, and its line
//! in the list below.

use crate::base::nearest::hint;
use crate::base::progress::{Cancelled, Progress};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::subject::{Shot, Subject};

mod additive_noise;
pub mod answer;
mod asking;
mod bim;
mod blended_noise;
mod blur;
mod boundary;
mod carlini_wagner;
pub mod cases;
pub mod classes;
mod contrast;
pub mod curve;
mod deepfool;
pub mod eight_bits;
pub mod error;
mod few_pixels;
mod fgsm;
pub mod goal;
mod heads;
mod hop_skip_jump;
mod inversion;
mod least;
mod mi_fgsm;
mod nes;
pub mod norm;
pub mod objects;
mod pgd;
pub mod run;
mod salt_and_pepper;
mod simba;
pub mod single;
mod spatial;
mod square;
mod square_l2;
mod squares;
pub mod subject;
pub mod summary;
mod walk;

/// Knowledge of the model that an attack needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Its gradients.
    Gradients,
    /// Its scores.
    Scores,
    /// Its best class alone.
    Label,
}

impl Knowledge {
    /// Name in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Gradients => "gradients",
            Self::Scores => "scores",
            Self::Label => "label",
        }
    }

    /// True if an attacker who knows this can run an attack that needs `other`.
    pub fn covers(self, other: Self) -> bool {
        match self {
            Self::Gradients => true,
            Self::Scores => other != Self::Gradients,
            Self::Label => other == Self::Label,
        }
    }
}

/// A kind of attack.
#[derive(Debug)]
pub struct AttackKind {
    /// Id on the command line and in tables.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its rule in one sentence, with its usual numbers.
    pub summary: &'static str,
    /// Paper or standard.
    pub source: &'static str,
    /// Knowledge that it needs.
    pub knows: Knowledge,
    /// Norms by which it bounds its changes, the usual one first; none if its changes have another size.
    pub norms: &'static [Norm],
    /// True if it looks for the least change and not within a given size.
    pub least: bool,
    /// True if it knows goals against detectors; false for those that move towards the boundary of a class.
    pub objects: bool,
    /// Attacks several images. The results are in their order, the same on every number of threads.
    pub run: fn(&Attack<'_>, &[Shot]) -> Result<Vec<Found>, AttackError>,
}

impl AttackKind {
    /// True if its changes can be bounded by this norm; those of a size of their own fit every norm.
    pub fn bounded_by(&self, norm: Norm) -> bool {
        self.norms.is_empty() || self.norms.contains(&norm)
    }
}

/// Every attack.
pub static KINDS: &[&AttackKind] = &[
    &fgsm::KIND,
    &bim::KIND,
    &pgd::KIND,
    &mi_fgsm::KIND,
    &deepfool::KIND,
    &carlini_wagner::KIND,
    &nes::KIND,
    &nes::SPSA,
    &square::KIND,
    &hop_skip_jump::KIND,
    &boundary::KIND,
    &simba::KIND,
    &spatial::KIND,
    &salt_and_pepper::KIND,
    &blended_noise::KIND,
    &contrast::KIND,
    &blur::KIND,
    &additive_noise::UNIFORM,
    &additive_noise::GAUSSIAN,
    &inversion::KIND,
    &few_pixels::SINGLE,
    &few_pixels::FEW,
];

/// The attack called `id`.
pub fn kind(id: &str) -> Option<&'static AttackKind> {
    KINDS.iter().find(|kind| kind.id == id).copied()
}

/// The message about an attack that does not exist.
pub fn unknown(id: &str) -> String {
    let known = || KINDS.iter().map(|kind| kind.id);
    let list = known().collect::<Vec<_>>().join(", ");
    format!("unknown attack {id:?}{}, expected one of {list}", hint(id, known()))
}

/// Size and effort of an attack.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Norm of the change.
    pub norm: Norm,
    /// Size of the change.
    pub eps: f64,
    /// Steps; as usual for the attack if absent.
    pub steps: Option<usize>,
    /// Length of a step in parts of `eps`; as usual for the attack if absent.
    pub step: Option<f64>,
    /// Queries for each image, for attacks that ask the model.
    pub budget: usize,
    /// Random starts, of which the first that reaches the goal counts.
    pub restarts: usize,
    /// False to begin at the image itself.
    pub random_start: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            norm: Norm::Linf,
            eps: Norm::Linf.usual_eps(),
            steps: None,
            step: None,
            budget: 2500,
            restarts: 1,
            random_start: true,
        }
    }
}

/// An attack on a model.
pub struct Attack<'a> {
    /// The attack.
    pub kind: &'static AttackKind,
    /// The model.
    pub subject: &'a Subject<'a>,
    /// Size and effort.
    pub settings: &'a Settings,
    /// For cancelling it.
    pub progress: &'a Progress,
    /// True if the progress is that of this attack alone and counts its forward runs.
    pub watched: bool,
}

impl Attack<'_> {
    /// Tells how many forward runs there will be at most.
    fn expect(&self, runs: usize) {
        if self.watched {
            self.progress.begin(runs as u64);
        }
    }

    /// Tells how many forward runs there were; an error if the attack was canceled.
    fn ran(&self, runs: usize) -> Result<(), Cancelled> {
        if self.watched { self.progress.reach(runs as u64) } else { self.progress.check() }
    }
}

/// Result of an attack on one image, in numbers and not yet in bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The changed image: planes of 0 to 1.
    pub numbers: Vec<f32>,
    /// Forward runs of the model, backward ones not counted.
    pub queries: usize,
    /// Something that the reader has to know; "" if there is nothing.
    pub note: &'static str,
}

impl Found {
    /// The image itself, because there is nothing better.
    fn nothing(shot: &Shot, queries: usize, note: &'static str) -> Self {
        Self { numbers: shot.start.clone(), queries, note }
    }
}

/// The note about a gradient that is zero everywhere.
const NO_SLOPE: &str = "the gradient is zero everywhere";
/// The note about a gradient that is no number.
const NOT_FINITE: &str = "the gradient is not a number";
/// The note about a search without a result.
const NOT_FOUND: &str = "nothing found at this budget";
