//! Report of a sweep on the terminal.

use serde_json::json;

use crate::claims::spec;
use crate::cli::{print, say};
use crate::data::cases::case::ClaimSpec;
use crate::data::input::Medium;
use crate::search::sweep::errors::{EPSILONS, ErrorMap, LAMBDAS};
use crate::search::sweep::plan::{Design, Plan, Variant};
use crate::search::sweep::summary::{Summary, Tally};
use crate::transforms::catalog::Catalog;
use crate::transforms::stack;

fn percent(tally: Tally) -> String {
    let rate = tally.rate();
    format!(
        "{:>6} of {:<6} {:>5.1} %  ({:.1} to {:.1})",
        rate.hits,
        rate.of,
        100.0 * rate.share(),
        100.0 * rate.low,
        100.0 * rate.high
    )
}

/// Number of slices on the terminal.
const SLICES: usize = 10;

/// Subject of a report: a sweep, run here or merged from parts.
pub(in crate::cli) struct Swept<'a> {
    /// Number of inputs.
    pub(in crate::cli) inputs: usize,
    /// Their medium; none without inputs.
    pub(in crate::cli) medium: Option<Medium>,
    pub(in crate::cli) catalog: &'a Catalog,
    pub(in crate::cli) plan: &'a Plan,
    pub(in crate::cli) variants: &'a [Variant],
    /// Name and checksum of each model.
    pub(in crate::cli) models: Vec<(&'a str, &'a str)>,
    pub(in crate::cli) oracle: &'a ClaimSpec,
}

pub(in crate::cli) fn report(summary: &Summary, sweep: &Swept<'_>) {
    let plan = sweep.plan;
    let (covered, pairs) = plan.pair_coverage(sweep.variants);
    let samples = sweep.medium.map_or("inputs", Medium::samples);
    print(&format!(
        "{} {samples}, {} variants, claim: {}",
        sweep.inputs,
        sweep.variants.len(),
        spec::describe(sweep.oracle)
    ));
    // By chance values between those of the plan are drawn.
    if plan.axes.len() > 1 && matches!(plan.design, Design::Grid | Design::Pairwise) {
        print(&format!("pairs of values covered: {covered} of {pairs}"));
    }
    for (number, ((model, _), found)) in sweep.models.iter().zip(&summary.models).enumerate() {
        print("");
        print(&format!("{model}: failures with 95 % confidence intervals"));
        print(&format!("  {:<28} {}", "all", percent(found.total())));
        for (at, axis) in plan.axes.iter().enumerate() {
            for (value, tally) in summary.along(number, at, plan, sweep.variants) {
                print(&format!(
                    "  {:<28} {}",
                    format!("{} {value:.4}", axis.name(&plan.stack)),
                    percent(tally)
                ));
            }
        }
        if let Some(map) = found.errors.map() {
            error_map(&map);
        }
        if let Some(tipping) = found.tipping() {
            let [low, middle, high] = tipping.quartiles;
            print(&format!(
                "  tipping points: {} of {} {samples} fail, median severity {middle:.3} ({:.3} to {:.3}), \
                 quartiles {low:.3} and {high:.3}",
                tipping.broke, tipping.of, tipping.median.0, tipping.median.1
            ));
        }
        for (slice, tally) in found.worst_slices().into_iter().take(SLICES) {
            print(&format!("  {:<28} {}", format!("{} {}", slice.kind, slice.name), percent(tally)));
        }
        if found.total().skipped > 0 {
            print(&format!("  {} could not be evaluated", found.total().skipped));
        }
    }
    for problem in summary.problems.iter().take(5) {
        say(&format!("skipped: {problem}"));
    }
}

/// Lines of the error map: a row for each epsilon, a column for each lambda.
fn error_map(map: &ErrorMap) {
    print(&format!("  usual squared error against the human driver: {:.5}", map.usual));
    let cells = |cells: Vec<String>| {
        let wide: Vec<String> = cells.iter().map(|cell| format!("{cell:>7}")).collect();
        wide.concat()
    };
    print(&format!("  {:<16}{}", "lambda", cells(LAMBDAS.iter().map(ToString::to_string).collect())));
    for ((epsilon, row), answers) in EPSILONS.iter().zip(&map.counts).zip(&map.answers) {
        let row = cells(row.iter().map(ToString::to_string).collect());
        print(&format!("  {:<16}{row}  of {answers}", format!("epsilon {epsilon}")));
    }
}

pub(in crate::cli) fn as_json(summary: &Summary, sweep: &Swept<'_>) -> serde_json::Value {
    let plan = sweep.plan;
    let (covered, pairs) = plan.pair_coverage(sweep.variants);
    let tally = |tally: Tally| {
        let rate = tally.rate();
        json!({ "failed": tally.failed, "judged": tally.judged, "skipped": tally.skipped, "rate": rate.share(), "low": rate.low, "high": rate.high })
    };
    let variant = |variant: &Variant| json!({ "change": stack::describe(sweep.catalog, &variant.stack), "seed": variant.stack.seed, "values": variant.values, "strength": variant.strength });
    let models: Vec<_> = sweep
        .models
        .iter()
        .zip(&summary.models)
        .enumerate()
        .map(|(number, ((name, sha256), found))| {
            let curves: Vec<_> = plan
                .axes
                .iter()
                .enumerate()
                .map(|(at, axis)| {
                    let points: Vec<_> = summary
                        .along(number, at, plan, sweep.variants)
                        .into_iter()
                        .map(|(value, sum)| json!({ "value": value, "violations": tally(sum) }))
                        .collect();
                    json!({ "axis": axis.name(&plan.stack), "points": points })
                })
                .collect();
            let slices: Vec<_> = found
                .worst_slices()
                .into_iter()
                .map(|(slice, sum)| json!({ "kind": slice.kind.title(), "name": slice.name, "violations": tally(sum) }))
                .collect();
            let variants: Vec<_> = sweep
                .variants
                .iter()
                .zip(&found.variants)
                .map(|(tried, sum)| json!({ "variant": variant(tried), "violations": tally(*sum) }))
                .collect();
            let tipping = found.tipping().map(|t| {
                json!({ "broke": t.broke, "of": t.of, "quartiles": t.quartiles, "median_low": t.median.0, "median_high": t.median.1 })
            });
            json!({
                "name": name, "sha256": sha256, "violations": tally(found.total()),
                "curves": curves, "variants": variants, "slices": slices, "tipping": tipping,
                "errors": found.errors.map().map(|map| json!({
                    "usual": map.usual, "lambdas": LAMBDAS, "epsilons": EPSILONS, "counts": map.counts, "answers": map.answers,
                })),
            })
        })
        .collect();
    json!({
        "pictures": sweep.inputs, "claim": sweep.oracle, "models": models,
        "pairs_covered": covered, "pairs": pairs, "problems": summary.problems,
    })
}
