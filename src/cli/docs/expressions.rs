//! The page of the language of expressions: claims, filters of an evaluation, tags of cases.

use crate::base::temporal::grammar::FUNCTIONS as OVER_TIME_FUNCTIONS;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::evaluation::fields::{FIELDS, FUNCTIONS};

pub(super) static PAGE: Page = Page { name: "expressions", title: "Expressions", body };

const GRAMMAR: &str = "\
One small language serves claims (`claim = \"expression\"`) and questions about an evaluation (`--by`, `--list`, the filter of the \
window). Numbers, texts in double quotes, `true`, `false`, names, function calls and parentheses; operators from weak to strong:

| operators | meaning |
|---|---|
| `or` | either |
| `and` | both |
| `not` | the opposite |
| `<` `<=` `>` `>=` `==` `!=` | comparison; numbers that differ by rounding alone are equal |
| `+` `-` | sum, difference |
| `*` `/` | product, quotient; dividing by zero cannot be judged |
| `-x` | negative |

```text
expression = operand { operator operand }
operand    = number | \"text\" | true | false | name | function \"(\" [ expression { \",\" expression } ] \")\"
           | \"-\" operand | \"not\" operand | \"(\" expression \")\"
name       = word | prefix \".\" word | prefix \".\" \"text\"
```";

const CLAIMS: &str = "\
`after.steering >= 0.9 * before.steering and count(\"person\") > 0`

Names are values of a prediction: a value by its name, the probability of a class, or the number of objects of a class. `before.NAME` \
is the prediction without the transform, `expected.NAME` what the transforms promise, `after.NAME` or `NAME` alone the prediction with \
the transform. Names with spaces stand in quotes: `after.\"traffic light\"`. `class` is the most probable class. What cannot be judged \
makes the case a skip.";

/// Functions of claims, with their meaning.
const CLAIM_FUNCTIONS: &[(&str, &str)] = &[
    ("abs(x)", "absolute value"),
    ("sqrt(x)", "square root; of a negative number 0"),
    ("min(a, b)", "the smaller one"),
    ("max(a, b)", "the larger one"),
    ("count(\"class\")", "objects of the class after the transform"),
    ("score(\"class\")", "best score of the class after the transform"),
    ("holds(\"same_class\")", "another claim, with its usual parameters"),
];

const OVER_TIME: &str = "\
`always(objects.ttc > 1.5)`, `then(vehicle.brake > 0.3, ego.speed < 1, 5)`

A case over time claims a formula about a stretch of a recording (`claim = \"over_time\"`). Names are recorded signals, derived ones among \
them: the whole name, with `.` for `/` too, or its end where only one signal ends so. Durations are seconds from the moment on. The \
margin is the robustness of signal temporal logic (Donzé and Maler 2010): for `a < b` it is `b - a`, `always` takes the least and \
`eventually` the greatest in its window. What is not recorded makes the case a skip.";

const TAGS: &str = "\
`hardcase test --include`, `--exclude` and `--critical` take a tag or a combination of tags in words of their own: \
`critical AND NOT slow`, with `AND`, `OR`, `NOT` and parentheses.";

fn body() -> String {
    let rows = |list: &[(&str, &str)]| {
        list.iter().map(|(name, meaning)| vec![code(name), (*meaning).to_owned()]).collect::<Vec<_>>()
    };
    format!(
        "{GRAMMAR}\n\n## In claims\n\n{CLAIMS}\n\n{}\n## In questions about an evaluation\n\n`class == \"person\" and score < 0.5 and not \
         tag(\"night\")`\n\nEvery prediction and every missed object is an item. A name that is none of these is a recorded signal.\n\n{}\n{}\n\
         ## Over time\n\n{OVER_TIME}\n\n{}\n\
         ## Tags of cases\n\n{TAGS}\n",
        table(&["function", "meaning"], rows(CLAIM_FUNCTIONS)),
        table(&["name", "meaning"], rows(FIELDS)),
        table(&["function", "meaning"], rows(FUNCTIONS)),
        table(&["function", "meaning"], rows(OVER_TIME_FUNCTIONS)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::spec::build;
    use crate::data::cases::case::ClaimSpec;

    #[test]
    fn functions_of_claims_are_those_that_can_be_called() {
        let oracle =
            ClaimSpec { expression: Some("none_such(1)".to_owned()), ..ClaimSpec::new("expression") };
        let Err(problem) = build(&oracle) else { panic!("it is no function") };
        let problem = problem.to_string();
        let known: Vec<&str> = problem.rsplit("expected one of ").next().unwrap().split(", ").collect();
        let told: Vec<&str> =
            CLAIM_FUNCTIONS.iter().map(|(call, _)| call.split('(').next().unwrap()).collect();
        assert_eq!(told, known);
    }
}
