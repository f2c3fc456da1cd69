//! Commands about sweeps and what they find.

use crate::app::findings::results::{SweepSettings, ViolationFilter};

/// About sweeps and what they find.
#[derive(Clone, Debug)]
pub enum FindingsCommand {
    /// Replaces how the next sweep is done.
    Settings(SweepSettings),
    /// Sweep the current stack over the active camera.
    Sweep,
    /// Sweep every transform that has a severity, one at a time.
    SweepAll,
    /// Run a coverage-guided search, beside a random baseline with the same budget.
    Search,
    /// Continue the search with the same budget again.
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
    /// Request thumbnails of failures, most urgent first.
    Pictures(Vec<usize>),
}
