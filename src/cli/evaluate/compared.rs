//! Two models on the same labels, as text and as JSON.

use serde_json::{Value, json};

use crate::base::text::probability;
use crate::cli::print;
use crate::evaluation::comparison::{Comparison, Tally};

/// Slices with a smaller p-value are listed.
const CHANCE: f64 = 0.05;

pub(super) fn text(name: &str, other: &str, found: &Comparison) {
    let all = found.all;
    print("");
    print(&format!("{name} vs. {other}, {} in common", all.all()));
    for (what, count) in [
        ("both correct", all.both),
        ("only the first", all.first),
        ("only the second", all.second),
        ("neither", all.neither),
    ] {
        print(&format!("{what:<22} {count:>8}"));
    }
    print(&format!("{:<22} {:>8} (McNemar)", "p-value", probability(all.p_value())));
    for number in &found.numbers {
        print(&format!(
            "{:<22} mean error {:.4} and {:.4}, p {} (Wilcoxon)",
            number.name,
            number.means[0],
            number.means[1],
            probability(number.p_signed_rank)
        ));
    }
    for (cut, parts) in &found.parts {
        for (part, tally) in parts.iter().filter(|(_, tally)| tally.p_value() < CHANCE) {
            print(&format!(
                "{:<9} {part:<20} only the first {:>6}, only the second {:>6} of {:>6}, p {}",
                cut.id(),
                tally.first,
                tally.second,
                tally.all(),
                probability(tally.p_value())
            ));
        }
    }
}

pub(super) fn document(other: &str, found: &Comparison) -> Value {
    let tally = |tally: &Tally| json!({ "both": tally.both, "first": tally.first, "second": tally.second, "neither": tally.neither, "p": tally.p_value() });
    let parts: serde_json::Map<String, Value> = found
        .parts
        .iter()
        .map(|(cut, parts)| {
            let parts: serde_json::Map<String, Value> =
                parts.iter().map(|(name, counts)| (name.clone(), tally(counts))).collect();
            (cut.id().to_owned(), Value::Object(parts))
        })
        .collect();
    let mut document = json!({ "other": other, "all": tally(&found.all), "parts": parts });
    if !found.numbers.is_empty() {
        document["numbers"] = json!(found.numbers);
    }
    document
}
