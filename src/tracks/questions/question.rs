//! A question, read and checked.

use crate::base::expression::{Expr, parse};
use crate::tracks::questions::error::QuestionError;
use crate::tracks::questions::tree::{
    Number, NumberKind, Property, Relation, Selector, Single, Truth, TruthKind, Who,
};
use crate::tracks::questions::typing::Typing;
use crate::tracks::questions::words::grammar;

/// Subjects of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The vehicle that recorded, and signals.
    Vehicle,
    /// Every track, the vehicle among them.
    Tracks,
    /// Every track but the vehicle: `any(…)` around the whole.
    OtherTracks,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    text: String,
    root: Truth,
    about: About,
}

impl Question {
    /// Reads a question; an error names the problem, its place and what may have been meant.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QuestionError::Empty);
        }
        let expr: Expr = parse(text, grammar())?;
        let root = Typing::new(text).truth(&expr)?;
        let about = if matches!(root.kind, TruthKind::Any(_)) {
            About::OtherTracks
        } else if of_tracks(&root) {
            About::Tracks
        } else {
            About::Vehicle
        };
        Ok(Self { text: text.to_owned(), root, about })
    }

    /// Reads a number, such as `ego.speed`, as the question whether it is below itself: what it names is asked for the same way.
    pub fn of_number(text: &str) -> Result<Self, QuestionError> {
        Self::parse(&format!("{text} < {text}"))
    }

    /// The first number that the question compares.
    pub(super) fn first_number(&self) -> Option<&Number> {
        if let TruthKind::Compare(comparison) = &self.root.kind { Some(&comparison.a) } else { None }
    }

    /// The question as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its subjects.
    pub fn about(&self) -> About {
        self.about
    }

    /// The part that is judged for each subject.
    pub(super) fn body(&self) -> &Truth {
        if let TruthKind::Any(inner) = &self.root.kind { inner } else { &self.root }
    }

    /// Signals that it names.
    pub fn signals(&self) -> Vec<&str> {
        self.names(|name| if let Named::Signal(name) = name { Some(name) } else { None })
    }

    /// Finders whose findings it asks for.
    pub fn finders(&self) -> Vec<&str> {
        self.names(|name| if let Named::Finder(id) = name { Some(id) } else { None })
    }

    /// Tags that it names.
    pub fn tags(&self) -> Vec<&str> {
        self.names(|name| if let Named::Tag(name) = name { Some(name) } else { None })
    }

    /// Classes that it names.
    pub fn classes(&self) -> Vec<&str> {
        self.names(|name| if let Named::Class(name) = name { Some(name) } else { None })
    }

    /// Channels of boxes that it names.
    pub fn sources(&self) -> Vec<&str> {
        self.names(|name| if let Named::Source(name) = name { Some(name) } else { None })
    }

    /// True if it asks how something moves.
    pub fn needs_motion(&self) -> bool {
        let mut found = false;
        walk(&self.root, &mut |part| found |= matches!(part, Named::Motion));
        found
    }

    /// True if a single moment may be an answer.
    pub fn has_edges(&self) -> bool {
        fn edges(truth: &Truth) -> bool {
            match &truth.kind {
                TruthKind::Rises(_) | TruthKind::Falls(_) | TruthKind::Then(..) => true,
                TruthKind::And(a, b) | TruthKind::Or(a, b) | TruthKind::Before(a, b, _) => {
                    edges(a) || edges(b)
                }
                TruthKind::Any(p) | TruthKind::All(p) | TruthKind::For(p, _) | TruthKind::Not(p) => edges(p),
                TruthKind::Constant(_)
                | TruthKind::Compare(_)
                | TruthKind::Single(..)
                | TruthKind::Related(..)
                | TruthKind::Reverse(..)
                | TruthKind::Tag(_)
                | TruthKind::Finder(_) => false,
            }
        }
        edges(&self.root)
    }

    /// True if it looks at tracks other than the vehicle.
    pub fn needs_tracks(&self) -> bool {
        let mut found = self.about != About::Vehicle;
        walk(&self.root, &mut |part| found |= matches!(part, Named::Others));
        found
    }

    fn names<'a>(&'a self, pick: impl Fn(Named<'a>) -> Option<&'a str>) -> Vec<&'a str> {
        let mut found = Vec::new();
        walk(&self.root, &mut |part| found.extend(pick(part)));
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A part of a question that needs something of the recording.
#[derive(Clone, Copy)]
enum Named<'a> {
    Signal(&'a str),
    Finder(&'a str),
    Tag(&'a str),
    Class(&'a str),
    Source(&'a str),
    Motion,
    Others,
}

fn walk<'a>(truth: &'a Truth, see: &mut impl FnMut(Named<'a>)) {
    match &truth.kind {
        TruthKind::Constant(_) => {}
        TruthKind::Single(_, Single::Class(name)) => see(Named::Class(name)),
        TruthKind::Single(_, Single::Source(name)) => see(Named::Source(name)),
        TruthKind::Single(..) => see(Named::Motion),
        TruthKind::Not(p) | TruthKind::For(p, _) | TruthKind::Rises(p) | TruthKind::Falls(p) => walk(p, see),
        TruthKind::Any(p) | TruthKind::All(p) => {
            see(Named::Others);
            walk(p, see);
        }
        TruthKind::And(a, b)
        | TruthKind::Or(a, b)
        | TruthKind::Then(a, b, _)
        | TruthKind::Before(a, b, _) => {
            walk(a, see);
            walk(b, see);
        }
        TruthKind::Compare(of) => {
            walk_number(&of.a, see);
            walk_number(&of.b, see);
        }
        TruthKind::Related(_, relation) => {
            see(Named::Motion);
            walk_selector(&relation.others, see);
        }
        TruthKind::Reverse(_, relation, of) => {
            see(Named::Motion);
            walk_selector(&relation.others, see);
            walk_selector(of, see);
        }
        TruthKind::Tag(name) => see(Named::Tag(name)),
        TruthKind::Finder(id) => see(Named::Finder(id)),
    }
}

fn walk_selector<'a>(selector: &'a Selector, see: &mut impl FnMut(Named<'a>)) {
    match selector {
        Selector::Ego => {}
        Selector::Anything => see(Named::Others),
        Selector::Class(name) => {
            see(Named::Others);
            see(Named::Class(name));
        }
        Selector::Where(p) => {
            see(Named::Others);
            walk(p, see);
        }
    }
}

fn walk_number<'a>(number: &'a Number, see: &mut impl FnMut(Named<'a>)) {
    match &number.kind {
        NumberKind::Constant(_) => {}
        NumberKind::Property(..) => see(Named::Motion),
        NumberKind::Change(_, inner) => walk_number(inner, see),
        NumberKind::Join(_, a, b) => {
            walk_number(a, see);
            walk_number(b, see);
        }
        NumberKind::Signal(name) => see(Named::Signal(name)),
        NumberKind::Metric(_, _, selector) => {
            see(Named::Motion);
            walk_selector(selector, see);
        }
        NumberKind::Count(p) => {
            see(Named::Others);
            walk(p, see);
        }
        NumberKind::Times(p, _) => walk(p, see),
    }
}

/// True if a part is about tracks: it says so, asks for a class, or relates to the vehicle. Inside of `any`, `all`, `count` and
/// of the other of a relation the subject is another one.
fn of_tracks(truth: &Truth) -> bool {
    let related = |who: Who, others: &Selector| {
        who == Who::Track || (who == Who::Subject && matches!(others, Selector::Ego))
    };
    let relation = |who: Who, of: &Relation| related(who, &of.others);
    match &truth.kind {
        TruthKind::Constant(_)
        | TruthKind::Tag(_)
        | TruthKind::Finder(_)
        | TruthKind::Any(_)
        | TruthKind::All(_) => false,
        TruthKind::Not(p) | TruthKind::For(p, _) | TruthKind::Rises(p) | TruthKind::Falls(p) => of_tracks(p),
        TruthKind::And(a, b)
        | TruthKind::Or(a, b)
        | TruthKind::Then(a, b, _)
        | TruthKind::Before(a, b, _) => of_tracks(a) || of_tracks(b),
        TruthKind::Compare(of) => number_of_tracks(&of.a) || number_of_tracks(&of.b),
        TruthKind::Single(who, single) => {
            *who == Who::Track
                || (*who == Who::Subject && matches!(single, Single::Class(_) | Single::Source(_)))
        }
        TruthKind::Related(who, of) | TruthKind::Reverse(who, of, _) => relation(*who, of),
    }
}

fn number_of_tracks(number: &Number) -> bool {
    match &number.kind {
        NumberKind::Constant(_) | NumberKind::Signal(_) | NumberKind::Count(_) => false,
        NumberKind::Change(_, inner) => number_of_tracks(inner),
        NumberKind::Join(_, a, b) => number_of_tracks(a) || number_of_tracks(b),
        NumberKind::Property(who, property) => {
            *who == Who::Track
                || (*who == Who::Subject && matches!(property, Property::Age | Property::Score))
        }
        NumberKind::Metric(who, _, others) => {
            *who == Who::Track || (*who == Who::Subject && matches!(others, Selector::Ego))
        }
        NumberKind::Times(p, _) => of_tracks(p),
    }
}
