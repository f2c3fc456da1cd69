//! The page of questions about recordings.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::mining::questions::nuplan::TYPES;
use crate::tracks::questions::words::{NAMES, PROPERTIES, WORDS};

pub(super) static PAGE: Page = Page { name: "questions", title: "Questions about recordings", body };

const INTRO: &str = "\
`hardcase mine --ask 'any(track.class(\"person\") and crossing(ego) and ttc(ego) < 2)'` finds where a question is true. Operators are those of \
[expressions](expressions.md); arguments may be named (`near(ego, n=2)`). Units are SI, angles degrees.

Without `track.`, `class(…)` or a relation to `ego` a question is about the vehicle that recorded; else about every track, the vehicle \
among them. `any(…)` around the whole lists the tracks other than the vehicle. The first argument of a relation is `ego`, a class in \
quotes, `other` for anything, or a question about the other: `near(class(\"person\") and moving(), 5)`. Relations reach 50 m.

What has no value (no boxes in space, a signal before its first sample, boxes in the frame of a vehicle whose motion is not recorded) is \
unknown: the question is not true there, nor is its opposite, and `mine` says what was missing.";

const RULES: &str = "\
Motion follows RefAV (Davidson et al. 2025): central differences over one sample on either side, then the median of seven. Gaps below 0.5 s \
are joined, single samples are dropped unless the question asks for an edge, findings shorter than 1.5 s are widened. The severity is \
the room of the comparisons as a part of their bounds, 0.5 without any.";

fn body() -> String {
    let pairs = |list: &[(&str, &str)]| {
        list.iter().map(|(name, meaning)| vec![code(name), (*meaning).to_owned()]).collect::<Vec<_>>()
    };
    let words = |map: bool| {
        let own = WORDS.iter().filter(|word| word.map == map);
        own.map(|word| vec![code(word.usage), word.meaning.to_owned()]).collect::<Vec<_>>()
    };
    format!(
        "{INTRO}\n\n{RULES}\n\n## Numbers of a subject\n\n{}\n## Functions\n\nThe values shown are taken where an argument is left out; \
         `b` is the other of a relation, `p` and `q` are questions.\n\n{}\n## Names\n\n{}\n## Functions of a map\n\nNo map is read yet: \
         questions with these are refused.\n\n{}\n## Scenario types of nuPlan\n\nThose that need no map, by name: `--ask stationary`, \
         `--finder nuplan_stationary`, all of them with `--finder nuplan`.\n\n{}",
        table(&["name", "meaning"], pairs(PROPERTIES)),
        table(&["function", "meaning"], words(false)),
        table(&["name", "meaning"], pairs(NAMES)),
        table(&["function", "meaning"], words(true)),
        table(
            &["type", "question"],
            TYPES.iter().map(|(name, text)| vec![code(name), code(text)]).collect::<Vec<_>>()
        ),
    )
}
