//! The page of metrics: what `hardcase evaluate` reports for each kind of prediction, with the definition that it follows.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, table};
use crate::metrics::coco::{Overlap, evaluate};
use crate::metrics::detection_errors::Outcome;
use crate::metrics::scalars::{KINDS, Of};

pub(super) static PAGE: Page = Page { name: "metrics", title: "Metrics", body };

/// A number of an evaluation.
struct Metric {
    /// Its place in the JSON of `hardcase evaluate --json`.
    path: &'static str,
    /// Its usual name.
    title: &'static str,
    /// Its definition in a sentence.
    meaning: &'static str,
    /// The paper or benchmark that defines it.
    source: &'static str,
}

const COCO: &str = "Lin et al., Microsoft COCO, ECCV 2014; number for number as pycocotools";

const OBJECTS: &[Metric] = &[
    Metric {
        path: "coco.summary",
        title: "average precision and recall",
        meaning: "means over classes and overlaps of 0.50 to 0.95, see below",
        source: COCO,
    },
    Metric {
        path: "coco.classes[].ap, ap50, ap75, ar100",
        title: "the same for each class",
        meaning: "over all overlaps, at 0.50, at 0.75, and recall with 100 detections a frame",
        source: COCO,
    },
    Metric {
        path: "outcomes",
        title: "error types",
        meaning: "counts of detections and of missed objects by what is wrong with them, see below",
        source: "Bolya et al., TIDE, ECCV 2020",
    },
    Metric {
        path: "centers[].ap, mean",
        title: "average precision by center distance",
        meaning: "for cuboids: a detection matches within 0.5, 1, 2 or 4 m on the ground; the mean of the four",
        source: "Caesar et al., nuScenes, CVPR 2020",
    },
    Metric {
        path: "confusion",
        title: "confusion matrix",
        meaning: "rows: ground truth, columns: prediction; the last of each stands for nothing",
        source: "",
    },
];

const CLASSES: &[Metric] = &[
    Metric {
        path: "classification.accuracy",
        title: "accuracy",
        meaning: "share of correct predictions, with its Wilson interval",
        source: "",
    },
    Metric {
        path: "classification.classes[].scores",
        title: "precision, recall, F",
        meaning: "one class against all others, with ROC AUC and average precision; `--beta` weighs recall in F",
        source: "",
    },
    Metric {
        path: "classification.reliability",
        title: "reliability diagram",
        meaning: "confidence and accuracy of the predictions in each of 15 bins of confidence",
        source: "Guo et al., On Calibration of Modern Neural Networks, ICML 2017",
    },
    Metric {
        path: "confusion",
        title: "confusion matrix",
        meaning: "rows: ground truth, columns: prediction",
        source: "",
    },
];

const VALUES: &[Metric] = &[Metric {
    path: "values.NAME.quantiles",
    title: "quantiles",
    meaning: "absolute error below which 50, 90 and 99 % of the predictions are",
    source: "",
}];

const SEGMENTS: &[Metric] = &[Metric {
    path: "areas.classes[].iou, pixels",
    title: "IoU of each class",
    meaning: "intersection over union over the pixels of all frames, and the pixels themselves",
    source: "Everingham et al., Pascal VOC, IJCV 2015",
}];

const ALWAYS: &[Metric] = &[
    Metric {
        path: "slices",
        title: "slices",
        meaning: "recall and precision of each part that `--by` cuts, with Wilson intervals; `supported` where there are enough samples",
        source: "",
    },
    Metric {
        path: "worse",
        title: "worst slices",
        meaning: "parts, single ones and pairs, with less recall than the rest, found without being asked for",
        source: "",
    },
    Metric {
        path: "intervals",
        title: "bootstrap intervals",
        meaning: "of the numbers as a whole, with `--bootstrap 1000`",
        source: "",
    },
    Metric {
        path: "latency",
        title: "latency",
        meaning: "median, 95 and 99 % of the time for one prediction, of those that were made in this run",
        source: "",
    },
];

const ELSEWHERE: &str = "\
- **Tipping point**: the smallest severity at which a claim fails: 32 steps, then bisection (Explore, `hardcase sweep`).
- **Neuron coverage**: the share of neurons that something switched on (Pei et al., DeepXplore, SOSP 2017; Tian et al., DeepTest, ICSE \
2018). It says where a search has been, not how good a model is.
- **Surprise**: how unlike the known samples of its class an embedding is (Kim et al., ICSE 2019), with exact nearest neighbors.
- **Embeddings**: PCA and UMAP, the same map of the same embeddings, whose last digits differ between kinds of processors; trustworthiness says how far to believe it.
- **Difference of backends**: largest, relative and mean difference of the numbers, and the step of the graph at which two runs part \
(Pham et al., CRADLE, ICSE 2019).
- **DeepTest error**: a steering angle against the human driver's, by lambda and epsilon (claim `deep_test`).
- **Comparison of two models**: the exact test of McNemar on the samples where only one of them is correct (`--against`).
- **Agreement of annotators**: IoU of objects and Cohen's kappa of tags (`hardcase labels compare`).";

/// Title of a section, what it lists beside the metrics that are one number, and which of these and where in the JSON.
type Section = (&'static str, &'static [Metric], &'static str, fn(Of) -> bool);

const SECTIONS: &[Section] = &[
    ("Objects", OBJECTS, "", |_| false),
    ("Classes", CLASSES, "classification", |of| matches!(of, Of::Classes(_))),
    ("Values", VALUES, "values.NAME", |of| matches!(of, Of::Values(_))),
    ("Segments", SEGMENTS, "areas", |of| matches!(of, Of::Segments(_))),
    ("For every kind of prediction", ALWAYS, "", |_| false),
];

fn body() -> String {
    let mut text = "`hardcase evaluate --json FILE` writes these; the window shows the same numbers under Evaluate. A sample without \
                    ground truth does not count.\n"
        .to_owned();
    for (title, metrics, place, holds) in SECTIONS {
        text.extend([format!("\n## {title}\n\n")]);
        let listed = metrics.iter().map(|metric| {
            let Metric { path, title, meaning, source } = metric;
            vec![code(path), (*title).to_owned(), (*meaning).to_owned(), (*source).to_owned()]
        });
        let scalars = KINDS.iter().filter(|kind| holds(kind.of)).map(|kind| {
            let path = code(&format!("{place}.{}", kind.id));
            vec![path, kind.title.to_owned(), kind.meaning.to_owned(), kind.source.to_owned()]
        });
        text.push_str(&table(&["in the JSON", "name", "meaning", "defined by"], listed.chain(scalars)));
    }
    let summary = evaluate(&[], &[], 1, Overlap::Boxes, 1).summary().map(|(name, _)| code(name)).join(", ");
    let outcomes = Outcome::ALL.map(Outcome::title).map(code).join(", ");
    text.extend([format!(
        "\nThe twelve numbers of `coco.summary`: {summary}.\n\nThe error types of `outcomes`: {outcomes}. A detection is on an object from \
         an overlap of 0.5 and on nothing below 0.1.\n\n## Elsewhere\n\n{ELSEWHERE}\n"
    )]);
    text
}
