//! Ontology of a project: tag types and object classes, their attributes and keys.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::data::labels::label::Value;

/// Tag types and classes, in display order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ontology {
    /// Tag types for moments and intervals; the first nine have the keys 1 to 9.
    pub tags: Vec<Word>,
    /// Classes of objects; the first nine have the keys Shift+1 to Shift+9.
    pub classes: Vec<Word>,
}

/// A tag type or a class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawWord", into = "RawWord")]
pub struct Word {
    /// Name, everywhere.
    pub name: String,
    /// Its own shortcut in text form: `V`, `Shift+2`; "" for none.
    pub key: String,
    /// Its attributes.
    pub attributes: Vec<AttributeSpec>,
    /// Names of the keypoints of a class, in their order.
    pub points: Vec<String>,
    /// Skeleton edges: pairs of keypoints, by position.
    pub lines: Vec<[usize; 2]>,
    /// Number of the class in the file it was imported from, such as COCO's `category_id`.
    pub number: Option<i64>,
    /// Its color, if somebody chose one.
    pub color: Option<Color>,
    /// Lane of states of a tag type, such as `weather`; "" for none. Of the types of one lane exactly one holds at a time.
    pub lane: String,
}

/// An attribute of a tag or an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeSpec {
    /// Name of the attribute.
    pub name: String,
    /// Type of its values.
    #[serde(flatten)]
    pub kind: AttributeKind,
}

/// Type of an attribute's values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// Any text; a short explanation, or "".
    Text(String),
    /// A number; its unit, or "".
    Number(String),
    /// One of these.
    Choice(Vec<String>),
    /// Several of these.
    Choices(Vec<String>),
    /// Yes or no; a short explanation, or "".
    Flag(String),
}

/// A text that is no value of a kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotValue {
    /// None of the choices.
    #[error("unknown value {text:?}, expected one of {known}")]
    Choice {
        /// The text.
        text: String,
        /// The choices.
        known: String,
    },
    /// Not a finite number.
    #[error("{text:?} is not a number")]
    Number {
        /// The text.
        text: String,
    },
    /// Neither yes nor no.
    #[error("{text:?} is not a boolean, expected yes or no")]
    Flag {
        /// The text.
        text: String,
    },
}

impl AttributeKind {
    /// The value parsed as this kind.
    pub fn value_from(&self, text: &str) -> Result<Value, NotValue> {
        let known = |choices: &[String], text: &str| {
            if choices.iter().any(|choice| choice == text) {
                Ok(text.to_owned())
            } else {
                Err(NotValue::Choice { text: text.to_owned(), known: choices.join(", ") })
            }
        };
        match self {
            Self::Text(_) => Ok(Value::Text(text.to_owned())),
            Self::Number(_) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Value::Number(number)),
                _ => Err(NotValue::Number { text: text.to_owned() }),
            },
            Self::Choice(choices) => known(choices, text).map(Value::Text),
            Self::Choices(choices) => {
                let chosen = text.split(',').map(str::trim).filter(|choice| !choice.is_empty());
                chosen.map(|choice| known(choices, choice)).collect::<Result<_, _>>().map(Value::Many)
            }
            Self::Flag(_) => match text {
                "true" | "yes" | "1" => Ok(Value::Flag(true)),
                "false" | "no" | "0" => Ok(Value::Flag(false)),
                _ => Err(NotValue::Flag { text: text.to_owned() }),
            },
        }
    }
}

/// An ontology entry in a file: its name alone, or with more.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RawWord {
    Plain(String),
    Full(FullWord),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FullWord {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    key: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    points: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lines: Vec<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<Color>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    lane: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeSpec>,
}

impl From<RawWord> for Word {
    fn from(raw: RawWord) -> Self {
        match raw {
            RawWord::Plain(name) => Self { name, ..Self::default() },
            RawWord::Full(FullWord { name, key, points, lines, number, color, lane, attributes }) => {
                Self { name, key, attributes, points, lines, number, color, lane }
            }
        }
    }
}

