//! Claims as expressions: `after.steering >= 0.9 * before.steering and count("person") > 0`.
//!
//! Numbers: `before.NAME`, `expected.NAME`, `after.NAME` (a value, the probability of a class, or the number of
//! objects of a class), `NAME` alone for `after.NAME`, quotes around names with spaces: `after."traffic light"`.
//! Strings: `class` (the most probable one) and `before.class`. Functions: `abs`, `min`, `max`, `sqrt`, `count`,
//! `score` (the best of a class), `holds("same_class")` for another relation with its initial parameters. Operators:
//! `+ - * /`, `< <= > >= == !=`, `and or not`, parentheses. A claim that cannot be judged makes the case a skip.

use crate::base::expression::{Binary, Expr, Grammar, Unary, Value, binary, parse};
use crate::claims::error::ClaimError;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text, kind};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// A claim as an expression that must be true.
pub static KIND: ClaimKind = ClaimKind {
    id: "expression",
    title: "Expression",
    summary: "An expression of one's own about the predictions is true",
    margin: "difference of the two sides where the expression is a single comparison of numbers",
    params: &[],
    about: Task::ALL,
    subject: Subject::None,
    text: Text::Expression,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        let missing = || ClaimError::NoExpression { claim: oracle.claim.clone() };
        let text = oracle.expression.clone().ok_or_else(missing)?;
        let expr = parse(&text, GRAMMAR).map_err(|source| ClaimError::Expression { source })?;
        Ok(Box::new(Expression { text, expr }))
    }),
};

#[derive(Debug)]
struct Expression {
    text: String,
    expr: Expr,
}

fn answer<'a>(pair: &Pair<'a>, which: &str) -> &'a Prediction {
    match which {
        "before" => pair.before,
        "expected" => pair.expected,
        _ => pair.after,
    }
}

fn eval<'a>(expr: &'a Expr, pair: &Pair<'a>) -> Result<Value<'a>, Unjudged> {
    Ok(match expr {
        Expr::Number(number) => Value::Number(*number),
        Expr::Text(text) => Value::Text(text.into()),
        Expr::Truth(truth) => Value::Truth(*truth),
        Expr::Name(which, name) if name == "class" => {
            let best = answer(pair, which).best();
            Value::Text(best.map(|(class, _)| class.into()).ok_or("the prediction has no class")?)
        }
        Expr::Name(which, name) => Value::Number(
            answer(pair, which).quantity(name).ok_or_else(|| format!("the prediction has no {name:?}"))?,
        ),
        Expr::Unary(Unary::Minus, inner) => Value::Number(-eval(inner, pair)?.number()?),
        Expr::Unary(Unary::Not, inner) => Value::Truth(!eval(inner, pair)?.truth()?),
        Expr::Binary(Binary::And, a, b) => Value::Truth(eval(a, pair)?.truth()? && eval(b, pair)?.truth()?),
        Expr::Binary(Binary::Or, a, b) => Value::Truth(eval(a, pair)?.truth()? || eval(b, pair)?.truth()?),
        Expr::Binary(operator, a, b) => binary(*operator, eval(a, pair)?, eval(b, pair)?)?,
        Expr::Call(function, args) => {
            let args = args.iter().map(|arg| eval(arg, pair)).collect::<Result<Vec<_>, _>>()?;
            call(function, args, pair)?
        }
    })
}

/// Names of the three predictions, and the functions.
const GRAMMAR: Grammar = Grammar {
    prefixes: &["before", "expected", "after"],
    dotted: false,
    parameters: None,
    functions: &[
        ("abs", 1..=1),
        ("sqrt", 1..=1),
        ("min", 2..=2),
        ("max", 2..=2),
        ("count", 1..=1),
        ("score", 1..=1),
        ("holds", 1..=1),
    ],
};

