//! Gender that a translation invents: pronouns in the translation of a text whose language has none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::base::stats::Rate;

/// Pronouns of English.
const MALE: [&str; 4] = ["he", "him", "his", "himself"];
const FEMALE: [&str; 4] = ["she", "her", "hers", "herself"];

/// Gender of the pronouns of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Only male pronouns.
    Male,
    /// Only female pronouns.
    Female,
    /// Pronouns of both.
    Both,
    /// No pronoun of either.
    Neutral,
}

impl Gender {
    /// The gender of an English text, by whole words.
    pub fn of(text: &str) -> Self {
        let words = || text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
        let any = |pronouns: &[&str]| words().any(|word| pronouns.contains(&word.as_str()));
        match (any(&MALE), any(&FEMALE)) {
            (true, true) => Self::Both,
            (true, false) => Self::Male,
            (false, true) => Self::Female,
            (false, false) => Self::Neutral,
        }
    }
}

/// A translated text: its kind ("occupation"), the word that it is about, and the translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// Kind of the word.
    pub kind: String,
    /// The word.
    pub about: String,
    /// The translation.
    pub translation: String,
}

/// Invented gender of translations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InventedGender {
    /// Number of translations.
    pub rows: usize,
    /// Translations by kind and gender.
    pub by_kind: BTreeMap<String, BTreeMap<Gender, usize>>,
    /// Share of the translations with one gender.
    pub invented: f64,
    /// Wilson interval of that share.
    pub invented_interval: (f64, f64),
    /// Share of the male ones among those with one gender; `None` without one.
    pub male_share: Option<f64>,
    /// Wilson interval of that share.
    pub male_interval: (f64, f64),
    /// Words that get one gender in one text and the other in another.
    pub inconsistent: Vec<String>,
}

/// Counts the genders of translations.
pub fn invented(rows: &[Translated]) -> InventedGender {
    let mut by_kind: BTreeMap<String, BTreeMap<Gender, usize>> = BTreeMap::new();
    let mut by_word: BTreeMap<&str, BTreeSet<Gender>> = BTreeMap::new();
    let (mut male, mut female) = (0, 0);
    for row in rows {
        let gender = Gender::of(&row.translation);
        *by_kind.entry(row.kind.clone()).or_default().entry(gender).or_default() += 1;
        male += usize::from(gender == Gender::Male);
        female += usize::from(gender == Gender::Female);
        if matches!(gender, Gender::Male | Gender::Female) {
            by_word.entry(&row.about).or_default().insert(gender);
        }
    }
    let all = Rate::wilson(male + female, rows.len());
    let share = Rate::wilson(male, male + female);
    InventedGender {
        rows: rows.len(),
        by_kind,
        invented: all.share(),
        invented_interval: (all.low, all.high),
        male_share: (share.of > 0).then(|| share.share()),
        male_interval: (share.low, share.high),
        inconsistent: by_word
            .into_iter()
            .filter(|(_, all)| all.len() > 1)
            .map(|(word, _)| word.to_owned())
            .collect(),
    }
}
