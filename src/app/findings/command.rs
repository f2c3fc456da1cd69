//! Commands about sweeps and what they find.

use crate::app::findings::results::{SweepSettings, ViolationFilter};

/// About sweeps and what they find.
#[derive(Clone, Debug)]
pub enum FindingsCommand {
    /// Replaces how the next sweep is done.
    Settings(SweepSettings),
    /// Sweeps the stack that is being tried over the active camera.
    Sweep,
    /// Sweeps every transform that has a strength, one at a time.
    SweepAll,
    /// Searches by coverage, with as many tries by chance beside it.
    Search,
    /// Goes on with that for as many tries again.
    SearchOn,
    /// Shows a violation.
    Select(usize),
    /// The violation after or before the selected one, among those that are shown.
    Step(i64),
    /// Shows only some of the violations.
    Filter(ViolationFilter),
    /// Opens the selected violation in Explore.
    Open,
    /// Keeps the selected violation as a case.
    Keep,
    /// Says whether a person would still know what to do, seeing the selected one.
    Vote(bool),
    /// Asks for small pictures of violations, most urgent first.
    Pictures(Vec<usize>),
}
