//! Commands about the tour.

/// Commands about the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TourCommand {
    /// Begins, or begins again.
    Start,
    /// Does the step.
    Do,
    /// To the next step; after the last the tour ends.
    Next,
    /// To the step before.
    Back,
    /// Ends the tour.
    End,
}
