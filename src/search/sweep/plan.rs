//! Plan of a sweep: a stack with varied parameters, by a grid, at random or by pairs.

use serde::{Deserialize, Serialize};

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::cases::stack::Stack;
use crate::search::sweep::covering::covering_array;
use crate::transforms::TransformKind;
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::StackError;

/// A varied parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Position in the stack.
    pub position: usize,
    /// Id of the parameter.
    pub param: String,
    /// The values that a grid and pairs take, in their order.
    pub values: Vec<f64>,
    /// True if values in between may be drawn at random, rather than these only.
    pub between: bool,
    /// True if the scale is logarithmic.
    pub log: bool,
}

/// Combinations of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// All of them.
    Grid,
    /// So many, drawn independently.
    Random(usize),
    /// So many, each part of each range used once (`McKay` et al., 1979).
    LatinHypercube(usize),
    /// As few as cover every pair of values of every two parameters.
    Pairwise,
    /// One parameter after the other, without the transforms of the others: shows which transforms cause failures.
    OneAtATime,
}

/// Everything that a sweep runs on each frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The transforms; without an axis they stay as they are.
    pub stack: Stack,
    /// The varied parameters.
    pub axes: Vec<Axis>,
    /// Design of the combinations.
    pub design: Design,
    /// Each combination runs with each of these seeds.
    pub seeds: Vec<u64>,
}

/// One thing to try.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The whole change.
    pub stack: Stack,
    /// The value of each axis.
    pub values: Vec<f64>,
    /// The axis that varies, if it is one alone.
    pub only: Option<usize>,
    /// Overall severity: the mean over the axes of the part of the way from neutral to
    /// the strongest, 0 to 1.
    pub strength: f64,
}

/// A plan that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A part of the stack cannot be read.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A range that is none.
    #[error("{text:?} is no range, write it like fog:0.1..0.9, fog:0.2|0.5, or rain:1..1000log")]
    Range {
        /// The text.
        text: String,
    },
    /// Too many combinations.
    #[error("the plan has more than {MOST} variants, use fewer steps, or --plan random or pairwise")]
    TooMany,
}

/// More variants than this are a mistake.
pub const MOST: usize = 1_000_000;

pub(super) fn between(from: f64, to: f64, part: f64, log: bool) -> f64 {
    if log { from * libm::pow(to / from, part) } else { from + (to - from) * part }
}

impl Axis {
    /// The parameter.
    pub fn spec(&self, catalog: &Catalog, stack: &Stack) -> Option<&'static ParamSpec> {
        let kind = catalog.kind(&stack.transforms.get(self.position)?.transform)?;
        kind.params.iter().find(|spec| spec.id == self.param)
    }

    /// `fog.amount`, with the position when the stack has the transform twice.
    pub fn name(&self, stack: &Stack) -> String {
        let id = |position: usize| stack.transforms.get(position).map(|entry| entry.transform.as_str());
        let id_here = id(self.position).unwrap_or_default();
        let twice = (0..stack.transforms.len()).filter(|at| id(*at) == Some(id_here)).count() > 1;
        let place = if twice { format!("{}", self.position + 1) } else { String::new() };
        format!("{id_here}{place}.{}", self.param)
    }

    /// The value at a part of the range, 0 to 1.
    fn at(&self, part: f64) -> f64 {
        let count = self.values.len();
        match (self.values.first(), self.values.last()) {
            (Some(from), Some(to)) if self.between => between(*from, *to, part, self.log),
            (Some(_), Some(_)) => self.values[((part * count as f64) as usize).min(count - 1)],
            _ => 0.0,
        }
    }
}

impl Plan {
    /// Everything to try, in an order in which neighbors share the beginning of their stacks.
    pub fn variants(&self, catalog: &Catalog) -> Result<Vec<Variant>, PlanError> {
        let points = self.points()?;
        if points.len().saturating_mul(self.seeds.len()) > MOST {
            return Err(PlanError::TooMany);
        }
        let mut variants = Vec::with_capacity(points.len() * self.seeds.len());
        for seed in &self.seeds {
            if self.design == Design::OneAtATime {
                variants.extend(self.alone(catalog, *seed));
            } else {
                variants.extend(points.iter().map(|values| self.variant(catalog, values, *seed)));
            }
        }
        Ok(variants)
    }

