//! Formulas as trees with types, bound to the signals that they speak of.

use crate::base::expression::{Binary, Expr};
use crate::base::temporal::traces::Trace;
use crate::base::temporal::windows::{Extreme, Window};

/// A part that is true or false at each moment, with its text.
#[derive(Clone, Debug)]
pub(super) struct Truth<'a> {
    pub(super) expr: &'a Expr,
    pub(super) kind: TruthKind<'a>,
}

/// Kinds of truths.
#[derive(Clone, Debug)]
pub(super) enum TruthKind<'a> {
    /// The same at all times.
    Constant(bool),
    /// A signal of truths.
    Signal(&'a Trace<'a>),
    /// Two numbers side by side.
    Compare(Binary, Number<'a>, Number<'a>),
    /// Two strings or truths that are equal, or unequal if the flag is false.
    Match(bool, Label<'a>, Label<'a>),
    /// The contrary.
    Not(Box<Truth<'a>>),
    /// Both.
    And(Box<Truth<'a>>, Box<Truth<'a>>),
    /// At least one.
    Or(Box<Truth<'a>>, Box<Truth<'a>>),
    /// `always` or `eventually`.
    Extreme(Extreme, Window, Box<Truth<'a>>),
    /// The second one in the window and the first one up to it.
    Until(Window, Box<Truth<'a>>, Box<Truth<'a>>),
    /// The moments in which it begins to hold.
    Edge {
        /// The part that begins.
        inner: Box<Truth<'a>>,
        /// True if it begins at the first moment of the interval when it holds there.
        at_first: bool,
    },
}

/// A part that is a number at each moment.
#[derive(Clone, Debug)]
pub(super) enum Number<'a> {
    /// The same at all times.
    Constant(f64),
    /// A signal of numbers.
    Signal(&'a Trace<'a>),
    /// A function of one number.
    Change(fn(f64) -> f64, Box<Self>),
    /// A function of two numbers.
    Join(fn(f64, f64) -> f64, Box<Self>, Box<Self>),
    /// Number of stretches in the window.
    Count(Window, Box<Truth<'a>>),
}

/// A part that is only compared by `==` and `!=`.
#[derive(Clone, Copy, Debug)]
pub(super) enum Label<'a> {
    /// A string or a truth that is written out.
    Constant(Word<'a>),
    /// A signal of strings or truths.
    Signal(&'a Trace<'a>),
}

/// A string or a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word<'a> {
    /// A string.
    Text(&'a str),
    /// A truth.
    Truth(bool),
}
