//! The HTML page of a sweep, put together from its summary and from failures that are run once more for their images.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;

use crate::base::escape::address;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::claims::spec;
use crate::cli::{say, with_progress_line};
use crate::imaging::look::Look;
use crate::reports::curve::Curve;
use crate::reports::drawn::tinted;
use crate::reports::sweep::{Failure, SweepModel, SweepPage, write};
use crate::search::sweep::journal::Journal;
use crate::search::sweep::plan::Plan;
use crate::search::sweep::run::Sweep;
use crate::search::sweep::summary::Summary;
use crate::transforms::stack;

/// Failures of the gallery for each model.
const FAILURES: usize = 48;
/// Slices of the table.
const SLICES: usize = 12;
/// Longer side of an image in pixels, and its quality.
const SIDE: u32 = 480;
const QUALITY: u8 = 82;

/// A failure by model and input: the variant of the smallest severity, and the reason.
type Least = BTreeMap<(usize, usize), (f64, usize, String)>;

/// Writes the page into a folder, if one is wanted.
pub(super) fn page(
    folder: Option<&Path>,
    asked: &str,
    (sweep, plan): (&Sweep<'_>, &Plan),
    journal: &Journal,
    summary: &Summary,
) -> anyhow::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let mut least: Least = BTreeMap::new();
    journal.each(|result| -> anyhow::Result<()> {
        for cell in result.cells.iter().filter(|cell| cell.verdict.failed()) {
            let Some(variant) = sweep.variants.get(cell.variant) else { continue };
            let key = (cell.model, result.input);
            if least.get(&key).is_none_or(|(strength, ..)| variant.strength < *strength) {
                least.insert(key, (variant.strength, cell.variant, cell.verdict.why().to_owned()));
            }
        }
        Ok(())
    })?;
    let samples = sweep.inputs.first().map_or("inputs", |input| input.medium.samples());
    let models = sweep
        .models
        .iter()
        .enumerate()
        .map(|(at, model)| section(at, &model.card.name, (sweep, plan), summary));
    let page = SweepPage {
        stack: address::hidden(asked).into_owned(),
        claim: spec::describe(sweep.oracle),
        samples: format!("{} {samples}", sweep.inputs.len()),
        variants: sweep.variants.len(),
        models: models.collect(),
        failures: failures(sweep, &least)?,
    };
    let index = write(&page, folder).with_context(|| format!("could not write {}", folder.display()))?;
    say(&format!("report: {}", index.display()));
    Ok(())
}

fn section(at: usize, name: &str, (sweep, plan): (&Sweep<'_>, &Plan), summary: &Summary) -> SweepModel {
    let mut section = SweepModel { name: name.to_owned(), ..SweepModel::default() };
    let Some(found) = summary.models.get(at) else { return section };
    let total = found.total();
    section.total = Some(total.rate());
    section.skipped = total.skipped;
    section.curves = plan
        .axes
        .iter()
        .enumerate()
        .map(|(axis, of)| {
            let along = summary.along(at, axis, plan, sweep.variants);
            let mut points: Vec<_> = along.into_iter().map(|(value, tally)| (value, tally.rate())).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            Curve { axis: of.name(&plan.stack), points }
        })
        .collect();
    if let Some(tipping) = found.tipping() {
        let samples = counted(tipping.of, "input");
        section.tipping = format!(
            "{} of {samples} fail, median of the smallest failing severity {:.3} ({:.3} to {:.3})",
            tipping.broke, tipping.quartiles[1], tipping.median.0, tipping.median.1
        );
    }
    let slices = found.worst_slices().into_iter().take(SLICES);
    section.slices =
        slices.map(|(slice, tally)| (format!("{} {}", slice.kind, slice.name), tally.rate())).collect();
    section
}

/// The failures of the smallest severities, run once more for their images.
fn failures(sweep: &Sweep<'_>, least: &Least) -> anyhow::Result<Vec<Failure>> {
    let mut chosen: Vec<(usize, f64, usize, usize, &str)> = least
        .iter()
        .map(|((model, input), (strength, variant, why))| (*model, *strength, *input, *variant, why.as_str()))
        .collect();
    chosen.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let mut taken = vec![0; sweep.models.len()];
    chosen.retain(|(model, ..)| {
        let taken = taken.get_mut(*model);
        taken.is_some_and(|taken| {
            *taken += 1;
            *taken <= FAILURES
        })
    });
    let progress = Progress::default();
    progress.begin(chosen.len() as u64);
    with_progress_line("images for the report", &progress, || {
        let mut failures = Vec::with_capacity(chosen.len());
        for (model, _, input, variant, why) in &chosen {
            progress.step()?;
            let (Some(place), Some(variant)) = (sweep.inputs.get(*input), sweep.variants.get(*variant))
            else {
                continue;
            };
            let given = place.input()?;
            let changed = stack::apply(sweep.catalog, &variant.stack, &given)?;
            let look = Look::of(&given);
            let seen = sweep.models.get(*model).and_then(|model| model.run(&changed).ok());
            let seen = seen.map(|seen| look.place(&seen));
            let image = look.draw(&changed);
            let shown = seen.as_ref().map_or_else(|| image.clone(), |seen| tinted(&image, seen));
            failures.push(Failure {
                model: *model,
                source: format!("{} {} frame {}", place.clip_name, place.channel_name, place.frame),
                tags: place.tags.clone(),
                change: format!(
                    "{} (seed {})",
                    stack::describe(sweep.catalog, &variant.stack),
                    variant.stack.seed
                ),
                why: (*why).to_owned(),
                jpeg: shown.thumbnail(SIDE).to_jpeg(QUALITY)?,
                size: image.size(),
                seen,
            });
        }
        Ok(failures)
    })
}
