//! Queries on the items of an evaluation: `class == "car" and score > 0.5 and not tag("night") and speed > 10`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::expression::error::ExpressionError;
use crate::base::expression::{Binary, Expr, Unary, Value, binary, parse};
use crate::base::name::Name;
use crate::base::parallel::in_order;
use crate::base::text::short_number;
use crate::base::time::Time;
use crate::clips::Clip;
use crate::data::labels::label;
use crate::data::time::signals::Series;
use crate::evaluation::fields::{FIELDS, GRAMMAR, OF_REFERENCE, current, of_items, signals};
use crate::evaluation::samples::{Evaluation, Fact, Item, Sample};
use crate::evaluation::slices::{Slice, parts};
use crate::evaluation::strangeness::SampleScores;
use crate::metrics::detection_errors::Outcome;

/// Stands for the item where a query is about samples.
static NO_ITEM: Item = Item {
    sample: 0,
    outcome: Outcome::Missed,
    truth: String::new(),
    answer: String::new(),
    score: 0.0,
    iou: 0.0,
    found: None,
    object: None,
    object_at: None,
    number: None,
};

/// Items of one share of the work.
const SHARE: usize = 20_000;
/// Into so many parts numbers are cut.
const PARTS: usize = 5;

/// Error of a query, or of its value for one item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The text is no expression, or a value does not fit its place.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// Neither a field nor a signal of any recording.
    #[error("unknown field or signal {name:?}, fields are {known}")]
    UnknownName {
        /// The name.
        name: String,
        /// The fields.
        known: String,
    },
    /// A function that takes a name is given something else.
    #[error("{function} needs a name in quotes")]
    NeedsName {
        /// Name of the function.
        function: String,
    },
    /// The item lacks an attribute.
    #[error("{name} is unknown for it")]
    NoAttribute {
        /// Name of the attribute.
        name: String,
    },
    /// The recording has no value of a signal at the time.
    #[error("{name} is unknown there")]
    NoSignal {
        /// Name of the signal.
        name: String,
    },
    /// No reference set was chosen.
    #[error("{name} needs a reference set, choose one first")]
    NoReference {
        /// Name of the field.
        name: String,
    },
    /// The sample has no score.
    #[error("{name} is unknown for it")]
    NoScore {
        /// Name of the field.
        name: String,
    },
    /// The evaluation has no item at this position.
    #[error("there is no such item")]
    NoItem,
    /// The evaluation has no sample at this position.
    #[error("there is no such sample")]
    NoSample,
    /// The item has no box.
    #[error("it has no box")]
    NoBox,
    /// The object of the item is flat.
    #[error("it is not a cuboid")]
    NoCuboid,
    /// The item is not about a number, or the number has no such value.
    #[error("it is not a number, or its recorded value is 0")]
    NoNumber,
    /// The recording of the item is closed.
    #[error("its recording is gone")]
    NoRecording,
}

/// A question, read but not yet about anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    expr: Expr,
}

/// A question about one evaluation.
pub struct Bound<'a> {
    query: &'a Query,
    evaluation: &'a Evaluation,
    starts: BTreeMap<Name, Time>,
    series: BTreeMap<&'a str, BTreeMap<Name, Series>>,
    scores: Option<&'a SampleScores>,
}

impl Query {
    /// Parse a query; an error gives the problem and its position.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { expr: current(parse(text, GRAMMAR)?) })
    }

    /// Bind the query to these items; an error names what does not exist.
    pub fn bind<'a>(
        &'a self,
        evaluation: &'a Evaluation,
        clips: &BTreeMap<Name, Arc<dyn Clip>>,
    ) -> Result<Bound<'a>, QueryError> {
        self.bind_with(evaluation, clips, None)
    }

    /// The same with scores of the samples against a reference set.
    pub fn bind_with<'a>(
        &'a self,
        evaluation: &'a Evaluation,
        clips: &BTreeMap<Name, Arc<dyn Clip>>,
        scores: Option<&'a SampleScores>,
    ) -> Result<Bound<'a>, QueryError> {
        let mut wanted = BTreeSet::new();
        signals(&self.expr, &mut wanted);
        let mut series: BTreeMap<&str, BTreeMap<Name, Series>> = BTreeMap::new();
        for name in wanted {
            if scores.is_some() && OF_REFERENCE.contains(&name) {
                continue;
            }
            let of = |clip: &Arc<dyn Clip>| {
                let channel = clip.info().channel_named(name)?;
                let (times, values) = (clip.times(channel).to_vec(), clip.values(channel).to_vec());
                Some(Series { name: name.to_owned(), times, values })
            };
            let found: BTreeMap<Name, Series> =
                clips.iter().filter_map(|(clip, open)| Some((clip.clone(), of(open)?))).collect();
            if found.is_empty() && OF_REFERENCE.contains(&name) {
                return Err(QueryError::NoReference { name: name.to_owned() });
            }
            if found.is_empty() {
                let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
                return Err(QueryError::UnknownName { name: name.to_owned(), known: known.join(", ") });
            }
            series.insert(name, found);
        }
        let starts = clips.iter().map(|(name, clip)| (name.clone(), clip.info().range.start)).collect();
        Ok(Bound { query: self, evaluation, starts, series, scores })
    }
}

