//! Cases about a stretch of a recording: no model is run, signals are judged over time.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::base::progress::Progress;
use crate::base::time::{Span, Time};
use crate::base::{errors::quietly, temporary};
use crate::claims::judgment::Judgment;
use crate::claims::spec::{self, Claim};
use crate::claims::{IntervalJudgment, over_time};
use crate::clips::derived::Derived;
use crate::clips::{self, Clip};
use crate::data::cases::case::{ClaimSpec, Interval};
use crate::data::cases::verdict::Verdict;
use crate::data::clip::ChannelKind;
use crate::data::image::Image;
use crate::imaging::look::Look;
use crate::imaging::series::{Chart, Line, drawn};
use crate::suites::error::{CaseError, STOPPED};
use crate::suites::files::{CaseFile, Suite};
use crate::suites::run::{CaseResult, Effort, each, not_run, selected};
use crate::suites::select::Selection;
use crate::tracks::scene::SceneTerms;

/// Time that is kept around the stretch, so that speeds at its ends are the same as in the whole recording.
pub(super) const AROUND: Span = Span(1_000_000_000);

/// Recording that cases about stretches are judged on.
#[derive(Clone, Default)]
pub enum Ground {
    /// The stretch that was kept with each of them.
    #[default]
    Kept,
    /// The same stretch of this recording.
    Recording(Arc<dyn Clip>),
}

impl Ground {
    /// A recording, with its derived signals. Blocks.
    pub fn recording(path: &Path) -> Result<Self, CaseError> {
        opened(path).map(Self::Recording)
    }
}

/// Judges the selected cases of a suite that has no others; no model is run. In a run that is canceled the remaining cases are
/// errors.
pub fn run(
    suite: &Suite,
    selection: &Selection,
    ground: &Ground,
    effort: Effort,
    progress: &Progress,
) -> Vec<CaseResult> {
    let selected = selected(suite, selection);
    let judge = |(): &mut (), id: &str, case: &CaseFile| judge(suite, ground, id, case);
    let results = each(&selected, effort.threads, progress, || (), judge);
    let left = |(at, result): (usize, Option<CaseResult>)| {
        result.or_else(|| selected.get(at).map(|(id, case)| not_run(id, *case, STOPPED)))
    };
    results.into_iter().enumerate().filter_map(left).collect()
}

/// Judges a case of a suite about a stretch.
pub(super) fn judge(
    suite: &Suite,
    ground: &Ground,
    id: &str,
    case: &CaseFile,
) -> Result<CaseResult, CaseError> {
    let Some(interval) = &case.input.interval else { return Ok(not_run(id, Ok(case), "no stretch")) };
    let (clip, interval) = match ground {
        Ground::Recording(clip) => (Arc::clone(clip), interval.within(clip.info().range)),
        Ground::Kept => {
            let bytes = suite.media(case)?;
            let mut file = temporary::file(".mcap").map_err(CaseError::Temporary)?;
            file.write_all(&bytes).map_err(CaseError::Temporary)?;
            // The recording is mapped, so the file is no longer needed by its name.
            (opened(file.path())?, interval.clone())
        }
    };
    let claims: Vec<&ClaimSpec> = std::iter::once(&case.oracle).chain(&case.more).collect();
    let judged =
        quietly(|| judge_clip(&*clip, &interval, &claims)).unwrap_or_else(|panic| Err(panic.into()))?;
    let failed = judged.judgment.verdict != Verdict::Pass;
    Ok(CaseResult {
        pictures: failed.then(|| pictures(&*clip, &interval, &judged)),
        look: Look::Picture,
        outcome: Ok(judged.judgment.verdict),
        margin: judged.judgment.margin,
        change: Some(String::new()),
        ..not_run(id, Ok(case), "")
    })
}

fn opened(path: &Path) -> Result<Arc<dyn Clip>, CaseError> {
    let clip = clips::open(path)?;
    clip.index(&Progress::default())?;
    derived(clip)
}

