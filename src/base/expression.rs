//! A small expression language: numbers, strings, names, functions; `+ - * /`, `< <= > >= == !=`, `and or not`, parentheses.
//!
//! Tokens become a tree by precedence. The caller defines the meaning of names and functions.

use std::borrow::Cow;
use std::ops::RangeInclusive;

pub mod error;
pub mod text;
mod tokens;

use crate::base::nearest::hint;
use error::{ExpressionError, SyntaxFault};
use tokens::{Token, shown, tokens};

pub use tokens::place_of;

/// Names and functions that an expression may use beside the operators.
#[derive(Clone, Copy, Debug)]
pub struct Grammar {
    /// Prefixes that may stand before a name and a dot.
    pub prefixes: &'static [&'static str],
    /// True if words that points join are one name, such as `ego.speed`.
    pub dotted: bool,
    /// Functions with the numbers of arguments they take.
    pub functions: &'static [(&'static str, RangeInclusive<usize>)],
    /// Names of the arguments of a function, where arguments may be named (`near(b, n=2)`), functions may stand behind a
    /// prefix (`ego.near(b)`), and a prefix alone is a name.
    pub parameters: Option<fn(&str) -> &'static [&'static str]>,
}

/// Name in place of an argument that was left out before a named one.
pub const LEFT_OUT: &str = "_";

/// An operator before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-`.
    Minus,
    /// `not`.
    Not,
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the operators say it")]
pub enum Binary {
    Or,
    And,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Equal,
    Unequal,
    Plus,
    Minus,
    Times,
    Over,
}

impl Binary {
    fn strength(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Less | Self::AtMost | Self::Greater | Self::AtLeast | Self::Equal | Self::Unequal => 4,
            Self::Plus | Self::Minus => 5,
            Self::Times | Self::Over => 6,
        }
    }
}

/// An expression as a tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A number.
    Number(f64),
    /// A string in quotes.
    Text(String),
    /// `true` or `false`.
    Truth(bool),
    /// A name, after its prefix; "" stands for none.
    Name(&'static str, String),
    /// An operator before a value.
    Unary(Unary, Box<Self>),
    /// An operator between two values.
    Binary(Binary, Box<Self>, Box<Self>),
    /// A function with its arguments.
    Call(String, Vec<Self>),
}

/// Value of an expression or of a part of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A number.
    Number(f64),
    /// True or false.
    Truth(bool),
    /// A string.
    Text(Cow<'a, str>),
}

impl<'a> Value<'a> {
    fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Truth(_) => "true or false",
            Self::Text(_) => "a string",
        }
    }

    /// The number, or an error that names the actual type.
    pub fn number(self) -> Result<f64, ExpressionError> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Truth(_) | Self::Text(_) => {
                Err(ExpressionError::Kind { expected: "a number", found: self.kind() })
            }
        }
    }

    /// The boolean, or an error that names the actual type.
    pub fn truth(self) -> Result<bool, ExpressionError> {
        match self {
            Self::Truth(truth) => Ok(truth),
            Self::Number(_) | Self::Text(_) => {
                Err(ExpressionError::Kind { expected: "true or false", found: self.kind() })
            }
        }
    }

    /// The string, or an error that names the actual type.
    pub fn text(self) -> Result<Cow<'a, str>, ExpressionError> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Number(_) | Self::Truth(_) => {
                Err(ExpressionError::Kind { expected: "a name in quotes", found: self.kind() })
            }
        }
    }
}

/// Result of an operator on two values. `and` and `or` are not handled here, since they short-circuit.
pub fn binary<'a>(operator: Binary, a: Value<'a>, b: Value<'a>) -> Result<Value<'a>, ExpressionError> {
    if let (Binary::Equal | Binary::Unequal, Value::Text(a), Value::Text(b)) = (operator, &a, &b) {
        return Ok(Value::Truth((a == b) == (operator == Binary::Equal)));
    }
    let (a, b) = (a.number()?, b.number()?);
    let same = same(a, b);
    Ok(match operator {
        Binary::Plus => Value::Number(a + b),
        Binary::Minus => Value::Number(a - b),
        Binary::Times => Value::Number(a * b),
        Binary::Over if b == 0.0 => return Err(ExpressionError::DivisionByZero),
        Binary::Over => Value::Number(a / b),
        Binary::Less => Value::Truth(a < b && !same),
        Binary::AtMost => Value::Truth(a < b || same),
        Binary::Greater => Value::Truth(a > b && !same),
        Binary::AtLeast => Value::Truth(a > b || same),
        Binary::Equal => Value::Truth(same),
        Binary::Unequal => Value::Truth(!same),
        Binary::And | Binary::Or => return Err(ExpressionError::NotLogical),
    })
}

