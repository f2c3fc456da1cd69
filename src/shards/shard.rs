//! A shard: its own parts in order, then parts that others have not made yet.

use crate::base::progress::Progress;
use crate::shards::error::ShardError;
use crate::shards::gaps::{gaps, share, stolen};
use crate::shards::plan::RunPlan;
use crate::shards::state::{done, rows_name, state_name};
use crate::shards::store::{Created, Store};
use crate::shards::worker::{Made, Worker};

/// Share of inputs that may be unreadable in a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The share, 0 to 1.
    share: f64,
    text: String,
}

/// A text that is no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a share like 0.1% or 0.001, got {text:?}")]
pub struct NotALimit {
    text: String,
}

impl std::str::FromStr for Limit {
    type Err = NotALimit;

    fn from_str(text: &str) -> Result<Self, NotALimit> {
        let (number, scale) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
        let share = number.trim().parse::<f64>().ok().map(|share| share / scale);
        match share.filter(|share| (0.0..=1.0).contains(share)) {
            Some(share) => Ok(Self { share, text: text.to_owned() }),
            None => Err(NotALimit { text: text.to_owned() }),
        }
    }
}

/// One of several shards, and how it works.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Number of the shard, from 1.
    pub shard: usize,
    /// Number of shards.
    pub shards: usize,
    /// True to go on with parts of others when its own are done.
    pub steals: bool,
    /// Share of unreadable inputs above which a part fails.
    pub most_problems: Option<Limit>,
}

/// Parts that a shard dealt with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Parts that it made.
    pub made: usize,
    /// Of these, parts of other shards.
    pub stolen: usize,
    /// Parts of its own that were there already, or were finished by another one meanwhile.
    pub by_others: usize,
    /// Inputs that could not be read in the parts that it made.
    pub problems: usize,
}

/// Works until the parts of the shard are there, and where it steals, all parts of the plan.
///
/// A part that is there is not made again, and one that another shard finished first must have the same content. The
/// plan must be for processors of this level.
pub fn run(
    store: &dyn Store,
    (plan, id): (&RunPlan, &str),
    task: &Task,
    threads: usize,
    progress: &Progress,
) -> Result<Outcome, ShardError> {
    plan.check_level()?;
    let parts = plan.parts.len();
    let mut known = done(store, parts)?;
    let own = share(parts, task.shard, task.shards);
    let mut outcome = Outcome::default();
    // Models are loaded for work only: a shard that finds all of it done ends at once.
    let mut worker: Option<Worker<'_>> = None;
    let mut make = |part: usize, outcome: &mut Outcome| -> Result<bool, ShardError> {
        progress.check()?;
        let worker = match &mut worker {
            Some(worker) => worker,
            none => none.insert(Worker::load(plan, id, threads)?),
        };
        let made = worker.part(part, progress)?;
        check_problems(part, &made, task)?;
        let new = publish(store, &rows_name(part), &made.rows)?;
        publish(store, &state_name(part), &made.state.bytes())?;
        if new {
            outcome.made += 1;
            outcome.problems += made.problems().count();
        }
        Ok(new)
    };
    for part in own {
        if known.contains(&part) || store.read(&state_name(part))?.is_some() || !make(part, &mut outcome)? {
            outcome.by_others += 1;
        }
    }
    if !task.steals {
        return Ok(outcome);
    }
    loop {
        known = done(store, parts)?;
        let next = stolen(&gaps(parts, &known), task.shard);
        if next.is_empty() {
            break;
        }
        for part in next {
            // Its owner, or another thief, may have come here first.
            if store.read(&state_name(part))?.is_some() {
                break;
            }
            outcome.stolen += usize::from(make(part, &mut outcome)?);
        }
    }
    Ok(outcome)
}

fn check_problems(part: usize, made: &Made, task: &Task) -> Result<(), ShardError> {
    let (problems, inputs) = (made.problems().count(), made.inputs());
    match &task.most_problems {
        Some(limit) if problems as f64 > limit.share * inputs as f64 => Err(ShardError::Problems {
            part,
            problems,
            inputs,
            limit: limit.text.clone(),
            first: made.problems().next().cloned().unwrap_or_default(),
        }),
        _ => Ok(()),
    }
}

/// Creates a file, or finds that another run made the same; false in that case.
fn publish(store: &dyn Store, name: &str, content: &[u8]) -> Result<bool, ShardError> {
    match store.create(name, content)? {
        Created::New => Ok(true),
        Created::Exists if store.read(name)?.as_deref() == Some(content) => Ok(false),
        Created::Exists => Err(ShardError::NotDeterministic { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_shares_or_percent() {
        let share = |text: &str| text.parse::<Limit>().map(|limit| limit.share);
        assert_eq!((share("0.5%"), share("0.25"), share("0")), (Ok(0.005), Ok(0.25), Ok(0.0)));
        for wrong in ["", "%", "120%", "-1", "few"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }
}
