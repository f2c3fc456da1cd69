//! Label errors of classes by confident learning (Northcutt, Jiang, Chuang, "Confident Learning: Estimating Uncertainty in Dataset
//! Labels", JAIR 2021).
//!
//! Probabilities must be out of sample, from a model that was trained without the sample: on its own training data a model
//! agrees with wrong labels, too.

pub mod boxes;

/// Tolerance of the comparison of a probability with a threshold.
const TOLERANCE: f64 = 1e-6;
/// Least probability that is divided by.
const LEAST: f64 = 1e-6;
/// Accuracy on the given labels above which the model has probably seen them.
pub const SUSPICIOUS_ACCURACY: f64 = 0.995;

/// Given labels with the probabilities of every class.
#[derive(Clone, Debug)]
pub struct Labeled {
    labels: Vec<usize>,
    probabilities: Vec<f64>,
    classes: usize,
}

/// Labels and probabilities that do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabeledError {
    /// The number of probabilities is not that of labels times classes.
    #[error("{labels} labels of {classes} classes need {} probabilities, there are {found}", labels * classes)]
    Count {
        /// Number of labels.
        labels: usize,
        /// Number of classes.
        classes: usize,
        /// Number of probabilities.
        found: usize,
    },
    /// A label is no class.
    #[error("the label of sample {sample} is {label}, there are {classes} classes")]
    Label {
        /// Index of the sample.
        sample: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A probability is none.
    #[error("a probability of sample {sample} is not between 0 and 1")]
    Probability {
        /// Index of the sample.
        sample: usize,
    },
}

/// Selection of samples as label errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finder {
    /// Of each pair of classes as many as the confident joint counts, those with the largest margin.
    PruneByNoiseRate,
    /// Of each class as many as are estimated to be wrong, those with the lowest self confidence.
    PruneByClass,
    /// Those of both.
    Both,
    /// The samples off the diagonal of the confident joint.
    ConfidentLearning,
    /// Every sample with another prediction than its label.
    PredictedNotGiven,
    /// As many as confident learning finds, those with the lowest self confidence.
    LowSelfConfidence,
    /// As many as confident learning finds, those with the lowest normalized margin.
    LowNormalizedMargin,
}

impl Finder {
    /// All of them, the default first.
    pub const ALL: [Self; 7] = [
        Self::PruneByNoiseRate,
        Self::PruneByClass,
        Self::Both,
        Self::ConfidentLearning,
        Self::PredictedNotGiven,
        Self::LowSelfConfidence,
        Self::LowNormalizedMargin,
    ];

    /// Name in files and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::PruneByNoiseRate => "prune_by_noise_rate",
            Self::PruneByClass => "prune_by_class",
            Self::Both => "both",
            Self::ConfidentLearning => "confident_learning",
            Self::PredictedNotGiven => "predicted_neq_given",
            Self::LowSelfConfidence => "low_self_confidence",
            Self::LowNormalizedMargin => "low_normalized_margin",
        }
    }
}

impl Labeled {
    /// Labels as indices of classes, and the probabilities of each sample one after the other.
    pub fn new(labels: Vec<usize>, probabilities: Vec<f64>, classes: usize) -> Result<Self, LabeledError> {
        if labels.len().checked_mul(classes) != Some(probabilities.len()) {
            return Err(LabeledError::Count { labels: labels.len(), classes, found: probabilities.len() });
        }
        if let Some((sample, label)) = labels.iter().enumerate().find(|(_, label)| **label >= classes) {
            return Err(LabeledError::Label { sample, label: *label, classes });
        }
        let wrong = probabilities.iter().position(|p| !(-LEAST..=1.0 + LEAST).contains(p));
        match wrong {
            Some(at) => Err(LabeledError::Probability { sample: at / classes }),
            None => Ok(Self { labels, probabilities, classes }),
        }
    }

