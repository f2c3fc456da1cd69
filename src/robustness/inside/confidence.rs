//! Conformal sets and temperature of a classifier.

use crate::base::params::Params;
use crate::base::rng::Rng;
use crate::base::stats::Rate;
use crate::metrics::classification::{Answer, calibration_error, reliability};
use crate::metrics::conformal::{BY_CLASS, Calibrated, ConformalKind, Of, SetCoverage};
use crate::metrics::scalars::BINS;
use crate::metrics::temperature::{self, softened};
use crate::robustness::inside::report::{Confidence, SetsLine, TemperatureLine};
use crate::robustness::inside::request::Request;

/// Fewest calibration inputs with a true class.
const LEAST: usize = 2;

/// One set of inputs: probabilities, logits, true classes as far as they are known, and the slices of each input.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Probabilities of each input.
    pub probabilities: Vec<Vec<f64>>,
    /// Numbers before the softmax; empty if unknown.
    pub logits: Vec<Vec<f64>>,
    /// True class of each input.
    pub truth: Vec<Option<usize>>,
    /// Names of the slices of each input.
    pub slices: Vec<Vec<String>>,
}

impl Answers {
    /// Positions of the inputs with a true class.
    fn known(&self) -> Vec<(usize, usize)> {
        let all = self.truth.iter().enumerate();
        all.filter_map(|(at, truth)| Some((at, (*truth)?))).collect()
    }
}

/// Calibrates on the reference inputs and builds the sets of all tested ones.
#[expect(clippy::too_many_lines, reason = "one step after the other, each with its own settings")]
pub fn confidence(reference: &Answers, tested: &[Answers], request: &Request) -> Confidence {
    let mut found = Confidence::default();
    let kinds = || {
        let formula = |(kind, params): &(&'static ConformalKind, Params)| match kind.of {
            Of::Classes(scores) => Some((*kind, params.clone(), scores)),
            Of::Values(_) => None,
        };
        request.conformal.iter().filter_map(formula)
    };
    for (kind, _) in request.conformal.iter().filter(|(kind, _)| matches!(kind.of, Of::Values(_))) {
        let what = format!("{}: intervals are for models that predict numbers, this one does not", kind.id);
        found.problems.push(what);
    }
    if kinds().next().is_none() && !request.temperature {
        return found;
    }
    if reference.probabilities.iter().all(Vec::is_empty) {
        found.problems.push(
            "conformal sets and temperatures are for models that give one class an image with its probability, this one does not"
                .to_owned(),
        );
        return found;
    }
    let mut known = reference.known();
    if known.len() < LEAST {
        found.problems.push(format!(
            "{} of {} reference inputs have a true class, conformal sets need at least {LEAST}",
            known.len(),
            reference.truth.len()
        ));
        return found;
    }
    let mut heat = 1.0;
    if request.temperature {
        // Half of the known inputs fit the temperature, the other half calibrates.
        let (fitting, left) = halves(&known, request.seed);
        if reference.logits.is_empty() {
            found
                .problems
                .push("the model gives no numbers before its softmax, no temperature was fitted".to_owned());
        } else {
            let logits: Vec<Vec<f64>> = fitting.iter().map(|(at, _)| reference.logits[*at].clone()).collect();
            let truth: Vec<usize> = fitting.iter().map(|(_, class)| *class).collect();
            match temperature::fit(&logits, &truth) {
                Some(temperature) => {
                    heat = temperature;
                    found.temperature = Some(line(temperature, fitting.len(), tested.first()));
                    known = left;
                }
                None => found
                    .problems
                    .push("no temperature fits: every prediction is right, or all are alike".to_owned()),
            }
        }
    }
    found.calibration = known.len();
    let probabilities = |answers: &Answers, at: usize| -> Vec<f64> {
        if found.temperature.is_some() {
            softened(&answers.logits[at], heat)
        } else {
            answers.probabilities[at].clone()
        }
    };
    let truth: Vec<usize> = known.iter().map(|(_, class)| *class).collect();
    let mut sets = Vec::new();
    for (kind, params, formula) in kinds() {
        // Streams of random numbers: one for calibration, one for each set.
        let random = |set: u64, at: usize| Rng::split(request.seed, set).unit_at(at as u64);
        let scores: Vec<Vec<f64>> = known
            .iter()
            .map(|(at, _)| formula(&probabilities(reference, *at), &params, random(0, *at)))
            .collect();
        let of_sets: Vec<Vec<Vec<f64>>> = tested
            .iter()
            .enumerate()
            .map(|(set, answers)| {
                let all = 0..answers.probabilities.len();
                all.map(|at| formula(&probabilities(answers, at), &params, random(1 + set as u64, at)))
                    .collect()
            })
            .collect();
        for alpha in &request.alphas {
            let by_class = params.value(&BY_CLASS) >= 0.5;
            let calibrated = Calibrated::new(&scores, &truth, *alpha, by_class);
            let built: Vec<Vec<Vec<usize>>> = of_sets
                .iter()
                .map(|scores| scores.iter().map(|scores| calibrated.set(scores)).collect())
                .collect();
            let coverage = tested.iter().zip(&built).map(|(answers, sets)| {
                let pairs: Vec<(&[usize], usize)> =
                    answers.known().into_iter().map(|(at, class)| (sets[at].as_slice(), class)).collect();
                (!pairs.is_empty()).then(|| SetCoverage::new(&pairs))
            });
            let coverage = coverage.collect();
            let slices = tested.first().zip(built.first()).map(|(answers, sets)| slices(answers, sets));
            let mut quantiles = calibrated.quantiles.clone();
            if !by_class {
                quantiles.truncate(1);
            }
            let infinite = quantiles.iter().filter(|quantile| quantile.is_infinite()).count();
            if infinite > 0 {
                found.problems.push(format!(
                    "{} at {alpha}: too few calibration inputs{}, so everything is in the set",
                    params.name(kind.id, kind.params),
                    if by_class { format!(" of {infinite} classes") } else { String::new() }
                ));
            }
            sets.push(SetsLine {
                kind: params.name(kind.id, kind.params),
                alpha: *alpha,
                quantiles,
                coverage,
                slices: slices.unwrap_or_default(),
                sets: built,
            });
        }
    }
    found.sets = sets;
    found
}

