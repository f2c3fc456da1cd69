//! A planned path stays close to the expected one.

use crate::base::params::ParamSpec;
use crate::claims::close_values::agreement;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::Task;

/// The path of the values `x0`, `y0`, `x1`, `y1`… against the expected one, in meters.
///
/// Limits apply to mean and final displacement (ADE, FDE), the greatest deviation, and the discrete Fréchet distance. A
/// limit of 0 is off.
///
/// The similar-run relations of Lindvall et al., "Metamorphic model-based testing of autonomous systems",
/// MET 2017. The expected prediction accounts for the effect of the transforms on the path.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_path",
    title: "Same path",
    summary: "A planned path stays within limits of mean, final and greatest distance from the one expected",
    margin: "limit minus distance in meters, the smallest of the distances that have a limit",
    params: &[ADE, FDE, DEVIATION, FRECHET],
    about: &[Task::Values],
    subject: Subject::None,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        let limits = [&ADE, &FDE, &DEVIATION, &FRECHET].map(|spec| oracle.params.value(spec));
        Ok(Box::new(SamePath { limits }))
    }),
};

const ADE: ParamSpec = ParamSpec {
    id: "ade",
    title: "Mean",
    unit: "m",
    min: 0.0,
    max: 20.0,
    neutral: 0.5,
    initial: 0.5,
    step: 0.05,
};
const FDE: ParamSpec = ParamSpec { id: "fde", title: "Final", neutral: 1.0, initial: 1.0, ..ADE };
const DEVIATION: ParamSpec =
    ParamSpec { id: "deviation", title: "Greatest", neutral: 0.0, initial: 0.0, ..ADE };
const FRECHET: ParamSpec = ParamSpec { id: "frechet", title: "Fréchet", neutral: 0.0, initial: 0.0, ..ADE };

/// Displacement of two paths of the same moments, in the unit of the paths.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Displacement {
    /// Mean distance of points of the same moment (average displacement error).
    pub mean: f64,
    /// Distance of the last points (final displacement error).
    pub last: f64,
    /// Greatest distance of points of the same moment.
    pub greatest: f64,
    /// Discrete Fréchet distance (Eiter and Mannila, 1994): the shortest leash with which two can walk them.
    pub frechet: f64,
}

/// Compares two paths; `None` if one is empty. The longer is cut to the shorter, except for the Fréchet distance.
pub fn displacement(a: &[[f64; 2]], b: &[[f64; 2]]) -> Option<Displacement> {
    let apart = |p: &[f64; 2], q: &[f64; 2]| libm::hypot(p[0] - q[0], p[1] - q[1]);
    let each: Vec<f64> = a.iter().zip(b).map(|(p, q)| apart(p, q)).collect();
    let last = *each.last()?;
    // One row of the table of Eiter and Mannila at a time.
    let mut row: Vec<f64> = Vec::with_capacity(b.len());
    for (i, p) in a.iter().enumerate() {
        let mut next: Vec<f64> = Vec::with_capacity(b.len());
        for (k, q) in b.iter().enumerate() {
            let before = match (i, k) {
                (0, 0) => 0.0,
                (0, _) => next[k - 1],
                (_, 0) => row[0],
                _ => row[k].min(row[k - 1]).min(next[k - 1]),
            };
            next.push(apart(p, q).max(before));
        }
        row = next;
    }
    Some(Displacement {
        mean: each.iter().sum::<f64>() / each.len() as f64,
        last,
        greatest: each.iter().copied().fold(0.0, f64::max),
        frechet: *row.last()?,
    })
}

struct SamePath {
    limits: [f64; 4],
}

impl SamePath {
    fn measured(pair: &Pair<'_>) -> Result<[f64; 4], Unjudged> {
        let missing = || "the prediction has no path: values called x0, y0, x1, y1 and so on".to_owned();
        let (expected, after) =
            (pair.expected.path().ok_or_else(missing)?, pair.after.path().ok_or_else(missing)?);
        let known = |path: &[[f64; 2]]| path.iter().flatten().all(|number| number.is_finite());
        if !known(&expected) {
            return Err("the expected path has points that are no numbers".into());
        }
        if !known(&after) {
            return Ok([f64::NAN; 4]);
        }
        let found = displacement(&expected, &after).ok_or_else(missing)?;
        Ok([found.mean, found.last, found.greatest, found.frechet])
    }
}

impl PairClaim for SamePath {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let measured = Self::measured(pair)?;
        let judged = measured.iter().zip(self.limits).filter(|(_, limit)| *limit > 0.0);
        // Without any limit it is infinite, which is none.
        let margin = judged.map(|(found, limit)| limit - found).fold(f64::INFINITY, f64::min);
        let names = ["mean displacement", "final displacement", "greatest deviation", "Fréchet distance"];
        let broken: Vec<String> = names
            .iter()
            .zip(measured.iter().zip(self.limits))
            .filter(|(_, (found, limit))| *limit > 0.0 && (found.is_nan() || *found > limit))
            .map(|(name, (found, limit))| format!("{name} {found:.2} m, allowed {limit:.2} m"))
            .collect();
        if broken.is_empty() {
            return Ok(Judgment::pass(margin));
        }
        Ok(Judgment::fail(margin, broken.join("; ")))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        let Ok(measured) = Self::measured(pair) else { return 0.0 };
        let judged = measured.iter().zip(self.limits).filter(|(_, limit)| *limit > 0.0);
        judged.map(|(found, limit)| agreement(*found, limit)).fold(1.0, f32::min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_paths_are_those_of_the_definitions() {
        let straight: Vec<[f64; 2]> = (0..5).map(|i| [f64::from(i), 0.0]).collect();
        let beside: Vec<[f64; 2]> = straight.iter().map(|p| [p[0], 2.0]).collect();
        let found = displacement(&straight, &beside).unwrap();
        assert_eq!(found, Displacement { mean: 2.0, last: 2.0, greatest: 2.0, frechet: 2.0 });
        // The same way, walked one step later: the leash is short, the moments are apart.
        let late: Vec<[f64; 2]> = [[0.0, 0.0]].into_iter().chain(straight[..4].iter().copied()).collect();
        let found = displacement(&straight, &late).unwrap();
        assert!((found.mean - 0.8).abs() < 1e-12 && (found.last - 1.0).abs() < 1e-12);
        assert!((found.frechet - 1.0).abs() < 1e-12);
        // There and back: the known example of a Fréchet distance greater than the greatest gap between the sets.
        let there = [[0.0, 0.0], [4.0, 0.0], [0.0, 0.0]];
        let stay = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]];
        assert!((displacement(&there, &stay).unwrap().frechet - 4.0).abs() < 1e-12);
        assert_eq!(displacement(&[], &stay), None);
    }
}
