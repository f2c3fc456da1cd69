//! Behavioral suites on disk: `text.toml`, `lexicons/*.json` and `cases/*.jsonl`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::slug;
use crate::base::inputs::{self, InputKind};
use crate::base::outputs;
use crate::behavior::data::{Answer, Case, Example, Label};
use crate::behavior::error::BehaviorError;
use crate::behavior::expectation::{Expectation, Slice};
use crate::behavior::lexicons::{BASIC, Lexicon, read_folder};
use crate::behavior::suite::{Perturb, Suite, Test, TestKind};
use crate::behavior::template::{Template, fill};

mod lines;
mod perturbed;

pub use perturbed::copies as perturbed_copies;

/// Name of the file that describes a suite.
pub const FILE: &str = "text.toml";
/// Most perturbed copies of a text.
const MOST_COPIES: usize = 1000;
/// Format of the files.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteFile {
    format: u32,
    name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
    #[serde(default, rename = "test")]
    tests: Vec<TestFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    name: String,
    #[serde(rename = "type")]
    kind: TestKind,
    #[serde(default)]
    capability: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<Answer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_failure_rate: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cases: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    stored: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expect: Option<Expectation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only_where: Option<Slice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    perturb: Option<Perturb>,
    #[serde(default, rename = "template", skip_serializing_if = "Vec::is_empty")]
    templates: Vec<Template>,
}

/// True for a folder with a suite of texts, its `text.toml`, and a suite of `CheckList`.
pub fn is_suite_of_texts(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let pickle = [".pkl", ".pkl.gz", "_suite.tar.gz", "_suite.tgz"].iter().any(|end| name.ends_with(end));
    if path.is_dir() { path.join(FILE).is_file() } else { path.is_file() && (name == FILE || pickle) }
}

/// Reads a suite from its folder, or from its `text.toml`. Tests without stored cases are filled from their templates.
pub fn read(path: &Path) -> Result<Suite, BehaviorError> {
    let file = if path.is_dir() { path.join(FILE) } else { path.to_owned() };
    let folder = file.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let failed = |source| BehaviorError::Io { path: file.clone(), source };
    let text = inputs::read_text(&file, InputKind::Settings).map_err(failed)?;
    let wrong = |problem: String| BehaviorError::File { problem, path: file.clone() };
    let read: SuiteFile =
        toml::from_str(&text).map_err(|err| wrong(err.to_string().trim_end().to_owned()))?;
    if read.format != FORMAT {
        return Err(wrong(format!("the suite has format {}, this version reads {FORMAT}", read.format)));
    }
    let lexicon = read_folder(&folder.join("lexicons"))?;
    let mut names = BTreeSet::new();
    let mut tests = Vec::with_capacity(read.tests.len());
    for test in read.tests {
        if !names.insert(test.name.clone()) {
            return Err(wrong(format!("there are two tests with the name {:?}", test.name)));
        }
        tests.push(test_of(test, &folder, &lexicon, &read.classes)?);
    }
    Ok(Suite { name: read.name, classes: read.classes, tests, lexicon })
}

fn test_of(
    file: TestFile,
    folder: &Path,
    lexicon: &Lexicon,
    classes: &[String],
) -> Result<Test, BehaviorError> {
    let wrong = |problem: String| BehaviorError::Test { test: file.name.clone(), problem };
    if file.max_failure_rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
        return Err(wrong("max_failure_rate is no share between 0 and 1".to_owned()));
    }
    if file.perturb.as_ref().is_some_and(|perturb| perturb.copies > MOST_COPIES) {
        return Err(wrong(format!("perturb asks for more than {MOST_COPIES} copies")));
    }
    let seed = file.seed.unwrap_or(0);
    let mut cases = Vec::new();
    if let Some(stored) = &file.cases {
        let path = inputs::inside(folder, stored)
            .map_err(|source| BehaviorError::Io { path: folder.join(stored), source })?;
        let text = inputs::read_text(&path, InputKind::Labels)
            .map_err(|source| BehaviorError::Io { path: path.clone(), source })?;
        cases = lines::read(&text, &path)?;
    } else {
        for (at, template) in file.templates.iter().enumerate() {
            let lexicons = [lexicon, &*BASIC];
            cases.extend(
                fill(template, &lexicons, seed.wrapping_add(at as u64))
                    .map_err(|err| wrong(err.to_string()))?,
            );
        }
    }
    if let Some(perturb) = &file.perturb {
        cases = perturbed::copies(cases, perturb, seed).map_err(|err| wrong(err.to_string()))?;
    }
    let number = |answer: Answer| by_number(answer, classes);
    for case in &mut cases {
        case.label = case.label.take().map(|label| match label {
            Label::One(answer) => Label::One(number(answer)),
            Label::Each(answers) => Label::Each(answers.into_iter().map(number).collect()),
        });
    }
    Ok(Test {
        name: file.name,
        kind: file.kind,
        capability: file.capability,
        description: file.description,
        expect: file.expect.map(|expect| expect.with(&number)),
        only_where: file.only_where.map(|slice| Slice {
            is: slice.is.map(number),
            is_not: slice.is_not.map(number),
            ..slice
        }),
        label: file.label.map(number),
        max_failure_rate: file.max_failure_rate,
        seed,
        templates: file.templates,
        perturb: file.perturb,
        cases,
        stored: file.stored,
        note: file.note,
    })
}

