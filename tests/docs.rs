//! The documents: reference pages equal what the program prints, links resolve, code blocks can be read, recipes run.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{repo, sample};
use hardcase::inference::card::ModelCard;
use hardcase::suites::files::{CaseFile, SuiteFile};

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).current_dir(repo()).output().unwrap()
}

fn markdown_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            markdown_below(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "md") {
            found.push(path);
        }
    }
}

/// Every document, with its text.
fn documents() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(repo())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .collect();
    markdown_below(&repo().join("docs"), &mut paths);
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// Name of a document as seen from the repository.
fn name(path: &Path) -> String {
    path.strip_prefix(repo()).unwrap().to_string_lossy().replace('\\', "/")
}

/// The text without its blocks of code.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Blocks of code in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != "```").collect();
            found.push(block.join("\n") + "\n");
        }
    }
    found
}

#[test]
fn reference_pages_are_those_that_the_program_prints() {
    let listed = hardcase(&["docs", "--list"]);
    assert!(listed.status.success());
    let names: Vec<String> = String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect();
    assert!(names.len() > 8, "{names:?}");
    let folder = repo().join("docs/reference");
    if std::env::var_os("HARDCASE_BLESS").is_some() {
        assert!(hardcase(&["docs", "--out", folder.to_str().unwrap()]).status.success());
    }
    for name in &names {
        let printed = hardcase(&["docs", "--page", name]);
        let printed = String::from_utf8(printed.stdout).unwrap();
        let committed = fs::read_to_string(folder.join(format!("{name}.md"))).unwrap_or_default();
        assert!(
            printed.trim_end() == committed.replace("\r\n", "\n").trim_end(),
            "docs/reference/{name}.md is out of date, renew it with HARDCASE_BLESS=1 cargo test --test docs"
        );
    }
    let mut pages = Vec::new();
    markdown_below(&folder, &mut pages);
    for page in pages {
        let stem = page.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(stem == "README" || names.contains(&stem), "{} is no page of the program", page.display());
    }
    let unknown = hardcase(&["docs", "--page", "none_such"]);
    assert_eq!(unknown.status.code(), Some(2));
}

