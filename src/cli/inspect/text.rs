//! Report of an inspection on the terminal.

use crate::base::params::{ParamSpec, Params};
use crate::base::stats::{Rate, quantile};
use crate::base::text::{counted, short_number};
use crate::cli::inspect::InspectArgs;
use crate::cli::print;
use crate::inference::model::Model;
use crate::inference::taps::Neuron;
use crate::metrics::coverage::Tally;
use crate::metrics::{conformal, coverage, surprise, validity};
use crate::robustness::inside::inspection::Subject;
use crate::robustness::inside::report::{Report, Scored};
use crate::robustness::inside::request::Request;

/// Lines of a list on the terminal at most.
const MOST: usize = 10;
/// Constant neurons of a layer that are named.
const NAMED: usize = 16;

/// Subject of an inspection.
pub(super) struct About<'a> {
    pub(super) args: &'a InspectArgs,
    pub(super) request: &'a Request,
    pub(super) model: &'a Model,
    pub(super) tested: &'a [Subject],
}

pub(super) fn report(report: &Report, about: &About<'_>) {
    let sets: Vec<String> =
        report.sets.iter().map(|set| format!("{} {}", set.inputs.len(), set.name)).collect();
    print(&format!(
        "{}: {} against {} ({})",
        about.model.card.name,
        sets.join(", "),
        counted(report.reference, "reference input"),
        reference(about)
    ));
    coverage_text(report, about);
    surprise_text(report);
    validity_text(report);
    violations(report, about);
    confidence(report, about);
}

fn reference(about: &About<'_>) -> String {
    if about.args.reference == "split" {
        format!("a random half, seed {}; frames of one recording are alike", about.args.seed)
    } else {
        about.args.reference.clone()
    }
}

/// The settings of a kind, chosen or usual: "k 1000, closed 1".
pub(super) fn settings(params: &Params, specs: &[ParamSpec]) -> String {
    let one = |spec: &ParamSpec| format!("{} {}", spec.id, params.value(spec));
    specs.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn heads(report: &Report) -> String {
    report.sets.iter().map(|set| format!("{:>18}", set.name)).collect::<Vec<_>>().concat()
}

fn coverage_text(report: &Report, about: &About<'_>) {
    if report.coverage.is_empty() {
        return;
    }
    let neurons: usize = report.layers.iter().map(|layer| layer.neurons).sum();
    let unit = match about.request.neuron {
        Neuron::Channel => "a neuron is the mean of a channel",
        Neuron::Unit => "a neuron is a single number",
    };
    print("");
    print(&format!(
        "Coverage of {} in {} ({}); {unit}",
        counted(neurons, "neuron"),
        counted(report.layers.len(), "layer"),
        about.request.choice.describe()
    ));
    for layer in &report.layers {
        let shape = layer.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        let mut line =
            format!("  {} ({}, {shape}): {}", layer.name, layer.operator, counted(layer.neurons, "neuron"));
        if !layer.constant.is_empty() {
            let named: Vec<String> = layer.constant.iter().take(NAMED).map(ToString::to_string).collect();
            let more = layer.constant.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let dead = format!(
                ", {} dead (one value on the whole reference set): {}{more}",
                layer.constant.len(),
                named.join(", ")
            );
            line.push_str(&dead);
        }
        print(&line);
    }
    print(&format!("  {:<34}{}{:>18}", "", heads(report), "together"));
    for line in &report.coverage {
        let label = format!("{} ({})", line.kind.id, settings(&line.params, line.kind.params));
        let cells: Vec<String> = line.tallies.iter().map(|tally| format!("{:>18}", cell(*tally))).collect();
        let cells = cells.concat();
        print(&format!("  {label:<34}{cells}{:>18}", cell(line.together)));
    }
    print("  Coverage describes the inputs, it is no measure of the quality of the model");
}

fn cell(tally: Option<Tally>) -> String {
    match tally.map(|tally| (tally.share(), tally)) {
        None => "-".to_owned(),
        Some((Some(share), tally)) => format!("{:.2} % ({})", 100.0 * share, tally.covered),
        Some((None, tally)) => tally.covered.to_string(),
    }
}

fn told(scored: &Scored) {
    for line in &scored.about {
        print(&format!("    {line}"));
    }
    for problem in scored.problems.iter().take(MOST) {
        print(&format!("    note: {problem}"));
    }
    if scored.problems.len() > MOST {
        print(&format!("    {} more notes with --json", scored.problems.len() - MOST));
    }
}

/// Median and 95th percentile of some scores.
fn spread(scores: &[Option<f64>]) -> String {
    let mut sorted: Vec<f64> = scores.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    match (quantile(&sorted, 0.5), quantile(&sorted, 0.95)) {
        (Some(median), Some(high)) => format!("{} / {}", short_number(median), short_number(high)),
        _ => "-".to_owned(),
    }
}

fn row(label: &str, cells: impl Iterator<Item = String>) {
    print(&format!("  {label:<34}{}", cells.map(|cell| format!("{cell:>18}")).collect::<Vec<_>>().concat()));
}

fn surprise_text(report: &Report) {
    if report.surprise.is_empty() {
        return;
    }
    print("");
    print(&format!("Surprise at layer {}", report.layer.as_deref().unwrap_or("-")));
    row("", report.sets.iter().map(|set| set.name.to_owned()));
    for line in &report.surprise {
        match &line.outcome {
            Err(why) => print(&format!("  {}: {why}", line.kind.id)),
            Ok(scored) => {
                let id = line.params.name(line.kind.id, line.kind.params);
                row(&format!("{id} median / 95 %"), scored.scores.iter().map(|scores| spread(scores)));
                let percent =
                    |share: &Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.1} %"));
                let label = format!("{id} coverage, {} to {}", surprise::BUCKETS, line.kind.upper);
                row(&label, line.coverage.iter().map(percent));
                if line.auc.iter().any(Option::is_some) {
                    let auc = |auc: &Option<f64>| auc.map_or("-".to_owned(), |auc| format!("{auc:.4}"));
                    row(&format!("{id} finds mistakes, ROC AUC"), line.auc.iter().map(auc));
                }
                told(scored);
            }
        }
    }
}

