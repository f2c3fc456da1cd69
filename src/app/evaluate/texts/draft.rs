//! The test that is being written: a template, its words, and what is expected of the predictions.

use std::collections::{BTreeMap, BTreeSet};

use crate::behavior::data::{Answer, Case};
use crate::behavior::error::BehaviorError;
use crate::behavior::expectation::Expectation;
use crate::behavior::files::perturbed_copies;
use crate::behavior::lexicons::{BASIC, Value};
use crate::behavior::suite::{Perturb, Suite, Test, TestKind};
use crate::behavior::template::{Filler, Template, TemplateTexts, fill_first};
use crate::transforms::entry::StackError;

/// Sentences that are shown while a template is typed.
pub const SHOWN: usize = 20;

/// Expectation of a test that is being written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expected {
    /// Minimum functionality: the prediction is the class.
    #[default]
    Is,
    /// Minimum functionality: the prediction is any other class.
    IsNot,
    /// Invariance: the prediction stays.
    Same,
    /// Direction: the confidence in the class does not fall.
    Rises,
    /// Direction: the confidence in the class does not rise.
    Falls,
}

impl Expected {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Is, Self::IsNot, Self::Same, Self::Rises, Self::Falls];

    /// Name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Is => "MFT: is the class",
            Self::IsNot => "MFT: is not the class",
            Self::Same => "INV: prediction stays",
            Self::Rises => "DIR: confidence must not fall",
            Self::Falls => "DIR: confidence must not rise",
        }
    }

    /// Type of the test.
    pub fn kind(self) -> TestKind {
        match self {
            Self::Is | Self::IsNot => TestKind::Mft,
            Self::Same => TestKind::Inv,
            Self::Rises | Self::Falls => TestKind::Dir,
        }
    }

    /// True if it is about a class.
    pub fn names_class(self) -> bool {
        self != Self::Same
    }
}

/// A test that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The template.
    pub template: String,
    /// Own words by tag, separated by commas.
    pub words: BTreeMap<String, String>,
    /// The expectation.
    pub expected: Expected,
    /// Its class, by name or number.
    pub class: String,
    /// Largest change of confidence of invariance and directional tests, 0 to 1.
    pub tolerance: f64,
    /// Transforms of texts for the perturbed copies: `typos:2`.
    pub perturb: String,
    /// Draws from the words; every combination if zero.
    pub samples: usize,
    /// Name of the test.
    pub name: String,
    /// Its capability.
    pub capability: String,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            template: String::new(),
            words: BTreeMap::new(),
            expected: Expected::Is,
            class: String::new(),
            tolerance: 0.1,
            perturb: "typos:1".to_owned(),
            samples: 0,
            name: String::new(),
            capability: "Vocabulary".to_owned(),
        }
    }
}