/// True for numbers that differ by rounding only; an infinite one equals itself alone.
#[inline]
pub fn same(a: f64, b: f64) -> bool {
    let difference = (a - b).abs();
    if difference.is_finite() {
        difference <= 1e-9 * a.abs().max(b.abs()).max(1.0)
    } else {
        a.is_infinite() && b.is_infinite() && a.is_sign_positive() == b.is_sign_positive()
    }
}

/// Nesting limit: deeper than people write, shallow enough for every stack.
const DEPTH: usize = 64;

/// Operators of one expression: more than people write, few enough that a tree of them fits on every stack.
const OPERATORS: usize = 256;

/// Parses an expression; an error states the problem and the character position.
pub fn parse(text: &str, grammar: Grammar) -> Result<Expr, ExpressionError> {
    let wrong = |fault| ExpressionError::Syntax { expression: shortened(text), fault };
    let tokens = tokens(text, grammar.parameters.is_some()).map_err(wrong)?;
    let mut parser = Parser { grammar, tokens, at: 0, depth: 0, operators: 0 };
    let expr = parser.binary(0).map_err(wrong)?;
    match parser.tokens.get(parser.at) {
        Some((token, place)) => Err(wrong(SyntaxFault::Trailing { found: shown(token), place: *place })),
        None => Ok(expr),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() > 80 {
        text.chars().take(77).chain("...".chars()).collect()
    } else {
        text.to_owned()
    }
}

struct Parser {
    grammar: Grammar,
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let here = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(here);
        here
    }

    fn operator(&self) -> Option<Binary> {
        Some(match self.peek()? {
            Token::Word(word) if word == "and" => Binary::And,
            Token::Word(word) if word == "or" => Binary::Or,
            Token::Sign("<") => Binary::Less,
            Token::Sign("<=") => Binary::AtMost,
            Token::Sign(">") => Binary::Greater,
            Token::Sign(">=") => Binary::AtLeast,
            Token::Sign("==") => Binary::Equal,
            Token::Sign("!=") => Binary::Unequal,
            Token::Sign("+") => Binary::Plus,
            Token::Sign("-") => Binary::Minus,
            Token::Sign("*") => Binary::Times,
            Token::Sign("/") => Binary::Over,
            Token::Number(_) | Token::Quoted(_) | Token::Word(_) | Token::Sign(_) => return None,
        })
    }

    /// Everything that binds tighter than `least`.
    fn binary(&mut self, least: u8) -> Result<Expr, SyntaxFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(SyntaxFault::Depth);
        }
        let mut left = self.unary()?;
        while let Some(operator) = self.operator().filter(|operator| operator.strength() > least) {
            self.at += 1;
            self.operators += 1;
            if self.operators > OPERATORS {
                return Err(SyntaxFault::Operators);
            }
            let right = self.binary(operator.strength())?;
            left = Expr::Binary(operator, Box::new(left), Box::new(right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, SyntaxFault> {
        if self.sign("-") {
            return Ok(Expr::Unary(Unary::Minus, Box::new(self.binary(6)?)));
        }
        if matches!(self.peek(), Some(Token::Word(word)) if word == "not") {
            self.at += 1;
            return Ok(Expr::Unary(Unary::Not, Box::new(self.binary(3)?)));
        }
        self.single()
    }

    fn single(&mut self) -> Result<Expr, SyntaxFault> {
        let Some((token, place)) = self.tokens.get(self.at).cloned() else {
            return Err(SyntaxFault::Ends);
        };
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Quoted(text) => Ok(Expr::Text(text)),
            Token::Sign("(") => {
                let inner = self.binary(0)?;
                if self.sign(")") { Ok(inner) } else { Err(SyntaxFault::Parenthesis { place }) }
            }
            Token::Word(word) if word == "true" || word == "false" => Ok(Expr::Truth(word == "true")),
            Token::Word(word) if self.sign("(") => self.call("", word, place),
            Token::Word(word) if self.grammar.dotted => self.dotted(word, place),
            Token::Word(word) => {
                let Some(prefix) = self.grammar.prefixes.iter().find(|prefix| **prefix == word) else {
                    return Ok(Expr::Name("", word));
                };
                if !self.sign(".") {
                    return match self.grammar.parameters {
                        Some(_) => Ok(Expr::Name("", word)),
                        None => Err(SyntaxFault::NeedsName { prefix: word, place }),
                    };
                }
                match self.tokens.get(self.at).cloned() {
                    Some((Token::Word(name), place)) if self.calls_next() => {
                        self.at += 2;
                        self.call(prefix, name, place)
                    }
                    Some((Token::Word(name) | Token::Quoted(name), _)) => {
                        self.at += 1;
                        Ok(Expr::Name(prefix, name))
                    }
                    _ => Err(SyntaxFault::NeedsName { prefix: word, place }),
                }
            }
            sign @ Token::Sign(_) => Err(SyntaxFault::NoValue { found: shown(&sign), place }),
        }
    }

    /// The rest of a name behind its first word.
    fn dotted(&mut self, mut name: String, place: usize) -> Result<Expr, SyntaxFault> {
        while self.sign(".") {
            match self.tokens.get(self.at).cloned() {
                Some((Token::Word(next) | Token::Quoted(next), _)) => {
                    self.at += 1;
                    name = format!("{name}.{next}");
                }
                _ => return Err(SyntaxFault::NeedsName { prefix: name, place }),
            }
        }
        Ok(Expr::Name("", name))
    }

    /// True if functions may stand behind a prefix and the token after the next one begins a call.
    fn calls_next(&self) -> bool {
        let next = self.tokens.get(self.at + 1).map(|(token, _)| token);
        self.grammar.parameters.is_some() && matches!(next, Some(Token::Sign("(")))
    }

    fn call(&mut self, prefix: &str, function: String, place: usize) -> Result<Expr, SyntaxFault> {
        let functions = self.grammar.functions;
        let known = functions.iter().find(|(name, _)| *name == function);
        let Some((_, count)) = known else {
            let names: Vec<&str> = functions.iter().map(|(name, _)| *name).collect();
            let hint = hint(&function, names.iter().copied());
            return Err(SyntaxFault::UnknownFunction { function, place, known: names.join(", "), hint });
        };
        let mut args = Vec::new();
        if !self.sign(")") {
            loop {
                self.argument(&function, &mut args)?;
                if self.sign(")") {
                    break;
                }
                if !self.sign(",") {
                    return Err(SyntaxFault::Call { function, place });
                }
            }
        }
        if count.contains(&args.len()) {
            let name = if prefix.is_empty() { function } else { format!("{prefix}.{function}") };
            return Ok(Expr::Call(name, args));
        }
        let (least, most) = (count.start(), count.end());
        let expected = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(SyntaxFault::Arguments { count: args.len(), function, place, expected })
    }

    /// One argument of a call; a named one goes to its place.
    fn argument(&mut self, function: &str, args: &mut Vec<Expr>) -> Result<(), SyntaxFault> {
        let (here, next) = (self.tokens.get(self.at).cloned(), self.tokens.get(self.at + 1));
        if let (Some(parameters), Some((Token::Word(name), place)), Some((Token::Sign("="), _))) =
            (self.grammar.parameters, here, next)
        {
            let known = parameters(function);
            let at = known.iter().position(|known| *known == name).filter(|at| *at >= args.len());
            let Some(at) = at else {
                let hint = hint(&name, known.iter().copied());
                return Err(SyntaxFault::UnknownArgument {
                    name,
                    function: function.to_owned(),
                    place,
                    known: known.join(", ") + &hint,
                });
            };
            self.at += 2;
            args.resize(at, Expr::Name("", LEFT_OUT.to_owned()));
        }
        args.push(self.binary(0)?);
        Ok(())
    }
}
