//! Evaluated samples as a table: a row for each labeled sample or object, with tags, attributes and places as groups.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::sheet::{Column, Sheet};
use crate::data::labels::label::Value;
use crate::data::prediction::Prediction;
use crate::evaluation::samples::{Evaluation, Fact, Item};
use crate::evaluation::slices::{Cut, names};
use crate::metrics::detection_errors::Outcome;

/// Name of the column with the ground truth.
pub const TRUTH: &str = "ground truth";
/// Name of the column with the prediction.
pub const PREDICTION: &str = "prediction";

/// The table of an evaluation.
///
/// Of classes, truth and prediction are the classes and there is a score for each. Of objects, every labeled object
/// is a row whose truth is 1, and whose prediction is 1 where it was found: recall is what differs by group.
pub fn sheet(evaluation: &Evaluation) -> Sheet {
    let mut rows: BTreeMap<(usize, usize), &Item> = BTreeMap::new();
    for item in &evaluation.items {
        let Some(object) = item.object_at else { continue };
        // Several predictions may be about one object: it is found if one is right.
        let place = rows.entry((item.sample, object)).or_insert(item);
        if item.outcome == Outcome::Right {
            *place = item;
        }
    }
    let items: Vec<(usize, &Item)> = rows.iter().map(|((_, object), item)| (*object, *item)).collect();
    let classes = evaluation.samples.iter().any(|sample| matches!(sample.fact, Fact::Class(_)));
    let mut columns = Vec::new();
    let mut add = |name: &str, cell: &dyn Fn(usize, &Item) -> String| {
        let cells: Vec<String> = items.iter().map(|(object, item)| cell(*object, item)).collect();
        columns.push(Column { name: name.to_owned(), unit: String::new(), cells });
    };
    if classes {
        add(TRUTH, &|_, item| item.truth.clone());
        add(PREDICTION, &|_, item| item.answer.clone());
        for class in &evaluation.classes {
            add(&format!("score of {class}"), &|_, item| {
                let of = evaluation.samples.get(item.sample).map(|sample| &sample.answer);
                let Some(Prediction::Classes { top }) = of else { return "0".to_owned() };
                let score = top.iter().find(|one| one.class == *class).map_or(0.0, |one| one.score);
                score.clamp(0.0, 1.0).to_string()
            });
        }
    } else {
        add(TRUTH, &|_, _| "1".to_owned());
        add(PREDICTION, &|_, item| u8::from(item.outcome == Outcome::Right).to_string());
        add("class", &|_, item| item.truth.clone());
    }
    let tags: BTreeSet<&String> = evaluation.samples.iter().flat_map(|sample| &sample.tags).collect();
    for tag in tags {
        add(&format!("tag {tag}"), &|_, item| {
            let has = evaluation.samples.get(item.sample).is_some_and(|sample| sample.tags.contains(tag));
            if has { tag.clone() } else { format!("not {tag}") }
        });
    }
    let attributes: BTreeSet<String> = items
        .iter()
        .flat_map(|(object, item)| attributes_of(evaluation, *object, item).into_keys())
        .collect();
    for name in &attributes {
        add(&format!("attribute {name}"), &|object, item| {
            attributes_of(evaluation, object, item).remove(name).unwrap_or_default()
        });
    }
    for cut in [Cut::Size, Cut::Distance, Cut::Channel, Cut::Clip] {
        let name = if cut == Cut::Clip { "recording" } else { cut.id() };
        let of = |item: &Item| names(evaluation, item, cut).into_iter().next().unwrap_or_default();
        let different: BTreeSet<String> = items.iter().map(|(_, item)| of(item)).collect();
        // One group is nothing to compare.
        if different.len() > 1 {
            add(name, &|_, item| of(item));
        }
    }
    let lines = (1..=items.len()).collect();
    Sheet { columns, lines, ..Sheet::default() }
}

/// Attributes of the labeled object of an item, as text.
fn attributes_of(evaluation: &Evaluation, object: usize, item: &Item) -> BTreeMap<String, String> {
    let fact = evaluation.samples.get(item.sample).map(|sample| &sample.fact);
    let Some(Fact::Objects(objects)) = fact else { return BTreeMap::new() };
    let Some(object) = objects.get(object) else { return BTreeMap::new() };
    let text = |value: &Value| match value {
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Many(all) => all.join(", "),
    };
    object.attributes.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}
