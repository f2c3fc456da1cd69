//! Transforms by name: the form in files, sliders and command lines.

use serde::{Deserialize, Serialize};

use crate::base::params::Params;
use crate::data::geometry::solid::Solid;

/// One transform by its id, with its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformSpec {
    /// Id of the transform: `"fog"`.
    pub transform: String,
    /// Values by parameter; absent ones have their initial value.
    #[serde(default, skip_serializing_if = "Params::is_empty")]
    pub params: Params,
    /// True if the transform is applied.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub enabled: bool,
}

/// Transforms in the order in which they are applied, and the random seed of all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Random seed: the same seed gives the same image.
    #[serde(default)]
    pub seed: u64,
    /// First to last.
    #[serde(default)]
    pub transforms: Vec<TransformSpec>,
    /// Region of the image to transform; all of it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Region of the points to transform, as around one object; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Solid>,
    /// Parts of the change to apply, all of them if absent; the transforms define the numbering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
}

/// Numbers of parts, written as `0-3 7 12-14`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Parts {
    /// First and last of each run, in order.
    runs: Vec<[u32; 2]>,
}

impl Parts {
    /// Parts with these numbers.
    pub fn of(numbers: &[u32]) -> Self {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut runs: Vec<[u32; 2]> = Vec::new();
        for number in sorted {
            match runs.last_mut() {
                Some([_, last]) if *last + 1 == number => *last = number,
                _ => runs.push([number; 2]),
            }
        }
        Self { runs }
    }

    /// True if this number is among them.
    pub fn contains(&self, number: u32) -> bool {
        let after = self.runs.partition_point(|[first, _]| *first <= number);
        after.checked_sub(1).and_then(|at| self.runs.get(at)).is_some_and(|[_, last]| number <= *last)
    }

    /// Number of parts.
    pub fn count(&self) -> usize {
        self.runs.iter().map(|[first, last]| (last - first + 1) as usize).sum()
    }
}

impl From<Parts> for String {
    fn from(parts: Parts) -> Self {
        let run = |[first, last]: &[u32; 2]| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        parts.runs.iter().map(run).collect::<Vec<_>>().join(" ")
    }
}

/// A text that names no parts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{run:?} are not valid numbers of parts, expected increasing ranges like 0-3 7 12-14")]
pub struct NotParts {
    /// The part of the text that cannot be understood.
    pub run: String,
}

impl TryFrom<String> for Parts {
    type Error = NotParts;

    fn try_from(text: String) -> Result<Self, NotParts> {
        let mut runs: Vec<[u32; 2]> = Vec::new();
        for run in text.split_whitespace() {
            let (first, last) = run.split_once('-').unwrap_or((run, run));
            let wrong = || NotParts { run: run.to_owned() };
            let (first, last): (u32, u32) =
                (first.parse().map_err(|_err| wrong())?, last.parse().map_err(|_err| wrong())?);
            if last < first || last == u32::MAX || runs.last().is_some_and(|[_, before]| first <= *before) {
                return Err(wrong());
            }
            runs.push([first, last]);
        }
        Ok(Self { runs })
    }
}

/// A region of an image: edges as fractions of its width and height, from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Left edge, 0 to 1.
    pub x0: f64,
    /// Upper edge, 0 to 1.
    pub y0: f64,
    /// Right edge, 0 to 1.
    pub x1: f64,
    /// Lower edge, 0 to 1.
    pub y1: f64,
}

impl Region {
    /// The whole image.
    pub const WHOLE: Self = Self { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };

    /// Problem of a region that is not one inside of an image.
    pub fn problem(self) -> Option<&'static str> {
        let inside = self.edges().iter().all(|edge| (-1e-6..=1.0 + 1e-6).contains(edge));
        if !inside {
            return Some("its edges must be 0 to 1, fractions of the width and height");
        }
        (self.x1 < self.x0 || self.y1 < self.y0).then_some("x0 must be left of x1, and y0 above y1")
    }

    /// Edges in the order left, upper, right, lower.
    pub fn edges(self) -> [f64; 4] {
        [self.x0, self.y0, self.x1, self.y1]
    }

    /// From edges in the order left, upper, right, lower.
    pub fn from_edges([x0, y0, x1, y1]: [f64; 4]) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// Fraction of the image area that it covers.
    pub fn area(self) -> f64 {
        (self.x1 - self.x0).clamp(0.0, 1.0) * (self.y1 - self.y0).clamp(0.0, 1.0)
    }

    /// Columns and rows in an image of this size, first and one after the last.
    pub fn pixels(self, (width, height): (u32, u32)) -> ([usize; 2], [usize; 2]) {
        let place = |part: f64, side: u32| (part.clamp(0.0, 1.0) * f64::from(side)).round() as usize;
        ([place(self.x0, width), place(self.x1, width)], [place(self.y0, height), place(self.y1, height)])
    }
}

impl TransformSpec {
    /// The transform `id` with its initial parameters.
    pub fn new(id: &str) -> Self {
        Self { transform: id.to_owned(), params: Params::default(), enabled: true }
    }
}

impl Stack {
    /// The transforms that are applied.
    pub fn active(&self) -> impl Iterator<Item = (usize, &TransformSpec)> {
        self.transforms.iter().enumerate().filter(|(_, spec)| spec.enabled)
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_as_runs_and_read_again() {
        let parts = Parts::of(&[7, 0, 1, 2, 3, 12, 13, 14, 7]);
        let text = String::from(parts.clone());
        assert_eq!(text, "0-3 7 12-14");
        assert_eq!(Parts::try_from(text).unwrap(), parts);
        assert_eq!(parts.count(), 8);
        assert!(parts.contains(0) && parts.contains(13) && !parts.contains(4) && !parts.contains(15));
        for wrong in ["a", "3-1", "5 4", "1-", "-1", "4294967295"] {
            assert!(Parts::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
