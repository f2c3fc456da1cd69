//! The words to label with: their keys, what clashes, and giving one another name.

use anyhow::{anyhow, bail};

use crate::app::table::entries;
use crate::app::table::modes::Modes;
use crate::app::table::shortcut::Shortcut;
use crate::app::{App, NoRecording};
use crate::base::name::Name;
use crate::base::text::{counted, quoted};
use crate::data::labels::label::Label;
use crate::data::labels::ontology::{Color, Ontology, Word};
use crate::data::labels::tag::Tag;
use crate::project::edit::Edit;

/// A key that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The word that asks for it.
    pub word: String,
    /// The obstacle.
    pub why: String,
}

/// Meaning of the keys of an ontology, and the keys that cannot be used.
pub struct WordKeys {
    /// Keys of tag types, with the positions of these.
    pub tags: Vec<(Shortcut, usize)>,
    /// Keys of classes, with the positions of these.
    pub classes: Vec<(Shortcut, usize)>,
    /// The others.
    pub clashes: Vec<Clash>,
}

/// The keys of an ontology: a key of the program is never taken away by a word.
pub fn word_keys(ontology: &Ontology) -> WordKeys {
    let mut keys = WordKeys { tags: Vec::new(), classes: Vec::new(), clashes: Vec::new() };
    let mut taken: Vec<(Shortcut, &str)> = Vec::new();
    let words = ontology.tags.iter().enumerate().map(|(at, word)| (true, at, word));
    let words = words.chain(ontology.classes.iter().enumerate().map(|(at, word)| (false, at, word)));
    for (is_tag, position, word) in words.filter(|(_, _, word)| !word.key.is_empty()) {
        let mut clash = |why: String| keys.clashes.push(Clash { word: word.name.clone(), why });
        let Some(key) = Shortcut::parse(&word.key) else {
            clash(format!("{} is not a key, write it like V or Shift+V", quoted(&word.key)));
            continue;
        };
        if let Some(entry) =
            entries().find(|entry| entry.modes.meets(Modes::RECORDING) && entry.keys.contains(&key))
        {
            clash(format!("{} is the key of \"{}\"", key.text(), entry.title));
        } else if let Some((_, other)) = taken.iter().find(|(known, _)| *known == key) {
            clash(format!("{} is already the key of {}", key.text(), quoted(other)));
        } else {
            taken.push((key, &word.name));
            if is_tag { &mut keys.tags } else { &mut keys.classes }.push((key, position));
        }
    }
    keys
}

/// One word in each line, as people write an ontology.
///
/// `cut-in [V]  gap: number m; side: left | right`: brackets hold a key,
/// `@weather` after it a lane of states; then come attributes: `number UNIT`, `text`, `yes/no`, choices with `|` and several of them with `+`; keypoints
/// are `points: nose, left eye`.
pub fn words_text(words: &[Word]) -> String {
    use crate::data::labels::ontology::AttributeKind as Kind;
    let mut text = String::new();
    for word in words {
        text.push_str(&word.name);
        if !word.key.is_empty() {
            text.push_str(&format!(" [{}]", word.key).replace("[[", "["));
        }
        if let Some(color) = word.color {
            text.push(' ');
            text.push_str(&color.to_string());
        }
        if !word.lane.is_empty() {
            text.push_str(" @");
            text.push_str(&word.lane);
        }
        let mut parts: Vec<String> = Vec::new();
        if !word.points.is_empty() {
            parts.push(format!("points: {}", word.points.join(", ")));
        }
        for attribute in &word.attributes {
            let kind = match &attribute.kind {
                Kind::Text(_) => "text".to_owned(),
                Kind::Number(unit) => format!("number {unit}").trim_end().to_owned(),
                Kind::Choice(choices) => choices.join(" | "),
                Kind::Choices(choices) => choices.join(" + "),
                Kind::Flag(_) => "yes/no".to_owned(),
            };
            parts.push(format!("{}: {kind}", attribute.name));
        }
        if !parts.is_empty() {
            text.push_str("  ");
            text.push_str(&parts.join("; "));
        }
        text.push('\n');
    }
    text
}