/// Index of an input and of its true class.
type Known = (usize, usize);

/// Two random halves, each in the order of the whole.
fn halves(known: &[Known], seed: u64) -> (Vec<Known>, Vec<Known>) {
    let rng = Rng::split(seed, u64::MAX);
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.sort_by_key(|at| rng.at(*at as u64));
    let mut first = vec![false; known.len()];
    order.iter().take(known.len() / 2).for_each(|at| first[*at] = true);
    let part = |wanted: bool| {
        known.iter().zip(&first).filter(|(_, first)| **first == wanted).map(|(pair, _)| *pair).collect()
    };
    (part(true), part(false))
}

fn line(temperature: f64, fitted: usize, tested: Option<&Answers>) -> TemperatureLine {
    let known = tested.map(Answers::known).unwrap_or_default();
    let Some(answers) = tested.filter(|answers| !known.is_empty() && !answers.logits.is_empty()) else {
        return TemperatureLine { temperature, fitted, ece: None, nll: None };
    };
    let logits: Vec<Vec<f64>> = known.iter().map(|(at, _)| answers.logits[*at].clone()).collect();
    let truth: Vec<usize> = known.iter().map(|(_, class)| *class).collect();
    let ece = |temperature: f64| {
        let answer = |(logits, truth): (&Vec<f64>, &usize)| {
            let mut scores: Vec<(usize, f64)> =
                softened(logits, temperature).into_iter().enumerate().collect();
            scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            Answer { truth: *truth, scores }
        };
        let answers: Vec<Answer> = logits.iter().zip(&truth).map(answer).collect();
        calibration_error(&reliability(&answers, BINS)).unwrap_or_default()
    };
    let nll = |temperature: f64| temperature::log_loss(&logits, &truth, temperature);
    TemperatureLine {
        temperature,
        fitted,
        ece: Some([ece(1.0), ece(temperature)]),
        nll: Some([nll(1.0), nll(temperature)]),
    }
}

/// Coverage by slice, in the order of the names.
fn slices(answers: &Answers, sets: &[Vec<usize>]) -> Vec<(String, Rate)> {
    let mut counts: std::collections::BTreeMap<&str, (usize, usize)> = std::collections::BTreeMap::new();
    for (at, class) in answers.known() {
        for slice in answers.slices.get(at).into_iter().flatten() {
            let count = counts.entry(slice).or_default();
            count.0 += usize::from(sets[at].contains(&class));
            count.1 += 1;
        }
    }
    counts.into_iter().map(|(slice, (hits, of))| (slice.to_owned(), Rate::wilson(hits, of))).collect()
}
