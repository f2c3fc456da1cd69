//! Results of a sweep as rows of a table: one for each frame, variant and model.

use crate::clips::recorded_input::RecordedInput;
use crate::data::cases::case::ClaimSpec;
use crate::reports::table::{ColumnKind, TableError, TableWriter, Value};
use crate::search::sweep::plan::Plan;
use crate::search::sweep::result::UnitResult;
use crate::search::sweep::run::Sweep;
use crate::transforms::stack;

/// The columns of the table of a plan, in order.
pub fn columns(plan: &Plan) -> Vec<(String, ColumnKind)> {
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let word = |name: &str| (name.to_owned(), ColumnKind::Word);
    let number = |name: String| (name, ColumnKind::Number);
    let integer = |name: &str| (name.to_owned(), ColumnKind::Integer);
    let mut columns = vec![text("clip"), text("channel"), integer("frame"), integer("time_ns"), text("tags")];
    columns.extend([word("model"), word("class"), text("before"), word("change"), integer("seed")]);
    columns.extend(plan.axes.iter().map(|axis| number(axis.name(&plan.stack))));
    columns.push(number("strength".to_owned()));
    columns.extend([word("verdict"), text("why"), text("after")]);
    columns.extend(["confidence", "change_rms", "margin"].map(|name| number(name.to_owned())));
    columns
}

/// The same with the validity of the transformed inputs: its score, and `valid` or `invalid`.
pub fn columns_with_validity(plan: &Plan) -> Vec<(String, ColumnKind)> {
    let mut columns = columns(plan);
    columns.extend([("validity".to_owned(), ColumnKind::Number), ("valid".to_owned(), ColumnKind::Word)]);
    columns
}

/// Metadata of the table: the claim and the plan as JSON, and the checksums of the models.
pub fn about<'a>(
    oracle: &ClaimSpec,
    models: impl Iterator<Item = &'a str>,
    plan: &Plan,
) -> [(&'static str, String); 3] {
    // Plain values always serialize.
    let claim = serde_json::to_string(oracle).unwrap_or_default();
    [
        ("hardcase.claim", claim),
        ("hardcase.models", models.collect::<Vec<_>>().join(",")),
        ("hardcase.plan", serde_json::to_string(plan).unwrap_or_default()),
    ]
}

/// Writes the rows of one input; with its validity if the sweep asks for that.
pub fn write(
    writer: &mut TableWriter,
    sweep: &Sweep<'_>,
    input: &RecordedInput,
    result: &UnitResult,
) -> Result<(), TableError> {
    let tags = input.tags.join(";");
    let frame = Value::Integer(input.frame as i64);
    for cell in &result.cells {
        let Some(variant) = sweep.variants.get(cell.variant) else { continue };
        let change = stack::describe(sweep.catalog, &variant.stack);
        let word = |words: &[String]| words.get(cell.model).cloned().unwrap_or_default();
        let (class, before) = (word(&result.classes), word(&result.before));
        let mut row = vec![
            Value::Text(&input.clip_name),
            Value::Text(&input.channel_name),
            frame.clone(),
            Value::Integer(input.time_ns),
            Value::Text(&tags),
            Value::Text(&sweep.models[cell.model].card.name),
            Value::Text(&class),
            Value::Text(&before),
            Value::Text(&change),
            Value::Integer(variant.stack.seed as i64),
        ];
        row.extend(variant.values.iter().map(|value| Value::Number(Some(*value))));
        row.extend([
            Value::Number(Some(variant.strength)),
            Value::Text(cell.verdict.word()),
            Value::Text(cell.verdict.why()),
            Value::Text(&cell.answer),
            Value::Number(cell.confidence.map(f64::from)),
            Value::Number(Some(f64::from(cell.change_rms))),
            Value::Number(cell.margin),
        ]);
        if sweep.validation.is_some() {
            let valid = cell.validity.map_or("", |_| if cell.strange { "invalid" } else { "valid" });
            row.extend([Value::Number(cell.validity), Value::Text(valid)]);
        }
        writer.row(&row)?;
    }
    Ok(())
}
