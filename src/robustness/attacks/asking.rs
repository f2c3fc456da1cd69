//! Counted questions to a model about one image.

use crate::robustness::attacks::answer::Answer;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::subject::Shot;
use crate::robustness::attacks::{Attack, Found};

/// Questions about changes of one image, up to a budget.
pub(super) struct Asking<'a> {
    attack: &'a Attack<'a>,
    pub(super) shot: &'a Shot,
    /// Questions so far.
    pub(super) queries: usize,
}

impl<'a> Asking<'a> {
    pub(super) fn new(attack: &'a Attack<'a>, shot: &'a Shot) -> Self {
        Self { attack, shot, queries: 0 }
    }

    /// Questions that are left.
    pub(super) fn left(&self) -> usize {
        self.attack.settings.budget.saturating_sub(self.queries)
    }

    /// The answer about an image; none if the budget is used up.
    pub(super) fn ask(&mut self, numbers: &[f32]) -> Result<Option<Answer>, AttackError> {
        Ok(self.ask_all(&[numbers])?.pop())
    }

    /// The answers about several images, as far as the budget reaches.
    pub(super) fn ask_all(&mut self, many: &[impl AsRef<[f32]>]) -> Result<Vec<Answer>, AttackError> {
        self.attack.ran(self.queries)?;
        let count = many.len().min(self.left());
        let asked: Vec<(&Shot, &[f32])> =
            many.iter().take(count).map(|numbers| (self.shot, numbers.as_ref())).collect();
        self.queries += count;
        if asked.is_empty() { Ok(Vec::new()) } else { self.attack.subject.answers(&asked) }
    }

    /// True if an image reaches the goal; false also if the budget is used up.
    pub(super) fn reached(&mut self, numbers: &[f32]) -> Result<bool, AttackError> {
        Ok(self.ask(numbers)?.is_some_and(|answer| answer.reached))
    }
}

/// Runs an attack image by image.
pub(super) fn each(
    attack: &Attack<'_>,
    shots: &[Shot],
    one: impl Fn(&mut Asking<'_>) -> Result<Found, AttackError>,
) -> Result<Vec<Found>, AttackError> {
    attack.expect(attack.settings.budget);
    shots
        .iter()
        .map(|shot| {
            let mut asking = Asking::new(attack, shot);
            let found = one(&mut asking)?;
            Ok(Found { queries: asking.queries, ..found })
        })
        .collect()
}
