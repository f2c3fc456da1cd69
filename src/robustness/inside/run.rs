//! Runs an inspection: reference set first, then the tested inputs as they are, transformed, and as noise.

use std::sync::Arc;

use crate::base::params::Params;
use crate::base::progress::Progress;
use crate::base::stats::Rate;
use crate::data::prediction::Task;
use crate::metrics::coverage::profile::Profile;
use crate::metrics::observed::Observed;
use crate::metrics::{surprise, validity};
use crate::robustness::inside::confidence::{Answers, confidence};
use crate::robustness::inside::inspection::{InspectError, Inspection};
use crate::robustness::inside::lens::Lens;
use crate::robustness::inside::numbers::{Numbers, intervals, not_for_classes};
use crate::robustness::inside::reference::profiled;
use crate::robustness::inside::report::{
    LayerLine, Report, Scored, SetLine, SurpriseLine, ValidityLine, Violation,
};
use crate::robustness::inside::request::Request;
use crate::robustness::inside::tested::{SETS, tested};

/// Runs it. Blocks.
pub fn inspect(of: &Inspection<'_>, request: &Request, progress: &Progress) -> Result<Report, InspectError> {
    let example = of.reference.iter().chain(of.tested).find_map(|subject| subject.input.input().ok());
    let example = example.ok_or_else(|| InspectError::Nothing {
        set: "reference",
        why: "nothing can be decoded".to_owned(),
    })?;
    let lens = Lens::new(of.model, &example, request)?;
    progress.begin((of.reference.len() + of.tested.len()) as u64);
    let mut report = Report { layer: lens.feature_layer().map(|tap| tap.name.clone()), ..Report::default() };
    if request.whole() {
        let (content, style) = lens.content_layers();
        report.content = content.into_iter().chain(style).map(|tap| tap.name.clone()).collect();
    }
    let (profile, reference, reference_places, values) = profiled(of, &lens, request, progress, &mut report)?;
    let profile = Arc::new(profile);
    report.reference = reference.count();
    report.layers = layers(&lens, request, &profile);
    let sets = tested(of, &lens, request, &profile, progress, &mut report)?;
    report.violations.judged = sets.judged;
    report.coverage = sets.coverage;
    let observed: Vec<Observed> = sets.observed.iter().map(|(observed, _)| observed.clone()).collect();
    report.surprise = surprised(&reference, &observed, &report.sets, request);
    report.validity = validated(&reference, &observed, request);
    split(&mut report, &sets.failures);
    let answers = |observed: &Observed, truth: Vec<Option<usize>>, slices: Vec<Vec<String>>| Answers {
        probabilities: observed.probabilities.clone(),
        logits: observed.logits.clone(),
        truth,
        slices,
    };
    let known: Vec<Option<usize>> = reference_places.iter().map(|at| of.reference[*at].truth.class).collect();
    if of.model.task() == Task::Classes {
        let tested: Vec<Answers> = report
            .sets
            .iter()
            .zip(&observed)
            .map(|(set, observed)| answers(observed, truth(of, set), slices(of, set)))
            .collect();
        report.confidence = confidence(&answers(&reference, known, Vec::new()), &tested, request);
    } else if of.model.task() == Task::Values {
        let numbers = |observed: &Observed, predicted: &[Vec<f64>], subjects: Vec<Vec<Option<f64>>>| {
            Numbers { features: observed.features.clone(), predicted: predicted.to_vec(), truth: subjects }
        };
        let own = reference_places.iter().map(|at| of.reference[*at].truth.values.clone()).collect();
        let tested: Vec<Numbers> = report
            .sets
            .iter()
            .zip(&sets.observed)
            .map(|(set, (observed, values))| {
                let noise = set.name == SETS[2];
                let truth = set
                    .inputs
                    .iter()
                    .map(|at| if noise { Vec::new() } else { of.tested[*at].truth.values.clone() });
                numbers(observed, values, truth.collect())
            })
            .collect();
        let names = &of.model.card.labels;
        intervals(&numbers(&reference, &values, own), &tested, names, request, &mut report.confidence);
    } else {
        report.confidence.problems.extend(request.conformal.iter().map(|(kind, _)| not_for_classes(kind.id)));
    }
    Ok(report)
}

/// True classes of a set; noise has none.
fn truth(of: &Inspection<'_>, set: &SetLine) -> Vec<Option<usize>> {
    let noise = set.name == SETS[2];
    set.inputs.iter().map(|at| if noise { None } else { of.tested[*at].truth.class }).collect()
}

/// Slices of the inputs of a set: true class and tags.
fn slices(of: &Inspection<'_>, set: &SetLine) -> Vec<Vec<String>> {
    let name = |class: usize| of.model.card.label(class);
    let of_one = |at: &usize| {
        let subject = &of.tested[*at];
        let class = subject.truth.class.map(|class| format!("class {}", name(class)));
        let tags = subject.input.tags.iter().map(|tag| format!("tag {tag}"));
        class.into_iter().chain(tags).collect()
    };
    set.inputs.iter().map(of_one).collect()
}