impl From<Word> for RawWord {
    fn from(word: Word) -> Self {
        let Word { name, key, attributes, points, lines, number, color, lane } = word;
        let plain = color.is_none() && lane.is_empty();
        if key.is_empty() && attributes.is_empty() && points.is_empty() && number.is_none() && plain {
            Self::Plain(name)
        } else {
            Self::Full(FullWord { name, key, points, lines, number, color, lane, attributes })
        }
    }
}

impl From<&str> for Word {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl Default for Ontology {
    /// Typical ontology of a drive; every project may change it.
    fn default() -> Self {
        let words = |names: &[&str]| names.iter().map(|name| Word::from(*name)).collect();
        Self {
            tags: words(&[
                "interesting",
                "pedestrian",
                "cut-in",
                "hard braking",
                "debris",
                "glare",
                "rain",
                "sensor fault",
                "model wrong",
            ]),
            classes: words(&["person", "bicycle", "car", "motorcycle", "bus", "truck", "traffic light"]),
        }
    }
}

impl Ontology {
    /// An empty ontology.
    pub const EMPTY: Self = Self { tags: Vec::new(), classes: Vec::new() };

    /// The tag type of this name.
    pub fn tag(&self, name: &str) -> Option<&Word> {
        self.tags.iter().find(|word| word.name == name)
    }

    /// Lane of states to which a tag type belongs, if any.
    pub fn lane_of(&self, kind: &str) -> Option<&str> {
        self.tag(kind).map(|word| word.lane.as_str()).filter(|lane| !lane.is_empty())
    }

    /// The class of this name.
    pub fn class(&self, name: &str) -> Option<&Word> {
        self.classes.iter().find(|word| word.name == name)
    }

    /// Colors of tag types and classes: the chosen one, else that of the name, else the next of the palette that no other of
    /// the list has. The first twelve of each list never share one, unless two were chosen alike.
    pub fn colors(&self) -> BTreeMap<String, [u8; 3]> {
        let mut colors = BTreeMap::new();
        for words in [&self.classes, &self.tags] {
            let mut taken: Vec<[u8; 3]> = words.iter().filter_map(|word| Some(word.color?.0)).collect();
            for word in words {
                let own = color_of(&word.name);
                let after = PALETTE.iter().position(|color| *color == own).unwrap_or(0);
                let others = (0..PALETTE.len()).map(|by| PALETTE[(after + by) % PALETTE.len()]);
                let free = std::iter::once(own)
                    .chain(others)
                    .find(|color| !taken.iter().any(|other| are_alike(*color, *other)));
                let color = word.color.map_or_else(|| free.unwrap_or(own), |color| color.0);
                taken.push(color);
                colors.insert(word.name.clone(), color);
            }
        }
        colors
    }

    /// Adds the entries of another ontology that this one lacks, and the attributes that existing ones lack.
    /// Returns the number of new entries.
    pub fn join(&mut self, other: &Self) -> usize {
        join_words(&mut self.tags, &other.tags) + join_words(&mut self.classes, &other.classes)
    }
}

fn join_words(ours: &mut Vec<Word>, theirs: &[Word]) -> usize {
    let before = ours.len();
    for word in theirs {
        let Some(known) = ours.iter_mut().find(|known| known.name == word.name) else {
            ours.push(word.clone());
            continue;
        };
        for attribute in &word.attributes {
            if !known.attributes.iter().any(|a| a.name == attribute.name) {
                known.attributes.push(attribute.clone());
            }
        }
        if known.points.is_empty() {
            known.points.clone_from(&word.points);
            known.lines.clone_from(&word.lines);
        }
        known.number = known.number.or(word.number);
        known.color = known.color.or(word.color);
        if known.lane.is_empty() {
            known.lane.clone_from(&word.lane);
        }
    }
    ours.len() - before
}

/// True for colors that are hard to tell apart side by side: nearer than this in red, green and blue together.
fn are_alike(a: [u8; 3], b: [u8; 3]) -> bool {
    const NEAR: u32 = 45;
    let distance: u32 = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum();
    distance < NEAR * NEAR
}

/// A color, in files `#e69f00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Color(pub [u8; 3]);

/// A text that is no color.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no color, expected six digits like #e69f00")]
pub struct NotColor(String);

impl FromStr for Color {
    type Err = NotColor;

