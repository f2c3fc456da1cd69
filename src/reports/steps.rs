//! Extent of the severities of a failing case: images and predictions made beforehand, for a slider without a model behind it.

/// Longer side of the image of a step in pixels.
pub const STEP_SIDE: u32 = 320;
/// Severities of a case by default: from none to its own in tenths.
pub const STEPS: usize = 11;
/// Cases of a report that have steps; each costs about 100 KB.
pub const MOST_CASES: usize = 50;
