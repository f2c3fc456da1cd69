//! Claims in words of one's own: `after.steering >= 0.9 * before.steering and count("person") > 0`.
//!
//! Numbers: `before.NAME`, `expected.NAME`, `after.NAME` (a value, the probability of a class, or how many
//! objects of a class), `NAME` alone for `after.NAME`, quotes around names with spaces: `after."traffic light"`.
//! Texts: `class` (the most probable one) and `before.class`. Functions: `abs`, `min`, `max`, `sqrt`, `count`,
//! `score` (the best of a class), `holds("same_class")` for another relation with its usual values. Operators:
//! `+ - * /`, `< <= > >= == !=`, `and or not`, parentheses. What cannot be judged makes the case a skip.

use crate::data::case::{OracleSpec, Subject};
use crate::data::prediction::{Prediction, Task};
use crate::data::verdict::Verdict;
use crate::relations::{Pair, Relation, RelationKind, kind};

mod parse;

use parse::{Binary, Expr, Unary, Which};

/// A claim as an expression that must be true.
pub static KIND: RelationKind = RelationKind {
    id: "expression",
    title: "Expression",
    params: &[],
    about: Task::ALL,
    subject: Subject::None,
    build: |oracle| {
        let text = oracle.expression.clone().ok_or("the claim \"expression\" has no expression")?;
        let expr = parse::parse(&text)?;
        Ok(Box::new(Expression { text, expr }))
    },
};

#[derive(Debug)]
struct Expression {
    text: String,
    expr: Expr,
}

/// What a part of an expression comes to.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(f64),
    Truth(bool),
    Text(String),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Truth(_) => "true or false",
            Self::Text(_) => "a text",
        }
    }

    fn number(self) -> Result<f64, String> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Truth(_) | Self::Text(_) => Err(format!("{} stands where a number is needed", self.kind())),
        }
    }

    fn truth(self) -> Result<bool, String> {
        match self {
            Self::Truth(truth) => Ok(truth),
            Self::Number(_) | Self::Text(_) => {
                Err(format!("{} stands where true or false is needed", self.kind()))
            }
        }
    }

    fn text(self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(_) | Self::Truth(_) => {
                Err(format!("{} stands where a name in quotes is needed", self.kind()))
            }
        }
    }
}

fn answer<'a>(pair: &Pair<'a>, which: Which) -> &'a Prediction {
    match which {
        Which::Before => pair.before,
        Which::Expected => pair.expected,
        Which::After => pair.after,
    }
}

fn eval(expr: &Expr, pair: &Pair<'_>) -> Result<Value, String> {
    Ok(match expr {
        Expr::Number(number) => Value::Number(*number),
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::Truth(truth) => Value::Truth(*truth),
        Expr::Name(which, name) if name == "class" => {
            let best = answer(pair, *which).best();
            Value::Text(best.map(|(class, _)| class.to_owned()).ok_or("the model gave no class")?)
        }
        Expr::Name(which, name) => Value::Number(
            answer(pair, *which).quantity(name).ok_or_else(|| format!("the model gives no {name:?}"))?,
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

fn binary(operator: Binary, a: Value, b: Value) -> Result<Value, String> {
    if let (Binary::Equal | Binary::Unequal, Value::Text(a), Value::Text(b)) = (operator, &a, &b) {
        return Ok(Value::Truth((a == b) == (operator == Binary::Equal)));
    }
    let (a, b) = (a.number()?, b.number()?);
    // Numbers of a model that are the same but for rounding are the same.
    let same = (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0);
    Ok(match operator {
        Binary::Plus => Value::Number(a + b),
        Binary::Minus => Value::Number(a - b),
        Binary::Times => Value::Number(a * b),
        Binary::Over if b == 0.0 => return Err("it divides by zero".to_owned()),
        Binary::Over => Value::Number(a / b),
        Binary::Less => Value::Truth(a < b && !same),
        Binary::AtMost => Value::Truth(a < b || same),
        Binary::Greater => Value::Truth(a > b && !same),
        Binary::AtLeast => Value::Truth(a > b || same),
        Binary::Equal => Value::Truth(same),
        Binary::Unequal => Value::Truth(!same),
        Binary::And | Binary::Or => return Err("and, or stand between true or false".to_owned()),
    })
}

/// The functions with how many arguments they take.
const FUNCTIONS: &[(&str, usize)] =
    &[("abs", 1), ("sqrt", 1), ("min", 2), ("max", 2), ("count", 1), ("score", 1), ("holds", 1)];

fn call(function: &str, args: Vec<Value>, pair: &Pair<'_>) -> Result<Value, String> {
    let mut args = args.into_iter();
    // The parser has counted them.
    let mut next = || args.next().ok_or_else(|| format!("{function} needs another argument"));
    Ok(match function {
        "abs" => Value::Number(next()?.number()?.abs()),
        "sqrt" => Value::Number(next()?.number()?.max(0.0).sqrt()),
        "min" => Value::Number(next()?.number()?.min(next()?.number()?)),
        "max" => Value::Number(next()?.number()?.max(next()?.number()?)),
        "count" => {
            let class = next()?.text()?;
            Value::Number(pair.after.quantity(&class).ok_or("the model finds no objects to count")?)
        }
        "score" => {
            let class = next()?.text()?;
            Value::Number(best_score(pair.after, &class)?)
        }
        "holds" => {
            let id = next()?.text()?;
            let kind = kind(&id).filter(|kind| kind.id != KIND.id);
            let kind = kind.ok_or_else(|| format!("there is no relation {id:?} to ask"))?;
            match (kind.build)(&OracleSpec::new(&id))?.judge(pair) {
                Verdict::Pass => Value::Truth(true),
                Verdict::Fail { .. } => Value::Truth(false),
                Verdict::Skip { why } => return Err(why),
            }
        }
        other => return Err(format!("there is no function {other}")),
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
            Err("numbers and areas have no score".to_owned())
        }
    }
}

/// Every number of the answers that the expression speaks of, for people.
fn seen(expr: &Expr, pair: &Pair<'_>, words: &mut Vec<String>) {
    match expr {
        Expr::Name(which, name) => {
            let prefix = match which {
                Which::Before => "before.",
                Which::Expected => "expected.",
                Which::After => "",
            };
            let value = match eval(expr, pair) {
                Ok(Value::Number(number)) => format!("{number:.3}"),
                Ok(Value::Text(text)) => text,
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
                Verdict::Fail { why: format!("{} is not so{values}", self.text) }
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
        assert_eq!(verdict.why(), "speed > before.speed is not so: speed is 9.500, before.speed is 10.000");
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
        assert!(problem("speed >").contains("ends where a value should be"), "{}", problem("speed >"));
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
