//! Selection of cases: tag expressions, single cases, a shard of all.

use sha2::{Digest as _, Sha256};

/// A claim about the tags of a case: `critical AND NOT slow`.
///
/// The words of Robot Framework's tag patterns: `AND`, `OR`, `NOT` in capitals, `a NOT b` for `a AND NOT b`,
/// parentheses, `*` and `?` inside of a tag. Capitals of tags do not count; a tag may have spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagExpr {
    /// A tag that matches this pattern is there.
    Tag(String),
    /// Negation.
    Not(Box<Self>),
    /// Conjunction.
    And(Box<Self>, Box<Self>),
    /// Disjunction.
    Or(Box<Self>, Box<Self>),
}

/// Words and nesting of one expression: more than people write, few enough for every stack.
const WORDS: usize = 512;
const DEPTH: usize = 64;

/// A tag expression that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tag expression {text:?} {problem}, write it like \"critical AND NOT (slow OR night)\"")]
pub struct TagExprError {
    text: String,
    problem: TagFault,
}

/// Fault of a tag expression, completing "the tag expression …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum TagFault {
    /// More words than the limit.
    #[error("has more than {WORDS} words")]
    Words,
    /// Nesting beyond the limit.
    #[error("is nested more than {DEPTH} levels deep")]
    Depth,
    /// A parenthesis without its end.
    #[error("has a ( that is not closed")]
    Parenthesis,
    /// A word in place of a tag.
    #[error("has {word:?} where a tag should be")]
    NoTag { word: String },
    /// The end in place of a tag.
    #[error("ends where a tag should be")]
    Ends,
    /// More behind a complete expression.
    #[error("goes on with {word:?} where it should end")]
    Trailing { word: String },
}

impl TagExpr {
    /// True if the expression matches these tags.
    pub fn holds(&self, tags: &[String]) -> bool {
        match self {
            Self::Tag(pattern) => tags.iter().any(|tag| matches(pattern, &tag.to_lowercase())),
            Self::Not(inner) => !inner.holds(tags),
            Self::And(a, b) => a.holds(tags) && b.holds(tags),
            Self::Or(a, b) => a.holds(tags) || b.holds(tags),
        }
    }
}

impl std::str::FromStr for TagExpr {
    type Err = TagExprError;

    fn from_str(text: &str) -> Result<Self, TagExprError> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words = Words { list: spaced.split_whitespace().collect(), at: 0, depth: 0 };
        let error = |problem| {
            // The first words of a long one are enough to find it.
            let shown: String = text.chars().take(200).collect();
            TagExprError { text: shown, problem }
        };
        if words.list.len() > WORDS {
            return Err(error(TagFault::Words));
        }
        let expr = words.either().map_err(error)?;
        match words.peek() {
            Some(word) => Err(error(TagFault::Trailing { word: word.to_owned() })),
            None => Ok(expr),
        }
    }
}

struct Words<'a> {
    list: Vec<&'a str>,
    at: usize,
    depth: usize,
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.list.get(self.at).copied()
    }

    fn eat(&mut self, word: &str) -> bool {
        let here = self.peek() == Some(word);
        self.at += usize::from(here);
        here
    }

    fn either(&mut self) -> Result<TagExpr, TagFault> {
        let mut expr = self.both()?;
        while self.eat("OR") {
            expr = TagExpr::Or(Box::new(expr), Box::new(self.both()?));
        }
        Ok(expr)
    }

    fn both(&mut self) -> Result<TagExpr, TagFault> {
        let mut expr = self.one()?;
        loop {
            if self.eat("AND") {
                expr = TagExpr::And(Box::new(expr), Box::new(self.one()?));
            } else if self.eat("NOT") {
                expr = TagExpr::And(Box::new(expr), Box::new(TagExpr::Not(Box::new(self.one()?))));
            } else {
                return Ok(expr);
            }
        }
    }

    fn one(&mut self) -> Result<TagExpr, TagFault> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TagFault::Depth);
        }
        let expr = self.inner();
        self.depth -= 1;
        expr
    }

    fn inner(&mut self) -> Result<TagExpr, TagFault> {
        if self.eat("NOT") {
            return Ok(TagExpr::Not(Box::new(self.one()?)));
        }
        if self.eat("(") {
            let inner = self.either()?;
            return if self.eat(")") { Ok(inner) } else { Err(TagFault::Parenthesis) };
        }
        let mut tag = Vec::new();
        while let Some(word) = self.peek().filter(|word| !["AND", "OR", "NOT", "(", ")"].contains(word)) {
            tag.push(word.to_lowercase());
            self.at += 1;
        }
        if tag.is_empty() {
            return Err(match self.peek() {
                Some(word) => TagFault::NoTag { word: word.to_owned() },
                None => TagFault::Ends,
            });
        }
        Ok(TagExpr::Tag(tag.join(" ")))
    }
}

