//! Guard: a reference set that says of any input how strange and how surprising it is to a model.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::parallel::in_order;
use crate::base::params::Params;
use crate::base::progress::{Cancelled, Progress};
use crate::base::rng::Rng;
use crate::base::text::short_number;
use crate::clips::ClipError;
use crate::data::input::Input;
use crate::inference::model::Model;
use crate::inference::taps::{Choice, Neuron};
use crate::metrics::observed::{Observed, ReferenceError};
use crate::metrics::surprise::{self, SurpriseKind};
use crate::metrics::validity::{self, Threshold, ValidityKind};
use crate::robustness::inside::lens::{Collected, Lens, LensError, Seen};
use crate::robustness::inside::reference;
use crate::robustness::inside::request::Request;

/// Seed of the halves of a reference set.
const HALVES: u64 = 0x6861_6c76;

/// Part of the reference set below the threshold.
pub const LEVEL: f64 = 0.95;

/// Reason why a reference set cannot guard.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The model cannot be looked into.
    #[error(transparent)]
    Lens(#[from] LensError),
    /// The reference set cannot be used for this score.
    #[error("{score}: {source}")]
    Reference {
        /// Id of the score.
        score: &'static str,
        /// The reason.
        source: ReferenceError,
    },
    /// Nothing of the reference set can be read.
    #[error("no input of the reference set can be looked at: {why}")]
    Nothing {
        /// The first problem.
        why: String,
    },
    /// The score has no threshold.
    #[error("{score}: the reference set has no scores")]
    NoThreshold {
        /// Id of the score.
        score: &'static str,
    },
    /// The file is no kept reference set.
    #[error("this is no reference set that hardcase inspect --profile wrote ({source}): {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The file is of a version that did not keep its conventions.
    #[error("the reference set does not say how it was made, write it again with hardcase inspect --profile: {}", path.display())]
    Old {
        /// The file.
        path: PathBuf,
    },
    /// The file is about another model.
    #[error("the reference set is about another model, write it again with this one: {}", path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
    },
    /// The file lacks what the score needs.
    #[error("the reference set was kept without what {score} needs, write it again with --validity {score}: {}", path.display())]
    Lacks {
        /// Id of the score.
        score: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// It was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A score of an input with the threshold above which it is strange.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strangeness {
    /// Id of the score.
    pub kind: &'static str,
    /// The score, higher is stranger.
    pub score: f64,
    /// The threshold.
    pub limit: f64,
}

impl Strangeness {
    /// True if the input is strange.
    pub fn is_strange(&self) -> bool {
        self.score > self.limit
    }

    /// Verdict in words: `probably no longer a road (4.1 > 3.2)`; "" as `what` for inputs without a name.
    pub fn describe(&self, what: &str) -> String {
        let what = if what.trim().is_empty() { "valid" } else { what.trim() };
        let (score, limit) = (short_number(self.score), short_number(self.limit));
        if self.is_strange() {
            format!("probably no longer {what} ({score} > {limit})")
        } else {
            format!("probably still {what} ({score} ≤ {limit})")
        }
    }

    /// Strangeness between 0 and 1, one half at the threshold, of scores of any sign.
    pub fn share(&self) -> f64 {
        1.0 / (1.0 + libm::exp((self.limit - self.score) / self.limit.abs().max(1e-12)))
    }
}

/// Scores of one input.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Its strangeness; none where the reference set has nothing to compare with.
    pub validity: Option<Strangeness>,
    /// Its surprise, likewise.
    pub surprise: Option<f64>,
}

/// Scores fitted to a part of a reference set.
struct Part {
    /// With its own threshold: distances grow as there are fewer neighbors. Absent where the part has too little for it.
    validity: Option<(Box<dyn validity::Scorer>, f64)>,
    surprise: Option<Box<dyn surprise::Scorer>>,
}

impl Part {
    fn of(observed: &Observed, wanted: Wanted, threads: usize) -> Self {
        let params = Params::default();
        let fitted = (wanted.validity.fit)(observed, &params, threads).ok();
        Self {
            validity: fitted.and_then(|fitted| {
                let threshold = Threshold::new(&fitted.own, wanted.validity.rule, wanted.level)?;
                Some((fitted.scorer, threshold.value))
            }),
            surprise: (wanted.surprise.fit)(observed, &params).ok().map(|fitted| fitted.scorer),
        }
    }
}

/// A reference set fitted to one model, for one score of validity and one of surprise.
pub struct Guard {
    lens: Lens,
    kind: &'static ValidityKind,
    limit: f64,
    whole: Part,
    /// A random half of the inputs and the rest: what alternates in a recording must not tell them apart.
    halves: [Part; 2],
    /// The half of each input by its values inside of the model.
    places: BTreeMap<Vec<u32>, usize>,
    /// Number of inputs of the reference set.
    pub count: usize,
    /// Parts of the reference set that could not be used, as sentences.
    pub problems: Vec<String>,
}

/// Reason why an input of a reference set cannot be looked at.
#[derive(Debug, thiserror::Error)]
enum InputError {
    /// It cannot be decoded.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The model cannot be looked into.
    #[error(transparent)]
    Lens(#[from] LensError),
}

/// The wanted scores of a guard.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Score of validity.
    pub validity: &'static ValidityKind,
    /// Score of surprise.
    pub surprise: &'static SurpriseKind,
    /// Part of the reference set below the threshold, 0 to 1.
    pub level: f64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { validity: &validity::knn::KIND, surprise: &surprise::dsa::KIND, level: LEVEL }
    }
}

