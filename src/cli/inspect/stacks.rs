//! Transforms of the tested inputs.

use std::path::Path;

use anyhow::Context as _;

use crate::base::rng::Rng;
use crate::cli::BadArgument;
use crate::data::cases::stack::Stack;
use crate::data::input::Medium;
use crate::search::sweep::plan::Design;
use crate::search::sweep::plan_text;
use crate::transforms::catalog::Catalog;
use crate::transforms::random;

/// Random stacks that the inputs share.
const RANDOM: usize = 200;

/// The stacks of the argument; none for "none".
pub(super) fn stacks(
    text: &str,
    levels: usize,
    seed: u64,
    catalog: &Catalog,
    medium: Medium,
) -> anyhow::Result<Vec<Stack>> {
    match text.trim() {
        "none" => Ok(Vec::new()),
        "random" => Ok(by_chance(seed, medium)),
        "all" => planned(catalog, &plan_text::all_of(medium), levels, seed),
        path if Path::new(path).is_file() => {
            let lines = std::fs::read_to_string(path).with_context(|| format!("could not read {path}"))?;
            let mut all = Vec::new();
            for line in lines.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                all.extend(planned(catalog, line, levels, seed)?);
            }
            Ok(all)
        }
        plan => planned(catalog, plan, levels, seed),
    }
}

fn planned(catalog: &Catalog, text: &str, levels: usize, seed: u64) -> anyhow::Result<Vec<Stack>> {
    let bad = |err: &dyn std::fmt::Display| BadArgument(err.to_string());
    let plan = plan_text::parse(catalog, text, levels, Design::Grid, vec![seed]).map_err(|err| bad(&err))?;
    let variants = plan.variants(catalog).map_err(|err| bad(&err))?;
    Ok(variants.into_iter().map(|variant| variant.stack).collect())
}

/// One random transform each, strong enough to matter and weak enough to be plausible.
fn by_chance(seed: u64, medium: Medium) -> Vec<Stack> {
    let choices = random::choices(medium);
    let one = |at: u64| {
        let mut rng = Rng::split(seed, at);
        let kind = choices.get((rng.bits() % choices.len().max(1) as u64) as usize)?;
        Some(Stack { seed, transforms: vec![random::moderate(kind, &mut rng)], ..Stack::default() })
    };
    (0..RANDOM as u64).filter_map(one).collect()
}
