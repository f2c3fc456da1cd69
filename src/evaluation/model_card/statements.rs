//! Statements about a model and its data that no measurement makes: `model-card.toml` in the folder of a project.
//!
//! The questions are those of Mitchell et al., "Model Cards for Model Reporting", 2019, and of Gebru et al., "Datasheets for
//! Datasets", 2021; the sources of bias are those of Suresh and Guttag, 2021.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::base::inputs::{self, InputKind};
use crate::base::nearest::hint;

/// Name of the file.
pub const FILE: &str = "model-card.toml";

/// A question of the file.
#[derive(Debug)]
pub struct Question {
    /// Table and name in the file.
    pub key: (&'static str, &'static str),
    /// Name on the page.
    pub title: &'static str,
    /// The question itself.
    pub question: &'static str,
}

const fn question(
    table: &'static str,
    name: &'static str,
    title: &'static str,
    question: &'static str,
) -> Question {
    Question { key: (table, name), title, question }
}

/// Every question in the order of the page.
pub static QUESTIONS: &[Question] = &[
    question("model", "developer", "Developed by", "Which person or organization developed the model?"),
    question("model", "version", "Version", "Which version is it, and of which day?"),
    question("model", "license", "License", "Under which license may it be used?"),
    question("model", "contact", "Contact", "Where do questions and comments go?"),
    question("use", "intended", "Intended use", "What was the model made for?"),
    question("use", "users", "Intended users", "Who is to use it?"),
    question("use", "out_of_scope", "Out of scope", "Which uses is it not fit for?"),
    question("training", "data", "Training data", "Which data was it trained on?"),
    question("training", "procedure", "Training", "How was it trained?"),
    question("data", "motivation", "Motivation", "Why were these recordings made, and who paid for them?"),
    question("data", "collection", "Collection", "How, where and when were they recorded, by which sensors?"),
    question("data", "people", "People", "Are people to be seen, were they asked, what is blurred?"),
    question("data", "labeling", "Labeling", "Who labeled them, by which instructions, how was it checked?"),
    question("data", "distribution", "Distribution", "Who may get the data, under which license?"),
    question("data", "maintenance", "Maintenance", "Who keeps the data, and how are errors reported?"),
    question("bias", "historical", "Historical", "Is the recorded world itself as it should be?"),
    question("bias", "representation", "Representation", "Who and what is missing in the recordings?"),
    question("bias", "measurement", "Measurement", "Do labels and signals stand for what is meant?"),
    question("bias", "aggregation", "Aggregation", "Is one model right for all groups and conditions?"),
    question("bias", "evaluation", "Evaluation", "Are the evaluated data like those of the use?"),
    question("bias", "deployment", "Deployment", "Is the model used as it was meant, and watched in use?"),
    question("caveats", "text", "Caveats", "What else has to be known before it is used?"),
];

/// The file, or an answer in it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// It cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// It is no TOML.
    #[error("{} is not valid TOML: {problem}", path.display())]
    Toml {
        /// The file.
        path: PathBuf,
        /// The place and the reason.
        problem: String,
    },
    /// It answers a question that does not exist.
    #[error("{} has an unknown entry {entry:?}{hint}; hardcase model-card PROJECT --new writes the known ones", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// Table and name.
        entry: String,
        /// The nearest known one.
        hint: String,
    },
    /// An answer is no text.
    #[error("{entry} in {} has to be a text in quotes", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
        /// Table and name.
        entry: String,
    },
}

/// The answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    answers: Vec<((&'static str, &'static str), String)>,
}

