//! Tokens of an expression, with their places.

use crate::base::expression::error::SyntaxFault;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Quoted(String),
    Word(String),
    Sign(&'static str),
}

/// Two-character signs before the one-character signs they begin with.
const SIGNS: &[&str] = &["<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ",", ".", "="];

/// Place of the first word or string like this in a text, from 1.
pub fn place_of(text: &str, word: &str) -> Option<usize> {
    let tokens = tokens(text, true).ok()?;
    let same = |token: &Token| matches!(token, Token::Word(own) | Token::Quoted(own) if own == word);
    tokens.iter().find(|(token, _)| same(token)).map(|(_, place)| *place)
}

pub(super) fn shown(token: &Token) -> String {
    match token {
        Token::Number(number) => format!("{number}"),
        Token::Quoted(text) | Token::Word(text) => format!("{text:?}"),
        Token::Sign(sign) => format!("{sign:?}"),
    }
}

/// The tokens with the position of the first character of each, from 1.
pub(super) fn tokens(text: &str, assigns: bool) -> Result<Vec<(Token, usize)>, SyntaxFault> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = letters.get(at).copied() {
        let start = at;
        let run = |from: usize, take: fn(char) -> bool| {
            letters.iter().skip(from).take_while(|c| take(**c)).collect::<String>()
        };
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let token = if c.is_ascii_digit() {
            let number = run(at, |c| c.is_ascii_digit() || c == '.');
            at += number.chars().count();
            match number.parse() {
                Ok(number) => Token::Number(number),
                Err(source) => return Err(SyntaxFault::NotNumber { number, place: start + 1, source }),
            }
        } else if c == '"' {
            let inner = run(at + 1, |c| c != '"');
            at += inner.chars().count() + 2;
            if at > letters.len() {
                return Err(SyntaxFault::Quote { place: start + 1 });
            }
            Token::Quoted(inner)
        } else if c.is_alphabetic() || c == '_' {
            let word = run(at, |c| c.is_alphanumeric() || c == '_');
            at += word.chars().count();
            Token::Word(word)
        } else {
            let rest: String = letters.iter().skip(at).take(2).collect();
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign) && (assigns || **sign != "="));
            let sign = sign.ok_or(SyntaxFault::Character { character: c, place: start + 1 })?;
            at += sign.len();
            Token::Sign(sign)
        };
        tokens.push((token, start + 1));
    }
    Ok(tokens)
}