fn validity_text(report: &Report) {
    if report.validity.is_empty() {
        return;
    }
    print("");
    let layer = report.layer.as_deref().unwrap_or("-");
    let content = if report.content.is_empty() {
        String::new()
    } else {
        format!(", content and style from {}", report.content.join(" and "))
    };
    print(&format!(
        "Validity at layer {layer}{content}: inputs above the threshold are probably strange to the model"
    ));
    row("", report.sets.iter().map(|set| set.name.to_owned()));
    for line in &report.validity {
        match (&line.outcome, &line.threshold) {
            (Ok(scored), Some(threshold)) => {
                let id = line.params.name(line.kind.id, line.kind.params);
                row(&format!("{id} above the threshold"), line.flagged.iter().map(|rate| share(*rate)));
                row(&format!("{id} median / 95 %"), scored.scores.iter().map(|scores| spread(scores)));
                print(&format!("    threshold {}", threshold.describe()));
                told(scored);
            }
            (Ok(_), None) => print(&format!("  {}: the reference set has no scores", line.kind.id)),
            (Err(why), _) => print(&format!("  {}: {why}", line.kind.id)),
        }
    }
}

fn share(rate: Rate) -> String {
    format!("{:.1} % ({})", 100.0 * rate.share(), rate.hits)
}