    /// Each value of each axis, without the transforms that the other axes belong to.
    fn alone(&self, catalog: &Catalog, seed: u64) -> Vec<Variant> {
        let neutral: Vec<f64> = self
            .axes
            .iter()
            .map(|axis| axis.spec(catalog, &self.stack).map_or(0.0, |spec| spec.neutral))
            .collect();
        let mut variants = Vec::new();
        for (number, axis) in self.axes.iter().enumerate() {
            for value in &axis.values {
                let mut values = neutral.clone();
                values[number] = *value;
                let mut variant = self.variant(catalog, &values, seed);
                let others: Vec<usize> =
                    self.axes.iter().map(|other| other.position).filter(|at| *at != axis.position).collect();
                let mut position = 0;
                variant.stack.transforms.retain(|_| {
                    position += 1;
                    !others.contains(&(position - 1))
                });
                // The severity is that of the varied parameters, not their share among all that stay away.
                variant.strength *= self.axes.len() as f64;
                variant.only = Some(number);
                variants.push(variant);
            }
        }
        variants
    }

    fn variant(&self, catalog: &Catalog, values: &[f64], seed: u64) -> Variant {
        let mut stack = Stack { seed, ..self.stack.clone() };
        let mut strengths = Vec::with_capacity(values.len());
        for (axis, value) in self.axes.iter().zip(values) {
            if let Some(entry) = stack.transforms.get_mut(axis.position) {
                entry.params.insert(&axis.param, *value);
            }
            if let Some(spec) = axis.spec(catalog, &self.stack) {
                strengths.push(spec.strength_of(*value));
            }
        }
        let strength = strengths.iter().sum::<f64>() / strengths.len().max(1) as f64;
        Variant { stack, values: values.to_vec(), only: None, strength }
    }

    fn points(&self) -> Result<Vec<Vec<f64>>, PlanError> {
        let lengths: Vec<usize> = self.axes.iter().map(|axis| axis.values.len()).collect();
        let seed = self.seeds.first().copied().unwrap_or_default();
        let pick = |choice: &[usize]| -> Vec<f64> {
            self.axes.iter().zip(choice).map(|(axis, at)| axis.values[*at]).collect()
        };
        Ok(match self.design {
            Design::Grid => {
                let count = lengths.iter().try_fold(1_usize, |all, n| all.checked_mul(*n));
                let count = count.filter(|count| *count <= MOST).ok_or(PlanError::TooMany)?;
                (0..count).map(|number| pick(&digits(number, &lengths))).collect()
            }
            Design::Random(samples) => {
                let mut rng = Rng::split(seed, 1);
                let samples = samples.min(MOST + 1);
                (0..samples).map(|_| self.axes.iter().map(|axis| axis.at(rng.unit())).collect()).collect()
            }
            Design::LatinHypercube(samples) => self.latin_hypercube(samples.min(MOST + 1), seed),
            // Made by `alone`; counted here.
            Design::OneAtATime => vec![Vec::new(); lengths.iter().sum()],
            Design::Pairwise => covering_array(&lengths, seed).iter().map(|row| pick(row)).collect(),
        })
    }

    fn latin_hypercube(&self, samples: usize, seed: u64) -> Vec<Vec<f64>> {
        let columns: Vec<Vec<f64>> = (0_u64..)
            .zip(&self.axes)
            .map(|(number, axis)| {
                let mut rng = Rng::split(seed, 100 + number);
                let mut order: Vec<usize> = (0..samples).collect();
                for i in (1..samples).rev() {
                    order.swap(i, (rng.bits() % (i as u64 + 1)) as usize);
                }
                order.iter().map(|slot| axis.at((*slot as f64 + rng.unit()) / samples as f64)).collect()
            })
            .collect();
        (0..samples).map(|i| columns.iter().map(|column| column[i]).collect()).collect()
    }

