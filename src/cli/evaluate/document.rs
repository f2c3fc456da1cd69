//! The result as JSON.

use serde_json::{Value, json};

use crate::base::stats::Rate;
use crate::cli::evaluate::asked::By;
use crate::cli::threads;
use crate::data::prediction::Task;
use crate::evaluation::finder::Corner;
use crate::evaluation::intervals::Interval;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::Slice;
use crate::metrics::centers::CenterAp;
use crate::metrics::classification::class_scores;
use crate::metrics::coco::Coco;
use crate::metrics::detection_errors::Outcome;
use crate::metrics::regression::Residuals;
use crate::metrics::scalars::{self, Scores};
use crate::metrics::segmentation::Pixels;
use crate::predictions::source::Source;

pub(super) fn coco_json(coco: &Coco, classes: &[String]) -> Value {
    let summary: serde_json::Map<String, Value> = coco
        .summary()
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!((*value >= 0.0).then_some(value))))
        .collect();
    let classes: Vec<Value> = classes
        .iter()
        .zip(&coco.classes)
        .map(|(name, c)| json!({ "class": name, "objects": c.objects[0], "ap": c.ap(0, None), "ap50": c.ap(0, Some(0)), "ap75": c.ap(0, Some(5)), "ar100": c.ar(0, 2) }))
        .collect();
    json!({ "summary": summary, "classes": classes })
}

fn rate_json(rate: &Rate) -> Value {
    json!({ "share": (rate.of > 0).then(|| rate.share()), "low": rate.low, "high": rate.high, "of": rate.of })
}

fn values_json(residuals: &Residuals) -> Value {
    let quantiles = [0.5, 0.9, 0.99].map(|part| residuals.quantile(part));
    let mut found = json!({ "count": residuals.count(), "quantiles": quantiles });
    add_scores(&mut found, scalars::of_values(residuals));
    found
}

/// Add each metric by its id.
fn add_scores(document: &mut Value, scores: Scores) {
    for (kind, value) in scores {
        document[kind.id] = json!(value);
    }
}

pub(super) fn document(
    evaluation: &Evaluation,
    source: &Source,
    unlabeled: usize,
    parts: &[(&By, Vec<Slice>)],
    corners: &[Corner],
) -> Value {
    let model = source.model();
    let mut document = json!({
        "model": {
            "name": source.name(),
            "sha256": model.map(|model| &model.sha256),
            "backend": model.map(|model| &model.backend.id),
        },
        "samples": evaluation.samples.len(),
        "unlabeled": unlabeled,
        // The name that earlier versions wrote, for scripts.
        "unlabelled": unlabeled,
        "classes": evaluation.classes,
    });
    match source.task() {
        Task::Objects => {
            if let Some(found) = evaluation.detections(|_| true, threads()) {
                document["coco"] = coco_json(&found.coco, &evaluation.classes);
                let outcomes: serde_json::Map<String, Value> = Outcome::ALL
                    .iter()
                    .map(|o| (o.id().to_owned(), json!(found.outcomes.get(o).copied().unwrap_or(0))))
                    .collect();
                document["outcomes"] = Value::Object(outcomes);
                document["confusion"] = json!(evaluation.detection_confusion(|_| true));
            }
            let class = |(name, ap): (&String, &CenterAp)| json!({ "class": name, "objects": ap.objects, "ap": ap.ap, "mean": ap.mean(), "distance": ap.distance });
            let centers: Vec<Value> = evaluation.centers(|_| true).iter().map(class).collect();
            if !centers.is_empty() {
                document["centers"] = json!(centers);
            }
        }
        Task::Classes => {
            if let Some(classified) = evaluation.classified(|_| true) {
                let confusion = &classified.confusion;
                let scores: Vec<Value> = evaluation
                    .classes
                    .iter()
                    .enumerate()
                    .map(|(at, class)| json!({ "class": class, "scores": class_scores(&classified.answers, confusion, at) }))
                    .collect();
                let mut found = json!({
                    "accuracy": rate_json(&confusion.accuracy()),
                    "reliability": classified.reliability,
                    "classes": scores,
                });
                add_scores(&mut found, scalars::of_classes(&classified));
                document["classification"] = found;
                document["confusion"] = json!(confusion.counts);
            }
        }
        Task::Values => {
            let found = evaluation.values(|_| true);
            let values: serde_json::Map<String, Value> =
                found.iter().map(|(name, residuals)| (name.clone(), values_json(residuals))).collect();
            document["values"] = Value::Object(values);
        }
        Task::Segments => {
            let found = evaluation.areas(|_| true);
            let class = |(name, p): (&String, &Pixels)| json!({ "class": name, "pixels": p, "iou": p.iou() });
            document["areas"] = json!({ "classes": found.iter().map(class).collect::<Vec<_>>() });
            add_scores(&mut document["areas"], scalars::of_segments(&found));
        }
        Task::Vector => {}
    }
    let by: serde_json::Map<String, Value> = parts
        .iter()
        .map(|(by, parts)| {
            let parts: Vec<Value> = parts
                .iter()
                .map(|s| json!({ "name": s.name, "recall": rate_json(&s.recall), "precision": rate_json(&s.precision), "supported": s.supported() }))
                .collect();
            (by.name().to_owned(), json!(parts))
        })
        .collect();
    let corner = |corner: &Corner| {
        let of: serde_json::Map<String, Value> =
            corner.of.iter().map(|(cut, name)| (cut.id().to_owned(), json!(name))).collect();
        json!({ "of": of, "recall": rate_json(&corner.recall), "excess": corner.excess })
    };
    document["worse"] = corners.iter().map(corner).collect();
    if !by.is_empty() {
        document["slices"] = Value::Object(by);
    }
    document
}

/// Add the overall numbers with their confidence intervals, if any.
pub(super) fn add_intervals(document: &mut Value, intervals: &[Interval]) {
    if !intervals.is_empty() {
        let one =
            |i: &Interval| json!({ "name": i.name, "value": i.value, "low": i.ends[0], "high": i.ends[1] });
        document["intervals"] = intervals.iter().map(one).collect();
    }
}

/// Add the latency of a model that ran now; cached predictions took no time.
pub(super) fn add_latency(document: &mut Value, source: &Source) {
    let took = source.model().map(|model| model.latency()).unwrap_or_default();
    if took.count() > 0 {
        let ms = |part: f64| took.quantile(part) * 1e3;
        document["latency"] =
            json!({ "answers": took.count(), "median_ms": ms(0.5), "p95_ms": ms(0.95), "p99_ms": ms(0.99) });
    }
}

/// Add the F score of each class if a beta beside the usual one was requested.
pub(super) fn add_f_beta(document: &mut Value, evaluation: &Evaluation, beta: f64) {
    let Some(confusion) = evaluation.confusion(|_| true).filter(|_| (beta - 1.0).abs() > f64::EPSILON) else {
        return;
    };
    let of = |(at, class): (usize, &String)| (class.clone(), json!(confusion.f_beta(at, beta)));
    let classes: serde_json::Map<String, Value> = evaluation.classes.iter().enumerate().map(of).collect();
    document["f_beta"] = json!({ "beta": beta, "classes": classes });
}