fn layers(lens: &Lens, request: &Request, profile: &Profile) -> Vec<LayerLine> {
    let Some(taps) = lens.taps.as_ref().filter(|_| !request.coverage.is_empty()) else { return Vec::new() };
    let constant = profile.constant();
    let line = |(at, tap): (usize, &crate::inference::taps::Tap)| LayerLine {
        name: tap.name.clone(),
        operator: tap.operator.clone(),
        shape: tap.shape.clone(),
        neurons: tap.neurons(request.neuron),
        constant: constant.iter().filter(|(layer, _)| *layer == at).map(|(_, neuron)| *neuron).collect(),
    };
    taps.layers.iter().enumerate().map(line).collect()
}

fn surprised(
    reference: &Observed,
    observed: &[Observed],
    sets: &[SetLine],
    request: &Request,
) -> Vec<SurpriseLine> {
    let line = |(kind, params): &(&'static surprise::SurpriseKind, Params)| {
        let outcome = match (kind.fit)(reference, params) {
            Ok(fitted) => Ok(Scored {
                scores: observed.iter().map(|set| fitted.scorer.scores(set, request.threads)).collect(),
                about: fitted.about,
                problems: fitted.problems,
            }),
            Err(err) => Err(err.to_string()),
        };
        let scores = outcome.as_ref().map(|scored| scored.scores.as_slice()).unwrap_or_default();
        let coverage =
            scores.iter().map(|scores| surprise::coverage(scores, kind.upper, surprise::BUCKETS)).collect();
        let auc = scores
            .iter()
            .zip(sets)
            .map(|(scores, set)| surprise::finds_mistakes(scores, &set.wrong))
            .collect();
        SurpriseLine { kind, params: params.clone(), coverage, auc, outcome }
    };
    request.surprise.iter().map(line).collect()
}

fn validated(reference: &Observed, observed: &[Observed], request: &Request) -> Vec<ValidityLine> {
    let line = |(kind, params): &(&'static validity::ValidityKind, Params)| {
        let fitted = match (kind.fit)(reference, params, request.threads) {
            Ok(fitted) => fitted,
            Err(err) => {
                let outcome = Err(err.to_string());
                let params = params.clone();
                return ValidityLine { kind, params, outcome, threshold: None, flagged: Vec::new() };
            }
        };
        let rule = request.rule.unwrap_or(kind.rule);
        let threshold = validity::Threshold::new(&fitted.own, rule, request.level);
        let scores: Vec<Vec<Option<f64>>> =
            observed.iter().map(|set| fitted.scorer.scores(set, request.threads)).collect();
        let flagged = scores.iter().map(|scores| {
            let known: Vec<f64> = scores.iter().flatten().copied().collect();
            let above = known.iter().filter(|score| threshold.is_some_and(|limit| **score > limit.value));
            Rate::wilson(above.count(), known.len())
        });
        let flagged = flagged.collect();
        let mut problems = fitted.problems;
        if rule == validity::Rule::Gamma && threshold.is_some_and(|limit| limit.gamma.is_none()) {
            problems.push(
                "no gamma distribution fits the reference scores, the threshold is empirical".to_owned(),
            );
        }
        let outcome = Ok(Scored { about: fitted.about, problems, scores });
        ValidityLine { kind, params: params.clone(), outcome, threshold, flagged }
    };
    request.validity.iter().map(line).collect()
}

/// Failures under transforms: those of the model on valid inputs, and those on inputs that are no longer valid.
fn split(report: &mut Report, failures: &[(usize, String)]) {
    let Some(set) = report.sets.iter().position(|set| set.name == SETS[1]) else { return };
    let stranger = |at: usize| {
        // Scores of outputs say that the model is unsure, which is its own fault on a valid input.
        let inside = report.validity.iter().filter(|line| line.kind.inside);
        let above = inside.filter_map(|line| {
            let limit = line.threshold?.value;
            let score = line.outcome.as_ref().ok()?.scores.get(set)?.get(at).copied().flatten()?;
            (score > limit).then_some((line.kind.id, score, limit))
        });
        above.max_by(|a, b| (a.1 / a.2.abs().max(1e-12)).total_cmp(&(b.1 / b.2.abs().max(1e-12))))
    };
    let mut all: Vec<Violation> = failures
        .iter()
        .map(|(at, why)| Violation { at: *at, why: why.clone(), stranger: stranger(*at) })
        .collect();
    let confidence = |at: usize| report.sets[set].confidence[at].unwrap_or_default();
    all.sort_by(|a, b| {
        let order = a.stranger.is_some().cmp(&b.stranger.is_some());
        order.then(confidence(b.at).total_cmp(&confidence(a.at))).then(a.at.cmp(&b.at))
    });
    report.violations.all = all;
}
