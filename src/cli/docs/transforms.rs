//! The page of transforms: what each changes, its parameters, and what it promises about a prediction.

use crate::base::params::ParamSpec;
use crate::cli::docs::Page;
use crate::cli::docs::markdown::{code, codes, number, table};
use crate::data::cases::stack::{Stack, TransformSpec};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::input::Medium;
use crate::data::prediction::{ClassScore, Expected, NamedValue, Prediction};
use crate::transforms::catalog::BUILT_IN;
use crate::transforms::presets::Family;
use crate::transforms::{Group, TransformKind, built_in, stack};

pub(super) static PAGE: Page = Page { name: "transforms", title: "Transforms", body };

const INTRO: &str = "\
A stack is written as `fog:0.4,rotate:5`: names with a value of the first parameter, which is the severity. Other parameters follow \
after a semicolon: `occlusion:0.2;across=0.4`. `fog:strength=0.5` is halfway from what changes nothing to the strongest value, for \
every transform. Names in the tables are those of `--with`, of suites and of `--stack`.

Each parameter is given as its range, with the value that a new stack starts with in parentheses.

The last three columns say what a transform promises about a prediction of classes, of objects and of values: *same* (unchanged), \
*moved* (boxes move with the frame), *negated* (values that the card calls lateral change their sign), or *open* (no promise: the \
case is skipped unless you say that the prediction must stay). They are what each transform answers with its initial values.";

const SIZE: (u32, u32) = (320, 240);

fn body() -> String {
    let mut text = format!("{INTRO}\n");
    for medium in [Medium::Image, Medium::Points, Medium::Signals, Medium::Text] {
        for group in Group::ALL.into_iter().filter(|group| group.medium() == medium) {
            let kinds: Vec<&TransformKind> = built_in().filter(|kind| kind.group == group).collect();
            if kinds.is_empty() {
                continue;
            }
            text.push_str(&format!("\n## {} ({})\n\n", group.title(), medium.title()));
            let head = ["name", "title", "what it does", "parameters", "classes", "objects", "values"];
            text.push_str(&table(&head, kinds.into_iter().map(row)));
        }
    }
    text.push_str("\n## Presets\n\nStacks of published benchmarks, by name and severity.\n\n");
    let rows = Family::ALL.into_iter().map(|family| {
        let names = codes(family.presets().map(|preset| preset.name));
        vec![family.title().to_owned(), family.medium().title().to_owned(), names]
    });
    text.push_str(&table(&["family", "of", "presets"], rows));
    text
}

fn row(kind: &TransformKind) -> Vec<String> {
    let mut params: Vec<String> = kind.params.iter().map(param).collect();
    if kind.seeded {
        params.push("uses the seed".to_owned());
    }
    if kind.looks_at_depth() {
        params.push("uses depth".to_owned());
    }
    let promised = [classes(), objects(), values()].map(|before| promise(kind, &before).to_owned());
    let mut row = vec![code(kind.id), kind.title.to_owned(), kind.summary.to_owned(), params.join("<br>")];
    row.extend(promised);
    row
}

fn param(spec: &ParamSpec) -> String {
    if spec.unit == ParamSpec::SWITCH {
        return format!("{} 0 or 1 ({})", code(spec.id), number(spec.initial));
    }
    let unit = if spec.unit.is_empty() { String::new() } else { format!(" {}", spec.unit) };
    let [min, max, initial] = [spec.min, spec.max, spec.initial].map(number);
    format!("{} {min} to {max}{unit} ({initial})", code(spec.id))
}

/// The word for what a transform says with its initial values about a prediction.
fn promise(kind: &TransformKind, before: &Prediction) -> &'static str {
    let change = Stack { transforms: vec![TransformSpec::new(kind.id)], ..Stack::default() };
    match stack::expected(&BUILT_IN, &change, before, SIZE) {
        Ok(Expected::Same) => "same",
        Ok(Expected::Answer(answer)) if answer == *before => "same",
        Ok(Expected::Answer(Prediction::Values { .. })) => "negated",
        Ok(Expected::Answer(_)) => "moved",
        Ok(Expected::Unknown(_)) => "open",
        Err(_) => "",
    }
}

fn classes() -> Prediction {
    Prediction::Classes { top: vec![ClassScore { class: "car".to_owned(), score: 0.9 }] }
}

fn objects() -> Prediction {
    let bbox = Box2 { x0: 90.0, y0: 80.0, x1: 170.0, y1: 140.0 };
    Prediction::Objects { objects: vec![Detection::flat("car".to_owned(), 0.9, bbox)] }
}

fn values() -> Prediction {
    let steering =
        NamedValue { name: "steering".to_owned(), value: 0.2, unit: "rad".to_owned(), lateral: true };
    Prediction::Values { values: vec![steering] }
}
