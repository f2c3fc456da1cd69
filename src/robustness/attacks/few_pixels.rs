//! Single and few pixels, set to their ends.

use crate::base::rng::Rng;
use crate::robustness::attacks::asking::{Asking, each};
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::simba::shuffled;
use crate::robustness::attacks::{AttackKind, Found, Knowledge, NOT_FOUND};

/// One pixel.
pub(super) static SINGLE: AttackKind = AttackKind {
    id: "single_pixel",
    title: "Single pixel",
    summary: "pixels in a random order, each set to black and to white, up to 1000 of them",
    source: "Su, Vargas, Sakurai, \"One Pixel Attack for Fooling Deep Neural Networks\", IEEE TEVC 2019",
    knows: Knowledge::Label,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| each(attack, shots, |asking| search(asking, 1)),
};

/// A few pixels, the best first.
pub(super) static FEW: AttackKind = AttackKind {
    id: "few_pixels",
    title: "Few pixels",
    summary: "up to ten pixels one after the other, each the one of 100 random ones that lowers the margin most",
    source: "Narodytska, Kasiviswanathan, \"Simple Black-Box Adversarial Attacks on Deep Neural Networks\", CVPR workshop 2017",
    knows: Knowledge::Scores,
    norms: &[],
    least: true,
    objects: true,
    run: |attack, shots| each(attack, shots, |asking| search(asking, 10)),
};

/// Pixels that are tried for a single one, and for each of a few.
const TRIED: (usize, usize) = (1000, 100);
/// Questions that are asked together.
const TOGETHER: usize = 20;

fn search(asking: &mut Asking<'_>, most: usize) -> Result<Found, AttackError> {
    let shot = asking.shot;
    let (width, height, planes) = shot.shape();
    let count = width * height;
    let tried = if most == 1 { TRIED.0 } else { TRIED.1 };
    let mut numbers = shot.start.clone();
    for round in 0..most {
        let places = shuffled(&mut Rng::split(shot.seed, round as u64), count);
        let set = |place: usize, end: f32| {
            let mut set = numbers.clone();
            (0..planes).for_each(|plane| set[plane * count + place] = end);
            set
        };
        let asked: Vec<(usize, f32)> =
            places.iter().take(tried).flat_map(|at| [(*at, 0.0), (*at, 1.0)]).collect();
        let mut best: Option<(f64, Vec<f32>)> = None;
        for part in asked.chunks(TOGETHER) {
            let images: Vec<Vec<f32>> = part.iter().map(|(at, end)| set(*at, *end)).collect();
            let answers = asking.ask_all(&images)?;
            let done = answers.len() < images.len();
            for (image, answer) in images.into_iter().zip(answers) {
                if answer.reached {
                    return Ok(Found { numbers: image, ..Found::default() });
                }
                if best.as_ref().is_none_or(|(least, _)| answer.margin < *least) {
                    best = Some((answer.margin, image));
                }
            }
            if done {
                break;
            }
        }
        let Some((_, image)) = best.filter(|_| asking.left() > 0 && round + 1 < most) else { break };
        numbers = image;
    }
    Ok(Found::nothing(shot, 0, NOT_FOUND))
}