impl Statements {
    /// Reads the statements of a project; none if it has no such file.
    pub fn read(project: &Path) -> Result<Self, StatementError> {
        let path = project.join(FILE);
        match inputs::read_text(&path, InputKind::Settings) {
            Ok(text) => Self::parse(&text, &path),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(StatementError::Read { path, source }),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, StatementError> {
        let path = || path.to_owned();
        let file: toml::Table = toml::from_str(text).map_err(|err| {
            let problem = err.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
            StatementError::Toml { path: path(), problem }
        })?;
        let known = |entry: &str| {
            QUESTIONS.iter().find(|one| entry.split_once('.') == Some(one.key)).map(|one| one.key)
        };
        let unknown = |entry: String| {
            let all: Vec<String> =
                QUESTIONS.iter().map(|one| format!("{}.{}", one.key.0, one.key.1)).collect();
            let hint = hint(&entry, all.iter().map(String::as_str));
            StatementError::Unknown { path: path(), entry, hint }
        };
        let mut answers = Vec::new();
        for (table, entries) in file {
            let toml::Value::Table(entries) = entries else { return Err(unknown(table)) };
            for (name, value) in entries {
                let entry = format!("{table}.{name}");
                let key = known(&entry).ok_or_else(|| unknown(entry.clone()))?;
                let toml::Value::String(answer) = value else {
                    return Err(StatementError::NoText { path: path(), entry });
                };
                // An empty answer of the template is none.
                if !answer.trim().is_empty() {
                    answers.push((key, answer.trim().to_owned()));
                }
            }
        }
        answers.sort();
        Ok(Self { answers })
    }

    /// An answer, if it was given.
    pub fn get(&self, table: &str, name: &str) -> Option<&str> {
        self.answers.iter().find(|(key, _)| *key == (table, name)).map(|(_, answer)| answer.as_str())
    }

    /// Sets an answer; an empty one is none.
    pub fn set(&mut self, key: (&'static str, &'static str), answer: String) {
        self.answers.retain(|(known, _)| *known != key);
        if !answer.trim().is_empty() {
            self.answers.push((key, answer));
            // Statements are the same in whatever order they were made.
            self.answers.sort();
        }
    }

    /// The file with all questions and these answers.
    pub fn text(&self) -> String {
        written(self)
    }

    /// Questions of a table, each with its answer.
    pub fn of(&self, table: &'static str) -> impl Iterator<Item = (&'static Question, Option<&str>)> {
        let asked = QUESTIONS.iter().filter(move |one| one.key.0 == table);
        asked.map(|one| (one, self.get(one.key.0, one.key.1)))
    }
}

/// The file with all questions and no answer.
pub fn template() -> String {
    written(&Statements::default())
}

fn written(statements: &Statements) -> String {
    let mut text =
        "# Statements for `hardcase model-card`. An empty one counts as \"not stated\" on the page.\n"
            .to_owned();
    let mut table = "";
    for one in QUESTIONS {
        if one.key.0 != table {
            table = one.key.0;
            _ = write!(text, "\n[{table}]\n");
        }
        let answer = statements.get(one.key.0, one.key.1).unwrap_or_default().trim();
        let answer = toml::Value::String(answer.to_owned());
        _ = writeln!(text, "# {}\n{} = {answer}", one.question, one.key.1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_back_as_no_answer_and_asks_everything() {
        let read = Statements::parse(&template(), Path::new(FILE)).unwrap();
        assert_eq!(read, Statements::default());
        assert!(QUESTIONS.iter().all(|one| template().contains(one.question)));
    }

    #[test]
    fn what_is_stated_comes_back_from_the_file() {
        let mut statements = Statements::default();
        statements.set(("use", "intended"), "Lights \"ahead\",\nby day".to_owned());
        statements.set(("bias", "historical"), "None known".to_owned());
        statements.set(("bias", "historical"), " ".to_owned());
        let read = Statements::parse(&statements.text(), Path::new(FILE)).unwrap();
        assert_eq!(read, statements);
        assert_eq!(read.get("use", "intended"), Some("Lights \"ahead\",\nby day"));
        assert_eq!(read.get("bias", "historical"), None);
    }

    #[test]
    fn misspelled_entries_and_numbers_are_refused_with_the_nearest_name() {
        let problem = |text| Statements::parse(text, Path::new(FILE)).unwrap_err().to_string();
        assert!(problem("[bias]\nhistoric = \"x\"").contains("bias.historical"));
        assert!(
            problem("[model]\nversion = 2").contains("model.version in model-card.toml has to be a text")
        );
        assert!(problem("intended = \"x\"").contains("unknown entry"));
        assert!(problem("[model\n").contains("not valid TOML"));
    }
}
