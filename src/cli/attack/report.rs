//! Report of attacks on the terminal.

use serde_json::{Value, json};

use crate::base::stats::Rate;
use crate::base::text::counted;
use crate::cli::attack::Sized;
use crate::cli::{print, print_json, say};
use crate::clips::recorded_input::RecordedInput;
use crate::data::prediction::Task;
use crate::inference::model::Model;
use crate::robustness::attacks::classes::{Turned, by_class, turned};
use crate::robustness::attacks::norm::size_text;
use crate::robustness::attacks::run::{Asked, Outcome, Skipped};
use crate::robustness::attacks::summary::{Summary, Tally};

/// Skipped images that are named.
const NAMED: usize = 5;

fn percent(rate: &Rate) -> String {
    format!("{:.1} %, {:.1} to {:.1}", 100.0 * rate.share(), 100.0 * rate.low, 100.0 * rate.high)
}

pub(super) fn report(
    as_json: bool,
    asked: &Asked<'_>,
    model: &Model,
    (frames, runs): (&[RecordedInput], &[Sized]),
    summaries: &[Summary],
) {
    let (Some(Sized { outcomes, .. }), Some(summary)) = (runs.last(), summaries.last()) else { return };
    // Each image once, whatever the number of attacks.
    let problems = outcomes
        .chunk_by(|a, b| a.image == b.image)
        .filter_map(|own| own.iter().find(|outcome| matches!(outcome.skipped, Some(Skipped::Problem(_)))));
    for outcome in problems.take(NAMED) {
        let Some(frame) = frames.get(outcome.image) else { continue };
        let place = format!("{} {} {}", frame.clip_name, frame.channel_name, frame.frame);
        say(&format!("{place} was skipped: {}", outcome.note));
    }
    if as_json {
        print_json(&format!("{:#}", document(asked, model, runs, summaries)));
        return;
    }
    if runs.len() > 1 {
        curve(asked, model, runs, summaries);
    }
    let objects = model.task() == Task::Objects;
    let (norm, eps) = (asked.settings.norm, size_text(asked.settings.norm, asked.settings.eps));
    let goal = match (asked.target, objects) {
        (Some(target), _) => format!(", into {:?}", model.card.label(target)),
        (None, true) => format!(", objective {}", asked.objective.id()),
        (None, false) => String::new(),
    };
    print(&format!("{}, {} {eps}{goal}, seed {}", model.card.name, norm.id(), asked.seed));
    print(&format!(
        "{:<16} {:>7} {:>7} {:>8} {:>11} {:>9} {:>9} {:>9}",
        "attack", "images", "holds", "noise", "float only", "queries", "linf", "l2"
    ));
    for ((id, tally), kind) in summary.attacks.iter().zip(asked.kinds) {
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        print(&format!(
            "{id:<16} {:>7} {:>7} {:>8} {:>11} {:>9} {:>9} {:>9}",
            tally.images,
            tally.holds,
            // Noise has the size that was asked for; these changes have a size of their own.
            if kind.norms.is_empty() { "-".to_owned() } else { tally.holds_under_noise.to_string() },
            tally.float_only,
            number(tally.queries, 0),
            number(tally.sizes.map(|sizes| sizes.0), 4),
            number(tally.sizes.map(|sizes| sizes.1), 3),
        ));
        if tally.no_gradient > 0 {
            print(&format!(
                "{:<16} no gradient on {} of {}, which hold for that reason alone: try square",
                "",
                tally.no_gradient,
                counted(tally.images, "image")
            ));
        }
        if let Some((hits, of)) = tally.transferred {
            print(&format!("{:<16} {hits} of {of} successes fool the other model as well", ""));
        }
    }
    print(
        "noise: images that hold under noise of the same size; queries and sizes: medians of the successes, on 8 bits",
    );
    if objects {
        for kind in asked.kinds {
            print(&fates(kind.id, outcomes));
        }
    }
    classes(&turned(outcomes));
    let all = &summary.all;
    if all.wrong_before > 0 {
        print(&format!("{} wrong before the attack, they do not hold", counted(all.wrong_before, "image")));
    }
    if all.skipped > 0 {
        print(&format!("{} skipped", counted(all.skipped, "image")));
    }
    print(&last(asked, all));
}