    /// Number of covered pairs of values of two different axes, and number of all pairs. With one axis, its
    /// values count.
    pub fn pair_coverage(&self, variants: &[Variant]) -> (usize, usize) {
        let at = |axis: &Axis, value: f64| axis.values.iter().position(|v| (v - value).abs() < 1e-12);
        let mut seen = std::collections::BTreeSet::new();
        for variant in variants {
            let at: Vec<Option<usize>> =
                self.axes.iter().zip(&variant.values).map(|(axis, value)| at(axis, *value)).collect();
            for (i, a) in at.iter().enumerate() {
                if at.len() == 1 {
                    seen.extend(a.map(|a| (0, a, 0, 0)));
                }
                for (k, b) in at.iter().enumerate().skip(i + 1) {
                    seen.extend(a.zip(*b).map(|(a, b)| (i, a, k, b)));
                }
            }
        }
        let lengths: Vec<usize> = self.axes.iter().map(|axis| axis.values.len()).collect();
        let all = match lengths.as_slice() {
            [one] => *one,
            many => many
                .iter()
                .enumerate()
                .map(|(i, a)| many.iter().skip(i + 1).map(|b| a * b).sum::<usize>())
                .sum(),
        };
        (seen.len(), all)
    }

    /// The severity of the first axis' transform, for a title.
    pub fn kind_of<'a>(&self, catalog: &'a Catalog, axis: &Axis) -> Option<&'a TransformKind> {
        catalog.kind(&self.stack.transforms.get(axis.position)?.transform)
    }
}

/// The digits of a number, the last one running fastest.
fn digits(mut number: usize, lengths: &[usize]) -> Vec<usize> {
    let mut digits = vec![0; lengths.len()];
    for (digit, length) in digits.iter_mut().zip(lengths).rev() {
        *digit = number % length;
        number /= length;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::sweep::plan_text::parse;
    use crate::transforms::catalog::BUILT_IN;
    use crate::transforms::stack;

    fn plan(text: &str, design: Design) -> Plan {
        parse(&BUILT_IN, text, 5, design, vec![1]).unwrap()
    }

    #[test]
    fn one_at_a_time_leaves_the_others_out() {
        let plan = plan("fog:0..1,rotate:-10|10,mirror", Design::OneAtATime);
        let variants = plan.variants(&BUILT_IN).unwrap();
        assert_eq!(variants.len(), 7);
        assert_eq!(stack::describe(&BUILT_IN, &variants[4].stack), "fog:1, mirror");
        assert_eq!(stack::describe(&BUILT_IN, &variants[6].stack), "rotate:10, mirror");
        assert!((variants[4].strength - 1.0).abs() < 1e-9 && variants[6].only == Some(1));
        assert!(parse(&BUILT_IN, "all", 3, Design::OneAtATime, vec![1]).unwrap().axes.len() > 30);
    }

    #[test]
    fn too_many_variants_are_refused_before_they_are_made() {
        let stack = ["fog:0..1"; 9].join(",");
        assert_eq!(
            parse(&BUILT_IN, &stack, 50, Design::Grid, vec![1]).unwrap().variants(&BUILT_IN),
            Err(PlanError::TooMany)
        );
    }

    #[test]
    fn a_latin_hypercube_uses_every_part_of_every_range_once() {
        let plan = plan("fog:0..1,rotate:-30..30", Design::LatinHypercube(20));
        let variants = plan.variants(&BUILT_IN).unwrap();
        for (column, (low, high)) in [(0.0, 1.0), (-30.0, 30.0)].into_iter().enumerate() {
            let mut parts: Vec<usize> = variants
                .iter()
                .map(|variant| ((variant.values[column] - low) / (high - low) * 20.0) as usize)
                .collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..20).collect::<Vec<_>>());
        }
        assert_eq!(variants, plan.variants(&BUILT_IN).unwrap());
    }

    #[test]
    fn pairwise_covers_every_pair_with_few_rows() {
        let text = "fog:0..1,rotate:-30..30,brightness:-50..50,contrast:0.5..2,gamma:0.5..2";
        let pairwise = plan(text, Design::Pairwise);
        let variants = pairwise.variants(&BUILT_IN).unwrap();
        assert_eq!(pairwise.pair_coverage(&variants), (250, 250));
        // Five columns of five values need 25 rows at least; all combinations would be 3125.
        assert!((25..=45).contains(&variants.len()), "{}", variants.len());
        let few = &variants[..5];
        assert!(pairwise.pair_coverage(few).0 <= 50);
    }
}
