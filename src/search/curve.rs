//! Along the severity of one transform: the severity curve, and the tipping point.

use crate::base::params::ParamSpec;
use crate::base::progress::{Cancelled, Progress};
use crate::claims::judge::{JudgeError, judge};
use crate::data::cases::case::ClaimSpec;
use crate::data::cases::stack::Stack;
use crate::data::cases::verdict::Verdict;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::model::Model;
use crate::transforms::catalog::Catalog;
use crate::transforms::{TransformKind, stack};

/// Strengths on a curve.
pub const CURVE_POINTS: usize = 25;
/// Severities evaluated before bisecting. Failures along rotation and brightness are not monotone, so
/// plain bisection can miss the first one; on 100 digits a scan of 32 missed 3 of 22 such cases.
pub const SCAN_POINTS: usize = 32;

/// One severity and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// Value of the transform's severity parameter.
    pub strength: f64,
    /// Confidence in the expected prediction; none if only a check was evaluated.
    pub confidence: Option<f32>,
    /// Verdict of the claim there.
    pub verdict: Verdict,
}

/// Result of the search for the tipping point.
#[derive(Clone, Debug, PartialEq)]
pub enum Tipping {
    /// The claim fails here and passes at `holds`, just before; found by a scan and then bisection.
    Breaks {
        /// Smallest failing severity.
        strength: f64,
        /// Greatest passing severity below it.
        holds: f64,
        /// Reason of the failure there.
        why: String,
    },
    /// It passed at every severity evaluated.
    Holds {
        /// Number of severities evaluated.
        looked_at: usize,
        /// The greatest of them.
        up_to: f64,
    },
    /// It fails even without the transform.
    BrokenAtStart {
        /// Reason.
        why: String,
    },
}

/// Reason why there is no curve.
#[derive(Debug, thiserror::Error)]
pub enum CurveError {
    /// A severity could not be evaluated.
    #[error(transparent)]
    Judge(#[from] JudgeError),
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The transform has no severity.
    #[error("{0} has no severity to vary")]
    NoStrength(String),
}

/// Subject of a curve: the severity of one transform in a stack, evaluated on one input.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Transforms that the stack may name.
    pub catalog: &'a Catalog,
    /// The model.
    pub model: &'a Model,
    /// The original.
    pub input: &'a Input,
    /// The stack; its other entries stay as they are.
    pub stack: &'a Stack,
    /// Position of the varied transform.
    pub position: usize,
    /// The expectation.
    pub oracle: &'a ClaimSpec,
    /// The prediction for the original.
    pub before: &'a Prediction,
}

impl Subject<'_> {
    /// The varied parameter.
    pub fn spec(&self) -> Result<&'static ParamSpec, CurveError> {
        let name =
            self.stack.transforms.get(self.position).map(|spec| spec.transform.clone()).unwrap_or_default();
        self.catalog.kind(&name).and_then(TransformKind::strength).ok_or(CurveError::NoStrength(name))
    }

    fn at(&self, strength: f64) -> Result<CurvePoint, CurveError> {
        let changed = stack::with_strength(self.catalog, self.stack, self.position, strength);
        let outcome = judge(self.catalog, self.model, self.input, &changed, self.oracle, Some(self.before))?;
        Ok(CurvePoint { strength, confidence: outcome.confidence, verdict: outcome.verdict })
    }

    /// A severity as a person would write it: if the whole step beside it transforms the input in the same way, that step, as
    /// for parameters that count pixels or passes.
    fn plain(&self, strength: f64) -> Result<f64, CurveError> {
        let spec = self.spec()?;
        let changed = |strength: f64| {
            let change = stack::with_strength(self.catalog, self.stack, self.position, strength);
            stack::apply(self.catalog, &change, self.input).map_err(JudgeError::from)
        };
        if spec.step <= 0.0 {
            return Ok(strength);
        }
        let (steps, wanted) = (strength / spec.step, changed(strength)?);
        for step in [steps.round(), steps.floor(), steps.ceil()] {
            let near = spec.clamp(step * spec.step);
            if changed(near)? == wanted {
                return Ok(near);
            }
        }
        Ok(strength)
    }
}

/// The curve over the whole range of the parameter; `publish` gets each point as it is known.
pub fn curve(
    subject: &Subject<'_>,
    progress: &Progress,
    mut publish: impl FnMut(&CurvePoint),
) -> Result<Vec<CurvePoint>, CurveError> {
    let spec = subject.spec()?;
    progress.begin(CURVE_POINTS as u64);
    let mut points = Vec::with_capacity(CURVE_POINTS);
    for i in 0..CURVE_POINTS {
        let strength = spec.min + (spec.max - spec.min) * i as f64 / (CURVE_POINTS - 1) as f64;
        let point = subject.at(strength)?;
        publish(&point);
        points.push(point);
        progress.step()?;
    }
    Ok(points)
}

/// The tipping point: the smallest severity at which the claim fails.
///
/// Searched from the neutral value towards the end of the range on
/// the side where the parameter stands now: a scan of [`SCAN_POINTS`] severities, then bisection down to a
/// thousandth of the range. A skip counts as neither pass nor failure. Of a parameter whose steps are whole, as
/// one that counts passes, the step is named.
pub fn tipping_point(subject: &Subject<'_>, progress: &Progress) -> Result<Tipping, CurveError> {
    let spec = subject.spec()?;
    let now =
        subject.stack.transforms.get(subject.position).map_or(spec.initial, |entry| entry.params.value(spec));
    let end = if now < spec.neutral { spec.min } else { spec.max };
    let at = |i: usize| spec.neutral + (end - spec.neutral) * i as f64 / SCAN_POINTS as f64;
    progress.begin(SCAN_POINTS as u64 + 6);
    let start = subject.at(spec.neutral)?;
    if let Verdict::Fail { why } = start.verdict {
        return Ok(Tipping::BrokenAtStart { why });
    }
    let mut holds = spec.neutral;
    let mut broken = None;
    for i in 1..=SCAN_POINTS {
        progress.step()?;
        match subject.at(at(i))?.verdict {
            Verdict::Fail { why } => {
                broken = Some((at(i), why));
                break;
            }
            Verdict::Pass => holds = at(i),
            Verdict::Skip { .. } => {}
        }
    }
    let Some((mut strength, mut why)) = broken else {
        return Ok(Tipping::Holds { looked_at: SCAN_POINTS + 1, up_to: end });
    };
    while (strength - holds).abs() > (spec.max - spec.min) / 1000.0 {
        progress.step()?;
        let middle = f64::midpoint(strength, holds);
        match subject.at(middle)?.verdict {
            Verdict::Fail { why: reason } => (strength, why) = (middle, reason),
            Verdict::Pass | Verdict::Skip { .. } => holds = middle,
        }
    }
    Ok(Tipping::Breaks { strength: subject.plain(strength)?, holds: subject.plain(holds)?, why })
}
