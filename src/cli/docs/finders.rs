//! The page of finders and of the metrics of criticality.

use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, number, table};
use crate::mining::finders::KINDS;
use crate::mining::finding::{Effort, FinderKind};
use crate::tracks::criticality::metric::{Critical, METRICS};

pub(super) static PAGE: Page = Page { name: "finders", title: "Finders and criticality", body };

const INTRO: &str = "\
`hardcase mine` and the page *Moments* of *Findings* look for what happened in a recording that nobody tagged. Each finder says what it \
could not look at: a skip is not \"nothing found\". Thresholds are set with `--finder near_collision:ttc=2`.";

const CRITICALITY: &str = "\
Boxes in space with ids become tracks, and every metric between the vehicle and the most critical actor within 50 m becomes a signal \
`CHANNEL/NAME`: plotted, used in formulas, exported. Where no actor is in danger it is infinite (0 for those where high values are \
critical). The motion of the vehicle is `ego/speed`, `ego/acceleration` and `ego/yaw_rate`.";

fn body() -> String {
    let mut text = format!("{INTRO}\n");
    for (title, sensor) in [("What happened", false), ("Faults of sensors and of the recorder", true)] {
        let rows: Vec<Vec<String>> =
            KINDS.iter().filter(|kind| kind.sensor == sensor).map(|kind| row(kind)).collect();
        if !rows.is_empty() {
            text.extend([format!("\n## {title}\n\n")]);
            let head = ["name", "title", "what it finds", "thresholds", "known false alarms", "source"];
            text.push_str(&table(&head, rows));
        }
    }
    text.extend([format!("\n## Criticality\n\n{CRITICALITY}\n\n")]);
    let rows = METRICS.iter().map(|metric| {
        let critical = match metric.critical {
            Critical::Below => "below",
            Critical::AtMost => "at most",
            Critical::AtLeast => "at least",
        };
        let threshold = format!("{critical} {} {}", number(metric.threshold), metric.unit);
        vec![code(metric.id), metric.title.to_owned(), threshold.trim().to_owned(), metric.source.to_owned()]
    });
    text.push_str(&table(&["name", "title", "critical", "source of the threshold"], rows));
    text
}

fn row(kind: &FinderKind) -> Vec<String> {
    let params: Vec<String> = kind
        .params
        .iter()
        .map(|spec| {
            let [min, max, initial] = [spec.min, spec.max, spec.initial].map(number);
            let range = format!("{} {}: {min} to {max} {} ({initial})", code(spec.id), spec.title, spec.unit);
            range.replace("  ", " ")
        })
        .collect();
    let effort = match kind.effort() {
        Effort::Cheap => "",
        Effort::Samples => "; decodes images or scans",
        Effort::Models => "; runs models (`--model`)",
    };
    vec![
        code(kind.id),
        kind.title.to_owned(),
        format!("{}{effort}", kind.summary),
        params.join("<br>"),
        kind.false_alarms.to_owned(),
        kind.source.to_owned(),
    ]
}
