//! Words of formulas over time.

use crate::base::expression::Grammar;

/// Functions as they are written, with their meaning. Durations are in seconds, windows reach from the moment on.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("always(p)", "p holds to the end of the interval"),
    ("always(p, to)", "p holds for the next `to` seconds"),
    ("always(p, from, to)", "p holds from `from` to `to` seconds later"),
    ("eventually(p)", "p holds at some moment, also (p, to) and (p, from, to)"),
    ("within(p, to)", "p holds at some moment of the next `to` seconds"),
    ("until(p, q)", "q holds at some moment, and p before it; also (p, q, to) and (p, q, from, to)"),
    ("for(p, duration)", "p holds from now on for at least this duration"),
    (
        "then(p, q)",
        "whenever p begins to hold, q holds at that moment or later; (p, q, to): within `to` seconds",
    ),
    ("count(p)", "number of stretches in which p holds, also (p, to) and (p, from, to)"),
    ("rises(p)", "p begins to hold at this moment"),
    ("falls(p)", "p ceases to hold at this moment"),
    (
        "signal(\"name\")",
        "the signal of this name, for names with other characters than letters, digits, _ and .",
    ),
    ("abs(x)", "absolute value"),
    ("sqrt(x)", "square root"),
    ("min(a, b)", "the smaller one"),
    ("max(a, b)", "the larger one"),
];

/// The words that the parser knows.
pub(super) const GRAMMAR: Grammar = Grammar {
    prefixes: &[],
    dotted: true,
    parameters: None,
    functions: &[
        ("always", 1..=3),
        ("eventually", 1..=3),
        ("within", 2..=2),
        ("until", 2..=4),
        ("for", 2..=2),
        ("then", 2..=3),
        ("count", 1..=3),
        ("rises", 1..=1),
        ("falls", 1..=1),
        ("signal", 1..=1),
        ("abs", 1..=1),
        ("sqrt", 1..=1),
        ("min", 2..=2),
        ("max", 2..=2),
    ],
};
