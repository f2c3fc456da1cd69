//! Trials of a patch in placements that it was not trained on, beside patches of one color and of noise.

use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::base::rng::Rng;
use crate::base::stats::Rate;
use crate::data::image::Image;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::subject::Subject;
use crate::robustness::patches::paste::{Pasted, Patch, composed, image};
use crate::robustness::patches::placement::Placement;
use crate::robustness::patches::wanted::{TEXELS, Wanted, seen};

/// Stream of the random numbers of trials, apart from those of training.
const TRIALS: u64 = 1 << 40;

/// A cover of the sign that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dress {
    /// The clean sign.
    Clean,
    /// A black patch.
    Black,
    /// A white one.
    White,
    /// One of uniform noise.
    Noise,
    /// The trained one.
    Trained,
}

impl Dress {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 5] = [Self::Clean, Self::Black, Self::White, Self::Noise, Self::Trained];

    /// Name in tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Black => "black",
            Self::White => "white",
            Self::Noise => "noise",
            Self::Trained => "trained",
        }
    }
}

/// One placement and what the model saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Index of the frame.
    pub frame: usize,
    /// The placement.
    pub placement: Placement,
    /// True where the sign was seen, by [`Dress::ALL`].
    pub seen: [bool; 5],
}

/// A patch of uniform noise.
fn noise(seed: u64) -> Patch {
    let mut rng = Rng::split(seed, TRIALS - 1);
    let mut plane = || (0..TEXELS * TEXELS).map(|_| rng.unit() as f32).collect();
    Patch { side: TEXELS, planes: [plane(), plane(), plane()] }
}

/// Tries every cover of the sign in `count` random placements on frames; the same on every number of threads.
pub fn trials(
    subject: &Subject<'_>,
    (wanted, patch): (&Wanted<'_>, &Patch),
    (frames, count): (&[Image], usize),
    threads: usize,
    progress: &Progress,
) -> Result<Vec<Trial>, AttackError> {
    let covers = [Patch::filled(TEXELS, [0.0; 3]), Patch::filled(TEXELS, [1.0; 3]), noise(wanted.seed)];
    progress.begin(count as u64);
    let mut trials = Vec::with_capacity(count);
    let one = |at: usize| -> Result<Trial, AttackError> {
        let mut rng = Rng::split(wanted.seed, TRIALS + at as u64);
        let frame = rng.bits() as usize % frames.len();
        let placement = Placement::random(&mut rng, &wanted.ranges, frames[frame].size());
        let mut found = [false; 5];
        for (dress, found) in Dress::ALL.iter().zip(&mut found) {
            progress.check()?;
            let picture = dressed((wanted, &covers, patch), *dress, &frames[frame], &placement);
            *found = seen(&subject.predict(&picture)?, wanted.class, &placement);
        }
        Ok(Trial { frame, placement, seen: found })
    };
    in_order(count, threads, one, |at, trial| {
        trials.push(trial?);
        progress.reach(at as u64 + 1).map_err(AttackError::from)
    })?;
    Ok(trials)
}

fn dressed(
    (wanted, covers, trained): (&Wanted<'_>, &[Patch; 3], &Patch),
    dress: Dress,
    frame: &Image,
    placement: &Placement,
) -> Image {
    let [black, white, noise] = covers;
    let patch = match dress {
        Dress::Clean => None,
        Dress::Black => Some(black),
        Dress::White => Some(white),
        Dress::Noise => Some(noise),
        Dress::Trained => Some(trained),
    };
    let pasted = Pasted { sign: wanted.sign, patch: patch.map(|patch| (patch, wanted.cover)) };
    image(&composed(frame, pasted, placement), frame.size())
}

/// The frame of a trial with the trained patch.
pub fn shown((wanted, patch): (&Wanted<'_>, &Patch), frames: &[Image], trial: &Trial) -> Option<Image> {
    let frame = frames.get(trial.frame)?;
    let pasted = Pasted { sign: wanted.sign, patch: Some((patch, wanted.cover)) };
    Some(image(&composed(frame, pasted, &trial.placement), frame.size()))
}

/// Rates of trials in which the sign was seen, by [`Dress::ALL`].
pub fn rates<'a>(trials: impl Iterator<Item = &'a Trial>) -> [Rate; 5] {
    let (mut all, mut seen) = (0, [0_usize; 5]);
    for trial in trials {
        all += 1;
        for (count, own) in seen.iter_mut().zip(trial.seen) {
            *count += usize::from(own);
        }
    }
    seen.map(|count| Rate::wilson(count, all))
}
