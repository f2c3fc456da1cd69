//! Fields and functions of queries, and the names that a query uses.

use std::collections::BTreeSet;

use crate::base::expression::{Expr, Grammar};
use crate::metrics::detection_errors::Outcome;

/// Fields of an item, with their meaning.
pub const FIELDS: &[(&str, &str)] = &[
    (
        "outcome",
        "\"correct\", \"missed\", \"wrong class\", \"localization error\", \"duplicate\", \"false positive\", \"large error\"",
    ),
    ("class", "the true class, or the predicted class of a false positive; the name of a number"),
    ("truth", "the true class, \"\" for a false positive"),
    ("prediction", "the predicted class, \"\" if missed"),
    ("score", "confidence of the prediction, 0 to 1"),
    ("overlap", "IoU of prediction and ground truth, 0 to 1"),
    ("width", "of the box, in pixels"),
    ("height", "of the box, in pixels"),
    ("area", "of the box, in square pixels"),
    ("size", "square root of the area of the box, in pixels, by which COCO calls objects small below 32"),
    ("x", "center of the box, in pixels from the left or meters ahead"),
    ("y", "center of the box, in pixels from the top or meters to the left"),
    ("distance", "from the sensor in meters, for cuboids"),
    ("true_value", "the recorded value, for numbers"),
    ("predicted_value", "the predicted value, for numbers"),
    ("error", "predicted minus recorded value, for numbers"),
    ("relative_error", "size of the error in parts of the recorded value, for numbers"),
    ("surprise", "of the sample against the chosen reference set, by distances (DSA)"),
    ("validity", "score of input validation against the chosen reference set, higher is stranger"),
    ("clip", "name of the recording"),
    ("channel", "name of the camera or LIDAR"),
    ("frame", "number of the sample"),
    ("seconds", "since the start of the recording"),
    ("hour", "of the day, UTC, 0 to 24"),
];

/// Functions, with their meaning.
pub const FUNCTIONS: &[(&str, &str)] = &[
    ("tag(\"name\")", "true if a tag of this type is present"),
    ("signal(\"name\")", "the recorded value"),
    ("attribute(\"name\")", "attribute of the labeled object"),
    ("abs(x)", "absolute value"),
    ("min(a, b)", "the smaller one"),
    ("max(a, b)", "the larger one"),
];

/// Functions of the expression language.
pub(super) const GRAMMAR: Grammar = Grammar {
    prefixes: &[],
    dotted: false,
    parameters: None,
    functions: &[
        ("tag", 1..=1),
        ("signal", 1..=1),
        ("attribute", 1..=1),
        ("abs", 1..=1),
        ("min", 2..=2),
        ("max", 2..=2),
    ],
};

/// Fields that all items of a sample have in common.
const OF_SAMPLES: [&str; 7] = ["clip", "channel", "frame", "seconds", "hour", "surprise", "validity"];

/// Fields that need a reference set; without one a signal of that name is meant, as before there were such fields.
pub(super) const OF_REFERENCE: [&str; 2] = ["surprise", "validity"];

/// The same query with the field and the outcomes that had another name earlier under their name of today.
pub(super) fn current(expr: Expr) -> Expr {
    let is_outcome = |expr: &Expr| matches!(expr, Expr::Name(_, name) if name == "outcome");
    let titled = |expr: Expr| {
        let Expr::Text(text) = expr else { return current(expr) };
        let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.id() == text);
        Expr::Text(outcome.map_or(text, |outcome| outcome.title().to_owned()))
    };
    match expr {
        Expr::Name(prefix, name) if name == "answer" => Expr::Name(prefix, "prediction".to_owned()),
        Expr::Unary(operator, inner) => Expr::Unary(operator, Box::new(current(*inner))),
        Expr::Binary(operator, a, b) if is_outcome(&a) => Expr::Binary(operator, a, Box::new(titled(*b))),
        Expr::Binary(operator, a, b) if is_outcome(&b) => Expr::Binary(operator, Box::new(titled(*a)), b),
        Expr::Binary(operator, a, b) => Expr::Binary(operator, Box::new(current(*a)), Box::new(current(*b))),
        Expr::Call(function, args) => Expr::Call(function, args.into_iter().map(current).collect()),
        Expr::Name(..) | Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => expr,
    }
}

/// Every name that is no field: those are signals.
pub(super) fn signals<'a>(expr: &'a Expr, found: &mut BTreeSet<&'a str>) {
    match expr {
        Expr::Name(_, name)
            if OF_REFERENCE.contains(&name.as_str()) || !FIELDS.iter().any(|(field, _)| field == name) =>
        {
            found.insert(name);
        }
        Expr::Call(function, args) if function == "signal" => {
            found.extend(args.iter().filter_map(|arg| {
                let Expr::Text(name) = arg else { return None };
                Some(name.as_str())
            }));
        }
        Expr::Call(_, args) => args.iter().for_each(|arg| signals(arg, found)),
        Expr::Unary(_, inner) => signals(inner, found),
        Expr::Binary(_, a, b) => {
            signals(a, found);
            signals(b, found);
        }
        Expr::Name(..) | Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => {}
    }
}

/// Names and functions that are about an item and not only about its sample.
pub(super) fn of_items<'a>(expr: &'a Expr, found: &mut BTreeSet<&'a str>) {
    match expr {
        Expr::Name(_, name) => {
            let field = FIELDS.iter().any(|(field, _)| field == name);
            found.extend((field && !OF_SAMPLES.contains(&name.as_str())).then_some(name.as_str()));
        }
        Expr::Call(function, args) => {
            found.extend((function == "attribute").then_some(function.as_str()));
            for arg in args {
                of_items(arg, found);
            }
        }
        Expr::Unary(_, inner) => of_items(inner, found),
        Expr::Binary(_, a, b) => {
            of_items(a, found);
            of_items(b, found);
        }
        Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => {}
    }
}
