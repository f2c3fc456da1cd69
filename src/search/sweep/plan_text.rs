//! Plans as users write them: a stack in which values may be ranges.

use crate::base::params::ParamSpec;
use crate::data::input::Medium;
use crate::search::sweep::plan::{Axis, Design, Plan, PlanError, between};
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::{StackError, kind_called};
use crate::transforms::{self, stack};

/// Every transform of a medium that has a severity, as [`parse`] reads it.
pub fn all_of(medium: Medium) -> String {
    let all = transforms::built_in().filter(|kind| kind.strength().is_some() && kind.medium() == medium);
    all.map(|kind| kind.id).collect::<Vec<_>>().join(",")
}

/// Reads a stack in which values may be ranges.
///
/// `all` stands for every transform of images that has a severity; `fog:0.1..0.9` varies in `steps` values, `fog:0.2|0.5` takes these, `rain:1..1000log` is even on a logarithmic
/// scale, and `fog` alone goes from what changes nothing to the strongest. What has a plain value stays.
pub fn parse(
    catalog: &Catalog,
    text: &str,
    steps: usize,
    design: Design,
    seeds: Vec<u64>,
) -> Result<Plan, PlanError> {
    let all = all_of(Medium::Image);
    let text = if text.trim() == "all" { all.as_str() } else { text };
    let mut axes = Vec::new();
    let mut plain = Vec::new();
    for (position, part) in text.split(',').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
        let (id, values) = part.split_once(':').unwrap_or((part, ""));
        let kind = kind_called(catalog, id.trim())?;
        let mut fixed = Vec::new();
        let mut varies = false;
        for value in values.split(';').map(str::trim).filter(|value| !value.is_empty()) {
            let (name, range) = match (value.split_once('='), kind.strength()) {
                (Some((name, range)), _) => (name.trim(), range.trim()),
                (None, Some(strength)) => (strength.id, value),
                (None, None) => ("", value),
            };
            if !range.contains("..") && !range.contains('|') {
                fixed.push(value.to_owned());
                varies |= kind.strength().is_some_and(|strength| strength.id == name);
                continue;
            }
            let spec = stack::param_called(kind, name)?;
            axes.push(axis(position, (id.trim(), spec), range, steps)?);
            varies |= kind.strength().is_some_and(|strength| strength.id == spec.id);
        }
        if let Some(strength) = kind.strength().filter(|_| !varies) {
            let values = snapped(even(strength.neutral, strength.at_strength(1.0), steps, false), strength);
            axes.push(Axis { position, param: strength.id.to_owned(), values, between: true, log: false });
        }
        let fixed = if fixed.is_empty() { String::new() } else { format!(":{}", fixed.join(";")) };
        plain.push(format!("{}{fixed}", id.trim()));
    }
    let stack = stack::parse(catalog, &plain.join(","), 0)?;
    Ok(Plan { stack, axes, design, seeds })
}

fn axis(
    position: usize,
    (transform, spec): (&str, &ParamSpec),
    range: &str,
    steps: usize,
) -> Result<Axis, PlanError> {
    let wrong = || PlanError::Range { text: range.to_owned() };
    let number = |text: &str| {
        let number = text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong)?;
        spec.problem(number).map_or(Ok(number), |problem| {
            Err(PlanError::Stack(StackError::Param { transform: transform.to_owned(), problem }))
        })
    };
    let (values, between, log) = if range.contains('|') {
        (range.split('|').map(number).collect::<Result<Vec<_>, _>>()?, false, false)
    } else {
        let (body, log) = range.strip_suffix("log").map_or((range, false), |body| (body, true));
        let (from, to) = body.split_once("..").ok_or_else(wrong)?;
        let (from, to) = (number(from)?, number(to)?);
        if log && (from <= 0.0 || to <= 0.0) {
            return Err(wrong());
        }
        (even(from, to, steps, log), true, log)
    };
    let values = snapped(values, spec);
    Ok(Axis { position, param: spec.id.to_owned(), values, between, log })
}

/// So many values from one end to the other.
fn even(from: f64, to: f64, steps: usize, log: bool) -> Vec<f64> {
    let last = steps.max(2) - 1;
    (0..=last).map(|i| between(from, to, i as f64 / last as f64, log)).collect()
}

/// Whole steps if a parameter has only a few, and nothing twice.
pub fn snapped(values: Vec<f64>, spec: &ParamSpec) -> Vec<f64> {
    /// A parameter with fewer steps than this has no values between them.
    const FEW: f64 = 10.0;
    let few = spec.step >= 1.0 && (spec.max - spec.min) / spec.step <= FEW;
    let snap = |value: f64| if few { (value / spec.step).round() * spec.step } else { value };
    let mut values: Vec<f64> = values.into_iter().map(|value| spec.clamp(snap(value))).collect();
    values.dedup();
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::catalog::BUILT_IN;

    fn plan(text: &str, design: Design) -> Plan {
        parse(&BUILT_IN, text, 5, design, vec![1]).unwrap()
    }

    #[test]
    fn ranges_lists_and_plain_values_are_read() {
        let grid = plan("fog:0..1, rotate:-10|0|10, brightness:20", Design::Grid);
        assert_eq!(grid.axes.len(), 2);
        assert_eq!(grid.axes[0].values, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(grid.axes[1].values, [-10.0, 0.0, 10.0]);
        let variants = grid.variants(&BUILT_IN).unwrap();
        assert_eq!(variants.len(), 15);
        assert_eq!(stack::describe(&BUILT_IN, &variants[1].stack), "fog:0, rotate:0, brightness:20");
        assert_eq!(variants[14].values, [1.0, 10.0]);
        assert_eq!(grid.axes[0].name(&grid.stack), "fog.amount");
        let log = plan("gaussian_noise:1..100log", Design::Grid);
        let expected = [1.0, 3.162_277_66, 10.0, 31.622_776_6, 100.0];
        assert!(log.axes[0].values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6));
        assert_eq!(plan("fog", Design::Grid).axes[0].values.len(), 5);
        assert_eq!(plan("mirror", Design::Grid).variants(&BUILT_IN).unwrap().len(), 1);
        let problem = |text: &str| parse(&BUILT_IN, text, 5, Design::Grid, vec![1]).unwrap_err().to_string();
        assert!(problem("fog:a..b").contains("no range"));
        assert!(problem("smog:0..1").contains("unknown transform"));
        assert!(problem("fog:level=0..1").contains("unknown parameter"));
        assert!(problem("fog:0..1log").contains("no range"));
        for wrong in ["fog:0..2", "fog:-1..0.5", "fog:0.2|7", "fog:3"] {
            assert!(problem(wrong).contains("expected 0 to 1"), "{wrong}: {}", problem(wrong));
        }
    }
}