/// True if a text matches a pattern with `*` and `?`.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where to go on when the rest does not fit: after the last star, one letter further.
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match back {
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    back = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// Selection of cases.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only cases that match one of these; all if empty.
    pub include: Vec<TagExpr>,
    /// No case that matches one of these.
    pub exclude: Vec<TagExpr>,
    /// Only these cases; all when empty.
    pub cases: Vec<String>,
    /// This part of so many, from 1: `(2, 8)`.
    pub shard: Option<(usize, usize)>,
}

impl Selection {
    /// True if a case is selected.
    pub fn takes(&self, id: &str, tags: &[String]) -> bool {
        self.names(id)
            && (self.include.is_empty() || self.include.iter().any(|expr| expr.holds(tags)))
            && !self.exclude.iter().any(|expr| expr.holds(tags))
    }

    /// True if a case is selected as far as its name tells: one that cannot be read has no tags, so no tag
    /// can rule it out.
    pub fn names(&self, id: &str) -> bool {
        (self.cases.is_empty() || self.cases.iter().any(|case| case == id))
            && self.shard.is_none_or(|(part, parts)| shard_of(id, parts) == part - 1)
    }
}

/// The part that a case belongs to, from 0: by its name alone, so that another case coming or going moves no
/// other.
fn shard_of(id: &str, parts: usize) -> usize {
    let digest = Sha256::digest(id.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    (number % parts.max(1) as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expr: &str, tags: &[&str]) -> bool {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        expr.parse::<TagExpr>().unwrap().holds(&tags)
    }

    #[test]
    fn expressions_mean_what_robot_framework_says() {
        assert!(holds("critical AND NOT slow", &["Critical", "fog"]));
        assert!(!holds("critical AND NOT slow", &["critical", "slow"]));
        assert!(holds("critical NOT slow", &["critical"]));
        assert!(holds("a AND b OR c", &["c"]));
        assert!(!holds("a AND (b OR c)", &["c"]));
        assert!(holds("NOT night", &[]));
        assert!(holds("sensor fault", &["sensor fault"]));
        assert!(holds("odd:*:ra?n", &["odd:weather:rain"]));
        assert!(!holds("odd:*n", &["odd:weather:rainy"]));
        assert!(holds("*", &["x"]) && !holds("*", &[]));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let problem = |text: &str| text.parse::<TagExpr>().unwrap_err().to_string();
        assert!(problem("a AND").contains("ends where a tag should be"));
        assert!(problem("(a").contains("not closed"));
        assert!(problem("OR b").contains("\"OR\""));
        assert!(problem("a )").contains("\")\""));
        assert!(problem("").contains("ends"));
        assert!(problem(&"(".repeat(400)).contains("nested"));
        assert!(problem(&"a AND ".repeat(400)).contains("words"));
    }

    #[test]
    fn another_case_moves_none_from_its_shard() {
        let parts: Vec<usize> = (0..200).map(|i| shard_of(&format!("case-{i}"), 4)).collect();
        for part in 0..4 {
            let count = parts.iter().filter(|p| **p == part).count();
            assert!((25..=75).contains(&count), "{count}");
        }
        assert_eq!(shard_of("fog-0-3-frame-1", 4), shard_of("fog-0-3-frame-1", 4));
    }
}
