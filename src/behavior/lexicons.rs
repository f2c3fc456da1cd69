//! Word lists for templates: values, lists by name, and the lists that ship.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::base::inputs::{self, InputKind};
use crate::behavior::error::BehaviorError;

/// A value that fills a tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A word or more.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Values by position, for `{p[0]}`.
    Tuple(Vec<Self>),
    /// Values by name, for `{x.name}`.
    Record(BTreeMap<String, Self>),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Tuple(values) => {
                let all: Vec<String> = values.iter().map(Self::to_string).collect();
                write!(f, "({})", all.join(", "))
            }
            Self::Record(values) => {
                let all: Vec<String> =
                    values.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{{}}}", all.join(", "))
            }
        }
    }
}

/// Lists of values by name.
pub type Lexicon = BTreeMap<String, Vec<Value>>;

/// The list of `name`, or that of the name without the digits at its end.
pub fn list_of<'a>(lexicons: &[&'a Lexicon], name: &str) -> Option<&'a Vec<Value>> {
    let shared = name.trim_end_matches(|c: char| c.is_ascii_digit());
    [name, shared].iter().find_map(|name| lexicons.iter().find_map(|lexicon| lexicon.get(*name)))
}

/// Lists that ship, from `CheckList` (MIT): first and last names, countries, nationalities, cities, religions, orientations.
pub static BASIC: LazyLock<Lexicon> = LazyLock::new(|| {
    // Two tests read the file.
    serde_json::from_str(include_str!("../../assets/lexicons/basic.json")).unwrap_or_default()
});

/// Reads every `.json` file of a folder as lists by name; no folder is no lists. A name that ends in a digit is an error, for
/// digits at the end of a tag make a copy of the tag.
pub fn read_folder(folder: &Path) -> Result<Lexicon, BehaviorError> {
    let mut all = Lexicon::new();
    if !folder.is_dir() {
        return Ok(all);
    }
    let failed = |source| BehaviorError::Io { path: folder.to_owned(), source };
    for path in crate::base::files::visible_in(folder).map_err(failed)? {
        if path.extension().is_none_or(|ext| ext != "json") {
            continue;
        }
        let text = inputs::read_text(&path, InputKind::Settings)
            .map_err(|source| BehaviorError::Io { path: path.clone(), source })?;
        let lists: Lexicon = serde_json::from_str(&text).map_err(|err| BehaviorError::File {
            problem: format!("the lexicon is not an object of lists ({err})"),
            path: path.clone(),
        })?;
        if let Some(name) = lists.keys().find(|name| name.ends_with(|c: char| c.is_ascii_digit())) {
            let problem = format!("the list {name:?} ends in a digit, rename it");
            return Err(BehaviorError::File { problem, path });
        }
        all.extend(lists);
    }
    Ok(all)
}
