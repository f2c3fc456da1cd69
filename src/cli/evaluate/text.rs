//! The result as text for people.

use std::collections::BTreeMap;

use crate::base::stats::Rate;
use crate::base::text::counted;
use crate::cli::evaluate::asked::By;
use crate::cli::{print, threads};
use crate::data::prediction::Task;
use crate::evaluation::finder::Corner;
use crate::evaluation::intervals::Interval;
use crate::evaluation::samples::Evaluation;
use crate::evaluation::slices::Slice;
use crate::metrics::centers::CenterAp;
use crate::metrics::classification::class_scores;
use crate::metrics::coco::Coco;
use crate::metrics::detection_errors::Outcome;
use crate::metrics::scalars::{self, Scores};
use crate::predictions::source::Source;

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"))
}

fn rate(rate: &Rate) -> String {
    if rate.of == 0 {
        return "-".to_owned();
    }
    format!("{:.3} [{:.3} {:.3}] of {}", rate.share(), rate.low, rate.high, rate.of)
}

pub(super) fn text(
    evaluation: &Evaluation,
    source: &Source,
    parts: &[(&By, Vec<Slice>)],
    corners: &[Corner],
    beta: f64,
) {
    print(&format!("{} on {}", source.name(), counted(evaluation.samples.len(), "sample")));
    match source.task() {
        Task::Objects => {
            if let Some(found) = evaluation.detections(|_| true, threads()) {
                coco_text(&found.coco, &evaluation.classes);
                print("");
                for outcome in Outcome::ALL {
                    let count = found.outcomes.get(&outcome).copied().unwrap_or(0);
                    print(&format!("{:<26} {count:>8}", outcome.title()));
                }
            }
            centers_text(&evaluation.centers(|_| true));
        }
        Task::Classes => classes_text(evaluation, beta),
        Task::Segments => areas_text(evaluation),
        Task::Vector => {}
        Task::Values => values_text(evaluation),
    }
    if !corners.is_empty() {
        print("");
        print(&format!("{:<44} {:<32} excess misses", "slices worse than the rest", "recall"));
        for corner in corners {
            print(&format!("{:<44} {:<32} {:.0}", corner.name(), rate(&corner.recall), corner.excess));
        }
    }
    for (by, parts) in parts {
        print("");
        print(&format!("by {:<22} {:<32} precision", by.name(), "recall"));
        for slice in parts {
            let few = if slice.supported() { "" } else { "  few" };
            print(&format!("{:<25} {:<32} {}{few}", slice.name, rate(&slice.recall), rate(&slice.precision)));
        }
    }
}

/// Each metric of the evaluation as a whole.
fn scores_text(scores: Scores) {
    for (kind, value) in scores {
        print(&format!("{:<21} {}", kind.title, number(value)));
    }
}

/// A line for each named number, a column for each metric.
fn values_text(evaluation: &Evaluation) {
    for (at, (name, residuals)) in evaluation.values(|_| true).iter().enumerate() {
        let scores = scalars::of_values(residuals);
        if at == 0 {
            let heads: Vec<String> = scores.iter().map(|(kind, _)| format!(" {:>9}", kind.title)).collect();
            print(&format!("{:<20} {:>7}{}", "number", "count", heads.concat()));
        }
        let cells: Vec<String> = scores.iter().map(|(_, value)| format!(" {:>9}", number(*value))).collect();
        print(&format!("{name:<20} {:>7}{}", residuals.count(), cells.concat()));
    }
}

/// Cuboids by center distance, as in nuScenes.
fn centers_text(classes: &BTreeMap<String, CenterAp>) {
    if classes.is_empty() {
        return;
    }
    print(&format!(
        "\n{:<20} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11}",
        "by center", "objects", "AP 0.5 m", "AP 1 m", "AP 2 m", "AP 4 m", "mean", "error in m"
    ));
    for (name, ap) in classes {
        let at = ap.ap.map(|ap| format!("{ap:>9.4}")).join(" ");
        print(&format!("{name:<20} {:>8} {at} {:>9.4} {:>11}", ap.objects, ap.mean(), number(ap.distance)));
    }
}

fn areas_text(evaluation: &Evaluation) {
    let found = evaluation.areas(|_| true);
    scores_text(scalars::of_segments(&found));
    print("");
    print(&format!("{:<20} {:>10} {:>9} {:>9} {:>9}", "class", "pixels", "IoU", "recall", "precision"));
    for (name, p) in found.iter().filter(|(_, pixels)| pixels.truth > 0) {
        print(&format!(
            "{name:<20} {:>10} {:>9} {:>9} {:>9}",
            p.truth,
            number(p.iou()),
            number(p.recall()),
            number(p.precision())
        ));
    }
}

fn classes_text(evaluation: &Evaluation, beta: f64) {
    let Some(classified) = evaluation.classified(|_| true) else { return };
    let (answers, confusion) = (&classified.answers, &classified.confusion);
    print(&format!("{:<21} {}", "accuracy", rate(&confusion.accuracy())));
    scores_text(scalars::of_classes(&classified));
    print(&format!(
        "\n{:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "class",
        "support",
        "precision",
        "recall",
        format!("F{beta}"),
        "ROC AUC",
        "AP"
    ));
    for (at, class) in evaluation.classes.iter().enumerate() {
        let s = class_scores(answers, confusion, at);
        print(&format!(
            "{class:<20} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9}",
            s.support,
            number(s.precision),
            number(s.recall),
            number(confusion.f_beta(at, beta)),
            number(s.roc_auc),
            number(s.average_precision)
        ));
    }
    let head: Vec<String> = evaluation.classes.iter().map(|class| format!("{class:>12}")).collect();
    print("");
    print(&format!("{:<20}{} {:>12}", "truth, prediction", head.join(""), "none"));
    for (class, row) in evaluation.classes.iter().zip(&confusion.counts) {
        let row: Vec<String> = row.iter().map(|count| format!("{count:>12}")).collect();
        print(&format!("{class:<20}{}", row.join("")));
    }
}

pub(super) fn coco_text(coco: &Coco, classes: &[String]) {
    for (name, value) in coco.summary() {
        print(&format!("{name:<22} {}", number((value >= 0.0).then_some(value))));
    }
    print("");
    print(&format!("{:<20} {:>8} {:>9} {:>9} {:>9}", "class", "objects", "AP", "AP50", "AR 100"));
    for (name, class) in classes.iter().zip(&coco.classes).filter(|(_, class)| class.objects[0] > 0) {
        print(&format!(
            "{name:<20} {:>8} {:>9} {:>9} {:>9}",
            class.objects[0],
            number(class.ap(0, None)),
            number(class.ap(0, Some(0))),
            number(class.ar(0, 2))
        ));
    }
}

/// The overall numbers with confidence intervals, if draws were requested.
pub(super) fn intervals_text(intervals: &[Interval], draws: usize) {
    if intervals.is_empty() {
        return;
    }
    print("");
    print(&format!("95 % confidence intervals, {draws} bootstrap draws"));
    for i in intervals {
        print(&format!("{:<24} {:.4} [{:.4} {:.4}]", i.name, i.value, i.ends[0], i.ends[1]));
    }
}
