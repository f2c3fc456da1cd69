//! The difference between the original and the transformed image, computed on a thread of its own once somebody looks at it.

use crate::app::jobs::JobKind;
use crate::app::{App, OpenProject};
use crate::data::image::Image;

/// Factor by which differences are amplified to be seen.
const GAIN: u16 = 4;
/// The same for attacks, whose changes are small.
const ATTACK_GAIN: u16 = 10;

/// A difference that was asked for.
#[derive(Default)]
pub struct Difference {
    /// Recording and result that one was asked for last.
    asked: Option<(u64, u64)>,
    /// The last one that is ready.
    ready: Option<((u64, u64), Image)>,
}

impl OpenProject {
    /// The difference of the result on screen with the number of that result; while it is computed, the one before it of
    /// the same recording.
    pub fn difference(&self) -> Option<(u64, &Image)> {
        let ((clip, generation), image) = self.explore.difference.ready.as_ref()?;
        (Some(*clip) == self.clip.as_ref().map(|open| open.id)).then_some((*generation, image))
    }

    /// Factor by which the difference on screen is amplified.
    pub fn difference_gain(&self) -> u16 {
        if self.explore.attack.active().is_some() { ATTACK_GAIN } else { GAIN }
    }

    /// True while nobody has asked for the difference of the result on screen.
    pub fn wants_difference(&self) -> bool {
        self.explore.difference.asked != self.result_on_screen()
    }

    fn result_on_screen(&self) -> Option<(u64, u64)> {
        self.clip.as_ref().map(|open| (open.id, self.explore.generation))
    }
}

impl App {
    /// Computes the difference of the result on screen, unless that is under way or done.
    pub(super) fn compute_difference(&mut self) {
        let (Some(result), Some(compared)) = (self.open.result_on_screen(), &self.open.explore.changed)
        else {
            return;
        };
        if !self.open.wants_difference() {
            return;
        }
        let (original, changed) = (compared.original.clone(), compared.changed.clone());
        let gain = self.open.difference_gain();
        self.open.explore.difference.asked = Some(result);
        self.jobs.spawn(JobKind::Difference, "Comparing both images", move |_, outbox| {
            let difference = changed.difference(&original, gain);
            outbox.send(move |app| {
                let ready = &mut app.open.explore.difference.ready;
                // An older one that took longer does not replace a newer one.
                if ready.as_ref().is_none_or(|(known, _)| *known < result) {
                    *ready = Some((result, difference));
                }
            });
            Ok(())
        });
    }
}
