//! Claims about signals over time, after the signal temporal logic of Maler and Ničković (2004), with a margin.
//!
//! A [`formula::Formula`] speaks of named [`traces::Traces`] in the expression language: `always(ttc > 1.5)`,
//! `eventually(speed < 0.1, 5)`, `then(brake > 0.3, decel > 2, 1.15)`. Its margin is the robustness of Donzé and Maler
//! (2010): `a < b` has `b - a`, `==` has `-|a - b|`, `and` the smaller and `or` the greater of two, `not` the negative,
//! `always` the least and `eventually` the greatest in its window. Truths and strings have +∞ or -∞.
//!
//! - **Time is dense.** A signal holds its value until its next sample; signals of different rates need no common grid.
//!   Samples with the same stamp: the last one counts. Everything is exact in whole nanoseconds.
//! - **Before its first sample** a signal is unknown, but for a start that is late by no more than one and a half of its
//!   mean periods: there the first value counts.
//! - **Windows** `[t + from, t + to]` contain both ends and are cut at the end of the interval, as in rtamt's discrete
//!   time. Where the part that is cut off could change the verdict there is none.
//! - **Unknown values** (not a number, divided by zero, no sample) make the verdict unknown where they could change it.
//! - **At 0** the comparison decides: a margin of -0 fails, as that of `a < b` for equal numbers; +0 holds.
//! - **Edges:** before the interval every signal is taken to have held its first value, so that nothing rises or falls
//!   at its first moment. `count` and `then` take what holds at the first moment as beginning there.

pub mod error;
pub mod formula;
pub mod grammar;
mod judge;
mod leaves;
mod moments;
mod pieces;
mod stretches;
pub mod traces;
mod tree;
mod truths;
mod typing;
mod windows;
