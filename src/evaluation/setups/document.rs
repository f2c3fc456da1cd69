//! The comparison as JSON.

use serde_json::{Map, Value, json};

use crate::base::stats::Rate;
use crate::evaluation::comparison::Tally;
use crate::evaluation::setups::cases::CasePair;
use crate::evaluation::setups::examples::Example;
use crate::evaluation::setups::page::Shown;
use crate::evaluation::setups::verdict::{Compared, PartTally, lost};

/// Everything of a comparison but its images.
pub fn document(compared: &Compared, shown: &Shown<'_>) -> Value {
    let setup = |side: usize| {
        let facts: Map<String, Value> =
            shown.facts[side].iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({ "name": shown.names[side], "facts": facts })
    };
    let parts: Map<String, Value> = compared
        .parts
        .iter()
        .map(|(cut, parts)| (cut.id().to_owned(), parts.iter().map(part).collect()))
        .collect();
    let paired = &compared.paired;
    let mut document = json!({
        "setups": [setup(0), setup(1)],
        "all": tally(&compared.all),
        "parts": parts,
        "numbers": compared.numbers,
        "tests": compared.decisions,
        "alpha": shown.alpha,
        "worse": compared.is_worse(shown.alpha),
        "differs": compared.differs(shown.alpha),
        "lost": shown.lost.iter().map(example).collect::<Vec<_>>(),
        "gained": shown.gained.iter().map(example).collect::<Vec<_>>(),
    });
    match &shown.cases {
        Some((pairs, unjudged)) => {
            let differing = pairs.iter().filter(|pair| pair.passed[0] != pair.passed[1]);
            document["cases"] = differing.map(case).collect();
            document["unjudged"] = json!(unjudged);
        }
        None => {
            document["paired"] = json!({
                "samples": paired.samples.len(), "things": paired.pairs.len(), "lone_samples": paired.lone_samples,
                "lone_things": paired.lone_objects, "clocks": paired.clocks, "largest_gap_s": paired.largest.secs(),
            });
        }
    }
    document
}

fn rate(rate: &Rate) -> Value {
    json!({ "share": (rate.of > 0).then(|| rate.share()), "low": rate.low, "high": rate.high, "of": rate.of })
}

fn tally(counts: &Tally) -> Value {
    json!({
        "both": counts.both, "first": counts.first, "second": counts.second, "neither": counts.neither,
        "lost": rate(&lost(counts)), "p": counts.p_value(),
    })
}

fn part(part: &PartTally) -> Value {
    let mut document = tally(&part.tally);
    document["name"] = json!(part.name);
    document["p_adjusted"] = json!(part.p_adjusted);
    document
}

fn example(example: &Example) -> Value {
    let (clip, channel, frame) = &example.place;
    json!({
        "clip": &**clip, "channel": &**channel, "frame": frame, "seconds": example.seconds, "class": example.class,
        "distance_m": example.distance, "outcomes": example.outcomes,
    })
}

fn case(pair: &CasePair) -> Value {
    json!({
        "id": pair.id, "tags": pair.tags, "claim": pair.claim, "passed": pair.passed, "margins": pair.margins,
        "why": pair.why,
    })
}
