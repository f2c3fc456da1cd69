//! Templates: sentences with tags, filled from lists.
//!
//! Tags are those of Python's format strings: `{tag}`, `{tag.attribute}`, `{tag[0]}`; `{{` and `}}` are braces. `{a:tag}` puts an
//! article before the value. Digits at the end of a tag make a copy that is drawn by itself from the same list; the same tag
//! twice in a template is the same value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::rng::Rng;
use crate::behavior::data::{Answer, Case, Example, Label};
use crate::behavior::error::{BehaviorError, TemplateError};
use crate::behavior::lexicons::{Lexicon, Value, list_of};

mod text;

use text::TemplateText;

/// Most fills of one template.
const MOST_FILLS: usize = 1_000_000;

/// A template and the way in which it is filled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The text, or the texts of one case.
    pub text: TemplateTexts,
    /// Number of draws with replacement from each list; every combination if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// True if the lists are taken in step, the first of each, the second of each.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zip: bool,
    /// True if each text becomes a case of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unroll: bool,
    /// True if fills are dropped in which two tags have the same value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remove_duplicates: bool,
    /// The label: a class, a name with tags, or one for each text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Words with an article that is not that of their first letter: `hour = "an"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub articles: BTreeMap<String, String>,
    /// Lists of this template by tag: the values, or the name of a list of the suite.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Filler>,
}

/// The texts of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TemplateTexts {
    /// A text: cases of one example.
    One(String),
    /// Texts: cases of several examples.
    Several(Vec<Example>),
}

impl Default for TemplateTexts {
    fn default() -> Self {
        Self::One(String::new())
    }
}

/// Values of a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Filler {
    /// Name of a list of the suite.
    Named(String),
    /// The values.
    Values(Vec<Value>),
}

/// A compiled template: its examples as lists of texts, and its tags in order of appearance.
struct Compiled<'a> {
    examples: Vec<(Vec<TemplateText>, bool)>,
    label: Option<CompiledLabel>,
    lists: Vec<&'a [Value]>,
    articles: &'a BTreeMap<String, String>,
}

enum CompiledLabel {
    Fixed(Answer),
    Text(TemplateText),
    Each(Vec<Self>),
}

/// Every fill of a template as cases, in a fixed order: the list of the last tag runs fastest.
pub fn fill(template: &Template, lexicons: &[&Lexicon], seed: u64) -> Result<Vec<Case>, BehaviorError> {
    fill_first(template, lexicons, seed, usize::MAX).map(|(cases, _)| cases)
}

/// The tags of a text in the order of their appearance, each once.
pub fn tags(text: &str) -> Result<Vec<String>, BehaviorError> {
    let mut tags = Vec::new();
    TemplateText::read(text, &mut tags).map(|_| tags)
}

/// The first `most` fills of a template as cases, spread over all combinations, and the number of all fills.
pub fn fill_first(
    template: &Template,
    lexicons: &[&Lexicon],
    seed: u64,
    most: usize,
) -> Result<(Vec<Case>, usize), BehaviorError> {
    let mut tags: Vec<String> = Vec::new();
    let mut read = |text: &str| TemplateText::read(text, &mut tags);
    let examples = match &template.text {
        TemplateTexts::One(text) => vec![(vec![read(text)?], false)],
        TemplateTexts::Several(examples) => examples
            .iter()
            .map(|example| {
                let texts: Result<Vec<_>, _> = example.texts().iter().map(|text| read(text)).collect();
                Ok((texts?, matches!(example, Example::Texts(_))))
            })
            .collect::<Result<_, BehaviorError>>()?,
    };
    let label = template.label.as_ref().map(|label| compiled_label(label, &mut read)).transpose()?;
    let wrong = |source: TemplateError| BehaviorError::Template { template: told(&template.text), source };
    let lists = tags.iter().map(|tag| values(template, lexicons, tag).map_err(wrong));
    let lists: Vec<&[Value]> = lists.collect::<Result<_, _>>()?;
    let compiled = Compiled { examples, label, lists, articles: &template.articles };
    let (picks, all) = picks(template, &compiled.lists, seed, most).map_err(wrong)?;
    let mut cases = Vec::new();
    for pick in picks {
        let chosen: Vec<&Value> = pick.iter().zip(&compiled.lists).map(|(at, list)| &list[*at]).collect();
        if template.remove_duplicates && has_duplicates(&chosen) {
            continue;
        }
        compiled.add(&chosen, template.unroll, &mut cases).map_err(wrong)?;
    }
    Ok((cases, all))
}

fn told(texts: &TemplateTexts) -> String {
    match texts {
        TemplateTexts::One(text) => text.clone(),
        TemplateTexts::Several(examples) => {
            examples.first().map(|example| example.joined().into_owned()).unwrap_or_default()
        }
    }
}

fn compiled_label(
    label: &Label,
    read: &mut impl FnMut(&str) -> Result<TemplateText, BehaviorError>,
) -> Result<CompiledLabel, BehaviorError> {
    let mut one = |answer: &Answer| match answer {
        Answer::Number(_) => Ok(CompiledLabel::Fixed(answer.clone())),
        Answer::Name(text) => read(text).map(CompiledLabel::Text),
    };
    match label {
        Label::One(answer) => one(answer),
        Label::Each(answers) => answers.iter().map(one).collect::<Result<_, _>>().map(CompiledLabel::Each),
    }
}

