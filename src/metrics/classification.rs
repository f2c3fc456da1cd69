//! Metrics of classes and their probabilities.

use serde::Serialize;

use crate::base::stats::Rate;

/// Ground truth and prediction of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Index of the true class.
    pub truth: usize,
    /// Classes with their probabilities, best first; absent classes count as zero.
    pub scores: Vec<(usize, f64)>,
}

impl Answer {
    /// The most probable class.
    pub fn best(&self) -> Option<usize> {
        self.scores.first().map(|(class, _)| *class)
    }

    fn score(&self, class: usize) -> f64 {
        self.scores.iter().find(|(known, _)| *known == class).map_or(0.0, |(_, score)| *score)
    }
}

/// Confusion matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Row: ground truth; column: prediction; the last column: no prediction.
    pub counts: Vec<Vec<usize>>,
}

/// One class against all others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassScores {
    /// Number of images of the class.
    pub support: usize,
    /// Fraction of correct predictions among those of this class; `None` without such predictions.
    pub precision: Option<f64>,
    /// Fraction of correct predictions among the images of the class; `None` without such images.
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Option<f64>,
    /// Area under the ROC curve; `None` if all or no images are of the class.
    pub roc_auc: Option<f64>,
    /// Average precision: precision at each image of the class, by falling probability.
    pub average_precision: Option<f64>,
}

/// Counts of a confusion matrix.
pub fn confusion(answers: &[Answer], classes: usize) -> Confusion {
    let mut counts = vec![vec![0; classes + 1]; classes];
    for answer in answers {
        if let Some(row) = counts.get_mut(answer.truth) {
            let column = answer.best().filter(|best| *best < classes).unwrap_or(classes);
            row[column] += 1;
        }
    }
    Confusion { counts }
}

impl Confusion {
    /// Number of images.
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Accuracy with its confidence interval.
    pub fn accuracy(&self) -> Rate {
        let right = self.counts.iter().enumerate().map(|(i, row)| row[i]).sum();
        Rate::wilson(right, self.total())
    }

    /// Precision of a class.
    pub fn precision(&self, class: usize) -> Rate {
        Rate::wilson(self.counts[class][class], self.counts.iter().map(|row| row[class]).sum())
    }

    /// Recall of a class.
    pub fn recall(&self, class: usize) -> Rate {
        Rate::wilson(self.counts[class][class], self.counts[class].iter().sum())
    }

    /// F of precision and recall, with recall weighted by `beta`; `None` if neither is known.
    pub fn f_beta(&self, class: usize, beta: f64) -> Option<f64> {
        let (precision, recall) = (self.precision(class), self.recall(class));
        let (hits, b) = (precision.hits as f64, beta * beta);
        let below = b * recall.of as f64 + precision.of as f64;
        (below > 0.0).then(|| (1.0 + b) * hits / below)
    }

    /// Mean recall over the classes that occur; `None` if none does.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls: Vec<f64> = (0..self.counts.len())
            .map(|class| self.recall(class))
            .filter(|rate| rate.of > 0)
            .map(|rate| rate.share())
            .collect();
        (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }
}

/// Scores of one class against all others.
pub fn class_scores(answers: &[Answer], confusion: &Confusion, class: usize) -> ClassScores {
    let (precision, recall) = (confusion.precision(class), confusion.recall(class));
    let ranked = ranked(answers, class);
    ClassScores {
        support: recall.of,
        precision: (precision.of > 0).then(|| precision.share()),
        recall: (recall.of > 0).then(|| recall.share()),
        f1: confusion.f_beta(class, 1.0),
        roc_auc: roc_auc(&ranked),
        average_precision: average_precision(&ranked),
    }
}

