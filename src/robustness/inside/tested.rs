//! The tested inputs as they are, transformed, and as noise with the same budget.

use std::sync::Arc;

use crate::base::parallel::in_order;
use crate::base::params::Params;
use crate::base::progress::Progress;
use crate::base::rng::Rng;
use crate::claims::judge::judge_applied;
use crate::data::cases::verdict::Verdict;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::inference::Tensor;
use crate::inference::model::Model;
use crate::inference::taps::Neuron;
use crate::metrics::coverage::profile::Profile;
use crate::metrics::coverage::ssc::{SignSign, Signs};
use crate::metrics::coverage::{Criterion, CriterionKind, Of, Tally};
use crate::metrics::observed::Observed;
use crate::robustness::attacks::error::Unreadable;
use crate::robustness::attacks::objects::Objective;
use crate::robustness::attacks::run::{Asked, Skipped};
use crate::robustness::attacks::single;
use crate::robustness::inside::inspection::{InspectError, Inspection, place, tell};
use crate::robustness::inside::lens::{Collected, Lens, LensError, Seen};
use crate::robustness::inside::report::{CoverageLine, Report, SetLine};
use crate::robustness::inside::request::Request;
use crate::transforms::stack;

/// Names of the sets.
pub(super) const SETS: [&str; 4] = ["natural", "transformed", "noise", "attacked"];

/// The tested sets with what was seen.
pub(super) struct Tested {
    pub(super) observed: Vec<(Observed, Vec<Vec<f64>>)>,
    pub(super) coverage: Vec<CoverageLine>,
    pub(super) judged: usize,
    /// Position among the transformed inputs, and the reason.
    pub(super) failures: Vec<(usize, String)>,
}

/// One tested input in all sets.
struct Looked {
    seen: [Option<Result<Seen, String>>; 4],
    verdict: Option<Verdict>,
    stack: String,
    pairs: Vec<SignSign>,
}

pub(super) fn tested(
    of: &Inspection<'_>,
    lens: &Lens,
    request: &Request,
    profile: &Arc<Profile>,
    progress: &Progress,
    report: &mut Report,
) -> Result<Tested, InspectError> {
    let mut sets: Vec<SetLine> = SETS.iter().map(|name| SetLine { name, ..SetLine::default() }).collect();
    let mut collected = vec![Collected::default(); SETS.len()];
    let counters = || -> Vec<Option<Box<dyn Criterion>>> {
        let make = |(kind, params): &(&'static CriterionKind, Params)| match kind.of {
            Of::Samples(make) => Some(make(profile, params)),
            Of::Pairs(_) => None,
        };
        request.coverage.iter().map(make).collect()
    };
    let mut counts: Vec<Vec<Option<Box<dyn Criterion>>>> = (0..=SETS.len()).map(|_| counters()).collect();
    let mut pairs: Vec<SignSign> = Vec::new();
    let (mut judged, mut failures, mut problems) = (0, Vec::new(), Vec::new());
    in_order(
        of.tested.len(),
        request.threads,
        |at| look(of, lens, request, at),
        |at, looked| {
            for (set, seen) in looked.seen.into_iter().enumerate() {
                let seen = match seen {
                    None => continue,
                    Some(Err(why)) => {
                        problems.push(format!("{} ({}): {why}", place(&of.tested[at].input), SETS[set]));
                        continue;
                    }
                    Some(Ok(seen)) => seen,
                };
                for counter in [set, SETS.len()] {
                    counts[counter].iter_mut().flatten().for_each(|criterion| criterion.add(&seen.neurons));
                }
                let line = &mut sets[set];
                let class = of.tested[at].truth.class.filter(|_| set != 2);
                let known = (!seen.probabilities.is_empty()).then_some(());
                line.wrong.push(class.zip(known).map(|(class, ())| class != seen.class));
                line.inputs.push(at);
                line.classes.push(seen.class);
                line.confidence.push(seen.probabilities.get(seen.class).copied());
                line.stacks.push(if set == 1 { looked.stack.clone() } else { String::new() });
                if set == 1 {
                    judged +=
                        usize::from(matches!(looked.verdict, Some(Verdict::Pass | Verdict::Fail { .. })));
                    if let Some(Verdict::Fail { why }) = &looked.verdict {
                        failures.push((line.inputs.len() - 1, why.clone()));
                    }
                }
                collected[set].add(seen);
            }
            if pairs.is_empty() {
                pairs = looked.pairs;
            } else {
                pairs.iter_mut().zip(looked.pairs).for_each(|(all, own)| all.merge(own));
            }
            progress.step()
        },
    )?;
    if sets[0].inputs.is_empty() {
        let why = problems.into_iter().next().unwrap_or_else(|| "it is empty".to_owned());
        return Err(InspectError::Nothing { set: "tested", why });
    }
    tell(report, problems);
    let mut of_pairs = pairs.iter();
    let used: Vec<usize> = (0..SETS.len()).filter(|set| !sets[*set].inputs.is_empty()).collect();
    let coverage = request.coverage.iter().enumerate().map(|(number, (kind, params))| {
        let tally = |set: usize| counts[set][number].as_ref().map(|criterion| criterion.tally());
        let (tallies, together): (Vec<Option<Tally>>, Option<Tally>) = match kind.of {
            Of::Samples(_) => (used.iter().map(|set| tally(*set)).collect(), tally(SETS.len())),
            // Pairs are those of an input and its transformed one.
            Of::Pairs(_) => {
                let own = of_pairs.next().map(SignSign::tally);
                (used.iter().map(|set| own.filter(|_| *set == 1)).collect(), None)
            }
        };
        CoverageLine { kind, params: params.clone(), tallies, together }
    });
    let coverage = coverage.collect();
    let mut observed = Vec::new();
    for (line, own) in sets.into_iter().zip(collected).filter(|(line, _)| !line.inputs.is_empty()) {
        report.sets.push(line);
        observed.push(own.finish());
    }
    Ok(Tested { observed, coverage, judged, failures })
}