    fn from_str(text: &str) -> Result<Self, NotColor> {
        let error = || NotColor(text.to_owned());
        let digits = text
            .strip_prefix('#')
            .filter(|digits| digits.len() == 6 && digits.is_ascii())
            .ok_or_else(error)?;
        let part = |at: usize| digits.get(at..at + 2).and_then(|part| u8::from_str_radix(part, 16).ok());
        match (part(0), part(2), part(4)) {
            (Some(r), Some(g), Some(b)) => Ok(Self([r, g, b])),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for Color {
    type Error = NotColor;

    fn try_from(text: String) -> Result<Self, NotColor> {
        text.parse()
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

impl From<Color> for String {
    fn from(color: Color) -> Self {
        color.to_string()
    }
}

/// A number that is the same for a name in every project and on every machine: selects the color.
pub fn stable_index(name: &str, count: usize) -> usize {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    ((hash ^ (hash >> 32)) % count.max(1) as u64) as usize
}

/// Colors that people with the common kinds of color blindness can distinguish (Okabe and Ito, 2008), light
/// enough for dark halos and dark enough for white text beside them.
pub const PALETTE: [[u8; 3]; 12] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 190, 140],
    [240, 228, 66],
    [60, 140, 220],
    [225, 105, 30],
    [214, 130, 178],
    [170, 170, 180],
    [150, 220, 90],
    [250, 180, 150],
    [160, 130, 240],
    [120, 220, 220],
];

/// Names of colors with their color.
const NAMED: [(&str, [u8; 3]); 5] = [
    ("red", [238, 82, 70]),
    ("yellow", [240, 228, 66]),
    ("green", [0, 190, 110]),
    ("blue", [70, 150, 240]),
    ("orange", [240, 150, 40]),
];

/// The color of a class or tag type: the same for a name in every project, window and report.
pub fn color_of(name: &str) -> [u8; 3] {
    if let Some((_, color)) = NAMED.iter().find(|(known, _)| *known == name) {
        return *color;
    }
    PALETTE.get(stable_index(name, PALETTE.len())).copied().unwrap_or([170, 170, 180])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_twelve_tags_never_share_a_color_and_chosen_ones_stay() {
        let mut words: Vec<Word> = (0..12).map(|at| Word::from(format!("tag {at}").as_str())).collect();
        words.extend(["rain", "snow", "fog", "red"].map(Word::from));
        for shift in 0..words.len() {
            words.rotate_left(1);
            let ontology = Ontology { tags: words.clone(), classes: words.clone() };
            let colors = ontology.colors();
            let first: Vec<[u8; 3]> = words.iter().take(12).map(|word| colors[&word.name]).collect();
            for (at, color) in first.iter().enumerate() {
                let alike = first.iter().skip(at + 1).any(|other| are_alike(*color, *other));
                assert!(!alike, "turned by {shift}: {first:?}");
            }
        }
        words[3].color = Some("#010203".parse().unwrap());
        let text = toml::to_string_pretty(&Ontology { tags: words.clone(), classes: Vec::new() }).unwrap();
        assert!(text.contains("color = \"#010203\""), "{text}");
        let again: Ontology = toml::from_str(&text).unwrap();
        assert_eq!((again.colors()[&words[3].name], &again.tags), ([1, 2, 3], &words));
        assert!("#12345".parse::<Color>().is_err() && "blue".parse::<Color>().is_err());
    }
}