/// A class by its number where its name is known.
fn by_number(answer: Answer, classes: &[String]) -> Answer {
    let Answer::Name(name) = &answer else { return answer };
    let number = classes.iter().position(|class| *class == name.as_str());
    number.map_or(answer, |number| Answer::Number(number as i64))
}

/// A test as it is written, with the name and the text of the file of its cases.
fn file_of(at: usize, test: &Test) -> (TestFile, PathBuf, String) {
    let name = slug(&test.name);
    let short: String = name.chars().take(60).collect();
    let cases = Path::new("cases").join(format!("{:03}-{}.jsonl", at + 1, short.trim_end_matches('-')));
    // Copies are made again when the suite is read.
    let kept = if test.perturb.is_some() { perturbed::originals(&test.cases) } else { test.cases.clone() };
    let file = TestFile {
        name: test.name.clone(),
        kind: test.kind,
        capability: test.capability.clone(),
        description: test.description.clone(),
        label: test.label.clone(),
        max_failure_rate: test.max_failure_rate,
        seed: Some(test.seed).filter(|seed| *seed != 0),
        cases: Some(cases.clone()),
        stored: test.stored.clone(),
        note: test.note.clone(),
        expect: test.expect.clone(),
        only_where: test.only_where.clone(),
        perturb: test.perturb.clone(),
        templates: test.templates.clone(),
    };
    (file, cases, lines::write(&kept))
}

/// Adds the tests of a suite from position `from` on to the suite that is in a folder; what is written there stays, with its
/// comments.
pub fn append(suite: &Suite, from: usize, folder: &Path) -> Result<(), BehaviorError> {
    #[derive(Serialize)]
    struct Added {
        test: Vec<TestFile>,
    }
    let path = folder.join(FILE);
    let wrong = |problem: String| BehaviorError::File { problem, path: path.clone() };
    let mut text = inputs::read_text(&path, InputKind::Settings)
        .map_err(|source| BehaviorError::Io { path: path.clone(), source })?;
    let (mut test, mut contents) = (Vec::new(), Vec::new());
    for (at, one) in suite.tests.iter().enumerate().skip(from) {
        let (file, name, cases) = file_of(at, one);
        if folder.join(&name).symlink_metadata().is_ok() {
            return Err(wrong(format!("{} exists and is not replaced", name.display())));
        }
        test.push(file);
        contents.push((name, cases));
    }
    let added = toml::to_string(&Added { test })
        .map_err(|err| wrong(format!("the suite cannot be written ({err})")))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&added);
    let whole: SuiteFile = toml::from_str(&text)
        .map_err(|err| wrong(format!("tests cannot be added behind the others ({})", err.message())))?;
    // Somebody else may have changed the file in the meantime.
    let mut names = BTreeSet::new();
    if let Some(twice) = whole.tests.iter().find(|test| !names.insert(&test.name)) {
        return Err(wrong(format!("there is a test with the name {:?} already", twice.name)));
    }
    for (name, cases) in contents {
        outputs::write(folder, &name, cases.as_bytes())
            .map_err(|source| BehaviorError::Write { path: folder.join(&name), source })?;
    }
    outputs::write(folder, Path::new(FILE), text.as_bytes())
        .map_err(|source| BehaviorError::Write { path: path.clone(), source })
}

/// Writes a suite into a folder; the same suite gives the same bytes.
pub fn write(suite: &Suite, folder: &Path) -> Result<(), BehaviorError> {
    let put = |name: &Path, content: &str| {
        outputs::write(folder, name, content.as_bytes())
            .map_err(|source| BehaviorError::Write { path: folder.join(name), source })
    };
    let mut tests = Vec::with_capacity(suite.tests.len());
    for (at, test) in suite.tests.iter().enumerate() {
        let (file, name, cases) = file_of(at, test);
        put(&name, &cases)?;
        tests.push(file);
    }
    let file = SuiteFile { format: FORMAT, name: suite.name.clone(), classes: suite.classes.clone(), tests };
    let text = toml::to_string(&file).map_err(|err| BehaviorError::File {
        problem: format!("the suite cannot be written ({err})"),
        path: folder.join(FILE),
    })?;
    put(Path::new(FILE), &text)?;
    if !suite.lexicon.is_empty() {
        let lists: BTreeMap<_, _> = suite.lexicon.iter().collect();
        put(&Path::new("lexicons").join("suite.json"), &lexicon_text(&lists))?;
    }
    Ok(())
}

/// Lists as JSON, one list a line.
fn lexicon_text(lists: &BTreeMap<&String, &Vec<crate::behavior::lexicons::Value>>) -> String {
    let lines: Vec<String> = lists
        .iter()
        .map(|(name, values)| format!("{}: {}", serde_json::json!(name), serde_json::json!(values)))
        .collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

/// Examples of a suite in the order of its predictions, for a program that predicts them.
pub fn examples(suite: &Suite) -> impl Iterator<Item = (&Test, &Case, &Example)> {
    suite.tests.iter().flat_map(|test| {
        test.cases.iter().flat_map(move |case| case.examples.iter().map(move |example| (test, case, example)))
    })
}