/// Prints the number that hold at each size, by attack.
fn curve(asked: &Asked<'_>, model: &Model, runs: &[Sized], summaries: &[Summary]) {
    let norm = asked.settings.norm;
    print(&format!("{}: images that hold by size, {}", model.card.name, norm.id()));
    let line = |name: &str, cells: Vec<String>| {
        let cells: Vec<String> = cells.into_iter().map(|cell| format!("{cell:>9}")).collect();
        print(&format!("{name:<16} {}", cells.join(" ")));
    };
    line("attack", runs.iter().map(|run| size_text(norm, run.eps)).collect());
    let row = |name: &str, holds: &dyn Fn(&Summary) -> Rate| {
        let rates = summaries.iter().map(holds);
        line(name, rates.map(|rate| format!("{}/{}", rate.hits, rate.of)).collect());
    };
    for (at, kind) in asked.kinds.iter().enumerate() {
        row(kind.id, &|summary| summary.attacks[at].1.rate());
    }
    row("noise", &|summary| summary.all.noise_rate());
    print("");
}

/// Prints the commonest changes of class.
fn classes(turned: &Turned) {
    let pairs = turned.classes.iter().zip(&turned.counts).flat_map(|(from, row)| {
        let row = turned.classes.iter().zip(row);
        row.filter(move |(to, count)| *to != from && **count > 0).map(move |(to, count)| (*count, from, to))
    });
    let mut pairs: Vec<(usize, &String, &String)> = pairs.collect();
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)).then(a.2.cmp(b.2)));
    if pairs.is_empty() {
        return;
    }
    let named: Vec<String> =
        pairs.iter().take(NAMED).map(|(count, from, to)| format!("{from} into {to} {count}")).collect();
    let rest = pairs.len().saturating_sub(NAMED);
    let more = if rest > 0 { format!(", and {rest} other pairs") } else { String::new() };
    print(&format!("turned: {}{more}", named.join(", ")));
}

/// The last line: how many hold, and how many under noise.
fn last(asked: &Asked<'_>, all: &Tally) -> String {
    let these = if asked.kinds.len() == 1 { "this attack" } else { "these attacks" };
    let (rate, noise) = (all.rate(), all.noise_rate());
    format!(
        "{} of {} hold against {these} at this budget ({}), {} of {} under noise of the same size ({})",
        rate.hits,
        rate.of,
        percent(&rate),
        noise.hits,
        noise.of,
        percent(&noise)
    )
}

fn fates(id: &str, outcomes: &[Outcome]) -> String {
    let own = outcomes.iter().filter(|outcome| outcome.kind.id == id);
    let all = own.filter_map(|outcome| outcome.fates);
    let (mut clean, mut vanished, mut changed, mut fabricated) = (0, 0, 0, 0);
    for fates in all {
        clean += fates.clean;
        vanished += fates.vanished;
        changed += fates.changed;
        fabricated += fates.fabricated;
    }
    format!(
        "objects, {id}: {clean} clean, {vanished} of them lost, {changed} of these with another class, {fabricated} fabricated"
    )
}

fn document(asked: &Asked<'_>, model: &Model, runs: &[Sized], summaries: &[Summary]) -> Value {
    let rate = |rate: &Rate| json!({ "hits": rate.hits, "of": rate.of, "share": rate.share(), "low": rate.low, "high": rate.high });
    let tally = |tally: &Tally| {
        json!({
            "images": tally.images,
            "wrong_before": tally.wrong_before,
            "holds": rate(&tally.rate()),
            "holds_under_noise": rate(&tally.noise_rate()),
            "float_only": tally.float_only,
            "skipped": tally.skipped,
            "no_gradient": tally.no_gradient,
            "median_queries": tally.queries,
            "median_linf": tally.sizes.map(|sizes| sizes.0),
            "median_l2": tally.sizes.map(|sizes| sizes.1),
            "transferred": tally.transferred.map(|(hits, of)| json!({ "hits": hits, "of": of })),
        })
    };
    let attacks = |summary: &Summary| -> serde_json::Map<String, Value> {
        summary.attacks.iter().map(|(id, own)| ((*id).to_owned(), tally(own))).collect()
    };
    let points: Vec<Value> = runs
        .iter()
        .zip(summaries)
        .map(|(run, summary)| json!({ "eps": run.eps, "attacks": attacks(summary), "all": tally(&summary.all) }))
        .collect();
    let last = summaries.last().cloned().unwrap_or_default();
    let outcomes = runs.last().map_or(&[] as &[Outcome], |run| &run.outcomes);
    let classes: serde_json::Map<String, Value> =
        by_class(outcomes).iter().map(|(class, own)| (class.clone(), tally(own))).collect();
    let Turned { classes: names, counts } = turned(outcomes);
    json!({
        "model": model.card.name,
        "norm": asked.settings.norm.id(),
        "eps": asked.settings.eps,
        "budget": asked.settings.budget,
        "seed": asked.seed,
        "target": asked.target.map(|at| model.card.label(at)),
        "objective": (model.task() == Task::Objects).then(|| asked.objective.id()),
        "attacks": attacks(&last),
        "all": tally(&last.all),
        "curve": points,
        "classes": classes,
        "turned": { "classes": names, "counts": counts },
    })
}
