//! Label errors of boxes (Tkachenko, Thyagarajan, Mueller, "`ObjectLab`: Automated Diagnosis of Mislabeled Images in Object Detection
//! Data", 2023): overlooked, badly located and swapped boxes.

/// Weight of the overlap in the similarity of two boxes.
const OVERLAP: f64 = 0.9;
/// Decay of the similarity with the distance of the centers, per pixel.
const DECAY: f64 = 0.1;
/// Temperature of the soft minimum.
const TEMPERATURE: f64 = 0.1;
/// Overlap from which two labels of different classes are one object.
const SAME: f64 = 0.95;
/// Confidence above which a prediction says where an object is.
const LOCATES: f64 = 0.5;
/// Confidence from which a prediction says which object there is, in the published method.
pub const SURE: f64 = 0.95;

/// A labeled or a predicted box: x0, y0, x1, y1 in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabeledBox {
    /// The box.
    pub bbox: [f64; 4],
    /// Index of its class.
    pub class: usize,
    /// Confidence of a prediction; 1 for labels.
    pub confidence: f64,
}

/// The boxes of an image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// The labels.
    pub labels: Vec<LabeledBox>,
    /// The predictions.
    pub predictions: Vec<LabeledBox>,
}

/// Scores of the boxes of an image, from 0 for bad to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameScores {
    /// Of each prediction; `None` where it is not sure, or touches a label.
    pub overlooked: Vec<Option<f64>>,
    /// Of each label.
    pub badly_located: Vec<f64>,
    /// Of each label.
    pub swapped: Vec<f64>,
    /// Of the image.
    pub score: f64,
}

/// Scores of all images.
///
/// `sure` is the confidence from which a prediction says which object there is, [`SURE`] in the paper; with
/// a model whose confidences are lower few predictions count, see [`sure_predictions`].
pub fn scores(frames: &[Frame], sure: f64) -> Vec<FrameScores> {
    let similarities = frames.iter().flat_map(|frame| {
        let pairs = frame
            .labels
            .iter()
            .flat_map(|l| frame.predictions.iter().map(move |p| similarity(l.bbox, p.bbox)));
        pairs.filter(|similarity| *similarity > 0.0)
    });
    let least = similarities.fold(f64::INFINITY, f64::min);
    let least = if least.is_finite() { least } else { 0.0 };
    frames.iter().map(|frame| of_frame(frame, least, sure)).collect()
}

/// Number of predictions that count for overlooked boxes, and of all.
pub fn sure_predictions(frames: &[Frame], sure: f64) -> (usize, usize) {
    let all = frames.iter().flat_map(|frame| &frame.predictions);
    (all.clone().filter(|p| p.confidence >= sure).count(), all.count())
}

fn of_frame(frame: &Frame, least: f64, sure: f64) -> FrameScores {
    let overlooked = frame.predictions.iter().map(|prediction| {
        let touches = frame.labels.iter().any(|label| iou(label.bbox, prediction.bbox) > 0.0);
        if prediction.confidence < sure || touches {
            return None;
        }
        let own = frame.labels.iter().filter(|label| label.class == prediction.class);
        let nearest = own.map(|label| similarity(label.bbox, prediction.bbox)).reduce(f64::max);
        Some(nearest.unwrap_or(least * (1.0 - prediction.confidence)))
    });
    let badly_located = frame.labels.iter().map(|label| {
        let own = frame.predictions.iter().filter(|p| p.class == label.class && p.confidence > LOCATES);
        let overlapping = own.filter(|p| iou(label.bbox, p.bbox) > 0.0);
        overlapping.map(|p| similarity(label.bbox, p.bbox)).reduce(f64::max).unwrap_or(1.0)
    });
    let swapped = frame.labels.iter().enumerate().map(|(at, label)| {
        let twin = |(other, l): (usize, &LabeledBox)| {
            other != at && l.class != label.class && iou(l.bbox, label.bbox) > SAME
        };
        if frame.labels.iter().enumerate().any(twin) {
            return least;
        }
        let others = frame.predictions.iter().filter(|p| p.class != label.class && p.confidence > sure);
        let most = others.map(|p| similarity(label.bbox, p.bbox)).reduce(f64::max);
        most.map_or(1.0, |most| (1.0 - most).max(least))
    });
    let (overlooked, badly_located, swapped): (Vec<_>, Vec<_>, Vec<_>) =
        (overlooked.collect(), badly_located.collect(), swapped.collect());
    let known: Vec<f64> = overlooked.iter().copied().flatten().collect();
    let pooled = [soft_minimum(&known), soft_minimum(&badly_located), soft_minimum(&swapped)];
    let score =
        libm::exp(pooled.iter().map(|pooled| libm::log(pooled.max(f64::MIN_POSITIVE))).sum::<f64>() / 3.0);
    FrameScores { overlooked, badly_located, swapped, score }
}

/// Mean of scores, weighted towards the smallest; 1 of none.
fn soft_minimum(scores: &[f64]) -> f64 {
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    if !least.is_finite() {
        return 1.0;
    }
    let weights: Vec<f64> = scores.iter().map(|score| libm::exp((least - score) / TEMPERATURE)).collect();
    let sum: f64 = weights.iter().sum();
    scores.iter().zip(&weights).map(|(score, weight)| score * weight / sum).sum()
}

/// Similarity of two boxes, 0 to 1: overlap, and nearness of the centers.
fn similarity(a: [f64; 4], b: [f64; 4]) -> f64 {
    let center = |b: [f64; 4]| (f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3]));
    let ((x, y), (u, v)) = (center(a), center(b));
    OVERLAP * iou(a, b) + (1.0 - OVERLAP) * libm::exp(-DECAY * libm::hypot(x - u, y - v))
}

fn iou(a: [f64; 4], b: [f64; 4]) -> f64 {
    let side = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    let area = |b: [f64; 4]| (b[2] - b[0]).max(0.0) * (b[3] - b[1]).max(0.0);
    let both = side(0, 2) * side(1, 3);
    let all = area(a) + area(b) - both;
    if all > 0.0 { both / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_without_labels_or_predictions_have_scores() {
        let labeled = LabeledBox { bbox: [0.0, 0.0, 10.0, 10.0], class: 0, confidence: 1.0 };
        let sure = LabeledBox { bbox: [50.0, 50.0, 60.0, 60.0], class: 0, confidence: 0.99 };
        let frames = [
            Frame::default(),
            Frame { labels: vec![labeled], predictions: Vec::new() },
            Frame { labels: Vec::new(), predictions: vec![sure] },
            Frame { labels: vec![labeled, LabeledBox { class: 1, ..labeled }], predictions: vec![sure] },
        ];
        let all = scores(&frames, SURE);
        assert!((all[0].score - 1.0).abs() < 1e-12 && (all[1].score - 1.0).abs() < 1e-12);
        assert!(all[2].score < 0.1 && all[3].swapped[0] < 0.1);
        assert_eq!(sure_predictions(&frames, SURE), (2, 2));
    }
}