/// Attribute of an object; an error if it is not set.
fn attribute<'a>(name: &str, item: &Item, sample: &'a Sample) -> Result<Value<'a>, QueryError> {
    let unknown = || QueryError::NoAttribute { name: name.to_owned() };
    let Fact::Objects(objects) = &sample.fact else { return Err(unknown()) };
    let object = item.object_at.and_then(|at| objects.get(at)).ok_or_else(unknown)?;
    Ok(match object.attributes.get(name).ok_or_else(unknown)? {
        label::Value::Flag(flag) => Value::Truth(*flag),
        label::Value::Number(number) => Value::Number(*number),
        label::Value::Text(text) => Value::Text(text.as_str().into()),
        label::Value::Many(all) => Value::Text(all.join(", ").into()),
    })
}

impl<'a> Bound<'a> {
    /// Value of the query for one item; an error if it is unknown.
    pub fn value(&self, at: usize) -> Result<Value<'a>, QueryError> {
        let evaluation = self.evaluation;
        let item = evaluation.items.get(at).ok_or(QueryError::NoItem)?;
        let sample = evaluation.samples.get(item.sample).ok_or(QueryError::NoSample)?;
        self.eval(&self.query.expr, item, sample)
    }

    fn eval(&self, expr: &'a Expr, item: &'a Item, sample: &'a Sample) -> Result<Value<'a>, QueryError> {
        let eval = |expr| self.eval(expr, item, sample);
        Ok(match expr {
            Expr::Number(number) => Value::Number(*number),
            Expr::Text(text) => Value::Text(text.into()),
            Expr::Truth(truth) => Value::Truth(*truth),
            Expr::Name(_, name) => self.field(name, item, sample)?,
            Expr::Unary(Unary::Minus, inner) => Value::Number(-eval(inner)?.number()?),
            Expr::Unary(Unary::Not, inner) => Value::Truth(!eval(inner)?.truth()?),
            Expr::Binary(Binary::And, a, b) => Value::Truth(eval(a)?.truth()? && eval(b)?.truth()?),
            Expr::Binary(Binary::Or, a, b) => Value::Truth(eval(a)?.truth()? || eval(b)?.truth()?),
            Expr::Binary(operator, a, b) => binary(*operator, eval(a)?, eval(b)?)?,
            Expr::Call(function, args) => match (function.as_str(), args.as_slice()) {
                ("tag", [name]) => {
                    let name = eval(name)?.text()?;
                    Value::Truth(sample.tags.iter().any(|tag| *tag == name))
                }
                ("attribute", [Expr::Text(name)]) => attribute(name, item, sample)?,
                ("signal", [Expr::Text(name)]) => Value::Number(self.signal(name, sample)?),
                ("abs", [x]) => Value::Number(eval(x)?.number()?.abs()),
                ("min", [a, b]) => Value::Number(eval(a)?.number()?.min(eval(b)?.number()?)),
                ("max", [a, b]) => Value::Number(eval(a)?.number()?.max(eval(b)?.number()?)),
                _ => return Err(QueryError::NeedsName { function: function.clone() }),
            },
        })
    }

    fn signal(&self, name: &str, sample: &Sample) -> Result<f64, QueryError> {
        let series = self.series.get(name).and_then(|clips| clips.get(&sample.clip));
        series
            .and_then(|series| series.at(sample.time))
            .ok_or_else(|| QueryError::NoSignal { name: name.to_owned() })
    }

    /// Score of a sample, which is one of the evaluation.
    fn score(&self, name: &str, sample: &Sample) -> Result<f64, QueryError> {
        let unknown = || QueryError::NoScore { name: name.to_owned() };
        // Samples lie side by side, so the place of one is its index.
        let first = self.evaluation.samples.as_ptr().addr();
        let at =
            std::ptr::from_ref(sample).addr().checked_sub(first).map(|bytes| bytes / size_of::<Sample>());
        let scores = self.scores.and_then(|scores| scores.field(name)).ok_or_else(unknown)?;
        at.and_then(|at| scores.get(at).copied().flatten()).ok_or_else(unknown)
    }

    fn field(&self, name: &str, item: &'a Item, sample: &'a Sample) -> Result<Value<'a>, QueryError> {
        let place = || item.object.as_ref().or(item.found.as_ref()).ok_or(QueryError::NoBox);
        let number = || item.number.as_ref().ok_or(QueryError::NoNumber);
        let seconds = |ns: i64| ns as f64 / 1e9;
        Ok(match name {
            "outcome" => Value::Text(item.outcome.title().into()),
            "class" if item.truth.is_empty() => Value::Text(item.answer.as_str().into()),
            "class" | "truth" => Value::Text(item.truth.as_str().into()),
            "prediction" => Value::Text(item.answer.as_str().into()),
            "score" => Value::Number(f64::from(item.score)),
            "overlap" => Value::Number(f64::from(item.iou)),
            "width" => Value::Number(f64::from(place()?.bbox.width())),
            "height" => Value::Number(f64::from(place()?.bbox.height())),
            "area" => Value::Number(f64::from(place()?.bbox.area())),
            "size" => Value::Number(f64::from(place()?.bbox.area()).sqrt()),
            "x" => Value::Number(f64::from(place()?.bbox.center().0)),
            "y" => Value::Number(f64::from(place()?.bbox.center().1)),
            "distance" => {
                let solid = place()?.solid.ok_or(QueryError::NoCuboid)?;
                Value::Number(f64::from(sample.distance(&solid)))
            }
            "true_value" => Value::Number(number()?.truth),
            "predicted_value" => Value::Number(number()?.predicted),
            "error" => Value::Number(number()?.error()),
            "relative_error" => Value::Number(number()?.relative_error().ok_or(QueryError::NoNumber)?),
            "clip" => Value::Text((&*sample.clip).into()),
            "channel" => Value::Text((&*sample.channel).into()),
            "frame" => Value::Number(sample.frame as f64),
            "seconds" => {
                let start = self.starts.get(&sample.clip).ok_or(QueryError::NoRecording)?;
                Value::Number(seconds(sample.time.0 - start.0))
            }
            "hour" => Value::Number(seconds(sample.time.0).rem_euclid(86_400.0) / 3600.0),
            "surprise" | "validity" if self.scores.is_some() => Value::Number(self.score(name, sample)?),
            signal => Value::Number(self.signal(signal, sample)?),
        })
    }

    /// Names in the query that are about an item and not about its sample.
    pub fn names_of_items(&self) -> Vec<&'a str> {
        let mut found = BTreeSet::new();
        of_items(&self.query.expr, &mut found);
        found.into_iter().collect()
    }

    /// The samples of which a query is true that is about samples only, in order; an error as for [`Self::fitting`].
    pub fn samples(&self) -> Result<Vec<usize>, QueryError> {
        let (mut found, mut known, mut problem) = (Vec::new(), false, None);
        for (at, sample) in self.evaluation.samples.iter().enumerate() {
            match self.eval(&self.query.expr, &NO_ITEM, sample).and_then(|value| Ok(value.truth()?)) {
                Ok(true) => found.push(at),
                Ok(false) => known = true,
                Err(why) => problem = Some(why),
            }
        }
        match problem {
            Some(problem) if !known && found.is_empty() => Err(problem),
            _ => Ok(found),
        }
    }

    /// The items of which it is true, in order. What is not known of an item is not true of it; an error says what a question
    /// comes to that is neither true nor false.
    pub fn fitting(&self, threads: usize) -> Result<Vec<usize>, QueryError> {
        let count = self.evaluation.items.len();
        let share = |share: usize| {
            let (mut found, mut known, mut problem) = (Vec::new(), false, None);
            for at in share * SHARE..((share + 1) * SHARE).min(count) {
                match self.value(at).and_then(|value| Ok(value.truth()?)) {
                    Ok(true) => found.push(at),
                    Ok(false) => known = true,
                    Err(why) => problem = Some(why),
                }
            }
            known |= !found.is_empty();
            (found, known, problem)
        };
        let (mut all, mut known, mut problem) = (Vec::new(), count == 0, None);
        let taken = in_order(count.div_ceil(SHARE), threads, share, |_, (found, any, why)| {
            all.extend(found);
            known |= any;
            problem = problem.take().or(why);
            Ok::<(), std::convert::Infallible>(())
        });
        match (taken, problem) {
            // True or false of some: it only is not known of the others.
            (Ok(()), Some(problem)) if !known => Err(problem),
            (Ok(()), _) => Ok(all),
        }
    }

    /// The data cut by what the question comes to: by texts as they are, by true and false, by numbers into five parts with as
    /// many items each.
    pub fn slices(&self) -> Result<Vec<Slice>, QueryError> {
        let items = 0..self.evaluation.items.len();
        let values: Vec<Result<Value<'_>, QueryError>> = items.map(|at| self.value(at)).collect();
        if let (true, Some(Err(why))) = (values.iter().all(Result::is_err), values.first()) {
            return Err(why.clone());
        }
        let mut numbers: Vec<f64> =
            values.iter().filter_map(|value| value.clone().ok()?.number().ok()).collect();
        numbers.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> =
            (1..PARTS).filter_map(|at| numbers.get(numbers.len() * at / PARTS)).copied().collect();
        edges.dedup();
        let name = |value: &Value<'_>| match value {
            Value::Text(text) => text.clone().into_owned(),
            Value::Truth(truth) => truth.to_string(),
            Value::Number(number) => {
                let at = edges.partition_point(|edge| edge <= number);
                match (at.checked_sub(1).and_then(|at| edges.get(at)), edges.get(at)) {
                    (None, Some(to)) => format!("below {}", short_number(*to)),
                    (Some(from), Some(to)) => format!("{} to {}", short_number(*from), short_number(*to)),
                    (Some(from), None) => format!("{} and more", short_number(*from)),
                    (None, None) => short_number(*number),
                }
            }
        };
        let names = |at: usize| values[at].as_ref().map(name).into_iter().collect();
        Ok(parts(self.evaluation, false, names))
    }
}