fn violations(report: &Report, about: &About<'_>) {
    let found = &report.violations;
    if found.judged == 0 {
        return;
    }
    print("");
    print(&format!(
        "{} of {} transformed inputs fail: {} the model's fault, {} on inputs that are no longer valid",
        found.all.len(),
        found.judged,
        found.fault(),
        found.all.len() - found.fault()
    ));
    let Some(set) = report.sets.iter().find(|set| set.name == "transformed") else { return };
    for violation in found.all.iter().take(MOST) {
        let Some(subject) = set.inputs.get(violation.at).and_then(|at| about.tested.get(*at)) else {
            continue;
        };
        let valid = violation.stranger.map_or_else(
            || "valid".to_owned(),
            |(kind, score, limit)| {
                format!("probably no longer valid ({kind} {} > {})", short_number(score), short_number(limit))
            },
        );
        print(&format!(
            "  {} {} {}: {}: {}; {valid}",
            subject.input.clip_name,
            subject.input.channel_name,
            subject.input.frame,
            set.stacks.get(violation.at).map(String::as_str).unwrap_or_default(),
            violation.why
        ));
    }
    if found.all.len() > MOST {
        print(&format!("  {} more with --json", found.all.len() - MOST));
    }
}

fn confidence(report: &Report, about: &About<'_>) {
    let found = &report.confidence;
    let asked = !about.request.conformal.is_empty() || about.request.temperature;
    if !asked {
        return;
    }
    print("");
    print(&format!("Confidence, calibrated on {}", counted(found.calibration, "labeled reference input")));
    if let Some(line) = &found.temperature {
        let change = |name: &str, pair: Option<[f64; 2]>| {
            pair.map_or(String::new(), |[before, after]| format!(", {name} {before:.4} -> {after:.4}"))
        };
        print(&format!(
            "  temperature {:.4}, fitted on {}{}{}",
            line.temperature,
            counted(line.fitted, "input"),
            change("calibration error", line.ece),
            change("log loss", line.nll)
        ));
    }
    if !found.sets.is_empty() {
        row("sets with the truth / classes", report.sets.iter().map(|set| set.name.to_owned()));
    }
    for line in &found.sets {
        let cell = |coverage: &Option<conformal::SetCoverage>| {
            coverage.map_or("-".to_owned(), |coverage| {
                format!("{:.1} % / {:.2}", 100.0 * coverage.coverage.share(), coverage.mean_size)
            })
        };
        row(&format!("{} at {}", line.kind, line.alpha), line.coverage.iter().map(cell));
        if let [quantile] = line.quantiles.as_slice() {
            print(&format!("    quantile {quantile}"));
        }
        for (slice, rate) in line.slices.iter().take(MOST) {
            print(&format!(
                "    {slice}: {} of {}, {:.1} % ({:.1} to {:.1})",
                rate.hits,
                rate.of,
                100.0 * rate.share(),
                100.0 * rate.low,
                100.0 * rate.high
            ));
        }
    }
    for line in &found.intervals {
        let cell = |coverage: &Option<(Rate, f64)>| {
            coverage.map_or("-".to_owned(), |(rate, width)| {
                format!("{:.1} % / {}", 100.0 * rate.share(), short_number(width))
            })
        };
        let label = format!("{} of {} at {}: coverage / width", line.kind, line.value, line.alpha);
        row(&label, line.coverage.iter().map(cell));
    }
    for problem in &found.problems {
        print(&format!("  {problem}"));
    }
    if !found.sets.is_empty() || !found.intervals.is_empty() {
        print("  Coverage holds on average, for inputs like the calibration ones, not for a single input");
    }
}

/// All kinds with their settings and sources.
pub(super) fn listed() {
    let lines = |option: &str, all: Vec<(&str, &str, &str, &[ParamSpec])>| {
        print(&format!("--{option}"));
        for (id, meaning, source, params) in all {
            print(&format!("  {id:<12} {meaning}; {source}"));
            for param in params {
                print(&format!(
                    "      {:<12} {}, {} ({} to {})",
                    param.id, param.title, param.initial, param.min, param.max
                ));
            }
        }
    };
    lines("coverage", coverage::KINDS.iter().map(|k| (k.id, k.meaning, k.source, k.params)).collect());
    lines("surprise", surprise::KINDS.iter().map(|k| (k.id, k.meaning, k.source, k.params)).collect());
    lines("validity", validity::KINDS.iter().map(|k| (k.id, k.meaning, k.source, k.params)).collect());
    lines("conformal", conformal::KINDS.iter().map(|k| (k.id, k.meaning, k.source, k.params)).collect());
}
