//! Behavioral suites: tests in order, each with a capability, a type and an expectation.

use serde::{Deserialize, Serialize};

use crate::behavior::data::{Answer, Case, Label};
use crate::behavior::expectation::{Expectation, Slice};
use crate::behavior::lexicons::Lexicon;
use crate::behavior::template::Template;

/// Type of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TestKind {
    /// Minimum functionality: every example has a label.
    #[serde(rename = "MFT")]
    Mft,
    /// Invariance: perturbed copies keep the prediction.
    #[serde(rename = "INV")]
    Inv,
    /// Directional expectation: perturbed copies move the prediction in a known direction.
    #[serde(rename = "DIR")]
    Dir,
}

impl TestKind {
    /// All types, in the order of tables.
    pub const ALL: [Self; 3] = [Self::Mft, Self::Inv, Self::Dir];

    /// Name in files and tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mft => "MFT",
            Self::Inv => "INV",
            Self::Dir => "DIR",
        }
    }

    /// Index of the first example that is judged: the original of a pair is not.
    pub fn judged_from(self) -> usize {
        match self {
            Self::Mft => 0,
            Self::Inv | Self::Dir => 1,
        }
    }
}

/// Capabilities in the order of tables; others follow by name.
pub const CAPABILITIES: [&str; 10] = [
    "Vocabulary",
    "Taxonomy",
    "Robustness",
    "NER",
    "Fairness",
    "Temporal",
    "Negation",
    "Coref",
    "SRL",
    "Logic",
];

/// A test of a suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Its name, unique in the suite.
    pub name: String,
    /// Its type.
    pub kind: TestKind,
    /// The capability that it tests.
    pub capability: String,
    /// One sentence for people.
    pub description: String,
    /// Expectation of the predictions; a test without one is not judged.
    pub expect: Option<Expectation>,
    /// Condition under which a case counts.
    pub only_where: Option<Slice>,
    /// Label of every case that has none of its own.
    pub label: Option<Answer>,
    /// Largest failure rate, 0 to 1, with which the test passes.
    pub max_failure_rate: Option<f64>,
    /// Seed of the draws of its templates and perturbations.
    pub seed: u64,
    /// Templates from which cases are made, or were made.
    pub templates: Vec<Template>,
    /// Perturbation from which the copies of its cases are made.
    pub perturb: Option<Perturb>,
    /// Its cases.
    pub cases: Vec<Case>,
    /// Functions of the expectation of an imported test, as they were stored.
    pub stored: String,
    /// Remark of an import, such as the reason why there is no expectation.
    pub note: String,
}

/// Perturbation of the first example of each case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Perturb {
    /// Transforms of texts, as for `hardcase transform`: `typos:2`.
    pub stack: String,
    /// Copies of each text, each with a seed of its own.
    #[serde(default = "one")]
    pub copies: usize,
}

fn one() -> usize {
    1
}

impl Test {
    /// Number of examples of all cases.
    pub fn examples(&self) -> usize {
        self.cases.iter().map(|case| case.examples.len()).sum()
    }

    /// Label of an example of a case.
    pub fn label_of<'a>(&'a self, case: &'a Case, example: usize) -> Option<&'a Answer> {
        case.label.as_ref().map_or(self.label.as_ref(), |label: &Label| label.at(example))
    }
}

/// A behavioral suite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Names of the classes by number, where they are known.
    pub classes: Vec<String>,
    /// Its tests, in order.
    pub tests: Vec<Test>,
    /// Lists of words by name.
    pub lexicon: Lexicon,
}

impl Suite {
    /// Number of examples of all tests, which is the number of predictions.
    pub fn examples(&self) -> usize {
        self.tests.iter().map(Test::examples).sum()
    }
}
