//! From the tree of an expression to the tree with types.

use crate::base::expression::{Binary, Expr, LEFT_OUT, Unary, place_of};
use crate::base::nearest::hint;
use crate::base::time::Span;
use crate::tracks::criticality::metric::Metric;
use crate::tracks::questions::error::QuestionError;
use crate::tracks::questions::tree::{
    Comparison, Id, Number, NumberKind, Property, Relation, RelationKind, Selector, Side, Single, Truth,
    TruthKind, Who,
};
use crate::tracks::questions::words::{NAMES, PREFIXES, PROPERTIES, function};

type Typed<T> = Result<T, QuestionError>;

/// Gives types to the parts of one question.
pub(super) struct Typing<'a> {
    text: &'a str,
    next: Id,
}

impl<'a> Typing<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, next: 0 }
    }

    fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    fn truth_of(&mut self, kind: TruthKind) -> Truth {
        Truth { id: self.id(), kind }
    }

    fn number_of(&mut self, kind: NumberKind) -> Number {
        Number { id: self.id(), kind }
    }

    fn place(&self, word: &str) -> usize {
        place_of(self.text, word).unwrap_or(1)
    }

    /// A part that is of another type.
    fn wrong(&self, expr: &Expr, expected: &'static str) -> QuestionError {
        let (word, found) = match expr {
            Expr::Text(text) => (text.as_str(), "a string"),
            Expr::Name(_, name) if !is_property(name) => (name.as_str(), "a name"),
            Expr::Name(_, name) => (name.as_str(), "a number"),
            Expr::Unary(Unary::Not, _) => ("not", "true or false"),
            Expr::Number(_)
            | Expr::Unary(Unary::Minus, _)
            | Expr::Binary(Binary::Plus | Binary::Minus | Binary::Times | Binary::Over, ..) => {
                ("", "a number")
            }
            Expr::Truth(_) | Expr::Binary(..) => ("", "true or false"),
            Expr::Call(name, _) => {
                (split(name).1, if is_number(split(name).1) { "a number" } else { "true or false" })
            }
        };
        // A part without a word of its own stands where its first word does.
        let first = expr.to_string();
        let first = first.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty());
        let word = if word.is_empty() { first.unwrap_or_default() } else { word };
        QuestionError::Kind { part: expr.to_string(), place: self.place(word), expected, found }
    }

    fn argument(&self, name: &str, expected: &'static str, found: &Expr) -> QuestionError {
        let (name, place) = (name.to_owned(), self.place(name));
        QuestionError::Argument { name, place, expected, found: found.to_string() }
    }

    /// A truth.
    pub(super) fn truth(&mut self, expr: &Expr) -> Typed<Truth> {
        let kind = match expr {
            Expr::Truth(value) => TruthKind::Constant(*value),
            Expr::Unary(Unary::Not, inner) => TruthKind::Not(self.boxed(inner)?),
            Expr::Binary(Binary::And, a, b) => TruthKind::And(self.boxed(a)?, self.boxed(b)?),
            Expr::Binary(Binary::Or, a, b) => TruthKind::Or(self.boxed(a)?, self.boxed(b)?),
            Expr::Binary(
                operator @ (Binary::Less
                | Binary::AtMost
                | Binary::Greater
                | Binary::AtLeast
                | Binary::Equal
                | Binary::Unequal),
                a,
                b,
            ) => TruthKind::Compare(Comparison {
                operator: *operator,
                label: a.to_string().replace('"', ""),
                a: self.number(a)?,
                b: self.number(b)?,
            }),
            Expr::Call(name, args) => {
                let (who, name) = split(name);
                return self.call(expr, who, name, args);
            }
            Expr::Name(prefix, name) if !is_property(name) => return Err(self.unknown(prefix, name, expr)),
            Expr::Name(..)
            | Expr::Number(_)
            | Expr::Text(_)
            | Expr::Unary(Unary::Minus, _)
            | Expr::Binary(Binary::Plus | Binary::Minus | Binary::Times | Binary::Over, ..) => {
                return Err(self.wrong(expr, "something true or false"));
            }
        };
        Ok(self.truth_of(kind))
    }

    fn boxed(&mut self, expr: &Expr) -> Typed<Box<Truth>> {
        self.truth(expr).map(Box::new)
    }

    fn unknown(&self, prefix: &str, name: &str, expr: &Expr) -> QuestionError {
        let all = PROPERTIES.iter().map(|(name, _)| *name);
        let named = NAMES.iter().map(|(name, _)| *name).filter(|_| prefix.is_empty());
        if function(name).is_some() {
            let hint = format!(", which is a function: write {name}(…)");
            return QuestionError::UnknownName { name: name.to_owned(), place: self.place(name), hint };
        }
        if NAMES.iter().any(|(known, _)| *known == name) {
            return self.wrong(expr, "something true or false");
        }
        QuestionError::UnknownName {
            name: name.to_owned(),
            place: self.place(name),
            hint: hint(name, all.chain(named)),
        }
    }

    /// A call that is true or false.
    fn call(&mut self, expr: &Expr, who: Who, name: &str, args: &[Expr]) -> Typed<Truth> {
        if function(name).is_some_and(|word| word.map) {
            return Err(QuestionError::NeedsMap { name: name.to_owned(), place: self.place(name) });
        }
        let secs = |typing: &Self, at: usize| typing.secs(name, args.get(at));
        let kind = match (name, args) {
            ("tag", [name]) => TruthKind::Tag(self.text_of("tag", name)?),
            ("finder", [id]) => TruthKind::Finder(self.text_of("finder", id)?),
            ("for", [p, _]) => {
                let least = secs(self, 1)?.unwrap_or_default();
                TruthKind::For(self.boxed(p)?, least)
            }
            ("then", [p, q, ..]) => TruthKind::Then(self.boxed(p)?, self.boxed(q)?, secs(self, 2)?),
            ("before", [p, q, ..]) => TruthKind::Before(self.boxed(p)?, self.boxed(q)?, secs(self, 2)?),
            ("rises", [p]) => TruthKind::Rises(self.boxed(p)?),
            ("falls", [p]) => TruthKind::Falls(self.boxed(p)?),
            ("any", [p]) => TruthKind::Any(self.boxed(p)?),
            ("all", [p]) => TruthKind::All(self.boxed(p)?),
            ("reverse", [relation, of @ ..]) => {
                let Expr::Call(inner, inner_args) = relation else {
                    return Err(self.argument(name, "a relation such as near(b)", relation));
                };
                let (_, inner) = split(inner);
                let Some(relation) = self.relation(inner, inner_args)? else {
                    return Err(self.argument(name, "a relation such as near(b)", relation));
                };
                let of = of.first().map_or(Ok(Selector::Anything), |of| self.selector(name, of))?;
                TruthKind::Reverse(who, relation, of)
            }
            _ if is_number(name) => return Err(self.wrong(expr, "something true or false")),
            _ => match self.relation(name, args)? {
                Some(relation) => TruthKind::Related(who, relation),
                None => TruthKind::Single(who, self.single(name, args)?),
            },
        };
        Ok(self.truth_of(kind))
    }

    fn single(&self, name: &str, args: &[Expr]) -> Typed<Single> {
        let number = |typing: &Self, at: usize, usual: f64| typing.constant(name, args.get(at), usual);
        Ok(match (name, args) {
            ("class", [class]) => Single::Class(self.text_of(name, class)?),
            ("source", [channel]) => Single::Source(self.text_of(name, channel)?),
            ("moving", _) => Single::Moving(number(self, 0, 0.5)?),
            ("stationary", _) => Single::Stationary(number(self, 0, 3.0)?),
            ("turning", _) => {
                let side = args.first().filter(|side| !is_left_out(side)).map(|side| self.side(name, side));
                let side = side.transpose()?;
                if matches!(side, Some(Side::Front | Side::Back)) {
                    return Err(self.argument(name, "left or right", &args[0]));
                }
                Single::Turning(side, number(self, 1, 45.0)?, number(self, 2, 15.0)?)
            }
            ("u_turn", _) => Single::UTurn(number(self, 0, 150.0)?),
            ("hard_brake", _) => Single::HardBrake(number(self, 0, 4.05)?),
            ("reversing", _) => Single::Reversing(number(self, 0, 0.5)?),
            // The parser knows no others.
            _ => {
                let (name, place) = (name.to_owned(), self.place(name));
                return Err(QuestionError::UnknownName { name, place, hint: String::new() });
            }
        })
    }

    /// The relation of a call; none if the function is no relation.
    fn relation(&mut self, name: &str, args: &[Expr]) -> Typed<Option<Relation>> {
        let number = |at: usize, usual: f64| self.constant(name, args.get(at), usual);
        let mut least = 1.0;
        let mut beside = |name: &str, side| -> Typed<RelationKind> {
            least = number(3, 1.0)?;
            let (within, lateral) = (number(1, 50.0)?, number(2, f64::INFINITY)?);
            let has = name.starts_with("has_");
            Ok(if has {
                RelationKind::Has(side, within, lateral)
            } else {
                RelationKind::Is(side, within, lateral)
            })
        };
        let kind = match name {
            "in_front_of" | "has_ahead" => beside(name, Side::Front)?,
            "behind" | "has_behind" => beside(name, Side::Back)?,
            "left_of" | "has_left" => beside(name, Side::Left)?,
            "right_of" | "has_right" => beside(name, Side::Right)?,
            "near" => {
                least = number(2, 1.0)?;
                RelationKind::Near(number(1, 10.0)?)
            }
            "facing" => RelationKind::Facing(number(1, 22.5)?, number(2, 50.0)?),
            "heading_toward" => RelationKind::HeadingToward {
                angle: number(1, 22.5)?,
                speed: number(2, 0.5)?,
                within: number(3, f64::INFINITY)?,
            },
            "same_way" => RelationKind::SameWay,
            "oncoming" => RelationKind::Oncoming,
            "crossing" => RelationKind::Crossing,
            "following" => RelationKind::Following(number(1, 25.0)?),
            "crossed_by" => {
                let side = args.get(1).filter(|side| !is_left_out(side)).map(|side| self.side(name, side));
                let side = side.transpose()?.unwrap_or(Side::Front);
                RelationKind::CrossedBy { side, within: number(2, 10.0)?, aside: number(3, 5.0)? }
            }
            "overtaking" => RelationKind::Overtaking(number(1, 5.0)?),
            "cut_in" => RelationKind::CutIn,
            "cut_out" => RelationKind::CutOut,
            "occluded_by" => RelationKind::OccludedBy(number(1, 0.5)?),
            _ => return Ok(None),
        };
        if !(1.0..=1e6).contains(&least) || least.fract() != 0.0 {
            let found = Expr::Number(least);
            return Err(self.argument(name, "a whole number of others from 1 on as n", &found));
        }
        let others = args.first().map_or(Ok(Selector::Anything), |of| self.selector(name, of))?;
        Ok(Some(Relation { id: self.id(), kind, others, least: least as usize }))
    }

    fn selector(&mut self, name: &str, expr: &Expr) -> Typed<Selector> {
        match expr {
            Expr::Name("", word) if word == "ego" => Ok(Selector::Ego),
            Expr::Name("", word) if word == "other" || word == LEFT_OUT => Ok(Selector::Anything),
            Expr::Text(class) => Ok(Selector::Class(class.clone())),
            Expr::Name(..) | Expr::Number(_) => {
                Err(self.argument(name, "ego, other, a class in quotes or a question about the other", expr))
            }
            Expr::Truth(_) | Expr::Unary(..) | Expr::Binary(..) | Expr::Call(..) => {
                self.boxed(expr).map(Selector::Where)
            }
        }
    }

    fn side(&self, name: &str, expr: &Expr) -> Typed<Side> {
        let named = if let Expr::Name("", word) | Expr::Text(word) = expr { word.as_str() } else { "" };
        Ok(match named {
            "front" | "forward" => Side::Front,
            "back" | "backward" => Side::Back,
            "left" => Side::Left,
            "right" => Side::Right,
            _ => return Err(self.argument(name, "front, back, left or right", expr)),
        })
    }

    fn text_of(&self, name: &str, expr: &Expr) -> Typed<String> {
        if let Expr::Text(text) = expr {
            return Ok(text.clone());
        }
        Err(self.argument(name, "a name in quotes", expr))
    }

    fn constant(&self, name: &str, expr: Option<&Expr>, usual: f64) -> Typed<f64> {
        match expr {
            None => Ok(usual),
            Some(left_out) if is_left_out(left_out) => Ok(usual),
            Some(Expr::Number(number)) => Ok(*number),
            Some(other) => Err(self.argument(name, "constant numbers from 0 on", other)),
        }
    }

    fn secs(&self, name: &str, expr: Option<&Expr>) -> Typed<Option<Span>> {
        if expr.is_none() {
            Ok(None)
        } else {
            let secs = self.constant(name, expr, 0.0)?;
            if secs > 1e9 {
                return Err(self.argument(name, "durations of at most 1e9 s", &Expr::Number(secs)));
            }
            Ok(Some(Span::from_secs(secs)))
        }
    }

    /// A number.
    fn number(&mut self, expr: &Expr) -> Typed<Number> {
        let kind = match expr {
            Expr::Number(number) => NumberKind::Constant(*number),
            Expr::Unary(Unary::Minus, inner) => NumberKind::Change(|x| -x, Box::new(self.number(inner)?)),
            Expr::Binary(Binary::Plus, a, b) => self.join(|a, b| a + b, a, b)?,
            Expr::Binary(Binary::Minus, a, b) => self.join(|a, b| a - b, a, b)?,
            Expr::Binary(Binary::Times, a, b) => self.join(|a, b| a * b, a, b)?,
            Expr::Binary(Binary::Over, a, b) => {
                self.join(|a, b| if b == 0.0 { f64::NAN } else { a / b }, a, b)?
            }
            Expr::Name(prefix, name) => match Property::named(name) {
                Some(property) => NumberKind::Property(who(prefix), property),
                None if PREFIXES.contains(&name.as_str()) => {
                    return Err(self.wrong(expr, "a number, such as ego.speed"));
                }
                None => return Err(self.unknown(prefix, name, expr)),
            },
            Expr::Call(name, args) => {
                let (who, name) = split(name);
                return self.number_call(expr, who, name, args);
            }
            Expr::Text(_) | Expr::Truth(_) | Expr::Unary(Unary::Not, _) | Expr::Binary(..) => {
                return Err(self.wrong(expr, "a number"));
            }
        };
        Ok(self.number_of(kind))
    }

    fn join(&mut self, join: fn(f64, f64) -> f64, a: &Expr, b: &Expr) -> Typed<NumberKind> {
        Ok(NumberKind::Join(join, Box::new(self.number(a)?), Box::new(self.number(b)?)))
    }

    fn number_call(&mut self, expr: &Expr, who: Who, name: &str, args: &[Expr]) -> Typed<Number> {
        let kind = match (name, args) {
            ("signal", [name]) => NumberKind::Signal(self.text_of("signal", name)?),
            ("abs", [x]) => NumberKind::Change(f64::abs, Box::new(self.number(x)?)),
            ("sqrt", [x]) => NumberKind::Change(f64::sqrt, Box::new(self.number(x)?)),
            ("min", [a, b]) => self.join(|a, b| if a < b || a.is_nan() { a } else { b }, a, b)?,
            ("max", [a, b]) => self.join(|a, b| if a > b || a.is_nan() { a } else { b }, a, b)?,
            ("count", [p]) => NumberKind::Count(self.boxed(p)?),
            ("times", [p, ..]) => {
                let span = self.secs(name, args.get(1))?;
                NumberKind::Times(self.boxed(p)?, span)
            }
            (_, [b]) => match metric(name) {
                Some(metric) => NumberKind::Metric(who, metric, self.selector(name, b)?),
                None => return Err(self.wrong(expr, "a number")),
            },
            _ => return Err(self.wrong(expr, "a number")),
        };
        Ok(self.number_of(kind))
    }
}

/// The metric of a function: `ttc` is that of boxes in the plane.
fn metric(name: &str) -> Option<Metric> {
    if name == "ttc" { Some(Metric::Ttc2d) } else { Metric::by_id(name).filter(|_| function(name).is_some()) }
}

fn is_number(name: &str) -> bool {
    matches!(name, "signal" | "abs" | "sqrt" | "min" | "max" | "count" | "times") || metric(name).is_some()
}

fn is_property(name: &str) -> bool {
    Property::named(name).is_some()
}

fn is_left_out(expr: &Expr) -> bool {
    matches!(expr, Expr::Name("", name) if name == LEFT_OUT)
}

fn who(prefix: &str) -> Who {
    match prefix {
        "ego" => Who::Ego,
        "track" => Who::Track,
        _ => Who::Subject,
    }
}

/// Subject and name of a function.
fn split(name: &str) -> (Who, &str) {
    match name.split_once('.') {
        Some((prefix, name)) => (who(prefix), name),
        None => (Who::Subject, name),
    }
}
