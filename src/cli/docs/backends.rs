//! The page of backends and their settings.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, codes, note, table};
use crate::inference::BACKENDS;
use crate::inference::precision::Precision;
use crate::inference::settings::{KNOWN, Optimization};

pub(super) static PAGE: Page = Page { name: "backends", title: "Backends", body };

const INTRO: &str = "\
A backend runs the graph of a model. `--backend` names it everywhere; settings stand behind a colon, with commas between them: \
`onnxruntime:optimization=basic,threads=2`. An address (`http://host:8000`, `http://host:8000/v2/models/NAME`) is a backend of its own: \
the model is served there by the Open Inference Protocol (KServe, Triton, MLServer).";

/// Meaning of each setting, by its key.
const MEANINGS: &[(&str, &str)] = &[
    ("threads", "threads inside of one run"),
    ("batch", "inputs that are run together, where the graph takes several"),
    ("optimization", "rewriting of the graph before it runs"),
    ("precision", "weights rounded as if they were stored so, to see what a smaller model would do"),
    ("provider", "execution provider of ONNX Runtime; may be repeated, the first that works is taken"),
    ("isolated", "run in a process of its own, so that a crash of the runtime does not end Hardcase"),
    ("limit", "longest time for one run; implies `isolated`"),
    ("memory", "most memory of the process; implies `isolated`"),
];

fn body() -> String {
    let backends = BACKENDS.iter().map(|kind| vec![code(kind.id), kind.title.to_owned()]);
    let settings = KNOWN.split(", ").map(|example| vec![code(example), meaning(example).to_owned()]);
    let optimizations = codes(Optimization::NAMED.iter().map(|(name, _)| *name));
    let precisions = codes(Precision::NAMED.iter().map(|(name, _)| *name));
    format!(
        "{INTRO}\n\n{}\n`hardcase doctor` says which of them were found on a machine.\n\n## Settings\n\n{}\nValues of `optimization`: \
         {optimizations}. Values of `precision`: {precisions}.\n",
        table(&["name", "title"], backends),
        table(&["setting", "meaning"], settings),
    )
}

fn meaning(example: &str) -> &'static str {
    note(MEANINGS, example.split('=').next().unwrap_or(example))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_meaning() {
        for example in KNOWN.split(", ") {
            assert_ne!(meaning(example), "", "{example}");
        }
    }
}
