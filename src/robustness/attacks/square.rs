//! Square attack: random squares at the border of the ball, kept when the margin falls.

use crate::base::rng::Rng;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::norm::Norm;
use crate::robustness::attacks::square_l2;
use crate::robustness::attacks::squares::{Search, below};
use crate::robustness::attacks::subject::Shot;
use crate::robustness::attacks::{Attack, AttackKind, Found, Knowledge, NOT_FOUND};

/// Squares for Linf, moved pyramids for L2.
pub(super) static KIND: AttackKind = AttackKind {
    id: "square",
    title: "Square attack",
    summary: "vertical stripes, then random squares of +-eps (linf) or pyramids whose norm moves (l2), p = 0.8 falling with the budget",
    source: "Andriushchenko et al., \"Square Attack\", ECCV 2020",
    knows: Knowledge::Scores,
    norms: &[Norm::Linf, Norm::L2],
    least: false,
    objects: true,
    run,
};

/// Share of the image that a square covers in the beginning.
const SHARE: f64 = 0.8;
/// Queries of 10,000 after which it is halved.
const HALVED: [usize; 9] = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
const OF: usize = 10_000;

/// Share of the image that a square covers after `queries` of `budget`.
pub(super) fn share(queries: usize, budget: usize) -> f64 {
    let scaled = queries * OF / budget.max(1);
    let halves = HALVED.iter().filter(|after| scaled > **after).count();
    SHARE / f64::from(1_u32 << halves)
}

fn run(attack: &Attack<'_>, shots: &[Shot]) -> Result<Vec<Found>, AttackError> {
    let (norm, eps, budget) = (attack.settings.norm, attack.settings.eps, attack.settings.budget);
    let mut searches: Vec<Search<'_>> = shots
        .iter()
        .map(|shot| Search {
            shot,
            rng: Rng::split(shot.seed, 0),
            eps,
            best: shot.start.clone(),
            margin: f64::INFINITY,
            queries: 0,
            reached: false,
        })
        .collect();
    attack.expect(budget);
    for query in 0..budget {
        attack.ran(query)?;
        let mut open: Vec<&mut Search<'_>> = searches.iter_mut().filter(|search| !search.reached).collect();
        if open.is_empty() {
            break;
        }
        let tried: Vec<Vec<f32>> = open
            .iter_mut()
            .map(|search| match (norm, query) {
                (Norm::L2, 0) => square_l2::start(search),
                (Norm::L2, _) => square_l2::moved(search, share(query, budget)),
                (Norm::Linf | Norm::L1, 0) => search.stripes(),
                (Norm::Linf | Norm::L1, _) => search.square(share(query, budget)),
            })
            .collect();
        let asked: Vec<(&Shot, &[f32])> =
            open.iter().zip(&tried).map(|(search, numbers)| (search.shot, numbers.as_slice())).collect();
        let answers = attack.subject.answers(&asked)?;
        for ((search, numbers), answer) in open.iter_mut().zip(tried).zip(answers) {
            search.queries += 1;
            if answer.reached || answer.margin < search.margin {
                (search.best, search.margin, search.reached) = (numbers, answer.margin, answer.reached);
            }
        }
    }
    let found = searches.into_iter().map(|search| Found {
        numbers: search.best,
        queries: search.queries,
        note: if search.reached { "" } else { NOT_FOUND },
    });
    Ok(found.collect())
}

impl Search<'_> {
    fn side(&mut self) -> f32 {
        if self.rng.unit() < 0.5 { -(self.eps as f32) } else { self.eps as f32 }
    }

    /// Vertical stripes, one side for each column and plane.
    fn stripes(&mut self) -> Vec<f32> {
        let (width, height, planes) = self.shot.shape();
        let sides: Vec<f32> = (0..planes * width).map(|_| self.side()).collect();
        let start = self.shot.start.iter().enumerate();
        start
            .map(|(at, value)| (value + sides[at / (width * height) * width + at % width]).clamp(0.0, 1.0))
            .collect()
    }

    /// Another square, one side for each plane; never the one that is there.
    fn square(&mut self, share: f64) -> Vec<f32> {
        let (width, height, planes) = self.shot.shape();
        let least = width.min(height);
        let side = ((share * (width * height) as f64).sqrt().round() as usize).clamp(1, (least - 1).max(1));
        let (top, left) = (below(&mut self.rng, height - side + 1), below(&mut self.rng, width - side + 1));
        let mut numbers = self.best.clone();
        for _ in 0..32 {
            for plane in 0..planes {
                let change = self.side();
                for y in top..top + side {
                    let begin = (plane * height + y) * width + left;
                    let row = begin..begin + side;
                    for (number, start) in numbers[row.clone()].iter_mut().zip(&self.shot.start[row]) {
                        *number = (start + change).clamp(0.0, 1.0);
                    }
                }
            }
            if numbers != self.best {
                break;
            }
        }
        numbers
    }
}
