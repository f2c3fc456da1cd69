//! Commands about transforms and verdicts.

use crate::app::explore::attack::AttackStep;
use crate::app::explore::glance::GlanceCommand;
use crate::data::cases::case::ClaimSpec;
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
    /// Set a parameter.
    Set {
        /// Position in the stack.
        position: usize,
        /// Name of the parameter.
        param: String,
        /// To what.
        value: f64,
    },
    /// Select the transform that the curve and the tipping point vary.
    Select(usize),
    /// Replaces the seed.
    Seed(u64),
    /// Removes every transform.
    Clear,
    /// Replace the whole stack: by one of the history, a favorite, a preset.
    Use(Stack),
    /// Makes the failing change as small as it can be while it still fails.
    Minimize,
    /// Transform the whole frame again instead of a part of it.
    WholePicture,
    /// Add a random transform.
    Surprise,
    /// Add a stack to the favorites or remove it.
    Favorite(Stack),
    /// Set the expectation.
    Oracle(ClaimSpec),
    /// Sets the attack at the end of the steps, or removes it.
    Attack(Option<AttackStep>),
    /// Runs a stopped attack again.
    AttackAgain,
    /// Stops the running attack.
    StopAttack,
    /// Finds out which attacks fit the loaded model.
    AttackSupport,
    /// About the human check of an attacked frame.
    Glance(GlanceCommand),
    /// Computes the difference between the original and the transformed image.
    Difference,
    /// Draws the severity curve.
    Curve,
    /// Find the tipping point and set its severity.
    FindTipping,
}