    /// Number of samples.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    fn row(&self, sample: usize) -> &[f64] {
        &self.probabilities[sample * self.classes..(sample + 1) * self.classes]
    }

    fn rows(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.labels.iter().copied().zip(self.probabilities.chunks_exact(self.classes.max(1)))
    }

    /// The predicted class of a sample, the first of equally probable ones.
    pub fn predicted(&self, sample: usize) -> usize {
        most_probable(self.row(sample))
    }

    /// Share of the samples with a prediction that is the label; high on data that the model has seen.
    pub fn accuracy(&self) -> f64 {
        let right = self.rows().filter(|(label, row)| most_probable(row) == *label).count();
        right as f64 / self.count().max(1) as f64
    }

    /// Mean probability of each class over the samples that are given it; `None` of a class without samples.
    pub fn thresholds(&self) -> Vec<Option<f64>> {
        let mut sums = vec![(0.0, 0_usize); self.classes];
        for (label, row) in self.rows() {
            sums[label].0 += row[label];
            sums[label].1 += 1;
        }
        sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum / count as f64)).collect()
    }

    /// The class that a sample confidently belongs to: that over its threshold, of several the most probable.
    fn confident(&self, thresholds: &[Option<f64>]) -> Vec<Option<usize>> {
        let of = |(_, row): (usize, &[f64])| {
            let over = |(p, threshold): (&f64, &Option<f64>)| threshold.is_some_and(|t| *p >= t - TOLERANCE);
            let mut all =
                row.iter().zip(thresholds).enumerate().filter(|(_, pair)| over(*pair)).map(|(at, _)| at);
            let first = all.next()?;
            Some(if all.next().is_some() { most_probable(row) } else { first })
        };
        self.rows().map(of).collect()
    }

    /// Counts of samples by given and confident class.
    pub fn confident_joint(&self) -> Vec<Vec<usize>> {
        let mut joint = vec![vec![0; self.classes]; self.classes];
        for (label, confident) in self.labels.iter().zip(self.confident(&self.thresholds())) {
            if let Some(confident) = confident {
                joint[*label][confident] += 1;
            }
        }
        // A class has at least one right label.
        joint.iter_mut().enumerate().for_each(|(at, row)| row[at] = row[at].max(1));
        joint
    }

    /// The joint with rows that sum to the counts of the given labels, in whole numbers.
    pub fn calibrated_joint(&self) -> Vec<Vec<usize>> {
        let mut counts = vec![0_usize; self.classes];
        self.labels.iter().for_each(|label| counts[*label] += 1);
        let scaled = |(row, count): (&Vec<usize>, &usize)| -> Vec<usize> {
            let sum: usize = row.iter().sum();
            let scaled: Vec<f64> = row.iter().map(|cell| *cell as f64 / sum as f64 * *count as f64).collect();
            rounded(&scaled, *count)
        };
        self.confident_joint().iter().zip(&counts).map(scaled).collect()
    }

    /// The samples that a finder takes for label errors, in order.
    pub fn issues(&self, finder: Finder) -> Vec<usize> {
        let found: Vec<bool> = match finder {
            Finder::PruneByNoiseRate => self.by_noise_rate(),
            Finder::PruneByClass => self.by_class(),
            Finder::Both => self.by_noise_rate().iter().zip(self.by_class()).map(|(a, b)| *a && b).collect(),
            Finder::ConfidentLearning => {
                let confident = self.confident(&self.thresholds());
                self.labels.iter().zip(confident).map(|(label, c)| c.is_some_and(|c| c != *label)).collect()
            }
            Finder::PredictedNotGiven => vec![true; self.count()],
            Finder::LowSelfConfidence => return self.lowest(&self.self_confidence()),
            Finder::LowNormalizedMargin => return self.lowest(&self.normalized_margin()),
        };
        (0..self.count()).filter(|at| found[*at] && self.predicted(*at) != self.labels[*at]).collect()
    }

    fn by_noise_rate(&self) -> Vec<bool> {
        let (joint, members) = (self.calibrated_joint(), self.members());
        let mut found = vec![false; self.count()];
        for (given, row) in joint.iter().enumerate() {
            for (class, count) in
                row.iter().enumerate().filter(|(class, count)| *class != given && **count > 0)
            {
                let margin = |at: usize| self.row(at)[class] - self.row(at)[given];
                let mut margins: Vec<f64> = members[given].iter().map(|at| margin(*at)).collect();
                let place = (count - 1).min(margins.len().saturating_sub(1));
                if margins.is_empty() {
                    continue;
                }
                let (_, cut, _) = margins.select_nth_unstable_by(place, |a, b| b.total_cmp(a));
                let cut = *cut;
                members[given].iter().filter(|at| margin(**at) >= cut).for_each(|at| found[*at] = true);
            }
        }
        found
    }

    fn by_class(&self) -> Vec<bool> {
        let (joint, members) = (self.calibrated_joint(), self.members());
        let mut found = vec![false; self.count()];
        for (class, members) in members.iter().enumerate() {
            let errors = members.len() - joint[class][class].min(members.len());
            let mut own: Vec<f64> = members.iter().map(|at| self.row(*at)[class]).collect();
            if own.len() > 1 && errors < own.len() {
                let (_, cut, _) = own.select_nth_unstable_by(errors, f64::total_cmp);
                let cut = *cut;
                members.iter().filter(|at| self.row(**at)[class] < cut).for_each(|at| found[*at] = true);
            }
        }
        found
    }

    /// The samples that are given each class.
    fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.classes];
        self.labels.iter().enumerate().for_each(|(at, label)| members[*label].push(at));
        members
    }

    /// As many samples as confident learning finds, those with the lowest scores.
    fn lowest(&self, scores: &[f64]) -> Vec<usize> {
        let count = self.issues(Finder::ConfidentLearning).len();
        let mut order: Vec<usize> = (0..self.count()).collect();
        order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(a.cmp(b)));
        order.truncate(count);
        order.sort_unstable();
        order
    }

    /// Probability of the given label, 1 for a good label.
    pub fn self_confidence(&self) -> Vec<f64> {
        self.rows().map(|(label, row)| row[label]).collect()
    }

    /// Distance of that probability to the largest other one, on a scale from 0 to 1.
    pub fn normalized_margin(&self) -> Vec<f64> {
        let of = |(label, row): (usize, &[f64])| {
            let others = row.iter().enumerate().filter(|(class, _)| *class != label).map(|(_, p)| *p);
            f64::midpoint(row[label] - others.fold(0.0, f64::max), 1.0)
        };
        self.rows().map(of).collect()
    }

    /// Entropy divided by self confidence, on a scale on which 1 is good.
    pub fn confidence_weighted_entropy(&self) -> Vec<f64> {
        let most = libm::log(self.classes as f64);
        let of = |(label, row): (usize, &[f64])| {
            let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * libm::log(*p)).sum();
            let normalized = if most > 0.0 { entropy / most } else { 0.0 };
            let weighted = normalized / row[label].max(LEAST);
            if weighted > LEAST { libm::log1p(weighted) / weighted } else { 1.0 }
        };
        self.rows().map(of).collect()
    }
}

