//! Successes of attacks as cases: the attacked image is frozen, so no gradient is needed to run them.

use std::collections::BTreeMap;

use crate::data::cases::case::{Case, ClaimSpec, Terms};
use crate::data::cases::stack::Stack;
use crate::data::time::window::Reach;
use crate::robustness::attacks::Settings;
use crate::robustness::attacks::run::Outcome;

/// Origin of an attacked image.
pub struct Origin<'a> {
    /// Name of the recording.
    pub clip: &'a str,
    /// Name of the camera.
    pub channel: &'a str,
    /// Index of the frame.
    pub frame: usize,
}

impl Origin<'_> {
    /// Name of a case or a file about an outcome; with its size where there are several.
    pub fn name(&self, outcome: &Outcome, eps: Option<f64>) -> String {
        let size = eps.map_or_else(String::new, |eps| format!(" {eps:.4}"));
        format!("{} {} {:06} {}{size}", self.clip, self.channel, self.frame, outcome.kind.id)
    }
}

/// Names that were given, so that none is given twice.
#[derive(Debug, Default)]
pub struct Names {
    given: BTreeMap<String, usize>,
}

impl Names {
    /// The name itself the first time, later with a number.
    pub fn unique(&mut self, name: String) -> String {
        let count = self.given.entry(name.clone()).or_default();
        *count += 1;
        match *count {
            1 => name,
            number => self.unique(format!("{name}-{number}")),
        }
    }
}

/// The case of a success; none if what is lost cannot be claimed, as of fabricated objects.
pub fn case(
    origin: &Origin<'_>,
    id: String,
    outcome: &Outcome,
    settings: &Settings,
    seed: u64,
) -> Option<Case> {
    let oracle = claim(outcome)?;
    Some(Case {
        id,
        suite: "attacks".to_owned(),
        clip: origin.clip.to_owned(),
        channel: origin.channel.to_owned(),
        frame: origin.frame,
        reach: Reach::default(),
        interval: None,
        stack: Stack::default(),
        oracle,
        more: Vec::new(),
        attack: None,
        tags: vec!["attack".to_owned(), outcome.kind.id.to_owned()],
        why: format!(
            "{} {} {:.4}, seed {seed}: {} instead of {}",
            outcome.kind.id,
            settings.norm.id(),
            settings.eps,
            outcome.attacked,
            outcome.clean
        ),
        terms: Terms::default(),
    })
}

/// The claim that the attack broke: the class of the image, or the first object that is lost.
fn claim(outcome: &Outcome) -> Option<ClaimSpec> {
    if outcome.fates.is_none() {
        return Some(ClaimSpec { class: Some(outcome.label.clone()), ..ClaimSpec::new("class_is") });
    }
    let lost = outcome.lost.first()?;
    Some(ClaimSpec {
        class: Some(lost.class.clone()),
        region: Some(lost.bbox),
        ..ClaimSpec::new("has_object")
    })
}
