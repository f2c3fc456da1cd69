//! ASAM `OpenLABEL` 1.0: objects by frame, tags as actions and events, the operational design domain with its boundary.
//!
//! Every frame repeats its shapes, so that every reader sees them; a flag marks keyframes. Where an
//! object is not visible nothing is written but a text, so that no reader shows a box that is not there. Reading is
//! lenient: numbers may be strings, as in the examples of the standard.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::data::geometry::shape::ShapeKind;
use crate::data::labels::label::{Attributes, Value};
use crate::exchange::losses::{Holds, Tags};
use crate::exchange::several::Several;
use crate::exchange::{ExchangeKind, has_extension, head};

mod chain;
mod read;
mod shapes;
mod still;
mod write;

/// One JSON file.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "openlabel",
    title: "ASAM OpenLABEL 1.0",
    holds: Holds {
        shapes: &ShapeKind::ALL,
        several: Several::Whole,
        tracks: true,
        keyframes: true,
        occluded: true,
        gaps: true,
        lost: true,
        attributes: true,
        sensors: true,
        tags: Tags::Whole,
        ..Holds::NOTHING
    },
    one_file: Some("openlabel.json"),
    pictures: None,
    accepts: |path: &Path| has_extension(path, "json") && head(path).contains("\"openlabel\""),
    read: read::read,
    write: write::write,
};

const SHAPE: &str = "shape";
/// Attribute of a polygon that is cut out of the others of its object.
const HOLE: &str = "hole";
const SCENARIO_TAGS: &str =
    "https://openlabel.asam.net/V1-0-0/ontologies/openlabel_ontology_scenario_tags.ttl";

/// Attributes as lists by type.
fn attributes_json(attributes: &Attributes) -> Map<String, Json> {
    let mut lists: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for (name, value) in attributes {
        let (list, value) = match value {
            Value::Flag(flag) => ("boolean", json!(flag)),
            Value::Number(number) => ("num", json!(number)),
            Value::Text(text) => ("text", json!(text)),
            Value::Many(many) => ("vec", json!(many)),
        };
        lists.entry(list).or_default().push(json!({ "name": name, "val": value }));
    }
    lists.into_iter().map(|(name, list)| (name.to_owned(), Json::Array(list))).collect()
}

fn attributes_of(lists: &Json) -> Attributes {
    let mut attributes = Attributes::new();
    for (list, kind) in [("boolean", 0), ("num", 1), ("text", 2), ("vec", 3)] {
        for entry in lists[list].as_array().into_iter().flatten() {
            let value = &entry["val"];
            let value = match kind {
                0 => value.as_bool().map(Value::Flag),
                // The examples of the standard write numbers as strings.
                1 => value.as_f64().or_else(|| value.as_str()?.parse().ok()).map(Value::Number),
                2 => value.as_str().map(|text| Value::Text(text.to_owned())),
                _ => value.as_array().map(|many| {
                    Value::Many(
                        many.iter()
                            .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
                            .collect(),
                    )
                }),
            };
            attributes.extend(value.map(|value| (entry["name"].as_str().unwrap_or(list).to_owned(), value)));
        }
    }
    attributes
}
