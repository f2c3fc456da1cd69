//! Tracks that an answer is about beside its subject.

use crate::tracks::questions::evaluate::Evaluation;
use crate::tracks::questions::grid::Grid;
use crate::tracks::questions::tree::{Id, Truth, TruthKind, Who};

impl Evaluation<'_> {
    /// Tracks that a truth is about beside its subject, at a moment of a grid, in the order of the question.
    pub(super) fn partners(&self, truth: &Truth, grid: Grid, at: usize, found: &mut Vec<usize>) {
        let mut add = |other: Option<usize>| {
            if let Some(other) = other.filter(|other| !found.contains(other)) {
                found.push(other);
            }
        };
        let subject = |who: Who| {
            if let (Who::Subject | Who::Track, Grid::Of(own)) = (who, grid) {
                Some(own)
            } else {
                self.world.ego
            }
        };
        let own = |of: usize| {
            let actor = &self.world.actors[of];
            let time = self.times(grid).get(at)?;
            actor.times.partition_point(|own| own <= time).checked_sub(1)
        };
        match &truth.kind {
            TruthKind::Related(who, relation) => {
                if let Some(of) = subject(*who)
                    && let Some(known) = self.relations.borrow().get(&(relation.id, of))
                {
                    add(own(of).and_then(|at| known.nearest.get(at).copied().flatten()));
                }
            }
            TruthKind::Reverse(who, ..) => {
                add(subject(*who).and_then(|of| self.worst_of(truth.id, of, own(of)?)));
            }
            TruthKind::Compare(comparison) => {
                for number in [&comparison.a, &comparison.b] {
                    for (who, id) in number.metrics() {
                        add(subject(who).and_then(|of| self.worst_of(id, of, own(of)?)));
                    }
                }
            }
            TruthKind::Any(_) => {
                add(self
                    .anyone
                    .borrow()
                    .get(&(truth.id, grid))
                    .and_then(|whom| whom.get(at).copied().flatten()));
            }
            TruthKind::And(a, b)
            | TruthKind::Or(a, b)
            | TruthKind::Then(a, b, _)
            | TruthKind::Before(a, b, _) => {
                self.partners(a, grid, at, found);
                self.partners(b, grid, at, found);
            }
            TruthKind::For(p, _) | TruthKind::Rises(p) | TruthKind::Falls(p) => {
                self.partners(p, grid, at, found);
            }
            TruthKind::Constant(_)
            | TruthKind::Not(_)
            | TruthKind::Single(..)
            | TruthKind::Tag(_)
            | TruthKind::Finder(_)
            | TruthKind::All(_) => {}
        }
    }

    fn worst_of(&self, id: Id, subject: usize, at: usize) -> Option<usize> {
        self.worst.borrow().get(&(id, subject)).and_then(|worst| worst.get(at).copied().flatten())
    }
}