fn call<'a>(function: &str, args: Vec<Value<'a>>, pair: &Pair<'a>) -> Result<Value<'a>, Unjudged> {
    let mut args = args.into_iter();
    // The parser has counted the arguments.
    let mut next = || args.next().ok_or_else(|| format!("{function} needs another argument"));
    Ok(match function {
        "abs" => Value::Number(next()?.number()?.abs()),
        "sqrt" => Value::Number(next()?.number()?.max(0.0).sqrt()),
        "min" => Value::Number(next()?.number()?.min(next()?.number()?)),
        "max" => Value::Number(next()?.number()?.max(next()?.number()?)),
        "count" => {
            let class = next()?.text()?;
            Value::Number(pair.after.quantity(&class).ok_or("the prediction has no objects to count")?)
        }
        "score" => {
            let class = next()?.text()?;
            Value::Number(best_score(pair.after, &class)?)
        }
        "holds" => {
            let id = next()?.text()?;
            // An expression within an expression has no text.
            let Some(Judge::Pair(build)) =
                kind(&id).filter(|kind| kind.text == Text::None).map(|kind| kind.judge)
            else {
                return Err(format!("there is no claim {id:?} that compares two predictions").into());
            };
            let claim = build(&ClaimSpec::new(&id)).map_err(|err| err.to_string())?;
            Value::Truth(claim.judge(pair)?.verdict == Verdict::Pass)
        }
        other => return Err(format!("unknown function {other:?}").into()),
    })
}

fn best_score(answer: &Prediction, class: &str) -> Result<f64, Unjudged> {
    match answer {
        Prediction::Objects { objects } => {
            let scores = objects.iter().filter(|object| object.class == class).map(|object| object.score);
            Ok(f64::from(scores.fold(0.0, f32::max)))
        }
        Prediction::Classes { .. } => Ok(answer.quantity(class).unwrap_or_default()),
        Prediction::Values { .. } | Prediction::Segments { .. } | Prediction::Vector { .. } => {
            Err("values and segments have no score".into())
        }
    }
}