/// The values of a tag: those of the template, or of the list that it names, or of a list of its own name.
fn values<'a>(
    template: &'a Template,
    lexicons: &[&'a Lexicon],
    tag: &str,
) -> Result<&'a [Value], TemplateError> {
    let shared = tag.trim_end_matches(|c: char| c.is_ascii_digit());
    let own = template.lists.get(tag).or_else(|| template.lists.get(shared));
    let list = match own {
        Some(Filler::Values(values)) => Some(values),
        Some(Filler::Named(name)) => {
            Some(list_of(lexicons, name).ok_or_else(|| TemplateError::NoNamedList { name: name.clone() })?)
        }
        None => list_of(lexicons, tag),
    };
    let Some(list) = list else {
        if shared == "mask" {
            return Err(TemplateError::Mask);
        }
        let known: Vec<&str> =
            lexicons.iter().flat_map(|lexicon| lexicon.keys().map(String::as_str)).collect();
        let hint = crate::base::nearest::hint(shared, known.iter().copied());
        return Err(TemplateError::NoList { tag: tag.to_owned(), hint });
    };
    if list.is_empty() { Err(TemplateError::EmptyList { tag: tag.to_owned() }) } else { Ok(list) }
}

/// Positions in the lists, one for each tag, for at most `most` fills, and the number of all fills.
fn picks(
    template: &Template,
    lists: &[&[Value]],
    seed: u64,
    most: usize,
) -> Result<(Vec<Vec<usize>>, usize), TemplateError> {
    if lists.is_empty() {
        return Ok((vec![Vec::new()], 1));
    }
    let too_many = |count: String| TemplateError::TooMany { count, most: MOST_FILLS };
    if let Some(samples) = template.samples {
        if samples > MOST_FILLS {
            return Err(too_many(samples.to_string()));
        }
        let streams: Vec<Rng> = (0..lists.len()).map(|tag| Rng::split(seed, tag as u64)).collect();
        let draw = |sample: usize| {
            let of = |(rng, list): (&Rng, &&[Value])| (rng.at(sample as u64) % list.len() as u64) as usize;
            streams.iter().zip(lists).map(of).collect()
        };
        let first = samples.min(most);
        // Lists in step are as long as the shortest.
        let picks = if template.zip {
            let shortest = lists.iter().map(|list| list.len()).min().unwrap_or(0) as u64;
            let at = |sample: usize| (streams[0].at(sample as u64) % shortest) as usize;
            (0..first).map(|sample| vec![at(sample); lists.len()]).collect()
        } else {
            (0..first).map(draw).collect()
        };
        return Ok((picks, samples));
    }
    if template.zip {
        let shortest = lists.iter().map(|list| list.len()).min().unwrap_or(0);
        return Ok(((0..shortest.min(most)).map(|at| vec![at; lists.len()]).collect(), shortest));
    }
    let count = lists.iter().try_fold(1_usize, |count, list| count.checked_mul(list.len()));
    let count = count.filter(|count| *count <= MOST_FILLS);
    let count = count.ok_or_else(|| {
        too_many(lists.iter().map(|list| list.len().to_string()).collect::<Vec<_>>().join(" × "))
    })?;
    let of = |fill: usize| {
        let mut rest = fill;
        let mut pick = vec![0; lists.len()];
        for (at, list) in pick.iter_mut().zip(lists).rev() {
            *at = rest % list.len();
            rest /= list.len();
        }
        pick
    };
    // A part of the combinations is spread over all: one from each stretch, so that every list is seen in it.
    let (first, rng) = (count.min(most), Rng::split(seed, 0));
    let spread = |at: usize| {
        let edge = |at: usize| (at as u128 * count as u128 / first.max(1) as u128) as usize;
        let stretch = (edge(at + 1) - edge(at)).max(1) as u64;
        if first == count { at } else { edge(at) + (rng.at(at as u64) % stretch) as usize }
    };
    Ok(((0..first).map(|at| of(spread(at))).collect(), count))
}

fn has_duplicates(chosen: &[&Value]) -> bool {
    let mut seen: Vec<String> = chosen.iter().map(|value| format!("{value}")).collect();
    seen.sort_unstable();
    seen.windows(2).any(|pair| pair[0] == pair[1])
}

impl Compiled<'_> {
    /// Adds the case of one fill, or one case for each of its texts.
    fn add(&self, chosen: &[&Value], unroll: bool, cases: &mut Vec<Case>) -> Result<(), TemplateError> {
        let written = |text: &TemplateText| text.write(chosen, self.articles);
        let mut examples = Vec::with_capacity(self.examples.len());
        for (texts, together) in &self.examples {
            let mut texts = texts.iter().map(written).collect::<Result<Vec<_>, _>>()?;
            examples.push(match texts.pop() {
                Some(text) if !together && texts.is_empty() => Example::Text(text),
                last => Example::Texts(texts.into_iter().chain(last).collect()),
            });
        }
        let label = self.label.as_ref().map(|label| label.write(&written)).transpose()?;
        if !unroll {
            cases.push(Case { examples, label });
            return Ok(());
        }
        for (at, example) in examples.into_iter().enumerate() {
            let label = label.as_ref().and_then(|label| label.at(at)).cloned().map(Label::One);
            cases.push(Case { examples: vec![example], label });
        }
        Ok(())
    }
}

impl CompiledLabel {
    fn write(
        &self,
        written: &impl Fn(&TemplateText) -> Result<String, TemplateError>,
    ) -> Result<Label, TemplateError> {
        let one = |label: &Self| match label {
            Self::Fixed(answer) => Ok(answer.clone()),
            Self::Text(text) => written(text).map(|text| Answer::read(&text)),
            Self::Each(_) => Err(TemplateError::NestedLabel),
        };
        match self {
            Self::Each(labels) => labels.iter().map(one).collect::<Result<_, _>>().map(Label::Each),
            Self::Fixed(_) | Self::Text(_) => one(self).map(Label::One),
        }
    }
}
