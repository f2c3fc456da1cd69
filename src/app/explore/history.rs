//! Earlier stacks: a history to go back to, favorites that stay, and a random walk.

use serde::{Deserialize, Serialize};

use crate::app::{App, OpenProject};
use crate::base::rng::Rng;
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::data::input::Medium;
use crate::transforms::{self, random};

/// Stacks remembered; the oldest go first.
const KEPT: usize = 24;
/// Longer side of the thumbnails, in pixels.
const SIDE: u32 = 96;

/// An earlier stack and its result.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Counts them, so that views know which they have drawn.
    pub number: u64,
    /// The stack.
    pub stack: Stack,
    /// Verdict: `pass`, `fail`, `skip`, or "" without a model.
    pub verdict: &'static str,
    /// Thumbnail of the transformed frame.
    pub picture: Image,
}

/// A favorite stack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Favorite {
    /// Name of the favorite.
    pub name: String,
    /// The stack.
    pub stack: Stack,
}

/// The earlier stacks, newest first.
#[derive(Clone, Debug, Default)]
pub struct StackHistory {
    list: Vec<HistoryEntry>,
    next: u64,
}

impl StackHistory {
    /// None yet, counted from a number on.
    pub(in crate::app) fn counted_from(first: u64) -> Self {
        Self { list: Vec::new(), next: first }
    }

    /// The stacks, newest first, none twice.
    pub fn list(&self) -> &[HistoryEntry] {
        &self.list
    }

    /// Remember a stack. A slider that moves replaces its own entry, so that one drag is one entry.
    pub(in crate::app) fn remember(&mut self, stack: &Stack, verdict: &'static str, picture: &Image) {
        if stack.active().next().is_none() {
            return;
        }
        let transforms = |stack: &Stack| -> Vec<String> {
            stack.active().map(|(_, spec)| spec.transform.clone()).collect()
        };
        let dragged = self.list.first().is_some_and(|last| {
            transforms(&last.stack) == transforms(stack) && last.stack.seed == stack.seed
        });
        if dragged {
            self.list.remove(0);
        }
        self.list.retain(|entry| entry.stack != *stack);
        self.next += 1;
        let picture = picture.thumbnail(SIDE);
        self.list.insert(0, HistoryEntry { number: self.next, stack: stack.clone(), verdict, picture });
        self.list.truncate(KEPT);
    }
}

/// One to three transforms of moderate severity, chosen by a seed: a step of a random walk.
pub fn surprise(seed: u64, medium: Medium) -> Stack {
    let mut rng = Rng::split(seed, 77);
    let count = 1 + (rng.bits() % 3) as usize;
    let mut kinds = random::choices(medium);
    let mut stack = Stack { seed, ..Stack::default() };
    for _ in 0..count.min(kinds.len()) {
        let kind = kinds.swap_remove((rng.bits() % kinds.len() as u64) as usize);
        stack.transforms.push(random::moderate(kind, &mut rng));
    }
    stack
}

impl OpenProject {
    /// Apply a random stack; the same seed gives the same stack.
    pub(in crate::app) fn surprise(&mut self) {
        let seed = self.explore.stack.seed.wrapping_add(1);
        self.explore.stack = surprise(seed, self.medium());
        self.explore.selected = 0;
    }
}

impl App {
    /// Add a stack to the favorites under its description, or remove it.
    pub(in crate::app) fn toggle_favorite(&mut self, stack: Stack) {
        let favorites = &mut self.session.favorites;
        if let Some(at) = favorites.iter().position(|favorite| favorite.stack == stack) {
            favorites.remove(at);
        } else {
            let name = transforms::stack::describe(&self.open.models.catalog, &stack);
            favorites.push(Favorite { name, stack });
        }
        self.session.save();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::catalog::BUILT_IN;

    #[test]
    fn surprises_are_varied_and_repeatable() {
        let all: Vec<Stack> = (0..50).map(|seed| surprise(seed, Medium::Image)).collect();
        assert_eq!(all, (0..50).map(|seed| surprise(seed, Medium::Image)).collect::<Vec<_>>());
        let kinds: std::collections::BTreeSet<&str> =
            all.iter().flat_map(|stack| stack.transforms.iter().map(|t| t.transform.as_str())).collect();
        assert!(kinds.len() > 15, "{kinds:?}");
        for stack in &all {
            assert!((1..=3).contains(&stack.transforms.len()));
            transforms::stack::check(&BUILT_IN, stack).unwrap();
        }
    }

    #[test]
    fn a_drag_is_one_entry_and_nothing_is_there_twice() {
        let picture = Image::filled(8, 8, [0; 3]);
        let stack = |text: &str| transforms::stack::parse(&BUILT_IN, text, 1).unwrap();
        let mut history = StackHistory::default();
        for text in ["fog:0.1", "fog:0.2", "fog:0.3", "rotate:5", "fog:0.3,rotate:5", "rotate:5", ""] {
            history.remember(&stack(text), "pass", &picture);
        }
        let names: Vec<String> =
            history.list().iter().map(|t| transforms::stack::describe(&BUILT_IN, &t.stack)).collect();
        assert_eq!(names, ["rotate:5", "fog:0.3, rotate:5", "fog:0.3"]);
    }
}