/// One tested input as it is, transformed, and as noise of the same size.
fn look(of: &Inspection<'_>, lens: &Lens, request: &Request, at: usize) -> Looked {
    let mut looked =
        Looked { seen: [None, None, None, None], verdict: None, stack: String::new(), pairs: Vec::new() };
    let input = match of.tested[at].input.input() {
        Ok(input) => input,
        Err(err) => {
            looked.seen[0] = Some(Err(err.to_string()));
            return looked;
        }
    };
    let see = |input: &Input| lens.see(of.model, input).map_err(|err| err.to_string());
    looked.seen[0] = Some(see(&input));
    if let Some(image) = noise(&input, request.seed, at) {
        looked.seen[2] = Some(see(&image));
    }
    looked.seen[3] = attacked(of, request, &input, at)
        .map(|image| image.map_err(|err| err.to_string()).and_then(|image| see(&image)));
    let Some(change) = of.stacks.get(at % of.stacks.len().max(1)) else { return looked };
    looked.stack = stack::describe(of.catalog, change);
    let changed = match stack::apply(of.catalog, change, &input) {
        Ok(changed) => changed,
        Err(err) => {
            looked.seen[1] = Some(Err(err.to_string()));
            return looked;
        }
    };
    looked.seen[1] = Some(see(&changed));
    if request.pairs()
        && let Ok(pairs) = signed(of.model, lens, request, &input, &changed)
    {
        looked.pairs = pairs;
    }
    match judge_applied(of.catalog, of.model, &input, changed, change, of.oracle, None) {
        Ok(outcome) => looked.verdict = Some(outcome.verdict),
        Err(err) => looked.seen[1] = Some(Err(err.to_string())),
    }
    looked
}

/// The input as an attack leaves it; none without an attack, and where there is nothing to attack.
fn attacked(
    of: &Inspection<'_>,
    request: &Request,
    input: &Input,
    at: usize,
) -> Option<Result<Input, Unreadable>> {
    let (Some(attacker), Input::Image(image)) = (&of.attacker, input) else { return None };
    let asked = Asked {
        kinds: &[attacker.kind],
        settings: &attacker.settings,
        target: None,
        objective: Objective::Vanish,
        seed: request.seed.wrapping_add(at as u64),
        against: None,
        threads: 1,
    };
    let class = of.tested[at].truth.class.map(|class| of.model.card.label(class));
    let outcome = match single::one(attacker.subject, &asked, (image, class.as_deref()), &Progress::default())
    {
        Ok(outcome) => outcome,
        Err(err) => return Some(Err(Unreadable { what: err.to_string() })),
    };
    match outcome.skipped {
        Some(Skipped::Problem(what)) => Some(Err(Unreadable { what })),
        // An image that was wrong before is attacked by nothing, and stands as it is.
        _ => Some(Ok(Input::Image(outcome.changed.unwrap_or_else(|| image.clone())))),
    }
}

/// An image of independent uniform numbers, of the size of the input.
fn noise(input: &Input, seed: u64, at: usize) -> Option<Input> {
    let Input::Image(image) = input else { return None };
    let mut rng = Rng::split(seed, at as u64);
    let mut pixels = vec![0; image.pixels().len()];
    for part in pixels.chunks_mut(8) {
        part.copy_from_slice(&rng.bits().to_le_bytes()[..part.len()]);
    }
    Image::from_rgb(image.width(), image.height(), pixels).map(Input::Image)
}

/// Signs that change on the way from an input to its transformed one. The way is bisected where too many change at once.
fn signed(
    model: &Model,
    lens: &Lens,
    request: &Request,
    a: &Input,
    b: &Input,
) -> Result<Vec<SignSign>, LensError> {
    let ends = [model.prepared(a).map_err(Box::new)?, model.prepared(b).map_err(Box::new)?];
    let alike = ends[0].iter().zip(&ends[1]).all(|(a, b)| a.shape == b.shape);
    let make = |(kind, params): &(&'static CriterionKind, Params)| match kind.of {
        Of::Pairs(make) => Some(make(params)),
        Of::Samples(_) => None,
    };
    let mut all: Vec<SignSign> = request.coverage.iter().filter_map(make).collect();
    let Some(taps) = lens.taps.as_ref().filter(|_| alike) else { return Ok(all) };
    for pairs in &mut all {
        let signs = |part: f32| -> Result<Signs, LensError> {
            let inside = taps.values(&between(&ends, part))?;
            Ok(pairs.signs(&taps.neurons(&inside, Neuron::Unit)?))
        };
        let (first, last) = (signs(0.0)?, signs(1.0)?);
        let mut open = vec![(0.0, first, 1.0, last, pairs.halvings)];
        let mut counted = pairs.clone();
        while let Some((from, a, to, b, left)) = open.pop() {
            if counted.add(&a, &b) && left > 0 {
                let middle = 0.5 * (from + to);
                let half = signs(middle)?;
                open.push((middle, half.clone(), to, b, left - 1));
                open.push((from, a, middle, half, left - 1));
            }
        }
        *pairs = counted;
    }
    Ok(all)
}

/// Inputs of the graph on the straight way from one to the other.
fn between(ends: &[Vec<Tensor>; 2], part: f32) -> Vec<Tensor> {
    let mix = |(a, b): (&Tensor, &Tensor)| Tensor {
        data: a.data.iter().zip(&b.data).map(|(a, b)| (1.0 - part) * a + part * b).collect(),
        ..a.clone()
    };
    ends[0].iter().zip(&ends[1]).map(mix).collect()
}
