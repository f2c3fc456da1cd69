//! Summary of attacks: how many images hold, under noise of the same size as well.

use crate::base::stats::{Rate, quantile};
use crate::robustness::attacks::run::Outcome;
use crate::robustness::attacks::{AttackKind, NO_SLOPE, NOT_FINITE};

/// Numbers of one attack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Images that count.
    pub images: usize,
    /// Images that the model was wrong about before the attack; they do not hold.
    pub wrong_before: usize,
    /// Images that hold.
    pub holds: usize,
    /// Images that hold under noise of the same size.
    pub holds_under_noise: usize,
    /// Images for which the goal was reached in numbers and not on 8 bits.
    pub float_only: usize,
    /// Images that do not count.
    pub skipped: usize,
    /// Images that hold because there was no gradient to follow: zero everywhere, or no number.
    pub no_gradient: usize,
    /// Median number of queries of the successes.
    pub queries: Option<f64>,
    /// Median size of the successes, by the largest change and by L2.
    pub sizes: Option<(f64, f64)>,
    /// Images that the other model is fooled by as well, of the successes whose clean image it was right about.
    pub transferred: Option<(usize, usize)>,
}

impl Tally {
    /// Share of images that hold, with its interval.
    pub fn rate(&self) -> Rate {
        Rate::wilson(self.holds, self.images)
    }

    /// The same under noise.
    pub fn noise_rate(&self) -> Rate {
        Rate::wilson(self.holds_under_noise, self.images)
    }
}

/// Numbers of each attack, and the images that hold against all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// By attack, in the order in which they were asked for.
    pub attacks: Vec<(&'static str, Tally)>,
    /// Images that hold against every attack.
    pub all: Tally,
}

/// Summary of outcomes of these attacks; those of one image are together.
pub fn summary(kinds: &[&'static AttackKind], outcomes: &[Outcome]) -> Summary {
    let attacks = kinds.iter().map(|kind| {
        let own: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| std::ptr::eq(outcome.kind, *kind)).collect();
        (kind.id, tally(&own))
    });
    let attacks: Vec<(&'static str, Tally)> = attacks.collect();
    let mut all = Tally::default();
    for image in outcomes.chunk_by(|a, b| a.image == b.image) {
        let Some(first) = image.first().filter(|first| first.counts()) else {
            all.skipped += 1;
            continue;
        };
        all.images += 1;
        all.wrong_before += usize::from(!first.right);
        all.holds += usize::from(image.iter().all(Outcome::holds));
        all.holds_under_noise += usize::from(first.holds_under_noise());
        all.float_only +=
            usize::from(image.iter().all(|one| !one.success) && image.iter().any(|one| one.float_only));
    }
    Summary { attacks, all }
}

/// Numbers of some outcomes.
pub(super) fn tally(outcomes: &[&Outcome]) -> Tally {
    let counted: Vec<&&Outcome> = outcomes.iter().filter(|outcome| outcome.counts()).collect();
    let count = |is: &dyn Fn(&Outcome) -> bool| counted.iter().filter(|outcome| is(outcome)).count();
    let fallen: Vec<&&&Outcome> = counted.iter().filter(|outcome| outcome.success).collect();
    let median = |of: &dyn Fn(&Outcome) -> f64| {
        let mut values: Vec<f64> = fallen.iter().map(|outcome| of(outcome)).collect();
        values.sort_by(f64::total_cmp);
        quantile(&values, 0.5)
    };
    let asked = fallen.iter().any(|outcome| outcome.transferred.is_some());
    Tally {
        images: counted.len(),
        wrong_before: count(&|outcome| !outcome.right),
        holds: count(&|outcome| outcome.holds()),
        holds_under_noise: count(&|outcome| outcome.holds_under_noise()),
        float_only: count(&|outcome| outcome.float_only),
        skipped: outcomes.len() - counted.len(),
        no_gradient: count(&|outcome| {
            outcome.holds() && [NO_SLOPE, NOT_FINITE].contains(&outcome.note.as_str())
        }),
        queries: median(&|outcome| outcome.queries as f64),
        sizes: median(&|outcome| outcome.sizes[0]).zip(median(&|outcome| outcome.sizes[1])),
        transferred: asked.then(|| {
            let known = fallen.iter().filter_map(|outcome| outcome.transferred);
            (known.clone().filter(|fooled| *fooled).count(), known.count())
        }),
    }
}