/// Anchors of a document as GitHub and mdBook make them of headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings
        .lines()
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#')));
    headings
        .map(|heading| {
            let kept = heading.trim().to_lowercase();
            let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

/// Targets of links and images, in Markdown and in HTML.
fn targets(text: &str) -> Vec<String> {
    let text = prose(text);
    let mut found = Vec::new();
    for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
        for rest in text.split(opening).skip(1) {
            found.push(rest.split(closing).next().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let images_are_made = repo().join("docs/images").is_dir();
    let mut checked = 0;
    let mut broken = Vec::new();
    for (path, text) in documents() {
        for target in targets(&text) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            if file.contains("docs/images/") && !images_are_made {
                continue;
            }
            let there = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            checked += 1;
            if !there.exists() {
                broken.push(format!("{}: {target}", name(&path)));
            } else if !anchor.is_empty() && !anchors(&fs::read_to_string(&there).unwrap()).contains(anchor) {
                broken.push(format!("{}: {target} (no such heading)", name(&path)));
            }
            // The book consists of what lies in docs.
            if name(&path).starts_with("docs/") {
                let inside = there
                    .canonicalize()
                    .is_ok_and(|there| there.starts_with(repo().join("docs").canonicalize().unwrap()));
                if there.exists() && !inside {
                    broken.push(format!("{}: {target} (leads out of the book)", name(&path)));
                }
            }
        }
    }
    assert!(checked > 50, "only {checked} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn paths_in_the_text_exist() {
    let mut checked = 0;
    let mut missing = Vec::new();
    for (path, text) in documents() {
        if matches!(name(&path).as_str(), "docs/style.md" | "CHANGELOG.md") {
            continue;
        }
        for code in prose(&text).split('`').skip(1).step_by(2) {
            let roots =
                ["src/", "tests/", "benches/", "docs/", "fuzz/", "training/", "examples/", "assets/", ".ci/"];
            let is_path = roots.iter().any(|root| code.starts_with(root)) && !code.contains(['*', ' ', '<']);
            if is_path {
                checked += 1;
                if !repo().join(code).exists() {
                    missing.push(format!("{}: {code}", name(&path)));
                }
            }
        }
    }
    assert!(checked > 30, "only {checked} paths were found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_table_of_contents_lists_every_page() {
    let docs = repo().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<PathBuf> = targets(&summary).into_iter().map(|target| docs.join(target)).collect();
    let mut pages = Vec::new();
    markdown_below(&docs, &mut pages);
    let pages: BTreeSet<PathBuf> = pages.into_iter().filter(|page| !page.ends_with("SUMMARY.md")).collect();
    let names = |paths: Vec<&PathBuf>| paths.into_iter().map(|path| name(path)).collect::<Vec<_>>();
    assert_eq!(names(pages.difference(&listed).collect()), Vec::<String>::new(), "not in SUMMARY.md");
    assert_eq!(names(listed.difference(&pages).collect()), Vec::<String>::new(), "no such page");
}

/// What a block of TOML is, told by the keys it has.
fn read_toml(text: &str) -> Result<&'static str, String> {
    let table: toml::Table = toml::from_str(text).map_err(|err| err.to_string())?;
    let has = |key: &str| table.contains_key(key);
    // Pieces are put into the whole that they belong to.
    let input = "[input]\nfile = \"media/a.png\"\nsha256 = \"00\"\n";
    let oracle = "[oracle]\nclaim = \"same_class\"\n";
    let card = "name = \"a\"\ndecoder = \"classes\"\nlabels = []\n";
    let parsed = |kind: &'static str, result: Result<(), toml::de::Error>| {
        result.map(|()| kind).map_err(|err| err.to_string())
    };
    if has("format") && has("name") {
        parsed("suite", toml::from_str::<SuiteFile>(text).map(drop))
    } else if has("oracle") && has("input") {
        parsed("case", toml::from_str::<CaseFile>(text).map(drop))
    } else if has("oracle") {
        parsed("oracle", toml::from_str::<CaseFile>(&format!("{input}{text}")).map(drop))
    } else if has("known_failure") {
        parsed("known failure", toml::from_str::<CaseFile>(&format!("{input}{oracle}{text}")).map(drop))
    } else if has("decoder") {
        parsed("card", toml::from_str::<ModelCard>(text).map(drop))
    } else if has("window") || has("text") || has("points") {
        let text = format!("{card}[input]\nname = \"a\"\n{text}");
        parsed("part of a card", toml::from_str::<ModelCard>(&text).map(drop))
    } else {
        Ok("anything else")
    }
}

#[test]
fn blocks_of_toml_can_be_read() {
    let mut seen = BTreeSet::new();
    for (path, text) in documents() {
        for block in blocks(&text, "toml") {
            match read_toml(&block) {
                Ok(kind) => drop(seen.insert(kind)),
                Err(problem) => panic!("{}: {problem}\n{block}", name(&path)),
            }
        }
    }
    for kind in ["case", "oracle", "known failure", "card", "part of a card"] {
        assert!(seen.contains(kind), "no {kind} was found: {seen:?}");
    }
}

/// Lines of a recipe that call the program, from shell blocks, `run:` and `script:` of YAML, and `sh '…'` of Jenkins.
fn recipe_lines(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for language in ["sh", "yaml", "groovy"] {
        for block in blocks(text, language) {
            for line in block.lines() {
                let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ");
                let line = line.strip_prefix("sh '").and_then(|rest| rest.strip_suffix('\'')).unwrap_or(line);
                if line.starts_with("hardcase ") {
                    found.push(line.to_owned());
                }
            }
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn recipes_of_the_ci_guide_run() {
    use std::os::unix::fs::symlink;
    let work = tempfile::tempdir().unwrap();
    let at = |path: &str| work.path().join(path);
    fs::create_dir_all(at("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_hardcase"), at("bin/hardcase")).unwrap();
    common::copy_folder(&sample("traffic_lights/suites/lights"), &at("suites/roads"));
    fs::copy(sample("traffic_lights/models/traffic_light_state.onnx"), at("model.onnx")).unwrap();
    fs::copy(sample("traffic_lights/models/traffic_light_state.card.toml"), at("model.card.toml")).unwrap();
    // The data sets of the gates.
    common::copy_folder(&sample("lidar"), &at("night_drives"));
    fs::write(at("drive.mcap"), common::stack::recording(common::stack::Stack::Faulty)).unwrap();
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap_or_default());
    let guide = fs::read_to_string(repo().join("docs/guides/ci.md")).unwrap();
    let lines = recipe_lines(&guide);
    assert!(lines.len() > 10, "{lines:?}");
    for line in lines {
        let run = Command::new("sh")
            .args(["-c", &line])
            .current_dir(work.path())
            .env("PATH", &path)
            .env("CI_NODE_INDEX", "1")
            .env("CI_NODE_TOTAL", "2")
            .output()
            .unwrap();
        let code = run.status.code();
        // Some cases of the sample fail on purpose, and nothing is selected by some of the tags.
        let errors = String::from_utf8_lossy(&run.stderr);
        let nothing = ["selected", "no critical case was judged"].iter().any(|why| errors.contains(why));
        assert!(matches!(code, Some(0 | 1)) || nothing, "{line}: {code:?}\n{errors}");
    }
    for written in [
        "junit.xml",
        "report/index.html",
        "summary.md",
        "results.tap",
        "results.json",
        "test_roads.py",
        "roads.robot",
        "baseline.json",
    ] {
        assert!(at(written).is_file(), "{written} was not written");
    }
    // The recipe for any shell, as a whole.
    let any = blocks(&guide, "sh").into_iter().find(|block| block.contains("case \"$code\"")).unwrap();
    let run =
        Command::new("sh").args(["-ec", &any]).current_dir(work.path()).env("PATH", &path).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success() && said.contains("failed, see results.json"), "{said}");
}

/// Every subcommand and option that a document names must exist.
#[test]
fn commands_in_the_documents_exist() {
    let reference = fs::read_to_string(repo().join("docs/reference/command-line.md")).unwrap();
    let sections: Vec<(&str, &str)> =
        reference.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let mut checked = 0;
    for (path, text) in documents() {
        for line in blocks(&text, "sh").iter().flat_map(|block| block.lines()) {
            let Some(call) = line.trim().strip_prefix("hardcase ") else { continue };
            let call = call.split(" #").next().unwrap().split(" || ").next().unwrap();
            let words: Vec<&str> = call.split_whitespace().collect();
            let longest = (0..=words.len().min(2))
                .rev()
                .find_map(|n| {
                    let path = ["hardcase"].iter().chain(&words[..n]).copied().collect::<Vec<_>>().join(" ");
                    sections.iter().find(|(title, _)| *title == path)
                })
                .unwrap();
            for option in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
                checked += 1;
                let known =
                    longest.1.contains(&format!("{option} ")) || longest.1.contains(&format!("{option}`"));
                assert!(known, "{}: {line}: {} has no {option}", name(&path), longest.0);
            }
        }
    }
    assert!(checked > 20, "only {checked} options were found");
}
