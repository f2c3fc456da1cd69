//! Runs of consecutive numbers that are taken from one value into another.

/// A run: start in the output, start in the input, length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) to: usize,
    pub(super) from: usize,
    pub(super) count: usize,
}

/// Runs of the places in an input, one for each number of an output; none for a number that comes from elsewhere.
pub(super) fn runs(places: impl Iterator<Item = Option<usize>>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (to, place) in places.enumerate() {
        let Some(from) = place else { continue };
        match runs.last_mut() {
            Some(last) if last.to + last.count == to && last.from + last.count == from => last.count += 1,
            _ => runs.push(Run { to, from, count: 1 }),
        }
    }
    runs
}

/// Copies runs; `images` numbers stand for one.
pub(super) fn take(runs: &[Run], from: &[f32], to: &mut [f32], images: usize) {
    for run in runs {
        let count = run.count * images;
        to[run.to * images..][..count].copy_from_slice(&from[run.from * images..][..count]);
    }
}

/// Adds what runs took to where it came from.
pub(super) fn give_back(runs: &[Run], above: &[f32], below: &mut [f32], images: usize) {
    for run in runs {
        let count = run.count * images;
        super::each::add(&mut below[run.from * images..][..count], &above[run.to * images..][..count]);
    }
}