/// Continuations of a query: the typed part of the last word, and the rest of each
/// word that it can become.
pub fn completions(text: &str, evaluation: &Evaluation, signals: &[String]) -> Vec<String> {
    const MOST: usize = 8;
    // Inside of quotes the words are names.
    let quoted = text.matches('"').count() % 2 == 1;
    let begun = |c: char| if quoted { c == '"' } else { !(c.is_alphanumeric() || c == '_') };
    let word = text.rsplit(begun).next().unwrap_or_default();
    let before = text.strip_suffix(word).unwrap_or_default().trim_end();
    let mut words: Vec<String> = Vec::new();
    if quoted {
        let before = before.strip_suffix('"').unwrap_or(before).trim_end();
        if before.ends_with("tag(") {
            words.extend(evaluation.samples.iter().flat_map(|sample| &sample.tags).cloned());
        } else if before.ends_with("signal(") {
            words.extend(signals.iter().cloned());
        } else if before.contains("outcome") && !before.ends_with("and") {
            words.extend(evaluation.items.iter().map(|item| item.outcome.title().to_owned()));
        } else {
            words.extend(evaluation.classes.iter().cloned());
        }
    } else {
        words.extend(FIELDS.iter().map(|(name, _)| (*name).to_owned()));
        words.extend(["and", "or", "not", "tag(\"", "signal(\""].map(str::to_owned));
        let plain = |name: &&String| name.chars().all(|c| c.is_alphanumeric() || c == '_');
        words.extend(signals.iter().filter(plain).cloned());
    }
    words.retain(|one| one != word && one.to_lowercase().starts_with(&word.to_lowercase()));
    words.sort();
    words.dedup();
    words.truncate(MOST);
    let whole = |end: &String| {
        let start = text.strip_suffix(word).unwrap_or(text);
        format!("{start}{end}{}", if quoted { "\"" } else { "" })
    };
    words.iter().map(whole).collect()
}
