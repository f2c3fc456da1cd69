//! Doors of text that people write: suites, cases, expressions, cards, and the adapters that are made of suites. Whatever is
//! read is written and read back, and must be the same.

use std::fs;
use std::path::Path;

use hardcase::claims::spec;
use hardcase::data::cases::case::ClaimSpec;
use hardcase::evaluation::query::Query;
use hardcase::inference::card::ModelCard;
use hardcase::suites::adapters::{Tool, adapter};
use hardcase::suites::files::{self, CaseFile, Suite, SuiteFile};
use hardcase::suites::limits::{MemoryLimit, Timeout};
use hardcase::suites::select::TagExpr;
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Door;

/// A value is the same after it was written and read; what cannot be written is said by the writer.
fn comes_back<T: Serialize + DeserializeOwned>(value: &T) {
    let Ok(text) = toml::to_string(value) else { return };
    let back: T = toml::from_str(&text).expect("what was written can be read");
    // As text, for a number that is none is not equal to itself.
    assert_eq!(toml::to_string(&back).expect("what was read can be written"), text);
}

/// The suite of the traffic lights with two cases, of which these files are damaged.
fn suite(id: &str, root: &Path, enter: fn(&Door, &Path), damaged: &[&str]) -> Door {
    let from = root.join("sample_projects/traffic_lights/suites/lights");
    let mut door = Door::new(id.to_owned(), enter);
    let mut cases: Vec<_> =
        fs::read_dir(from.join("cases")).expect("cases").flatten().map(|entry| entry.path()).collect();
    cases.sort();
    let names =
        cases.iter().take(2).enumerate().map(|(at, path)| (format!("suite/cases/{at}.toml"), path.clone()));
    for (name, path) in names.chain([("suite/suite.toml".to_owned(), from.join("suite.toml"))]) {
        door = door.with(&name, &fs::read(path).expect("a file of the suite"));
    }
    let whole = door.folder.path().join("suite");
    door.files.retain(|file| damaged.iter().any(|part| file.starts_with(whole.join(part))));
    door.whole = Some(whole);
    door
}

fn read(path: &Path) -> Option<Suite> {
    files::read(path).ok()
}

pub(super) fn suites(root: &Path) -> Door {
    let enter = |_: &Door, path: &Path| {
        let Some(suite) = read(path) else { return };
        drop(suite.problems());
        comes_back::<SuiteFile>(&suite.file);
    };
    suite("suites", root, enter, &["suite.toml"])
}

pub(super) fn cases(root: &Path) -> Door {
    let enter = |_: &Door, path: &Path| {
        let Some(suite) = read(path) else { return };
        drop(suite.problems());
        for (_, case) in &suite.cases {
            comes_back::<CaseFile>(case);
            drop(stack::describe(&BUILT_IN, &case.stack));
        }
    };
    suite("cases", root, enter, &["cases"])
}

/// A line each of everything that is an expression somewhere.
pub(super) fn expressions() -> Door {
    let enter = |_: &Door, path: &Path| {
        let text =
            fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        for line in text.lines() {
            let claim = ClaimSpec { expression: Some(line.to_owned()), ..ClaimSpec::new("expression") };
            drop(spec::check(&claim));
            drop(Query::parse(line));
            drop(line.parse::<TagExpr>());
            for limit in [line.parse::<Timeout>().map(|limit| limit.to_string())].into_iter().flatten() {
                assert_eq!(limit.parse::<Timeout>().expect("a limit that was written").to_string(), limit);
            }
            drop(line.parse::<MemoryLimit>());
            if let Ok(stack) = stack::parse(&BUILT_IN, line, 1) {
                stack::check(&BUILT_IN, &stack).expect("what was read is in its ranges");
                comes_back(&stack);
            }
        }
    };
    Door::new("expressions".to_owned(), enter)
        .with(
            "a.txt",
            b"after.steering > before.steering * 2 + 0.1\nabs(after.speed) <= 3 and not (before.x < 1e-3)\n",
        )
        .with("b.txt", b"critical AND NOT (slow OR night*)\noutcome == \"missed\" and score > 0.5\n")
        .with("c.txt", b"fog:0.4, rotate:degrees=5, mirror\nfog:strength=0.5;amount=1\n60s\n512 MB\n")
}

pub(super) fn cards(root: &Path) -> Door {
    let enter = |_: &Door, path: &Path| {
        let model = path.with_file_name(
            path.file_name().expect("a name").to_string_lossy().replace(".card.toml", ".onnx"),
        );
        let Ok(Some(card)) = ModelCard::beside(&model) else { return };
        drop(card.problem());
        comes_back::<ModelCard>(&card);
    };
    let mut door = Door::new("cards".to_owned(), enter);
    for folder in
        ["sample_projects/traffic_lights/models", "sample_projects/street/models", "tests/fixtures/models"]
    {
        for file in super::files_in(&root.join(folder)) {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if name.ends_with(".card.toml") {
                door = door.with(&name, &fs::read(&file).expect("a card"));
            }
        }
    }
    door
}

/// Adapters are read as their tools read lines, and name as many cases as the suite has.
pub(super) fn adapters(root: &Path) -> Door {
    let enter = |_: &Door, path: &Path| {
        let Some(suite) = read(path) else { return };
        let place = Path::new(&suite.file.name);
        for file in adapter(&suite, place, Tool::Robot, Path::new("a.robot")).iter().take(1) {
            let calls = file.content.lines().filter(|line| line.starts_with("    Case Should Hold    "));
            assert_eq!(calls.count(), suite.cases.len() + suite.broken.len(), "{}", file.content);
            let sections = file.content.lines().filter(|line| line.starts_with('*')).count();
            assert_eq!(sections, 2, "{}", file.content);
        }
        for file in adapter(&suite, place, Tool::Pytest, Path::new("test_a.py")) {
            let plain =
                adapter(&suite_called(&suite, "x"), Path::new("x"), Tool::Pytest, Path::new("test_a.py"));
            assert_eq!(file.content.lines().count(), plain[0].content.lines().count(), "{}", file.content);
            let quotes = |text: &str| text.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            assert_eq!(quotes(&file.content), quotes(&plain[0].content), "{}", file.content);
        }
    };
    suite("adapters", root, enter, &["suite.toml", "cases"])
}

/// The same suite under a name without a sign that means something.
fn suite_called(suite: &Suite, name: &str) -> Suite {
    let mut suite = suite.clone();
    name.clone_into(&mut suite.file.name);
    suite
}