/// The index of the largest number, the first of equal ones.
fn most_probable(row: &[f64]) -> usize {
    row.iter()
        .enumerate()
        .fold((0, f64::NEG_INFINITY), |best, (at, p)| if *p > best.1 { (at, *p) } else { best })
        .0
}

/// Whole numbers that sum to `total`, those with the largest fractions rounded up.
fn rounded(values: &[f64], total: usize) -> Vec<usize> {
    let mut whole: Vec<usize> = values.iter().map(|value| *value as usize).collect();
    let rest = total.saturating_sub(whole.iter().sum());
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Of equal fractions the later ones.
    order.sort_by(|a, b| values[*b].fract().total_cmp(&values[*a].fract()).then(b.cmp(a)));
    order.into_iter().take(rest).for_each(|at| whole[at] += 1);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_no_samples_and_bad_numbers() {
        let one = Labeled::new(vec![0; 3], vec![1.0; 3], 1).unwrap();
        assert!(Finder::ALL.into_iter().all(|finder| one.issues(finder).is_empty()));
        let none = Labeled::new(Vec::new(), Vec::new(), 4).unwrap();
        assert!(Finder::ALL.into_iter().all(|finder| none.issues(finder).is_empty()));
        assert!(matches!(Labeled::new(vec![0], vec![1.0], 2), Err(LabeledError::Count { .. })));
        assert!(matches!(
            Labeled::new(vec![2], vec![0.5, 0.5], 2),
            Err(LabeledError::Label { sample: 0, .. })
        ));
        assert!(matches!(
            Labeled::new(vec![0], vec![f64::NAN, 1.0], 2),
            Err(LabeledError::Probability { .. })
        ));
        // Constant scores say nothing.
        let constant = Labeled::new(vec![0, 1, 0, 1], vec![0.5; 8], 2).unwrap();
        assert!(constant.issues(Finder::PruneByNoiseRate).len() <= 2);
        assert_eq!(constant.confidence_weighted_entropy().len(), 4);
    }
}