/// The way back from [`words_text`]; what a line cannot say, the joints of keypoints, is kept from `known`.
pub fn words_from(text: &str, known: &[Word]) -> anyhow::Result<Vec<Word>> {
    use crate::data::labels::ontology::{AttributeKind as Kind, AttributeSpec};
    let mut words: Vec<Word> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (head, tail) = line.split_once("  ").unwrap_or((line, ""));
        let (head, lane) = head.rsplit_once(" @").unwrap_or((head, ""));
        let colored =
            head.trim().rsplit_once(' ').and_then(|(head, last)| Some((head, last.parse::<Color>().ok()?)));
        let (head, color) = colored.map_or((head, None), |(head, color)| (head, Some(color)));
        let (name, key) = match head.trim().strip_suffix(']').and_then(|head| head.rsplit_once(" [")) {
            Some((name, key)) => (name.trim(), key.trim()),
            None => (head.trim(), ""),
        };
        let mut word = Word { key: key.to_owned(), lane: lane.trim().to_owned(), color, ..Word::from(name) };
        if words.iter().any(|other| other.name == word.name) {
            continue;
        }
        for part in tail.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, kind) =
                part.split_once(':').map(|(name, kind)| (name.trim(), kind.trim())).ok_or_else(|| {
                    anyhow!("{part:?} of {:?} should read \"name: number m\" or similar", word.name)
                })?;
            let list = |by: char| kind.split(by).map(|choice| choice.trim().to_owned()).collect::<Vec<_>>();
            if name == "points" {
                word.points = list(',');
                continue;
            }
            let kind = match kind {
                "text" | "" => Kind::Text(String::new()),
                "yes/no" => Kind::Flag(String::new()),
                _ if kind == "number" || kind.starts_with("number ") => {
                    Kind::Number(kind.trim_start_matches("number").trim().to_owned())
                }
                _ if kind.contains('+') => Kind::Choices(list('+')),
                _ => Kind::Choice(list('|')),
            };
            word.attributes.push(AttributeSpec { name: name.to_owned(), kind });
        }
        if let Some(before) =
            known.iter().find(|known| known.name == word.name && known.points == word.points)
        {
            word.lines.clone_from(&before.lines);
        }
        words.push(word);
    }
    Ok(words)
}

impl App {
    /// Gives a word another name, in the ontology and wherever it was used, as one step.
    pub(super) fn rename_word(&mut self, tag: bool, from: &str, to: &str) -> anyhow::Result<()> {
        let to = to.trim();
        if to.is_empty() {
            bail!("the new name is empty");
        }
        let project = self.project().ok_or(NoRecording)?;
        let mut ontology = project.ontology.clone();
        let words = if tag { &mut ontology.tags } else { &mut ontology.classes };
        let joins = words.iter().any(|word| word.name == to);
        if let Some(at) = words.iter().position(|word| word.name == from) {
            if joins && from != to {
                words.remove(at);
            } else {
                to.clone_into(&mut words[at].name);
            }
        }
        let mut edits = vec![Edit::SetOntology(ontology)];
        if tag {
            let used = project.tags.iter().filter(|tag| tag.kind == from);
            edits.extend(used.map(|tag| Edit::SetTag(Tag { kind: to.to_owned(), ..tag.clone() })));
        } else {
            let name = Name::from(to);
            let used = project.labels.iter().filter(|label| label.class == from);
            edits.extend(used.map(|label| Edit::SetLabel(Label { class: name.clone(), ..label.clone() })));
        }
        let what = if joins { "Merge" } else { "Rename" };
        let count = edits.len() - 1;
        self.open.commit(&format!("{what} {} to {}", quoted(from), quoted(to)), Edit::Group(edits))?;
        self.notices.done(format!(
            "{} is now {}, {} changed; Ctrl+Z to undo",
            quoted(from),
            quoted(to),
            counted(count, "label")
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ontology_reads_back_from_its_text() {
        let text = "cut-in [V]  gap: number m; side: left | right; why: text\nrain  kind: drizzle + hail; wet: yes/no\nfog @weather\nhail [H] #e69f00 @weather  size: number mm\nperson  points: nose, left eye\nplain\n";
        let words = words_from(text, &[]).unwrap();
        assert_eq!(words_text(&words), text);
        assert_eq!((words[0].key.as_str(), words[0].attributes.len(), words[4].points.len()), ("V", 3, 2));
        assert!(words_from("a  b", &[]).unwrap_err().to_string().contains("should read"));
        assert_eq!(
            (words[3].key.as_str(), words[3].lane.as_str(), words[3].attributes.len()),
            ("H", "weather", 1)
        );
        let toml = toml::to_string_pretty(&Ontology { tags: words.clone(), classes: Vec::new() }).unwrap();
        assert_eq!(toml::from_str::<Ontology>(&toml).unwrap().tags, words, "{toml}");
    }

    #[test]
    fn a_key_that_is_taken_is_named_with_what_takes_it() {
        let word = |name: &str, key: &str| Word { key: key.to_owned(), ..Word::from(name) };
        let ontology = Ontology {
            tags: vec![word("a", "V"), word("b", "Space"), word("c", "Hyper+Q"), word("d", "v")],
            classes: vec![word("e", "Shift+V")],
        };
        let keys = word_keys(&ontology);
        assert_eq!((keys.tags.len(), keys.classes.len()), (1, 1));
        let why: Vec<&str> = keys.clashes.iter().map(|clash| clash.why.as_str()).collect();
        assert!(
            why[0].contains("Play or pause") && why[1].contains("not a key") && why[2].contains("\"a\""),
            "{why:?}"
        );
    }
}
