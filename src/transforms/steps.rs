//! Cached intermediate results of a stack: only transforms from the first changed one on are applied again.

use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::geometry::solid::Solid;
use crate::data::input::Input;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::StackError;
use crate::transforms::stack;
use crate::transforms::transformable::Transformable as _;

/// An input and its intermediate results in the last stack.
pub struct Steps {
    original: Input,
    seed: u64,
    object: Option<Solid>,
    /// Input of the transforms.
    begun: Input,
    /// Each transform, and the input after it.
    made: Vec<(TransformSpec, Input)>,
}

impl Steps {
    /// Cache of an input without a stack.
    pub fn new(original: Input) -> Self {
        let begun = original.clone();
        Self { original, seed: 0, object: None, begun, made: Vec::new() }
    }

    /// The original input.
    pub fn original(&self) -> &Input {
        &self.original
    }

    /// The input after a stack, equal to [`stack::apply`].
    pub fn apply(&mut self, catalog: &Catalog, change: &Stack) -> Result<Input, StackError> {
        if self.object != change.object {
            self.made.clear();
            self.object = change.object;
            self.begun = self.original.begun(change);
        }
        let shared = if self.seed == change.seed {
            self.made
                .iter()
                .zip(&change.transforms)
                .take_while(|((known, _), wanted)| known == *wanted)
                .count()
        } else {
            0
        };
        self.made.truncate(shared);
        self.seed = change.seed;
        for position in shared..change.transforms.len() {
            let from = self.made.last().map_or(&self.begun, |(_, input)| input);
            let changed = stack::apply_one(catalog, change, position, from)?;
            self.made.push((change.transforms[position].clone(), changed));
        }
        let last = self.made.last().map_or(&self.begun, |(_, input)| input);
        Ok(stack::finished(change, &self.original, last.clone()))
    }
}
