//! Commands about transforms and verdicts.

use crate::data::cases::case::OracleSpec;
use crate::data::cases::stack::Stack;

/// About transforms and verdicts.
#[derive(Clone, Debug)]
pub enum ExploreCommand {
    /// Adds a transform at the end of the stack.
    Add(String),
    /// Removes one.
    Remove(usize),
    /// Moves one to another place.
    Move(usize, usize),
    /// Lets one take part or not.
    Toggle(usize),
    /// Turns a knob.
    Set {
        /// Which entry of the stack.
        position: usize,
        /// Which knob.
        param: String,
        /// To what.
        value: f64,
    },
    /// Which entry the curve and the search vary.
    Select(usize),
    /// Replaces the seed.
    Seed(u64),
    /// Removes every transform.
    Clear,
    /// Replaces the whole stack: one that was tried, a favourite, a preset.
    Use(Stack),
    /// Makes the failing change as small as it can be while it still fails.
    Minimize,
    /// Changes the whole picture again, and not only a part of it.
    WholePicture,
    /// Tries something random.
    Surprise,
    /// Marks a stack as a favourite, or no longer.
    Favourite(Stack),
    /// What must hold.
    Oracle(OracleSpec),
    /// Draws the severity curve.
    Curve,
    /// Finds the least strength at which the verdict breaks and sets it.
    FindTipping,
}
