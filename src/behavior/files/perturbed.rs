//! Perturbed copies of cases, made by the transforms of texts.

use std::sync::Arc;

use crate::base::rng::Rng;
use crate::behavior::data::{Case, Example};
use crate::behavior::suite::Perturb;
use crate::data::input::Input;
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::entry::StackError;
use crate::transforms::stack;

/// Cases of an original and its perturbed copies. Copies that equal an earlier text are left out, and so is a case without any.
pub fn copies(cases: Vec<Case>, perturb: &Perturb, seed: u64) -> Result<Vec<Case>, StackError> {
    let wanted = stack::parse(&BUILT_IN, &perturb.stack, 0)?;
    let mut all = Vec::with_capacity(cases.len());
    for (at, case) in cases.into_iter().enumerate() {
        let Some(original) = case.examples.into_iter().next() else { continue };
        let seeds = Rng::split(seed, at as u64);
        let mut examples = vec![original];
        for copy in 0..perturb.copies {
            let mut own = wanted.clone();
            own.seed = seeds.at(copy as u64);
            let changed = match &examples[0] {
                Example::Text(text) => Example::Text(changed(&own, text)?),
                Example::Texts(texts) => {
                    Example::Texts(texts.iter().map(|text| changed(&own, text)).collect::<Result<_, _>>()?)
                }
            };
            if !examples.contains(&changed) {
                examples.push(changed);
            }
        }
        if examples.len() > 1 {
            all.push(Case { examples, label: case.label });
        }
    }
    Ok(all)
}

fn changed(own: &crate::data::cases::stack::Stack, text: &str) -> Result<String, StackError> {
    let input = Input::Text(Arc::from(text));
    let changed = stack::apply(&BUILT_IN, own, &input)?;
    Ok(changed.text().unwrap_or(text).to_owned())
}

/// The cases without their copies.
pub(super) fn originals(cases: &[Case]) -> Vec<Case> {
    let first = |case: &Case| Case {
        examples: case.examples.iter().take(1).cloned().collect(),
        label: case.label.clone(),
    };
    cases.iter().map(first).collect()
}
