//! Transforms in order: applying them, their joint expectation, and their text form.

use crate::base::nearest::hint;
use crate::base::params::{ParamSpec, Params};
use crate::base::rng::Rng;
use crate::data::cases::attacked::AttackedInput;
use crate::data::cases::stack::{Region, Stack, TransformSpec};
use crate::data::geometry::shape::Mask;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::data::time::window::Reach;
use crate::imaging::masks;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::{StackError, kind_called, make};
use crate::transforms::error::PaintError;
use crate::transforms::parts::Divided;
use crate::transforms::transformable::{self, Transformable};
use crate::transforms::{Made, Transform, TransformKind};

/// The severity of every transform on one scale.
const SEVERITY: ParamSpec = ParamSpec::setting("strength", "Severity", "", [0.0, 1.0], 0.0);

/// An input after every active transform of the stack.
pub fn apply<I: Divided>(catalog: &Catalog, stack: &Stack, input: &I) -> Result<I, StackError> {
    let mut changed = input.begun(stack);
    for (position, spec) in stack.active() {
        changed.change(catalog, spec, Rng::split(stack.seed, position as u64).at(0))?;
    }
    Ok(finished(stack, input, changed))
}

/// An input with the output of a stack's transforms, in the region and the parts of the stack.
pub fn finished<I: Divided>(stack: &Stack, input: &I, changed: I) -> I {
    let whole = input.finished(stack, changed);
    match &stack.parts {
        Some(parts) => input.partly(&whole, stack, parts),
        None => whole,
    }
}

/// An input after one entry of the stack alone, which may be inactive.
pub(super) fn apply_one<I: Transformable>(
    catalog: &Catalog,
    stack: &Stack,
    position: usize,
    input: &I,
) -> Result<I, StackError> {
    let mut changed = input.clone();
    if let Some(spec) = stack.transforms.get(position).filter(|spec| spec.enabled) {
        changed.change(catalog, spec, Rng::split(stack.seed, position as u64).at(0))?;
    }
    Ok(changed)
}

/// Expected prediction after the stack: each transform in turn states it from the prediction before it.
pub fn expected(
    catalog: &Catalog,
    stack: &Stack,
    before: &Prediction,
    size: (u32, u32),
) -> Result<Expected, StackError> {
    let mut answer: Option<Prediction> = None;
    for (position, spec) in stack.active() {
        let now = answer.as_ref().unwrap_or(before);
        let expected = match make(catalog, spec)? {
            Made::Image(transform) => {
                let seed = Rng::split(stack.seed, position as u64).at(0);
                with_masks(transform.expect(now, size), &*transform, seed)
                    .map_err(|source| StackError::Failed { transform: spec.transform.clone(), source })?
            }
            Made::Points(transform) => transformable::expected_of_points(stack.object, &*transform, now),
            Made::Text(transform) => transform.expect(now),
            Made::Signals(_) => Expected::Unknown(
                "the effect of a faulty signal is unknown, set assume_same if the prediction must stay"
                    .to_owned(),
            ),
        };
        match expected {
            Expected::Same => {}
            Expected::Answer(moved) => answer = Some(moved),
            Expected::Unknown(why) => return Ok(Expected::Unknown(why)),
        }
    }
    Ok(answer.map_or(Expected::Same, Expected::Answer))
}

/// The prediction with its masks transformed like the image: each as an image in white on black.
fn with_masks(expected: Expected, transform: &dyn Transform, seed: u64) -> Result<Expected, PaintError> {
    let changed = |mask: &Mask| {
        let mut picture = masks::to_picture(mask);
        transform.try_apply(&mut picture, seed).map(|()| masks::of_picture(&picture))
    };
    Ok(match expected {
        Expected::Answer(Prediction::Segments { mut segments }) => {
            for segment in &mut segments {
                segment.mask = changed(&segment.mask)?;
            }
            segments.retain(|segment| segment.mask.area() > 0);
            Expected::Answer(Prediction::Segments { segments })
        }
        Expected::Answer(Prediction::Objects { mut objects }) => {
            for mask in objects.iter_mut().filter_map(|object| object.mask.as_mut()) {
                *mask = changed(mask)?;
            }
            Expected::Answer(Prediction::Objects { objects })
        }
        other @ (Expected::Same | Expected::Answer(_) | Expected::Unknown(_)) => other,
    })
}

/// Window that a stack needs beside the sample itself.
pub fn reach(catalog: &Catalog, stack: &Stack) -> Reach {
    let looks =
        |spec: &TransformSpec| catalog.kind(&spec.transform).is_some_and(TransformKind::looks_at_depth);
    Reach { depth: stack.transforms.iter().any(looks), ..Reach::default() }
}

/// An error if a transform or parameter is unknown, or a value outside of its range.
pub fn check(catalog: &Catalog, stack: &Stack) -> Result<(), StackError> {
    let problem = stack.region.and_then(Region::problem).or_else(|| stack.object.and_then(Solid::problem));
    if let Some(problem) = problem {
        return Err(StackError::Region { problem });
    }
    stack.transforms.iter().try_for_each(|spec| make(catalog, spec).map(drop))
}

/// The stack with the severity of entry `position` set to `value`.
pub fn with_strength(catalog: &Catalog, stack: &Stack, position: usize, value: f64) -> Stack {
    let mut stack = stack.clone();
    if let Some(spec) = stack.transforms.get_mut(position)
        && let Some(strength) = catalog.kind(&spec.transform).and_then(TransformKind::strength)
    {
        spec.params.insert(strength.id, value);
    }
    stack
}