/// A recording with its derived signals. Blocks.
pub fn derived(clip: Arc<dyn Clip>) -> Result<Arc<dyn Clip>, CaseError> {
    let derived = Derived::new(clip);
    derived.derive(&SceneTerms::default(), &Progress::default()).map_err(clips::ClipError::from)?;
    Ok(Arc::new(derived))
}

/// Judges all claims about a stretch: it passes if all do, and the one that fails most decides. A claim that cannot be judged
/// makes a skip unless another one fails.
pub fn judge_clip(
    clip: &dyn Clip,
    interval: &Interval,
    claims: &[&ClaimSpec],
) -> Result<IntervalJudgment, CaseError> {
    let mut worst: Option<IntervalJudgment> = None;
    for claim in claims {
        let judged = match spec::build(claim).map_err(crate::claims::judge::JudgeError::from)? {
            Claim::Interval(inner) => {
                inner.judge(clip, interval.range()).unwrap_or_else(|why| skipped(&why.0))
            }
            Claim::Pair(_) | Claim::One(_) | Claim::Run(_) | Claim::Signals(_) => {
                skipped("the claim is not about a stretch of a recording, use over_time")
            }
        };
        let rank = |judged: &IntervalJudgment| match judged.judgment.verdict {
            Verdict::Fail { .. } => 0,
            Verdict::Skip { .. } => 1,
            Verdict::Pass => 2,
        };
        let margin = |judged: &IntervalJudgment| judged.judgment.margin.unwrap_or(f64::INFINITY);
        let worse = worst.as_ref().is_none_or(|known| {
            rank(&judged).cmp(&rank(known)).then(margin(&judged).total_cmp(&margin(known))).is_lt()
        });
        if worse {
            worst = Some(judged);
        }
    }
    Ok(worst.unwrap_or_else(|| skipped("the case has no claim")))
}

fn skipped(why: &str) -> IntervalJudgment {
    IntervalJudgment { judgment: Judgment::skip(why), moment: None, part: String::new(), signals: Vec::new() }
}

/// The frame at the worst moment, and the signals that decide around it.
fn pictures(clip: &dyn Clip, interval: &Interval, judged: &IntervalJudgment) -> (Image, Image) {
    let moment = judged.moment.unwrap_or(interval.from);
    let chart = chart(clip, interval, judged, moment);
    (frame_at(clip, moment).unwrap_or_else(|| chart.clone()), chart)
}

/// The image of the first camera at a time.
fn frame_at(clip: &dyn Clip, time: Time) -> Option<Image> {
    let info = clip.info();
    let (camera, _) = info.of_kind(ChannelKind::Camera).next()?;
    let times = clip.times(camera);
    let index = times.partition_point(|other| *other <= time).saturating_sub(1);
    clip.picture(camera, index).ok()
}

fn chart(clip: &dyn Clip, interval: &Interval, judged: &IntervalJudgment, moment: Time) -> Image {
    let info = clip.info();
    let lines: Vec<Line> = judged
        .signals
        .iter()
        .filter_map(|name| {
            let id = info.channel_named(&over_time::resolve(&info, name).ok()?)?;
            let (times, values) = (clip.times(id), clip.values(id));
            let inside =
                times.iter().zip(values.iter()).filter(|(time, _)| interval.range().contains(**time));
            let points = inside.map(|(time, value)| ((*time - interval.from).secs(), *value)).collect();
            Some(Line { name: name.clone(), points })
        })
        .collect();
    drawn(&Chart {
        title: judged.part.clone(),
        seconds: interval.range().span().secs(),
        marked: (moment - interval.from).secs(),
        bounds: numbers_in(&judged.part),
        lines,
    })
}

/// The constants of a comparison, to be drawn as bounds.
fn numbers_in(part: &str) -> Vec<f64> {
    let words = part.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
    words.filter_map(|word| word.parse().ok()).collect()
}
