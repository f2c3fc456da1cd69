//! Expressions written out again, with no more parentheses than needed.

use std::fmt;

use crate::base::expression::{Binary, Expr, Unary};

impl Binary {
    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "or",
            Self::And => "and",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
        }
    }
}

/// True for a word that stands for itself, no operator and no constant.
fn is_plain(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
        && !["and", "or", "not", "true", "false"].contains(&word)
}

/// Parses to an equal expression.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Truth(truth) => write!(f, "{truth}"),
            Self::Name("", name) if name.split('.').all(is_plain) => write!(f, "{name}"),
            Self::Name("", name) => write!(f, "signal(\"{name}\")"),
            Self::Name(prefix, name) if is_plain(name) => write!(f, "{prefix}.{name}"),
            Self::Name(prefix, name) => write!(f, "{prefix}.\"{name}\""),
            Self::Unary(Unary::Minus, inner) => write!(f, "-{}", Inside(inner, 7)),
            Self::Unary(Unary::Not, inner) => write!(f, "not {}", Inside(inner, 4)),
            Self::Binary(operator, a, b) => {
                let strength = operator.strength();
                write!(f, "{} {} {}", Inside(a, strength), operator.sign(), Inside(b, strength + 1))
            }
            Self::Call(function, args) => {
                let args: Vec<String> = args.iter().map(Self::to_string).collect();
                write!(f, "{function}({})", args.join(", "))
            }
        }
    }
}

/// An expression inside of another, in parentheses if it binds less than `.1`.
struct Inside<'a>(&'a Expr, u8);

impl fmt::Display for Inside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strength = match self.0 {
            Expr::Binary(operator, ..) => operator.strength(),
            Expr::Unary(Unary::Not, _) => 3,
            Expr::Unary(Unary::Minus, _)
            | Expr::Number(_)
            | Expr::Text(_)
            | Expr::Truth(_)
            | Expr::Name(..)
            | Expr::Call(..) => 7,
        };
        if strength < self.1 { write!(f, "({})", self.0) } else { write!(f, "{}", self.0) }
    }
}
