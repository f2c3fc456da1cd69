//! Tracking metrics as text and as JSON.

use serde_json::{Value, json};

use crate::base::text::counted;
use crate::cli::print;
use crate::evaluation::tracking::Tracking;
use crate::tracks::metrics::hota::mean;
use crate::tracks::metrics::summary::TrackingSummary;

/// The numbers of a summary under the names of `TrackEval`.
fn numbers(summary: &TrackingSummary) -> Value {
    let (hota, clear, identity) = (&summary.hota, &summary.clear, &summary.identity);
    let counts = &clear.counts;
    json!({
        "HOTA": mean(&hota.hota), "DetA": mean(&hota.det_a), "AssA": mean(&hota.ass_a), "LocA": mean(&hota.loc_a),
        "DetRe": mean(&hota.det_re), "DetPr": mean(&hota.det_pr), "AssRe": mean(&hota.ass_re),
        "AssPr": mean(&hota.ass_pr), "MOTA": clear.mota, "MOTP": clear.motp, "IDF1": identity.idf1,
        "IDP": identity.idp, "IDR": identity.idr, "IDSW": counts.idsw, "Frag": counts.frag, "MT": counts.mt,
        "PT": counts.pt, "ML": counts.ml, "TP": counts.tp, "FN": counts.misses, "FP": counts.fp,
    })
}

pub(super) fn add(document: &mut Value, tracking: &Tracking) {
    let classes: serde_json::Map<String, Value> =
        tracking.classes.iter().map(|(class, summary)| (class.clone(), numbers(summary))).collect();
    document["tracking"] = json!({
        "similarity": tracking.similarity,
        "all": tracking.all.as_ref().map(numbers),
        "classes": classes,
        "without_id": tracking.without_id,
    });
}

pub(super) fn text(tracking: &Tracking) {
    print("");
    print(&format!(
        "{:<20} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6}",
        "tracking", "HOTA", "DetA", "AssA", "MOTA", "MOTP", "IDF1", "IDSW", "Frag"
    ));
    let line = |name: &str, summary: &TrackingSummary| {
        let (hota, clear) = (&summary.hota, &summary.clear);
        let numbers = [
            mean(&hota.hota),
            mean(&hota.det_a),
            mean(&hota.ass_a),
            clear.mota,
            clear.motp,
            summary.identity.idf1,
        ];
        let cells = numbers.map(|number| format!(" {number:>7.4}")).concat();
        print(&format!("{name:<20}{cells} {:>6} {:>6}", clear.counts.idsw, clear.counts.frag));
    };
    tracking.classes.iter().for_each(|(class, summary)| line(class, summary));
    if let Some(all) = tracking.all.as_ref().filter(|_| tracking.classes.len() > 1) {
        line("all classes", all);
    }
    print(&format!("by {}", tracking.similarity));
    if tracking.without_id > 0 {
        print(&format!("{} without an id do not count for tracking", counted(tracking.without_id, "box")));
    }
}
