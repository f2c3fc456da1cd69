//! Claims as expressions: `after.steering >= 0.9 * before.steering and count("person") > 0`.
//!
//! Numbers: `before.NAME`, `expected.NAME`, `after.NAME` (a value, the probability of a class, or the number of
//! objects of a class), `NAME` alone for `after.NAME`, quotes around names with spaces: `after."traffic light"`.
//! Strings: `class` (the most probable one) and `before.class`. Functions: `abs`, `min`, `max`, `sqrt`, `count`,
//! `score` (the best of a class), `holds("same_class")` for another relation with its initial parameters. Operators:
//! `+ - * /`, `< <= > >= == !=`, `and or not`, parentheses. A claim that cannot be judged makes the case a skip.

use crate::base::expression::{Binary, Expr, Grammar, Unary, Value, binary, parse};
use crate::claims::pairs::{Pair, Relation, RelationKind, kind};
use crate::data::cases::case::{OracleSpec, Subject};
use crate::data::cases::verdict::Verdict;
use crate::data::prediction::{Prediction, Task};

/// A claim as an expression that must be true.
pub static KIND: RelationKind = RelationKind {
    id: "expression",
    title: "Expression",
    params: &[],
    about: Task::ALL,
    subject: Subject::None,
    build: |oracle| {
        let text = oracle.expression.clone().ok_or("the claim \"expression\" has no expression")?;
        let expr = parse(&text, GRAMMAR)?;
        Ok(Box::new(Expression { text, expr }))
    },
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

fn eval<'a>(expr: &'a Expr, pair: &Pair<'a>) -> Result<Value<'a>, String> {
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
    functions: &[("abs", 1), ("sqrt", 1), ("min", 2), ("max", 2), ("count", 1), ("score", 1), ("holds", 1)],
};

fn call<'a>(function: &str, args: Vec<Value<'a>>, pair: &Pair<'a>) -> Result<Value<'a>, String> {
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
            let kind = kind(&id).filter(|kind| kind.id != KIND.id);
            let kind = kind.ok_or_else(|| format!("unknown relation {id:?}"))?;
            match (kind.build)(&OracleSpec::new(&id))?.judge(pair) {
                Verdict::Pass => Value::Truth(true),
                Verdict::Fail { .. } => Value::Truth(false),
                Verdict::Skip { why } => return Err(why),
            }
        }
        other => return Err(format!("unknown function {other:?}")),
    })
}

fn best_score(answer: &Prediction, class: &str) -> Result<f64, String> {
    match answer {
        Prediction::Objects { objects } => {
            let scores = objects.iter().filter(|object| object.class == class).map(|object| object.score);
            Ok(f64::from(scores.fold(0.0, f32::max)))
        }
        Prediction::Classes { .. } => Ok(answer.quantity(class).unwrap_or_default()),
        Prediction::Values { .. } | Prediction::Segments { .. } | Prediction::Vector { .. } => {
            Err("values and segments have no score".to_owned())
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

impl Relation for Expression {
    fn judge(&self, pair: &Pair<'_>) -> Verdict {
        match eval(&self.expr, pair).and_then(Value::truth) {
            Ok(true) => Verdict::Pass,
            Ok(false) => {
                let mut words = Vec::new();
                seen(&self.expr, pair, &mut words);
                let values = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
                Verdict::Fail { why: format!("{} is false{values}", self.text) }
            }
            Err(why) => Verdict::Skip { why: format!("{}: {why}", self.text) },
        }
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        if self.judge(pair) == Verdict::Pass { 1.0 } else { 0.0 }
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

    fn judge(text: &str, before: &Prediction, after: &Prediction) -> Result<Verdict, String> {
        let oracle = OracleSpec { expression: Some(text.to_owned()), ..OracleSpec::new("expression") };
        Ok((KIND.build)(&oracle)?.judge(&Pair { before, expected: before, after }))
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
        assert!(problem("sped(1) > 1").contains("no function sped"), "{}", problem("sped(1) > 1"));
        assert!(problem("min(1) > 1").contains("takes 2"), "{}", problem("min(1) > 1"));
        assert!(problem("(speed > 1").contains("not closed"), "{}", problem("(speed > 1"));
        assert!(problem("speed > 1 speed").contains("\"speed\" at 11"), "{}", problem("speed > 1 speed"));
        assert!(problem("after.\"x > 1").contains("quote"), "{}", problem("after.\"x > 1"));
        assert!(matches!(judge("speed + 1", &any, &any), Ok(Verdict::Skip { .. })));
        assert!(problem(&"(".repeat(100_000)).contains("nested"));
    }
}