/// Reason why a draft makes no test.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// There is no template.
    #[error("type a template first, such as {{first_name}} is in {{city}}.")]
    Empty,
    /// The template cannot be filled.
    #[error(transparent)]
    Behavior(#[from] BehaviorError),
    /// The copies cannot be made.
    #[error("the perturbation cannot be used: {0}")]
    Perturb(#[from] StackError),
    /// No copy differs from its sentence.
    #[error("the perturbation {stack:?} changes none of the sentences, choose another one")]
    Unchanged {
        /// The perturbation.
        stack: String,
    },
    /// There is no class.
    #[error("choose the class that the test is about")]
    NoClass,
    /// The class is none of the suite.
    #[error("the suite has no class {class:?}, it has {known}")]
    UnknownClass {
        /// The class.
        class: String,
        /// The classes of the suite.
        known: String,
    },
    /// There is no name.
    #[error("name the test first")]
    NoName,
    /// The name is taken.
    #[error("the suite has a test {name:?} already, choose another name")]
    Twice {
        /// The name.
        name: String,
    },
}

impl Draft {
    /// The template with its own words.
    pub(super) fn template(&self) -> Result<Template, DraftError> {
        if self.template.trim().is_empty() {
            return Err(DraftError::Empty);
        }
        let list = |(tag, words): (&String, &String)| {
            let words: Vec<Value> = words
                .split(',')
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .map(|word| Value::Text(word.to_owned()))
                .collect();
            (!words.is_empty()).then(|| (tag.clone(), Filler::Values(words)))
        };
        let tags: BTreeSet<String> = self.tags().unwrap_or_default().into_iter().collect();
        let lists = self.words.iter().filter(|(tag, _)| tags.contains(*tag)).filter_map(list).collect();
        Ok(Template {
            text: TemplateTexts::One(self.template.trim().to_owned()),
            samples: (self.samples > 0).then_some(self.samples),
            lists,
            ..Template::default()
        })
    }

    /// The tags of the template without the digits at their end, each once.
    pub fn tags(&self) -> Result<Vec<String>, BehaviorError> {
        let mut tags: Vec<String> = Vec::new();
        for tag in crate::behavior::template::tags(&self.template)? {
            let shared = tag.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            if !tags.contains(&shared) {
                tags.push(shared);
            }
        }
        Ok(tags)
    }

    fn expectation(&self, suite: &Suite) -> Result<Expectation, DraftError> {
        let class = || {
            let class = self.class.trim();
            if class.is_empty() {
                return Err(DraftError::NoClass);
            }
            let named = suite.classes.iter().position(|known| known == class);
            match (named, Answer::read(class)) {
                (Some(at), _) => Ok(Answer::Number(at as i64)),
                (None, Answer::Number(number))
                    if suite.classes.is_empty()
                        || usize::try_from(number).is_ok_and(|at| at < suite.classes.len()) =>
                {
                    Ok(Answer::Number(number))
                }
                _ if suite.classes.is_empty() => Ok(Answer::Name(class.into())),
                _ => {
                    Err(DraftError::UnknownClass { class: class.to_owned(), known: suite.classes.join(", ") })
                }
            }
        };
        Ok(match self.expected {
            Expected::Is => Expectation::Equals { value: Some(class()?) },
            Expected::IsNot => Expectation::DiffersFrom { value: class()? },
            Expected::Same => Expectation::Invariant { tolerance: self.tolerance },
            Expected::Rises => Expectation::Increases { value: Some(class()?), tolerance: self.tolerance },
            Expected::Falls => Expectation::Decreases { value: Some(class()?), tolerance: self.tolerance },
        })
    }

    /// The first `most` cases as a test, and the number of all its sentences; without a class or a name where there is none yet.
    pub(super) fn sketch(&self, suite: &Suite, most: usize) -> Result<(Test, usize), DraftError> {
        let template = self.template()?;
        let (cases, all) = fill_first(&template, &[&suite.lexicon, &BASIC], 0, most)?;
        let kind = self.expected.kind();
        let perturb =
            (kind != TestKind::Mft).then(|| Perturb { stack: self.perturb.trim().to_owned(), copies: 1 });
        let cases = match &perturb {
            Some(perturb) => perturbed(cases, perturb)?,
            None => cases,
        };
        let test = Test {
            name: self.name.trim().to_owned(),
            kind,
            capability: self.capability.trim().to_owned(),
            description: String::new(),
            expect: self.expectation(suite).ok(),
            only_where: None,
            label: None,
            max_failure_rate: None,
            seed: 0,
            templates: vec![template],
            perturb,
            cases,
            stored: String::new(),
            note: String::new(),
        };
        Ok((test, all))
    }

    /// The whole test.
    pub(super) fn test(&self, suite: &Suite) -> Result<Test, DraftError> {
        let name = self.name.trim();
        let expect = self.expectation(suite)?;
        if name.is_empty() {
            return Err(DraftError::NoName);
        }
        if suite.tests.iter().any(|test| test.name == name) {
            return Err(DraftError::Twice { name: name.to_owned() });
        }
        let (test, _) = self.sketch(suite, usize::MAX)?;
        Ok(Test { expect: Some(expect), ..test })
    }
}

fn perturbed(cases: Vec<Case>, perturb: &Perturb) -> Result<Vec<Case>, DraftError> {
    let cases = perturbed_copies(cases, perturb, 0)?;
    if cases.is_empty() {
        return Err(DraftError::Unchanged { stack: perturb.stack.clone() });
    }
    Ok(cases)
}

/// A sentence of the editor with what the model says.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewRow {
    /// The sentence.
    pub text: String,
    /// Class and confidence.
    pub prediction: Option<(String, f64)>,
    /// The perturbed copy.
    pub copy: Option<String>,
    /// Class and confidence of the copy.
    pub copy_prediction: Option<(String, f64)>,
    /// True for a pass, false for a failure; none where nothing is expected or nothing was predicted.
    pub pass: Option<bool>,
}

/// The first sentences of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The draft that they are of.
    pub draft: Draft,
    /// Number of all sentences.
    pub all: usize,
    /// The first of them.
    pub rows: Vec<PreviewRow>,
    /// The problem, if the template cannot be filled or the model cannot be run.
    pub problem: Option<String>,
    /// True if the model has predicted them, or there is none.
    pub complete: bool,
}