/// Parses `fog:0.4,rotate:5` or `fog:amount=0.4`; several parameters of one transform are joined by `;`.
///
/// `fog:strength=0.5` is halfway from the neutral value to the strongest, for every transform. A value outside of its
/// range is an error.
pub fn parse(catalog: &Catalog, text: &str, seed: u64) -> Result<Stack, StackError> {
    let mut stack = Stack { seed, ..Stack::default() };
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (id, values) = part.split_once(':').unwrap_or((part, ""));
        let kind = kind_called(catalog, id.trim())?;
        let mut params = Params::default();
        for value in values.split(';').map(str::trim).filter(|value| !value.is_empty()) {
            let first = kind.strength().map_or("", |strength| strength.id);
            let (name, number) = value.split_once('=').unwrap_or((first, value));
            // Every transform with a severity has it on one scale too, unless it has a parameter of this name.
            let at_strength = name.trim() == "strength" && kind.params.iter().all(|p| p.id != "strength");
            let name = if at_strength { first } else { name.trim() };
            let spec = param_called(kind, name)?;
            let number = number.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| {
                StackError::NotANumber { transform: kind.id.to_owned(), value: number.to_owned() }
            })?;
            let problem = if at_strength { SEVERITY.problem(number) } else { spec.problem(number) };
            if let Some(problem) = problem {
                return Err(StackError::Param { transform: kind.id.to_owned(), problem });
            }
            let number = if at_strength { spec.at_strength(number) } else { spec.clamp(number) };
            params.insert(spec.id, number);
        }
        stack.transforms.push(TransformSpec { transform: kind.id.to_owned(), params, enabled: true });
    }
    Ok(stack)
}

/// The parameter of this name.
pub fn param_called(kind: &TransformKind, name: &str) -> Result<&'static ParamSpec, StackError> {
    kind.params.iter().find(|spec| spec.id == name).ok_or_else(|| StackError::UnknownParam {
        transform: kind.id.to_owned(),
        param: name.to_owned(),
        hint: hint(name, kind.params.iter().map(|spec| spec.id)),
        known: if kind.params.is_empty() {
            "none".to_owned()
        } else {
            kind.params.iter().map(|spec| spec.id).collect::<Vec<_>>().join(", ")
        },
    })
}

/// The change of a case as text: its transforms, and the attack behind them.
pub fn describe_case(catalog: &Catalog, stack: &Stack, attack: Option<&AttackedInput>) -> String {
    match attack {
        None => describe(catalog, stack),
        Some(attack) if stack.active().next().is_none() => attack.describe(),
        Some(attack) => format!("{}, {}", describe(catalog, stack), attack.describe()),
    }
}

/// The active transforms in the form of [`parse`]; "unchanged" if there are none.
pub fn describe(catalog: &Catalog, stack: &Stack) -> String {
    let parts: Vec<String> = stack
        .active()
        .map(|(_, spec)| match catalog.kind(&spec.transform).and_then(TransformKind::strength) {
            Some(strength) => format!("{}:{}", spec.transform, rounded(spec.params.value(strength))),
            None => spec.transform.clone(),
        })
        .collect();
    if parts.is_empty() {
        return "unchanged".to_owned();
    }
    let mut text = parts.join(", ");
    if let Some(object) = stack.object {
        let [x, y, _] = object.center;
        text = format!("{text} of the object at {x:.1}, {y:.1} m");
    } else if let Some(region) = stack.region {
        let [x0, y0, x1, y1] = region.edges().map(|edge| (edge * 100.0).round());
        text = format!("{text} in {x0}..{x1} % across, {y0}..{y1} % down");
    }
    match &stack.parts {
        Some(parts) if parts.count() == 1 => format!("{text}, 1 part of it"),
        Some(parts) => format!("{text}, {} parts of it", parts.count()),
        None => text,
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::catalog::BUILT_IN;

    #[test]
    fn stacks_are_written_and_read() {
        let stack = parse(&BUILT_IN, "fog:0.4, rotate:degrees=5, mirror", 7).unwrap();
        assert_eq!(describe(&BUILT_IN, &stack), "fog:0.4, rotate:5, mirror");
        assert_eq!(parse(&BUILT_IN, &describe(&BUILT_IN, &stack), 7).unwrap(), stack);
        assert_eq!(describe(&BUILT_IN, &parse(&BUILT_IN, "", 0).unwrap()), "unchanged");
        let error = |text: &str| parse(&BUILT_IN, text, 0).unwrap_err().to_string();
        assert!(error("smoke:1").contains("\"smoke\""));
        assert!(error("fog:lots").contains("\"lots\""));
        assert!(error("fog:level=1").contains("\"level\""));
        assert_eq!(error("fog:9"), "transform \"fog\": amount is 9, expected 0 to 1");
        assert_eq!(error("fog:amount=-0.5"), "transform \"fog\": amount is -0.5, expected 0 to 1");
        assert_eq!(error("fog:strength=2"), "transform \"fog\": strength is 2, expected 0 to 1");
    }

    /// A model that cannot be run any more.
    struct Failing;

    impl Transform for Failing {
        fn apply(&self, _image: &mut crate::data::image::Image, _seed: u64) {}

        fn try_apply(&self, _image: &mut crate::data::image::Image, _seed: u64) -> Result<(), PaintError> {
            Err(PaintError::Size)
        }

        fn expect(&self, before: &Prediction, _size: (u32, u32)) -> Expected {
            Expected::Answer(before.clone())
        }
    }

    #[test]
    fn a_transform_that_fails_on_a_mask_is_an_error() {
        let mask = Mask { size: [2, 1], runs: vec![1, 1] };
        let segments = vec![crate::data::prediction::Segment { class: "road".to_owned(), mask }];
        let moved = with_masks(Expected::Answer(Prediction::Segments { segments }), &Failing, 0);
        assert_eq!(moved, Err(PaintError::Size));
    }
}