impl Wanted {
    fn request(self) -> Request {
        Request {
            coverage: Vec::new(),
            surprise: vec![(self.surprise, Params::default())],
            validity: vec![(self.validity, Params::default())],
            conformal: Vec::new(),
            choice: Choice::Activations,
            neuron: Neuron::Channel,
            layer: None,
            content: None,
            style: None,
            rule: None,
            level: self.level,
            alphas: Vec::new(),
            temperature: false,
            seed: 0,
            threads: 1,
        }
    }
}

impl Guard {
    /// Looks at `count` inputs of a reference set and fits the scores to them. Blocks.
    pub fn fit(
        model: &Model,
        (count, load): (usize, &(dyn Fn(usize) -> Result<Input, ClipError> + Sync)),
        wanted: Wanted,
        threads: usize,
        progress: &Progress,
    ) -> Result<Self, GuardError> {
        progress.begin(count as u64);
        let request = wanted.request();
        let mut first = (0..count).map(load);
        let example = first.find_map(Result::ok);
        let example = example.ok_or_else(|| GuardError::Nothing {
            why: (0..count)
                .map(load)
                .find_map(Result::err)
                .map_or_else(|| "it is empty".to_owned(), |err| err.to_string()),
        })?;
        let lens = Lens::new(model, &example, &request)?;
        let (mut collected, mut problems, mut seen_of) = (Collected::default(), Vec::new(), 0);
        let see = |at: usize| -> Result<Seen, InputError> { Ok(lens.see(model, &load(at)?)?) };
        in_order(count, threads, see, |_, seen| {
            match seen {
                Ok(seen) => {
                    collected.add(seen);
                    seen_of += 1;
                }
                Err(err) => problems.push(err.to_string()),
            }
            progress.step()
        })?;
        if seen_of == 0 {
            let why = problems.into_iter().next().unwrap_or_else(|| "it is empty".to_owned());
            return Err(GuardError::Nothing { why });
        }
        Self::of(lens, &collected, wanted, (threads, problems))
    }

    /// Reads a reference set that an inspection kept; `example` tells the shapes of the layers.
    pub fn read(
        model: &Model,
        path: &Path,
        example: &Input,
        wanted: Wanted,
        threads: usize,
    ) -> Result<Self, GuardError> {
        let owned = || path.to_owned();
        let kept = reference::kept(path).map_err(|source| GuardError::File { path: owned(), source })?;
        let (known, collected) = kept.ok_or_else(|| GuardError::Old { path: owned() })?;
        if known.model != model.identity() {
            return Err(GuardError::OtherModel { path: owned() });
        }
        let lacks =
            wanted.validity.inside && !known.inside || wanted.validity.id == "deeproad" && !known.whole;
        if lacks {
            return Err(GuardError::Lacks { score: wanted.validity.id, path: owned() });
        }
        let request = Request {
            choice: known.choice,
            neuron: known.neuron,
            layer: known.layer,
            content: known.content,
            style: known.style,
            ..wanted.request()
        };
        let lens = Lens::new(model, example, &request)?;
        Self::of(lens, &collected, wanted, (threads, Vec::new()))
    }

    fn of(
        lens: Lens,
        collected: &Collected,
        wanted: Wanted,
        (threads, mut problems): (usize, Vec<String>),
    ) -> Result<Self, GuardError> {
        let score = wanted.validity.id;
        let observed = collected.clone().finish().0;
        let fitted = (wanted.validity.fit)(&observed, &Params::default(), threads)
            .map_err(|source| GuardError::Reference { score, source })?;
        let threshold = Threshold::new(&fitted.own, wanted.validity.rule, wanted.level);
        let limit = threshold.ok_or(GuardError::NoThreshold { score })?.value;
        problems.extend(fitted.problems);
        let surprise = match (wanted.surprise.fit)(&observed, &Params::default()) {
            Ok(fitted) => Some(fitted.scorer),
            Err(err) => {
                problems.push(format!("{}: {err}", wanted.surprise.id));
                None
            }
        };
        let rng = Rng::split(HALVES, 0);
        let half_of = |at: usize| (rng.at(at as u64) >> 63) as usize;
        let places = collected.keys().into_iter().enumerate().map(|(at, key)| (key, half_of(at))).collect();
        let halves = [0, 1]
            .map(|half| Part::of(&collected.part(|at| half_of(at) == half).finish().0, wanted, threads));
        Ok(Self {
            lens,
            kind: wanted.validity,
            limit,
            whole: Part { validity: Some((fitted.scorer, limit)), surprise },
            halves,
            places,
            count: observed.count(),
            problems,
        })
    }

    /// Id and threshold of the score of validity.
    pub fn threshold(&self) -> (&'static str, f64) {
        (self.kind.id, self.limit)
    }

    /// Scores of an input of the model that it was fitted to.
    pub fn scores(&self, model: &Model, input: &Input) -> Result<Scores, LensError> {
        let mut collected = Collected::default();
        collected.add(self.lens.see(model, input)?);
        // An input is no surprise beside itself, so one of the reference set is compared with the half that it is not in.
        let own = collected.keys().into_iter().next().and_then(|key| self.places.get(&key));
        let part = own.map_or(&self.whole, |half| &self.halves[1 - half]);
        let observed = collected.finish().0;
        let first = |scores: Vec<Option<f64>>| scores.into_iter().next().flatten();
        let validity = part.validity.as_ref().and_then(|(scorer, limit)| {
            let score = first(scorer.scores(&observed, 1))?;
            Some(Strangeness { kind: self.kind.id, score, limit: *limit })
        });
        let surprise = part.surprise.as_ref().and_then(|scorer| first(scorer.scores(&observed, 1)));
        Ok(Scores { validity, surprise })
    }
}
