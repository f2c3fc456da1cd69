//! The page of what `hardcase inspect` computes.

use crate::base::params::ParamSpec;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, number, table};
use crate::metrics::{conformal, coverage, surprise, validity};

pub(super) static PAGE: Page = Page { name: "inside", title: "Inside of a model", body };

const INTRO: &str = "\
`hardcase inspect` looks inside of a model while it runs. Settings follow the name of a kind: `--coverage kmnc:k=100,nbc:m=0.5:strict=0`. \
Every report states the conventions that its numbers follow.";

type Kind = (&'static str, &'static str, &'static str, &'static [ParamSpec], &'static str);

fn body() -> String {
    let mut text = format!("{INTRO}\n");
    let mut part = |title: &str, about: &str, kinds: Vec<Kind>| {
        text.extend([format!("\n## {title}\n\n{about}\n\n")]);
        let rows = kinds.into_iter().map(|(id, title, meaning, params, source)| {
            vec![code(id), title.to_owned(), meaning.to_owned(), settings(params), source.to_owned()]
        });
        text.push_str(&table(&["name", "title", "definition", "settings", "source"], rows));
    };
    part(
        "Coverage",
        "Against the ranges of the neurons on the reference set. It describes inputs and is never a gate.",
        coverage::KINDS
            .iter()
            .map(|kind| (kind.id, kind.title, kind.meaning, kind.params, kind.source))
            .collect(),
    );
    part(
        "Surprise",
        "Higher is farther from the reference set.",
        surprise::KINDS
            .iter()
            .map(|kind| (kind.id, kind.title, kind.meaning, kind.params, kind.source))
            .collect(),
    );
    part(
        "Validity",
        "Higher is stranger; an input above the threshold is probably none of those that the model was made for.",
        validity::KINDS
            .iter()
            .map(|kind| (kind.id, kind.title, kind.meaning, kind.params, kind.source))
            .collect(),
    );
    part(
        "Conformal sets and intervals",
        "A class is in the set, and a number in the interval, when its score is at most the ceil((n + 1)(1 - alpha))-th smallest of \
         n calibration scores.",
        conformal::KINDS
            .iter()
            .map(|kind| (kind.id, kind.title, kind.meaning, kind.params, kind.source))
            .collect(),
    );
    text
}

fn settings(params: &[ParamSpec]) -> String {
    let one = |spec: &ParamSpec| {
        let [min, max, initial] = [spec.min, spec.max, spec.initial].map(number);
        format!("{} {}: {min} to {max} ({initial})", code(spec.id), spec.title)
    };
    params.iter().map(one).collect::<Vec<_>>().join("<br>")
}