/// Every number of the predictions in the expression, for display.
fn seen(expr: &Expr, pair: &Pair<'_>, words: &mut Vec<String>) {
    match expr {
        Expr::Name(which, name) => {
            let prefix = match *which {
                "" | "after" => String::new(),
                which => format!("{which}."),
            };
            let value = match eval(expr, pair) {
                Ok(Value::Number(number)) => format!("{number:.3}"),
                Ok(Value::Text(text)) => text.into_owned(),
                Ok(Value::Truth(truth)) => truth.to_string(),
                Err(_) => return,
            };
            let word = format!("{prefix}{name} is {value}");
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Expr::Unary(_, inner) => seen(inner, pair, words),
        Expr::Binary(_, a, b) => {
            seen(a, pair, words);
            seen(b, pair, words);
        }
        Expr::Call(function, args) => {
            if let (Ok(Value::Number(number)), [Expr::Text(name)]) = (eval(expr, pair), args.as_slice()) {
                words.push(format!("{function}({name:?}) is {number:.3}"));
            }
            for arg in args {
                seen(arg, pair, words);
            }
        }
        Expr::Number(_) | Expr::Text(_) | Expr::Truth(_) => {}
    }
}

/// Difference of both sides of a comparison of numbers, above 0 where it is true; not a number for anything else.
fn margin(expr: &Expr, pair: &Pair<'_>) -> f64 {
    let Expr::Binary(operator, a, b) = expr else { return f64::NAN };
    let number = |side| eval(side, pair).ok().and_then(|value| value.number().ok()).unwrap_or(f64::NAN);
    let (a, b) = (number(a), number(b));
    match operator {
        Binary::Less | Binary::AtMost => b - a,
        Binary::Greater | Binary::AtLeast => a - b,
        Binary::Equal => -(a - b).abs(),
        Binary::Unequal => (a - b).abs(),
        Binary::Or | Binary::And | Binary::Plus | Binary::Minus | Binary::Times | Binary::Over => f64::NAN,
    }
}

impl PairClaim for Expression {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let truth = eval(&self.expr, pair).and_then(|value| Ok(value.truth()?));
        let truth = truth.map_err(|Unjudged(why)| format!("{}: {why}", self.text))?;
        let margin = margin(&self.expr, pair);
        // Numbers that are the same but for rounding are on the bound.
        if truth {
            return Ok(Judgment::pass(if margin < 0.0 { 0.0 } else { margin }));
        }
        let mut words = Vec::new();
        seen(&self.expr, pair, &mut words);
        let values = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
        let margin = if margin > 0.0 { 0.0 } else { margin };
        Ok(Judgment::fail(margin, format!("{} is false{values}", self.text)))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        if self.judge(pair).is_ok_and(|judgment| judgment.verdict == Verdict::Pass) { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::prediction::{ClassScore, NamedValue};

    fn values(steering: f32, speed: f32) -> Prediction {
        let named = |name: &str, value| NamedValue {
            name: name.to_owned(),
            value,
            unit: String::new(),
            lateral: false,
        };
        Prediction::Values { values: vec![named("steering", steering), named("speed", speed)] }
    }

    fn judged(text: &str, before: &Prediction, after: &Prediction) -> Result<Judgment, String> {
        let oracle = ClaimSpec { expression: Some(text.to_owned()), ..ClaimSpec::new("expression") };
        let Judge::Pair(build) = KIND.judge else { panic!("it compares") };
        let claim = build(&oracle).map_err(|err| err.to_string())?;
        Ok(claim.judge(&Pair { before, expected: before, after }).into())
    }

    fn judge(text: &str, before: &Prediction, after: &Prediction) -> Result<Verdict, String> {
        judged(text, before, after).map(|judgment| judgment.verdict)
    }

    #[test]
    fn a_single_comparison_has_a_margin() {
        let (before, after) = (values(0.5, 10.0), values(0.5, 8.0));
        let check = |text: &str, margin: Option<f64>| {
            assert_eq!(judged(text, &before, &after).unwrap().margin, margin, "{text}");
        };
        check("speed >= 0.5 * before.speed", Some(3.0));
        check("speed > before.speed", Some(-2.0));
        check("before.speed <= speed", Some(-2.0));
        check("speed < before.speed", Some(2.0));
        check("speed == before.speed", Some(-2.0));
        check("speed != before.speed", Some(2.0));
        check("speed >= 8", Some(0.0));
        // The sum is a little more than 0.3, the comparison does not mind.
        check("0.1 + 0.2 <= 0.3", Some(0.0));
        check("speed > 1 and steering > 0", None);
        check("not speed > 1", None);
        check("brake > 1", None);
    }

    #[test]
    fn numbers_and_relations_can_be_claimed() {
        let (before, after) = (values(0.5, 10.0), values(0.46, 9.5));
        let holds = |text: &str| assert_eq!(judge(text, &before, &after), Ok(Verdict::Pass), "{text}");
        holds("after.steering >= 0.9 * before.steering");
        holds("abs(steering - before.steering) < 0.05 and speed <= before.speed");
        holds("not (speed > 20 or steering == 0)");
        holds("holds(\"close_values\") or speed / 2 > 1");
        holds("-1 + 2 * 3 == 5 and max(1, 2) - min(1, 2) == 1 and sqrt(4) == 2");
        holds("0.1 + 0.2 <= 0.3");
        let verdict = judge("speed > before.speed", &before, &after).unwrap();
        assert_eq!(verdict.why(), "speed > before.speed is false: speed is 9.500, before.speed is 10.000");
        assert_eq!(
            judge("speed > 5 and speed != 5", &before, &values(0.0, f32::INFINITY)),
            Ok(Verdict::Pass)
        );
        assert!(matches!(judge("brake > 1", &before, &after), Ok(Verdict::Skip { .. })));
        assert!(matches!(judge("speed / 0 > 1", &before, &after), Ok(Verdict::Skip { .. })));
    }

    #[test]
    fn classes_can_be_claimed() {
        let class = |name: &str, score| Prediction::Classes {
            top: vec![ClassScore { class: name.to_owned(), score }],
        };
        let (before, after) = (class("traffic light", 0.9), class("traffic light", 0.7));
        let text = "class == before.class and after.\"traffic light\" > 0.5";
        assert_eq!(judge(text, &before, &after), Ok(Verdict::Pass));
        assert!(judge("class == \"dog\"", &before, &after).unwrap().failed());
    }

    #[test]
    fn mistakes_are_pointed_at() {
        let any = values(0.0, 0.0);
        let problem = |text: &str| judge(text, &any, &any).unwrap_err();
        assert!(problem("speed >").contains("ends where a value is expected"), "{}", problem("speed >"));
        assert!(problem("spee$d > 1").contains("'$'"), "{}", problem("spee$d > 1"));
        assert!(problem("sped(1) > 1").contains("unknown function \"sped\""), "{}", problem("sped(1) > 1"));
        assert!(problem("min(1) > 1").contains("expected 2"), "{}", problem("min(1) > 1"));
        assert!(problem("(speed > 1").contains("unclosed"), "{}", problem("(speed > 1"));
        assert!(problem("speed > 1 speed").contains("\"speed\" at 11"), "{}", problem("speed > 1 speed"));
        assert!(problem("after.\"x > 1").contains("quote"), "{}", problem("after.\"x > 1"));
        assert!(matches!(judge("speed + 1", &any, &any), Ok(Verdict::Skip { .. })));
        assert!(problem(&"(".repeat(100_000)).contains("nested"));
    }
}
