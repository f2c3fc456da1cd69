//! Time that is left of a job, from the usual time of a step.

use std::collections::VecDeque;

/// Steps that are remembered.
const MARKS: usize = 64;
/// Steps before which nothing is said.
const LEAST: usize = 2;

/// Times at which a job got further.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    /// Seconds a step, the newest last.
    steps: VecDeque<f64>,
    /// Time and steps done when the job got further the last time.
    last: Option<(f64, u64)>,
}

impl Pace {
    /// Takes note of the steps done at a time in seconds.
    pub fn note(&mut self, secs: f64, done: u64) {
        match self.last {
            Some((before, known)) if done > known => {
                if self.steps.len() == MARKS {
                    self.steps.pop_front();
                }
                self.steps.push_back((secs - before) / (done - known) as f64);
                self.last = Some((secs, done));
            }
            // The next part of the job counts from its own beginning.
            Some((_, known)) if done < known => self.last = Some((secs, done)),
            Some(_) => {}
            None => self.last = Some((secs, done)),
        }
    }

    /// Median time of a step in seconds; none before there were some. A step that took long, and predictions that were known
    /// already, do not move it.
    pub fn step_secs(&self) -> Option<f64> {
        if self.steps.len() < LEAST {
            return None;
        }
        let mut steps: Vec<f64> = self.steps.iter().copied().collect();
        steps.sort_by(f64::total_cmp);
        steps.get(steps.len() / 2).copied()
    }

    /// Seconds until `total` steps are done, seen from a time in seconds. It does not grow while nothing happens.
    pub fn left_secs(&self, secs: f64, total: u64) -> Option<f64> {
        let (last, done) = self.last?;
        let all = total.saturating_sub(done) as f64 * self.step_secs()?;
        Some((all - (secs - last)).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_start_a_stall_and_known_predictions_do_not_move_the_estimate() {
        let mut pace = Pace::default();
        pace.note(0.0, 0);
        // Loading takes half a minute, then a step takes a tenth of a second.
        pace.note(30.0, 1);
        for step in 1..20_u64 {
            pace.note(30.0 + step as f64 * 0.1, step + 1);
        }
        let left = pace.left_secs(31.9, 120).unwrap();
        assert!((left - 10.0).abs() < 1e-9, "{left}");
        assert!(pace.left_secs(35.0, 120).unwrap() < left, "it never grows while nothing happens");
        // Fifty that were known already.
        pace.note(36.0, 70);
        assert!((pace.left_secs(36.0, 120).unwrap() - 5.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_is_said_before_there_were_steps() {
        let mut pace = Pace::default();
        pace.note(0.0, 0);
        pace.note(5.0, 1);
        assert_eq!(pace.left_secs(5.0, 100), None);
    }
}
