//! Report of an inspection as JSON.

use serde_json::{Map, Value, json};

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::Rate;
use crate::cli::inspect::text::About;
use crate::inference::taps::Neuron;
use crate::metrics::coverage::Tally;
use crate::metrics::validity::{Rule, Threshold};
use crate::robustness::inside::report::{Confidence, Report, Scored, SetLine};

pub(super) fn document(report: &Report, about: &About<'_>) -> Value {
    let names: Vec<&str> = report.sets.iter().map(|set| set.name).collect();
    let by_set = |values: Vec<Value>| -> Value {
        names.iter().map(|name| (*name).to_owned()).zip(values).collect::<Map<String, Value>>().into()
    };
    let neurons = match about.request.neuron {
        Neuron::Channel => "channel",
        Neuron::Unit => "unit",
    };
    let layers: Vec<Value> = report
        .layers
        .iter()
        .map(|layer| {
            json!({ "name": layer.name, "operator": layer.operator, "shape": layer.shape, "neurons": layer.neurons,
                "dead": layer.constant })
        })
        .collect();
    let coverage: Vec<Value> = report
        .coverage
        .iter()
        .map(|line| {
            json!({ "kind": line.kind.id, "settings": settings(&line.params, line.kind.params),
                "sets": by_set(line.tallies.iter().map(|tally| tally_json(*tally)).collect()),
                "together": tally_json(line.together) })
        })
        .collect();
    let surprise: Vec<Value> = report
        .surprise
        .iter()
        .map(|line| {
            json!({ "kind": line.kind.id, "settings": settings(&line.params, line.kind.params),
                "error": line.outcome.as_ref().err(), "about": notes(&line.outcome).0, "notes": notes(&line.outcome).1,
                "coverage_percent": by_set(line.coverage.iter().map(|share| json!(share)).collect()),
                "coverage_upper": line.kind.upper,
                "finds_mistakes_auc": by_set(line.auc.iter().map(|auc| json!(auc)).collect()) })
        })
        .collect();
    let validity: Vec<Value> = report
        .validity
        .iter()
        .map(|line| {
            json!({ "kind": line.kind.id, "settings": settings(&line.params, line.kind.params),
                "error": line.outcome.as_ref().err(), "about": notes(&line.outcome).0, "notes": notes(&line.outcome).1,
                "threshold": line.threshold.map(|threshold| threshold_json(&threshold)),
                "above": by_set(line.flagged.iter().map(|rate| rate_json(*rate)).collect()) })
        })
        .collect();
    let samples: Vec<Value> =
        report.sets.iter().enumerate().flat_map(|(at, set)| samples(report, about, at, set)).collect();
    json!({
        "model": { "name": about.model.card.name, "sha256": about.model.sha256 },
        "seed": about.request.seed,
        "reference": { "place": about.args.reference, "inputs": report.reference },
        "conventions": { "layers": about.request.choice.describe(), "neurons": neurons, "layer": report.layer,
            "content": report.content },
        "layers": layers,
        "coverage": coverage,
        "surprise": surprise,
        "validity": validity,
        "violations": { "judged": report.violations.judged, "failed": report.violations.all.len(),
            "fault": report.violations.fault() },
        "confidence": confidence(&report.confidence, &by_set),
        "samples": samples,
        "problems": report.problems,
    })
}

fn settings(params: &Params, specs: &[ParamSpec]) -> Value {
    specs
        .iter()
        .map(|spec| (spec.id.to_owned(), json!(params.value(spec))))
        .collect::<Map<String, Value>>()
        .into()
}

fn notes(outcome: &Result<Scored, String>) -> (&[String], &[String]) {
    outcome.as_ref().map_or((&[], &[]), |scored| (&scored.about, &scored.problems))
}

fn tally_json(tally: Option<Tally>) -> Value {
    tally.map_or(
        Value::Null,
        |tally| json!({ "covered": tally.covered, "of": tally.of, "share": tally.share() }),
    )
}

fn rate_json(rate: Rate) -> Value {
    json!({ "hits": rate.hits, "of": rate.of, "share": rate.share(), "low": rate.low, "high": rate.high })
}

