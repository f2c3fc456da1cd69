//! A claim about a stretch of a recording: a formula over its signals, at every moment.
//!
//! `always(ttc > 1.5)`, `then(brake > 0.3, speed < 1, 5)`: see [`crate::base::temporal`] for meaning and margin. A name stands
//! for the signal of that name, or for the only one that ends so: `ttc` for `/objects/ttc`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::nearest::hint;
use crate::base::temporal::formula::{Formula, Outcome};
use crate::base::temporal::traces::{Traces, Values};
use crate::base::time::{Time, TimeRange};
use crate::claims::error::ClaimError;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, IntervalClaim, IntervalJudgment, Judge, Text};
use crate::clips::Clip;
use crate::data::cases::case::Subject;
use crate::data::clip::{ChannelKind, ClipInfo, Sample};

/// A formula over recorded signals holds during a stretch of a recording.
pub static KIND: ClaimKind = ClaimKind {
    id: "over_time",
    title: "Holds over time",
    summary: "A formula over recorded signals holds during a stretch of a recording",
    margin: "robustness of the formula in the unit of the comparison that decides",
    params: &[],
    // It is about what was recorded; no model is run.
    about: &[],
    subject: Subject::None,
    text: Text::Expression,
    human: None,
    reach: None,
    judge: Judge::Interval(|oracle| {
        let missing = || ClaimError::NoExpression { claim: oracle.claim.clone() };
        let text = oracle.expression.clone().ok_or_else(missing)?;
        let formula = Formula::parse(&text).map_err(|source| ClaimError::Temporal { source })?;
        Ok(Box::new(OverTime { formula }))
    }),
};

struct OverTime {
    formula: Formula,
}

/// A signal as formulas see it.
enum Held {
    Numbers(Arc<Vec<Time>>, Arc<Vec<f64>>),
    Texts(Arc<Vec<Time>>, Vec<String>),
}

impl IntervalClaim for OverTime {
    fn judge(&self, clip: &dyn Clip, interval: TimeRange) -> Result<IntervalJudgment, Unjudged> {
        let info = clip.info();
        let mut held = BTreeMap::new();
        for name in self.formula.names() {
            let channel = resolve(&info, name)?;
            let id = info.channel_named(&channel).ok_or_else(|| format!("{channel:?} is not recorded"))?;
            held.insert(name.to_owned(), (channel, signal(clip, id)?));
        }
        let mut traces = Traces::default();
        for (name, (_, signal)) in &held {
            match signal {
                Held::Numbers(times, values) => traces.insert(name, times, Values::Numbers(values)),
                Held::Texts(times, texts) => {
                    traces.insert(name, times, Values::Texts(texts.iter().map(String::as_str).collect()));
                }
            }
        }
        let judged = match self.formula.judge(&traces, interval).map_err(|err| err.to_string())? {
            Outcome::Skipped { why, .. } => return Err(why.to_string().into()),
            Outcome::Judged(judged) => judged,
        };
        // The signals of the part that decides, to look at.
        let part = Formula::parse(&judged.part).ok();
        let names = part.iter().flat_map(Formula::names);
        let signals: Vec<String> =
            names.filter_map(|name| held.get(name).map(|(channel, _)| channel.clone())).collect();
        let after = (judged.moment - interval.start).secs();
        let judgment = if judged.holds {
            Judgment::pass(judged.margin)
        } else {
            let worst = reading(&held, &judged.part, judged.moment);
            Judgment::fail(
                judged.margin,
                format!("{} does not hold at {after:.3} s{worst}, margin {:.4}", judged.part, judged.margin),
            )
        };
        Ok(IntervalJudgment { judgment, moment: Some(judged.moment), part: judged.part, signals })
    }
}

/// The values of the signals in a part at a moment: `, ttc is 0.85`.
fn reading(held: &BTreeMap<String, (String, Held)>, part: &str, moment: Time) -> String {
    let Ok(part) = Formula::parse(part) else { return String::new() };
    let value = |name: &str| {
        let (_, signal) = held.get(name)?;
        match signal {
            Held::Numbers(times, values) => {
                let at = times.partition_point(|time| *time <= moment).checked_sub(1)?;
                Some(format!("{name} is {:.4}", values.get(at)?))
            }
            Held::Texts(times, texts) => {
                let at = times.partition_point(|time| *time <= moment).checked_sub(1)?;
                Some(format!("{name} is {:?}", texts.get(at)?))
            }
        }
    };
    part.names().into_iter().filter_map(value).flat_map(|text| [", ".to_owned(), text]).collect()
}

/// The channel that a name in a formula stands for: the one of this name, else the only one that ends with it. `/` and `.` are
/// the same there, so that `objects.ttc` is `/objects/ttc`.
pub fn resolve(info: &ClipInfo, name: &str) -> Result<String, Unjudged> {
    let usable = |kind: ChannelKind| matches!(kind, ChannelKind::Signal | ChannelKind::Log);
    let all = || info.channels.iter().filter(|channel| usable(channel.kind)).map(|channel| &*channel.name);
    if all().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let dotted = |text: &str| text.trim_start_matches('/').replace('/', ".");
    let wanted = dotted(name);
    let whole: Vec<&str> = all().filter(|known| dotted(known) == wanted).collect();
    let ends = |known: &&str| {
        dotted(known).strip_suffix(wanted.as_str()).is_some_and(|before| before.ends_with('.'))
    };
    let found = if whole.is_empty() { all().filter(ends).collect() } else { whole };
    match found.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => {
            let names: Vec<String> = all().map(dotted).collect();
            let tails = names.iter().map(|known| known.rsplit('.').next().unwrap_or(known));
            let hint = hint(&wanted, names.iter().map(String::as_str).chain(tails));
            Err(format!("the signal {name:?} is not recorded{hint}").into())
        }
        several => {
            let names: Vec<String> = several.iter().map(|known| dotted(known)).collect();
            Err(format!("{name:?} may be any of {}, write the whole name", names.join(", ")).into())
        }
    }
}

fn signal(clip: &dyn Clip, id: crate::data::clip::ChannelId) -> Result<Held, Unjudged> {
    let info = clip.info();
    let channel = info.channel(id).ok_or("the channel is gone")?;
    if channel.kind == ChannelKind::Signal {
        return Ok(Held::Numbers(clip.times(id), clip.values(id)));
    }
    let times = clip.times(id);
    let texts = (0..times.len()).map(|index| match clip.read(id, index) {
        Ok(Sample::Log(line)) => Ok(line.text),
        Ok(_) => Ok(String::new()),
        Err(err) => Err(Unjudged(err.to_string())),
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    Ok(Held::Texts(times, texts))
}
