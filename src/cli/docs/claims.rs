//! The page of claims.

use crate::base::params::ParamSpec;
use crate::claims::judge::{ClaimKind, claims, usual_claim};
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, note, number, table};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

pub(super) static PAGE: Page = Page { name: "claims", title: "Claims", body };

const INTRO: &str = "\
A claim is what must hold. Some compare the prediction before and after a transform, some judge one prediction, some are about how a \
model is run or about a recorded signal. A case stores it in its `[oracle]`:

```toml
[oracle]
claim = \"objects_kept\"

[oracle.params]
iou = 0.5
```

A claim that is about a class or a value names it with `class = \"person\"`. `assume_same = true` says that the prediction must stay \
where a transform promises nothing. A claim that cannot be judged is a skip, never a pass.";

/// The meaning of a claim in a sentence, with its source.
const NOTES: &[(&str, &str)] = &[
    ("same_class", "the most probable class stays"),
    ("class_confidence", "the probability of the most probable class changes by no more than `within`"),
    (
        "same_objects",
        "every confident object is found again in its place with its class, and no confident one appears",
    ),
    (
        "objects_kept",
        "every confident object is found again, or the part `recall` of them; new ones may appear (Zhou and Sun, CACM 2019)",
    ),
    ("count_kept", "not fewer confident objects than before (Zhou and Sun, CACM 2019)"),
    ("score_drift", "objects that are found again keep their score within `within`"),
    ("close_values", "a value, or all of them, stays within an absolute and a relative tolerance"),
    (
        "deep_test",
        "squared error against the human driver at most `lambda` times the mean squared error (Tian et al., DeepTest, ICSE 2018)",
    ),
    (
        "same_path",
        "a planned path stays within limits of ADE, FDE, deviation and Fréchet distance (Lindvall et al., MET 2017)",
    ),
    ("same_segments", "mean IoU of the segments, or IoU of one class, is at least this"),
    ("same_vector", "cosine similarity of both embeddings is at least this"),
    (
        "at_least",
        "a value, a probability or a count does not fall below a part of what was expected (Deng et al., RMT, 2020)",
    ),
    ("at_most", "a value, a probability or a count does not rise above a part of what was expected"),
    ("expression", "an expression of your own is true, see [Expressions](expressions.md)"),
    ("class_is", "the most probable class is this one"),
    ("no_object", "no object of the class is seen, in the frame or in a region"),
    ("has_object", "an object of the class is seen, in the frame or in a region"),
    ("same_on_backends", "the outputs of the graph agree on other backends, within tolerances"),
    ("deterministic", "running again gives the same outputs"),
    ("signal_within", "a recorded signal stays within bounds over the last seconds"),
];

fn body() -> String {
    let mut text = format!("{INTRO}\n");
    let compares = |claim: &ClaimKind| claim.relation;
    for (title, wanted) in
        [("Before and after a transform", true), ("One prediction, one run, one signal", false)]
    {
        text.push_str(&format!("\n## {title}\n\n"));
        let rows = claims().filter(|claim| compares(claim) == wanted).map(|claim| row(&claim));
        text.push_str(&table(
            &["name", "title", "what must hold", "of", "about a class or value", "parameters"],
            rows,
        ));
    }
    text.push_str("\n## Usual claims\n\nUntil somebody chooses another, a model is judged by:\n\n");
    let rows = Task::ALL.iter().map(|task| vec![task_name(*task).to_owned(), code(usual_claim(*task))]);
    text.push_str(&table(&["prediction", "claim"], rows));
    text
}

fn row(claim: &ClaimKind) -> Vec<String> {
    let about = if claim.about.len() == Task::ALL.len() {
        "any prediction".to_owned()
    } else {
        claim.about.iter().map(|task| task_name(*task)).collect::<Vec<_>>().join(", ")
    };
    let subject = match claim.subject {
        Subject::None => "",
        Subject::Optional => "optional",
        Subject::Needed => "required",
    };
    let params: Vec<String> = claim.params.iter().map(param).collect();
    vec![
        code(claim.id),
        claim.title.to_owned(),
        note(NOTES, claim.id).to_owned(),
        about,
        subject.to_owned(),
        params.join("<br>"),
    ]
}

fn param(spec: &ParamSpec) -> String {
    if spec.unit == ParamSpec::SWITCH {
        return format!("{} {}: 0 or 1 ({})", code(spec.id), spec.title, number(spec.initial));
    }
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
    let [min, max, initial] = [spec.min, spec.max, spec.initial].map(number);
    format!("{} {}: {min} to {max}{unit} ({initial})", code(spec.id), spec.title)
}

/// The noun for a kind of prediction.
pub(super) fn task_name(task: Task) -> &'static str {
    match task {
        Task::Classes => "classes",
        Task::Objects => "objects",
        Task::Values => "values",
        Task::Segments => "segments",
        Task::Vector => "vector",
    }
}