fn threshold_json(threshold: &Threshold) -> Value {
    json!({ "value": threshold.value, "level": threshold.level,
        "rule": match threshold.rule { Rule::Gamma => "gamma", Rule::Empirical => "empirical" },
        "gamma": threshold.gamma.map(|gamma| json!({ "shape": gamma.shape, "scale": gamma.scale })) })
}

/// Infinite numbers have no place in JSON; they are null.
fn confidence(found: &Confidence, by_set: &dyn Fn(Vec<Value>) -> Value) -> Value {
    let sets: Vec<Value> = found
        .sets
        .iter()
        .map(|line| {
            let coverage = line.coverage.iter().map(|coverage| {
                coverage.map_or(Value::Null, |coverage| {
                    json!({ "coverage": rate_json(coverage.coverage), "mean_size": coverage.mean_size,
                        "empty": coverage.empty })
                })
            });
            let slices: Vec<Value> = line
                .slices
                .iter()
                .map(|(slice, rate)| json!({ "slice": slice, "coverage": rate_json(*rate) }))
                .collect();
            json!({ "kind": line.kind, "alpha": line.alpha, "quantiles": line.quantiles,
                "sets": by_set(coverage.collect()), "slices": slices })
        })
        .collect();
    let intervals: Vec<Value> = found
        .intervals
        .iter()
        .map(|line| {
            let coverage = line.coverage.iter().map(|coverage| {
                coverage.map_or(
                    Value::Null,
                    |(rate, width)| json!({ "coverage": rate_json(rate), "mean_width": width }),
                )
            });
            json!({ "kind": line.kind, "value": line.value, "alpha": line.alpha, "quantile": line.quantile,
                "sets": by_set(coverage.collect()) })
        })
        .collect();
    let temperature = found.temperature.map(|line| {
        json!({ "temperature": line.temperature, "fitted_on": line.fitted, "calibration_error": line.ece,
            "log_loss": line.nll })
    });
    json!({ "calibration_inputs": found.calibration, "temperature": temperature, "sets": sets,
        "intervals": intervals, "problems": found.problems })
}

/// One object an input of a set.
fn samples(report: &Report, about: &About<'_>, set_at: usize, set: &SetLine) -> Vec<Value> {
    let label = |class: usize| about.model.card.label(class);
    let one = |(at, input): (usize, &usize)| {
        let subject = about.tested.get(*input)?;
        let truth = subject.truth.class.filter(|_| set.name != "noise");
        let score = |outcome: &Result<Scored, String>| -> Option<f64> {
            outcome.as_ref().ok()?.scores.get(set_at)?.get(at).copied().flatten()
        };
        let surprise: Map<String, Value> = report
            .surprise
            .iter()
            .map(|line| (line.params.name(line.kind.id, line.kind.params), json!(score(&line.outcome))))
            .collect();
        let validity: Map<String, Value> = report
            .validity
            .iter()
            .map(|line| {
                let score = score(&line.outcome);
                let valid = score.zip(line.threshold).map(|(score, threshold)| score <= threshold.value);
                (line.params.name(line.kind.id, line.kind.params), json!({ "score": score, "valid": valid }))
            })
            .collect();
        let sets: Vec<Value> = report
            .confidence
            .sets
            .iter()
            .filter_map(|line| {
                let classes: Vec<String> =
                    line.sets.get(set_at)?.get(at)?.iter().map(|class| label(*class)).collect();
                Some(json!({ "kind": line.kind, "alpha": line.alpha, "classes": classes }))
            })
            .collect();
        let failed = report.violations.all.iter().find(|one| set.name == "transformed" && one.at == at);
        let known = set.confidence.get(at).copied().flatten();
        Some(json!({
            "set": set.name, "clip": subject.input.clip_name, "channel": subject.input.channel_name,
            "frame": subject.input.frame, "time_ns": subject.input.time_ns, "stack": set.stacks.get(at),
            "prediction": known.and_then(|_| set.classes.get(at).map(|class| label(*class))), "confidence": known,
            "truth": truth.map(label), "wrong": set.wrong.get(at).copied().flatten(),
            "surprise": surprise, "validity": validity, "sets": sets,
            "failure": failed.map(|one| json!({ "why": one.why, "still_valid": one.stranger.is_none() })),
        }))
    };
    set.inputs.iter().enumerate().filter_map(one).collect()
}
