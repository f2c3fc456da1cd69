//! The page of claims.

use crate::base::params::ParamSpec;
use crate::claims::{ClaimKind, KINDS, usual};
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, number, table};
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
where a transform promises nothing. A claim that cannot be judged is a skip, never a pass.

Beside its verdict a claim reports a margin where it can: value minus bound, above 0 it passes, below 0 it fails.";

fn body() -> String {
    let mut text = format!("{INTRO}\n");
    for (title, wanted) in [
        ("Before and after a transform", true),
        ("One prediction, one run, one signal, a stretch of a recording", false),
    ] {
        text.extend([format!("\n## {title}\n\n")]);
        let rows = KINDS.iter().filter(|claim| claim.compares() == wanted).map(|claim| row(claim));
        let head =
            ["name", "title", "what must hold", "margin", "of", "about a class or value", "parameters"];
        text.push_str(&table(&head, rows));
    }
    text.push_str("\n## Usual claims\n\nUntil somebody chooses another, a model is judged by:\n\n");
    let rows = Task::ALL.iter().map(|task| vec![task_name(*task).to_owned(), code(usual(*task).id)]);
    text.push_str(&table(&["prediction", "claim"], rows));
    text
}

fn row(claim: &ClaimKind) -> Vec<String> {
    let about = if claim.about.is_empty() {
        "signals, no model".to_owned()
    } else if claim.about.len() == Task::ALL.len() {
        "any prediction".to_owned()
    } else {
        claim.about.iter().map(|task| task_name(*task)).collect::<Vec<_>>().join(", ")
    };
    let subject = match claim.subject {
        Subject::None => "",
        Subject::Optional => "optional",
        Subject::Needed => "required",
        Subject::Signal => "a recorded signal",
    };
    let params: Vec<String> = claim.params.iter().map(param).collect();
    vec![
        code(claim.id),
        claim.title.to_owned(),
        claim.summary.to_owned(),
        claim.margin.to_owned(),
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