/// Area under the ROC curve of scores sorted from high to low: the probability that a positive ranks before
/// a negative, ties counting half (Mann and Whitney, 1947).
pub fn roc_auc(ranked: &[(f64, bool)]) -> Option<f64> {
    let positives = ranked.iter().filter(|(_, shows)| *shows).count();
    let negatives = ranked.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut area, mut above) = (0.0, 0.0);
    for (shows, others) in ties(ranked) {
        area += others * (above + shows / 2.0);
        above += shows;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// Sum over the thresholds of precision times the gain in recall; scores sorted from high to low.
pub fn average_precision(ranked: &[(f64, bool)]) -> Option<f64> {
    let positives = ranked.iter().filter(|(_, shows)| *shows).count() as f64;
    if positives < 1.0 {
        return None;
    }
    let (mut sum, mut right, mut all) = (0.0, 0.0, 0.0);
    for (shows, others) in ties(ranked) {
        right += shows;
        all += shows + others;
        sum += shows / positives * (right / all);
    }
    Some(sum)
}

/// The ROC curve of scores sorted from high to low: false and true positive rate at each threshold, from (0, 0) to (1, 1).
/// Empty if one of both kinds is missing.
pub fn roc(ranked: &[(f64, bool)]) -> Vec<[f64; 2]> {
    let positives = ranked.iter().filter(|(_, shows)| *shows).count() as f64;
    let negatives = ranked.len() as f64 - positives;
    if positives < 1.0 || negatives < 1.0 {
        return Vec::new();
    }
    let (mut right, mut wrong, mut curve) = (0.0, 0.0, vec![[0.0, 0.0]]);
    for (shows, others) in ties(ranked) {
        right += shows;
        wrong += others;
        curve.push([wrong / negatives, right / positives]);
    }
    curve
}

/// Recall and precision at each threshold of scores sorted from high to low; empty without a positive.
pub fn precision_recall(ranked: &[(f64, bool)]) -> Vec<[f64; 2]> {
    let positives = ranked.iter().filter(|(_, shows)| *shows).count() as f64;
    if positives < 1.0 {
        return Vec::new();
    }
    let (mut right, mut all) = (0.0, 0.0);
    let point = |(shows, others): (f64, f64)| {
        right += shows;
        all += shows + others;
        [right / positives, right / all]
    };
    ties(ranked).into_iter().map(point).collect()
}

/// Scores of one class from high to low, each with true for samples of the class.
pub fn ranked(answers: &[Answer], class: usize) -> Vec<(f64, bool)> {
    let mut ranked: Vec<(f64, bool)> = answers.iter().map(|a| (a.score(class), a.truth == class)).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

/// Numbers of positives and negatives of each score, from the highest on.
fn ties(ranked: &[(f64, bool)]) -> Vec<(f64, f64)> {
    let mut groups = Vec::new();
    for chunk in ranked.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let shows = chunk.iter().filter(|(_, shows)| *shows).count();
        groups.push((shows as f64, (chunk.len() - shows) as f64));
    }
    groups
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Number of predictions with a confidence in the bin.
    pub count: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Their accuracy.
    pub accuracy: f64,
}

/// Predictions by confidence in bins of equal width, each without its lower end, as in Guo et al., "On Calibration of
/// Modern Neural Networks", ICML 2017.
pub fn reliability(answers: &[Answer], bins: usize) -> Vec<Bin> {
    let mut bars = vec![Bin::default(); bins];
    for answer in answers {
        let Some((class, score)) = answer.scores.first() else { continue };
        let at = ((score * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        let bar = &mut bars[at];
        bar.count += 1;
        bar.confidence += score;
        bar.accuracy += f64::from(u8::from(*class == answer.truth));
    }
    for bar in bars.iter_mut().filter(|bar| bar.count > 0) {
        bar.confidence /= bar.count as f64;
        bar.accuracy /= bar.count as f64;
    }
    bars
}

/// Expected calibration error: mean distance of confidence and accuracy, weighted by predictions.
pub fn calibration_error(bars: &[Bin]) -> Option<f64> {
    let all: usize = bars.iter().map(|bar| bar.count).sum();
    let apart = |bar: &Bin| bar.count as f64 * (bar.accuracy - bar.confidence).abs();
    (all > 0).then(|| bars.iter().map(apart).sum::<f64>() / all as f64)
}

/// Mean negative log probability of the true class, clipped at 1e-15.
pub fn log_loss(answers: &[Answer]) -> Option<f64> {
    let loss = |answer: &Answer| -libm::log(answer.score(answer.truth).clamp(1e-15, 1.0));
    (!answers.is_empty()).then(|| answers.iter().map(loss).sum::<f64>() / answers.len() as f64)
}

/// P-value of the difference between two models, from the numbers of samples that only the first and only the second gets
/// right: the exact test of `McNemar`, 1947.
pub fn mcnemar(first_only: usize, second_only: usize) -> f64 {
    let n = first_only + second_only;
    let less = first_only.min(second_only);
    // Logarithms of binomial coefficients, so that large counts do not overflow.
    let mut term = -(n as f64) * std::f64::consts::LN_2;
    let mut sum = 0.0;
    for i in 0..=less {
        sum += libm::exp(term);
        term += libm::log((n - i) as f64) - libm::log((i + 1) as f64);
    }
    (2.0 * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers() -> Vec<Answer> {
        let rows: [(usize, [f64; 3]); 8] = [
            (0, [0.7, 0.2, 0.1]),
            (0, [0.4, 0.5, 0.1]),
            (1, [0.1, 0.8, 0.1]),
            (1, [0.3, 0.4, 0.3]),
            (1, [0.2, 0.2, 0.6]),
            (2, [0.1, 0.1, 0.8]),
            (2, [0.6, 0.3, 0.1]),
            (2, [0.05, 0.05, 0.9]),
        ];
        rows.iter()
            .map(|(truth, scores)| {
                let mut scores: Vec<(usize, f64)> = scores.iter().copied().enumerate().collect();
                scores.sort_by(|a, b| b.1.total_cmp(&a.1));
                Answer { truth: *truth, scores }
            })
            .collect()
    }

    /// By scikit-learn 1.9 with `tests/fixtures/make_metrics.py`.
    #[test]
    fn scores_are_those_of_the_reference() {
        let answers = answers();
        let found = confusion(&answers, 3);
        assert_eq!(found.counts, [[1, 1, 0, 0], [0, 2, 1, 0], [1, 0, 2, 0]]);
        let close = |a: Option<f64>, b: f64| assert!((a.unwrap() - b).abs() < 1e-9, "{a:?} is not {b}");
        close(Some(found.accuracy().share()), 0.625);
        close(found.balanced_accuracy(), 0.611_111_111_111_111);
        let of = |class| class_scores(&answers, &found, class);
        close(of(0).roc_auc, 0.916_666_666_666_666_6);
        close(of(1).roc_auc, 0.766_666_666_666_666_6);
        close(of(2).roc_auc, 0.766_666_666_666_666_6);
        close(of(0).average_precision, 0.833_333_333_333_333_3);
        close(of(1).average_precision, 0.722_222_222_222_222_2);
        close(of(2).average_precision, 0.791_666_666_666_666_6);
        close(of(1).f1, 0.666_666_666_666_666_6);
        close(found.f_beta(2, 2.0), 0.666_666_666_666_666_6);
        close(log_loss(&answers), 0.831_615_878_925_179_3);
        let bars = reliability(&answers, 10);
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<usize>(), 8);
        close(calibration_error(&bars), 0.3875);
        close(Some(mcnemar(10, 3)), 0.092_285_156_25);
        close(Some(mcnemar(0, 0)), 1.0);
    }
}
