//! Failing cases at several severities, judged by the processes of a run, for the slider of the HTML report.

use crate::base::progress::Progress;
use crate::data::cases::stack::Stack;
use crate::data::prediction::Prediction;
use crate::reports::drawn::tinted;
use crate::reports::report::{Status, Step};
use crate::reports::steps::{MOST_CASES, STEP_SIDE};
use crate::suites::files::{CaseFile, Suite};
use crate::suites::hosted::Hosts;
use crate::suites::run::{CaseResult, Effort, Selected, each};
use crate::transforms::TransformKind;
use crate::transforms::catalog::{BUILT_IN, Catalog};
use crate::transforms::stack::{self, describe};

/// Quality of the images.
const QUALITY: u8 = 80;

/// Adds to the first failing cases their results at `count` severities from none to their own.
///
/// `before` is the number of cases of the report that have them already. A severity that cannot be judged is an error there.
pub fn add(
    (hosts, suite): (&Hosts, &Suite),
    results: &mut [CaseResult],
    (count, before): (usize, usize),
    effort: Effort,
    progress: &Progress,
) {
    let mut at: Vec<usize> = Vec::new();
    let mut files: Vec<(String, CaseFile, f64)> = Vec::new();
    for (index, result) in results.iter().enumerate() {
        // A frozen image of an attack has no other severities.
        let single = |case: &&CaseFile| case.input.interval.is_none() && case.attack.is_none();
        let Some(case) = result.case.as_ref().filter(single) else { continue };
        let varied = count > 1 && result.status() == Status::Fail && can_vary(&BUILT_IN, &case.stack);
        if !varied || before + at.len() >= MOST_CASES {
            continue;
        }
        at.push(index);
        for step in 0..count {
            let part = step as f64 / (count - 1) as f64;
            let stack = at_part(&BUILT_IN, &case.stack, part);
            files.push((result.id.clone(), CaseFile { stack, repeats: None, ..case.clone() }, part));
        }
    }
    let selected: Vec<Selected<'_>> = files.iter().map(|(id, case, _)| (id.clone(), Ok(case))).collect();
    let judged = each(
        &selected,
        effort.threads,
        progress,
        || hosts.worker(),
        |worker, id, case| Ok(worker.shown((id, case), suite.all_media(case)?, progress)?),
    );
    let mut steps =
        files.iter().zip(judged).map(|((_, case, part), judged)| Some(step(case, *part, &judged?)));
    for index in at {
        let own: Option<Vec<Step>> = steps.by_ref().take(count).collect();
        // In a run that was canceled some are missing.
        if let (Some(result), Some(own)) = (results.get_mut(index), own) {
            result.steps = own;
        }
    }
}

/// True if a transform of the stack has a severity.
fn can_vary(catalog: &Catalog, stack: &Stack) -> bool {
    stack.active().any(|(_, spec)| catalog.kind(&spec.transform).and_then(TransformKind::strength).is_some())
}

/// The stack with the severity of each transform at a fraction of its way from the neutral value.
fn at_part(catalog: &Catalog, stack: &Stack, part: f64) -> Stack {
    let mut scaled = stack.clone();
    for (position, spec) in stack.active() {
        if let Some(strength) = catalog.kind(&spec.transform).and_then(TransformKind::strength) {
            let value = spec.params.value(strength);
            // The case itself is exactly itself.
            let value = if part < 1.0 { strength.neutral + (value - strength.neutral) * part } else { value };
            scaled = stack::with_strength(catalog, &scaled, position, value);
        }
    }
    scaled
}

fn step(case: &CaseFile, part: f64, judged: &CaseResult) -> Step {
    let seen = judged.after.as_ref().map(|after| judged.look.place(after));
    let image = judged.pictures.as_ref().map(|(_, changed)| match &seen {
        Some(seen) => tinted(changed, seen),
        None => changed.clone(),
    });
    let jpeg = image.as_ref().and_then(|image| image.thumbnail(STEP_SIDE).to_jpeg(QUALITY).ok());
    Step {
        part,
        change: judged.change.clone().unwrap_or_else(|| describe(&BUILT_IN, &case.stack)),
        jpeg: jpeg.unwrap_or_default(),
        size: image.map_or((1, 1), |image| image.size()),
        seen: seen.map(without_masks),
        status: judged.status(),
        why: judged.why().to_owned(),
        margin: judged.margin,
    }
}

/// A prediction whose areas are drawn into the image already.
fn without_masks(seen: Prediction) -> Prediction {
    match seen {
        Prediction::Objects { mut objects } => {
            for object in &mut objects {
                object.mask = None;
            }
            Prediction::Objects { objects }
        }
        other @ (Prediction::Segments { .. }
        | Prediction::Classes { .. }
        | Prediction::Values { .. }
        | Prediction::Vector { .. }) => other,
    }
}
